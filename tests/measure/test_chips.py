"""Chips of a small network: figures, yield, causes, and proofs in ngspice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from imnnc import api
from imnnc.api import Compilation
from imnnc.diagnostics import CompileError
from imnnc.files.manifest import check_folder
from imnnc.measure.chips import ChipFigures, Figures, Yield
from tests.support.small import Alone


def chips(out: Path, data: Path | None = None, **options: object) -> ChipFigures:
    return api.chips(out, data, **{"workers": Alone(), "jobs": 1, **options})


@pytest.fixture(scope="module")
def out(points: Compilation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, into which chips are written."""
    return shutil.copytree(points.out, tmp_path_factory.mktemp("chips") / "out")


@pytest.fixture(scope="module")
def some(out: Path, net: Path) -> ChipFigures:
    return chips(out, net, count=12)


def test_the_nominal_chip_is_the_circuit_that_evaluate_solves(points, out, net, some):
    evaluated = points.evaluate(net, prove=0, jobs=1)
    assert some.nominal == evaluated.accuracy["circuit"]
    assert some.nominal_watts[1] == pytest.approx(evaluated.all_sources_watts.mean, rel=1e-6)


def test_chips_are_worse_and_differ(some):
    assert some.scores.min() < some.nominal
    assert some.scores.std() > 0
    assert some.lost == 0


def test_the_same_chips_come_whatever_their_number(out, net, some):
    fewer = chips(out, net, count=4)
    assert (fewer.scores == some.scores[:4]).all()
    assert (chips(out, net, count=4, seed=2).scores != fewer.scores).any()


def test_each_cause_is_looked_at_by_itself(some):
    assert [cause for cause, _, _ in some.causes] == ["thresholds", "cells"]
    by_thresholds, by_cells = (figures.sd for _, _, figures in some.causes)
    assert by_thresholds > by_cells


def test_chips_are_written_whole_and_every_node_is_ngspices(out, net):
    found = chips(out, net, count=2, prove=2)
    assert [proof.chip for proof in found.proofs] == [0, 1]
    assert all(proof.worst_volts < 1e-7 for proof in found.proofs)
    netlists = [
        (out / "chips" / str(number) / "points.ngspice.sp").read_text() for number in (0, 1)
    ]
    assert netlists[0] != netlists[1]
    assert "Vup gate_up in dc {up}" in netlists[0]
    written = json.loads((out / "chips.json").read_text())
    assert written["ngspice"][1]["passed"] is True
    assert "points: 2 chips" in (out / "chips.svg").read_text()
    assert check_folder(out) == ()


@pytest.fixture(scope="module")
def shared(net: Path) -> Path:
    """A source whose chips share a process, a temperature and a supply."""
    path = net.parent / "shared.imnn"
    block = "chips { count 4   process 3   temperature -40 C .. 125 C   supply 5 % }\n"
    path.write_text(block + net.read_text())
    return path


def test_chips_that_share_what_is_not_nominal_are_ngspices_at_their_corner(out, shared):
    found = chips(out, shared, prove=2)
    causes = [cause for cause, _, _ in found.causes]
    assert causes == ["thresholds", "cells", "process", "temperature", "supply"]
    assert len({(x.temperature_celsius, x.supply_volts) for x in found.proofs}) == 2
    for proof in found.proofs:
        assert proof.worst_volts < 1e-7
        assert proof.tables_worst_volts is not None
        assert 1e-7 < proof.tables_worst_volts < 2e-3
    deck = (out / "chips" / "1" / "points.tb.ngspice.sp").read_text()
    assert f".temp {found.proofs[1].temperature_celsius:.6g}"[:8] in deck
    assert found.to_json()["spread"]["shared"]["supply"] == 0.05


def test_all_chips_may_be_at_a_corner(out, net, shared, some):
    skewed = chips(out, shared, corner="sf", count=4, prove=1)
    assert skewed.corner == "sf"
    assert "process" not in [cause for cause, _, _ in skewed.causes]
    assert skewed.proofs[0].worst_volts < 1e-7
    alone = chips(out, net, corner="sf", count=2)
    assert alone.nominal_watts != some.nominal_watts
    with pytest.raises(CompileError) as caught:
        chips(out, net, corner="xx", count=1)
    assert [x.code for x in caught.value.diagnostics] == ["IM131"]


def test_a_compile_has_an_outlook_of_its_chips(points):
    found = json.loads((points.out / "chips.json").read_text())
    assert (found["chips"], found["samples"], found["causes"]) == (20, 30, {})
    assert 0 <= found["accuracy"]["mean"] <= 1


def test_the_tail_is_at_the_worse_end():
    values = np.arange(101) / 100
    assert Figures.of(values, more_is_better=True).tail == pytest.approx(0.05)
    assert Figures.of(values, more_is_better=True).worst == 0
    assert Figures.of(values, more_is_better=False).tail == pytest.approx(0.95)
    assert Figures.of(values, more_is_better=False).worst == 1


def test_a_yield_has_the_interval_that_wilson_gives():
    found = Yield.of(95, 100, 0.84, 0.9)
    # Source: the example of scipy.stats.binomtest(95, 100).proportion_ci(method="wilson").
    assert (found.low, found.high) == pytest.approx((0.888250, 0.978462), abs=1e-5)
    assert found.passed
    assert not Yield.of(89, 100, 0.84, 0.9).passed
    assert Yield.of(0, 10, 0.84, None).low == 0


def test_a_network_of_another_source_is_refused(out, net, tmp_path):
    other = tmp_path / "other.imnn"
    other.write_text(net.read_text().replace("layer0[5]", "layer0[6]"))
    with pytest.raises(CompileError) as caught:
        chips(out, other, count=1)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM716"
    assert diagnostic.message.endswith("4-5-3, with a `data` block, its own is 4-6-3")


def test_nothing_known_is_said_so(out, net):
    alike = net.parent / "alike.imnn"
    text = net.read_text()
    start = text.index("technology lvt90")
    ending = text.index("\n", start)
    text = text[:start] + "technology lvt90 { mismatch nmos 0 V um pmos 0 V um }" + text[ending:]
    alike.write_text(text.replace("variation 3 %", ""))
    with pytest.raises(CompileError) as caught:
        chips(out, alike, count=1)
    assert [x.code for x in caught.value.diagnostics] == ["IM333"]
    assert caught.value.diagnostics[0].help is not None

"""Three methods with two seeds each, trained, compiled, verified, and held alike in ngspice."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import imnnc
from imnnc.compare.markdown import chip_rows, markdown
from imnnc.compare.output import write_comparison
from imnnc.compare.record import record
from imnnc.compare.runs import Comparison, Plan, compare
from imnnc.diagnostics import CompileError
from imnnc.engine.store import Store
from imnnc.engine.workers import LocalProcesses
from imnnc.physics.vtc import NominalPoint
from imnnc.tasks import ChipsSpec
from tests.support import tiny
from tests.support.toys import Silent

METHODS = ("phax", "rim", "latim")
SEEDS = (1, 2)
RUNS = [(method, seed) for method in METHODS for seed in SEEDS]


@dataclass(frozen=True)
class Found:
    plan: Plan
    out: Path
    cache: Path
    comparison: Comparison
    heard: list[str]
    told: list[tuple[str, int, int]]

    def again(self, out: Path | None = None, **changes: object) -> tuple[Comparison, list[str]]:
        """The same call once more, and what its reporter heard."""
        silent = Silent()
        plan = replace(self.plan, **changes)
        store = Store(self.cache)
        with LocalProcesses(1) as workers:
            comparison = compare(plan, out or self.out, store, silent, workers, lambda *_: None)
        return comparison, silent.heard


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Found:
    """One comparison, interrupted once on the way."""
    folder = tmp_path_factory.mktemp("compare")
    source = tiny.write(folder)
    cache = tiny.filled_cache(folder / "cache", source)
    plan = Plan(source, METHODS, SEEDS, {}, samples=4)
    told: list[tuple[str, int, int]] = []

    def impatient(what: str, number: int, count: int) -> None:
        if number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(plan, folder / "out", Store(cache), Silent(), LocalProcesses(1), impatient)
    silent = Silent()
    with LocalProcesses(1) as workers:
        comparison = compare(
            plan, folder / "out", Store(cache), silent, workers, lambda *what: told.append(what)
        )
    return Found(plan, folder / "out", cache, comparison, silent.heard, told)


def test_every_method_has_a_run_a_seed(found):
    assert [(run.method, run.seed) for run in found.comparison.runs] == RUNS
    assert found.comparison.methods == METHODS
    assert found.comparison.seeds == SEEDS
    for run in found.comparison.runs:
        assert run.verification.method == run.method
        assert run.verification.design.simulated_volts.shape == (4, 3)
        assert run.quantisation.samples == 30


def test_what_was_done_before_an_interruption_is_not_done_again(found):
    begin, *_ = (i for i, x in enumerate(found.heard) if not x.startswith("cached"))
    before = found.heard[:begin]
    assert before.count("cached verify") == 2  # both seeds of phax
    assert "started verify" not in before
    assert found.heard.count("finished train") == len(RUNS) - 2
    assert found.heard.count("finished tune") == 2  # once a method, whatever the seed


def test_whoever_watches_is_told_which_run_begins(found):
    assert found.told == [
        *((f"{method}, seed {seed}", i, 12) for i, (method, seed) in enumerate(RUNS, 1)),
        *(
            (f"{method}, seed {seed}: energy at one hold time", i, 12)
            for i, (method, seed) in enumerate(RUNS, 7)
        ),
    ]


def test_once_more_nothing_runs_and_all_comes_out_the_same(found):
    comparison, heard = found.again()
    assert all(x.startswith("cached ") for x in heard)
    assert record(comparison) == record(found.comparison)


def test_each_compile_has_a_folder_of_its_own(found):
    folders = sorted(x.name for x in found.out.iterdir())
    assert folders == sorted(f"{method}-seed{seed}" for method, seed in RUNS)
    for run in found.comparison.runs:
        compiled = imnnc.load(found.out / f"{run.method}-seed{run.seed}")
        assert compiled.manifest["method"] == run.method
        assert compiled.manifest["seed"] == run.seed
        rms = compiled.verification["prediction_error_v"]["rms"]
        assert rms == pytest.approx(run.verification.design.error.rms, rel=1e-5)
        assert compiled.summary["network"]["total_size"] == run.total_size


def test_the_circuits_score_is_that_of_evaluating_all_test_samples(found):
    for run in found.comparison.runs:
        compiled = imnnc.load(found.out / f"{run.method}-seed{run.seed}")
        evaluation = compiled.evaluate(found.plan.path, prove=0, jobs=1)
        assert evaluation.samples == run.quantisation.samples == 30
        assert run.circuit_score == evaluation.accuracy["circuit"]
        assert run.quantisation.score_after == evaluation.accuracy["predicted"]


def test_a_prediction_out_of_tolerance_is_what_is_to_be_found_out(found):
    by_method = {run.method: run.verification for run in found.comparison.runs}
    assert not by_method["phax"].passed
    errors = {method: x.design.error.rms for method, x in by_method.items()}
    assert errors["latim"] < errors["phax"] / 3
    assert errors["latim"] < errors["rim"] / 3


def test_each_method_is_itself(found):
    for run in found.comparison.runs:
        netlist = found.out / f"{run.method}-seed{run.seed}" / "tiny.ngspice.sp"
        grounded = netlist.read_text().count("\nRground_")
        assert grounded == (12 if run.method == "rim" else 0)
        if run.method == "latim":
            assert run.point is None
        else:
            assert run.total_size == 5 * 12
            resistor = 3e5 if run.method == "rim" else None
            assert run.point == NominalPoint(5.0, run.point.load_ohms, resistor)


def test_hyper_parameters_are_swept_with_the_sources_own_seed(found):
    first, second = found.comparison.of("phax")
    assert first.tuning == second.tuning
    assert first.tuning.names == ("load_ohms",)
    assert [x.value for x in first.tuning.tried] == [9e5, 3e6]
    assert first.point.load_ohms == first.tuning.values[0]
    assert first.history != second.history


def test_all_are_held_as_long_as_the_slowest_takes(found):
    own = [run.verification.design.dynamics.hold_s for run in found.comparison.runs]
    for run in found.comparison.runs:
        assert run.hold.hold_seconds == max(own)


def test_at_the_common_hold_the_slowest_takes_what_it_took_and_others_more(found):
    for run in found.comparison.runs:
        dynamics = run.verification.design.dynamics
        rails, everything = run.hold.rails_joules, run.hold.all_sources_joules
        if dynamics.hold_s == run.hold.hold_seconds:
            assert rails == pytest.approx(dynamics.energy_rails_j, rel=1e-3)
            assert everything == pytest.approx(dynamics.energy_all_sources_j, rel=1e-3)
        else:
            assert rails > dynamics.energy_rails_j
            assert everything > dynamics.energy_all_sources_j


def test_one_method_alone_is_measured_as_among_others(found, tmp_path):
    alone, heard = found.again(tmp_path, methods=("latim",), seeds=(1,))
    (run,) = alone.runs
    among = found.comparison.of("latim")[0]
    assert run.verification.design.error == among.verification.design.error
    assert run.hold.hold_seconds == run.verification.design.dynamics.hold_s
    # Its own hold time is the common one, at which its verification has measured already.
    assert [x for x in heard if not x.startswith("cached")] == []
    assert run.hold.rails_joules == run.verification.design.dynamics.energy_rails_j


def test_a_reduced_crossbar_finds_the_same(found, tmp_path):
    reduced, _ = found.again(tmp_path, methods=("rim",), seeds=(1,), reduce=True)
    assert record(reduced)["reduced"] is True
    ours, theirs = (x.of("rim")[0].verification.design for x in (reduced, found.comparison))
    assert abs(ours.simulated_volts - theirs.simulated_volts).max() < 1e-6
    assert ours.dynamics.energy_all_sources_j == pytest.approx(
        theirs.dynamics.energy_all_sources_j, rel=1e-3
    )


def test_settings_are_for_every_method(found, tmp_path):
    short, _ = found.again(tmp_path, options=("train.epochs=1",), seeds=(1,))
    assert [len(run.history.losses) for run in short.runs] == [1, 1, 1]


def test_a_setting_of_one_method_is_for_that_one(found):
    """Only LATIM has curve networks; the cache holds those that this would make."""
    same, _ = found.again(options=("fit-vtc.hidden=24",), seeds=(1,))
    assert [run.method for run in same.runs] == list(METHODS)


def test_a_setting_of_no_method_is_said_to_be_none(found):
    with pytest.raises(CompileError, match="fit-vtc"):
        found.again(options=("fit-vtc.wings=2",))


def test_three_files_say_what_was_found(found, tmp_path):
    content = write_comparison(found.comparison, tmp_path)
    assert sorted(x.name for x in tmp_path.iterdir()) == [
        *("compare.json", "compare.md", "compare.svg")
    ]
    assert json.loads((tmp_path / "compare.json").read_text()) == content
    assert content == record(found.comparison)
    assert content["methods"]["phax"]["prediction_error_v"]["rms"]["sd"] > 0
    assert (tmp_path / "compare.md").read_text().startswith("4 test samples of `tiny` (4-3-3)")
    assert (tmp_path / "compare.svg").read_text().startswith("<svg ")


CHIPS = ChipsSpec(count=6, samples=20, accuracy=0.3)


@pytest.fixture(scope="module")
def on_chips(tmp_path_factory) -> Comparison:
    """RIM, of a source whose training knows chips, on a few of them."""
    folder = tmp_path_factory.mktemp("chips")
    source = tiny.write(folder)
    known = tiny.SOURCE.replace("resistor 300 kOhm", "resistor 300 kOhm, 1 MOhm   chips on")
    source.write_text(known, encoding="utf-8")
    plan = Plan(source, ("rim",), (1,), {}, samples=4, chips=CHIPS)
    store = Store(folder / "cache")
    with LocalProcesses(1) as workers:
        return compare(plan, folder / "out", store, Silent(), workers, lambda *_: None)


def test_on_chips_rim_is_compared_as_published_with_their_resistor_and_trained_for_them(on_chips):
    assert on_chips.methods == ("rim", "rim+swept", "rim+chips")
    published, swept, robust = on_chips.runs
    nominal = {x.value: x.score for x in published.tuning.tried}
    assert {x.value: x.score for x in swept.tuning.tried} != nominal  # by chips, trained alike
    assert [x.predicted_score for x in swept.tuning.tried] == [
        x.predicted_score for x in published.tuning.tried
    ]
    assert robust.history != published.history


def test_all_are_compared_on_the_same_chips(on_chips):
    found = record(on_chips)
    assert found["chips"] == {"count": 6, "samples": 20, "seed": 1}
    for run in on_chips.runs:
        assert (run.chips["chips"], run.chips["seed"]) == (6, 1)
        accuracy = found["methods"][run.method]["chips"]["accuracy"]
        assert accuracy["worst"]["mean"] <= accuracy["tail"]["mean"] <= accuracy["mean"]["mean"]
        assert found["methods"][run.method]["chips"]["yield"]["goal"] == 0.3
    text = markdown(found)
    assert "| | RIM | RIM+SWEPT | RIM+CHIPS |" in text
    assert "| accuracy, mean of 6 chips, 20 test samples | " in text
    assert [row[0] for row in chip_rows(found["methods"])] == [
        *("nominal", "chips mean", "chips 5 %", "yield")
    ]

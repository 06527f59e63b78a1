"""The devices of foundries' kits: what corners do, as ngspice measures it; sizes add up."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from imnnc.design import Technology
from imnnc.lang import load_technology
from imnnc.models.cards import cards
from imnnc.models.layout import copy_models
from imnnc.simulate.characterize import characterize
from imnnc.simulate.ngspice import run_deck
from imnnc.simulate.transistors import inverter_lines, model_lines

KITS = ("sky130", "gf180mcu")
PROBES = ("gate", "nmos", "pmos", "nmos7", "middle")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("foundries")


@cache
def measured(name: str, corner: str, scratch: Path) -> dict[str, float]:
    """Currents of unit inverters whose output is held at 0 V, from copies of the kit's models.

    `nmos` and `pmos` are what a transistor gives that is fully on, `nmos7` is the former of
    seven units; `middle` is that of an inverter with 0 V at its input too.
    """
    technology, folder = copied(name, scratch), scratch / f"{name}_{corner}"
    folder.mkdir()
    supply = technology.supply_volts
    lines = [f"* drive of {name} at {corner}"]
    lines += model_lines(replace(technology, corner=corner), folder)
    lines += [".options gmin=1e-15 abstol=1e-15 reltol=1e-6 vntol=1e-9"]
    lines += [f"Vdd vdd 0 {supply}", f"Vss vss 0 {-supply}", f"Vgate high 0 {supply}"]
    lines += [f"Vlow low 0 {-supply}", "Vzero zero 0 0"]
    for label, input_node, size in (
        ("nmos", "high", 1),
        ("pmos", "low", 1),
        ("nmos7", "high", 7),
        ("middle", "zero", 1),
    ):
        lines += [f"V{label} out_{label} 0 0"]
        lines += inverter_lines(
            technology, label, input_node=input_node, output_node=f"out_{label}", size=size
        )
    probes = [f"i(V{probe})" for probe in PROBES]
    lines += [".control", "op", f"write result.raw {' '.join(probes)}", "quit", ".endc", ".end"]
    run = run_deck("\n".join(lines), workdir=folder, timeout_seconds=120)
    currents = run.require([probe.lower() for probe in probes], points=1)
    return dict(zip(PROBES, (float(current[0]) for current in currents), strict=True))


@cache
def copied(name: str, scratch: Path) -> Technology:
    """A technology with the copies of its models that an output folder would have."""
    technology = load_technology(name)
    copy_models(technology, scratch / name)
    models = scratch / name / "models"
    return replace(
        technology,
        library=models / technology.library.name,
        includes=tuple(models / path.name for path in technology.includes),
    )


def sections_of(library: Path) -> set[str]:
    return {x.name for x in cards(library.read_text(encoding="latin-1")) if x.kind == "opens"}


def drives(name: str, device: str, scratch: Path) -> dict[str, float]:
    """What a transistor gives at each corner, relative to the typical one."""
    corners = load_technology(name).corners
    currents = {corner: abs(measured(name, corner, scratch)[device]) for corner in corners}
    return {corner: current / currents[corners[0]] for corner, current in currents.items()}


@pytest.mark.parametrize(
    ("name", "fast", "slow"),
    [
        # SkyWater calls the corner of a fast NMOS and a slow PMOS `sf`.
        ("sky130", ("ff", "sf"), ("ss", "fs")),
        ("gf180mcu", ("ff", "fs"), ("ss", "sf")),
    ],
)
def test_corners_of_a_fast_and_of_a_slow_nmos(
    name: str, fast: tuple[str, str], slow: tuple[str, str], scratch: Path
):
    drive = drives(name, "nmos", scratch)
    assert min(drive[corner] for corner in fast) > 1.15
    assert max(drive[corner] for corner in slow) < 0.85


@pytest.mark.parametrize(
    ("name", "fast", "slow"),
    [
        ("sky130", ("ff", "fs"), ("ss", "sf")),
        ("gf180mcu", ("ff", "sf"), ("ss", "fs")),
    ],
)
def test_corners_of_a_fast_and_of_a_slow_pmos(
    name: str, fast: tuple[str, str], slow: tuple[str, str], scratch: Path
):
    drive = drives(name, "pmos", scratch)
    assert min(drive[corner] for corner in fast) > 1.25
    assert max(drive[corner] for corner in slow) < 0.75


def test_the_statistical_corner_is_the_typical_one_until_its_switches_are_set(scratch: Path):
    assert drives("gf180mcu", "nmos", scratch)["statistical"] == 1
    assert drives("gf180mcu", "pmos", scratch)["statistical"] == 1


@pytest.mark.parametrize("name", KITS)
def test_no_current_flows_into_a_gate_and_parallel_units_add_up(name: str, scratch: Path):
    currents = measured(name, load_technology(name).corner, scratch)
    assert currents["gate"] == 0
    assert currents["nmos7"] == pytest.approx(7 * currents["nmos"], rel=1e-12)


@pytest.mark.parametrize(("name", "micron_farads"), [("sky130", 1.5e-15), ("gf180mcu", 1.2e-15)])
def test_the_drawn_diffusions_are_junctions_at_the_output(
    name: str, micron_farads: float, scratch: Path
):
    """The two drains add what they have in area: some femtofarads a square micron."""
    technology = copied(name, scratch)
    nmos, pmos = technology.nmos, technology.pmos
    bare = replace(
        technology,
        nmos=replace(nmos, diffusion_meters=None),
        pmos=replace(pmos, diffusion_meters=None),
    )
    drawn, none = characterize(technology), characterize(bare)
    assert nmos.diffusion_meters is not None
    square_microns = (nmos.width_meters + pmos.width_meters) * nmos.diffusion_meters * 1e12
    added = drawn.output_farads - none.output_farads
    assert added == pytest.approx(micron_farads * square_microns, rel=0.5)
    assert drawn.input_farads == pytest.approx(none.input_farads, rel=1e-4)
    # What leaks through them is a part in 10^9 of what the inverter gives.
    np.testing.assert_allclose(drawn.output_amperes, none.output_amperes, rtol=1e-3, atol=1e-13)


@pytest.mark.parametrize("name", KITS)
def test_an_inverter_of_a_kit_switches_midway(name: str, scratch: Path):
    currents = measured(name, load_technology(name).corner, scratch)
    assert abs(currents["middle"]) < 0.02 * min(abs(currents["nmos"]), abs(currents["pmos"]))


@pytest.mark.parametrize("name", KITS)
def test_copies_leave_out_what_no_corner_needs(name: str, scratch: Path):
    technology = load_technology(name)
    text = copied(name, scratch).library.read_text(encoding="latin-1")
    sections = sections_of(copied(name, scratch).library)
    assert text.startswith("* Changed by imnnc: ")
    assert set(technology.corners) <= sections
    assert sections < sections_of(technology.library)
    assert sum(x.stat().st_size for x in (scratch / name).rglob("*") if x.is_file()) < 2.2e6

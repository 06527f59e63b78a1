"""The table of the unit inverter answers as ngspice's own transistor circuit does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.interpolate import RectBivariateSpline
from scipy.optimize import brentq

from imnnc.design import Technology, Transistor
from imnnc.diagnostics import CompileError, Diagnostic, Source, Span
from imnnc.physics.grid import MARGIN_CELLS, continued
from imnnc.physics.network import FloatArray
from imnnc.physics.table import InverterTable
from imnnc.resources import resource
from imnnc.simulate.characterize import characterize
from imnnc.simulate.ngspice import run_deck
from imnnc.simulate.transistors import inverter_lines, model_lines

SOURCE = Source("net.imnn", "technology mine { }")
LVT90 = Technology(
    name="lvt90",
    library=resource("technology") / "lvt90.lib",
    includes=(),
    corners=("tt", "ff", "ss", "sf", "fs"),
    nmos=Transistor("nlvt", 120e-9, 100e-9),
    pmos=Transistor("plvt", 200e-9, 100e-9),
    terminals=("drain", "gate", "source", "bulk"),
    instance_prefix="M",
    length_unit_meters=1.0,
    corner="tt",
    temperature_celsius=27.0,
    supply_volts=0.25,
    span=Span(SOURCE, 11, 15),
)

# A kit whose devices are subcircuits with sizes in bare microns, and terminals in its own order.
SUBCIRCUIT_KIT = """* a kit around the devices of lvt90
.lib typical
.lib "lvt90.lib" tt
.subckt nfet g d s b w=1 l=1
Mcore d g s b nlvt w={w*1e-6} l={l*1e-6}
.ends
.subckt pfet g d s b w=1 l=1
Mcore d g s b plvt w={w*1e-6} l={l*1e-6}
.ends
.endl
"""


def subcircuit_kit(folder: Path) -> Technology:
    folder.mkdir()
    (folder / "lvt90.lib").write_text(LVT90.library.read_text())
    (folder / "kit.lib").write_text(SUBCIRCUIT_KIT)
    return replace(
        LVT90,
        name="kit",
        library=folder / "kit.lib",
        corners=("typical",),
        corner="typical",
        nmos=Transistor("nfet", 120e-9, 100e-9),
        pmos=Transistor("pfet", 200e-9, 100e-9),
        terminals=("gate", "drain", "source", "bulk"),
        instance_prefix="X",
        length_unit_meters=1e-6,
    )


@pytest.fixture(scope="module")
def lvt90_table() -> InverterTable:
    return characterize(LVT90)


def axis_volts(table: InverterTable) -> FloatArray:
    return np.linspace(table.low_volts, table.high_volts, table.output_amperes.shape[0])


def loaded_by_table(
    table: InverterTable,
    v_in: FloatArray,
    size: FloatArray,
    siemens: FloatArray,
    emf_volts: FloatArray,
) -> FloatArray:
    """The roots V_out of s I(V_in, V_out) = G V_out - J, with J = G emf."""
    axis = axis_volts(table)
    current = RectBivariateSpline(axis, axis, table.output_amperes, s=0)

    def excess(v_out: float, k: int) -> float:
        sourced = size[k] * current(v_in[k], v_out)[0, 0]
        return float(sourced - siemens[k] * (v_out - emf_volts[k]))

    rail = table.supply_volts
    return np.array([brentq(excess, -rail, rail, args=k, xtol=1e-12) for k in range(len(v_in))])


def loaded_by_ngspice(
    technology: Technology,
    workdir: Path,
    v_in: FloatArray,
    size: FloatArray,
    siemens: FloatArray,
    emf_volts: FloatArray,
) -> FloatArray:
    """V_out of each transistor inverter that drives a resistor to a source of `emf_volts`."""
    lines = ["* loaded inverters", *model_lines(technology, workdir)]
    lines += [".options gmin=1e-15 abstol=1e-15 reltol=1e-7 vntol=1e-10"]
    lines += [f"Vdd vdd 0 {technology.supply_volts}", f"Vss vss 0 {-technology.supply_volts}"]
    for k in range(len(v_in)):
        lines += inverter_lines(
            technology,
            str(k),
            input_node=f"in{k}",
            output_node=f"out{k}",
            size=float(size[k]),
        )
        lines += [f"Vin{k} in{k} 0 {v_in[k]:.17g}", f"Vemf{k} emf{k} 0 {emf_volts[k]:.17g}"]
        lines += [f"R{k} out{k} emf{k} {1 / siemens[k]:.17g}"]
    names = [f"v(out{k})" for k in range(len(v_in))]
    lines += [".control", "op", f"write result.raw {' '.join(names)}", "quit", ".endc", ".end"]
    run = run_deck("\n".join(lines), workdir=workdir, timeout_seconds=60)
    return np.array([vector[0] for vector in run.require(names, points=1)])


def random_loads(count: int, supply_volts: float) -> dict[str, FloatArray]:
    random = np.random.default_rng(90)
    size = random.uniform(1, 10, count)
    return {
        "v_in": random.uniform(-supply_volts, supply_volts, count),
        "size": size,
        "siemens": size * 10 ** random.uniform(-9, -3, count),
        "emf_volts": random.uniform(-supply_volts, supply_volts, count),
    }


def worst_error_volts(technology: Technology, table: InverterTable, workdir: Path) -> float:
    loads = random_loads(200, technology.supply_volts)
    simulated = loaded_by_ngspice(technology, workdir, **loads)
    return float(np.abs(simulated - loaded_by_table(table, **loads)).max())


def diagnostic_of(technology: Technology) -> Diagnostic:
    with pytest.raises(CompileError) as caught:
        characterize(technology)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.span == technology.span
    return diagnostic


@pytest.mark.parametrize("corner", ["tt", "ff", "ss", "sf", "fs"])
def test_the_table_answers_within_a_microvolt_of_ngspice(corner: str, tmp_path: Path) -> None:
    technology = replace(LVT90, corner=corner)
    assert worst_error_volts(technology, characterize(technology), tmp_path) < 1e-6


@pytest.mark.parametrize(("celsius", "supply_volts"), [(-40.0, 0.25), (125.0, 0.3), (27.0, 0.6)])
def test_it_does_so_at_other_temperatures_and_supplies(
    celsius: float, supply_volts: float, tmp_path: Path
) -> None:
    technology = replace(LVT90, temperature_celsius=celsius, supply_volts=supply_volts)
    assert worst_error_volts(technology, characterize(technology), tmp_path) < 1e-6


def test_the_grid_is_uniform_and_reaches_past_the_rails(lvt90_table: InverterTable) -> None:
    axis = axis_volts(lvt90_table)
    assert lvt90_table.output_amperes.shape == lvt90_table.rail_amperes.shape == (217, 217)
    assert axis[MARGIN_CELLS] == pytest.approx(-0.25, abs=1e-15)
    assert axis[-1 - MARGIN_CELLS] == pytest.approx(0.25, abs=1e-15)


def test_a_low_input_sources_current_from_the_upper_rail(lvt90_table: InverterTable) -> None:
    low, middle = MARGIN_CELLS, len(lvt90_table.output_amperes) // 2
    assert lvt90_table.output_amperes[low, middle] > 1e-6
    assert lvt90_table.output_amperes[-1 - low, middle] < -1e-6
    assert lvt90_table.rail_amperes[low, middle] == pytest.approx(
        lvt90_table.output_amperes[low, middle], rel=1e-2
    )


def test_both_rails_deliver_power_at_every_voltage_between_them(
    lvt90_table: InverterTable,
) -> None:
    inside = slice(MARGIN_CELLS, -MARGIN_CELLS)
    from_upper = lvt90_table.rail_amperes[inside, inside]
    into_lower = from_upper - lvt90_table.output_amperes[inside, inside]
    assert from_upper.min() > -1e-15
    assert into_lower.min() > -1e-15


def test_the_currents_go_on_past_the_rails_as_a_cubic() -> None:
    step = np.arange(-MARGIN_CELLS, 20 + MARGIN_CELLS, dtype=np.float64)
    cubic = (1 + step - 2 * step**2 + step**3 / 4)[np.newaxis]
    np.testing.assert_allclose(continued(cubic[:, MARGIN_CELLS:-MARGIN_CELLS]), cubic, rtol=1e-9)


def test_the_input_capacitance_is_the_charge_of_a_full_swing(
    lvt90_table: InverterTable, tmp_path: Path
) -> None:
    deck = [
        "* a slow ramp of the input, the output free",
        *model_lines(LVT90, tmp_path),
        ".options gmin=1e-15 abstol=1e-18 reltol=1e-6 vntol=1e-9",
        "Vdd vdd 0 0.25",
        "Vss vss 0 -0.25",
        "Vin in 0 pwl(0 -0.25 1e-5 0.25)",
        *inverter_lines(LVT90, "ramp", input_node="in", output_node="out"),
        ".control",
        "tran 1e-8 1e-5 0 1e-8",
        "write result.raw i(Vin)",
        "quit",
        ".endc",
        ".end",
    ]
    run = run_deck("\n".join(deck), workdir=tmp_path, timeout_seconds=60)
    time_seconds, amperes = run.require(["time", "i(vin)"])
    farads = -trapezoid(amperes, time_seconds) / 0.5
    assert lvt90_table.input_farads == pytest.approx(farads, rel=0.01)


def test_devices_that_are_subcircuits_in_microns_measure_the_same(
    lvt90_table: InverterTable, tmp_path: Path
) -> None:
    kit = subcircuit_kit(tmp_path / 'a folder; with $blanks\' and "quotes"')
    table = characterize(kit)
    np.testing.assert_allclose(
        table.output_amperes, lvt90_table.output_amperes, rtol=1e-6, atol=1e-15
    )
    assert table.input_farads == pytest.approx(lvt90_table.input_farads, rel=1e-6)
    workdir = tmp_path / "run"
    workdir.mkdir()
    assert worst_error_volts(kit, table, workdir) < 1e-6


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    diagnostic = diagnostic_of(replace(LVT90, library=tmp_path / "none.lib"))
    assert diagnostic.code == "IM300"
    assert diagnostic.message == (
        "the model file of technology `lvt90` must be a file, "
        f"there is none at `{tmp_path / 'none.lib'}`"
    )


def test_a_file_name_that_ngspice_cannot_read_is_refused(tmp_path: Path) -> None:
    library = tmp_path / "my models.lib"
    library.write_text(LVT90.library.read_text())
    diagnostic = diagnostic_of(replace(LVT90, library=library))
    assert diagnostic.code == "IM501"
    assert diagnostic.message.endswith("was `my models.lib`")


def test_a_section_that_is_not_used_may_include_a_missing_file(
    lvt90_table: InverterTable, tmp_path: Path
) -> None:
    library = tmp_path / "lvt90.lib"
    text = LVT90.library.read_text()
    library.write_text(f'{text}\n.lib other\n.include "missing.lib"\n.endl\n')
    table = characterize(replace(LVT90, library=library))
    assert np.array_equal(table.output_amperes, lvt90_table.output_amperes)


COMPILED_KIT = """* a kit as IHP's, beside the devices of lvt90
.lib tt
.lib "lvt90.lib" tt
.subckt pspfet d g s b w=1 l=1
Nfet d g s b npsp
+ w={w} l={l}
.ends
.subckt nfet d g s b w=1 l=1
Xcore d g s b pspfet w={w}
.ends
.subckt pfet d g s b w=1 l=1
Mcore d g s b plvt w={w} l={l}
.ends
.model npsp psp103va type=1
.endl
"""


@pytest.mark.parametrize(
    ("prefix", "device", "reason"),
    [
        ("X", "nfet", "its subcircuit `pspfet` has the compiled device `nfet`"),
        ("M", "npsp", "`.model npsp` is of type `psp103va`"),
    ],
)
def test_a_model_that_is_compiled_is_told_from_a_mistake(
    tmp_path: Path, prefix: Literal["M", "X"], device: str, reason: str
) -> None:
    kit = replace(subcircuit_kit(tmp_path / "kit"), corner="tt", instance_prefix=prefix)
    kit.library.write_text(COMPILED_KIT)
    diagnostic = diagnostic_of(replace(kit, nmos=Transistor(device, 120e-9, 100e-9)))
    assert diagnostic.code == "IM306"
    assert diagnostic.message == (
        f"device `{device}` of technology `kit` must have a model that ngspice has built in, "
        f"{reason}"
    )


def test_a_compiled_device_beside_others_is_told_as_that(tmp_path: Path) -> None:
    kit = replace(LVT90, library=tmp_path / "kit.lib")
    kit.library.write_text(COMPILED_KIT)
    (tmp_path / "lvt90.lib").write_text(LVT90.library.read_text())
    with pytest.raises(CompileError) as caught:
        characterize(kit)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM608"
    assert diagnostic.message == (
        "a device compiled from Verilog-A (OSDI) cannot be simulated, was `Nfet`"
    )


@pytest.mark.parametrize("name", ["nlvt\n.shell", "nlvt; x", "a b", "", "{x}", "$x", "../x", "1n"])
def test_no_name_can_place_anything_else_into_the_deck(name: str) -> None:
    device = replace(LVT90, nmos=Transistor(name, 120e-9, 100e-9))
    assert diagnostic_of(device).code == "IM303"
    assert diagnostic_of(replace(LVT90, corner=name)).code == "IM303"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (replace(LVT90, nmos=Transistor("nhvt", 120e-9, 100e-9)), "nhvt"),
        (replace(LVT90, instance_prefix="X"), "plvt"),
    ],
    ids=["unknown device", "wrong prefix"],
)
def test_what_ngspice_says_of_an_unknown_device_is_quoted(wrong: Technology, named: str) -> None:
    diagnostic = diagnostic_of(wrong)
    assert diagnostic.code == "IM304"
    assert named in " ".join(diagnostic.notes)


def test_models_that_have_no_solution_are_refused_with_ngspices_words(tmp_path: Path) -> None:
    kit = subcircuit_kit(tmp_path / "kit")
    text = kit.library.read_text()
    kit.library.write_text(
        text.replace("Mcore d g s b nlvt w={w*1e-6} l={l*1e-6}", "B1 d s i=v(d,s)/0")
    )
    diagnostic = diagnostic_of(kit)
    assert diagnostic.code == "IM304"
    assert "aborted" in " ".join(diagnostic.notes)

"""The built-in 90 nm card: its corners, its drive, and the published inverter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import RectBivariateSpline
from scipy.optimize import brentq

from imnnc.lang import load_technology
from imnnc.physics.network import FloatArray
from imnnc.physics.table import InverterTable
from imnnc.simulate.characterize import characterize
from imnnc.simulate.ngspice import run_deck
from imnnc.simulate.transistors import inverter_lines, model_lines

LVT90 = load_technology("lvt90")
SUPPLY = LVT90.supply_volts


@pytest.fixture(scope="module")
def tables() -> dict[str, InverterTable]:
    return {corner: characterize(replace(LVT90, corner=corner)) for corner in LVT90.corners}


def output_amperes(table: InverterTable) -> RectBivariateSpline:
    axis = np.linspace(table.low_volts, table.high_volts, len(table.output_amperes))
    return RectBivariateSpline(axis, axis, table.output_amperes, s=0)


def drive_amperes(table: InverterTable, device: str) -> float:
    """The current of one transistor, fully on, at half the supply across it."""
    v_in = SUPPLY if device == "nmos" else -SUPPLY
    return abs(float(output_amperes(table)(v_in, 0)[0, 0]))


def threshold_volts(table: InverterTable) -> float:
    """The input at which the unloaded output stands midway between the rails."""
    current = output_amperes(table)
    return float(brentq(lambda v: float(current(v, 0)[0, 0]), -SUPPLY, SUPPLY))


def transfer_curve(
    table: InverterTable, v_in: FloatArray, size: float = 1, load_siemens: float = 0.0
) -> FloatArray:
    """V_out of an inverter that drives a resistor to ground."""
    current = output_amperes(table)

    def excess(v_out: float, v: float) -> float:
        return float(size * current(v, v_out)[0, 0] - load_siemens * v_out)

    return np.array([brentq(excess, -SUPPLY, SUPPLY, args=(v,)) for v in v_in])


def test_the_first_letter_of_a_corner_is_the_nmos(tables: dict[str, InverterTable]) -> None:
    drive = {corner: drive_amperes(table, "nmos") for corner, table in tables.items()}
    assert drive["ff"] == pytest.approx(drive["fs"], rel=0.02)
    assert drive["ss"] == pytest.approx(drive["sf"], rel=0.02)
    assert drive["ff"] > 1.1 * drive["tt"]
    assert drive["tt"] > 1.1 * drive["ss"]


def test_the_second_letter_of_a_corner_is_the_pmos(tables: dict[str, InverterTable]) -> None:
    drive = {corner: drive_amperes(table, "pmos") for corner, table in tables.items()}
    assert drive["ff"] == pytest.approx(drive["sf"], rel=0.02)
    assert drive["ss"] == pytest.approx(drive["fs"], rel=0.02)
    assert drive["ff"] > 1.1 * drive["tt"]
    assert drive["tt"] > 1.1 * drive["ss"]


def test_a_fast_pmos_over_a_slow_nmos_raises_the_threshold(
    tables: dict[str, InverterTable],
) -> None:
    threshold = {corner: threshold_volts(table) for corner, table in tables.items()}
    assert threshold["sf"] > threshold["tt"] + 0.015
    assert threshold["fs"] < threshold["tt"] - 0.015
    for corner in ("ff", "ss"):
        assert threshold[corner] == pytest.approx(threshold["tt"], abs=0.005)


def test_the_unloaded_output_swings_from_rail_to_rail(tables: dict[str, InverterTable]) -> None:
    for table in tables.values():
        curve = transfer_curve(table, np.linspace(-SUPPLY, SUPPLY, 51))
        assert (np.diff(curve) < 0).all()
        assert curve[0] > SUPPLY - 0.01
        assert curve[-1] < -SUPPLY + 0.01


def test_size_5_into_0_9_megohms_is_near_the_published_inverter(
    tables: dict[str, InverterTable],
) -> None:
    # PHAX, doi 10.1109/TCAD.2017.2764070: V_out = -0.25 V tanh(31.76 (V_in + 0.0235 V))
    v_in = np.linspace(-SUPPLY, SUPPLY, 501)
    curve = transfer_curve(tables["tt"], v_in, size=5, load_siemens=1 / 0.9e6)
    slope = np.gradient(curve, v_in)
    assert slope.min() == pytest.approx(-SUPPLY * 31.76, rel=0.1)
    assert v_in[slope.argmin()] == pytest.approx(-0.0235, abs=0.035)


def test_no_current_flows_into_a_gate_and_parallel_units_add_up(tmp_path: Path) -> None:
    lines = ["* one unit and seven", *model_lines(LVT90, tmp_path)]
    lines += [".options gmin=1e-15 abstol=1e-15 reltol=1e-6 vntol=1e-9"]
    lines += [f"Vdd vdd 0 {SUPPLY}", f"Vss vss 0 {-SUPPLY}", "Vin in 0 0.05"]
    for size in (1, 7):
        out = f"out{size}"
        lines += [f"V{out} {out} 0 0.1"]
        lines += inverter_lines(LVT90, out, input_node="in", output_node=out, size=size)
    lines += [".control", "op", "write result.raw i(vin) i(vout1) i(vout7)"]
    lines += ["quit", ".endc", ".end"]
    run = run_deck("\n".join(lines), workdir=tmp_path, timeout_seconds=60)
    gate, one, seven = (float(v[0]) for v in run.require(["i(vin)", "i(vout1)", "i(vout7)"]))
    assert gate == 0
    assert seven == pytest.approx(7 * one, rel=1e-9)


def test_capacitances_are_those_of_the_node(tables: dict[str, InverterTable]) -> None:
    """Half to one and a half times what CACTI 5.1 has for 90 nm gates and diffusions."""
    microns = (LVT90.nmos.width_meters + LVT90.pmos.width_meters) * 1e6
    for table in tables.values():
        assert 0.6e-15 < table.input_farads / microns < 1.9e-15
        assert 0.9e-15 < table.output_farads / microns < 2.6e-15

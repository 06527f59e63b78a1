"""Thermal noise at the read-out, against ngspice's `.noise` and against k T / C."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imnnc.parasitics import Capacitances, Parasitics, Wires
from imnnc.physics.charges import Charges
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray, NetworkParameters
from imnnc.physics.noise import ThermalNoise
from imnnc.physics.operating_point import OperatingPoints
from tests.support.circuits import loaded, samples, simulated, solver
from tests.support.decks import LOAD_FARADS
from tests.support.measured import charges, inverter, table

CELSIUS = 27.0
THERMAL = 1.380649e-23 * 300.15
WIRES = Wires(200.0, 300.0, 5000.0)
FARADS = Capacitances(2e-17, 1e-16, 5e-17)


def at_rest(of: NetworkParameters, count: int = 4) -> tuple[FloatArray, OperatingPoints]:
    volts = samples(count, of.layers[0].inputs)
    return volts, solver().solve(of, volts)


def by_ngspice(folder: Path, of: NetworkParameters, volts: FloatArray) -> FloatArray:
    """Standard deviations of V- of the last layer, from the densities that ngspice integrates."""
    simulated(folder, of, volts)
    path = folder / "sample.tb.ngspice.sp"
    source, text = "Vpixels_plus_0", path.read_text()
    text = re.sub(rf"^({source} .*)$", r"\1 ac 1", text, flags=re.MULTILINE)
    lines = ["set sqrnoise"]
    for column in range(of.layers[-1].width):
        lines += [
            f"noise v(label_minus_{column}) {source} dec 20 1e3 1e13",
            f"setplot noise{2 * column + 2}",
            "print onoise_total",
        ]
    commands = "\n".join([".control", *lines, ".endc", ".end"])
    path.write_text(re.sub(r"\.op\s+\.end\s*$", f"{commands}\n", text))
    run = subprocess.run(
        ["ngspice", "-b", path.name], cwd=folder, capture_output=True, text=True, check=False
    )
    found = re.findall(r"onoise_total = (\S+)", run.stdout)
    assert len(found) == of.layers[-1].width, run.stderr
    return np.sqrt(np.array(found, dtype=float))


@pytest.mark.parametrize(
    "parasitics",
    [Parasitics(), Parasitics(wires=(WIRES, WIRES), capacitances=(FARADS, FARADS))],
    ids=["ideal", "wired"],
)
def test_the_read_out_has_the_noise_that_ngspice_finds(tmp_path, parasitics):
    of = replace(loaded((4, 3, 2)), parasitics=parasitics)
    volts, points = at_rest(of)
    reads = Inverter(replace(table(), input_farads=LOAD_FARADS))
    found = ThermalNoise(reads, charges(), of, CELSIUS).readout(points.layers)
    estimated = np.sqrt(np.einsum("sii->si", found))
    for number in range(3, len(volts)):
        measured = by_ngspice(tmp_path, of, volts[number])
        assert estimated[number] == pytest.approx(measured, rel=0.15)


def test_a_circuit_without_transistors_has_that_of_its_capacitances():
    none = np.zeros_like(table().output_amperes)
    dead = Inverter(replace(table(), output_amperes=none, rail_amperes=none, input_farads=0.0))
    of = replace(loaded((4, 3, 2)), parasitics=Parasitics(resistor_ohms=1e6))
    _, points = at_rest(of)
    found = ThermalNoise(dead, Charges.constant(3e-16, 5e-16), of, CELSIUS).readout(points.layers)
    last = of.layers[-1]
    farads = 5e-16 * last.size_minus + 3e-16 * last.size_plus
    expected = np.diag(THERMAL / farads)
    assert found[0] == pytest.approx(expected, rel=1e-6, abs=1e-6 * expected.max())


def test_noise_goes_with_the_root_of_temperature_and_falls_with_size():
    of = loaded((4, 3, 2))
    _, points = at_rest(of)
    warm, cold = (
        ThermalNoise(inverter(), charges(), of, celsius).readout(points.layers).trace(0, 1, 2)
        for celsius in (77.0, 27.0)
    )
    assert (warm > cold).all()
    assert (warm < 1.2 * cold).all()

"""Networks with random cells whose inputs step: the delays in ngspice, and what is estimated."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations, product
from pathlib import Path

import numpy as np

from imnnc.circuit.names import layer_nets
from imnnc.emit.ngspice import NGSPICE, read_flat_names
from imnnc.measure.figures import (
    EDGE_SECONDS,
    LEAD_SECONDS,
    settled_band,
    settling,
    step_waveform,
)
from imnnc.parasitics import Capacitances, Wires
from imnnc.physics.network import FloatArray
from imnnc.physics.operating_point import OperatingPointSolver
from imnnc.physics.response import StepResponse
from imnnc.simulate.pool import open_simulator
from tests.support.decks import write_deck
from tests.support.measured import charges, inverter, table
from tests.support.networks import SUPPLY_VOLTS

_WINDOW_SECONDS = 64e-9


def delays(
    folder: Path,
    widths: Sequence[int],
    *,
    seed: int = 1,
    wires: Wires | None = None,
    capacitances: Capacitances | None = None,
    samples: int = 3,
) -> tuple[FloatArray, FloatArray]:
    """Those of all transitions between random samples: estimated, and measured by ngspice."""
    load = table().input_farads
    deck = write_deck(
        folder, widths, seed=seed, wires=wires, capacitances=capacitances, load_farads=load
    )
    inputs = np.random.default_rng(seed).uniform(-SUPPLY_VOLTS, SUPPLY_VOLTS, (samples, widths[0]))
    parameters = deck.program.parameters()
    layers = OperatingPointSolver(inverter()).solve(parameters, inputs).require().layers
    pairs = np.array(list(permutations(range(samples), 2)))
    response = StepResponse(inverter(), charges(), parameters, EDGE_SECONDS)
    estimated = response.seconds(layers, pairs, settled_band)
    names = read_flat_names(folder, "sample")
    sources = [f"vpixels_{sign}_{i}" for sign, i in product(("plus", "minus"), range(widths[0]))]
    probes = [names.probe(net) for net in layer_nets("label", "minus", widths[-1])]
    volts = np.concatenate([inputs, -inputs], 1)
    waveforms = [
        {
            source: step_waveform(a, b)
            for source, a, b in zip(sources, *volts[pair].tolist(), strict=True)
        }
        for pair in pairs
    ]
    with open_simulator(folder / NGSPICE.testbench_name("sample"), "pyspice", 60) as simulator:
        transients = simulator.transients(
            waveforms, LEAD_SECONDS + _WINDOW_SECONDS, _WINDOW_SECONDS / 200, probes
        )
    measured = [
        settling(*transient, layers[-1].minus[after])
        for transient, (_, after) in zip(transients, pairs, strict=True)
    ]
    assert all(x.complete for x in measured)
    return estimated, np.array([x.delay_seconds for x in measured])

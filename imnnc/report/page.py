"""What the page of a report shows: figures with their captions, files with what they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from imnnc.measure.verification import Verification
from imnnc.physics.network import CrossbarProgram, FloatArray
from imnnc.physics.vtc import Curves
from imnnc.report.summary import Compiled

# What the files of an output folder are, by the first pattern that their names match.
_EXPLANATIONS = (
    (r".*\.tb\.\w+\.\w+", "testbench: rails, bias, the first sample as inputs; runs by itself"),
    (r".*\.cells\..*", "cells of one crossbar, a resistor each; reprogram here"),
    (r".*\.wires\..*", "wires of one crossbar, a resistor a segment; the same for any cells"),
    (r".*\.capacitances\..*", "capacitances of one crossbar's wires and cells; for any cells"),
    (r".*\.verilog\.sv", "the network in SystemVerilog with real numbers on its nets"),
    (r".*\.veriloga\.va", "the neuron in Verilog-A: currents and capacitances of two inverters"),
    (r".*\.cdl", "netlist for layout against schematic"),
    (r".*\.ltspice\.models\.inc", "device models of the corner, for LTspice"),
    (r"\w+\.\w+\.\w+", "netlist of the network, a subcircuit a crossbar and an inverter"),
    (r"models/.*", "device models, copied so that the folder stands on its own"),
    (r"params\.npz", "what was trained and programmed, and the curves that predict it"),
    (r"stimuli\.npz", "the samples that are simulated, and how they are judged"),
    (r"verify\.json", "what the simulator measured, and how far off the prediction was"),
    (r"chips\.json", "what chips do whose transistors and cells differ, as numbers"),
    (r"program/failed-cells\.csv", "cells that fail where programming is simulated; for calibrate"),
    (r"program/pulses\.json", "how many pulses programming takes, simulated, as numbers"),
    (r"program/.*\.csv", "programming of one crossbar: a line a cell, with level and target"),
    (r"program/conductances\.npz", "programming of all crossbars, as arrays"),
    (r"program/index\.json", "index of the programming files, with their sha256"),
    (r"summary\.json", "curve fits, training, sizing, quantisation and shape, as numbers"),
    (r"report\.html", "this page"),
    (r"manifest\.json", "versions, options and seeds, and the sha256 of every file"),
    (r"timings\.json", "how long each pass took"),
)


def explained(names: Iterable[str]) -> list[tuple[str, str]]:
    """Each file of an output folder with a line that says what it is, sorted by name."""
    every = sorted([*names, "manifest.json", "timings.json"])
    return [
        (name, next(text for pattern, text in _EXPLANATIONS if re.fullmatch(pattern, name)))
        for name in every
    ]


def draw(
    compiled: Compiled, verification: Verification, chips: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The figures of the report, as SVG, with what their captions say of them.

    `chips` is the content of `chips.json`; None: nothing is known of how chips differ.
    """
    from imnnc.report.chips import by_cause, scores
    from imnnc.report.figures import (
        Readout,
        Trace,
        cell_histogram,
        size_histogram,
        step_waveforms,
        training_curves,
        transfer_curves,
    )

    dynamics = verification.design.dynamics
    step = dynamics.recorded
    readout = Readout(verification.design, verification.tolerance_volts)
    layers = verification.design.layers
    errors = [volts for x in layers for volts in (x.rms, x.max)]
    trace = Trace(errors, verification.tolerance_volts)
    loads = loads_siemens(compiled.program)
    supply = compiled.technology.supply_volts
    v_in = np.linspace(-supply, supply, 201)
    groups = zip(
        compiled.network.layers,
        zip(compiled.sizing.minus_before, compiled.program.size_minus, strict=True),
        zip(compiled.sizing.plus_before, compiled.program.size_plus, strict=True),
        strict=True,
    )
    return {
        "scatter": readout.scatter(),
        "residuals": readout.residuals(),
        "histogram": readout.histogram(),
        "drawn": readout.drawn,
        "points": verification.design.simulated_volts.size,
        "step": None
        if step is None or dynamics.hold_s is None
        else step_waveforms(step, dynamics.hold_s),
        "trace_head": trace.head(),
        "trace": [(x, trace.bar(x.rms, x.max)) for x in layers],
        "chips": None if chips is None else (scores(chips), by_cause(chips)),
        "training": training_curves(compiled.history, compiled.loss),
        "transfer": transfer_curves(
            v_in, curves(verification.method, compiled.curves.design, v_in, loads)
        ),
        "loads": loads,
        "sizes": [
            (
                layer.name,
                size_histogram(*minus, layer.inverter, f"sizes of INV1 of {layer.name}"),
                size_histogram(*plus, layer.inverter, f"sizes of INV2 of {layer.name}"),
            )
            for layer, minus, plus in groups
        ],
        "cells": [
            (crossbar.name, cell_histogram(crossbar, compiled.memristor))
            for crossbar in compiled.program.crossbars
        ],
    }


def loads_siemens(program: CrossbarProgram) -> list[float]:
    """No load, then the lightest, the middle and the heaviest of any INV1, a unit size."""
    from imnnc.physics.crossbars import crossbars_of

    parameters, supply = program.parameters(), 1.0  # of which loads know nothing
    following = crossbars_of(parameters, supply)[1:]
    loads = [
        crossbar.row_siemens.chunk(2)[1].numpy() / layer.size_minus
        for layer, crossbar in zip(parameters.layers, following, strict=False)
    ]
    if not loads:
        return [0.0]
    return [0.0, *np.quantile(np.concatenate(loads), [0.0, 0.5, 1.0]).tolist()]


def curves(method: str, model: Curves, v_in: FloatArray, loads: list[float]) -> FloatArray:
    """V- (loads, n) of an inverter at `v_in` (n,), loaded to ground; volts and siemens.

    As the method has it: for PHAX and RIM the load makes no difference.
    """
    from imnnc.methods.choice import METHODS

    return METHODS[method].transfer(model, v_in, np.array(loads))

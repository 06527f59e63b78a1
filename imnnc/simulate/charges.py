"""Measures the capacitances of an inverter's subcircuit with ngspice, over both of its voltages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from imnnc.physics.charges import Charges
from imnnc.resources import template_environment
from imnnc.simulate.ngspice import run_circuit
from imnnc.simulate.staging import stage

# Halving the step moves no delay by more than a per mille (lvt90).
_POINTS = 25
_REACH = 1.2  # of the supply: nodes overshoot where gates push them
_HERTZ = 1e5  # far below the inverter's own bandwidth


def measure_charges(
    head: Sequence[str], inverter: str, supply_volts: float, folder: Path, timeout_seconds: float
) -> Charges:
    """Those of a subcircuit with ports `in out vdd vss` and the parameter `size`, at size 1.

    Args:
        head: the lines of its models and of the subcircuit itself; files that they name are in
            `folder`.
        inverter: its name.
        supply_volts: the rails are at plus and minus this.
        folder: where the deck is written and simulated.
        timeout_seconds: for the simulator.

    Raises:
        CompileError: as `stage` and `run_circuit` do, and IM605 where ngspice cannot measure it.
    """
    volts = np.linspace(-_REACH * supply_volts, _REACH * supply_volts, _POINTS)
    voltages = [f"{x:.9g}" for x in volts.tolist()]
    deck = template_environment("ngspice").get_template("charges.sp.j2")
    path = folder / "charges.sp"
    # An instance for each output voltage alone: a foundry's subcircuits take long to be expanded.
    text = deck.render(head=head, inverter=inverter, supply=supply_volts, outputs=voltages)
    path.write_text(text, encoding="latin-1")
    sources = [f"v{port}_{k}" for port in ("in", "out") for k in range(_POINTS)]
    commands = [
        line
        for v_in in voltages
        for at_input, at_output in ((1, 0), (0, 1))
        for line in (
            f"alter Vinputs dc = {v_in}",
            f"alter Vinputs ac = {at_input}",
            f"alter Voutputs ac = {at_output}",
            f"ac lin 1 {_HERTZ} {_HERTZ}",
            "write result.raw all",
            "destroy all",
        )
    ]
    run = run_circuit(
        stage(path, folder / "staged"),
        commands,
        workdir=folder / "work",
        timeout_seconds=timeout_seconds,
    )
    run.require([f"i({source})" for source in sources], points=1)
    # One plot after another: of each input voltage, the input moving and then the outputs.
    amperes = [[complex(plot.vectors[f"i({x})"][0]).imag for x in sources] for plot in run.plots]
    # (input voltage, which moves, which current, output voltage) -> (which of the four, in, out)
    farads = -np.array(amperes).reshape(_POINTS, 2, 2, _POINTS).transpose(2, 1, 0, 3)
    farads = farads.reshape(4, _POINTS, _POINTS) / (2 * np.pi * _HERTZ)
    return Charges(farads, float(volts[0]), float(volts[-1]))

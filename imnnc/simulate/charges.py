"""Measures the capacitances of an inverter's subcircuit with ngspice, over both of its voltages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
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
    deck = template_environment("ngspice").get_template("charges.sp.j2")
    path = folder / "charges.sp"
    text = deck.render(
        head=head,
        inverter=inverter,
        supply=supply_volts,
        points=[(f"{a:.9g}", f"{b:.9g}") for a, b in product(volts.tolist(), repeat=2)],
    )
    path.write_text(text, encoding="latin-1")
    sources = [f"v{port}_{k}" for port in ("in", "out") for k in range(_POINTS**2)]
    commands = [
        f"ac lin 1 {_HERTZ} {_HERTZ}",
        "write result.raw all",
        "alter Vinputs ac = 0",
        "alter Voutputs ac = 1",
        f"ac lin 1 {_HERTZ} {_HERTZ}",
        "write result.raw all",
    ]
    run = run_circuit(
        stage(path, folder / "staged"),
        commands,
        workdir=folder / "work",
        timeout_seconds=timeout_seconds,
    )
    run.require([f"i({source})" for source in sources], points=1)
    by_port = [
        -np.array([complex(plot.vectors[f"i({x})"][0]).imag for x in sources]).reshape(2, -1)
        for plot in run.plots[-2:]
    ]
    farads = np.stack([by_port[0][0], by_port[1][0], by_port[0][1], by_port[1][1]])
    farads /= 2 * np.pi * _HERTZ
    return Charges(farads.reshape(4, _POINTS, _POINTS), float(volts[0]), float(volts[-1]))

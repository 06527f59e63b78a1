"""The capacitances of the inverter of a deck, as ngspice has them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from imnnc.circuit.build import MODELS_FOLDER
from imnnc.circuit.names import inverter_module
from imnnc.diagnostics import CompileError
from imnnc.emit.ngspice import NGSPICE
from imnnc.physics.charges import Charges
from imnnc.simulate.charges import measure_charges

_READING = re.compile(r"\.(?:lib|include|inc)\b", re.IGNORECASE)


def deck_charges(
    folder: Path, network: str, supply_volts: float, scratch: Path, timeout_seconds: float
) -> Charges | None:
    """Those of the inverter in the deck of `folder`, measured in the new folder `scratch`.

    None where the netlist has no inverter that is called as the compiler calls it, or the
    simulator cannot measure it: then no delay is estimated.
    """
    netlist, testbench = NGSPICE.netlist_name(network), NGSPICE.testbench_name(network)
    texts = [(folder / name).read_text(encoding="latin-1") for name in (netlist, testbench)]
    inverter = inverter_module(network)
    head, end, _ = texts[0].partition(f"\n.ends {inverter}\n")
    if not end:
        return None
    scratch.mkdir()
    if (folder / MODELS_FOLDER).is_dir():
        shutil.copytree(folder / MODELS_FOLDER, scratch / MODELS_FOLDER)
    lines = [*_conditions(texts[1], netlist), *head.split("\n"), end.strip()]
    try:
        return measure_charges(lines, inverter, supply_volts, scratch, timeout_seconds)
    except CompileError:
        return None


def _conditions(testbench: str, netlist: str) -> Iterator[str]:
    """The lines of a testbench that bring models, and the temperature."""
    for line in testbench.split("\n"):
        models = _READING.match(line) and netlist not in line
        if models or line.startswith(".temp "):
            yield line

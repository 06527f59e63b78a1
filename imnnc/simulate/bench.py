"""Where ngspice measures what a technology has: the models beside small circuits around them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from imnnc.design import Technology
from imnnc.diagnostics import Label
from imnnc.simulate.ngspice import NgspiceRun, run_circuit
from imnnc.simulate.staging import stage
from imnnc.simulate.transistors import model_lines


class Bench:
    """The models of a technology in a folder, and circuits around them that ngspice runs there."""

    def __init__(self, technology: Technology, folder: Path, timeout_seconds: float) -> None:
        self._span = technology.span
        self._folder = folder
        self._timeout_seconds = timeout_seconds
        self.models = model_lines(technology, folder)

    def run(self, name: str, circuit: str, commands: Sequence[str]) -> NgspiceRun:
        """What the commands give of a circuit, which is read first as any deck is."""
        path = self._folder / f"{name}.sp"
        path.write_text(circuit, encoding="ascii")
        asked = [] if self._span is None else [Label(self._span, "the technology that has it")]
        deck = stage(path, self._folder / name / "deck", secondary=asked)
        workdir = self._folder / name / "work"
        return run_circuit(deck, commands, workdir=workdir, timeout_seconds=self._timeout_seconds)

"""Libraries of one resistor between `d` and ground, and what ngspice reads of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from imnnc.design import Technology
from imnnc.simulate.ngspice import NgspiceRun, run_circuit, run_deck
from imnnc.simulate.staging import stage
from tests.support.networks import technology

ONE, TWO, THREE = (f"Rm d 0 {ohms}\n" for ohms in (1, 2, 3))


def section(body: str, name: str = "tt") -> str:
    """A library with one section."""
    return f"* a library\n.lib {name}\n{body}\n.endl\n"


def write(folder: Path, files: Mapping[str, str | Path]) -> Path:
    """Write files; a path is what a symbolic link leads to."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            path.symlink_to(content)
        else:
            path.write_bytes(content.encode("latin-1"))
    return folder


def kit(folder: Path, files: Mapping[str, str | Path], **changes: object) -> Technology:
    """A technology whose library is `kit/top.lib`."""
    write(folder, files)
    settings: dict[str, object] = {"library": folder / "kit/top.lib", "corners": ("tt",)}
    return technology(**(settings | changes))


def ohms(folder: Path, library: str) -> float | None:
    """The resistance that ngspice finds in section `tt`, run in a folder; None: it finds none."""
    deck = [*_bench(library), ".control", *_COMMANDS, "quit", ".endc", ".end"]
    return _ohms(run_deck("\n".join(deck), workdir=folder, timeout_seconds=20))


def guarded_ohms(folder: Path) -> float | None:
    """The same of `models/top.lib` in a folder, through the guard before the simulator."""
    write(folder, {"tb.sp": "\n".join([*_bench("models/top.lib"), ".end", ""])})
    deck = stage(folder / "tb.sp", folder / "staged")
    return _ohms(run_circuit(deck, _COMMANDS, workdir=folder / "run", timeout_seconds=20))


_COMMANDS = ("op", "write result.raw i(v1)")


def _bench(library: str) -> list[str]:
    return ["* a resistor", "V1 d 0 1", f'.lib "{library}" tt', "Rx d 0 1e9"]


def _ohms(run: NgspiceRun) -> float | None:
    if run.errors or "i(v1)" not in run.vectors:
        return None
    return round(-1 / float(run.vectors["i(v1)"].real[0]), 6)

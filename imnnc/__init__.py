"""imnnc: a compiler for inverter-based memristive neural networks.

`imnnc.compile` compiles a source file, `imnnc.load` takes up the output of an earlier compile;
both give a `Compilation`, which predicts and verifies.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from imnnc.version import __version__

if TYPE_CHECKING:
    from imnnc.api import Compilation, compile, load

__all__ = ["Compilation", "__version__", "compile", "load"]


def __getattr__(name: str) -> object:
    # Imported when first asked for: every module of the package imports this one.
    if name in ("Compilation", "compile", "load"):
        return getattr(import_module("imnnc.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

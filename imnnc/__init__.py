"""imnnc: a compiler for inverter-based memristive neural networks.

`imnnc.compile` compiles a source file or an `imnnc.Network`, `imnnc.load` takes up the output of
an earlier compile; both give a `Compilation`, which predicts and verifies.  `imnnc.compare` trains
by several methods, `imnnc.characterize` has ngspice measure an inverter, `imnnc.check_golden`
compares an output with a golden, `imnnc.simulate` gives waveforms, `imnnc.diff` sets two outputs
side by side.  What fails and can be acted on raises `imnnc.CompileError`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from imnnc.version import __version__

if TYPE_CHECKING:
    from imnnc.api import (
        Compilation,
        Network,
        characterize,
        check_golden,
        compare,
        compile,
        diff,
        from_onnx,
        from_state,
        from_torch,
        load,
        simulate,
    )
    from imnnc.diagnostics import CompileError

__all__ = [
    "Compilation",
    "CompileError",
    "Network",
    "__version__",
    "characterize",
    "check_golden",
    "compare",
    "compile",
    "diff",
    "from_onnx",
    "from_state",
    "from_torch",
    "load",
    "simulate",
]


def __getattr__(name: str) -> object:
    # Imported when first asked for: every module of the package imports this one.
    if name == "CompileError":
        return import_module("imnnc.diagnostics").CompileError
    if name in __all__:
        return getattr(import_module("imnnc.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__]

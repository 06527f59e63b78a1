"""imnnc: a compiler for inverter-based memristive neural networks.

`imnnc.compile` compiles a source file or an `imnnc.Network`, `imnnc.load` takes up the output of
an earlier compile; both give a `Compilation`, which predicts and verifies.  `imnnc.compare` trains
by several methods, `imnnc.characterize` has ngspice measure an inverter, `imnnc.check_golden`
compares an output with a golden, `imnnc.simulate` gives waveforms, `imnnc.diff` sets two outputs
side by side.  What fails and can be acted on raises `imnnc.CompileError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imnnc.lazily import exported
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


# Imported when first asked for: every module of the package imports this one.
__getattr__, __dir__ = exported(
    __name__,
    {
        "imnnc.diagnostics": ("CompileError",),
        "imnnc.api": tuple(x for x in __all__ if x not in ("CompileError", "__version__")),
    },
)

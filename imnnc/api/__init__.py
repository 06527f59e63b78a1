"""The compiler from Python: the same as on the command line, with values instead of text."""

from imnnc.api.comparison import compare
from imnnc.api.compilation import (
    DEFAULT_TIMEOUT_SECONDS,
    Compilation,
    Driver,
    available_jobs,
    compile,
    load,
    passes,
)
from imnnc.api.technology import characterize, write_inverter_table

__all__ = [
    "DEFAULT_TIMEOUT_SECONDS",
    "Compilation",
    "Driver",
    "available_jobs",
    "characterize",
    "compare",
    "compile",
    "load",
    "passes",
    "write_inverter_table",
]

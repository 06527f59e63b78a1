"""What two output folders differ in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imnnc.api.compilation import Compilation

if TYPE_CHECKING:
    from imnnc.report.difference import Difference


def diff(a: Compilation | str | Path, b: Compilation | str | Path) -> Difference:
    """Set two compilations side by side: figures, cells, settings.

    Args:
        a: a compilation, or its output folder; one of `imnnc calibrate` as well.
        b: the other.

    Raises:
        CompileError: one is no such folder, or is damaged.
    """
    from imnnc.report.difference import difference

    first, second = (x.out if isinstance(x, Compilation) else Path(x) for x in (a, b))
    return difference(first, second)

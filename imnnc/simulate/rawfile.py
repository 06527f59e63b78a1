"""Reader of the binary rawfiles that ngspice writes with `write` and with `-r`.

A rawfile is one plot after the other: a header of text lines up to `Binary:`, then the
points one after the other, each with all variables as float64 in the machine's byte order,
or as pairs of them (real, imaginary) in the plot of an ac analysis.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[Any]  # float64, complex128 in the plot of an ac analysis


class RawfileError(ValueError):
    """The file is not a whole binary rawfile."""


@dataclass(frozen=True)
class Plot:
    """The results of one analysis.

    Names are lower case, as ngspice has them: `v(node)` and `i(source)` (volts, amperes)
    beside the sweep's own, `time` (seconds) or `frequency` (hertz).  All arrays have the
    length of the sweep, 1 for an operating point; those of an ac analysis are complex.
    """

    name: str
    vectors: dict[str, Vector]


def read_rawfile(path: Path) -> tuple[Plot, ...]:
    """All plots of a binary rawfile, in the order in which they were written.

    Raises `RawfileError` where the file is damaged or cut short, `OSError` where it cannot
    be read.
    """
    data = path.read_bytes()
    plots: list[Plot] = []
    offset = 0
    while offset < len(data):
        plot, offset = _read_plot(data, offset)
        plots.append(plot)
    return tuple(plots)


def _read_plot(data: bytes, offset: int) -> tuple[Plot, int]:
    """The plot that begins at a byte offset, and where the next one begins."""
    marker = b"\nBinary:\n"
    end = data.find(marker, offset)
    if end < 0:
        raise RawfileError("a rawfile must have a `Binary:` section, found none")
    fields, names = _read_header(data[offset:end].decode("utf-8", errors="replace"))
    try:
        points = int(fields["no. points"])
        variables = int(fields["no. variables"])
    except (KeyError, ValueError):
        raise RawfileError("a rawfile's header must count its variables and points") from None
    if len(names) != variables:
        raise RawfileError(f"the header must name {variables} variables, named {len(names)}")
    is_complex = "complex" in fields.get("flags", "").lower()
    dtype = np.dtype(np.complex128 if is_complex else np.float64)
    start = end + len(marker)
    stop = start + points * variables * dtype.itemsize
    if stop > len(data):
        raise RawfileError(f"the points must take {stop - start} bytes, {len(data) - start} left")
    values = np.frombuffer(data[start:stop], dtype).reshape(points, variables)
    # A copy of each column: a view would keep all of the file's points alive.
    vectors = {name: values[:, index].copy() for index, name in enumerate(names)}
    return Plot(fields.get("plotname", ""), vectors), stop


def _read_header(text: str) -> tuple[dict[str, str], list[str]]:
    """The header's fields by lower-case key, and the variables' names in order."""
    fields: dict[str, str] = {}
    names: list[str] = []
    in_variables = False
    for line in text.split("\n"):
        if in_variables:
            names.append(_variable_name(line))
        elif line.lower().startswith("variables:"):
            in_variables = True
        else:
            key, _, value = line.partition(":")
            fields[key.strip().lower()] = value.strip()
    return fields, names


def _variable_name(line: str) -> str:
    """The name in a line `<tab>index<tab>name<tab>type`."""
    parts = line.split()
    if len(parts) < 3:
        raise RawfileError(f"a variable must have an index, a name and a type, found `{line}`")
    return parts[1].lower()

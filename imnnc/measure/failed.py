"""Cells that cannot be programmed, in a table: of a simulation, or of a die that was programmed.

A line a cell: `crossbar,row,column,polarity` as in the programming files, and `siemens`, what it
conducts, where that was read.  Further columns are for people.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from imnnc.diagnostics import CompileError, fail
from imnnc.emit.programming import row_names
from imnnc.files.files import new_text, read_text
from imnnc.limits import SIEMENS
from imnnc.physics.network import CrossbarProgram, FloatArray, ProgrammedCrossbar
from imnnc.physics.write_verify import Written

FAILED_FILE = "failed-cells.csv"  # no name of a layer
_KEYS = ("crossbar", "row", "column", "polarity")
_SIEMENS = "siemens"
_POLARITIES = ("plus", "minus")
(_BOUNDS,) = SIEMENS.values()


def write_failed(path: Path, program: CrossbarProgram, written: Iterable[Written]) -> None:
    """List the cells that failed, with what was read last and what they were to be.

    Fails with IM510.
    """
    with new_text(path) as stream:
        stream.write(",".join((*_KEYS, _SIEMENS, "target_siemens", "pulses")) + "\n")
        for crossbar, cells in zip(program.crossbars, written, strict=True):
            names = row_names(len(crossbar.ohms_plus), crossbar.bias_pairs)
            for cell in np.flatnonzero(cells.failed).tolist():
                polarity, row, column = cells.places[cell].tolist()
                stream.write(
                    f"{cells.name},{names[row]},{column},{_POLARITIES[polarity]},"
                    f"{cells.read[cell]:.9g},{cells.targets[cell]:.9g},{cells.pulses[cell]}\n"
                )


def read_failed(path: Path, program: CrossbarProgram) -> tuple[FloatArray, ...]:
    """Siemens (2 (N + P), M) of the listed cells of each crossbar, those of the plus rows first.

    Infinite where a cell is listed without what it conducts, NaN where it is not listed.

    Raises:
        CompileError: IM511 where the file cannot be read, IM335 where it does not list cells of
            this network.
    """
    try:
        rows = list(csv.reader(io.StringIO(read_text(path))))
    except csv.Error as error:
        raise _refuse(path, 1, f"must be a line of a table: {error}") from error
    header = [name.strip() for name in rows[0]] if rows else []
    for name in _KEYS:
        if header.count(name) != 1:
            raise _refuse(path, 1, f"must name a column `{name}`, it is `{','.join(header)[:60]}`")
    crossbars = {x.name: _Crossbar(x) for x in program.crossbars}
    for number, words in enumerate(rows[1:], start=2):
        if not words:
            continue
        if len(words) != len(header):
            raise _refuse(path, number, f"must have {len(header)} values, it has {len(words)}")
        line = dict(zip(header, map(str.strip, words), strict=True))
        crossbar = crossbars.get(line["crossbar"])
        if crossbar is None:
            known = " or ".join(f"`{name}`" for name in crossbars)
            raise _refuse(path, number, f"must name crossbar {known}, not `{line['crossbar']}`")
        for key, choices in crossbar.choices.items():
            if line[key] not in choices:
                first, *_, last = choices
                what = f"must name a {key} of `{crossbar.name}`, `{first}` to `{last}`"
                raise _refuse(path, number, f"{what}, not `{line[key][:60]}`")
        polarity, row, column = (choices[line[key]] for key, choices in crossbar.choices.items())
        place = polarity * len(crossbar.siemens) // 2 + row, column
        if not np.isnan(crossbar.siemens[place]):
            raise _refuse(path, number, "must be of another cell, this one is listed above")
        crossbar.siemens[place] = _siemens(path, number, line.get(_SIEMENS, ""))
    return tuple(x.siemens for x in crossbars.values())


class _Crossbar:
    """What is listed of a crossbar, and the words by which its cells are named."""

    def __init__(self, crossbar: ProgrammedCrossbar) -> None:
        rows, columns = crossbar.ohms_plus.shape
        self.name = crossbar.name
        self.siemens: FloatArray = np.full((2 * rows, columns), np.nan)
        names = row_names(rows, crossbar.bias_pairs)
        self.choices = {
            "polarity": {word: number for number, word in enumerate(_POLARITIES)},
            "row": {word: number for number, word in enumerate(names)},
            "column": {str(number): number for number in range(columns)},
        }


def _siemens(path: Path, line: int, text: str) -> float:
    """What a cell conducts, infinite where nothing is said of it."""
    if not text:
        return math.inf
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if value not in _BOUNDS:
        raise _refuse(path, line, f"must have siemens {_BOUNDS.range}, not `{text[:60]}`")
    return value


def _refuse(path: Path, line: int, what: str) -> CompileError:
    return fail("IM335", f"line {line} of `{path}` {what}")

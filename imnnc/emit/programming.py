"""The files that tell a programmer of memristors what to write into which cell, and back.

`program/index.json` names the files, with the sha256 of each, and holds the device and the
sizes of the inverters.  The cells are in `program/<layer>.csv`, one line a cell, or in
`program/conductances.npz`, as arrays; both say the same to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from imnnc.design import InverterSizes
from imnnc.diagnostics import CompileError
from imnnc.emit.indexed import crossbar_entries, read_parasitics, whole_entries
from imnnc.emit.planned import (
    PLAN_COLUMNS,
    PLAN_ENTRY,
    PLAN_MEANING,
    guesses,
    plan_entry,
    plan_of_entry,
    plan_texts,
)
from imnnc.files.arrays import Array, read_npz, write_npz
from imnnc.files.decoding import DamagedError, check_limits
from imnnc.files.files import (
    Json,
    damaged,
    new_text,
    read_json,
    reading,
    sha256_file,
    write_json,
)
from imnnc.files.listing import is_inside, shown
from imnnc.files.manifest import changed_file, missing_file
from imnnc.limits import MAX_CELLS, required_bounds
from imnnc.physics.network import (
    UNFORMED_LEVEL,
    BoolArray,
    CrossbarProgram,
    FloatArray,
    IntArray,
    ProgrammedCrossbar,
)
from imnnc.pulses import PulsePlan

Format = Literal["csv", "npz"]
T = TypeVar("T")

PROGRAM_FOLDER = "program"
INDEX_NAME = "index.json"
NPZ_NAME = "conductances.npz"

_COLUMNS = ("crossbar", "row", "column", "polarity", "level", "siemens", "ohms", "tolerance")
_UNITS = {"siemens": "S", "ohms": "ohm", "tolerance": "1", "inverter sizes": "unit inverters"}
_MEANING = {
    "row": "the input's number, from 0, or `bias` for the pair of rows at the rails",
    "column": "the neuron's number, from 0",
    "polarity": "plus for the cell on the row at +x, minus for the one on the row at -x",
    "level": "0 at the smallest conductance; empty where the device is continuous",
    "siemens": "1 / ohms, for reading; ohms is what is programmed",
    "tolerance": "relative, on the conductance",
}
_UNFORMED = "unformed"  # in the place of a level
_BIAS = "bias"
_PAIRS = "bias_pairs"  # of a crossbar that has several
_POLARITIES = ("plus", "minus")
_SIZE = required_bounds(InverterSizes, "minimum")


def write_program(
    program: CrossbarProgram,
    folder: Path,
    formats: Sequence[str] = ("csv", "npz"),
    plan: PulsePlan | None = None,
) -> list[str]:
    """Write the programming files into `program/` of the output folder; their names.

    The index is always written.  `formats` are `csv` and `npz`, one of them at least.  With a
    `plan` they say how each cell is written and verified.
    Fails with IM510 where a file cannot be written.
    """
    place = folder / PROGRAM_FOLDER
    if not set(formats) & {"csv", "npz"} or set(formats) - {"csv", "npz"}:
        raise ValueError(f"formats {formats}")
    names: list[str] = []
    crossbars: list[dict[str, Json]] = []
    for number, (crossbar, size_minus, size_plus) in enumerate(
        zip(program.crossbars, program.size_minus, program.size_plus, strict=True)
    ):
        entry: dict[str, Json] = {
            "crossbar": crossbar.name,
            "shape": list(crossbar.ohms_plus.shape),
            "levels": crossbar.level_plus is not None,
            **({_UNFORMED: crossbar.unformed_cells} if crossbar.formed_plus is not None else {}),
            **({} if crossbar.bias_pairs is None else {_PAIRS: crossbar.bias_pairs}),
            "size_minus": size_minus.tolist(),
            "size_plus": size_plus.tolist(),
        }
        entry |= crossbar_entries(program.parasitics, number)
        if "csv" in formats:
            name = f"{crossbar.name}.csv"
            with new_text(place / name) as stream:
                stream.writelines(_csv_lines(crossbar, program.tolerance, plan))
            entry["csv"] = {"file": name, "sha256": sha256_file(place / name)}
            names.append(name)
        crossbars.append(entry)
    index: dict[str, Json] = {
        "memristor": program.memristor,
        "tolerance": program.tolerance,
        **whole_entries(program.parasitics),
        "units": _UNITS,
        **({} if plan is None else {PLAN_ENTRY: plan_entry(plan)}),
        "columns": _meaning(program, plan),
        "crossbars": crossbars,
    }
    if "npz" in formats:
        arrays = {
            f"{crossbar.name}.{name}": array
            for crossbar in program.crossbars
            for name, array in (_arrays(crossbar) | _planned(crossbar, plan)).items()
        }
        write_npz(place / NPZ_NAME, arrays, {"crossbars": [x.name for x in program.crossbars]})
        index["npz"] = {"file": NPZ_NAME, "sha256": sha256_file(place / NPZ_NAME)}
        names.append(NPZ_NAME)
    write_json(place / INDEX_NAME, index)
    return [f"{PROGRAM_FOLDER}/{name}" for name in (*names, INDEX_NAME)]


def _planned(crossbar: ProgrammedCrossbar, plan: PulsePlan | None) -> dict[str, Array]:
    if plan is None:
        return {}
    return dict(zip(("pulses_plus", "pulses_minus"), guesses(plan, crossbar), strict=True))


def _meaning(program: CrossbarProgram, plan: PulsePlan | None) -> dict[str, str]:
    found = dict(_MEANING) if plan is None else _MEANING | PLAN_MEANING
    if any(crossbar.formed_plus is not None for crossbar in program.crossbars):
        found["level"] += f"; `{_UNFORMED}` of a cell that is to be left as it is"
        found["ohms"] = "of a cell that is not formed, of its leak"
    if any(crossbar.bias_pairs is not None for crossbar in program.crossbars):
        found["row"] += f", and `{_BIAS}_1` and so on for further pairs"
    return found


def read_program(folder: Path) -> CrossbarProgram:
    """What `write_program` wrote into the output folder, exactly.

    Every listed file is checked against its sha256, and the cells are taken from the `.npz`
    where there is one.  Fails with IM511 where a file cannot be read, IM512 where it is damaged,
    IM513 where it has changed, IM514 where a newer version wrote it, IM516 where it is missing.
    """
    return _of_index(folder, _read_program)


def read_pulse_plan(folder: Path) -> PulsePlan | None:
    """How the programming files of an output folder have cells written and verified; None: not.

    Fails as `read_program` does.
    """

    def read(_: Path, index: dict[str, Json]) -> PulsePlan | None:
        return plan_of_entry(index[PLAN_ENTRY]) if PLAN_ENTRY in index else None

    return _of_index(folder, read)


def _of_index(folder: Path, read: Callable[[Path, dict[str, Json]], T]) -> T:
    """What `read` makes of the index in the output folder, whose path it is given."""
    path = folder / PROGRAM_FOLDER / INDEX_NAME
    index = read_json(path)
    try:
        return read(path, index)
    # The index is JSON of any shape until it has been used: a missing key, a list in place of
    # a number and the like all mean that it is not one that imnnc wrote.
    except (
        *(KeyError, TypeError, ValueError, AttributeError, MemoryError, OverflowError),
        DamagedError,
    ) as error:
        reason = f"{type(error).__name__} {error}" if isinstance(error, KeyError) else error
        raise damaged(path, f"it is not an index of programming files: {shown(reason)}") from error


def _read_program(path: Path, index: dict[str, Json]) -> CrossbarProgram:
    arrays: dict[str, Array] | None = None
    if "npz" in index:
        arrays, _ = read_npz(_listed_file(path, index["npz"]))
    crossbars: list[ProgrammedCrossbar] = []
    sizes: dict[str, list[FloatArray]] = {"size_minus": [], "size_plus": []}
    for entry in index["crossbars"]:
        name = str(entry["crossbar"])
        pairs = int(entry[_PAIRS]) if _PAIRS in entry else None
        kinds = bool(entry["levels"]), _UNFORMED in entry, pairs
        rows, columns = _shape(entry["shape"])
        if rows <= (pairs or 1):
            raise ValueError(f"crossbar `{name}` has no rows but biases")
        table = _listed_file(path, entry["csv"]) if "csv" in entry else None
        if arrays is not None:
            crossbar = _from_arrays(path.with_name(NPZ_NAME), arrays, name, *kinds)
        elif table is not None:
            crossbar = _read_csv(table, name, (rows, columns), *kinds)
        else:
            raise ValueError(f"crossbar `{name}` has no file")
        _check_crossbar(crossbar, (rows, columns))
        crossbars.append(crossbar)
        for key, values in sizes.items():
            values.append(np.array(entry[key], dtype=np.float64))
            if values[-1].shape != (columns,):
                raise ValueError(f"`{key}` of crossbar `{name}` must have {columns} values")
            if not all(size in _SIZE for size in values[-1].tolist()):
                raise ValueError(f"`{key}` of crossbar `{name}` must be {_SIZE.range}")
    program = CrossbarProgram(
        str(index["memristor"]),
        float(index["tolerance"]),
        tuple(crossbars),
        tuple(sizes["size_minus"]),
        tuple(sizes["size_plus"]),
        read_parasitics(index),
    )
    for part in (program, program.parasitics, *program.crossbars):
        check_limits(part)
    return program


def _shape(sides: Json) -> tuple[int, int]:
    """Rows and columns, few enough to make arrays of them before a file has shown its own."""
    rows, columns = (int(x) for x in sides)
    if rows < 2 or columns < 1 or 2 * rows * columns > MAX_CELLS:
        raise ValueError(f"no crossbar has {rows} x {columns} cells")
    return rows, columns


def _listed_file(index: Path, entry: dict[str, str]) -> Path:
    """The path of a file in the index's folder, its content checked."""
    if not is_inside(entry["file"]):
        raise ValueError("its files must be names of files")
    path = index.with_name(entry["file"])
    if not path.is_file():
        raise CompileError(missing_file(path))
    if sha256_file(path) != entry["sha256"]:
        raise CompileError(changed_file(path))
    return path


def _check_crossbar(crossbar: ProgrammedCrossbar, shape: tuple[int, int]) -> None:
    for name, array in _arrays(crossbar).items():
        if array.shape != shape:
            raise ValueError(f"`{name}` of crossbar `{crossbar.name}` must be of shape {shape}")
    for ohms in (crossbar.ohms_plus, crossbar.ohms_minus):
        if not (np.isfinite(ohms) & (ohms > 0)).all():
            raise ValueError(f"the resistances of crossbar `{crossbar.name}` must be positive")


def _arrays(crossbar: ProgrammedCrossbar) -> dict[str, Array]:
    named = {
        "ohms_plus": crossbar.ohms_plus,
        "ohms_minus": crossbar.ohms_minus,
        "level_plus": crossbar.level_plus,
        "level_minus": crossbar.level_minus,
        "formed_plus": crossbar.formed_plus,
        "formed_minus": crossbar.formed_minus,
    }
    return {name: array for name, array in named.items() if array is not None}


def _from_arrays(
    path: Path,
    arrays: dict[str, Array],
    name: str,
    has_levels: bool,
    has_unformed: bool,
    bias_pairs: int | None,
) -> ProgrammedCrossbar:
    def array(member: str, kind: type[np.generic]) -> Array:
        key = f"{name}.{member}"
        if key not in arrays:
            raise damaged(path, f"it has no array `{key}`")
        return arrays[key].astype(kind, copy=False)

    return ProgrammedCrossbar(
        name,
        array("ohms_plus", np.float64),
        array("ohms_minus", np.float64),
        array("level_plus", np.int64) if has_levels else None,
        array("level_minus", np.int64) if has_levels else None,
        array("formed_plus", np.bool_) if has_unformed else None,
        array("formed_minus", np.bool_) if has_unformed else None,
        bias_pairs,
    )


def row_names(rows: int, bias_pairs: int | None) -> list[str]:
    """What files call the rows of a crossbar, of which the last `bias_pairs` (one) are biases."""
    pairs = bias_pairs or 1
    more = (f"{_BIAS}_{number}" for number in range(1, pairs))
    return [*(str(i) for i in range(rows - pairs)), _BIAS, *more]


def _csv_lines(
    crossbar: ProgrammedCrossbar, tolerance: float, plan: PulsePlan | None
) -> Iterator[str]:
    """The header, then the lines of one row at a time, plus and minus cell side by side."""
    rows, columns = crossbar.ohms_plus.shape
    if plan is None:
        yield ",".join(_COLUMNS) + "\n"
        planned = iter([[""] * (2 * columns)] * rows)
    else:
        yield ",".join((*_COLUMNS, *PLAN_COLUMNS)) + "\n"
        tolerance = plan.spec.tolerance
        texts = plan_texts(plan, crossbar, guesses(plan, crossbar))
        planned = ([f",{text}" for text in row] for row in texts)
    # One `%` on the template of a whole row: level, siemens, ohms and plan of each of its cells.
    row_template = "".join(
        f"{crossbar.name},\0,{column},{polarity},%s,%.9g,%r,{tolerance!r}%s\n"
        for column in range(columns)
        for polarity in _POLARITIES
    )
    ohms = _side_by_side(crossbar.ohms_plus, crossbar.ohms_minus)
    levels = None
    if crossbar.level_plus is not None and crossbar.level_minus is not None:
        levels = _side_by_side(crossbar.level_plus, crossbar.level_minus)
    formed = None
    if crossbar.formed_plus is not None and crossbar.formed_minus is not None:
        formed = _side_by_side(crossbar.formed_plus, crossbar.formed_minus)
    for row, name in enumerate(row_names(rows, crossbar.bias_pairs)):
        values: list[object] = [""] * (8 * columns)
        if levels is not None:
            values[0::4] = levels[row].tolist()
        if formed is not None:
            for place in np.flatnonzero(~formed[row]).tolist():
                values[4 * place] = _UNFORMED
        values[1::4] = (1.0 / ohms[row]).tolist()
        values[2::4] = ohms[row].tolist()
        values[3::4] = next(planned)
        yield row_template.replace("\0", name) % tuple(values)


def _side_by_side(plus: Array, minus: Array) -> Array:
    """(N + P, 2 M) of the two arrays (N + P, M): column 0 plus, column 0 minus, column 1 plus."""
    return np.stack([plus, minus], axis=-1).reshape(len(plus), -1)


def _read_csv(
    path: Path,
    name: str,
    shape: tuple[int, int],
    has_levels: bool,
    has_unformed: bool,
    bias_pairs: int | None,
) -> ProgrammedCrossbar:
    """The cells of a table, in whatever order its lines are.  Fails with IM511 and IM512."""
    rows, columns = shape
    row_numbers = {row: index for index, row in enumerate(row_names(rows, bias_pairs))}
    polarities = {polarity: index for index, polarity in enumerate(_POLARITIES)}
    ohms = np.zeros((rows, columns, 2))
    level = np.full((rows, columns, 2), UNFORMED_LEVEL, dtype=np.int64)
    formed = np.ones((rows, columns, 2), dtype=np.bool_)
    with reading(path), path.open(encoding="ascii", errors="replace", newline="\n") as file:
        names = tuple(file.readline().removesuffix("\n").split(","))
        if names not in (_COLUMNS, (*_COLUMNS, *PLAN_COLUMNS)):
            raise damaged(path, f"its first line must be `{','.join(_COLUMNS)}`")
        for number, line in enumerate(file, start=2):
            try:
                words = line.split(",")
                crossbar, row, column, polarity, cell_level, _, cell_ohms = words[:7]
                place = row_numbers[row], int(column), polarities[polarity]
                if crossbar != name or not 0 <= place[1] < columns or ohms[place] != 0:
                    raise ValueError
                if len(words) != len(names):
                    raise ValueError
                ohms[place] = float(cell_ohms)
                if has_unformed and cell_level == _UNFORMED:
                    formed[place] = False
                elif has_levels:
                    level[place] = int(cell_level)
            except (ValueError, KeyError, OverflowError) as error:
                raise damaged(path, f"line {number} is not a cell of its own") from error
    if not ohms.all():
        raise damaged(path, f"it must have {ohms.size} cells, has {np.count_nonzero(ohms)}")
    plus, minus = (np.ascontiguousarray(ohms[..., k]) for k in range(2))
    levels: list[IntArray | None] = [None, None]
    if has_levels:
        levels = [np.ascontiguousarray(level[..., k]) for k in range(2)]
    masks: list[BoolArray | None] = [None, None]
    if has_unformed:
        masks = [np.ascontiguousarray(formed[..., k]) for k in range(2)]
    return ProgrammedCrossbar(
        name, plus, minus, levels[0], levels[1], masks[0], masks[1], bias_pairs
    )

"""Waveforms as the files that viewers and scripts read: the ending decides which.

- `.raw`: ngspice's binary rawfile, as GAW and ngspice's own `load` have it.
- `.csv`: a column a trace, under its name.
- `.vcd`: IEEE 1364's value change dump with reals and a time scale of 1 fs, as GTKWave has it.
- `.h5`, `.hdf5`: HDF5, an array a trace, by the package `h5py`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from imnnc.diagnostics import ExitCode, fail
from imnnc.extras import optional
from imnnc.files.files import new_binary, new_text, writing
from imnnc.simulate.base import FloatArray

Unit = Literal["V", "A"]

_RAW_TYPES: Final[Mapping[Unit, str]] = {"V": "voltage", "A": "current"}
_TICKS_A_SECOND: Final = 1e15
_FIRST_MARK, _MARKS = 33, 94  # of the printable characters that name variables in a VCD


@dataclass(frozen=True)
class Traces:
    """Values over time.

    Attributes:
        title: what they are of.
        simulator: what found them, such as `ngspice 39`.
        seconds: (T,), rising.
        names: of the traces, in their order.
        units: of each.
        values: (T, K).
    """

    title: str
    simulator: str
    seconds: FloatArray
    names: tuple[str, ...]
    units: tuple[Unit, ...]
    values: FloatArray


def check_ending(path: Path) -> None:
    """Fail with IM750 unless a file's ending is one of those that can be written.

    Where a package is needed, fail with IM745 unless it is there.
    """
    ending = path.suffix.lower()
    if ending not in _WRITERS:
        raise fail(
            "IM750",
            f"waveforms must end in {', '.join(f'`{x}`' for x in _WRITERS)}, the file was"
            f" `{path.name}`",
            exit_code=ExitCode.USAGE,
        )
    if _WRITERS[ending] is _write_hdf5:
        optional("h5py", "hdf5")


def write_traces(path: Path, traces: Traces) -> None:
    """Write a file by its ending.  Fails as `check_ending` does, and with IM510."""
    check_ending(path)
    _WRITERS[path.suffix.lower()](path, traces)


def _write_raw(path: Path, traces: Traces) -> None:
    kinds = (_RAW_TYPES[unit] for unit in traces.units)
    variables = [("time", "time"), *zip(traces.names, kinds, strict=True)]
    header = [
        f"Title: {traces.title}",
        "Date: Thu Jan  1 00:00:00 1970",  # the same bytes at any time
        f"Command: {traces.simulator}, imnnc",
        "Plotname: Transient Analysis",
        "Flags: real",
        f"No. Variables: {len(variables)}",
        f"No. Points: {len(traces.seconds)}",
        "Variables:",
        *(
            f"\t{number}\t{name if kind != 'voltage' else f'v({name})'}\t{kind}"
            for number, (name, kind) in enumerate(variables)
        ),
        "Binary:\n",
    ]
    points = np.column_stack([traces.seconds, traces.values])
    with new_binary(path) as stream:
        stream.write("\n".join(header).encode("ascii"))
        stream.write(points.astype("<f8").tobytes())


def _write_csv(path: Path, traces: Traces) -> None:
    with new_text(path) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["time", *traces.names])
        writer.writerows(np.column_stack([traces.seconds, traces.values]).tolist())


def _write_vcd(path: Path, traces: Traces) -> None:
    marks = [_mark(number) for number in range(len(traces.names))]
    ticks = np.round(traces.seconds * _TICKS_A_SECOND).astype(np.int64).tolist()
    with new_text(path) as stream:
        stream.write(f"$comment {traces.title}, {traces.simulator}; volts, amperes $end\n")
        stream.write("$timescale 1 fs $end\n$scope module network $end\n")
        for mark, name in zip(marks, traces.names, strict=True):
            stream.write(f"$var real 64 {mark} {name} $end\n")
        stream.write("$upscope $end\n$enddefinitions $end\n")
        known: Sequence[float | None] = [None] * len(marks)
        for tick, values in zip(ticks, traces.values.tolist(), strict=True):
            stream.write(f"#{tick}\n")
            for mark, value, before in zip(marks, values, known, strict=True):
                if value != before:
                    stream.write(f"r{value:.17g} {mark}\n")
            known = values


def _mark(number: int) -> str:
    """What a VCD calls the variable of a number: `!`, `"`, and so on."""
    mark = ""
    while True:
        number, digit = divmod(number, _MARKS)
        mark += chr(_FIRST_MARK + digit)
        if not number:
            return mark
        number -= 1


def _write_hdf5(path: Path, traces: Traces) -> None:
    h5py = optional("h5py", "hdf5")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(path, "w") as file:
            file.attrs["title"], file.attrs["simulator"] = traces.title, traces.simulator
            columns = [traces.seconds, *traces.values.T]
            for name, unit, values in zip(
                ("time", *traces.names), ("s", *traces.units), columns, strict=True
            ):
                file.create_dataset(name, data=values).attrs["unit"] = unit


_WRITERS: Final[Mapping[str, Callable[[Path, Traces], None]]] = {
    ".raw": _write_raw,
    ".csv": _write_csv,
    ".vcd": _write_vcd,
    ".h5": _write_hdf5,
    ".hdf5": _write_hdf5,
}

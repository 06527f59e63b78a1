"""The files that a new folder begins with: a source, and what checks it."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imnnc.data.columns import LABEL_NAMES, check_one_hot
from imnnc.data.fields import is_number, names_in, separator_of
from imnnc.data.files import read_bytes
from imnnc.data.lines import is_class_name
from imnnc.data.table import Labels, read_table
from imnnc.diagnostics import CompileError, ExitCode, Source, fail
from imnnc.files.files import writing
from imnnc.lang import format_source
from imnnc.resources import Start, resource, template_environment

_MOST_CLASSES = 100  # whole numbers beyond are numbers to be predicted
_FEWEST_SAMPLES = 10
_BEGINNING = 2**20  # bytes, in which the headings and the first row are


def start(folder: Path, begin: Start = "iris", table: Path | None = None) -> tuple[Path, ...]:
    """Write a source, a `.gitignore`, a CI job and a pre-commit configuration into a folder.

    Of a table the source fits its columns, the last of which is the class or the target.

    Raises:
        CompileError: IM741 where one of the files is there already, IM742 where a table is
            missing or is not asked for, IM743 where there is nothing to train with in it.
    """
    if begin == "csv" and table is None:
        raise _usage("`--from csv` needs a table", "samples.csv")
    if begin != "csv" and table is not None:
        raise _usage("a table needs `--from csv`", str(table))
    if table is not None and table.is_dir():
        raise _usage(f"`--from csv` needs a table, `{table}` is a folder", f"samples.csv {table}")
    name: str = begin
    if table is None:
        # Examples speak of the folder that they lie in.
        source = (resource("examples") / f"{begin}.imnn").read_text("utf-8")
        source = source.replace("examples/", "")
    else:
        name, source = _of_table(table, folder)
    environment = template_environment("init")
    texts = {
        f"{name}.imnn": source,
        ".gitignore": environment.get_template("gitignore").render(),
        ".pre-commit-config.yaml": environment.get_template("pre-commit-config.yaml.j2").render(),
        ".github/workflows/imnnc.yml": environment.get_template("workflow.yml.j2").render(
            source=f"{name}.imnn"
        ),
    }
    paths = {folder / name: text for name, text in texts.items()}
    there = [path for path in paths if path.exists()]
    if there:
        raise fail(
            "IM741",
            f"`{there[0]}` is there already",
            help="give another folder: `imnnc init FOLDER`",
            exit_code=ExitCode.USAGE,
        )
    for path, text in paths.items():
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return tuple(paths)


def _usage(message: str, words: str) -> CompileError:
    help = f"imnnc init --from csv {words}"
    return fail("IM742", message, help=help, exit_code=ExitCode.USAGE)


def _of_table(path: Path, folder: Path) -> tuple[str, str]:
    """A name, and the source of a network that is trained with a table."""
    heading = _labels_heading(path)
    table = read_table(path, labels=Labels(heading))
    values = table.values
    rows, columns = values.shape
    if rows < _FEWEST_SAMPLES or columns < 2:
        raise fail(
            "IM743",
            f"`{path}` must have at least {_FEWEST_SAMPLES} rows of two columns or more, "
            f"it has {rows} of {columns}",
        )
    last = values[:, -1]
    if table.classes is None:
        for count in range(min(columns - 1, _MOST_CLASSES), 2, -1):
            check_one_hot(table, count, None)
    if last.min() == last.max():
        where = "the last column" if heading is None else f"`{heading}`"
        one = f"{last[0]:g}" if table.classes is None else table.classes[0]
        raise fail(
            "IM743",
            f"`{path}` must have two classes or more, or numbers that differ; in all {rows} rows"
            f" {where} is {one}",
            help="name the column of the class `label` where it is another one",
        )
    classes = _classes(last) if table.classes is None else len(table.classes)
    word = re.sub(r"\W+", "_", path.stem, flags=re.ASCII).strip("_")[:40]
    name = word if word[:1].isalpha() else f"net_{word}"
    test = rows // 5
    text = (
        template_environment("init")
        .get_template("table.imnn.j2")
        .render(
            name=name,
            file=os.path.relpath(path, folder),
            inputs=columns - 1,
            hidden=min(32, columns + (classes or 1)),
            classes=classes,
            train=rows - test,
            test=test,
            samples=min(30, test),
            heading=heading,
            target=_range(last),
        )
    )
    return name, format_source(Source(f"{name}.imnn", text))


def _labels_heading(path: Path) -> str | None:
    """The heading of the column of labels; None: they are in the last one.

    It is the one that is called as labels are, or else the one column whose first value is a name.
    """
    begin = read_bytes(path, None)[:_BEGINNING].decode("utf-8-sig", errors="replace").splitlines()
    filled = (line for line in map(str.strip, begin) if line and not line.startswith("#"))
    lines = [line for line, _ in zip(filled, range(2), strict=False)] or [""]
    separator = separator_of(lines)
    headings, *rows = (names_in(line, separator) for line in lines)
    called = [x for x in headings if x.lower() in LABEL_NAMES]
    if called or not rows or any(map(is_number, headings)):
        return called[0] if len(called) == 1 else None
    named = [x for x, value in zip(headings, rows[0], strict=False) if is_class_name(value)]
    return named[0] if len(named) == 1 else None


def _classes(last: NDArray[np.float64]) -> int | None:
    """How many classes a column counts from 0; None: they are numbers."""
    whole = bool(np.all(last == np.round(last)))
    if not whole or last.min() < 0 or not 1 <= last.max() < _MOST_CLASSES:
        return None
    return int(last.max()) + 1


def _range(values: NDArray[np.float64]) -> str:
    """A range that has all values, its ends of few digits."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        high = low + 1
    step = 10.0 ** (math.floor(math.log10(high - low)) - 1)
    ends = math.floor(low / step) * step, math.ceil(high / step) * step
    return " .. ".join(f"{end:.12g}" for end in ends)

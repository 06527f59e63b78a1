"""The folder of a golden: what a compile has written, kept to compare later ones with.

```
golden/
  golden.json        schema, versions, the sha256 of every file below
  expected.csv       volts of the read-out, a line a corner and sample, as ngspice gave them
  <net>.*            netlists, cells and testbench      models/    the device models
  program/           the programming files              stimuli.npz, params.npz
```

Files have the names that they have in an output folder, so that a netlist here simulates on its
own, and `imnnc compile net.imnn --params golden/params.npz` repeats the compile without training.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imnnc.artifacts.stored import PARAMETERS_FILE, STIMULI_FILE
from imnnc.check.result import Case
from imnnc.diagnostics import ExitCode, fail
from imnnc.emit.ngspice import NGSPICE
from imnnc.files.files import (
    Json,
    damaged,
    read_json,
    read_text,
    reading,
    sha256_file,
    write_json,
    writing,
)
from imnnc.files.folder import recover_folder, replace_folder, staged_beside
from imnnc.files.listing import TOOL_NAME, check_listing, shown
from imnnc.files.manifest import MANIFEST_NAME, check_folder, read_manifest
from imnnc.limits import is_name
from imnnc.measure.folder import VERIFICATION_FILE
from imnnc.nearby import similar_file
from imnnc.physics.network import FloatArray
from imnnc.version import __version__

GOLDEN_NAME = "golden.json"
EXPECTED_NAME = "expected.csv"
# Goldens are compared byte by byte: git must not change the ends of their lines.
_ATTRIBUTES_NAME, _ATTRIBUTES = ".gitattributes", "* -text\n"
# What is for people to read, or is measured anew by every compile.
_NOT_KEPT = (
    *("report.html", "summary.json", "chips.json", "chips.svg", VERIFICATION_FILE),
    *("program/pulses.json", "program/failed-cells.csv"),
)
_VOLT_DIGITS = 9


@dataclass(frozen=True)
class Golden:
    """A golden folder whose files are as they were written."""

    folder: Path
    network: str
    simulator: str  # name and version, which gave the expected voltages
    files: tuple[str, ...]
    sha256: Mapping[str, str]  # of each file

    @property
    def testbench(self) -> Path:
        """The testbench for ngspice."""
        return self.folder / NGSPICE.testbench_name(self.network)

    @property
    def compared(self) -> tuple[str, ...]:
        """The files that another compile must have byte for byte."""
        return tuple(x for x in self.files if x not in (EXPECTED_NAME, PARAMETERS_FILE))


@dataclass(frozen=True)
class Output:
    """The output folder of a compile, as far as a golden keeps it."""

    folder: Path
    network: str
    simulator: str
    files: tuple[str, ...]
    sha256: Mapping[str, str] | None  # that the files must have; None: they may be edited

    @property
    def testbench(self) -> Path:
        """The testbench for ngspice."""
        return self.folder / NGSPICE.testbench_name(self.network)


def read_golden(folder: Path) -> Golden:
    """The golden in a folder.

    Fails with IM531 where it is none, IM512 and IM532 where it is damaged or was edited, IM514
    where a newer version wrote it.
    """
    if not (folder / GOLDEN_NAME).is_file():
        raise fail(
            "IM531",
            f"`{folder}` must be the folder of a golden, it has no `{GOLDEN_NAME}`",
            help="`imnnc golden update OUT --golden FOLDER` makes one of an output folder",
            exit_code=ExitCode.USAGE,
        )
    tree = read_json(folder / GOLDEN_NAME)
    check_listing(folder / GOLDEN_NAME, tree)
    files, network = tree["files"], tree.get("network")
    if network is None:
        raise damaged(folder / GOLDEN_NAME, "it does not name its network")
    for name, sha256 in sorted(files.items()):
        if not (folder / name).is_file() or sha256_file(folder / name) != sha256:
            state = "has changed" if (folder / name).exists() else "is missing"
            raise fail(
                "IM532",
                f"`{folder / name}` {state} since the golden was written",
                help="take it from version control again; `imnnc golden update` writes goldens",
            )
    simulator = tree.get("simulator")
    return Golden(folder, network, _simulator(simulator), tuple(sorted(files)), files)


def read_output(folder: Path, *, edited: bool = False) -> Output:
    """An output folder, whose files must be as they were compiled unless they may be `edited`.

    Fails with IM533 where it is none, IM512 and IM514 where it is damaged.
    """
    if not (folder / MANIFEST_NAME).is_file():
        what = "is a file" if folder.is_file() else f"has no `{MANIFEST_NAME}`"
        raise fail(
            "IM533",
            f"`{folder}` must be the output folder of a compile, it {what}"
            if folder.exists()
            else f"`{folder}` must be the output folder of a compile, there is none",
            help=f"it is a golden: `imnnc check OUT --golden {folder}`"
            if (folder / GOLDEN_NAME).is_file()
            else similar_file(folder) or "`imnnc compile NET.IMNN -o OUT` makes one",
            exit_code=ExitCode.USAGE,
        )
    manifest = read_manifest(folder)
    network = manifest.get("network")
    if network is None:
        raise damaged(folder / MANIFEST_NAME, "it does not name its network")
    kept = tuple(sorted(name for name in manifest["files"] if name not in _NOT_KEPT))
    sha256 = None if edited else manifest["files"]
    return Output(folder, network, _simulator(manifest.get("simulator")), kept, sha256)


def edited_files(output: Output) -> tuple[Case, ...]:
    """A case for each file of an output that is not as it must be; none where all may be any."""
    found = () if output.sha256 is None else check_folder(output.folder)
    return tuple(Case(each.message, (each.message,)) for each in found)


def write_golden(
    output: Output, target: Path, expected: Mapping[str, FloatArray], nets: tuple[str, ...]
) -> None:
    """Replace the golden in `target` by one of an output; files that are not a golden's stay.

    `expected` are the voltages (S, nets) of each corner.  `target` changes at once, or not at
    all.  Fails with IM510 where it cannot be written, IM535 where it is no golden.
    """
    target = target.resolve()
    own = _own_files(target)
    with writing(target), staged_beside(target) as staged:
        for name in output.files:
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            with reading(output.folder / name):
                shutil.copyfile(output.folder / name, staged / name)
        text = expected_text(expected, nets)
        (staged / EXPECTED_NAME).write_text(text, encoding="ascii", newline="\n")
        (staged / _ATTRIBUTES_NAME).write_text(_ATTRIBUTES, encoding="ascii", newline="\n")
        name, _, version = output.simulator.partition(" ")
        fields: dict[str, Json] = {
            "network": output.network,
            "simulator": {"name": name, "version": version},
            "tool": {"name": TOOL_NAME, "version": __version__},
            "files": {
                name: sha256_file(staged / name) for name in sorted((*output.files, EXPECTED_NAME))
            },
        }
        write_json(staged / GOLDEN_NAME, fields)
        replace_folder(staged, target, GOLDEN_NAME, own)


def expected_text(expected: Mapping[str, FloatArray], nets: tuple[str, ...]) -> str:
    """What `expected.csv` holds of the voltages (S, nets) of each corner."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("corner", "sample", *nets))
    for corner, volts in expected.items():
        for sample, row in enumerate(volts.tolist()):
            writer.writerow((corner, sample, *(f"{x:.{_VOLT_DIGITS}f}" for x in row)))
    return stream.getvalue()


def read_expected(golden: Golden) -> tuple[dict[str, FloatArray], tuple[str, ...]]:
    """The expected voltages (S, nets) of each corner, and the nets.  Fails with IM511, IM512."""
    path = golden.folder / EXPECTED_NAME
    try:
        rows = list(csv.reader(read_text(path).split("\n")))[:-1]
    except csv.Error as error:
        raise damaged(path, f"it is no table: {error}") from error
    if not rows or rows[0][:2] != ["corner", "sample"]:
        raise damaged(path, "its first line must be `corner,sample,` and nets")
    found: dict[str, list[list[float]]] = {}
    try:
        for row in rows[1:]:
            if len(row) != len(rows[0]) or int(row[1]) != len(found.setdefault(row[0], [])):
                raise ValueError("a line must be a corner, the next sample and volts")
            found[row[0]].append([float(x) for x in row[2:]])
    except (ValueError, IndexError) as error:
        raise damaged(path, shown(error)) from error
    volts = {corner: np.array(rows) for corner, rows in found.items()}
    if not all(is_name(corner) and np.isfinite(x).all() for corner, x in volts.items()):
        raise damaged(path, "it must hold finite volts by the names of corners")
    return volts, tuple(rows[0][2:])


def require_netlist(folder: Golden | Output) -> None:
    """Fails with IM536 where the folder has no netlist and testbench for ngspice."""
    if not folder.testbench.is_file():
        raise fail(
            "IM536",
            f"`{folder.folder}` must have a testbench for ngspice, it has no"
            f" `{folder.testbench.name}`",
            help="let the source `emit ngspice`, or check the bytes alone",
        )


def plan_file(folder: Golden | Output) -> Path:
    """The stimuli of a golden or an output."""
    return folder.folder / STIMULI_FILE


def _simulator(entry: object) -> str:
    if not isinstance(entry, dict):
        return "unknown"
    return f"{entry.get('name')} {entry.get('version')}"


def _own_files(target: Path) -> set[str]:
    """The files of the golden that is there; fails with IM535 where other files are."""
    recover_folder(target, GOLDEN_NAME)
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return set()
    if not target.is_dir() or not (target / GOLDEN_NAME).is_file():
        raise fail(
            "IM535",
            f"`{target}` must be a golden or an empty folder, it holds other files",
            help="choose another folder with `--golden`",
            exit_code=ExitCode.USAGE,
        )
    tree = read_json(target / GOLDEN_NAME)
    check_listing(target / GOLDEN_NAME, tree)
    return {*tree["files"], GOLDEN_NAME, _ATTRIBUTES_NAME}

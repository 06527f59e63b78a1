"""What is compiled from stored parameters does not depend on the machine."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import imnnc.api
from imnnc.api import check_golden, load, update_golden
from imnnc.artifacts.reading import read_plan, read_stored
from imnnc.check.golden import read_golden
from imnnc.check.netlist.reader import statements
from imnnc.diagnostics import CompileError
from imnnc.emit.programming import read_program
from imnnc.files.artifact import ARTIFACT_SCHEMA
from imnnc.files.codec import fingerprint
from imnnc.files.files import SCHEMA
from tests.support.compatibility import HERE, compile_stored

ROOT = Path(__file__).resolve().parents[2]
MEASURED_IN_TIME = {"timings.json"}  # how long each pass took

# Another machine, as far as one can be had here: processors without vector units, other
# threads, another language, time zone and order of sets.
PLAIN = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "LC_ALL": "C", "TZ": "UTC"}
OTHER = {
    "PYTHONHASHSEED": "4242",
    "OMP_NUM_THREADS": "2",
    "LC_ALL": "de_DE.UTF-8",
    "TZ": "Asia/Kathmandu",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX2 FMA3",
    "ATEN_CPU_CAPABILITY": "default",
    "OPENBLAS_CORETYPE": "Prescott",
    "MKL_CBWR": "COMPATIBLE",
}


def compiled(folder: Path, environment: dict[str, str], working_folder: Path) -> dict[str, bytes]:
    """The files that a process of its own compiles."""
    folder.mkdir()
    working_folder.mkdir(exist_ok=True)
    for name in ("points.imnn", "points.csv", "test.csv"):
        shutil.copyfile(HERE / name, folder / name)
    params = HERE / "golden" / "params.npz"
    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "imnnc", "compile"),
            *(folder / "points.imnn", "-o", folder / "out", "--params", params, "-q"),
        ],
        cwd=working_folder,
        env={
            **os.environ,
            **environment,
            "IMNNC_CACHE_DIR": str(folder / "cache"),
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 3), done.stderr  # random cells: the prediction may be far off
    out = folder / "out"
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file()
    }


def test_two_environments_compile_the_same_bytes(tmp_path):
    first = compiled(tmp_path / "first", PLAIN, tmp_path)
    second = compiled(tmp_path / "second", OTHER, tmp_path / "elsewhere")
    assert first.keys() == second.keys()
    differ = {name for name in first if first[name] != second[name]}
    assert differ <= MEASURED_IN_TIME


# As the changelog says: subcircuits have the network's name before theirs, diffusions are drawn.
PREFIX = r"\bpoints_(?=inverter\b|crossbar_)"
DIFFUSIONS = r" (ad|as|pd|ps)=\S+"
# And the card has capacitances, in place of a default length of the diffusions.
CAPACITANCES = r" (cgso|cgdo|cf|dlc|cj\w+|dmcg)=\S+"


def test_what_is_compiled_from_an_old_golden_is_as_then_but_for_what_the_changelog_names(tmp_path):
    golden = HERE / "golden"
    out = compile_stored(tmp_path).out
    result = check_golden(out, golden, levels=["bytes", "structure", "behaviour"])
    found = {x.level: [text for case in x.cases for text in case.texts] for x in result.levels}
    drawn = [
        f"module inverter: {size} of {device} is {value}, was not set"
        for device, area, perimeter in (("mp", 4.8e-14, 8.8e-07), ("mn", 2.88e-14, 7.2e-07))
        for size, value in (("ad", area), ("as", area), ("pd", perimeter), ("ps", perimeter))
    ]
    library, *netlist = found["bytes"]
    assert library.startswith("models/lvt90.lib: differs from line ")
    assert netlist == drawn
    *netlist, library = found["structure"]
    assert library.startswith("models/lvt90.lib: 2 of 29 statements differ")
    assert netlist == drawn
    assert found["behaviour"] == []
    for name, changed in (
        ("points.ngspice.sp", f"{PREFIX}|{DIFFUSIONS}"),
        ("models/lvt90.lib", CAPACITANCES),
    ):
        old, new = (
            [re.sub(changed, "", line) for line in statements(folder / name, has_title=False)]
            for folder in (golden, out)
        )
        assert old == new


def test_a_compile_from_parameters_has_the_same_parameters(tmp_path):
    old, new = HERE / "golden" / "params.npz", compile_stored(tmp_path).out / "params.npz"
    assert fingerprint(read_stored(old)) == fingerprint(read_stored(new))


@pytest.mark.parametrize(
    ("corner", "passes"),
    [(None, ["load-table"]), ("ff", ["characterize"])],
)
def test_the_inverter_is_measured_anew_only_where_the_parameters_have_another_corner(
    corner, passes
):
    params = HERE / "golden" / "params.npz"
    graph = imnnc.api.passes(HERE / "points.imnn", params=params, corner=corner)
    assert [x for x in graph.passes if x in ("load-table", "characterize")] == passes


def newer_json(path: Path) -> None:
    tree = json.loads(path.read_text())
    path.write_text(json.dumps({**tree, "schema": SCHEMA + 1}))


def newer_npz(path: Path) -> None:
    with np.load(path) as arrays:
        content = {name: arrays[name] for name in arrays.files}
    meta = json.loads(str(content.pop("meta")))
    with path.open("wb") as stream:
        np.savez(stream, meta=json.dumps({**meta, "schema": ARTIFACT_SCHEMA + 1}), **content)


@pytest.mark.parametrize(
    ("name", "newest", "make_newer", "read"),
    [
        ("manifest.json", SCHEMA, newer_json, lambda out, golden: check_golden(out, golden)),
        ("program/index.json", SCHEMA, newer_json, lambda out, _: read_program(out)),
        ("params.npz", ARTIFACT_SCHEMA, newer_npz, lambda out, _: read_stored(out / "params.npz")),
        ("stimuli.npz", ARTIFACT_SCHEMA, newer_npz, lambda out, _: read_plan(out / "stimuli.npz")),
    ],
)
def test_a_file_of_a_newer_schema_is_refused(out, golden, name, newest, make_newer, read):
    make_newer(out / name)
    with pytest.raises(CompileError) as error:
        read(out, golden)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "IM514"
    assert (
        diagnostic.message == f"`{out / name}` must have schema {newest} or older, has {newest + 1}"
    )


def test_a_newer_golden_is_neither_compared_with_nor_replaced(points, golden, tmp_path):
    newer = tmp_path / "golden"
    shutil.copytree(golden, newer)
    newer_json(newer / "golden.json")
    for refused in (
        lambda: check_golden(points.out, newer),
        lambda: update_golden(points.out, newer),
        lambda: read_golden(newer),
    ):
        with pytest.raises(CompileError) as error:
            refused()
        assert [x.code for x in error.value.diagnostics] == ["IM514"]


def test_a_newer_manifest_is_refused_by_every_command_that_takes_a_folder(out):
    newer_json(out / "manifest.json")
    with pytest.raises(CompileError) as error:
        load(out)
    assert error.value.diagnostics[0].code == "IM514"

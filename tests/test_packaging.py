"""The wheel works where there is no checkout: its data files travel inside it."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.support.pages import DOCS, blocks, own_commands

ROOT = Path(__file__).resolve().parent.parent

LOCATIONS = """
import imnnc
from imnnc.diagnostics import explanations
from imnnc.resources import resource
print(imnnc.__file__)
print(len(explanations()) > 0)
for name in (
    "grammar/imnn.lark", "templates/ngspice", "examples/iris.imnn", "technology/lvt90.lib",
    "technology/lvt90.curves.json",
):
    folder, rest = name.split("/")
    path = resource(folder) / rest
    print(path, path.exists())
"""


def run(*command: object, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The `bin` folder of a new environment with the wheel in it, in an empty folder.

    The dependencies are lent by this environment through a `.pth` file, which shows its
    packages and not the checkout that it may have installed as editable.
    """
    folder = tmp_path_factory.mktemp("packaging")
    run(
        *(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT),
        cwd=folder,
    )
    (wheel,) = folder.glob("imnnc-*.whl")
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install"),
        *("--quiet", "--no-index", "--no-deps", wheel),
        cwd=folder,
    )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "env" / "lib" / version / "site-packages"
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def test_data_files_are_found_inside_the_package(installed, tmp_path):
    output = run(installed / "python", "-c", LOCATIONS, cwd=tmp_path).splitlines()
    package = Path(output[0]).parent
    assert package.is_relative_to(installed.parent)
    assert output[1:] == [
        "True",
        f"{package}/grammar/imnn.lark True",
        f"{package}/templates/ngspice True",
        f"{package}/examples/iris.imnn True",
        f"{package}/technology/lvt90.lib True",
        f"{package}/technology/lvt90.curves.json True",
    ]


def test_the_tutorial_of_the_ci_engineer(installed, tmp_path):
    page = DOCS / "tutorials" / "ci.md"
    for command in (*own_commands(page), *blocks(page, "sh")[0].splitlines()):
        tool, *words = command.split()
        run(installed / tool, *words, cwd=tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    for name in ("out/verify.json", "out/iris.ngspice.sp", "golden/params.npz", "imnnc.xml"):
        assert (tmp_path / name).exists()

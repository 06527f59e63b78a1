"""Extras are declared, a plain install does without them, and who needs one is told its name."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from imnnc.diagnostics import CompileError, ExitCode
from imnnc.extras import optional

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRA_IN_TEXT = re.compile(
    r"imnnc\[(\w+)\]|optional\(\w+, \"(\w+)\"\)|optional\(\"[\w.]+\", \"(\w+)\"\)"
)


@pytest.mark.parametrize(
    ("module", "extra", "package"),
    [("matplotlib.figure", "plot", "matplotlib"), ("sklearn.datasets", "sobel", "scikit-learn")],
)
def test_a_missing_package_is_an_error_that_names_its_extra(monkeypatch, module, extra, package):
    monkeypatch.setattr(sys, "path", [])
    for name in [x for x in sys.modules if x.partition(".")[0] == module.partition(".")[0]]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(CompileError) as caught:
        optional(module, extra)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == f"this needs the package `{package}`, which is not installed"
    assert diagnostic.help == f"`pip install 'imnnc[{extra}]'`"
    assert caught.value.exit_code == ExitCode.TOOL


def test_extras_that_are_spoken_of_exist():
    files = [
        ROOT / "README.md",
        *(ROOT / "imnnc").rglob("*.py"),
        *(ROOT / "imnnc").rglob("*.toml"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "editors").glob("*/README.md"),
    ]
    spoken = {
        x for p in files for found in EXTRA_IN_TEXT.findall(p.read_text()) for x in found if x
    }
    assert spoken <= set(PROJECT["optional-dependencies"])


def test_every_extra_is_documented():
    page = (ROOT / "docs" / "install.md").read_text()
    assert all(f"| `imnnc[{extra}]` |" in page for extra in PROJECT["optional-dependencies"])


def test_a_plain_install_has_none_of_the_packages_of_extras():
    def names(requirements):
        return {re.match(r"[\w-]+", x)[0].lower() for x in requirements}

    plain = names(PROJECT["dependencies"])
    for extra, requirements in PROJECT["optional-dependencies"].items():
        assert plain.isdisjoint(names(requirements)), extra

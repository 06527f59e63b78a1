import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from imnnc.resources import source_digest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def package(tmp_path) -> Path:
    """The package of a small checkout."""
    for name in ("imnnc/passes/train.py", "grammar/imnn.lark", "templates/report/page.css"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("one")
    return tmp_path / "imnnc"


def digest(package: Path) -> str | None:
    source_digest.cache_clear()
    return source_digest(package)


@pytest.mark.parametrize(
    "name", ["imnnc/passes/train.py", "grammar/imnn.lark", "templates/report/page.css"]
)
def test_the_digest_of_a_checkout_follows_every_source(package, name):
    before = digest(package)
    (package.parent / name).write_text("two")
    changed = digest(package)
    (package.parent / name).rename(package.parent / f"{name}x")
    assert len({before, changed, digest(package), None}) == 4


@pytest.mark.parametrize("name", ["passes/__pycache__/a.pyc", "passes/.a.py.swp", "passes/a.py~"])
def test_what_tools_leave_beside_the_sources_is_none(package, name):
    before = digest(package)
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).write_text("")
    assert digest(package) == before


def test_a_wheel_goes_by_its_version(package):
    (package.parent / "grammar").rename(package / "grammar")
    assert digest(package) is None


PRINT_KEY = """
from imnnc.engine.store import key
from tests.support.toys import Add
print(key(Add(), ()))
"""


def test_an_edited_checkout_takes_nothing_from_the_cache(tmp_path):
    for name in ("imnnc", "grammar", "templates", "tests/support"):
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=without)
    (tmp_path / "tests" / "__init__.py").touch()  # packages of others have such a folder too
    keys = []
    for edit in ("", "# an edit\n", ""):
        with (tmp_path / "imnnc" / "passes" / "train.py").open("a") as file:
            file.write(edit)
        command = [sys.executable, "-c", PRINT_KEY]
        keys.append(subprocess.check_output(command, cwd=tmp_path, env={}))
    assert keys[0] != keys[1] == keys[2]

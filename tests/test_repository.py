"""Facts about the tree as a whole that no single module can keep."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from imnnc.diagnostics import explanations

ROOT = Path(__file__).resolve().parent.parent
CODE = re.compile(r"\"(IM\d{3})\"")
PYTHON_FILES = sorted((ROOT / "imnnc").rglob("*.py"))

# What each file of explanations covers: the first digits of its codes.
GROUPS = {
    "language": "01",
    "data": "2",
    "technology": "3",
    "training": "4",
    "files": "5",
    "simulation": "6",
    "command": "7",
    "model": "8",
}

# torch takes more than a second to import, which a compile out of the cache cannot spare.
TORCH_AT_MODULE_LEVEL = ("physics", "methods", "export")


def git(*arguments: str) -> list[str]:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def tracked_texts() -> dict[str, str]:
    texts = {}
    for name in git("ls-files"):
        path = ROOT / name
        if path.is_file() and path != Path(__file__).resolve():
            texts[name] = path.read_bytes().decode(errors="replace")
    return texts


def test_every_code_that_is_raised_has_an_explanation_and_every_explanation_a_use():
    raised = {code for path in PYTHON_FILES for code in CODE.findall(path.read_text())}
    assert sorted(raised - set(explanations())) == [], "raised and not explained"
    assert sorted(set(explanations()) - raised) == [], "explained and never raised"


def test_explanations_stand_in_the_file_of_their_group():
    for path in (ROOT / "imnnc" / "explanations").iterdir():
        codes = re.findall(r"^\[(IM\d{3})\]$", path.read_text(), flags=re.MULTILINE)
        assert codes == sorted(set(codes)), f"{path.name} is not in order"
        assert {code[2] for code in codes} <= set(GROUPS[path.stem]), path.name


def test_modules_are_small():
    long = {path.name: n for path in PYTHON_FILES if (n := len(path.read_text().split("\n"))) > 400}
    assert long == {}


def test_torch_is_imported_late():
    for path in PYTHON_FILES:
        if path.relative_to(ROOT / "imnnc").parts[0] in TORCH_AT_MODULE_LEVEL:
            continue
        for statement in ast.parse(path.read_text()).body:
            if isinstance(statement, ast.Import):
                names = [alias.name for alias in statement.names]
            elif isinstance(statement, ast.ImportFrom):
                names = [statement.module or ""]
            else:
                continue
            assert not any(name.split(".")[0] == "torch" for name in names), path


@pytest.mark.parametrize(
    "pattern",
    [
        r"/(root|home|work|Users)/\w",
        r"/opt/(pypi|wheels)",
        r"pythonhosted|(test\.|/)pypi\.org|registry\.npmjs|proxy\.golang|download\.pytorch",
    ],
    ids=["machine paths", "local mirrors", "registry hosts"],
)
def test_no_file_knows_a_machine_or_a_registry(pattern):
    found = [name for name, text in tracked_texts().items() if re.search(pattern, text)]
    assert found == []


def test_nothing_generated_is_tracked():
    assert git("ls-files", "--cached", "--ignored", "--exclude-standard") == []


def test_the_lock_file_is_exact():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    exact = re.compile(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*(; python_version .*)?")
    assert all(exact.fullmatch(pin) for pin in pins)
    assert "torch==2.13.0" in pins

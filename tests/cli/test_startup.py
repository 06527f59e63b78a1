"""What a command imports, and so waits for: what it does not need is not among it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from imnnc.cli import PARTS, _asked_for, app

EXAMPLES = Path(__file__).parents[2] / "examples"
HEAVY = {
    *("torch", "sklearn", "PySpice", "matplotlib", "numba", "scipy", "dask", "onnx", "pandas"),
    "networkx",
}
RUN = """
import sys
sys.argv[0] = "imnnc"
from imnnc.__main__ import main
try:
    main()
except SystemExit as end:
    assert not end.code
print(*sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "not_needed"),
    [
        (["--version"], {*HEAVY, "numpy", "jinja2", "lark"}),
        (["--help"], HEAVY),
        (["explain", "IM330"], {*HEAVY, "numpy", "jinja2"}),
        (
            ["fmt", "--check", str(EXAMPLES / "iris.imnn")],
            {*HEAVY, "numpy", "jinja2", "imnnc.design", "imnnc.lang.mistakes"},
        ),
        (["passes", str(EXAMPLES / "iris.imnn")], HEAVY),
        (["check", str(EXAMPLES / "iris.imnn")], {*HEAVY, "jinja2"}),
        (["tech", "list"], HEAVY),
    ],
    ids=lambda x: x[0] if isinstance(x, list) else "",
)
def test_a_command_imports_what_it_needs(arguments: list[str], not_needed: set[str]) -> None:
    assert imported(*arguments) & not_needed == set()


def test_what_is_compiled_already_needs_nothing_that_compiles() -> None:
    arguments = ("compile", "--stop-after", "load-data", str(EXAMPLES / "iris.imnn"))
    imported(*arguments)
    assert imported(*arguments) & {*HEAVY, "jinja2"} == set()


COUNTED = """
import atexit, gc, sys
sys.argv[0] = "imnnc"
found = []
gc.callbacks.append(lambda phase, info: phase == "start" and found.append(info["generation"]))
atexit.register(lambda: print(len(found), gc.get_freeze_count() > 0))
from imnnc.__main__ import main
found.clear()
main()
"""


def test_what_stays_is_not_looked_through_for_garbage() -> None:
    arguments = ["fmt", "--check", str(EXAMPLES / "iris.imnn")]
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout == "0 True\n"


def imported(*arguments: str) -> set[str]:
    """The modules that a command has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=True
    )
    found = set(done.stderr.splitlines()[-1].split())
    assert "imnnc" in found
    return found


def test_every_command_stands_with_its_module() -> None:
    given = {command for part in PARTS for command in part.commands}
    commands = {x.name or x.callback.__name__ for x in _all_commands()}
    groups = {x.name for x in app.registered_groups if x.name}
    assert commands | groups == given


def _all_commands():
    for group in app.registered_groups:
        if not group.name:
            yield from group.typer_instance.registered_commands


@pytest.mark.parametrize(
    ("arguments", "modules"),
    [
        (["--version"], []),
        (["fmt", "-"], ["formatting"]),
        (["golden", "update"], ["golden"]),
        (["--help"], [part.module for part in PARTS]),
        (["frmt"], [part.module for part in PARTS]),
        ([], [part.module for part in PARTS]),
    ],
)
def test_the_command_that_is_asked_for_is_imported_alone(
    arguments: list[str], modules: list[str]
) -> None:
    assert [part.module for part in _asked_for(arguments)] == modules

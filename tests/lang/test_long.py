"""Long inputs: time in proportion to their length, and diagnostics that a person can read."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from imnnc.diagnostics import CompileError
from imnnc.lang import format_source, load_design, read_source
from imnnc.lang.problems import MAX_PROBLEMS
from tests.support.sources import Folder, source

LONG: dict[str, Callable[[int], str]] = {
    "constants": lambda n: source(before="".join(f"let a{i} = {i}\n" for i in range(n))),
    "a chain of constants": lambda n: source(
        before="".join(f"let a{i} = a{i + 1} + 1\n" for i in range(n)) + f"let a{n} = 1"
    ),
    "terms": lambda n: source(before=f"let a = 1{' + 1' * n}"),
    "factors": lambda n: source(before=f"let a = 1{' * 0.5 / 0.5' * n}"),
    "blank lines": lambda n: source(before="\n" * 20 * n),
    "comments on a line": lambda n: source(before=f"let a = 1{' /**/' * 4 * n}"),
    "undefined constants": lambda n: source(before="".join(f"let a{i} = b{i}\n" for i in range(n))),
    "memristors": lambda n: source(
        before="".join(f"memristor m{i} {{ conductance 1 nS .. 2 nS }}\n" for i in range(n))
    ),
    "settings": lambda n: source(data=f"data {{ set iris{' train 1' * n} }}"),
    "values": lambda n: source(data=f"data {{ set iris train 1{', 1' * n} }}"),
    "syntax errors": lambda n: source(before="let a = = 1\n" * n),
    "a syntax error at the end": lambda n: source(before="let a = 1\n" * n, emit="emit = 1"),
    "layers": lambda n: source(
        network="network n { input x[4]"
        + "".join(f" layer h{i}[3] {{ inverter size 1 .. 10 }}" for i in range(n))
        + " output y[3] { inverter size 1 .. 10 } }"
    ),
}


def seconds(path: Path, text: str) -> float:
    """The processor's time to read a source, format it, and show what is wrong with it."""
    path.write_text(text)
    start = time.process_time()
    for work in load_design, lambda path: format_source(read_source(path)):
        try:
            work(path)
        except CompileError as error:
            for diagnostic in error.diagnostics:
                diagnostic.render()
    return time.process_time() - start


@pytest.mark.parametrize("write", LONG.values(), ids=LONG)
def test_time_grows_as_the_length(tmp_path: Path, write):
    path = tmp_path / "net.imnn"
    seconds(path, write(10))
    # The least of three: whatever else the processor does only adds to it.
    short, long = (min(seconds(path, write(n)) for _ in range(3)) for n in (200, 1600))
    # Eight times the length: sixty-four times the time, were it to grow with the square.
    assert long < 24 * short + 0.05


def test_of_very_many_mistakes_the_first_are_shown(folder: Folder):
    text = "".join(f"let a{i} = b{i}\n" for i in range(2000))
    found = folder.diagnostics(source(before=text))
    assert len(found) == MAX_PROBLEMS
    assert [x.message for x in found[:2]] == ["undefined constant `b0`", "undefined constant `b1`"]


@pytest.mark.parametrize(
    "text",
    [
        f"let a = 1{' + 1' * 50_000} + = 1",
        f"let {'a' * 200_000} = 1",
        f"let a = {'1' * 200_000}",
        f"let a = 1 {' ' * 200_000}= 1",
        f'import "{"a" * 200_000}"',
        f"let a = {'(' * 200_000}",
        f"let a = b{'b' * 200_000}",
        f"let a = 1 V{' ' * 200_000} + 1",
        f"let a = 1 {'b' * 200_000}",
        f"let a = {'b' * 200_000} }}",
        f"import {'b' * 200_000}",
        f"network {'b' * 200_000} {{ }}",
        f"technology {'b' * 200_000}",
        f"train {'b' * 200_000} {{ loss {'b' * 200_000} }}",
        f"network b {{ input {'b' * 200_000}[1] layer {'b' * 200_000}[1] }}",
        "technology t { library 'a' " + "b" * 200_000,
    ],
)
def test_a_long_line_is_not_printed_whole(folder: Folder, text):
    for diagnostic in folder.diagnostics(text + "\n" + source()):
        assert max(map(len, diagnostic.render().splitlines())) <= 400
        assert len(diagnostic.to_json()) <= 2000


def test_a_choice_among_very_many_is_not_listed_whole(folder: Folder):
    names = ", ".join(f"c{i}" for i in range(2000))
    (folder.path / "a.lib").write_text("")
    text = source(
        technology=f'technology t {{ library "a.lib" corners {names} nmos n {{ width 1 um '
        "length 1 um } pmos p { width 1 um length 1 um } supply 1 V corner d }"
    )
    (error,) = folder.errors(text)
    assert "IM131 `corner` must be `c0`, `c1`, " in error
    assert error.endswith("`c39` or 1960 more, not `d`")


@pytest.mark.parametrize("opened", ["(", "{", "["])
def test_what_is_nested_very_deep_is_refused(folder: Folder, opened):
    (error,) = folder.errors("let a = " + opened * 100_000)
    assert error.endswith("IM010 brackets must not be nested deeper than 64 levels")


def test_imports_in_a_long_chain_are_refused(folder: Folder):
    for number in range(2000):
        folder.write(f'import "{number + 1}.imnn"\n', f"{number}.imnn")
    (error,) = folder.errors('import "0.imnn"\n' + source())
    assert error.endswith("IM144 imports must not be nested deeper than 32 files")


def test_an_import_of_what_never_ends_is_refused(folder: Folder):
    text = 'import "/proc/kmsg"\nimport "/dev/zero"\nimport "/proc/cpuinfo"\n'
    found = [error.partition(": ")[2] for error in folder.errors(text + source())]
    assert found == [
        f"IM002 cannot read `{path}`: it is not a regular file"
        for path in ("/proc/kmsg", "/dev/zero", "/proc/cpuinfo")
    ]

import errno
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imnnc.streams import Descriptor, legible

ROOT = Path(__file__).parents[1]
TEXT = "1 µW ±2 V², \udcff 漢é"
PRINT = f"from imnnc.streams import prepare_standard_streams as p; p(); print({TEXT!a})"
IN_C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def run(code: str, *arguments: str, **more) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | more.pop("environment", {})
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
        cwd=ROOT,
        env=environment,
        check=False,
    )


def imnnc(*arguments: str, **more) -> subprocess.CompletedProcess[bytes]:
    return run("from imnnc.cli import main; main()", *arguments, **more)


@pytest.mark.parametrize(
    ("environment", "printed"),
    [
        (
            {"PYTHONIOENCODING": "utf-8"},
            "1 µW ±2 V², \udcff 漢é\n".encode(errors="surrogateescape"),
        ),
        ({"PYTHONIOENCODING": "ascii"}, b"1 uW +-2 V^2, \xff ?e\n"),
        (IN_C, b"1 uW +-2 V^2, \xff ?e\n"),
        ({"PYTHONIOENCODING": "latin-1"}, b"1 \xb5W \xb12 V\xb2, \xff ?\xe9\n"),
        ({"PYTHONIOENCODING": "cp437"}, b"1 \xe6W \xf12 V\xfd, \xff ?\x82\n"),
        ({"PYTHONIOENCODING": "utf-16-le"}, "1 µW ±2 V², ? 漢é\n".encode("utf-16-le")),
    ],
)
def test_what_an_encoding_has_no_sign_for_is_written_in_others(environment, printed):
    process = run(PRINT, environment=environment)
    assert (process.returncode, process.stdout, process.stderr) == (0, printed, b"")


@given(st.text(st.characters(categories=("L", "M", "N", "P", "S", "Z", "C"))))
def test_every_text_can_be_written_in_ascii(text):
    import codecs

    codecs.register_error("legible-in-this-test", legible)
    raw = text.encode("ascii", "legible-in-this-test")
    assert raw.decode("ascii", "surrogateescape") == text or not text.isascii()


def test_help_is_written_in_the_encoding_of_the_terminal():
    process = imnnc("evaluate", "--help", environment={"PYTHONIOENCODING": "ascii"})
    assert process.returncode == 0
    assert b"does not agree within 1 uV" in process.stdout
    assert process.stdout.isascii()


@pytest.fixture
def nobody():
    """The writing end of a pipe that nobody reads."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


def test_the_exit_code_is_that_of_the_work_although_nobody_reads(nobody, tmp_path):
    (tmp_path / "net.imnn").write_text("technology   lvt90\n")
    process = imnnc("fmt", "--check", str(tmp_path / "net.imnn"), stdout=nobody)
    assert (process.returncode, process.stderr) == (1, b"")
    process = imnnc("fmt", str(tmp_path / "net.imnn"), str(tmp_path / "none"), stderr=nobody)
    assert (process.returncode, process.stdout) == (1, b"technology lvt90\n")


def test_only_what_is_vital_fails_where_it_cannot_be_written():
    with open("/dev/full", "wb") as full:
        assert Descriptor(full.fileno(), is_vital=False).write(b"text") == 4
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            Descriptor(full.fileno(), is_vital=True).write(b"text")


def test_a_reader_that_is_slow_is_waited_for():
    read, write = os.pipe()
    os.set_blocking(write, False)
    full = os.write(write, bytes(10_000_000))
    with subprocess.Popen(
        ["sh", "-c", "sleep 0.2; wc -c"], stdin=read, stdout=subprocess.PIPE
    ) as p:
        os.close(read)
        Descriptor(write, is_vital=True).write(b"text")
        os.close(write)
        assert p.communicate()[0].strip() == b"%d" % (full + 4)


def on_terminal(code: str, columns: int, environment: dict[str, str]) -> tuple[int, bytes]:
    """The exit code of a program on a terminal of some width, and what it has written there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    process = run(code, environment=environment, **streams)
    os.close(theirs)
    written = os.read(ours, 65536)
    os.close(ours)
    return process.returncode, written


PROGRESS = """
from imnnc.streams import prepare_standard_streams
from imnnc.terminal import Terminal
prepare_standard_streams()
reporter = Terminal().reporter()
reporter.started("train").update(0.5, "loss 3 V²")
reporter.finished("train", 1.0)
"""


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": ""}])
def test_a_terminal_without_a_cursor_gets_lines(environment):
    assert on_terminal(PROGRESS, 80, environment) == (0, b"train: 1.0 s\r\n")


@pytest.mark.parametrize("columns", [0, 1, 20, 80])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_of_any_width_and_encoding_gets_a_bar(columns, encoding):
    environment = {"TERM": "xterm", "PYTHONIOENCODING": encoding, "COLUMNS": ""}
    code, written = on_terminal(PROGRESS, columns, environment)
    assert code == 0
    assert "\x1b[" in written.decode(encoding)
    assert columns < 80 or "loss 3 V" in written.decode(encoding)

import io
import os
import threading
from contextlib import suppress

from imnnc.diagnostics import Diagnostic
from imnnc.engine.progress import Lines, Live, Silence

WARNING = Diagnostic("IM799", "look", severity="warning")


def watch(reporter) -> None:
    """What a compile of three passes tells its reporter."""
    reporter.cached("first")
    progress = reporter.started("second")
    progress.update(0.5, "loss 0.1 [red]")
    reporter.diagnostic(WARNING)
    reporter.finished("second", 1.25)
    reporter.started("third")
    reporter.stopped()


def test_a_log_has_a_line_a_pass():
    stream, heard = io.StringIO(), []
    watch(Lines(stream, heard.append))
    assert stream.getvalue() == "first: unchanged\nsecond: 1.2 s\n"
    assert heard == [WARNING]


def test_a_long_pass_says_now_and_then_how_far_it_is():
    stream = io.StringIO()
    Lines(stream, lambda _: None, interval_seconds=-1.0).started("train").update(0.25, "loss 0.1")
    assert stream.getvalue() == "train: 25% loss 0.1\n"


def test_silence_passes_warnings_on():
    heard = []
    watch(Silence(heard.append))
    assert heard == [WARNING]


def on_a_terminal(heard: list[Diagnostic]) -> str:
    """What a terminal receives of the display."""
    controller, terminal = os.openpty()
    received = []

    def receive() -> None:
        # Reading fails once nobody has the terminal open.
        with suppress(OSError):
            while part := os.read(controller, 4096):
                received.append(part)

    receiver = threading.Thread(target=receive)
    receiver.start()
    with os.fdopen(terminal, "w") as stream:
        watch(Live(stream, heard.append))
    receiver.join()
    os.close(controller)
    return b"".join(received).decode()


def test_a_terminal_shows_a_bar_with_what_the_pass_says(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    heard: list[Diagnostic] = []
    shown = on_a_terminal(heard)
    assert "second" in shown
    assert "loss 0.1 [red]" in shown
    assert heard == [WARNING]


def test_no_colour_where_none_is_wanted(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in on_a_terminal([])

"""What a notebook shows of a compile, and that interrupting one leaves nothing behind."""

from __future__ import annotations

import time
from typing import Any

import psutil
import pytest
from jupyter_client.manager import start_new_kernel

from imnnc.diagnostics import Diagnostic
from imnnc.engine import notebook
from imnnc.engine.notebook import Line, NotebookLine, shown, watcher
from imnnc.engine.progress import Silence
from tests.support import tiny

TIMEOUT_SECONDS = 600  # where others compute as well


class Handle:
    """A display that notes what it is updated with."""

    def __init__(self, first: Line) -> None:
        self.lines = [first]

    def update(self, line: Line) -> None:
        self.lines.append(line)


@pytest.fixture
def displayed(monkeypatch) -> list[Handle]:
    handles: list[Handle] = []

    def display(line: Line, *, display_id: bool) -> Handle:
        assert display_id
        handles.append(Handle(line))
        return handles[-1]

    monkeypatch.setattr("IPython.display.display", display)
    return handles


def test_a_compile_is_one_line(displayed):
    line = NotebookLine()
    line.cached("load-data")
    line.started("train").update(0.5, "too soon to be shown")
    line.finished("train", 2.0)
    (handle,) = displayed
    assert [repr(x) for x in handle.lines] == [
        "0 passes in 0.0 s, 1 unchanged",
        "  0% train",
        "1 pass in 2.0 s, 1 unchanged",
    ]


def test_a_line_has_a_bar_and_escapes_its_text():
    assert Line("train <b>", 0.25)._repr_html_() == (
        '<div><progress value="0.250" max="1"></progress> <code>train &lt;b&gt;</code></div>'
    )


def test_a_line_says_where_it_stopped(displayed):
    line = NotebookLine()
    line.started("train")
    line.stopped()
    assert repr(displayed[0].lines[-1]) == "stopped in train"


def test_warnings_stand_below_the_line(capsys):
    NotebookLine().diagnostic(Diagnostic("IM710", "few samples", severity="warning"))
    assert capsys.readouterr().err == "warning[IM710]: few samples\n"


def test_nobody_watches_outside_of_a_notebook():
    assert isinstance(watcher(None), Silence)
    assert not isinstance(watcher(None), NotebookLine)
    given = Silence()
    assert watcher(given) is given


def test_one_thing_has_a_line_in_a_notebook(displayed, monkeypatch):
    monkeypatch.setattr(notebook, "in_notebook", lambda: True)
    with shown("verify", None) as progress:
        progress.update(0.1)
    with pytest.raises(ZeroDivisionError), shown("verify", None):
        _ = 1 / 0
    assert repr(displayed[0].lines[-1]).startswith("1 pass in")
    assert repr(displayed[1].lines[-1]) == "stopped in verify"


CELL = """
import imnnc
imnnc.compile({source!r}, {out!r}, method="phax", jobs=2, cache={cache!r})
"""


def computing(kernel: psutil.Process) -> list[psutil.Process]:
    """The kernel's processes, but for the one in which Python itself counts semaphores."""
    children = kernel.children(recursive=True)
    return [x for x in children if "resource_tracker" not in " ".join(x.cmdline())]


def message(client: Any, kind: str) -> dict[str, Any]:
    """The next message of a kind that a cell publishes."""
    while True:
        found = client.get_iopub_msg(timeout=TIMEOUT_SECONDS)
        content: dict[str, Any] = found["content"]
        if found["msg_type"] == kind:
            return content
        assert found["msg_type"] != "error", content


def test_interrupting_the_kernel_leaves_no_process(tmp_path):
    source, out = str(tiny.write(tmp_path)), str(tmp_path / "out")
    manager, client = start_new_kernel(kernel_name="python3", startup_timeout=TIMEOUT_SECONDS)
    try:
        kernel = psutil.Process(manager.provisioner.pid)
        cell = CELL.format(source=source, out=out, cache=str(tmp_path / "cache"))
        # A cell that fails drops those that are asked for meanwhile, the last one below among them.
        client.execute(cell, stop_on_error=False)
        assert "text/html" in message(client, "display_data")["data"]
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not computing(kernel):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        manager.interrupt_kernel()
        assert message(client, "error")["ename"] in ("KeyboardInterrupt", "InterruptedPass")
        assert computing(kernel) == []
        client.execute("1 + 1")
        assert message(client, "execute_result")["data"]["text/plain"] == "2"
        assert not (tmp_path / "out").exists()
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)

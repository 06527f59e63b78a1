from __future__ import annotations

from pathlib import Path

import pytest

DIVIDER = """* a divider of two sources, and an RC of 1 us
Va a 0 DC 0.1
Vb b 0 DC 0
R1 a out 1k
R2 b out 3k
Rc a slow 1k
Cc slow 0 1n
.op
.end
"""


@pytest.fixture
def divider(tmp_path: Path) -> Path:
    path = tmp_path / "divider.tb.ngspice.sp"
    path.write_text(DIVIDER)
    return path


@pytest.fixture
def fake_ngspice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a shell script on the PATH in place of ngspice: these tests are about processes."""

    def install(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "ngspice").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "ngspice").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return install

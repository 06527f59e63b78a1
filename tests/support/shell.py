"""Commands of a shell as people type them: `imnnc` is that of this checkout."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parents[2]


def put_tool(home: Path) -> None:
    """Put the command into `home/bin`, unless it is there."""
    tool = home / "bin" / "imnnc"
    if not tool.exists():
        tool.parent.mkdir()
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -W ignore -m imnnc "$@"\n')
        tool.chmod(0o755)


def environment(home: Path, variables: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """The variables of a shell that finds it, and keeps what is computed in `home/cache`."""
    return {
        **os.environ,
        **variables,
        "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "IMNNC_CACHE_DIR": str(home / "cache"),
    }

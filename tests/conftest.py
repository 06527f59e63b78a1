from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from imnnc.api import Compilation
from tests.support.stored import compile_points

# A script's background ignores ctrl-C, and so would what tests start there and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A property holds on a busy machine as well.
settings.register_profile("patient", parent=settings.default, deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def points(tmp_path_factory: pytest.TempPathFactory) -> Compilation:
    """A network of 4-5-3, compiled from stored parameters; tests that change it take a copy."""
    return compile_points(tmp_path_factory.mktemp("points"))


@pytest.fixture
def copied(points: Compilation, tmp_path: Path) -> Path:
    """A copy of its output folder."""
    shutil.copytree(points.out, tmp_path / "out")
    return tmp_path / "out"

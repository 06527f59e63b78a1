from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from imnnc.api import Compilation, update_golden


@pytest.fixture(scope="session")
def golden(points: Compilation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its golden; tests that change it take a copy."""
    folder = tmp_path_factory.mktemp("goldens") / "golden"
    assert update_golden(points.out, folder, jobs=1)
    return folder


@pytest.fixture
def out(points: Compilation, tmp_path: Path) -> Path:
    """A copy of its output folder, to be changed."""
    shutil.copytree(points.out, tmp_path / "out")
    return tmp_path / "out"

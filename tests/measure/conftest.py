"""What several tests of measurements begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from imnnc.api import Compilation


@pytest.fixture(scope="module")
def net(points: Compilation) -> Path:
    """The source of the network that is compiled from stored parameters."""
    return points.out.parent / "points.imnn"

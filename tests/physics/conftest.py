from __future__ import annotations

import pytest

from imnnc.physics.threads import one_thread


@pytest.fixture(scope="session", autouse=True)
def single_thread():
    """The compiler computes on one thread, and so do its tests: two at once run beside others."""
    with one_thread():
        yield

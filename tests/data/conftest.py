from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imnnc.diagnostics import CompileError
from tests.support.builders import SPAN


@pytest.fixture
def refusal() -> Callable[..., str]:
    """Calls a function that must fail, and returns `code: message` of its one diagnostic."""

    def call(function: Callable[..., object], *args: Any, **fields: Any) -> str:
        with pytest.raises(CompileError) as caught:
            function(*args, **fields)
        (diagnostic,) = caught.value.diagnostics
        assert diagnostic.span is SPAN
        return f"{diagnostic.code}: {diagnostic.message}"

    return call


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, so that messages name files without a machine's path."""
    monkeypatch.chdir(tmp_path)
    return tmp_path

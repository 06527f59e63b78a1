"""Files that training goes on from, on whatever device."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a state of numbers, lists and dictionaries of tensors: whole, or not at all."""
    fresh = path.with_suffix(".new")
    torch.save(_on_processor(state), fresh)
    os.replace(fresh, path)


def load(path: Path) -> dict[str, Any]:
    """What `save` has written, on the processor; raises whatever a damaged file makes torch raise.

    Where there is none, `FileNotFoundError`.
    """
    state: dict[str, Any] = torch.load(path, weights_only=True)
    return state


def _on_processor(state: Any) -> Any:
    if isinstance(state, Tensor):
        return state.cpu()
    if isinstance(state, dict):
        return {name: _on_processor(part) for name, part in state.items()}
    return [_on_processor(part) for part in state] if isinstance(state, list) else state

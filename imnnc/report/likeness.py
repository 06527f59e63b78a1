"""How a circuit answers beside the model that its training began at, in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_the_model(found: Mapping[str, Any]) -> str:
    """`model` of `summary.json` as people read it."""
    count, simulated = found["samples"], found["simulated_samples"]
    if "agreement" in found:
        alike = found["agreement"]
        return (
            f"{alike['predicted']:.2%} of {count} decisions, {alike['simulated']:.1%} of"
            f" {simulated} simulated; its own accuracy is {found['accuracy']:.2%}"
        )
    apart = found["apart_v2"]
    return (
        f"{apart['predicted']:.3g} V² apart on {count} samples, {apart['simulated']:.3g} on"
        f" {simulated} simulated; its own error is {found['target_mse_v2']:.3g} V²"
    )

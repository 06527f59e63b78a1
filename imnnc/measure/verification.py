"""What a verification found, and how `verify.json` says it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.measure.figures import Accuracy, ErrorFigures
from imnnc.physics.network import FloatArray

SCHEMA = 1
# What is measured depends on the simulator's tolerances beyond this many digits.
_DIGITS = 6


@dataclass(frozen=True)
class LayerError:
    """Predicted against simulated voltages of one kind of node of one layer."""

    layer: str
    node: str  # net, minus or plus
    rms: float
    max: float


@dataclass(frozen=True)
class Dynamics:
    """Delay, energy and power, from a transient over some of the samples; SI units."""

    steps: int
    delay_s: float
    hold_s: float
    energy_rails_j: float
    energy_all_sources_j: float

    @property
    def power_rails_w(self) -> float:
        """Average over the hold time."""
        return self.energy_rails_j / self.hold_s

    @property
    def power_all_sources_w(self) -> float:
        """Average over the hold time."""
        return self.energy_all_sources_j / self.hold_s


@dataclass(frozen=True)
class CornerVerification:
    """The files of one network, simulated at one corner."""

    corner: str
    predicted_volts: FloatArray  # (S, M), read-out
    simulated_volts: FloatArray  # (S, M)
    error: ErrorFigures
    layers: tuple[LayerError, ...]
    accuracy: Accuracy | None
    mse_predicted_v2: float | None
    mse_simulated_v2: float | None
    dynamics: Dynamics
    reduction_error_v: float | None  # reduced against full deck, where it was reduced


@dataclass(frozen=True)
class Verification:
    """A network's files, simulated at every corner that was asked for; the design's is first."""

    network: str
    method: str
    tolerance_volts: float
    simulator_version: str
    targets: NDArray[np.float64 | np.int64]
    corners: tuple[CornerVerification, ...]

    @property
    def passed(self) -> bool:
        """Whether the RMS error at the read-out is within the tolerance, at every corner."""
        return not self.missed

    @property
    def missed(self) -> tuple[str, ...]:
        """The corners where it is not."""
        return tuple(x.corner for x in self.corners if not x.error.rms <= self.tolerance_volts)

    @property
    def design(self) -> CornerVerification:
        """The corner that the network was designed for."""
        return self.corners[0]

    def to_json(self) -> dict[str, Any]:
        """The content of `verify.json`: the design's corner, then the others under `corners`."""
        tree = {
            "schema": SCHEMA,
            "network": self.network,
            "method": self.method,
            **self._corner_json(self.design),
            "tolerance_v": self.tolerance_volts,
            "passed": self.passed,
            "simulator": {"name": "ngspice", "version": self.simulator_version},
            "corners": [self._corner_json(x) for x in self.corners[1:]],
        }
        content: dict[str, Any] = rounded(tree)
        return content

    def _corner_json(self, found: CornerVerification) -> dict[str, Any]:
        mse = None
        if found.mse_predicted_v2 is not None:
            mse = {"predicted": found.mse_predicted_v2, "simulated": found.mse_simulated_v2}
        samples, outputs = found.simulated_volts.shape
        dynamics = found.dynamics
        return {
            "corner": found.corner,
            "samples": samples,
            "outputs": outputs,
            "prediction_error_v": {
                **asdict(found.error),
                "layers": [asdict(layer) for layer in found.layers],
            },
            "accuracy": None if found.accuracy is None else asdict(found.accuracy),
            "target_mse_v2": mse,
            "power_w": {
                "rails": dynamics.power_rails_w,
                "all_sources": dynamics.power_all_sources_w,
            },
            "energy_j": {
                "rails": dynamics.energy_rails_j,
                "all_sources": dynamics.energy_all_sources_j,
            },
            "hold_s": dynamics.hold_s,
            "delay_s": dynamics.delay_s,
            "transient_steps": dynamics.steps,
            "reduction_error_v": found.reduction_error_v,
        }


def rounded(value: Any) -> Any:
    """A JSON tree with every number to six digits."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {key: rounded(member) for key, member in value.items()}
    if isinstance(value, list):
        return [rounded(member) for member in value]
    return value

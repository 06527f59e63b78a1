"""What a verification found, and how `verify.json` says it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.diagnostics import Diagnostic, Span
from imnnc.limits import OPTIONAL
from imnnc.measure.figures import Accuracy, ErrorFigures
from imnnc.measure.recorded import Recorded
from imnnc.physics.network import FloatArray
from imnnc.units import engineering

SCHEMA = 1
NOTHING_MOVES = "no output moves"
# What is measured depends on the simulator's tolerances beyond this many digits.
_DIGITS = 6


@dataclass(frozen=True)
class ReadoutNoise:
    """Standard deviations of V- of the last layer, in volts, at the operating points of samples.

    Of thermal noise, as it is estimated.
    """

    samples: int
    rms: float
    max: float  # of any output at any sample
    open_decisions: int | None  # that noise may turn; None: outputs are no classes


@dataclass(frozen=True)
class LayerError:
    """Predicted against simulated voltages of one kind of node of one layer."""

    layer: str
    node: str  # net, minus or plus
    rms: float
    max: float


@dataclass(frozen=True)
class WorstTransition:
    """The transition with the longest delay, of those that were simulated."""

    from_sample: int
    to_sample: int
    output: int  # the last to come to rest
    simulated: int
    possible: int  # transitions between the samples


@dataclass(frozen=True)
class Dynamics:
    """Delay, energy and power, from a transient over some of the samples; SI units.

    Where no output moves, delay, hold and energies are None, and the power is that at rest.
    """

    steps: int  # over which energy and power are averaged
    delay_s: float | None
    hold_s: float | None
    energy_rails_j: float | None
    energy_all_sources_j: float | None
    worst: WorstTransition | None = None
    rest_rails_w: float = 0.0
    rest_all_sources_w: float = 0.0
    # Of the worst transition; None: nothing moves
    recorded: Recorded | None = field(default=None, metadata=OPTIONAL)

    @property
    def power_rails_w(self) -> float:
        """Average over the hold time."""
        return self._power(self.energy_rails_j, self.rest_rails_w)

    @property
    def power_all_sources_w(self) -> float:
        """Average over the hold time."""
        return self._power(self.energy_all_sources_j, self.rest_all_sources_w)

    @property
    def not_measured(self) -> str | None:
        """Why there is no delay; None: there is one."""
        return NOTHING_MOVES if self.delay_s is None else None

    def _power(self, joules: float | None, at_rest: float) -> float:
        return at_rest if joules is None or self.hold_s is None else joules / self.hold_s


@dataclass(frozen=True)
class AtHold:
    """The read-out when a sample comes every hold time, at the end of each sample's."""

    volts: FloatArray  # (K, M), of the first samples
    from_settled: ErrorFigures  # how far it still is from where it settles
    error: ErrorFigures  # predicted minus what is read
    accuracy: Accuracy | None  # of what is read, and of the prediction
    as_settled: float | None  # the fraction of samples that are decided as when settled
    mse_v2: float | None  # against the targets


@dataclass(frozen=True)
class Tile:
    """The part of a crossbar on which its reduction was proven, where the whole is too large."""

    rows: int
    columns: int


@dataclass(frozen=True)
class Lumped:
    """What it does to transients that a crossbar's capacitances are lumped into one a column.

    On a tile whose rows step from one sample to another, columns alone.
    """

    error_v: float  # the largest difference at any time
    swing_v: float  # the largest movement of a column


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
    at_hold: AtHold | None = None  # None: there is no hold time
    proven_on: Tile | None = None  # None: on the whole deck
    # How far the read-out is predicted from where it is with leaks; None: the netlist has these
    leaks_move: ErrorFigures | None = None
    lumped: Lumped | None = None  # None: transients are of the deck or of an exact equivalent
    delay_estimated_s: float | None = None  # without a simulator, of the worst transition
    noise: ReadoutNoise | None = None  # thermal, without a simulator; None: not estimated


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

    def warnings(self, span: Span | None = None) -> tuple[Diagnostic, ...]:
        """What a user should know of it besides: the corners where no output moves."""
        return tuple(
            Diagnostic(
                "IM622",
                f"no output of `{self.network}` moves at corner `{x.corner}`: delay and energy are"
                " not measured",
                span,
                notes=(
                    f"between the samples ({len(x.simulated_volts)}) an output moves by"
                    f" {engineering(float(np.ptp(x.simulated_volts, axis=0).max()), 'V')} at most",
                ),
                help="cells may be too conductive for the inverters that drive them, or too much"
                " alike: allow larger sizes, smaller conductances or a wider range of them",
                severity="warning",
            )
            for x in self.corners
            if x.dynamics.not_measured
        )

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
            "delay_estimated_s": found.delay_estimated_s,
            "not_measured": dynamics.not_measured,
            "worst_transition": None if dynamics.worst is None else asdict(dynamics.worst),
            "at_hold": None if found.at_hold is None else _at_hold(found.at_hold),
            "transient_steps": dynamics.steps,
            "reduction_error_v": found.reduction_error_v,
            **({} if found.proven_on is None else {"reduction_tile": asdict(found.proven_on)}),
            **({} if found.leaks_move is None else {"leaks_move_v": asdict(found.leaks_move)}),
            **({} if found.noise is None else {"thermal_noise_v": asdict(found.noise)}),
            **({} if found.lumped is None else {"reduction_in_time": asdict(found.lumped)}),
        }


def _at_hold(found: AtHold) -> dict[str, Any]:
    return {
        "samples": len(found.volts),
        "from_settled_v": asdict(found.from_settled),
        "prediction_error_v": asdict(found.error),
        "accuracy": None if found.accuracy is None else asdict(found.accuracy),
        "decided_as_settled": found.as_settled,
        "target_mse_v2": found.mse_v2,
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

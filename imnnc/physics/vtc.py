"""Models of transfer curves as data: weights or coefficients, scales, measured errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from imnnc.limits import NAME, OHMS, SIZE, SUPPLY
from imnnc.physics.network import FloatArray
from imnnc.physics.table import InverterTable


@dataclass(frozen=True)
class CurveScales:
    """What makes the features of a load dimensionless; from the inverter table."""

    supply_volts: float = field(metadata=SUPPLY)
    g_mid_siemens: float  # output conductance of the unit inverter at the middle of its swing
    g_on_siemens: float  # full-on current over V_S
    g_max_siemens: float  # largest load per unit size that the network was trained for


@dataclass(frozen=True)
class CurveNetwork:
    """The weights of one curve network and how well it does on loads that it never saw."""

    scales: CurveScales
    hidden_weight: FloatArray  # (2, H), from the features of the load
    hidden_bias: FloatArray  # (H,)
    output_weight: FloatArray  # (H, 3 K + 1): a, b, o, c
    output_bias: FloatArray  # (3 K + 1,)
    rms_error_volts: float
    max_error_volts: float

    @property
    def terms(self) -> int:
        """K, the number of hyperbolic tangents."""
        return (int(self.output_bias.shape[0]) - 1) // 3


CurveNode: TypeAlias = Literal["minus", "plus"]


@dataclass(frozen=True)
class CurveFit:
    """The settings of the fit of a curve network; `version` is that of the pass that does it."""

    node: CurveNode
    g_max_siemens: float
    hidden: int  # units
    terms: int
    rounds: int  # at most
    seed: int
    version: int


@dataclass(frozen=True)
class VtcModel:
    """The two networks of LATIM: V- from the column, V+ from V-."""

    corner: str = field(metadata=NAME)
    minus: CurveNetwork
    plus: CurveNetwork

    @property
    def supply_volts(self) -> float:
        """The rails are at plus and minus this."""
        return self.minus.scales.supply_volts

    @property
    def point(self) -> None:
        """No point at which it was fitted: it knows all loads."""
        return None

    @property
    def fits(self) -> tuple[tuple[str, CurveNetwork], ...]:
        """How far each output's curve is from the inverter's table."""
        return ("minus", self.minus), ("plus", self.plus)


@dataclass(frozen=True)
class NominalPoint:
    """The one operating point that PHAX and RIM fit their curves at."""

    size: float = field(metadata=SIZE)  # of every inverter, in unit inverters
    # From each output to ground, in place of the crossbar
    load_ohms: float = field(metadata=OHMS)
    # RIM's, which is there in the circuit as well
    resistor_ohms: float | None = field(default=None, metadata=OHMS)

    @property
    def siemens(self) -> float:
        """What a unit inverter drives there: load and resistor, divided by the size."""
        resistor = 0.0 if self.resistor_ohms is None else 1 / self.resistor_ohms
        return (1 / self.load_ohms + resistor) / self.size


@dataclass(frozen=True)
class TanhCurve:
    """V_out = c1 + c2 tanh(c4 (V_in - c3)), volts and 1/V, and how far it is from the table."""

    c1: float
    c2: float
    c3: float
    c4: float
    rms_error_volts: float
    max_error_volts: float


@dataclass(frozen=True)
class TanhPair:
    """The two curves of PHAX and RIM, both from the column: V- of INV1, V+ of the cascade."""

    corner: str = field(metadata=NAME)
    supply_volts: float = field(metadata=SUPPLY)
    point: NominalPoint
    minus: TanhCurve
    plus: TanhCurve

    @property
    def fits(self) -> tuple[tuple[str, TanhCurve], ...]:
        """How far each output's curve is from the inverter's table."""
        return ("minus", self.minus), ("plus", self.plus)


@dataclass(frozen=True)
class TableModel:
    """No model at all: the inverter's own table, of which equilibrium solves the circuit."""

    table: InverterTable

    @property
    def corner(self) -> str:
        """The corner that was characterised."""
        return self.table.corner

    @property
    def supply_volts(self) -> float:
        """The rails are at plus and minus this."""
        return self.table.supply_volts

    @property
    def point(self) -> None:
        """No point at which it was fitted."""
        return None

    @property
    def fits(self) -> tuple[()]:
        """Nothing was fitted."""
        return ()


Curves: TypeAlias = VtcModel | TanhPair | TableModel

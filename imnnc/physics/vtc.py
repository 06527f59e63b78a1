"""The curve networks as data: weights, scales, measured errors."""

from __future__ import annotations

from dataclasses import dataclass

from imnnc.physics.network import FloatArray


@dataclass(frozen=True)
class CurveScales:
    """What makes the features of a load dimensionless; from the inverter table."""

    supply_volts: float
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


@dataclass(frozen=True)
class VtcModel:
    """The two networks of LATIM: V- from the column, V+ from V-."""

    corner: str
    minus: CurveNetwork
    plus: CurveNetwork

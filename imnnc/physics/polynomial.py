"""The unit inverter's currents as polynomials, for languages that have no table of ours.

A polynomial in Chebyshev's basis needs no file beside it and no interpolation whose rules differ
from tool to tool, has all derivatives, and converges fast on currents that are as smooth as these.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.chebyshev import chebval2d, chebvander

from imnnc.physics.network import FloatArray
from imnnc.physics.table import InverterTable

LARGEST_DEGREE = 64
_LARGEST_ERROR = 5e-6  # of the fit, of the largest current of the table
_LARGEST_ERROR_VOLTS = 2e-5  # of the unloaded output
# A table with a bend far from where inverters work keeps a current off at any degree: beyond this
# one only volts count.
_LARGEST_DEGREE_FOR_CURRENTS = 32


@dataclass(frozen=True)
class InverterPolynomials:
    """Both currents of the unit inverter, size 1.

    Coefficients [m, n] belong to T_m(V_in / reach) T_n(V_out / reach), with voltages from the
    middle between the rails.  They are good to `error_amperes` within the reach.
    """

    supply_volts: float
    reach_volts: float
    output_amperes: FloatArray  # (d, d), out of the output node into the load
    rail_amperes: FloatArray  # (d, d), drawn from the +V_S rail
    error_amperes: float  # the largest on the table's grid
    error_volts: float  # the largest of the unloaded output, between the rails
    edge_siemens: float  # a conductance for outputs beyond the reach, that leads back into it

    @property
    def terms(self) -> int:
        """How many functions of each voltage there are: the degree and one."""
        return int(self.output_amperes.shape[0])

    def output(self, v_in: FloatArray, v_out: FloatArray) -> FloatArray:
        """Current out of the output node, in amperes, within the reach."""
        scaled = v_in / self.reach_volts, v_out / self.reach_volts
        return np.asarray(chebval2d(*scaled, self.output_amperes))


def fit_polynomials(table: InverterTable) -> InverterPolynomials:
    """Least squares over the table, of the lowest even degree that is good enough.

    That is: currents to a relative 5e-6 (up to degree 32) and the unloaded output to 20 uV, which
    an inverter of a high gain, whose output hardly resists a current, reaches last.  At
    `LARGEST_DEGREE` it stops; `error_amperes` and `error_volts` say how good the fit is.
    """
    if table.low_volts != -table.high_volts:
        raise ValueError(f"a table from {table.low_volts} V to {table.high_volts} V")
    values = (table.output_amperes, table.rail_amperes)
    largest = max(float(abs(x).max()) for x in values)
    axis = np.linspace(-1.0, 1.0, table.output_amperes.shape[0])
    driven = abs(axis * table.high_volts) <= table.supply_volts
    curve = _unloaded(table.output_amperes[driven], axis)
    for degree in range(8, LARGEST_DEGREE + 1, 2):
        basis = chebvander(axis, degree)
        inverse = np.linalg.pinv(basis)
        fits = [inverse @ x @ inverse.T for x in values]
        found = [basis @ fit @ basis.T for fit in fits]
        error = max(float(abs(a - x).max()) for a, x in zip(found, values, strict=True))
        scaled = float(abs(_unloaded(found[0][driven], axis) - curve).max())
        error_volts = scaled * table.high_volts
        currents = error <= _LARGEST_ERROR * largest or degree >= _LARGEST_DEGREE_FOR_CURRENTS
        if currents and error_volts <= _LARGEST_ERROR_VOLTS:
            break
    # What is far below the error is noise of the machine: without it a fit is the same anywhere.
    quantum = 10.0 ** math.floor(math.log10(max(error, 1e-9 * largest))) * 1e-4
    step = (table.high_volts - table.low_volts) / (len(axis) - 1)
    slopes = np.diff(table.output_amperes, axis=1) / step
    return InverterPolynomials(
        table.supply_volts,
        table.high_volts,
        np.round(fits[0] / quantum) * quantum,
        np.round(fits[1] / quantum) * quantum,
        error,
        error_volts,
        float(abs(slopes).max()),
    )


def _unloaded(amperes: FloatArray, axis: FloatArray) -> FloatArray:
    """Where on `axis`, along each row, the current out of the output passes through zero."""
    rows = np.arange(len(amperes))
    last = np.clip((amperes > 0).sum(axis=1), 1, len(axis) - 1)
    before, behind = amperes[rows, last - 1], amperes[rows, last]
    falls = np.where(before > behind, before - behind, np.inf)
    steps = (axis[last] - axis[last - 1]) * before / falls
    return np.asarray(axis[last - 1] + steps)

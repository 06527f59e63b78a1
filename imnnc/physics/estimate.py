"""What one die is like, from what was measured at its nodes.

The most probable die (maximum a posteriori): how chips differ, `Spread`, is a Gaussian prior of
each transistor's gate and each cell, and measurement noise is Gaussian.  Where the outputs of every
layer were measured, what drives a column and what loads an output is known, so every inverter and
every column is a problem of its own, and a small one:

- An inverter has two unknowns, the mean of its gates and what they are apart.  The mean is looked
  for on a grid first, then both follow by Gauss-Newton steps: an output that is at a rail says
  nothing of where it would leave it, so slopes alone would not find the way.
- A column is where its inverter says that it is.  What cells would put it there is Bayesian linear
  regression, with the error of each cell, relative to what was programmed, as an unknown.  Cells
  that are stuck are far off, so errors have Student's distribution, by weighting.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from imnnc.physics.chips import LEAST_FACTOR, Spread, formed_cells
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.die import (
    Die,
    DieSolver,
    DrivenInverters,
    alike,
    cell_weights,
    columns,
    driven_rows,
    free_loads,
    input_rows,
    loads_behind,
    siemens_of,
    signal_rows,
)
from imnnc.physics.network import (
    FloatArray,
    GateVolts,
    LayerParameters,
    NetworkParameters,
    NeuronGates,
)

# Standard deviation of a shift that all transistors of a die share: corners of a process.
COMMON_VOLTS = 0.05
MOST_SAMPLES = 500  # what is measured beyond says little more
_LEAST_NOISE_VOLTS = 1e-6
_GRID_VOLTS, _GRID_SAMPLES = 8e-3, 60
_STEPS = 8  # of Gauss and Newton
_COLUMN_SAMPLES = 200  # that a column's cells are told from: those that say most of it
_COLUMN_VOLTS = 5e-5  # that a column may be off by what is not modelled
_LEAST_SLOPE = 0.05  # of an output to its column: below, it says nothing of that
_DOUBTS = 3  # weightings of cells
_FREEDOM = 4  # of Student's distribution: few cells are far off, and those by much
_LARGEST_FACTOR = 100.0  # of a cell, on what was programmed


@dataclass(frozen=True)
class Measured:
    """The outputs of one die's neurons, in volts to ground, for inputs (S, N).

    Of the read-out it is V- alone that is measured.
    """

    inputs_volts: FloatArray
    minus_volts: tuple[FloatArray, ...]  # (S, M) of each layer
    plus_volts: tuple[FloatArray, ...]  # of each but the last
    noise_volts: float  # standard deviation of one reading
    rails_volts: float = 0.0  # by which the rails of the die were moved then

    def from_rails(self) -> Measured:
        """The same, outputs as seen from the middle of the rails."""
        minus, plus = (
            tuple(volts - self.rails_volts for volts in of)
            for of in (self.minus_volts, self.plus_volts)
        )
        return replace(self, minus_volts=minus, plus_volts=plus)

    def some(self, most: int = MOST_SAMPLES) -> Measured:
        """No more samples than so many, spread evenly."""
        count = len(self.inputs_volts)
        if count <= most:
            return self
        kept = np.linspace(0, count - 1, most).round().astype(int)
        return replace(
            self,
            inputs_volts=self.inputs_volts[kept],
            minus_volts=tuple(volts[kept] for volts in self.minus_volts),
            plus_volts=tuple(volts[kept] for volts in self.plus_volts),
        )


def estimate(
    parameters: NetworkParameters, solver: DieSolver, spread: Spread, measured: Measured
) -> Die:
    """The most probable die, of a network as programmed."""
    return _Estimate(parameters, solver, spread, measured.some().from_rails()).run()


@dataclass(frozen=True)
class _Prior:
    """Deviations of the gates of a unit inverter, volts."""

    mean: float  # of their mean, weighted such that it is independent of what they are apart
    apart: float
    share: float  # of P in that mean

    @staticmethod
    def of(spread: Spread) -> _Prior:
        up, down = spread.up_volts, spread.down_volts
        share = down**2 / (up**2 + down**2) if up or down else 0.5
        return _Prior(math.hypot(share * up, (1 - share) * down), math.hypot(up, down), share)

    def gates(self, mean: Tensor, apart: Tensor) -> GateVolts:
        """Both gates (M,)."""
        up, down = mean + (1 - self.share) * apart, mean - self.share * apart
        return GateVolts(up.numpy(), down.numpy())


@dataclass(frozen=True)
class _Fit:
    """Finds the gates of inverters of `sizes` (M,)."""

    inverters: DrivenInverters
    prior: _Prior
    sizes: Tensor

    def run(
        self, v_in: Tensor, measured: Tensor, noise: Tensor, near: GateVolts | None = None
    ) -> GateVolts:
        """The most probable gates, for outputs (M, B) measured with `noise` (M, 1) volts.

        They are looked for anywhere, unless it is known what they are `near`.
        """
        mean_of = torch.sqrt(self.prior.mean**2 / self.sizes + COMMON_VOLTS**2)
        apart_of = (self.prior.apart / self.sizes.sqrt()).clamp(min=1e-9)
        precision = torch.stack([mean_of, apart_of]) ** -2
        share = self.prior.share
        if near is None:
            mean = self._nearest(v_in, measured, noise, mean_of)
            apart = torch.zeros_like(mean)
        else:
            up, down = (torch.from_numpy(volts) for volts in near)
            mean, apart = share * up + (1 - share) * down, up - down
        for _ in range(_STEPS):
            v_out, up, down = self.inverters.at(self.prior.gates(mean, apart), v_in)
            left = (measured - v_out) / noise
            slopes = torch.stack([up + down, (1 - share) * up - share * down]) / noise
            asked = (slopes * left).sum(2) - precision * torch.stack([mean, apart])
            normal = torch.einsum("imb,jmb->mij", slopes, slopes) + torch.diag_embed(precision.T)
            step = torch.linalg.solve(normal, asked.T[..., None])[..., 0].T
            # Slopes do not reach far beyond a cell of the grid.
            mean = mean + step[0].clamp(-_GRID_VOLTS, _GRID_VOLTS)
            apart = apart + step[1].clamp(-3 * _GRID_VOLTS, 3 * _GRID_VOLTS)
        reach = self.inverters.solver.devices.reach_volts
        found = self.prior.gates(mean, apart)
        return GateVolts(*(np.clip(volts, -reach, reach) for volts in found))

    def _nearest(self, v_in: Tensor, measured: Tensor, noise: Tensor, deviation: Tensor) -> Tensor:
        """The best mean (M,) of a grid."""
        steps = math.floor(self.inverters.solver.devices.reach_volts / _GRID_VOLTS)
        grid = _GRID_VOLTS * torch.arange(-steps, steps + 1, dtype=torch.float64)
        every = math.ceil(v_in.shape[1] / _GRID_SAMPLES)
        few, v_in, measured = self.inverters.every(every), v_in[:, ::every], measured[:, ::every]
        none = torch.zeros_like(self.sizes)
        costs = []
        for mean in grid:
            v_out = few.outputs(self.prior.gates(none + mean, none), v_in)
            left = ((measured - v_out) / noise).square().sum(1)
            costs.append(left + (mean / deviation) ** 2)
        return grid[torch.stack(costs).argmin(0)]


class _Estimate:
    """One estimate on its way, layer by layer."""

    def __init__(
        self, parameters: NetworkParameters, solver: DieSolver, spread: Spread, measured: Measured
    ) -> None:
        self._parameters, self._solver, self._spread = parameters, solver, spread
        self._measured = measured
        self._noise = torch.tensor(
            max(measured.noise_volts, _LEAST_NOISE_VOLTS), dtype=torch.float64
        )
        self._crossbars = crossbars_of(parameters, solver.supply_volts)

    def run(self) -> Die:
        measured, layers, gates = self._measured, [], []
        rows = input_rows(measured.inputs_volts, measured.rails_volts)
        for number, layer in enumerate(self._parameters.layers):
            net = self._crossbars[number].nets(rows)
            minus = columns(measured.minus_volts[number])
            of_plus, of_minus = self._fits(number, layer)
            layer, net, near = self._column(number, layer, rows, net, of_minus, minus)
            first = of_minus.run(net, minus, self._noise, near)
            second = alike(layer.width).plus
            if number < len(measured.plus_volts):
                # INV2 is driven at what INV1 makes: that is less noisy than what was read of it.
                driven = of_minus.inverters.at(first, net)[0]
                second = of_plus.run(driven, columns(measured.plus_volts[number]), self._noise)
                rows = signal_rows(measured.plus_volts[number], measured.minus_volts[number])
            layers.append(layer)
            gates.append(NeuronGates(first, second))
        parameters = replace(self._parameters, layers=tuple(layers))
        return Die(parameters, tuple(gates), measured.rails_volts)

    def _fits(self, number: int, layer: LayerParameters) -> tuple[_Fit, _Fit]:
        """Of INV2 and of INV1."""
        minus = columns(self._measured.minus_volts[number])
        if number == len(self._measured.plus_volts):
            loads = free_loads(self._parameters, layer, minus.shape[1])
        else:
            plus = columns(self._measured.plus_volts[number])
            loads = loads_behind(self._crossbars[number + 1], layer, plus, minus)
        prior = _Prior.of(self._spread)
        of_plus, of_minus = (
            _Fit(DrivenInverters(self._solver, *load), prior, torch.from_numpy(sizes))
            for load, sizes in zip(loads, (layer.size_plus, layer.size_minus), strict=True)
        )
        return of_plus, of_minus

    def _column(
        self,
        number: int,
        layer: LayerParameters,
        rows: Tensor,
        net: Tensor,
        fit: _Fit,
        measured: Tensor,
    ) -> tuple[LayerParameters, Tensor, GateVolts | None]:
        """The cells of a crossbar as they came out, and the columns (M, B) that those make.

        With what the gates of INV1 are near; None: cells are as programmed.
        """
        usual = torch.from_numpy(_deviations(layer, self._spread))
        if not bool(usual.any()):
            return layer, net, None
        weights = cell_weights(layer, self._crossbars[number])
        driven = driven_rows(layer, rows, self._solver.supply_volts)
        # While cells are not known, what they do to a column is noise at its inverter.
        strays = (usual * weights).square().sum(0).sqrt() * driven.std()
        gates = fit.run(net, measured, torch.hypot(self._noise, 3 * strays[:, None]))
        v_out, up, down = fit.inverters.at(gates, net)
        slopes = up + down
        says = slopes.abs() > _LEAST_SLOPE
        off = torch.where(says, (measured - v_out) / slopes, 0.0)
        floor = torch.full_like(slopes, _COLUMN_VOLTS)
        doubt = torch.hypot(self._noise / slopes.abs().clamp(min=_LEAST_SLOPE), floor)
        doubt = torch.where(says, doubt, self._solver.supply_volts)
        errors, moved = torch.zeros_like(weights), torch.zeros_like(net)
        for column in range(layer.width):
            falls = weights[:, column, None] * (driven - net[column])
            best = doubt[column].argsort()[:_COLUMN_SAMPLES]
            found = _regression(
                falls[:, best], off[column, best], doubt[column, best], usual[:, column]
            )
            errors[:, column], moved[column] = found, found @ falls
        factors = (1 + errors).clamp(LEAST_FACTOR, _LARGEST_FACTOR).numpy()
        plus, minus = np.split(siemens_of(layer) * factors, 2)
        return replace(layer, g_plus_siemens=plus, g_minus_siemens=minus), net + moved, gates


def _regression(falls: Tensor, off: Tensor, doubt: Tensor, usual: Tensor) -> Tensor:
    """Relative errors (R,) of cells that put a column `off` (B,) volts, with `doubt` (B,) of each.

    `falls` (R, B) are volts by which an error of 1 moves it, `usual` (R,) are deviations.  What
    shifts all samples alike may as well be the inverter's.
    """
    errors, variances = torch.zeros_like(usual), usual.square()
    for _ in range(_DOUBTS):
        spread = falls * variances[:, None]
        covariance = falls.T @ spread + COMMON_VOLTS**2 + torch.diag(doubt.square())
        errors = spread @ torch.linalg.solve(covariance, off)
        variances = (_FREEDOM * usual.square() + errors.square()) / (_FREEDOM + 1)
        variances = torch.where(usual > 0, variances, 0.0)
    return errors


def _deviations(layer: LayerParameters, spread: Spread) -> FloatArray:
    """Of each cell (2 (N + P), M), relative; those that are not formed have none."""
    siemens = siemens_of(layer)
    # Where cells are exact but for those that are stuck, something has to let them be told.
    least = 1e-3 if spread.stuck_low or spread.stuck_high else 0.0
    usual = np.full_like(siemens, max(spread.cells, least))
    return usual * np.concatenate(formed_cells(layer))

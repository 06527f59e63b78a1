"""The operating point of a layer whose neurons drive cells that bend, and its gradients.

As `imnnc.physics.equilibrium` has it for resistors, with the same unknowns, the columns n of the
next crossbar.  Between an output at V and a column, a cell has the slope d = g cosh(b (V - n)), so
every sample has matrices of its own (where its law is a sum of sines, all of this is one):

    s I(V_in, V) = sum of (g / b) sinh(b (V - n)) + V / R       at every output
    dV = r (sum of d dn),  r = 1 / (what V itself meets)        by the output's own balance
    dn = (sum of d dV) / (sum of d)                             by the column's

A product with d is one with g before and behind, by the same formula as the sines: none of the
matrices is needed for it, but only for the steps of Newton's method.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from imnnc.parasitics import Sine
from imnnc.physics.crossbar import IdealCrossbar, SinhLoad
from imnnc.physics.devices import exact_dtype
from imnnc.physics.equilibrium import FEW_COLUMNS, Coupling, LayerSolver, Outputs, shifted
from imnnc.physics.settle import Neurons, Settler
from imnnc.physics.sinh import SinhCrossbar

_LARGEST_NUMBERS = 4_000_000  # slopes of cells at once, over samples


class SinhLayerSolver(LayerSolver):
    """One layer of neurons and the crossbar of cells that bend."""

    def __init__(self, neurons: Neurons, net: Tensor, load: SinhLoad) -> None:
        """Of M neurons with columns `net` (M, B) in volts."""
        super().__init__(neurons, net, load.linear)
        self.bent = load
        self.crossbar = SinhCrossbar(load.cells, load.sines)

    def _settle(self, columns: Tensor, near: Tensor) -> Outputs:
        ground_plus, ground_minus = self.bent.ground_siemens.chunk(2)
        near_plus, near_minus = near.chunk(2)
        at = self.crossbar.row_loads(columns, self.bent.sizes)
        halves = zip(at.up.chunk(2, 1), at.across.chunk(2, 1), strict=True)
        at_plus, at_minus = (at._replace(up=up, across=across) for up, across in halves)
        minus = self.neurons.minus.settle_bent(self.net, ground_minus, at_minus, near_minus)
        plus = self.neurons.plus.settle_bent(minus[0], ground_plus, at_plus, near_plus)
        volts, slopes, to_input = (torch.cat(pair) for pair in zip(plus, minus, strict=True))
        # Slopes to amperes of the inverter itself, which is not of a unit size.
        return Outputs(volts, slopes / self.bent.sizes[:, None], to_input, columns)

    def _columns(self, outputs: Tensor) -> Tensor:
        return self.crossbar.nets(outputs)

    def _coupling(self, at: Outputs) -> Coupling:
        return _Coupling(self.crossbar, at)

    def _extrapolated(self, at: Outputs, moved: Tensor, shift: Tensor | None) -> Tensor:
        pushed = _Slopes(self.crossbar, at).to_rows(moved)
        outputs = at.outputs + at.to_emf * pushed
        minus = outputs[self.width :] - at.outputs[self.width :]
        outputs[: self.width] += at.to_input[: self.width] * minus
        return outputs


class _Slopes:
    """Those of the cells, d = g cosh(b (V - n)), at outputs and columns."""

    def __init__(self, crossbar: SinhCrossbar, at: Outputs) -> None:
        b, self.weights = crossbar.factors(at.outputs)
        self.rows = crossbar.rows
        self.sine, self.cosine = torch.sinh(b * at.outputs), torch.cosh(b * at.outputs)
        self.column_sine = torch.sinh(b * at.columns)
        self.column_cosine = torch.cosh(b * at.columns)
        up, across = crossbar.sums(at.outputs)
        self.of_columns = self._sum(across * self.column_cosine - up * self.column_sine)

    def _sum(self, parts: Tensor) -> Tensor:
        """Over the sines."""
        total: Tensor = (self.weights * parts).sum(0)
        return total

    def to_rows(self, columns: Tensor) -> Tensor:
        """The sums (2 M, B) of d times a number (C, B) of each column."""
        return self._sum(
            self.cosine * (self.rows @ (self.column_cosine * columns))
            - self.sine * (self.rows @ (self.column_sine * columns))
        )

    def to_columns(self, outputs: Tensor) -> Tensor:
        """The sums (C, B) of d times a number (2 M, B) of each row."""
        return self._sum(
            self.column_cosine * (self.rows.T @ (self.cosine * outputs))
            - self.column_sine * (self.rows.T @ (self.sine * outputs))
        )

    def of_cells(self) -> Tensor:
        """d of every cell of every sample, (B, 2 M, C)."""
        factors = (self.cosine, self.column_cosine, self.sine, self.column_sine)
        total = self.rows.new_zeros(())
        # One sine after the other: there is one of these matrices a sample.
        for weight, *parts in zip(self.weights, *(x.mT for x in factors), strict=True):
            cosine, column_cosine, sine, column_sine = parts
            bent = (
                cosine[..., None] * column_cosine[:, None] - sine[..., None] * column_sine[:, None]
            )
            total = total + weight * bent
        return self.rows * total


class _Coupling:
    """1 - A, A being how columns answer to themselves: of every sample, or of the mean one.

    Where columns are many, the matrix at the mean voltages serves all samples, and those that it
    does not bring to rest get matrices of their own.
    """

    def __init__(self, crossbar: SinhCrossbar, at: Outputs, moving: Tensor | None = None) -> None:
        """`moving` (B,) are the samples to have matrices of their own; None: all, or the mean."""
        self.crossbar = crossbar
        self.at = at
        self.moving = moving
        few = len(at.columns) <= FEW_COLUMNS
        self.mean = None
        if not few and moving is None:
            self.mean = self._matrices(Outputs(*(x.mean(1, keepdim=True) for x in at)))[0]

    def renewed(self, at: Outputs, moving: Tensor, slow: bool) -> Coupling:
        """The coupling at new outputs: a mean that serves is kept."""
        if len(at.columns) <= FEW_COLUMNS:
            return _Coupling(self.crossbar, at)
        return self if self.mean is not None and not slow else _Coupling(self.crossbar, at, moving)

    def solve(self, residual: Tensor, transposed: bool = False) -> Tensor:
        """(1 - A)^-1 r, or of the transposed, for r (C, B)."""
        if self.mean is not None:
            found: Tensor = torch.linalg.solve(self.mean, residual)
            return found
        found = torch.zeros_like(residual)
        chosen = torch.arange(residual.shape[1], device=residual.device)
        if self.moving is not None:
            chosen = chosen[self.moving]
        for some in torch.split(chosen, max(1, _LARGEST_NUMBERS // self.crossbar.rows.numel())):
            matrices = self._matrices(Outputs(*(x[:, some] for x in self.at)))
            matrices = matrices.mT if transposed else matrices
            found[:, some] = torch.linalg.solve(matrices, residual[:, some].T[..., None])[..., 0].T
        return found

    def _matrices(self, at: Outputs) -> Tensor:
        """1 - A of every sample, (B, C, C)."""
        slopes = _Slopes(self.crossbar, at)
        half = len(slopes.rows) // 2
        cells = slopes.of_cells()
        outputs = at.to_emf.T[..., None] * cells
        # V+ hears the load of V- as well, through the second inverter.
        outputs[:, :half] += at.to_input[:half].T[..., None] * outputs[:, half:]
        a = cells.mT @ outputs / slopes.of_columns.T[..., None]
        identity = torch.eye(len(at.columns), dtype=a.dtype, device=a.device)
        return identity - a


class SinhEquilibriumLayer(torch.autograd.Function):
    """A layer at rest, differentiable.

    `apply(net, rows, bias, sizes, shift, cells, sines, settler, most_rounds)` returns the
    outputs (2 M, B) and whether each sample came to rest; `rows` and `bias` are those of `cells`.
    INV2 sees V- and `shift` (M, B) more; None: no more.
    """

    @staticmethod
    def forward(
        ctx: Any,
        net: Tensor,
        rows: Tensor,
        bias: Tensor,
        sizes: Tensor,
        shift: Tensor | None,
        like: IdealCrossbar,
        sines: tuple[Sine, ...],
        settler: Settler,
        most_rounds: int,
    ) -> tuple[Tensor, Tensor]:
        """See the class."""
        exact = exact_dtype(net.device)
        cells = IdealCrossbar(
            rows.to(exact), bias.to(exact), like.supply_volts, like.ground_siemens
        )
        load = SinhLoad(cells, sines, sizes.to(exact))
        neurons = shifted(settler, shift, exact)
        at_rest = SinhLayerSolver(neurons, net.to(exact), load).solve(most_rounds)
        ctx.load, ctx.dtype, ctx.shifted = load, net.dtype, shift is not None
        ctx.save_for_backward(*at_rest.at[:3], at_rest.columns)
        ctx.mark_non_differentiable(at_rest.converged)
        return at_rest.at.outputs.to(net.dtype), at_rest.converged

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """By the implicit function theorem: the adjoint of the columns, then all that asks them."""
        at, load = Outputs(*ctx.saved_tensors), ctx.load
        crossbar = SinhCrossbar(load.cells, load.sines)
        above = gradients[0].to(at.outputs.dtype)
        width = len(above) // 2
        slopes = _Slopes(crossbar, at)

        def through_inverters(to_outputs: Tensor) -> Tensor:
            """Gradients of all outputs, of V- also those that it has by way of V+."""
            to_minus = torch.addcmul(to_outputs[width:], at.to_input[:width], to_outputs[:width])
            return torch.cat([to_outputs[:width], to_minus])

        asked = slopes.to_columns(at.to_emf * through_inverters(above))
        every = torch.ones_like(above[0], dtype=torch.bool)
        to_columns = _Coupling(crossbar, at, every).solve(asked, transposed=True)
        to_columns = to_columns / slopes.of_columns
        total = through_inverters(above + slopes.to_rows(to_columns))
        to_loads = at.to_emf * total  # a gradient an ampere more from the output
        b, weights = crossbar.factors(above)
        # A cell's current is that of sinh(b (V - n)) / b: out of the output, into the column.
        to_rows = slopes.sine @ (slopes.column_cosine * to_columns).mT
        to_rows = to_rows - slopes.cosine @ (slopes.column_sine * to_columns).mT
        to_rows = to_rows - (slopes.sine * to_loads) @ slopes.column_cosine.mT
        to_rows = to_rows + (slopes.cosine * to_loads) @ slopes.column_sine.mT
        supplies = b * crossbar.supply_volts * above.new_tensor([[1.0], [-1.0]])
        to_bias = torch.sinh(supplies) * (slopes.column_cosine * to_columns).sum(2)[:, None]
        to_bias = to_bias - (
            torch.cosh(supplies) * (slopes.column_sine * to_columns).sum(2)[:, None]
        )
        to_rows, to_bias = ((weights * x / b).sum(0) for x in (to_rows, to_bias))
        driven = crossbar.row_currents(at.outputs, at.columns)
        driven = driven + crossbar.ground_siemens * at.outputs
        to_sizes = (to_loads * driven).sum(1) / load.sizes
        found = (total[width:] * at.to_input[width:], to_rows, to_bias, to_sizes)
        to_shift = (total[:width] * at.to_input[:width]).to(ctx.dtype) if ctx.shifted else None
        return (*(x.to(ctx.dtype) for x in found), to_shift, None, None, None, None)


def rest_sinh_layer(
    net: Tensor,
    load: SinhLoad,
    settler: Settler,
    most_rounds: int,
    shift: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """`SinhEquilibriumLayer` with types: outputs (2 M, B), and whether each sample is at rest."""
    apply: Any = SinhEquilibriumLayer.apply  # torch does not type it
    cells, law = load.cells, (load.sines, settler, most_rounds)
    found = apply(net, cells.rows, cells.bias, load.sizes, shift, cells, *law)
    return cast("tuple[Tensor, Tensor]", found)

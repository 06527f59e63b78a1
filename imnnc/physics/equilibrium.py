"""The operating point of a network, as exact as the inverter's table, and its gradients.

Columns drive gates only, so a layer is solved once its own columns are known, together with the
columns n of the next crossbar (Kirchhoff's laws):

    s I(V_in, V) = G V - J + V / R        at every output (R: RIM's resistor, if there is one)
    n = bias + column_shares^T V          at every column

A round solves every inverter for the load voltages that n makes, which takes a Newton step or
two from the round before, and moves n by a Newton step of its own.  The slopes S of outputs to
their load voltages make its matrix, 1 - A, A = column_shares^T S row_shares, for every sample
where columns are few; where they are many, the mean of the batch serves all samples, and only
those that it does not bring to rest get matrices of their own.  Where wires couple rows beside
the columns, which is little, loads follow the outputs of the round before.

Gradients are those of the solution, by the implicit function theorem: the same matrix,
transposed, once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, cast

import torch
from torch import Tensor

from imnnc.physics.crossbar import Load
from imnnc.physics.devices import exact_dtype
from imnnc.physics.settle import Neurons, Settler, ShiftedSettler

ROUNDS = 60
# How far columns may be from what the outputs make of them before the last step, which is taken
# to first order, by the matrix of the round before: it leaves a thousandth of that, or with the
# mean's matrix a tenth.
SETTLED_VOLTS = 1e-6
SETTLED_BY_MEAN = 1e-9
SETTLED_SINGLE = 4e-6  # float32 resolves 0.25 V to 3e-8 V, the gain of neurons magnifies that
FEW_COLUMNS = 32
_SHIFTS_WEIGH = 10
_PILOT_SAMPLES = 24  # that show the others of a batch where columns are


class Outputs(NamedTuple):
    """The outputs of a layer, (2 M, B) each, and how they answer to small changes."""

    outputs: Tensor  # volts
    to_emf: Tensor  # slopes to their own load voltages
    to_input: Tensor  # of V+ to V-, then of V- to the neuron's column
    columns: Tensor  # (C, B) volts, of the next crossbar, which they are the outputs for


class Coupling(Protocol):
    """How the columns answer to themselves by way of the outputs that they load."""

    def renewed(self, at: Outputs, moving: Tensor, slow: bool) -> Coupling:
        """The coupling at new outputs, where samples still move, and did so slowly."""

    def solve(self, residual: Tensor) -> Tensor:
        """How far the columns go (C, B) to make up for what is left (C, B)."""


@dataclass(frozen=True)
class LayerSolution:
    """A layer at rest, B samples."""

    at: Outputs
    columns: Tensor  # (C, B) volts, of the next crossbar
    converged: Tensor  # (B,)
    rounds: Tensor  # (B,)
    residual_volts: Tensor  # (B,): how far the columns were from rest before the last step


def solve_layer(
    neurons: Neurons, net: Tensor, load: Load, most_rounds: int = ROUNDS, *, unlike: bool = False
) -> LayerSolution:
    """The outputs of M neurons with columns `net` (M, B) in volts, and the columns they drive.

    A sample that is not at rest after `most_rounds` has not converged.  `unlike`: that the
    inverters are, so that what they are guessed to do is wrong for all samples in the same way.
    """
    return LayerSolver(neurons, net, load, unlike=unlike).solve(most_rounds)


class LayerSolver:
    """One layer of neurons and the crossbar that loads it; cells are resistors."""

    def __init__(self, neurons: Neurons, net: Tensor, load: Load, *, unlike: bool = False) -> None:
        self.neurons = neurons
        self.unlike = unlike
        self.net = net
        self.load = load
        self.width = len(net)
        if net.dtype == torch.float32:
            self.tolerance = SETTLED_SINGLE
        elif load.row_shares.shape[1] <= FEW_COLUMNS:
            self.tolerance = SETTLED_VOLTS
        else:
            self.tolerance = SETTLED_BY_MEAN

    def solve(self, most_rounds: int) -> LayerSolution:
        """The layer at rest; see `solve_layer`."""
        outputs, columns = self._guess()
        at = self._settle(columns, outputs)
        shift = self._shift(at.outputs - outputs)
        residual = self._residual(at, shift)
        off = _off(residual, shift)
        rounds = torch.ones_like(off, dtype=torch.long)
        coupling = self._coupling(at)
        step, share = coupling.solve(residual), torch.ones_like(off)
        for number in range(2, most_rounds + 1):
            moving = off > self.tolerance
            if not bool(moving.any()):
                break
            trial = at.columns + share * step
            near = self._extrapolated(at, trial - at.columns, shift)
            found = self._settle(trial, near)
            trial_shift = self._shift(found.outputs - near)
            trial_residual = self._residual(found, trial_shift)
            trial_off = _off(trial_residual, trial_shift)
            # A step that makes it worse is tried again at half its length.
            better = (trial_off < off) | (trial_off <= self.tolerance)
            slow = bool((trial_off > 0.5 * off).any())
            rounds = torch.where(moving, number, rounds)
            residual = torch.where(better, trial_residual, residual)
            if shift is not None and trial_shift is not None:
                shift = torch.where(better, trial_shift, shift)
            off = torch.where(better, trial_off, off)
            at = Outputs(
                *(torch.where(better, new, old) for new, old in zip(found, at, strict=True))
            )
            if bool((off <= self.tolerance).all()):
                break  # with the matrix of the round before, which is as good by now
            coupling = coupling.renewed(at, off > self.tolerance, slow)
            share = torch.where(better, torch.ones_like(share), share / 2)
            step = torch.where(better, coupling.solve(residual), step)
        # What is left is so little that a step to first order ends it.
        moved = coupling.solve(residual)
        at = at._replace(outputs=self._extrapolated(at, moved, shift))
        return LayerSolution(at, self._columns(at.outputs), off <= self.tolerance, rounds, off)

    def _guess(self) -> tuple[Tensor, Tensor]:
        """Outputs with the columns between the rails, then where those would put them."""
        columns = torch.zeros_like(self.load.bias_share).expand(-1, self.net.shape[1])
        for _ in range(2):
            at_plus, at_minus = (self.load.row_shares @ columns).chunk(2)
            g_plus, g_minus = self.load.g.chunk(2)
            minus = self.neurons.minus.guess(self.net, g_minus, at_minus)
            outputs = torch.cat([self.neurons.plus.guess(minus, g_plus, at_plus), minus])
            columns = self._columns(outputs)
        if self.unlike and columns.shape[1] >= 8 * _PILOT_SAMPLES:
            # A few samples say by how much; that saves all others a round.
            few = slice(_PILOT_SAMPLES)
            found = LayerSolver(self.neurons, self.net[:, few], self.load).solve(ROUNDS)
            columns = columns + (found.columns - columns[:, few]).nanmean(1, keepdim=True)
        return outputs, columns

    def _coupling(self, at: Outputs) -> Coupling:
        return _Coupling(self.load, at)

    def _extrapolated(self, at: Outputs, moved: Tensor, shift: Tensor | None) -> Tensor:
        """Where the outputs go, to first order, when the columns move and loads shift."""
        behind = self.load.row_shares @ moved
        outputs = at.outputs + at.to_emf * (behind if shift is None else behind + shift)
        minus = outputs[self.width :] - at.outputs[self.width :]
        outputs[: self.width] += at.to_input[: self.width] * minus
        return outputs

    def _settle(self, columns: Tensor, near: Tensor) -> Outputs:
        """The outputs for the load voltages that columns make."""
        behind = self.load.row_shares @ columns
        if self.load.between is not None and self.load.offset is not None:
            behind = behind.addmm_(self.load.between, near).add_(self.load.offset)
        at_plus, at_minus = behind.chunk(2)
        g_plus, g_minus = self.load.g.chunk(2)
        near_plus, near_minus = near.chunk(2)
        minus = self.neurons.minus.settle(self.net, g_minus, at_minus, near_minus)
        plus = self.neurons.plus.settle(minus.v_out, g_plus, at_plus, near_plus)
        volts, to_emf, to_input = (torch.cat(pair) for pair in zip(plus, minus, strict=True))
        return Outputs(volts, to_emf, to_input, columns)

    def _shift(self, moved: Tensor) -> Tensor | None:
        """How far voltages behind loads were from those that the outputs make of them."""
        return None if self.load.between is None else self.load.between @ moved

    def _residual(self, at: Outputs, shift: Tensor | None) -> Tensor:
        """How far columns are from what the outputs make of them, once loads have shifted."""
        outputs = at.outputs
        if shift is not None:
            outputs = self._extrapolated(at, torch.zeros_like(at.columns), shift)
        return self._columns(outputs) - at.columns

    def _columns(self, outputs: Tensor) -> Tensor:
        return torch.addmm(self.load.bias_share, self.load.column_shares.T, outputs)


def _largest(residual: Tensor) -> Tensor:
    return residual.abs().amax(0)


def _off(residual: Tensor, shift: Tensor | None) -> Tensor:
    """How far a sample is from rest: its columns, and loads, which get no step of Newton's."""
    off = _largest(residual)
    return off if shift is None else torch.maximum(off, _SHIFTS_WEIGH * _largest(shift))


class _Coupling:
    """How the columns answer to themselves by way of the outputs that they load: A."""

    def __init__(self, load: Load, at: Outputs) -> None:
        self.load = load
        self.to_emf = at.to_emf
        half = len(at.to_emf) // 2
        # V+ hears the load of V- as well, through the second inverter.
        self.through = at.to_input[:half] * at.to_emf[half:]
        self.count = load.row_shares.shape[1]
        self.matrix = self._own() if self.count <= FEW_COLUMNS else self._mean()

    def renewed(self, at: Outputs, moving: Tensor, slow: bool) -> _Coupling:
        """The coupling at new outputs: a mean that serves is kept."""
        if self.count <= FEW_COLUMNS:
            return _Coupling(self.load, at)
        return _Stragglers(self.load, at, moving) if slow else self

    def solve(self, residual: Tensor, transposed: bool = False) -> Tensor:
        """(1 - A)^-1 r, or of the transposed, for r (C, B)."""
        matrix = self.matrix.mT if transposed else self.matrix
        if self.matrix.dim() == 2:
            found: Tensor = torch.linalg.solve(matrix, residual)
        else:
            found = torch.linalg.solve(matrix, residual.T[..., None])[..., 0].T
        return found

    def _own(self) -> Tensor:
        """1 - A of every sample, (B, C, C)."""
        rows, columns = self.load.row_shares, self.load.column_shares
        half = len(rows) // 2
        direct = (columns[:, :, None] * rows[:, None, :]).flatten(1)
        crossed = (columns[:half, :, None] * rows[half:, None, :]).flatten(1)
        a = torch.addmm(self.to_emf.T @ direct, self.through.T, crossed)
        own: Tensor = self._identity() - a.view(-1, self.count, self.count)
        return own

    def _mean(self) -> Tensor:
        """1 - A of the batch's mean slopes, (C, C)."""
        return self._identity() - self._product(self.to_emf.mean(1), self.through.mean(1))

    def _product(self, to_emf: Tensor, through: Tensor) -> Tensor:
        outputs = to_emf[:, None] * self.load.row_shares
        half = len(through)
        outputs[:half] += through[:, None] * self.load.row_shares[half:]
        return self.load.column_shares.T @ outputs

    def _identity(self) -> Tensor:
        return torch.eye(self.count, dtype=self.to_emf.dtype, device=self.to_emf.device)


class _Stragglers(_Coupling):
    """Samples with a matrix of their own, one at a time, where the mean does not serve them."""

    def __init__(self, load: Load, at: Outputs, moving: Tensor) -> None:
        super().__init__(load, at)
        self.moving = moving

    def renewed(self, at: Outputs, moving: Tensor, slow: bool) -> _Coupling:
        """The matrices of those that still move."""
        return _Stragglers(self.load, at, moving)

    def solve(self, residual: Tensor, transposed: bool = False) -> Tensor:
        found = torch.zeros_like(residual)
        for sample in self.moving.nonzero()[:, 0].cpu().tolist():
            product = self._product(self.to_emf[:, sample], self.through[:, sample])
            matrix = self._identity() - (product.T if transposed else product)
            found[:, sample] = torch.linalg.solve(matrix, residual[:, sample])
        return found


def shifted(settler: Settler, shift: Tensor | None, dtype: torch.dtype) -> Neurons:
    """Neurons whose INV2 sees V- and `shift` (M, B) volts; None: nothing more."""
    if shift is None:
        return Neurons(settler, settler)
    return Neurons(settler, ShiftedSettler(settler, shift.detach().to(dtype)))


class EquilibriumLayer(torch.autograd.Function):
    """A layer at rest, differentiable.

    `apply(net, g, row_shares, column_shares, bias_share, shift, settler, most_rounds)` returns the
    outputs (2 M, B) and whether each sample came to rest.  INV2 sees V- and `shift` (M, B) more;
    None: no more.
    """

    @staticmethod
    def forward(
        ctx: Any,
        net: Tensor,
        g: Tensor,
        row_shares: Tensor,
        column_shares: Tensor,
        bias_share: Tensor,
        shift: Tensor | None,
        settler: Settler,
        most_rounds: int,
    ) -> tuple[Tensor, Tensor]:
        """See the class."""
        # Solved in float64 whatever the tensors are: compiled loops, and no tolerance to tune.
        dtype = exact_dtype(net.device)
        exact = Load(*(x.to(dtype) for x in (g, row_shares, column_shares, bias_share)))
        neurons = shifted(settler, shift, dtype)
        at_rest = solve_layer(neurons, net.to(dtype), exact, most_rounds)
        ctx.save_for_backward(*exact[:4], *at_rest.at[:3], at_rest.columns)
        ctx.dtype, ctx.shifted = net.dtype, shift is not None
        ctx.mark_non_differentiable(at_rest.converged)
        return at_rest.at.outputs.to(net.dtype), at_rest.converged

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """By the implicit function theorem; see the module."""
        (g, row_shares, column_shares, bias_share, outputs, to_emf, to_input, columns) = (
            ctx.saved_tensors
        )
        above = gradients[0].to(outputs.dtype)
        width = len(above) // 2
        load = Load(g, row_shares, column_shares, bias_share)
        at = Outputs(outputs, to_emf, to_input, columns)

        def through_inverters(to_outputs: Tensor) -> Tensor:
            """Gradients of all outputs, of V- also those that it has by way of V+."""
            to_minus = torch.addcmul(to_outputs[width:], to_input[:width], to_outputs[:width])
            return torch.cat([to_outputs[:width], to_minus])

        to_columns = _adjoint(load, at, through_inverters, above)
        total = through_inverters(torch.addmm(above, column_shares, to_columns))
        at_loads = to_emf * total
        emf = row_shares @ columns
        # I(V_in, V) = g (V - e): more load pulls the output towards e.
        to_g = (at_loads * (emf - outputs)).sum(1) / g
        found = (
            total[width:] * to_input[width:],
            to_g,
            at_loads @ columns.T,
            outputs @ to_columns.T,
            to_columns.sum(1, keepdim=True),
        )
        to_shift = (total[:width] * to_input[:width]).to(ctx.dtype) if ctx.shifted else None
        return (*(x.to(ctx.dtype) for x in found), to_shift, None, None)


def _adjoint(load: Load, at: Outputs, through: Callable[[Tensor], Tensor], above: Tensor) -> Tensor:
    """The gradients (C, B) of the columns: y = A^T y + (what the outputs themselves are asked)."""
    asked = load.row_shares.T @ (at.to_emf * through(above))
    coupling = _Coupling(load, at)
    found = coupling.solve(asked, transposed=True)
    if coupling.count <= FEW_COLUMNS:
        return found
    # The mean's matrix serves to refine what it has found, sample by sample.
    limit = 1e-9 * float(asked.abs().max())
    for _ in range(ROUNDS):
        answer = load.row_shares.T @ (at.to_emf * through(load.column_shares @ found))
        rest = asked + answer - found
        if float(rest.abs().max()) <= limit:
            return found
        found = found + coupling.solve(rest, transposed=True)
    moving = torch.ones_like(above[0], dtype=torch.bool)
    return _Stragglers(load, at, moving).solve(asked, transposed=True)


def rest_layer(
    net: Tensor,
    load: Load,
    settler: Settler,
    most_rounds: int = ROUNDS,
    shift: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """`EquilibriumLayer` with types: outputs (2 M, B), and whether each sample is at rest."""
    apply: Any = EquilibriumLayer.apply  # torch does not type it
    return cast("tuple[Tensor, Tensor]", apply(net, *load[:4], shift, settler, most_rounds))

"""How long outputs take to settle after a step of the inputs, by the equations of the circuit.

What a simulator integrates of a network, with an inverter that is two tables: its static current
(`imnnc.physics.inverter`) and its capacitances (`imnnc.physics.charges`), both over its two
voltages.  The unknowns are columns, V- and V+; Kirchhoff's law of currents at a column is

    inflow(rows, n) = size (C_ii n' + C_io v-') + C_wire n' + C_cell (R n' - sum of rows')

and alike at V- and V+, whose crossbar takes what its cells and capacitances do.  What flows into a
column is as of resistors, also where cells bend.  Wires are quasi-static; their capacitances are
those of `imnnc.physics.capacitances` at the ends of columns, and rows' are with their inverters.

Time goes in steps that grow with it: nothing that settles at t needs steps much finer than t.
Each is one of the implicit second-order formula (BDF2, steps of any ratio), solved by Newton sweeps
from the inputs on, a neuron at a time, until none corrects anything: what a step leaves over, the
guess for the next one would magnify.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from imnnc.physics.capacitances import column_farads, column_siemens, row_seconds
from imnnc.physics.charges import Charges, Farads
from imnnc.physics.crossbar import Crossbar
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray, IntArray, NetworkParameters
from imnnc.physics.operating_point import Nodes

# How near outputs must be to have settled, of how far they go; volts.
Band = Callable[[FloatArray], FloatArray]

_STEPS_AN_EDGE = 4
_MOST_SWEEPS = 30
_SWEPT_VOLTS = 1e-5  # of the last sweep's corrections: a hundredth of the least band
_AT_REST = 1.5  # times the last time at which an output was outside of its band
_LONGEST_SECONDS = 1e-5


@dataclass(frozen=True)
class StepResponse:
    """A network whose inputs step from sample to sample.

    Args:
        inverter: the unit inverter, which is also what reads V- of the last layer out.
        charges: its capacitances.
        parameters: the network.
        edge_seconds: how long inputs take from one voltage to another.
        growth: the length of a step, of the time since the edge: delays come out up to 1 % short
            with the least that is of use, 4 % with twice as much.
    """

    inverter: Inverter
    charges: Charges
    parameters: NetworkParameters
    edge_seconds: float
    growth: float = 1 / 24

    def seconds(self, layers: Sequence[Nodes], pairs: IntArray, band: Band) -> FloatArray:
        """From the middle of the edge until the last output is in its band for good, (P,).

        `layers` are the operating points (S, M) of samples, `pairs` (P, 2) the numbers of the
        samples between which inputs step.  Infinite where outputs do not settle within 10 us.
        """
        if not len(pairs):
            return np.zeros(0)
        with torch.no_grad():
            return _Run(self, layers, pairs, band).seconds()


class _Neurons(NamedTuple):
    """One layer's columns and inverters; tensors (M, 1) unless said otherwise."""

    siemens: Tensor  # at the ends of the columns, the rows and the other columns being held
    between: Tensor | None  # (M, M), amperes into an end a volt less at another, where wires are
    farads: Tensor  # at the ends of the columns, of wires and cells
    cell_farads: float  # from each row to each column
    row_farads: float  # from each row, of its wire and cells
    size_minus: Tensor
    size_plus: Tensor
    readout_farads: float  # at V-


class _Formula(NamedTuple):
    """BDF2: the derivative is `now` x - (`before` x_before - `earlier` x_earlier)."""

    now: float
    before: float
    earlier: float
    ratio: float  # of this step to that before

    @classmethod
    def of(cls, step: float, previous: float | None) -> _Formula:
        if previous is None:
            return cls(1 / step, 1 / step, 0.0, 0.0)
        ratio = step / previous
        over = 1 / ((1 + ratio) * step)
        return cls((1 + 2 * ratio) * over, (1 + ratio) / step, ratio**2 * over, ratio)


_Voltages = list[list[Tensor]]  # layer by layer: columns, V- and V+, (M, P)
_Pair = tuple[Tensor | float, Tensor | float]  # of V+ and of V-


class _Run:
    def __init__(
        self, of: StepResponse, layers: Sequence[Nodes], pairs: IntArray, band: Band
    ) -> None:
        before, after = pairs.T
        self.inverter, self.charges = of.inverter, of.charges
        self.edge, self.growth = of.edge_seconds, of.growth
        parasitics = of.parameters.parasitics
        self.resistor = parasitics.output_siemens
        supply = of.inverter.supply_volts
        # The first is driven by sources: its columns go from where they were to where they will be.
        self.crossbars: list[Crossbar] = crossbars_of(of.parameters, supply, start=1)
        self.neurons = list(_neurons(of))
        self.nodes: _Voltages = [[_columns(volts[before]) for volts in layer] for layer in layers]
        self.starts = _columns(layers[0].net[before])
        self.ends = _columns(layers[0].net[after])
        self.lag = row_seconds(
            of.parameters.layers[0].width, parasitics.wires_of(0), parasitics.capacitances_of(0)
        )
        self.rest = _columns(layers[-1].minus[after])
        swing = (self.rest - self.nodes[-1][1]).abs().numpy()
        self.band = torch.from_numpy(band(swing))

    def seconds(self) -> FloatArray:
        last = torch.zeros(self.rest.shape[1], dtype=torch.float64)
        outside = self._outside()
        time, previous = 0.0, None
        earlier = self.nodes
        while time < _LONGEST_SECONDS:
            step = max(self.edge / _STEPS_AN_EDGE, self.growth * (time - self.edge))
            before = self.nodes
            self._advance(time + step, before, earlier, _Formula.of(step, previous))
            earlier = before
            now = self._outside()
            # Within a step an output moves in a straight line.
            share = torch.where((outside > 0) & (now <= 0), outside / (outside - now), 0.0)
            share = torch.where(now > 0, 1.0, share).amax(0)
            last = torch.where(share > 0, time + share * step, last)
            outside, time, previous = now, time + step, step
            settled = bool((now <= 0).all())
            if settled and time > 2 * self.edge and time > _AT_REST * float(last.max()):
                break
        last = torch.where((outside > 0).any(0), math.inf, last)
        return np.asarray((last - self.edge / 2).clamp(min=0.0).numpy())

    def _outside(self) -> Tensor:
        """How far each output is outside of its band, (M, P) volts."""
        return (self.nodes[-1][1] - self.rest).abs() - self.band

    def _advance(
        self, time: float, before: _Voltages, earlier: _Voltages, formula: _Formula
    ) -> None:
        """To the nodes at `time`: a guess along a straight line, then Newton sweeps."""
        pairs = [list(zip(*pair, strict=True)) for pair in zip(before, earlier, strict=True)]
        self.nodes = [[x + formula.ratio * (x - y) for x, y in layer] for layer in pairs]
        past = [[formula.before * x - formula.earlier * y for x, y in layer] for layer in pairs]
        farads = [
            self.charges.at(torch.cat(layer[:2]), torch.cat(layer[1:])) for layer in self.nodes
        ]
        target = self.starts + self._risen(time) * (self.ends - self.starts)
        for _ in range(_MOST_SWEEPS):
            largest = 0.0
            floating: Tensor = target
            moving: Tensor | float = 0.0
            for number in range(len(self.neurons)):
                corrections = self._correct(
                    number, floating, moving, past, farads[number], formula.now
                )
                largest = max(largest, *(float(x.abs().max()) for x in corrections))
                if number < len(self.crossbars):
                    rows = self._rows(number)
                    floating = self.crossbars[number].nets(rows)
                    slopes = formula.now * rows - torch.cat([past[number][2], past[number][1]])
                    moving = slopes.sum(0)
            if largest < _SWEPT_VOLTS:
                break

    def _rows(self, number: int) -> Tensor:
        """The rows that a layer drives: V+ first, then V-."""
        _, minus, plus = self.nodes[number]
        return torch.cat([plus, minus])

    def _risen(self, time: float) -> float:
        """The share of their step that columns at rest would have gone, behind rows that lag."""
        if not self.lag:
            return min(1.0, time / self.edge)
        ramp = min(time, self.edge)
        decayed = math.exp(-ramp / self.lag)
        behind = self.lag / self.edge * (1 - decayed)
        if time <= self.edge:
            return ramp / self.edge - behind
        return 1 - behind * math.exp((self.edge - time) / self.lag)

    def _correct(
        self,
        number: int,
        floating: Tensor,
        moving: Tensor | float,
        past: _Voltages,
        farads: Farads,
        now: float,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """A Newton step of a layer, whose columns would float to `floating`; its three parts.

        `moving` is the sum of its rows' volts a second, `now` the derivative's part in the nodes
        as they stand, `past` (each layer's) the rest of it.
        """
        of, nodes = self.neurons[number], self.nodes[number]
        net, minus, plus = nodes
        slopes = [now * x - y for x, y in zip(nodes, past[number], strict=True)]
        amperes, by_input, by_output = (
            x.chunk(2)
            for x in self.inverter.spline.value_and_partials(
                torch.cat(nodes[:2]), torch.cat(nodes[1:])
            )
        )
        first, second = (Farads(*x) for x in zip(*(x.chunk(2) for x in farads), strict=True))
        first = Farads(*(of.size_minus * x for x in first))
        second = Farads(*(of.size_plus * x for x in second))
        taken, row_siemens, row_farads = self._load(number, past, slopes, now)
        # What leaves each node, in amperes, and what more for each volt there and beside it.
        at_net = (
            first.input_by_input * slopes[0]
            + first.input_by_output * slopes[1]
            + of.farads * slopes[0]
            - of.cell_farads * moving
            - _inflow(of, floating - net)
        )
        at_minus = (
            first.output_by_input * slopes[0]
            + first.output_by_output * slopes[1]
            + second.input_by_input * slopes[1]
            + second.input_by_output * slopes[2]
            + of.readout_farads * slopes[1]
            - of.size_minus * amperes[0]
            + self.resistor * minus
            + taken[1]
        )
        at_plus = (
            second.output_by_input * slopes[1]
            + second.output_by_output * slopes[2]
            - of.size_plus * amperes[1]
            + self.resistor * plus
            + taken[0]
        )
        own = now * (first.input_by_input + of.farads) + of.siemens
        minus_by_net = now * first.output_by_input - of.size_minus * by_input[0]
        minus_by_minus = (
            now * (first.output_by_output + second.input_by_input + of.readout_farads + row_farads)
            - of.size_minus * by_output[0]
            + self.resistor
            + row_siemens[1]
        )
        plus_by_minus = now * second.output_by_input - of.size_plus * by_input[1]
        plus_by_plus = (
            now * (second.output_by_output + row_farads)
            - of.size_plus * by_output[1]
            + self.resistor
            + row_siemens[0]
        )
        # Three by three, and of the corners nothing: a neuron is a chain.
        net_by_minus, minus_by_plus = now * first.input_by_output, now * second.input_by_output
        share = minus_by_net / own
        minus_by_minus = minus_by_minus - share * net_by_minus
        at_minus = at_minus - share * at_net
        share = plus_by_minus / minus_by_minus
        step_plus = (at_plus - share * at_minus) / (plus_by_plus - share * minus_by_plus)
        step_minus = (at_minus - minus_by_plus * step_plus) / minus_by_minus
        step_net = (at_net - net_by_minus * step_minus) / own
        self.nodes[number] = [net - step_net, minus - step_minus, plus - step_plus]
        return step_net, step_minus, step_plus

    def _load(
        self, number: int, past: _Voltages, slopes: list[Tensor], now: float
    ) -> tuple[_Pair, _Pair, float]:
        """Amperes that rows take, V+ and V-, and what they are a volt: siemens, and farads."""
        if number == len(self.crossbars):
            return (0.0, 0.0), (0.0, 0.0), 0.0
        crossbar, following = self.crossbars[number], self.neurons[number + 1]
        nets = self.nodes[number + 1][0]
        taken = crossbar.held_row_currents(self._rows(number), nets)
        coupled = following.cell_farads * (now * nets - past[number + 1][0]).sum(0)
        plus, minus = taken.chunk(2)
        farads = following.row_farads
        charged = plus + farads * slopes[2] - coupled, minus + farads * slopes[1] - coupled
        return charged, _both(crossbar.row_siemens[:, None]), farads


def _neurons(of: StepResponse) -> Iterator[_Neurons]:
    parasitics, layers = of.parameters.parasitics, of.parameters.layers
    for number, layer in enumerate(layers):
        wires, found = parasitics.wires_of(number), parasitics.capacitances_of(number)
        cells = np.vstack([layer.g_plus_siemens, layer.g_minus_siemens])
        own, between = column_siemens(cells, wires)
        yield _Neurons(
            _column(own),
            None if between is None else torch.from_numpy(between),
            _column(column_farads(cells, wires, found)),
            0.0 if found is None else found.cell_farads,
            0.0 if found is None else layer.width * (found.row_farads + found.cell_farads),
            _column(layer.size_minus),
            _column(layer.size_plus),
            of.inverter.input_farads if layer is layers[-1] else 0.0,
        )


def _inflow(of: _Neurons, missing: Tensor) -> Tensor:
    """Amperes (M, P) into the columns, so many volts below where they would float."""
    found = of.siemens * missing
    return found if of.between is None else torch.addmm(found, of.between, missing)


def _both(rows: Tensor) -> _Pair:
    """Those of V+ and those of V-."""
    plus, minus = rows.chunk(2)
    return plus, minus


def _columns(volts: FloatArray) -> Tensor:
    """Voltages (P, M) as (M, P)."""
    return torch.from_numpy(np.ascontiguousarray(volts.T))


def _column(values: FloatArray) -> Tensor:
    return torch.from_numpy(np.asarray(values, dtype=np.float64))[:, None]

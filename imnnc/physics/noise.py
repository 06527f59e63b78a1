"""Thermal noise at the nodes of a network, from its operating points.

Around an operating point the network is linear, C v' + G v = i, and noise currents are white: each
node's covariance P is what Lyapunov's equation has,

    (C^-1 G) P + P (C^-1 G)^T = C^-1 S C^-T,

with S the (two-sided) densities.  Those of resistors, crossbars with their wires among them, are
2 k T G (Nyquist, doi 10.1103/PhysRev.32.110); without transistors that is P = k T C^-1.  A channel
that is below threshold has the shot noise of the charges that cross it in both directions,

    S = q I coth(V_ds / 2 V_t),  V_t = k T / q,

which is q I in saturation and 2 k T g_ds at V_ds = 0, in strong inversion as well.  Flicker noise
is left out.  Cells and what they carry are taken as resistors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from scipy.linalg import solve, solve_continuous_lyapunov
from torch import Tensor

from imnnc.physics.capacitances import column_farads, column_siemens
from imnnc.physics.charges import Charges
from imnnc.physics.crossbar import Crossbar
from imnnc.physics.crossbars import crossbars_of
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray, NetworkParameters
from imnnc.physics.operating_point import Nodes

_BOLTZMANN = 1.380649e-23
_CHARGE = 1.602176634e-19
_ZERO_CELSIUS_KELVIN = 273.15
_LEAST_RATIO = 1e-6  # of a voltage along a channel to 2 V_t: below, what is at it


@dataclass(frozen=True)
class ThermalNoise:
    """A network whose nodes have noise.

    Args:
        inverter: the unit inverter, which is also what reads V- of the last layer out.
        charges: its capacitances.
        parameters: the network.
        celsius: its temperature.
    """

    inverter: Inverter
    charges: Charges
    parameters: NetworkParameters
    celsius: float

    @property
    def nodes(self) -> int:
        """How many there are: columns, V- and V+."""
        return 3 * sum(layer.width for layer in self.parameters.layers)

    def readout(self, layers: Sequence[Nodes]) -> FloatArray:
        """The covariance (S, M, M) of V- of the last layer in V^2, at operating points (S, M)."""
        with torch.no_grad():
            fixed = self._fixed()
            samples = range(len(layers[0].net))
            return np.stack([self._covariance(fixed, layers, sample) for sample in samples])

    def _fixed(self) -> _Linear:
        """What crossbars, resistors and read-outs are, which is the same at all samples."""
        parasitics, layers = self.parameters.parasitics, self.parameters.layers
        siemens, farads = np.zeros((2, self.nodes, self.nodes))
        places = self._places()
        crossbars: list[Crossbar] = crossbars_of(self.parameters, self.inverter.supply_volts)
        before = None
        for number, (layer, crossbar, (net, minus, plus)) in enumerate(
            zip(layers, crossbars, places, strict=True)
        ):
            wires, found = parasitics.wires_of(number), parasitics.capacitances_of(number)
            cells = np.vstack([layer.g_plus_siemens, layer.g_minus_siemens])
            own, between = column_siemens(cells, wires)
            columns = np.diag(own) + (0.0 if between is None else between)
            siemens[np.ix_(net, net)] += columns
            farads[net, net] += column_farads(cells, wires, found)
            for node in (minus, plus):
                siemens[node, node] += parasitics.output_siemens
            if before is not None:
                rows, (held, shares) = np.concatenate([before.plus, before.minus]), _rows(crossbar)
                siemens[np.ix_(rows, rows)] += held
                siemens[np.ix_(net, rows)] -= columns @ shares
                siemens[np.ix_(rows, net)] -= (columns @ shares).T
                if found is not None:
                    farads[rows, rows] += layer.width * (found.row_farads + found.cell_farads)
                    farads[np.ix_(net, rows)] -= found.cell_farads
                    farads[np.ix_(rows, net)] -= found.cell_farads
            before = _Places(net, minus, plus)
        farads[places[-1].minus, places[-1].minus] += self.inverter.input_farads
        return _Linear(siemens, farads)

    def _covariance(self, fixed: _Linear, layers: Sequence[Nodes], sample: int) -> FloatArray:
        thermal = _BOLTZMANN * (self.celsius + _ZERO_CELSIUS_KELVIN)
        siemens, farads = fixed.siemens.copy(), fixed.farads.copy()
        density = 2 * thermal * fixed.siemens
        for layer, nodes, (net, minus, plus) in zip(
            self.parameters.layers, layers, self._places(), strict=True
        ):
            for v_in, v_out, start, end, size in (
                (nodes.net, nodes.minus, net, minus, layer.size_minus),
                (nodes.minus, nodes.plus, minus, plus, layer.size_plus),
            ):
                at = torch.from_numpy(v_in[sample]), torch.from_numpy(v_out[sample])
                _, by_input, by_output = self.inverter.spline.value_and_partials(*at)
                siemens[end, start] -= size * by_input.numpy()
                siemens[end, end] -= size * by_output.numpy()
                density[end, end] += size * self._channels(*at, thermal).numpy()
                of = [size * x.numpy() for x in self.charges.at(*at)]
                for (row, column), value in zip(
                    ((start, start), (start, end), (end, start), (end, end)), of, strict=True
                ):
                    farads[row, column] += value
        inverse = solve(farads, np.eye(self.nodes))
        found = solve_continuous_lyapunov(inverse @ siemens, inverse @ density @ inverse.T)
        readout = self._places()[-1].minus
        covariance: FloatArray = found[np.ix_(readout, readout)]
        return covariance

    def _channels(self, v_in: Tensor, v_out: Tensor, thermal: float) -> Tensor:
        """Of both transistors of unit inverters, in A^2 / Hz, two-sided."""
        rail, twice = self.inverter.supply_volts, 2 * thermal / _CHARGE
        up = self.inverter.supply_current(v_in, v_out)
        down = up - self.inverter.output_current(v_in, v_out)
        found = torch.zeros_like(v_in)
        for amperes, along in ((up, rail - v_out), (down, rail + v_out)):
            ratio = (along / twice).clamp(min=_LEAST_RATIO)
            found = found + _CHARGE * amperes.clamp(min=0.0) / torch.tanh(ratio)
        return found

    def _places(self) -> list[_Places]:
        """Where the nodes of each layer are among all."""
        found, start = [], 0
        for layer in self.parameters.layers:
            ends = start + layer.width * np.arange(4)
            found.append(_Places(*(np.arange(*x) for x in pairwise(ends.tolist()))))
            start = int(ends[-1])
        return found


class _Linear(NamedTuple):
    siemens: FloatArray  # (n, n), amperes out of a node a volt at another
    farads: FloatArray


class _Places(NamedTuple):
    net: np.ndarray[tuple[int], np.dtype[np.int64]]
    minus: np.ndarray[tuple[int], np.dtype[np.int64]]
    plus: np.ndarray[tuple[int], np.dtype[np.int64]]


def _rows(crossbar: Crossbar) -> tuple[FloatArray, FloatArray]:
    """Of the rows that a layer drives: siemens (R, R) with columns held, and shares (M, R)."""
    count = len(crossbar.row_siemens)
    one, none = torch.eye(count, dtype=torch.float64), torch.zeros(count, 1, dtype=torch.float64)
    shares = crossbar.nets(one) - crossbar.nets(none)
    nets = torch.zeros(len(shares), 1, dtype=torch.float64)
    held = crossbar.held_row_currents(one, nets.expand(-1, count))
    held = held - crossbar.held_row_currents(none, nets)
    return held.numpy(), shares.numpy()

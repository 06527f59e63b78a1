"""Fits the curve networks to the characterised inverter, by Levenberg and Marquardt.

The networks have a few hundred weights and the target is smooth: second-order steps reach a
tenth of a millivolt in seconds where gradient descent stops at several.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from imnnc.physics.curve import features
from imnnc.physics.inverter import Inverter
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import CurveNetwork, CurveScales

_STARTS = 4
_CURVE_STARTS = 32
_CURVE_SAMPLES = 201
_STIRRED = 0.01
_FIRST_STEPS, _FURTHER_STEPS = 80, 40  # of a round
_SAMPLES = 4000
_HARDEST = 500
_TEST_SAMPLES = 50_000
_GOOD_RMS = 6e-4  # of the supply: 0.15 mV between rails of +-0.25 V
_GOOD_MAX = 4e-3


_Weights = tuple[Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class _Samples:
    v_in: Tensor  # (n,) volts
    g: Tensor  # (n,) siemens a unit size
    emf: Tensor  # (n,) volts
    v_out: Tensor  # (n,) volts


def curve_scales(table: InverterTable, g_max_siemens: float) -> CurveScales:
    """The natural scales of an inverter's load, read off its table."""
    inverter = Inverter(table)
    zero = torch.zeros(1, dtype=torch.float64)
    step = torch.full_like(zero, 1e-3)
    slope = inverter.output_current(zero, step) - inverter.output_current(zero, -step)
    on = inverter.output_current(zero - table.supply_volts, zero)
    return CurveScales(
        supply_volts=table.supply_volts,
        g_mid_siemens=float(-slope / 2e-3),
        g_on_siemens=float(on) / table.supply_volts,
        g_max_siemens=g_max_siemens,
    )


def fit_curve(
    table: InverterTable,
    scales: CurveScales,
    *,
    hidden: int,
    terms: int,
    rounds: int,
    seed: int,
    start: CurveNetwork | None = None,
) -> CurveNetwork:
    """Fit a network for loads of 0 to `g_max_siemens` a unit size, emf within the rails.

    Each round adds the hardest of fresh samples and goes on fitting; the last one is the first
    that is well within what is asked, or `rounds`.  The errors kept with the network are
    measured on samples that no fit has seen.  `start`, a network of a like inverter, is what
    is fitted where one round from there is well within what is asked; else it counts for nothing.
    """
    inverter = Inverter(table)
    random = torch.Generator().manual_seed(seed)
    train = _draw(inverter, scales, _SAMPLES, random)
    test = _draw(inverter, scales, _TEST_SAMPLES, random)
    if start is not None:
        weights = _levenberg_marquardt(_weights(start), scales, train, _FIRST_STEPS)
        warm = _network(weights, scales, test)
        if _is_good(warm):
            return warm
    weights = _best_start(inverter, scales, train, hidden, terms, random)
    best: CurveNetwork | None = None
    for number in range(rounds):
        steps = _FIRST_STEPS if number == 0 else _FURTHER_STEPS
        weights = _levenberg_marquardt(weights, scales, train, steps)
        network = _network(weights, scales, test)
        if best is None or network.rms_error_volts < best.rms_error_volts:
            best = network
        if _is_good(network):
            break
        train = _with_hardest(train, weights, inverter, scales, random)
    assert best is not None, "there is at least one round"
    return best


def _network(weights: _Weights, scales: CurveScales, test: _Samples) -> CurveNetwork:
    """The network of some weights, and its errors on samples that they were not fitted to."""
    arrays = [w.numpy().copy() for w in weights]
    found = _rms_and_worst(weights, scales, test)
    return CurveNetwork(scales, arrays[0], arrays[1], arrays[2], arrays[3], *found)


def _weights(network: CurveNetwork) -> _Weights:
    arrays = network.hidden_weight, network.hidden_bias, network.output_weight, network.output_bias
    a, b, c, d = map(torch.from_numpy, arrays)
    return a, b, c, d


def _is_good(network: CurveNetwork) -> bool:
    supply = network.scales.supply_volts
    rms, worst = network.rms_error_volts, network.max_error_volts
    return rms < _GOOD_RMS * supply and worst < _GOOD_MAX * supply


def errors_at_few(table: InverterTable, network: CurveNetwork) -> tuple[float, float]:
    """How far a network is from a table, in volts: RMS and at most.

    At some thousand loads and inputs, which are the same ones for every network.
    """
    samples = _draw(Inverter(table), network.scales, _SAMPLES, torch.Generator().manual_seed(0))
    return _rms_and_worst(_weights(network), network.scales, samples)


def _rms_and_worst(
    weights: _Weights, scales: CurveScales, samples: _Samples
) -> tuple[float, float]:
    error = _errors(weights, scales, samples)
    return float(error.square().mean().sqrt()), float(error.abs().max())


def _best_start(
    inverter: Inverter,
    scales: CurveScales,
    samples: _Samples,
    hidden: int,
    terms: int,
    random: torch.Generator,
) -> _Weights:
    """The best of a few starts after a few steps.

    A start has the best curve there is for the unloaded inverter, and hidden units at random
    that hardly move it yet.  From curves at random, most fits end with two of the tangents on
    top of each other, and with three times the error where the loads of a network are.
    """
    curve = _unloaded_curve(inverter, scales, terms, random)
    few = _Samples(*(getattr(samples, name)[::2] for name in ("v_in", "g", "emf", "v_out")))

    def start() -> _Weights:
        stirred = _normal(random, hidden, len(curve)) * (_STIRRED / math.sqrt(hidden))
        return 1.5 * _normal(random, 2, hidden), _normal(random, hidden), stirred, curve

    begun = [_levenberg_marquardt(start(), scales, few, steps=15) for _ in range(_STARTS)]
    return min(begun, key=lambda weights: _square_error(weights, scales, few))


def _unloaded_curve(
    inverter: Inverter, scales: CurveScales, terms: int, random: torch.Generator
) -> Tensor:
    """The coefficients (3 K + 1,) that come nearest to the inverter without a load."""
    supply = scales.supply_volts
    v_in = torch.linspace(-supply, supply, _CURVE_SAMPLES, dtype=torch.float64)
    none = torch.zeros_like(v_in)
    samples = _Samples(v_in, none, none, inverter.loaded_output(v_in, none, none))

    def start() -> _Weights:
        """A network without hidden units: its curve is one and the same for every load."""
        uniform = torch.rand(terms, generator=random, dtype=torch.float64)
        slopes = torch.exp(3 * uniform)
        centres = 0.3 * _normal(random, terms)
        falls = torch.full_like(slopes, -1 / terms)  # inverters do
        curve = torch.cat([falls, slopes, -slopes * centres, torch.zeros(1, dtype=torch.float64)])
        nothing = _normal(random, 0)
        return nothing.view(2, 0), nothing, nothing.view(0, len(curve)), curve

    fitted = [
        _levenberg_marquardt(start(), scales, samples, steps=100) for _ in range(_CURVE_STARTS)
    ]
    return min(fitted, key=lambda weights: _square_error(weights, scales, samples))[3]


def _normal(random: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=random, dtype=torch.float64)


def _with_hardest(
    train: _Samples,
    weights: _Weights,
    inverter: Inverter,
    scales: CurveScales,
    random: torch.Generator,
) -> _Samples:
    fresh = _draw(inverter, scales, 4 * _SAMPLES, random)
    hardest = _errors(weights, scales, fresh).abs().argsort(descending=True)[:_HARDEST]
    return _Samples(
        *(
            torch.cat([getattr(train, name), getattr(fresh, name)[hardest]])
            for name in ("v_in", "g", "emf", "v_out")
        )
    )


def _draw(inverter: Inverter, scales: CurveScales, count: int, random: torch.Generator) -> _Samples:
    """Loads and inputs over the whole range, denser at its edges and near the threshold."""

    def uniform() -> Tensor:
        return torch.rand(count, generator=random, dtype=torch.float64)

    def edges() -> Tensor:
        return -torch.cos(math.pi * uniform())

    supply = scales.supply_volts
    near = torch.randn(count, generator=random, dtype=torch.float64) * 0.25
    v_in = torch.where(uniform() < 0.6, near.clamp(-1, 1), edges()) * supply
    spread = math.log1p(scales.g_max_siemens / scales.g_mid_siemens)
    g = scales.g_mid_siemens * torch.expm1((edges() + 1) / 2 * spread)
    g = g.clamp(max=scales.g_max_siemens)
    emf = edges() * supply
    return _Samples(v_in, g, emf, inverter.loaded_output(v_in, g, emf))


def _errors(weights: _Weights, scales: CurveScales, samples: _Samples) -> Tensor:
    _, tangent, raw, own, share = _evaluated(weights, scales, samples)
    terms = tangent.shape[1]
    curve = (raw[:, :terms] * tangent).sum(1) + raw[:, -1]
    return own * curve + share * samples.emf - samples.v_out


def _square_error(weights: _Weights, scales: CurveScales, samples: _Samples) -> float:
    return float(_errors(weights, scales, samples).square().sum())


def _evaluated(
    weights: _Weights, scales: CurveScales, samples: _Samples
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Hidden units, tangents, raw coefficients, V_S (1 - t) and t: the curve, taken apart."""
    hidden_weight, hidden_bias, output_weight, output_bias = weights
    terms = (output_bias.shape[0] - 1) // 3
    hidden = torch.tanh(features(scales, samples.g, samples.emf) @ hidden_weight + hidden_bias)
    raw = hidden @ output_weight + output_bias
    x = samples.v_in[:, None] / scales.supply_volts
    tangent = torch.tanh(raw[:, terms : 2 * terms] * x + raw[:, 2 * terms : 3 * terms])
    share = samples.g / (samples.g + scales.g_on_siemens)
    return hidden, tangent, raw, scales.supply_volts * (1 - share), share


def _jacobian(weights: _Weights, scales: CurveScales, samples: _Samples) -> Tensor:
    """Derivatives (n, weights) of V_out to every weight, in the order of `weights`."""
    hidden, tangent, raw, own, _ = _evaluated(weights, scales, samples)
    load = features(scales, samples.g, samples.emf)
    x = samples.v_in[:, None] / scales.supply_volts
    slope = raw[:, : tangent.shape[1]] * (1 - tangent**2)
    to_raw = own[:, None] * torch.cat([tangent, slope * x, slope, torch.ones_like(x)], 1)
    to_hidden = (to_raw @ weights[2].T) * (1 - hidden**2)
    return torch.cat(
        [
            (load[:, :, None] * to_hidden[:, None, :]).flatten(1),
            to_hidden,
            (hidden[:, :, None] * to_raw[:, None, :]).flatten(1),
            to_raw,
        ],
        1,
    )


def _levenberg_marquardt(
    weights: _Weights, scales: CurveScales, samples: _Samples, steps: int
) -> _Weights:
    damping = 1e-2
    error = _errors(weights, scales, samples)
    for _ in range(steps):
        jacobian = _jacobian(weights, scales, samples)
        curvature = jacobian.T @ jacobian
        slope = jacobian.T @ error
        scale = torch.diag(curvature.diagonal().clamp(min=1e-12))
        for _ in range(10):
            step = torch.linalg.solve(curvature + damping * scale, slope)
            trial = _moved(weights, step)
            trial_error = _errors(trial, scales, samples)
            if trial_error.square().sum() < error.square().sum():
                weights, error = trial, trial_error
                damping = max(damping / 4, 1e-12)
                break
            damping *= 4
        else:
            break
    return weights


def _moved(weights: _Weights, step: Tensor) -> _Weights:
    parts = torch.split(step, [w.numel() for w in weights])
    a, b, c, d = (w - part.reshape(w.shape) for w, part in zip(weights, parts, strict=True))
    return a, b, c, d

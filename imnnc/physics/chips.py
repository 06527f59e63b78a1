"""Chips: draws of all that differs from one die to the next, and their operating points.

A draw is keyed by (seed, chip, layer, what is drawn), so a chip is the same one whatever the number
of workers, samples or other chips; and what a cause draws does not depend on which other causes
there are, so that one cause alone is the same as its part of all together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import torch
from torch import Tensor

from imnnc.design import Memristor, Technology, Transistor
from imnnc.engine.device import PROCESSOR
from imnnc.physics.crossbars import rows_and_bias
from imnnc.physics.devices import exact_dtype
from imnnc.physics.family import DeviceFamily, Shared, together
from imnnc.physics.inverter import Inverter
from imnnc.physics.mismatch import Devices, MismatchedSettler
from imnnc.physics.network import (
    BoolArray,
    FloatArray,
    GateVolts,
    LayerParameters,
    NetworkParameters,
    NeuronGates,
)
from imnnc.physics.operating_point import OperatingPoints, OperatingPointSolver
from imnnc.physics.settle import Neurons, Settler
from imnnc.tasks import ChipsSpec

_DEVIATIONS = 6.5
AGE_SECONDS = 365.25 * 86400  # where a source says nothing
# Cells fall as (t / t0)^-nu from t0 on, each by an exponent of its own.  Phase-change cells have
# exponents that spread by 16 % of their mean where they conduct most, by 45 % where least; source:
# Joshi et al., doi 10.1038/s41467-020-16108-9, as in IBM's aihwkit.
DRIFT_FROM_SECONDS = 20.0
_DRIFT_SPREAD = 0.3
LEAST_FACTOR = 0.01  # no cell conducts less than this part of what it was programmed to


class Drawn(IntEnum):
    """What is drawn: a part of the key, whose numbers are not to change."""

    THRESHOLDS = 1
    CELLS = 2
    STUCK = 3
    READ_NOISE = 4
    SHARED = 5
    DRIFT = 6
    PULSES = 7
    DEVICES = 8
    VERIFYING = 9


@dataclass(frozen=True)
class Spread:
    """How chips differ: standard deviations and shares, 0 where they do not."""

    up_volts: float = 0.0  # threshold of the PMOS of a unit inverter
    down_volts: float = 0.0  # of the NMOS
    cells: float = 0.0  # of a programmed conductance, relative
    lognormal: bool = False  # else Gaussian
    read_noise: float = 0.0  # of a cell, relative, another one at each read
    stuck_low: float = 0.0  # share of formed cells at the least conductance
    stuck_high: float = 0.0  # at the largest
    low_siemens: float = 0.0  # those conductances
    high_siemens: float = 0.0
    process: float = 0.0  # of a speed, where corners are at 1; none is beyond them
    cooler_kelvin: float = 0.0  # from so far above the nominal temperature, anywhere
    warmer_kelvin: float = 0.0  # to so far
    supply: float = 0.0  # up to this, relative, on either side
    drift: float = 0.0  # mean exponent of a conductance's fall in time
    age: float = 1.0  # of chips, in times of `DRIFT_FROM_SECONDS`

    @property
    def shares(self) -> bool:
        """Whether there is anything that all transistors of a chip share."""
        return bool(self.process or self.cooler_kelvin or self.warmer_kelvin or self.supply)

    def only(self, *causes: str) -> Spread:
        """Without all other causes: of `CAUSES`."""
        kept = {name for cause in causes for name in CAUSES[cause]}
        every = {name for names in CAUSES.values() for name in names}
        return replace(self, **dict.fromkeys(every - kept, 0.0))  # type: ignore[arg-type]

    @property
    def causes(self) -> tuple[str, ...]:
        """Those that are there."""
        return tuple(
            cause for cause, names in CAUSES.items() if any(getattr(self, x) for x in names)
        )


def spread_of(
    technology: Technology, memristor: Memristor, spec: ChipsSpec | None = None
) -> Spread:
    """How chips of a technology and a device differ; transistors are alike where nothing is known.

    What chips as a whole go through is `spec`'s.  Pelgrom: a threshold's standard deviation is its
    coefficient over the root of the area.
    """
    spec = spec or ChipsSpec()
    up = down = 0.0
    if technology.mismatch is not None:
        up = technology.mismatch.pmos_volt_meters / math.sqrt(_area(technology.pmos))
        down = technology.mismatch.nmos_volt_meters / math.sqrt(_area(technology.nmos))
    return Spread(
        up,
        down,
        memristor.variation,
        memristor.distribution == "lognormal",
        memristor.read_noise,
        memristor.stuck_low,
        memristor.stuck_high,
        memristor.conductance_min_siemens,
        memristor.conductance_max_siemens,
        process=0.0 if spec.process is None else 1 / spec.process,
        cooler_kelvin=_kelvin(spec.coldest_celsius, technology),
        warmer_kelvin=_kelvin(spec.hottest_celsius, technology),
        supply=spec.supply or 0.0,
        drift=memristor.drift or 0.0,
        age=(spec.age_seconds or AGE_SECONDS) / DRIFT_FROM_SECONDS,
    )


def _kelvin(celsius: float | None, technology: Technology) -> float:
    """How much warmer than the technology is designed for."""
    return 0.0 if celsius is None else celsius - technology.temperature_celsius


def _area(transistor: Transistor) -> float:
    return transistor.width_meters * transistor.length_meters


# Each cause by itself, and the members of `Spread` that say how much of it there is.
CAUSES: dict[str, tuple[str, ...]] = {
    "thresholds": ("up_volts", "down_volts"),
    "cells": ("cells",),
    "read noise": ("read_noise",),
    "stuck": ("stuck_low", "stuck_high"),
    "process": ("process",),
    "temperature": ("cooler_kelvin", "warmer_kelvin"),
    "supply": ("supply",),
    "drift": ("drift",),
}


@dataclass(frozen=True)
class Chip:
    """One draw: cells as they came out, and what the gates of its transistors are off by."""

    number: int
    parameters: NetworkParameters
    gates: tuple[NeuronGates, ...] | None  # of each layer; None: transistors are alike
    read_noise: float
    seed: int
    shared: Shared | None = None  # None: as designed for
    rails_volts: float = 0.0  # as of a `Die`


def draw(parameters: NetworkParameters, spread: Spread, seed: int, number: int) -> Chip:
    """Chip `number` of those that `seed` makes of a network as programmed."""
    layers, gates = [], []
    for index, layer in enumerate(parameters.layers):
        layers.append(_cells(layer, spread, seed, number, index))
        random = random_of(seed, number, index, Drawn.THRESHOLDS)
        # Pelgrom: an inverter of size s has s times the area of a unit inverter.
        gates.append(
            NeuronGates(
                *(
                    GateVolts(
                        *(
                            sigma * random.standard_normal(layer.width) / np.sqrt(sizes)
                            for sigma in (spread.up_volts, spread.down_volts)
                        )
                    )
                    for sizes in (layer.size_minus, layer.size_plus)
                )
            )
        )
    apart = bool(spread.up_volts or spread.down_volts)
    return Chip(
        number,
        replace(parameters, layers=tuple(layers)),
        tuple(gates) if apart else None,
        spread.read_noise,
        seed,
        _shared(spread, seed, number) if spread.shares else None,
    )


def _shared(spread: Spread, seed: int, number: int) -> Shared:
    random = random_of(seed, number, 0, Drawn.SHARED)
    n, p = np.clip(spread.process * random.standard_normal(2), -1, 1).tolist()
    warmth, supply = random.random(2).tolist()
    kelvin = spread.cooler_kelvin + warmth * (spread.warmer_kelvin - spread.cooler_kelvin)
    return Shared(n, p, kelvin, spread.supply * (2 * supply - 1))


def reach_volts(parameters: NetworkParameters, spread: Spread) -> float:
    """How far from its input a gate of any chip may be: 6.5 deviations, one draw in 10^10."""
    smallest = min(
        float(min(layer.size_minus.min(), layer.size_plus.min())) for layer in parameters.layers
    )
    return _DEVIATIONS * max(spread.up_volts, spread.down_volts) / math.sqrt(smallest)


def _cells(
    layer: LayerParameters, spread: Spread, seed: int, number: int, index: int
) -> LayerParameters:
    """The cells of a layer as they came out; those that are not formed leak as they did."""
    programmed = np.stack([layer.g_plus_siemens, layer.g_minus_siemens])
    formed = formed_cells(layer)
    found = programmed
    if spread.cells:
        random = random_of(seed, number, index, Drawn.CELLS)
        normal = random.standard_normal(programmed.shape)
        if spread.lognormal:
            factors = np.exp(spread.cells * normal - spread.cells**2 / 2)
        else:
            factors = np.maximum(1 + spread.cells * normal, LEAST_FACTOR)
        found = np.where(formed, programmed * factors, programmed)
    if spread.drift:
        normal = random_of(seed, number, index, Drawn.DRIFT).standard_normal(programmed.shape)
        exponents = spread.drift * np.maximum(1 + _DRIFT_SPREAD * normal, 0.0)
        found = np.where(formed, found * spread.age**-exponents, found)
    if spread.stuck_low or spread.stuck_high:
        shares = spread.stuck_low, spread.stuck_high
        low, high = stuck_cells(programmed.shape, shares, (seed, number, index))
        found = np.where(formed & low, spread.low_siemens, found)
        found = np.where(formed & high, spread.high_siemens, found)
    return replace(layer, g_plus_siemens=found[0], g_minus_siemens=found[1])


def formed_cells(layer: LayerParameters) -> BoolArray:
    """Which cells of a layer are formed, (2, N + P, M), those of the plus rows first."""
    masks = (layer.formed_plus, layer.formed_minus)
    whole = np.ones_like(layer.g_plus_siemens, dtype=bool)
    return np.stack([whole if mask is None else mask for mask in masks])


def stuck_cells(
    shape: tuple[int, ...], shares: tuple[float, float], key: tuple[int, int, int]
) -> tuple[BoolArray, BoolArray]:
    """Which cells (2, N + P, M), if they are formed, are stuck at the least and at the largest
    conductance, with such shares of each; of a layer by its `key`: seed, chip, layer."""
    drawn = random_of(*key, Drawn.STUCK).random(shape)
    return drawn < shares[0], drawn > 1 - shares[1]


def random_of(seed: int, number: int, layer: int, drawn: Drawn) -> np.random.Generator:
    """The draws of one kind for a layer of a chip."""
    return np.random.default_rng([seed, number, layer, int(drawn)])


class Silicon:
    """The transistors of a chip, and what solves operating points with them."""

    def __init__(self, inverter: Inverter, devices: Devices, device: str = PROCESSOR.name) -> None:
        """At one corner, temperature and supply; solved on `device`."""
        self.inverter, self.devices = inverter, devices
        self._solver, self._device = OperatingPointSolver(inverter, device=device), device

    def solve(self, chip: Chip, inputs_volts: FloatArray) -> OperatingPoints:
        """Every node of a chip for inputs (S, N) in volts, seen from the middle of its rails."""
        neurons = None
        if chip.gates is not None:
            neurons = neurons_of(chip.gates, self.devices, self._solver.settler, self._device)
        noise = None
        if chip.read_noise:
            noise = _ReadNoise(chip, self.inverter.supply_volts, self._device)
        return self._solver.solve(chip.parameters, inputs_volts, neurons, noise, chip.rails_volts)


class ChipSolver:
    """Solves the operating points of chips."""

    def __init__(
        self,
        inverter: Inverter,
        devices: Devices,
        family: DeviceFamily | None = None,
        device: str = PROCESSOR.name,
    ) -> None:
        """One technology; `family` is what chips are made of that share what is not nominal.

        Solved on `device`; what is drawn is drawn on the processor, the same for all.
        """
        self._nominal, self._family = Silicon(inverter, devices, device), family
        self._device = device

    def silicon(self, chip: Chip) -> Silicon:
        """The transistors of a chip."""
        if chip.shared is None:
            return self._nominal
        assert self._family is not None, "such chips are made of a family"
        devices, nominal = self._family.at(chip.shared), self._nominal.inverter
        table = together(devices, nominal.input_farads, nominal.output_farads)
        return Silicon(Inverter(table), Devices(devices), self._device)

    def solve(self, chip: Chip, inputs_volts: FloatArray) -> OperatingPoints:
        """Every node of a chip for inputs (S, N) in volts, seen from the middle of its rails."""
        return self.silicon(chip).solve(chip, inputs_volts)


class _ReadNoise:
    """The noise of a chip's columns at each sample."""

    def __init__(self, chip: Chip, supply_volts: float, device: str) -> None:
        self._deviation = chip.read_noise
        self._noises = []
        for layer in chip.parameters.layers:
            rows, bias = (x.to(device, exact_dtype(device)) for x in rows_and_bias(layer))
            self._noises.append(ColumnNoise(rows, bias, supply_volts))
        # Samples after samples, so that the noise of one is the same whatever their number.
        self._random = [
            random_of(chip.seed, chip.number, number, Drawn.READ_NOISE)
            for number in range(len(self._noises))
        ]

    def __call__(self, number: int, rows: Tensor, net: Tensor) -> Tensor:
        """Volts (M, B) at the columns of layer `number`; see `OperatingPointSolver.solve`."""
        volts = self._noises[number].volts(rows, net)
        normal = torch.from_numpy(self._random[number].standard_normal((net.shape[1], len(net)))).T
        return self._deviation * volts * normal.to(volts)


class ColumnNoise:
    """What noise of the cells makes of columns, to first order, in which it is Gaussian.

    Cells g (1 + d), d of deviation s, average their rows to a column that is off by the sum of
    w (v - net) d, with w = g / sum of g: a deviation of s times the root of the sum of its squares.
    What it does to the load of a row is left out: s of what flows in a cell, of either sign.
    """

    def __init__(self, rows: Tensor, bias: Tensor, supply_volts: float) -> None:
        """Of cells in siemens, `rows` (2 N, M) and `bias` (2 P, M)."""
        whole = rows.sum(0) + bias.sum(0)
        self._weights = (rows / whole) ** 2
        self._biases = torch.stack([((cells / whole) ** 2).sum(0) for cells in bias.chunk(2)])
        self._supply = supply_volts

    def volts(self, rows: Tensor, net: Tensor) -> Tensor:
        """Deviations (M, B) of columns at `net`, over s, with rows at `rows` (2 N, B)."""
        weights, bias, supply = self._weights, self._biases, self._supply
        squares = weights.T @ rows**2 - 2 * net * (weights.T @ rows)
        squares = squares + weights.sum(0)[:, None] * net**2
        squares = squares + bias[0][:, None] * (supply - net) ** 2
        squares = squares + bias[1][:, None] * (supply + net) ** 2
        return squares.clamp(min=0).sqrt()


def neurons_of(
    gates: Sequence[NeuronGates], devices: Devices, nominal: Settler, device: str = PROCESSOR.name
) -> tuple[Neurons, ...]:
    """What solves the inverters of each layer, on `device`."""
    return tuple(
        Neurons(*(MismatchedSettler(devices, nominal, x, device) for x in layer)) for layer in gates
    )

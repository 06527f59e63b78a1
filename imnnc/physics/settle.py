"""The output voltages of loaded inverters, with their slopes, for many samples at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from imnnc.physics.inverter import Inverter
from imnnc.physics.spline import MARGIN_CELLS, BicubicSpline

STEPS = 60
# A step that is smaller than this is the last: after it, Newton's error is some 50 / V times its
# square, 5e-12 V.
SETTLED_VOLTS = 3e-7
_SETTLED_SINGLE = 1e-6
STEEPEST_SIEMENS = 1e-15
_WIDE = 20_000  # outputs from which on several threads are worth waking
# Where to begin: points along V_in, along the load and along the voltage behind it.
_GUESS_SHAPE = (65, 25, 17)
_AGREED_VOLTS = 1e-9  # or the slopes of so many: what two ways to one root may be apart
_HEAVIEST = 1e5  # loads, in units of the inverter's own conductance


# What flows out of outputs at some voltages, amperes, and its slopes to V_in and to V_out.
Currents = Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]


class Settled(NamedTuple):
    """Outputs (rows, samples) in volts, and their slopes to their loads' emf and to V_in."""

    v_out: Tensor
    to_emf: Tensor
    to_input: Tensor


class SineLoad(NamedTuple):
    """Loads that are sums of K hyperbolic sines, in siemens a unit size.

    I is the sum of (A sinh(b V) - U cosh(b V)) / b.  Cells g to columns n put A = w times the sum
    of g cosh(b n) and U = w times that of g sinh(b n) on an output.
    """

    up: Tensor  # U (K, rows, samples)
    across: Tensor  # A (K, rows, samples)
    per_volt: tuple[float, ...]  # b

    def at(self, volts: Tensor) -> tuple[Tensor, Tensor]:
        """Amperes and their slope, in siemens, (rows, samples)."""
        b = volts.new_tensor(self.per_volt)[:, None, None]
        sine, cosine = torch.sinh(b * volts), torch.cosh(b * volts)
        amperes = (self.across * sine - self.up * cosine) / b
        return amperes.sum(0), (self.across * cosine - self.up * sine).sum(0)


class Settler:
    """Solves I(v_in, v) = g (v - emf) for v, the balance of a unit inverter and its load.

    On the processor in float64 by compiled loops, where numba is installed; else, and in
    float32 and on other devices, by the same steps on torch.
    """

    def __init__(self, inverter: Inverter, compiled: bool | None = None) -> None:
        """`compiled`: whether to use numba; None: where it is installed."""
        self._inverter = inverter
        self._rail = inverter.supply_volts
        self._kernel = compiled_loops() if compiled in (None, True) else None
        if compiled and self._kernel is None:
            raise ModuleNotFoundError("numba is not installed")
        step, zero = 1e-3, torch.zeros(1, dtype=torch.float64)
        up, down = (
            inverter.output_current(zero, zero + step),
            inverter.output_current(zero, zero - step),
        )
        self._middle = float(down - up) / (2 * step)
        self._moved: dict[tuple[torch.device, torch.dtype], Tensor] = {}
        self._guesses = self._surface()

    @property
    def rail(self) -> float:
        """The rails are at plus and minus so many volts."""
        return self._rail

    @property
    def kernel(self) -> ModuleType | None:
        """Numba's loops; None: there is no numba."""
        return self._kernel

    def guess(self, v_in: Tensor, g: Tensor, emf: Tensor) -> Tensor:
        """Outputs (rows, samples) within 20 mV, 1 or 2 mV on average.

        For `v_in` and `emf` (rows, samples) in volts, and loads g (rows,) in siemens.
        """
        if self.compiled_for(v_in):
            found = torch.empty_like(v_in, memory_format=torch.contiguous_format)
            guesses, levels = self._guesses_like(v_in), self._levels(g)
            loops_for(v_in, "guess")(
                array(guesses), self._rail, *map(array, (levels, v_in, emf, found))
            )
            return found
        table = self._guesses_like(v_in)
        across, heights, along = table.shape
        level = self._levels(g)[:, None] * (heights - 1)
        x = (v_in + self._rail) / (2 * self._rail) * (across - 1)
        y = (emf + self._rail) / (2 * self._rail) * (along - 1)
        places = [
            (at.floor().clamp(0, last - 2).long(), at)
            for at, last in ((x, across), (level.expand_as(x), heights), (y, along))
        ]
        (i, x), (k, level), (j, y) = places
        total = torch.zeros_like(x)
        for p in (0, 1):
            for q in (0, 1):
                for r in (0, 1):
                    weight = torch.ones_like(x)
                    for at, cell, side in ((x, i, p), (level, k, q), (y, j, r)):
                        part = at - cell
                        weight = weight * (part if side else 1 - part)
                    total = total + weight * table[i + p, k + q, j + r]
        return total.clamp(-self._rail, self._rail)

    def settle(self, v_in: Tensor, g: Tensor, emf: Tensor, start: Tensor) -> Settled:
        """The outputs for `v_in` and `emf` (rows, samples) and loads g (rows,), from `start`.

        Volts, and siemens a unit size.  The balance falls with v, so its root between the rails
        is the only one: Newton steps, with bisection wherever one would leave the bracket.
        """
        if self.compiled_for(v_in):
            return self._settle_compiled("settle", v_in, g, emf, start, None)
        return settle_on_torch(self._currents(v_in), self._rail, g[:, None], emf, start)

    def settle_bent(self, v_in: Tensor, g: Tensor, load: SineLoad, start: Tensor) -> Settled:
        """The same for loads g (rows,) to ground and hyperbolic sines beside them.

        `to_emf` are the slopes to amperes a unit size.
        """
        if self.compiled_for(v_in):
            return self._settle_compiled(
                "settle_bent", v_in, g, torch.zeros_like(v_in), start, load
            )
        ground, currents = torch.zeros_like(v_in), self._currents(v_in)
        return settle_on_torch(currents, self._rail, g[:, None], ground, start, load)

    def _settle_compiled(
        self,
        name: str,
        v_in: Tensor,
        g: Tensor,
        emf: Tensor,
        start: Tensor,
        load: SineLoad | None,
    ) -> Settled:
        v_out = start.detach().clone(memory_format=torch.contiguous_format)
        slopes, to_input = torch.empty_like(v_out), torch.empty_like(v_out)
        spline = self._inverter.spline.like(v_in)
        loops_for(v_in, name)(
            array(spline.coefficients),
            spline.low,
            1 / spline.step,
            MARGIN_CELLS,
            self._rail,
            array(v_in),
            array(g),
            array(emf),
            array(v_out),
            STEPS,
            SETTLED_VOLTS,
            array(slopes),
            array(to_input),
            *sines(load, v_in),
        )
        return Settled(v_out, slopes, to_input)

    def _currents(self, v_in: Tensor) -> Currents:
        spline = self._inverter.spline.like(v_in)
        return lambda v_out: spline.value_and_partials(v_in, v_out)

    def compiled_for(self, like: Tensor) -> bool:
        """Whether loops are compiled for tensors such as this."""
        if self._kernel is None or like.dtype != torch.float64:
            return False
        return like.device.type == "cpu" or (
            like.is_cuda and cuda_loops(like.get_device()) is not None
        )

    def _guesses_like(self, tensor: Tensor) -> Tensor:
        where = tensor.device, tensor.dtype
        if where not in self._moved:
            self._moved[where] = self._guesses.to(tensor)
        return self._moved[where]

    def _levels(self, g: Tensor) -> Tensor:
        """Loads on a scale from 0 to 1 that is even where they bend the curve."""
        return torch.log1p(g / self._middle) / float(np.log1p(_HEAVIEST))

    def _surface(self) -> Tensor:
        """The outputs at the points of the guess."""
        across, heights, along = _GUESS_SHAPE
        volts = torch.linspace(-self._rail, self._rail, across, dtype=torch.float64)
        levels = torch.linspace(0, 1, heights, dtype=torch.float64)
        loads = self._middle * torch.expm1(levels * float(np.log1p(_HEAVIEST)))
        emf = torch.linspace(-self._rail, self._rail, along, dtype=torch.float64)
        # A row is a load; its samples are all pairs of V_in and emf.
        v_in = volts.repeat_interleave(along).expand(heights, -1).contiguous()
        behind = emf.repeat(across).expand(heights, -1).contiguous()
        found = self.settle(v_in, loads, behind, torch.zeros_like(v_in)).v_out
        return found.view(heights, across, along).transpose(0, 1).contiguous()


class ShiftedSettler:
    """As `Settler`, for inverters that see `shift` (rows, samples) volts more than is there."""

    def __init__(self, settler: Settler, shift: Tensor) -> None:
        self._settler = settler
        self._shift = shift

    def guess(self, v_in: Tensor, g: Tensor, emf: Tensor) -> Tensor:
        """As `Settler.guess`."""
        rail = self._settler.rail
        return self._settler.guess((v_in + self._shift).clamp(-rail, rail), g, emf)

    def settle(self, v_in: Tensor, g: Tensor, emf: Tensor, start: Tensor) -> Settled:
        """As `Settler.settle`."""
        return self._settler.settle(v_in + self._shift, g, emf, start)

    def settle_bent(self, v_in: Tensor, g: Tensor, load: SineLoad, start: Tensor) -> Settled:
        """As `Settler.settle_bent`."""
        return self._settler.settle_bent(v_in + self._shift, g, load, start)


class Settling(Protocol):
    """What solves inverters with their loads: `Settler`, and others of the same methods."""

    def guess(self, v_in: Tensor, g: Tensor, emf: Tensor) -> Tensor:
        """Where to begin."""

    def settle(self, v_in: Tensor, g: Tensor, emf: Tensor, start: Tensor) -> Settled:
        """The outputs and their slopes."""

    def settle_bent(
        self, v_in: Tensor, g: Tensor, load: SineLoad, start: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The same where loads are hyperbolic sines."""


class Neurons(NamedTuple):
    """What solves the two inverters of each neuron of a layer: INV1, which is at V-, and INV2."""

    minus: Settling
    plus: Settling


def settle_on_torch(
    currents: Currents,
    rail: float,
    g: Tensor,
    emf: Tensor,
    start: Tensor,
    load: SineLoad | None = None,
) -> Settled:
    """The steps of the compiled loops on torch, for loads `g` (rows, 1) and sines beside them."""
    below, above = torch.full_like(emf, -rail), torch.full_like(emf, rail)
    v = start
    single = emf.dtype == torch.float32
    conductance = rise = torch.ones_like(emf)
    for _ in range(STEPS if emf.numel() else 0):
        current, rise, slope = currents(v)
        balance, fall = current - g * (v - emf), g
        if load is not None:
            taken, more = load.at(v)
            balance, fall = balance - taken, fall + more
        below = torch.where(balance > 0, v, below)
        above = torch.where(balance > 0, above, v)
        conductance = (fall - slope).clamp(min=STEEPEST_SIEMENS)
        newton = v + balance / conductance
        inside = (newton >= below) & (newton <= above)
        following = torch.where(inside, newton, (below + above) / 2)
        moved = (following - v).abs().max()
        v = following
        if bool(moved < (_SETTLED_SINGLE if single else SETTLED_VOLTS)):
            break
    to_emf = g / conductance if load is None else 1 / conductance
    return Settled(v, to_emf.expand_as(v), rise / conductance)


def is_wide(volts: Tensor) -> bool:
    """Whether several threads are worth waking."""
    return volts.numel() >= _WIDE and torch.get_num_threads() > 1


def array(tensor: Tensor) -> Any:
    """A tensor as compiled loops take it: of the processor as numpy has it."""
    found = tensor.detach().contiguous()
    return found if found.is_cuda else found.numpy()


def sines(load: SineLoad | None, like: Tensor) -> tuple[Any, Any, Any]:
    """Loads that are sines as compiled loops take them; None: they are resistors alone."""
    if load is None:
        return _unbent(like.device)
    return array(load.up), array(load.across), array(like.new_tensor(load.per_volt))


@cache
def _unbent(device: torch.device) -> tuple[Any, Any, Any]:
    # Nobody looks at them, but a GPU has no arrays without an element.
    parts = (torch.zeros(shape, dtype=torch.float64, device=device) for shape in ((1, 1, 1),) * 2)
    up, across = (array(x) for x in parts)
    return up, across, array(torch.zeros(1, dtype=torch.float64, device=device))


def loops_for(like: Tensor, name: str) -> Any:
    """The compiled loops of a name that there are for tensors such as this."""
    if like.is_cuda:
        on_gpu = cuda_loops(like.get_device())
        assert on_gpu is not None
        return on_gpu.loops(name, tuple(like.shape), like.get_device())
    kernel = compiled_loops()
    assert kernel is not None
    return getattr(kernel, name)[is_wide(like)]


@cache
def cuda_loops(card: int) -> ModuleType | None:
    """`imnnc.physics.cuda_kernel`; None, with a warning, where it does not do what it should.

    Numba may have no compiler for it; and loops count only where they come to what torch does.
    """
    try:
        from imnnc.physics import cuda_kernel

        off = _off_torch(cuda_kernel, torch.device("cuda", card))
        if not off < _AGREED_VOLTS:
            raise RuntimeError(f"its loops are {off:.3g} V off")
    except Exception as error:  # whatever is missing of CUDA's tools makes numba raise
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        warnings.warn(
            f"numba cannot compile for the GPU, its solver runs on torch: {reason};"
            " `pip install 'numba-cuda[cu13]'`, or `cu12`, brings its compiler",
            stacklevel=2,
        )
        return None
    return cuda_kernel


def _off_torch(kernel: Any, device: torch.device) -> float:
    """How far loops of `kernel` are from the same steps on torch, for a made-up inverter, volts."""
    volts = np.linspace(-0.3, 0.3, 41)
    amperes = -1e-6 * np.add.outer(np.tanh(20 * volts), volts)
    spline = BicubicSpline(amperes, -0.3, 0.3).to(device, torch.float64)
    v_in = torch.linspace(-0.2, 0.2, 300, dtype=torch.float64).view(3, 100).to(device)
    emf, g = -v_in.flip(1), v_in.new_tensor([0.0, 1e-7, 1e-5])
    start = torch.zeros_like(v_in)
    wanted = settle_on_torch(
        lambda v: spline.value_and_partials(v_in, v), 0.25, g[:, None], emf, start
    )
    found = [torch.zeros_like(v_in) for _ in range(3)]
    kernel.loops("settle", tuple(v_in.shape), max(0, v_in.get_device()))(
        *(array(spline.coefficients), spline.low, 1 / spline.step, MARGIN_CELLS, 0.25),
        *(*map(array, (v_in, g, emf, found[0])), STEPS, SETTLED_VOLTS),
        *(*map(array, found[1:]), *sines(None, v_in)),
    )
    return max(float((one - other).abs().max()) for one, other in zip(found, wanted, strict=True))


@cache
def compiled_loops() -> ModuleType | None:
    """`imnnc.physics.kernel`; None, with a warning, where numba is not installed."""
    try:
        from imnnc.physics import kernel
    except ImportError:
        warnings.warn(
            "numba is not installed: the equilibrium of circuits is solved on torch, in several"
            " times the time; `pip install imnnc[fast]` brings it",
            stacklevel=2,
        )
        return None
    return kernel

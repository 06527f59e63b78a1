"""A compiled network's static behaviour as a module of torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from imnnc.artifacts.checks import BEYOND_RAILS
from imnnc.data.units import InputUnits
from imnnc.diagnostics import fail

# Read-outs (S, M) of inputs (S, N), volts in float64, differentiable
Readout = Callable[[Tensor], Tensor]


class Circuit(nn.Module):
    """Read-outs (S, M) in volts, V- of the output layer, of inputs (S, ...).

    Gradients reach the inputs.  It is computed in float64 on the processor, and answers in the
    precision of its inputs.  It has no parameters: cells are as they were programmed.
    """

    def __init__(
        self, readout: Readout, inputs: int, supply_volts: float, units: InputUnits | None
    ) -> None:
        """Inputs are N volts a sample, or with `units` values in the units of the data."""
        super().__init__()
        self._readout = readout
        self._inputs = inputs
        self._supply_volts = supply_volts
        self._units = units

    def forward(self, inputs: Tensor) -> Tensor:
        """The read-outs of samples, one or more.

        Raises:
            CompileError: IM716 where inputs are not of this network, IM332 where an operating
                point was not found.
        """
        volts = self.volts(inputs)
        dtype = inputs.dtype if inputs.is_floating_point() else torch.get_default_dtype()
        return self._readout(volts).to(inputs.device, dtype)

    def volts(self, inputs: Tensor) -> Tensor:
        """What the plus rows of the inputs are at, (S, N) volts in float64."""
        values = inputs.reshape(len(inputs), -1).double().cpu()
        wanted = self._inputs if self._units is None else self._units.values
        if values.shape[1] != wanted:
            raise fail(
                "IM716",
                f"the network has {wanted} values a sample, the inputs have the shape"
                f" {tuple(inputs.shape)}",
            )
        if not bool(torch.isfinite(values).all()):
            raise fail("IM716", "inputs must be finite, some are not")
        if self._units is not None:
            return to_volts(values, self._units)
        limit = self._supply_volts * BEYOND_RAILS
        if values.numel() and float(values.detach().abs().max()) > limit:
            raise fail(
                "IM716",
                f"inputs must be volts between the rails, from -{self._supply_volts:g} to"
                f" {self._supply_volts:g}, some are beyond",
                help='name the source for samples in the units of its data: `to_torch("net.imnn")`',
            )
        return values

    def __deepcopy__(self, memo: dict[int, Any]) -> Circuit:
        """Itself: nothing of it ever changes, and compiled loops cannot be copied."""
        return self


def to_volts(values: Tensor, units: InputUnits) -> Tensor:
    """The volts (S, N) of samples (S, F) in the units of the data."""
    if units.normalize is not None:
        scale = units.normalize
        offset, reach = (torch.from_numpy(x) for x in (scale.offset, scale.reach))
        values = ((values - offset) / reach).clamp(scale.low, scale.high)
    if units.pool > 1:
        blocks, edge = units.side // units.pool, units.pool
        values = values.view(-1, blocks, edge, blocks, edge).mean((2, 4)).flatten(1)
    volts = units.offset_volts + units.volts_a_unit * values
    return volts.clamp(units.low_volts, units.high_volts)

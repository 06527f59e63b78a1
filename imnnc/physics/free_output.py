"""Inverters that drive gates alone, and perhaps a resistor to ground; differentiable."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from imnnc.physics.devices import exact_dtype
from imnnc.physics.settle import Settler


class FreeOutput(torch.autograd.Function):
    """V- (M, B) of inverters: `apply(net (M, B), settler, siemens)`.

    `siemens` (M,) go from each to ground, a unit size; None: nothing does.
    """

    @staticmethod
    def forward(ctx: Any, net: Tensor, settler: Settler, siemens: Tensor | None) -> Tensor:
        """See the class."""
        v_in = net.to(exact_dtype(net.device))
        load = torch.zeros_like(v_in[:, 0]) if siemens is None else siemens.to(v_in)
        ground = torch.zeros_like(v_in)
        found = settler.settle(v_in, load, ground, settler.guess(v_in, load, ground))
        ctx.save_for_backward(found.to_input)
        return found.v_out.to(net.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        """See `forward`."""
        (to_input,) = ctx.saved_tensors
        return gradients[0] * to_input.to(gradients[0].dtype), None, None


def free_output(net: Tensor, settler: Settler, siemens: Tensor | None = None) -> Tensor:
    """`FreeOutput` with types."""
    apply: Any = FreeOutput.apply  # torch does not type it
    return cast(Tensor, apply(net, settler, siemens))

"""Adam (arXiv:1412.6980) as `torch.optim.Adam` has it, to the last bit.

torch's own class imports the compiler of torch when it is made, and nothing here is compiled: every
process that trains would wait for that as long as for all else of torch.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam


class Adam:
    """Moves parameters, in their place, by the gradients that they have."""

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self._parameters = list(parameters)
        self._means = [torch.zeros_like(x) for x in self._parameters]
        self._squares = [torch.zeros_like(x) for x in self._parameters]
        self._steps = [torch.zeros((), device=x.device) for x in self._parameters]

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """One step; parameters without a gradient stay where they are."""
        every = zip(self._parameters, self._means, self._squares, self._steps, strict=True)
        moved = [(x, x.grad, *state) for x, *state in every if x.grad is not None]
        if moved:
            parameters, gradients, means, squares, steps = map(list, zip(*moved, strict=True))
            adam(
                parameters,
                gradients,
                means,
                squares,
                [],
                steps,
                fused=True,
                amsgrad=False,
                beta1=0.9,
                beta2=0.999,
                lr=learning_rate,
                weight_decay=0.0,
                eps=1e-8,
                maximize=False,
            )

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` goes on from."""
        return {"means": self._means, "squares": self._squares, "steps": self._steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state of the same parameters, on whatever device that is.

        Raises `KeyError` where it is none, `ValueError` where it is of others.
        """
        means, squares, steps = (
            [x.to(like.device) for x, like in zip(state[name], self._parameters, strict=True)]
            for name in ("means", "squares", "steps")
        )
        self._means, self._squares, self._steps = means, squares, steps

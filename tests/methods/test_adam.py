"""Adam: torch's, without what torch's own class imports."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import torch
from torch import Tensor

from imnnc.methods.adam import Adam

SHAPES = ((12, 5), (2, 5), (10,))
STEPS = 40


def parameters() -> list[torch.nn.Parameter]:
    random = torch.Generator().manual_seed(1)
    return [torch.nn.Parameter(torch.randn(shape, generator=random)) for shape in SHAPES]


def walk(of: list[torch.nn.Parameter], step: Callable[[float], object], steps: range) -> None:
    """Steps of falling rates by gradients at random; the last parameter has one now and then."""
    for number in steps:
        random = torch.Generator().manual_seed(number)
        for parameter in of:
            parameter.grad = torch.randn(parameter.shape, generator=random)
        if number % 3:
            of[-1].grad = None
        step(0.1 / (1 + number))


def by_torch() -> list[Tensor]:
    found = parameters()
    optimizer = torch.optim.Adam(found, fused=True)

    def step(rate: float) -> None:
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()

    walk(found, step, range(STEPS))
    return [x.detach() for x in found]


def test_parameters_are_those_of_torch_to_the_last_bit() -> None:
    found = parameters()
    walk(found, Adam(found).step, range(STEPS))
    assert all(map(torch.equal, found, by_torch()))


def test_it_goes_on_from_its_state() -> None:
    found = parameters()
    first = Adam(found)
    walk(found, first.step, range(STEPS // 2))
    second = Adam(found)
    second.load_state_dict(first.state_dict())
    walk(found, second.step, range(STEPS // 2, STEPS))
    assert all(map(torch.equal, found, by_torch()))


def test_gradients_are_forgotten() -> None:
    found = parameters()
    optimizer = Adam(found)
    walk(found, optimizer.step, range(1))
    optimizer.zero_grad()
    assert all(parameter.grad is None for parameter in found)


STEPPED = """
import sys, torch
from imnnc.methods.adam import Adam
parameter = torch.nn.Parameter(torch.ones(2))
parameter.square().sum().backward()
Adam([parameter]).step(0.1)
assert parameter.max() < 1
print("torch._dynamo" in sys.modules)
"""


def test_nothing_that_compiles_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STEPPED], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"

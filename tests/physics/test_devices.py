"""Devices: the operating points of one are those of the other, and what is not there is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from imnnc.diagnostics import CompileError, ExitCode
from imnnc.engine.device import PROCESSOR, Device
from imnnc.parasitics import Parasitics, Wires
from imnnc.physics.chips import ChipSolver, Spread, draw
from imnnc.physics.devices import find_device, room_on
from imnnc.physics.mismatch import Devices, apart
from imnnc.physics.network import NetworkParameters
from imnnc.physics.operating_point import OperatingPoints, OperatingPointSolver
from tests.support.circuits import loaded, samples
from tests.support.measured import inverter, table
from tests.support.second_device import DEVICES, there

WIRES = Wires(20.0, 50.0, 100.0, "halves")
NETWORKS = {
    "few columns": loaded((4, 6, 5, 3)),
    "many columns": loaded((4, 36, 40, 3)),
    "resistors to ground": loaded((4, 6, 3), resistor_ohms=1e6),
    "wires": replace(loaded((4, 6, 3)), parasitics=Parasitics(wires=(WIRES, WIRES))),
    "a sine": replace(loaded((4, 6, 3)), parasitics=Parasitics(sinh_per_volt=3.0)),
}
SPREAD = Spread(0.02, 0.03, 0.05, False, 0.01, 0.02, 0.01, 1e-7, 1e-6)


def worst(one: OperatingPoints, other: OperatingPoints) -> float:
    """Volts between any two nodes."""
    return max(
        float(np.abs(a - b).max())
        for nodes, others in zip(one.layers, other.layers, strict=True)
        for a, b in zip(nodes, others, strict=True)
    )


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", NETWORKS)
def test_operating_points_of_every_device_are_within_a_nanovolt(name, device):
    of = NETWORKS[name]
    volts = samples(20, of.layers[0].inputs)
    here = OperatingPointSolver(inverter()).solve(of, volts).require()
    with there(device):
        found = OperatingPointSolver(inverter(), device=device).solve(of, volts).require()
    assert worst(found, here) < 1e-9


@pytest.mark.parametrize("device", DEVICES)
def test_a_chip_is_the_same_one_on_every_device(device):
    of: NetworkParameters = NETWORKS["few columns"]
    chip = draw(of, SPREAD, 1, 3)
    volts = samples(20, 4)
    devices = Devices(apart(table()))
    here = ChipSolver(inverter(), devices).solve(chip, volts).require()
    with there(device):
        found = ChipSolver(inverter(), devices, device=device).solve(chip, volts).require()
    assert worst(found, here) < 1e-9


def refused(name: str) -> CompileError:
    with pytest.raises(CompileError) as error:
        find_device(name)
    assert error.value.exit_code is ExitCode.USAGE
    return error.value


def test_a_device_that_is_none_is_refused():
    (found,) = refused("gpu").diagnostics
    assert found.code == "IM754"
    assert found.message.startswith("the device must be one that there is, `cpu`")
    assert found.message.endswith(", not `gpu`")
    assert found.notes == ("a device is called `cpu`, `cuda`, `cuda:1` or `mps`",)
    assert found.span is not None
    assert found.span.source.text == "--device gpu"


@pytest.mark.parametrize("name", ["", "cuda:", "cuda:x", "mps:0", "cpu:0", "CUDA"])
def test_other_spellings_are_none(name):
    assert refused(name).diagnostics[0].notes[0].startswith("a device is called")


@pytest.mark.skipif(
    torch.version.cuda is not None or torch.version.hip is not None,
    reason="this torch is built for GPUs",
)
def test_a_build_for_processors_says_that_it_is_one():
    (found,) = refused("cuda:1").diagnostics
    assert found.notes == (f"torch {torch.__version__} is a build for processors alone",)
    assert "pytorch.org" in (found.help or "")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU of CUDA's")
def test_cards_are_counted():
    count = torch.cuda.device_count()
    (found,) = refused(f"cuda:{count}").diagnostics
    assert found.notes == (f"{count} of CUDA's are here, counted from 0",)
    assert find_device("cuda:0").model == torch.cuda.get_device_name(0)


def test_the_processor_takes_no_part_in_identities_and_a_number_does_not_either():
    assert find_device("cpu") is PROCESSOR
    assert PROCESSOR.identity is None
    cards = [Device("cuda", "A100"), Device("cuda:1", "A100"), Device("cuda", "H100")]
    first, second, other = (card.identity for card in cards)
    assert first == second == {"kind": "cuda", "model": "A100"}
    assert other != first


def test_memory_that_is_not_enough_is_said():
    with pytest.raises(CompileError) as error, room_on("cuda:1"):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.\nMore.")
    (found,) = error.value.diagnostics
    assert (found.code, found.message) == ("IM755", "the memory of `cuda:1` is not enough")
    assert found.notes == ("CUDA out of memory. Tried to allocate 9 GiB.",)

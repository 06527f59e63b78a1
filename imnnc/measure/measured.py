"""What was measured of one die: a `.npz` file, read and checked, or written of a simulated chip.

Its arrays are `inputs_volts` (S, N), `readout_volts` (S, M), which is V- of the output layer, and
of every layer before that both outputs, `<layer>_minus_volts` and `<layer>_plus_volts`, which a
test mode of the die gives.  `noise_volts`, one number, is the deviation of a reading.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import numpy as np

from imnnc.data.npz import Arrays, read_npz
from imnnc.design import Network
from imnnc.diagnostics import CompileError, fail
from imnnc.files.files import new_binary
from imnnc.physics.chips import Chip, ChipSolver
from imnnc.physics.estimate import Measured
from imnnc.physics.network import FloatArray

MEASURED_FILE = "measured.npz"
NOISE_VOLTS = 0.5e-3  # of a reading, where nothing is said
_INPUTS, _READOUT, _NOISE = "inputs_volts", "readout_volts", "noise_volts"
_BEYOND = 1.2  # of the supply: outputs are between the rails, and readings a little off
_LARGEST_NOISE = 0.1  # volts
_SAVE = "save it with numpy: `np.savez(file, inputs_volts=..., readout_volts=...)`"


def members(network: Network) -> dict[str, tuple[str, int]]:
    """What a file has to have, by name: what it is, and how many there are of a sample."""
    found = {
        _INPUTS: ("the inputs", network.input.width),
        _READOUT: ("V- of the output layer", network.output.width),
    }
    for layer in network.layers[:-1]:
        for node, sign in (("minus", "-"), ("plus", "+")):
            found[f"{layer.name}_{node}_volts"] = (f"V{sign} of layer `{layer.name}`", layer.width)
    return found


def read_measured(
    path: Path, network: Network, supply_volts: float, rails_volts: float = 0.0
) -> Measured:
    """What a file has of a die of a network, with the middle of its rails at `rails_volts`.

    Raises:
        CompileError: IM201 to IM205 where it is no archive of numbers, IM334 where these are not
            measurements of such a die.
    """
    arrays = read_npz(path, remedy=_SAVE)
    wanted = members(network)
    for name in arrays:
        if name not in wanted and name != _NOISE:
            near = difflib.get_close_matches(name, [*wanted, _NOISE], 1)
            raise _refuse(
                path,
                f"has an array `{name}`, which is none of a die of `{network.name}`",
                f"perhaps `{near[0]}` is meant" if near else None,
            )
    for name, (what, _) in wanted.items():
        if name not in arrays:
            raise _refuse(
                path,
                f"must have an array `{name}`, {what}, of shape"
                f" {_shape(len(arrays.get(_INPUTS, ())) or 'samples', wanted[name][1])}",
            )
    samples = len(arrays[_INPUTS]) if arrays[_INPUTS].ndim else 0
    checked = {
        name: _volts(
            path,
            name,
            arrays,
            (samples, width),
            (0.0 if name == _INPUTS else rails_volts, supply_volts),
        )
        for name, (_, width) in wanted.items()
    }
    before = [layer.name for layer in network.layers[:-1]]
    return Measured(
        checked[_INPUTS],
        (*(checked[f"{name}_minus_volts"] for name in before), checked[_READOUT]),
        tuple(checked[f"{name}_plus_volts"] for name in before),
        _noise(path, arrays),
        rails_volts,
    )


def write_measured(path: Path, network: Network, measured: Measured) -> None:
    """Write what `read_measured` reads.  Fails with IM510."""
    arrays = {
        _INPUTS: measured.inputs_volts,
        _READOUT: measured.minus_volts[-1],
        _NOISE: np.array(measured.noise_volts),
    }
    for layer, minus, plus in zip(
        network.layers, measured.minus_volts, measured.plus_volts, strict=False
    ):
        arrays[f"{layer.name}_minus_volts"] = minus
        arrays[f"{layer.name}_plus_volts"] = plus
    with new_binary(path) as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def measure_chip(
    chip: Chip, solver: ChipSolver, inputs_volts: FloatArray, noise_volts: float
) -> Measured:
    """What would be measured of a chip at inputs (S, N), each reading with its own noise.

    Fails with IM332 where it has no operating point.
    """
    random = np.random.default_rng([chip.seed, chip.number])
    layers = solver.solve(chip, inputs_volts).require().layers

    def read(volts: FloatArray) -> FloatArray:
        seen = volts + chip.rails_volts
        return seen + noise_volts * random.standard_normal(volts.shape)

    minus = tuple(read(nodes.minus) for nodes in layers)
    plus = tuple(read(nodes.plus) for nodes in layers[:-1])
    return Measured(inputs_volts, minus, plus, noise_volts, chip.rails_volts)


def _volts(
    path: Path, name: str, arrays: Arrays, shape: tuple[int, int], rails: tuple[float, float]
) -> FloatArray:
    """An array of voltages; of the rails it is told the middle, and how far they are from it."""
    found = arrays[name]
    if found.shape != shape or not shape[0]:
        raise _refuse(
            path,
            f"must have an array `{name}` of shape {_shape(shape[0] or 'samples', shape[1])},"
            f" its shape is {_shape(*found.shape)}",
        )
    volts = found.astype(np.float64)
    if not np.isfinite(volts).all():
        sample, number = np.argwhere(~np.isfinite(volts))[0].tolist()
        raise _refuse(
            path,
            f"must have finite voltages, `{name}[{sample}, {number}]` is {volts[sample, number]}",
        )
    middle, half = rails
    far = np.abs(volts - middle) > half * (_BEYOND if name != _INPUTS else 1 + 1e-9)
    if far.any():
        sample, number = np.argwhere(far)[0].tolist()
        raise _refuse(
            path,
            f"must have volts between the rails at {middle - half:g} and {middle + half:g} V,"
            f" `{name}[{sample}, {number}]` is {volts[sample, number]:g} V",
            "voltages are in volts: divide millivolts by 1000",
        )
    return volts


def _noise(path: Path, arrays: Arrays) -> float:
    if _NOISE not in arrays:
        return NOISE_VOLTS
    found = arrays[_NOISE]
    if found.size != 1 or not 0 <= float(found.item()) <= _LARGEST_NOISE:
        shown = (
            f"{float(found.item()):g}" if found.size == 1 else f"of shape {_shape(*found.shape)}"
        )
        raise _refuse(
            path,
            f"must have one number from 0 to {_LARGEST_NOISE:g} V as `{_NOISE}`, it is {shown}",
        )
    return float(found.item())


def _shape(*sides: object) -> str:
    return " x ".join(map(str, sides)) or "a number"


def _refuse(path: Path, what: str, help: str | None = None) -> CompileError:
    return fail("IM334", f"`{path}` {what}", help=help)

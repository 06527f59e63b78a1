"""Stored parameters: `params.npz`, from which a network is predicted and compiled again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from imnnc.design import Loss, Method, Network, Technology, VerifySpec
from imnnc.diagnostics import CompileError, fail
from imnnc.emit.files import damaged, read_npz, write_npz
from imnnc.engine.artifacts import Artifacts, DamagedError, Files, decode, encode
from imnnc.engine.base import Pass
from imnnc.engine.context import Context
from imnnc.passes.characterize import InverterTables
from imnnc.passes.fit_vtc import VtcModels
from imnnc.passes.size import SizedNetwork, Sizing
from imnnc.passes.stimuli import Stimuli
from imnnc.passes.train import TrainingHistory
from imnnc.passes.tune import Tuning
from imnnc.physics.network import CrossbarProgram, FloatArray, NetworkParameters
from imnnc.physics.table import InverterTable

if TYPE_CHECKING:
    from imnnc.methods.base import Predictor

_BEYOND = 1 + 1e-6  # inputs may have been rounded to single precision

PARAMETERS_FILE = "params.npz"
STIMULI_FILE = "stimuli.npz"


@dataclass(frozen=True)
class StoredNetwork:
    """What training found and how, what was programmed of it, and the curves that predict it."""

    method: Method
    parameters: NetworkParameters
    program: CrossbarProgram
    vtc: VtcModels
    tuning: Tuning
    history: TrainingHistory
    sizing: Sizing
    table: InverterTable  # of the design's corner, from which every operating point follows


@dataclass(frozen=True)
class TestPlan:
    """What to simulate and how to judge it: with the files of a network, all that verifies it."""

    network: Network
    corners: tuple[str, ...]  # the design's first
    supply_volts: float
    loss: Loss
    spec: VerifySpec
    stimuli: Stimuli


@dataclass(frozen=True)
class ParameterFiles(Files):
    """`params.npz` and `stimuli.npz`."""


@dataclass(frozen=True)
class EmitParameters(Pass):
    """What predicting, verifying and compiling again need, in two files."""

    method: Method
    loss: Loss
    spec: VerifySpec
    name: ClassVar[str] = "emit-parameters"
    version: ClassVar[int] = 3
    requires: ClassVar[tuple[type, ...]] = (
        Network,
        Technology,
        InverterTables,
        SizedNetwork,
        CrossbarProgram,
        VtcModels,
        Tuning,
        TrainingHistory,
        Sizing,
        Stimuli,
    )
    provides: ClassVar[tuple[type, ...]] = (ParameterFiles,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Write them."""
        folder = context.new_folder()
        stored = StoredNetwork(
            self.method,
            inputs[SizedNetwork].parameters,
            inputs[CrossbarProgram],
            inputs[VtcModels],
            inputs[Tuning],
            inputs[TrainingHistory],
            inputs[Sizing],
            inputs[InverterTables].design,
        )
        tree, arrays = encode(stored)
        write_npz(folder / PARAMETERS_FILE, arrays, {"network": tree})
        technology = inputs[Technology]
        plan = TestPlan(
            inputs[Network],
            tuple(dict.fromkeys((technology.corner, *self.spec.corners))),
            technology.supply_volts,
            self.loss,
            self.spec,
            inputs[Stimuli],
        )
        tree, arrays = encode(plan)
        write_npz(folder / STIMULI_FILE, arrays, {"plan": tree})
        return (ParameterFiles.collect(folder),)


@dataclass(frozen=True)
class LoadParameters(Pass):
    """Cells, sizes and curves of an earlier compile, and their history, in place of training."""

    file: Path
    corners: tuple[str, ...] = ()  # that the verification needs besides the technology's own
    name: ClassVar[str] = "load-parameters"
    version: ClassVar[int] = 2
    requires: ClassVar[tuple[type, ...]] = (Network, Technology)
    provides: ClassVar[tuple[type, ...]] = (
        VtcModels,
        Tuning,
        TrainingHistory,
        SizedNetwork,
        Sizing,
    )

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Read them, and check that they are of a network of this shape."""
        stored = read_stored(self.file)
        network = inputs[Network]
        found = [(layer.name, layer.inputs, layer.width) for layer in stored.parameters.layers]
        wanted = [
            (layer.name, inputs_, layer.width)
            for layer, inputs_ in zip(network.layers, network.widths, strict=False)
        ]
        if found != wanted:
            raise fail(
                "IM420",
                f"`{self.file.name}` holds the parameters of another network:"
                f" {_shape(found)}, the source describes {_shape(wanted)}",
                network.span,
            )
        models = self._models(stored.vtc, inputs[Technology], network)
        return models, stored.tuning, stored.history, SizedNetwork(stored.parameters), stored.sizing

    def _models(self, vtc: VtcModels, technology: Technology, network: Network) -> VtcModels:
        """The curves at the technology's corner, then at the others that are needed."""
        supply = vtc.design.supply_volts
        if supply != technology.supply_volts:
            raise fail(
                "IM422",
                f"`{self.file.name}` holds curves for a supply of {supply:g} V,"
                f" the source describes {technology.supply_volts:g} V",
                network.span,
                help="compile without `--params`",
            )
        known = {model.corner: model for model in vtc.models}
        needed = tuple(dict.fromkeys((technology.corner, *self.corners)))
        missing = [corner for corner in needed if corner not in known]
        if missing:
            raise fail(
                "IM421",
                f"`{self.file.name}` has no curves for corner `{missing[0]}`, it has"
                f" {', '.join(f'`{corner}`' for corner in known)}",
                network.span,
                help="compile without `--params`, or only at the corners that it has",
            )
        return VtcModels(tuple(known[corner] for corner in needed))


@dataclass(frozen=True)
class LoadTable(Pass):
    """The table of the inverter that an earlier compile has measured, in place of measuring.

    So what follows from it, such as the load at the read-out, is the same on every machine,
    whatever simulator that has.
    """

    file: Path
    name: ClassVar[str] = "load-table"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = ()
    provides: ClassVar[tuple[type, ...]] = (InverterTables,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Read it."""
        return (InverterTables((read_stored(self.file).table,)),)


def has_table(path: Path, technology: Technology) -> bool:
    """Whether stored parameters have the table of a technology at its corner and supply.

    False where the file cannot be read: the pass that needs it says why.
    """
    try:
        table = read_stored(path).table
    except CompileError:
        return False
    return (table.technology, table.corner, table.temperature_celsius, table.supply_volts) == (
        technology.name,
        technology.corner,
        technology.temperature_celsius,
        technology.supply_volts,
    )


def read_stored(path: Path) -> StoredNetwork:
    """What `params.npz` holds; fails with IM511 to IM514."""
    arrays, meta = read_npz(path)
    try:
        return decode(meta.get("network"), arrays, StoredNetwork, path.parent)
    except DamagedError as error:
        raise damaged(path, str(error)) from error


def read_plan(path: Path) -> TestPlan:
    """What `stimuli.npz` holds; fails with IM511 to IM514."""
    arrays, meta = read_npz(path)
    try:
        return decode(meta.get("plan"), arrays, TestPlan, path.parent)
    except DamagedError as error:
        raise damaged(path, str(error)) from error


def check_volts(inputs: FloatArray, width: int, supply_volts: float) -> None:
    """Check inputs (S, N) or (N,) of a network: their width, and that they lie within the rails.

    Raises:
        CompileError: IM716 where they do not.
    """
    if inputs.ndim not in (1, 2) or inputs.shape[-1] != width:
        raise fail(
            "IM716",
            f"the network has {width} inputs, the samples have the shape {inputs.shape}",
        )
    if not np.isfinite(inputs).all():
        raise fail("IM716", "inputs must be finite, some are not")
    if np.abs(inputs).max(initial=0.0) > supply_volts * _BEYOND:
        raise fail(
            "IM716",
            f"inputs must be volts between the rails, from -{supply_volts:g} to "
            f"{supply_volts:g}, some are beyond",
        )


def load_predictor(folder: Path) -> Predictor:
    """The model of the network in an output folder, cells as programmed."""
    from imnnc.methods.choice import predictor

    stored = read_stored(folder / PARAMETERS_FILE)
    return predictor(stored.program.parameters(), stored.vtc.design)


def _shape(layers: list[tuple[str, int, int]]) -> str:
    return ", ".join(f"`{name}` {inputs}-{width}" for name, inputs, width in layers)

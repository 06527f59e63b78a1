"""The passes that take stored parameters in place of training and measuring."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from imnnc.artifacts.curves import InverterTables, VtcModels
from imnnc.artifacts.reading import read_stored
from imnnc.artifacts.training import SizedNetwork, Sizing, TrainingHistory, Tuning
from imnnc.design import Memristor, Network, Technology
from imnnc.diagnostics import fail
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context


@dataclass(frozen=True)
class LoadParameters(Pass):
    """Cells, sizes and curves of an earlier compile, and their history, in place of training."""

    file: Path
    corners: tuple[str, ...] = ()  # that the verification needs besides the technology's own
    name: ClassVar[str] = "load-parameters"
    version: ClassVar[int] = 2
    requires: ClassVar[tuple[type, ...]] = (Network, Technology, Memristor)
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
        found = [(x.name, x.inputs, x.width, x.biases) for x in stored.parameters.layers]
        wanted = [
            (layer.name, inputs_, layer.width, layer.biases)
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
        # Of its parasitics, the arrays' are what the source says, like all of the memristor.
        parasitics = replace(
            inputs[Memristor].parasitics,
            resistor_ohms=stored.parameters.parasitics.resistor_ohms,
        )
        sized = SizedNetwork(replace(stored.parameters, parasitics=parasitics))
        return models, stored.tuning, stored.history, sized, stored.sizing

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


def _shape(layers: list[tuple[str, int, int, int]]) -> str:
    return ", ".join(
        f"`{name}` {inputs}-{width}" + (f" with {biases} bias pairs" if biases > 1 else "")
        for name, inputs, width, biases in layers
    )

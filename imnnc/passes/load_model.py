"""The pass that reads the model that training begins at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from imnnc.artifacts.training import StartingModel
from imnnc.design import Network
from imnnc.diagnostics import Span, fail
from imnnc.encoding import Encoding
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.perceptron.model import read_model


@dataclass(frozen=True)
class LoadModel(Pass):
    """A model of the network's own widths, in the units of the circuit.

    Its inputs are the data's values before `encode`, its outputs those before `target`; without
    `target` they are logits.
    """

    model: Path
    encode: Encoding
    target: Encoding | None
    span: Span | None = None
    name: ClassVar[str] = "load-model"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (Network,)
    provides: ClassVar[tuple[type, ...]] = (StartingModel,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Read and compare."""
        found, network = read_model(self.model), inputs[Network]
        if found.widths != network.widths:
            topology = "-".join(map(str, network.widths))
            raise fail(
                "IM430",
                f"the model of `from` must be {topology}, as `{network.name}` is,"
                f" `{self.model.name}` is {found.topology}",
                self.span,
                help="give the network the layers of the model, or leave `from` out",
            )
        return (StartingModel(found.of_volts(self.encode, self.target)),)

"""The pass that reads the samples and turns them into voltages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from imnnc.data import Dataset, Scaling, data_files, load_dataset
from imnnc.design import Loss, Network
from imnnc.encoding import DataSpec
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.limits import SEED


@dataclass(frozen=True)
class LoadData(Pass):
    """Training and test samples, as the inputs of the network and as its targets.

    `seed` decides which samples are for testing where the data do not say so.
    """

    spec: DataSpec
    loss: Loss
    seed: int = field(metadata=SEED)
    name: ClassVar[str] = "load-data"
    version: ClassVar[int] = 4
    requires: ClassVar[tuple[type, ...]] = (Network,)
    provides: ClassVar[tuple[type, ...]] = (Dataset, Scaling)

    def outside(self) -> tuple[object, ...]:
        """The files of a named set, which the block does not name, and how files are called.

        A path counts by the content of its file alone, and what is said of it has its name.
        """
        files = data_files(self.spec)
        return (*files, *map(str, files))

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Read, split, check and encode the samples."""
        found = load_dataset(self.spec, inputs[Network], self.loss, self.seed, context.warn)
        return found.dataset, found.scaling

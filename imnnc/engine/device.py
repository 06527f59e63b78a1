"""The device that computes: the processor, or a card that torch knows.

Only its name is known here.  `imnnc.physics.devices` finds it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """A device by the name that torch has for it, such as `cuda:1`; by default the processor.

    `model` is what its maker calls it.
    """

    name: str = "cpu"
    model: str = ""

    @property
    def identity(self) -> dict[str, str] | None:
        """What results depend on: cards of one model are alike; None: the processor.

        The processor takes no part in keys and manifests: its results are the reference.
        """
        kind = self.name.partition(":")[0]
        return None if kind == "cpu" else {"kind": kind, "model": self.model}


PROCESSOR = Device()

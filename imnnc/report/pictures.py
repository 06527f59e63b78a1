"""Samples that are pictures, as PNG within the page: those that a network decides wrongly."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imnnc.measure.confusion import Confusion
from imnnc.physics.network import FloatArray

MOST_PICTURES = 12
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Picture:
    """A sample that is decided wrongly, or otherwise than the model of the circuit decides it."""

    sample: int
    data: str  # the PNG, in base64
    wanted: int  # what it is
    circuit: int  # what the circuit takes it for
    model: int  # what the circuit is predicted to take it for
    lead_volts: float  # of the circuit's highest output before the next

    @property
    def differs(self) -> bool:
        """Whether circuit and model decide otherwise."""
        return self.circuit != self.model


def mistaken(
    inputs_volts: FloatArray,
    shape: tuple[int, int],
    simulated_volts: FloatArray,
    circuit: Confusion,
    model: Confusion,
) -> tuple[list[Picture], int]:
    """At most a dozen pictures (S, rows * columns), and of how many these are.

    First those where circuit and model differ, then those whose wrong class leads most.
    """
    differs = circuit.decisions != model.decisions
    chosen = np.flatnonzero(differs | (circuit.decisions != circuit.classes))
    highest = np.sort(simulated_volts, axis=1)
    leads = highest[:, -1] - highest[:, -2]
    order = sorted(chosen.tolist(), key=lambda s: (not differs[s], -leads[s], s))
    low, high = float(inputs_volts.min()), float(inputs_volts.max())
    span = (high - low) or 1.0
    pictures = [
        Picture(
            sample,
            encoded(((inputs_volts[sample] - low) / span).reshape(shape)),
            int(circuit.classes[sample]),
            int(circuit.decisions[sample]),
            int(model.decisions[sample]),
            float(leads[sample]),
        )
        for sample in order[:MOST_PICTURES]
    ]
    return pictures, len(order)


def encoded(brightness: FloatArray) -> str:
    """Brightness (rows, columns) from 0 to 1 as a PNG of grey pixels, in base64."""
    return base64.b64encode(_png(np.round(255 * brightness).astype(np.uint8))).decode()


def _png(grey: NDArray[np.uint8]) -> bytes:
    """Not compressed: a picture is small, and its bytes are the same with any library."""
    rows, columns = grey.shape
    lines = b"".join(b"\0" + line.tobytes() for line in grey)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 0)), (b"IEND", b""))
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )

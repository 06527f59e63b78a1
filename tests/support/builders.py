"""Small samples, files and specifications that the tests of the loaders share."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from imnnc.data import Dataset, load_dataset
from imnnc.data.dataset import Loaded
from imnnc.design import InputPort, InverterSizes, Layer, Network
from imnnc.diagnostics import Diagnostic, Source, Span
from imnnc.encoding import DataSpec, Encoding

SOURCE = Source("net.imnn", "data { set mnist }")
SPAN = Span(SOURCE, 0, 4)
UNIT_TO_VOLTS = Encoding(0.0, 1.0, -0.25, 0.25)

IDX_CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx_bytes(values: np.ndarray[Any, Any]) -> bytes:
    """The IDX file of an array, written from the format's description."""
    code = IDX_CODES[values.dtype.str[1:]]
    header = struct.pack(f">HBB{values.ndim}I", 0, code, values.ndim, *values.shape)
    return header + values.astype(values.dtype.newbyteorder(">")).tobytes()


def network(inputs: int, outputs: int) -> Network:
    sizes = InverterSizes(1, 10)
    return Network("net", InputPort("x", inputs, -0.25, 0.25), (Layer("y", outputs, sizes),))


def data_spec(**fields: Any) -> DataSpec:
    defaults: dict[str, Any] = {
        "set_name": None,
        "file": None,
        "labels_file": None,
        "test_file": None,
        "test_labels_file": None,
        "pool": 1,
        "train": None,
        "test": None,
        "encode": UNIT_TO_VOLTS,
        "target": UNIT_TO_VOLTS,
        "spans": {"data": SPAN},
    }
    return DataSpec(**(defaults | fields))


def heard(
    inputs: int, outputs: int, loss: str = "cross_entropy", seed: int = 1, **fields: Any
) -> tuple[Loaded, list[Diagnostic]]:
    """What is loaded, and what is said of it."""
    said: list[Diagnostic] = []
    spec, design = data_spec(**fields), network(inputs, outputs)
    return load_dataset(spec, design, loss, seed, said.append), said


def load(
    inputs: int, outputs: int, loss: str = "cross_entropy", seed: int = 1, **fields: Any
) -> Dataset:
    return heard(inputs, outputs, loss, seed, **fields)[0].dataset

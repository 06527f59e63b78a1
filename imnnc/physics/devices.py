"""Devices of torch: which there are, in which precision they solve, and when they are full.

What is drawn at random is drawn on the processor and moved, so that draws are the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from imnnc.diagnostics import CompileError, ExitCode, fail
from imnnc.engine.arguments import argument_span
from imnnc.engine.device import PROCESSOR, Device

if TYPE_CHECKING:
    import torch


def find_device(name: str) -> Device:
    """The device of this name: `cpu`, `cuda`, `cuda:1` or `mps`; torch is not asked of the first.

    Raises:
        CompileError: IM754 where it is no such name, or this torch has no such device.
    """
    if name == PROCESSOR.name:
        return PROCESSOR
    kind, _, number = name.partition(":")
    if not re.fullmatch(r"mps|cuda(:[0-9]+)?", name):
        raise _missing(name, "a device is called `cpu`, `cuda`, `cuda:1` or `mps`")
    import torch

    if kind == "mps":
        if not torch.backends.mps.is_available():
            raise _missing(name, f"torch {torch.__version__} finds no GPU of Apple's here")
    elif torch.version.cuda is None and torch.version.hip is None:
        raise _missing(
            name,
            f"torch {torch.__version__} is a build for processors alone",
            "https://pytorch.org/get-started/locally has the command that installs one for CUDA",
        )
    elif not torch.cuda.is_available():
        raise _missing(
            name,
            f"torch {torch.__version__} finds no card that it can use",
            "`nvidia-smi` says whether the driver sees one, and for which CUDA it is",
        )
    elif int(number or 0) >= torch.cuda.device_count():
        raise _missing(name, f"{torch.cuda.device_count()} of CUDA's are here, counted from 0")
    try:
        float(torch.ones(2, device=name).sum())
    except RuntimeError as error:
        raise _missing(name, f"torch cannot compute on it: {str(error).splitlines()[0]}") from error
    return Device(name, torch.cuda.get_device_name(name) if kind == "cuda" else "Apple")


def there_are() -> list[str]:
    """The devices that this torch has."""
    import torch

    cards = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return ["cpu", *cards, *(["mps"] if torch.backends.mps.is_available() else [])]


def exact_dtype(device: torch.device | str) -> torch.dtype:
    """The precision in which operating points are solved: float64 where a device has it."""
    import torch

    return torch.float32 if torch.device(device).type == "mps" else torch.float64


def _missing(name: str, reason: str, help: str | None = None) -> CompileError:
    *others, last = (f"`{x}`" for x in there_are())
    known = f"{', '.join(others)} or {last}" if others else last
    return fail(
        "IM754",
        f"the device must be one that there is, {known}, not `{name}`",
        argument_span(f"--device {name}", name),
        notes=[reason],
        help=help,
        exit_code=ExitCode.USAGE,
    )


@contextmanager
def room_on(name: str) -> Iterator[None]:
    """A block that computes on a device.

    Raises:
        CompileError: IM755 where its memory is not enough.
    """
    if name == PROCESSOR.name:
        yield
        return
    import torch

    try:
        yield
    except torch.cuda.OutOfMemoryError as error:
        raise fail(
            "IM755",
            f"the memory of `{name}` is not enough",
            argument_span(f"--device {name}", name),
            notes=[str(error).splitlines()[0]],
            help="fewer workers share it with `--jobs 1`; `--device cpu` takes that of the machine",
            exit_code=ExitCode.TOOL,
        ) from error

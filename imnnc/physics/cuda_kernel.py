"""The loops of `imnnc.physics.kernel` for GPUs of CUDA's: a thread an output, not a core a row.

On torch a Newton step of all outputs is sixty operations, each of which goes through the GPU's
memory; here all steps of an output stay in the registers of its thread.  Importing this fails where
numba is not installed; where numba has no compiler for the GPU, calling it does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numba.cuda

from imnnc.physics.kernel import MAKERS

cuda: Any = numba.cuda  # it has no types
_THREADS = 128  # of a block, next to one another along the samples
_MOST_BLOCKS = 65_535  # along the rows, and enough along the samples


@cuda.jit(device=True)  # type: ignore[untyped-decorator]
def _rows(count: int) -> Any:
    return range(cuda.blockIdx.y, count, cuda.gridDim.y)


@cuda.jit(device=True)  # type: ignore[untyped-decorator]
def _samples(count: int) -> Any:
    first = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    return range(first, count, cuda.gridDim.x * cuda.blockDim.x)


@cache
def _compiled(name: str) -> Any:
    return cuda.jit(MAKERS[name](_rows, _samples))


def loops(name: str, shape: tuple[int, ...], card: int = 0) -> Callable[..., None]:
    """A function of `imnnc.physics.kernel` over arrays (rows, samples) of this shape on a card.

    It takes tensors that are contiguous and need no gradient, and returns before it is done, as
    functions of torch do.
    """
    rows, samples = shape
    along = max(1, min(-(-samples // _THREADS), _MOST_BLOCKS))
    blocks = along, max(1, min(rows, _MOST_BLOCKS))

    def launched(*arguments: object) -> None:
        with cuda.gpus[card]:
            _compiled(name)[blocks, _THREADS](*arguments)

    return launched

"""A second device, made of the processor: it computes the same, and tensors of the two do not mix.

Torch takes its tensors for those of its device `meta`, whose own have no values.  As on a GPU, what
is made without a device is made on the processor, what meets a tensor of the other device is
refused, and numpy cannot see any.  Only single numbers may meet it, as they may meet a GPU's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor
from torch.utils._mode_utils import no_dispatch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

NAME = "meta"
# What moves tensors from one device to the other.
_MOVES = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}


class MixedDevicesError(RuntimeError):
    """Tensors of both devices are in one operation."""


class Elsewhere(Tensor):
    """A tensor of the second device; its numbers are in `value`, on the processor."""

    value: Tensor
    made: ClassVar[int] = 0  # how many there have been

    @staticmethod
    def __new__(cls, value: Tensor) -> Elsewhere:
        made: Elsewhere = Tensor._make_wrapper_subclass(
            cls,
            value.size(),
            strides=value.stride(),
            storage_offset=value.storage_offset(),
            dtype=value.dtype,
            device=NAME,
        )
        made.value = value
        Elsewhere.made += 1
        return made

    def new_tensor(self, data: Any) -> Tensor:  # type: ignore[override]
        """Torch's own would be one of `meta`, without values."""
        return torch.tensor(data, dtype=self.dtype).to(NAME)

    @classmethod
    def __torch_dispatch__(cls, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _dispatched(func, args, kwargs or {})


class _SecondDevice(TorchDispatchMode):
    def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _dispatched(func, args, kwargs or {})


def _dispatched(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    given = tree_leaves((args, kwargs))
    elsewhere = any(isinstance(x, Elsewhere) for x in given)
    here = [x for x in given if isinstance(x, Tensor) and not isinstance(x, Elsewhere)]
    if elsewhere and func not in _MOVES and any(x.dim() for x in here):
        raise MixedDevicesError(f"{func} of {[tuple(x.shape) for x in here]}")
    kwargs_out = kwargs.get("out")
    asked = kwargs.get("device")
    if asked is not None:
        elsewhere = torch.device(asked).type == NAME
        kwargs = {**kwargs, "device": "cpu"}
    if torch.Tag.inplace_view in func.tags:
        with no_dispatch():  # of the shape that is seen as well
            func(*args, **kwargs)
    args, kwargs = tree_map(lambda x: x.value if isinstance(x, Elsewhere) else x, (args, kwargs))
    found = func(*args, **kwargs)
    if func._schema.is_mutable and not func._schema.name.startswith("aten::_to"):
        # What is changed in place stays the tensor that it is.
        given = [kwargs_out] if kwargs_out is not None else given
        return given[0] if isinstance(found, Tensor) else found
    return tree_map(lambda x: Elsewhere(x) if elsewhere and isinstance(x, Tensor) else x, found)


# Devices to try: this one, and CUDA's where there is one.
DEVICES = (
    NAME,
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU of CUDA's")
    ),
)


@contextmanager
def there(name: str) -> Iterator[str]:
    """A device, which of the second one is there as long as the block lasts."""
    with _SecondDevice() if name == NAME else nullcontext():
        yield name

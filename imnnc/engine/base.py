"""What a pass is, and how artifacts are handed to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    from imnnc.engine.context import Context


T = TypeVar("T")


class Artifacts(Mapping[type, object]):
    """Artifacts by their type: `inputs[Technology]` is the technology."""

    def __init__(self, values: Mapping[type, object]) -> None:
        self._values = dict(values)

    def __getitem__(self, kind: type[T]) -> T:
        value = self._values[kind]
        assert isinstance(value, kind)
        return value

    def __iter__(self) -> Iterator[type]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Provided(Protocol):
    """Artifacts by their type, loaded when they are asked for."""

    def __getitem__(self, kind: type[T], /) -> T: ...


@dataclass(frozen=True)
class Pass(ABC):
    """One step of the compiler: from artifacts to artifacts.

    Its fields are its options; those with `compare=False` do not change what it provides, and
    so take no part in the key of its results.  `version` is raised when a change of the code
    changes what the pass provides for the same inputs; while that is forgotten, a checkout is
    safe all the same, as a digest of its sources is part of the key.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    on_device: ClassVar[bool] = False  # whether it computes on the device, which is in its key then
    requires: ClassVar[tuple[type, ...]]
    provides: ClassVar[tuple[type, ...]]

    @abstractmethod
    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        """Compute what the pass provides, in the order of `provides`.

        Raises:
            CompileError: the user can do something about it.
        """

    def accept(self, provided: Provided) -> None:  # noqa: B027  # most refuse nothing
        """Refuse what the pass has provided, now or in an earlier compile.

        So that what fails after minutes is kept, and fails at once the next time.

        Raises:
            CompileError: the user can do something about it.
        """

    def outside(self) -> tuple[object, ...]:
        """What the result depends on besides inputs and options.

        Such as data files (as paths, which count by content) or the version of a simulator.
        """
        return ()

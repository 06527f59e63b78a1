"""What many jobs have in common, so that it need not travel with each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Parcel(Generic[T]):
    """A value among the arguments of jobs that may be large: samples, or the files of a deck.

    A job takes a parcel and looks at its `value`.  Workers on other machines are each sent its
    content once, by its hash; processes of this machine get it with every job.
    """

    value: T

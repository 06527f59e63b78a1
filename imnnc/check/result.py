"""What a check has found: a case for each part that was compared, with what differs in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """What a check promises to see; see `docs/golden.md`."""

    BYTES = "bytes"
    STRUCTURE = "structure"
    BEHAVIOUR = "behaviour"


@dataclass(frozen=True)
class Difference:
    """One thing that has changed, in the user's terms, and the part that it is in."""

    part: str
    text: str  # a whole line: `crossbar hidden: cell row 14 column 7 is missing (plus)`


@dataclass(frozen=True)
class Case:
    """One part of a network or one file: it is as in the golden where `texts` is empty.

    `details` are lines of a longer look, such as an excerpt of a comparison of texts.
    """

    name: str
    texts: tuple[str, ...] = ()
    details: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return not self.texts


@dataclass(frozen=True)
class LevelResult:
    """The cases of one level, and how long the comparison took."""

    level: Level
    cases: tuple[Case, ...]
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether every case has passed."""
        return all(case.passed for case in self.cases)


@dataclass(frozen=True)
class CheckResult:
    """The outcome of `imnnc check`, a result a level."""

    network: str
    levels: tuple[LevelResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every level has passed."""
        return all(level.passed for level in self.levels)


def cases(parts: Sequence[str], differences: Iterable[Difference]) -> tuple[Case, ...]:
    """A case a part, in order, each with its differences; parts that only have those come last."""
    texts: dict[str, list[str]] = {part: [] for part in parts}
    for difference in differences:
        texts.setdefault(difference.part, []).append(difference.text)
    return tuple(Case(part, tuple(dict.fromkeys(found))) for part, found in texts.items())

"""What a check has found: a case for each part that was compared, with what differs in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

_MOST_LINES = 20  # of one level; JUnit XML has all


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

    def to_json(self) -> dict[str, Any]:
        """All that differs, by level and part."""
        return {
            "network": self.network,
            "passed": self.passed,
            "levels": [
                {
                    "level": level.level.value,
                    "passed": level.passed,
                    "compared": len(level.cases),
                    "differ": [
                        {"part": x.name, "texts": list(x.texts)}
                        for x in level.cases
                        if not x.passed
                    ],
                }
                for level in self.levels
            ],
        }


def cases(parts: Sequence[str], differences: Iterable[Difference]) -> tuple[Case, ...]:
    """A case a part, in order, each with its differences; parts that only have those come last."""
    texts: dict[str, list[str]] = {part: [] for part in parts}
    for difference in differences:
        texts.setdefault(difference.part, []).append(difference.text)
    return tuple(Case(part, tuple(dict.fromkeys(found))) for part, found in texts.items())


def summary(result: CheckResult, golden: Path) -> str:
    """A paragraph a level, and the verdict."""
    lines = [line for level in result.levels for line in level_lines(level)]
    verdict = "is as in" if result.passed else "differs from"
    return "\n".join([*lines, f"{result.network} {verdict} {golden}"]) + "\n"


def level_lines(level: LevelResult) -> list[str]:
    """How many parts were compared, then what differs, a line each."""
    failed = [case for case in level.cases if not case.passed]
    noun = {"bytes": "files", "structure": "parts", "behaviour": "groups"}[level.level]
    state = f"{len(failed)} differ" if failed else "all as in the golden"
    if len(failed) == 1:
        state = "1 differs"
    lines = [f"{level.level:<10} {len(level.cases)} {noun}, {state}"]
    texts = list(dict.fromkeys(text for case in failed for text in case.texts))
    shown = texts[:_MOST_LINES]
    details = [line for case in failed if case.texts[0] in shown for line in case.details]
    lines += [f"  {text}" for text in shown]
    if len(texts) > _MOST_LINES:
        lines.append(f"  and {len(texts) - _MOST_LINES:,} more")
    return lines + [f"    {line}" for line in details[:_MOST_LINES]]

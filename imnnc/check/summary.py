"""The outcome of a check as text."""

from __future__ import annotations

from pathlib import Path

from imnnc.check.result import CheckResult, LevelResult

_MOST_LINES = 20  # of one level; JUnit XML has all


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

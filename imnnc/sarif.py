"""Diagnostics in SARIF 2.1.0, which code hosts show beside the source."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from imnnc.diagnostics import Diagnostic, Span, explanations
from imnnc.version import __version__

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(found: Iterable[Diagnostic]) -> str:
    """A log of one run, in ASCII; files are named from the folder where the command runs."""
    diagnostics = list(found)
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    known = explanations()
    rules = [
        {
            "id": code,
            "shortDescription": {"text": known[code].title},
            "fullDescription": {"text": known[code].text.strip()},
        }
        for code in codes
    ]
    driver = {"name": "imnnc", "version": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(x, codes.index(x.code)) for x in diagnostics],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    lines = [diagnostic.message, *([diagnostic.label] if diagnostic.label else [])]
    lines += [f"note: {note}" for note in diagnostic.notes]
    lines += [f"help: {diagnostic.help}"] if diagnostic.help is not None else []
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity,
        "message": {"text": "\n".join(lines)},
    }
    if diagnostic.span is not None:
        result["locations"] = [_location(diagnostic.span)]
    if diagnostic.secondary:
        result["relatedLocations"] = [
            {**_location(label.span), "message": {"text": label.message}}
            for label in diagnostic.secondary
        ]
    return result


def _location(span: Span) -> dict[str, Any]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(span.source.name)},
            "region": {
                "startLine": line,
                "startColumn": column,
                "endLine": end_line,
                "endColumn": end_column,
            },
        }
    }


def _uri(name: str) -> str:
    path = Path(name)
    inside = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return inside.as_uri() if inside.is_absolute() else quote(inside.as_posix())

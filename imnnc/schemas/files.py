"""Which schemas there are, and how they are written.

`python -m imnnc.schemas.files` writes them beside this file, whence they are published.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from imnnc.schemas import others, output
from imnnc.schemas.words import Schema

SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "manifest": output.manifest,
    "timings": output.timings,
    "verify": output.verify,
    "summary": output.summary,
    "chips": output.chips,
    "index": output.index,
    "pulses": output.pulses,
    "evaluate": others.evaluate,
    "calibration": others.calibration,
    "golden": others.golden,
    "compare": others.compare,
    "diagnostic": others.diagnostic,
    "check": others.check,
    "compile": others.compiled,
}


def text_of(name: str) -> str:
    """The schema of that name as it is published."""
    make = SCHEMAS[name]
    tree = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": (make.__doc__ or "").strip(),
        **make(),
    }
    return json.dumps(tree, indent=1) + "\n"


if __name__ == "__main__":
    for each in SCHEMAS:
        (Path(__file__).parent / f"{each}.json").write_text(text_of(each), encoding="utf-8")

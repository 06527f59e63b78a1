"""What the pages of the documentation tell a reader to type."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
# What installs, and what the environment of the tests has already.
_INSTALLS = ("sudo ", "pip ", "python -m pip ")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[str]:
    lines = "".join(blocks(page, "console")).splitlines()
    assert all(line.startswith("$ ") for line in lines)
    return [line[2:] for line in lines]


def own_commands(page: Path) -> list[str]:
    """Those that install nothing."""
    return [x for x in commands(page) if not x.startswith(_INSTALLS)]

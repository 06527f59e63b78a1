"""Pages of the documentation that are made rather than written, and formulas: hooks of mkdocs.

The references are made from what they are about, at every build: the settings from the vocabulary
and the limits of the fields that they set, the diagnostics from their explanations, the commands
from the command line itself, the names of Python from `imnnc.__all__`.  The first page is the
README.  Formulas become MathML, for which a browser needs no program and asks nothing of anyone.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latex2mathml.converter import convert

import imnnc
from imnnc.cli import GROUPS, app
from imnnc.diagnostics import explanations
from imnnc.lang.reference import Entry, entries
from imnnc.lang.vocabulary import listing

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parent.parent
# Of the tree outside of `docs/`, by the names that they have on the site.
WRITTEN = {
    "index.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
}
SHOWN = ("examples/ci/imnnc.yml",)
_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
_TITLES = {"declarations": "What a source is made of", "methods": "Methods of `train`"}


def settings_page() -> str:
    """Every word of the language: what follows it, its limits, its default, what it means."""
    lines = [
        "# Settings",
        "",
        "Made from the vocabulary of the compiler, as its editor support is. How they go together:"
        " [the language](../language.md).",
    ]
    kinds = dict.fromkeys(kind for kind, _ in entries())
    for kind in kinds:
        title = _TITLES.get(kind) or f"In `{kind}`"
        lines += ["", f"## {title}", "", "| | what follows | |", "|---|---|---|"]
        lines += [
            f"| `{entry.word}` | {_cell(_value(entry))} | {_cell(entry.text)} |"
            for (of, _), entry in entries().items()
            if of == kind
        ]
    return "\n".join(lines) + "\n"


def _value(entry: Entry) -> str:
    """What follows a word, within which limits, and what it is where it is not given."""
    parts = [entry.value] if entry.value else []
    if entry.choices:
        parts.append(listing(entry.choices))
    if entry.limits:
        parts.append(entry.limits)
    if entry.default is not None:
        parts.append(f"unless given: {entry.default}")
    return "; ".join(parts)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def diagnostics_page() -> str:
    """Every code with what `imnnc explain` says of it."""
    lines = ["# Diagnostics", "", "What `imnnc explain CODE` says, of every code."]
    for code, found in sorted(explanations().items()):
        lines += ["", f"## {code}: {found.title} {{ #{code.lower()} }}", "", found.text.strip()]
        if found.example:
            lines += ["", "```", found.example.strip(), "```"]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Every command with its `--help`."""
    from typer.main import get_command

    group: Any = get_command(app)
    lines = ["# Commands", "", "What `imnnc COMMAND --help` says, of every command."]
    for title, names in GROUPS.items():
        lines += ["", f"## {title}"]
        for name in names:
            command = group.commands[name]
            inner = getattr(command, "commands", {})
            called = {f"imnnc {name} {x}": y for x, y in inner.items()} or {
                f"imnnc {name}": command
            }
            for words, each in called.items():
                lines += ["", f"### `{words}`", "", "```text", _help(each, words), "```"]
    return "\n".join(lines) + "\n"


def _help(command: Any, words: str) -> str:
    context = command.context_class(
        command, info_name=words, max_content_width=88, terminal_width=88
    )
    return str(command.get_help(context)).strip()


def python_page() -> str:
    """Every name of the package with its docstring."""
    names = [name for name in imnnc.__all__ if not name.startswith("_")]
    return "\n".join(["# Python", "", imnnc.__doc__ or "", *(f"\n::: imnnc.{x}\n" for x in names)])


PAGES: dict[str, Callable[[], str]] = {
    "reference/settings.md": settings_page,
    "reference/diagnostics.md": diagnostics_page,
    "reference/commands.md": commands_page,
    "reference/python.md": python_page,
}


def notebook_page(path: Path) -> str:
    """The cells of a notebook; what they give is seen by who runs it."""
    parts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"]).strip()
        parts.append(f"```python\n{text}\n```" if cell["cell_type"] == "code" else text)
    return "\n\n".join(parts) + "\n"


def moved(text: str) -> str:
    """A text from the top of the tree, with links as they are from within `docs/`."""
    for page, name in WRITTEN.items():
        text = text.replace(f"]({name})", f"]({page})")
    return re.sub(r"\]\(docs/", "](", text)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is made, and what stands at the top of the tree."""
    from mkdocs.structure.files import File

    for path, made in PAGES.items():
        files.append(File.generated(config, path, content=made()))
    for path, name in WRITTEN.items():
        files.append(File.generated(config, path, content=moved((ROOT / name).read_text("utf-8"))))
    for notebook in (ROOT / "docs" / "notebooks").glob("*.ipynb"):
        page = f"notebooks/{notebook.stem}.md"
        files.append(File.generated(config, page, content=notebook_page(notebook)))
    for name in SHOWN:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Links to files of the tree lead to where they are on the site."""
    for name in SHOWN:
        markdown = markdown.replace(f"](../{name})", f"]({name})")
    return re.sub(r"\]\((\S*notebooks/\w+)\.ipynb\)", r"](\1.md)", markdown)


def on_page_content(content: str, **_: object) -> str:
    """Formulas as MathML."""

    def formula(found: re.Match[str]) -> str:
        display = "block" if found[1] == "div" else "inline"
        return str(convert(html.unescape(found[2]).strip(), display=display))

    return _FORMULA.sub(formula, content)

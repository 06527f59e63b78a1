"""What is said of model files that cannot be laid out beside a netlist."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from imnnc.design import Technology
from imnnc.diagnostics import CompileError, fail
from imnnc.models.cards import Card
from imnnc.models.modelfile import ModelFile
from imnnc.models.places import Missing, Place

_LONGEST_SHOWN = 300  # characters of a name
_MOST_SHOWN = 100  # sections of a library


def same_name(technology: Technology, name: PurePosixPath, other: PurePosixPath) -> CompileError:
    """Two files that would meet beside the netlist."""
    shown, known = _shown(name), _shown(other)
    what = f"two are called `{shown}`" if name == other else f"`{shown}` and `{known}` are one"
    return fail(
        "IM502",
        f"the model files of technology `{technology.name}` must have different names, {what}",
        technology.span,
        notes=[] if name == other else ["ngspice does not tell upper from lower case in them"],
    )


def leads_nowhere(
    technology: Technology, place: Place, card: Card, missing: Missing
) -> CompileError:
    """A reference to a file that is not there, or lies outside of what is laid out."""
    if missing.is_outside:
        return _outside(technology, place, card, missing)
    return fail(
        "IM511",
        f"cannot read `{_short(missing.source)}`: no such file or directory",
        technology.span,
        notes=[f"the model file `{place.source}` refers to `{_short(card.name)}`"],
        help=_hint(card.name, missing.source),
    )


def _hint(reference: str, source: Path) -> str | None:
    if "$" in reference:
        return (
            "ngspice does not put environment variables into the names of files: write the path, "
            "or one that is relative to the library"
        )
    if "\\" in reference:
        return "write `/` between folders"
    try:
        names = sorted(path.name for path in source.parent.iterdir())
    except OSError:
        return None
    alike = [name for name in names if name.lower() == source.name.lower()]
    return f"there is `{alike[0]}`: names of files tell upper from lower case" if alike else None


def _outside(technology: Technology, place: Place, card: Card, missing: Missing) -> CompileError:
    library = Path(os.path.abspath(technology.library))
    top = Path(os.path.commonpath([library.parent, os.path.abspath(missing.source.parent)]))
    inside = library.parent.relative_to(top.parent).as_posix()
    way = "move the library and what it refers to into one folder below another one"
    if top.name:
        way = (
            f"say that both lie in a kit: in the technology write "
            f'`kit "{technology.name}" {{ pdk_root "{inside}" }}` and `library "{library.name}"`, '
            f"and set `PDK_ROOT` to `{top.parent}`"
        )
    return fail(
        "IM503",
        "a model file must refer to files in its own folder or below, "
        f"`{place.source.name}` of technology `{technology.name}` refers to `{_short(card.name)}`",
        technology.span,
        notes=["the models are copied beside the netlist"],
        help=way,
    )


def no_name(technology: Technology, place: Place, file: ModelFile, card: Card) -> CompileError:
    """A card that names no file."""
    line = " ".join(file.text[card.start : card.stop].split())[:80]
    return _unreadable(
        technology,
        f"a card that reads a file must name it, `{place.source.name}` has `{line}`",
        help="a comment begins at `;`, `//` or a `$` behind a blank, and an `.include` is one line",
    )


def no_section(technology: Technology, place: Place, name: str, file: ModelFile) -> CompileError:
    """A section that a library does not have."""
    sections = [f"`{_short(x.name)}`" for x in file.sections[:_MOST_SHOWN]]
    if len(file.sections) > _MOST_SHOWN:
        sections.append("...")
    notes = [f"it has {', '.join(sections)}" if sections else "it has none"]
    library = place.source.name
    if name == technology.corner and place.source == technology.library:
        return fail(
            "IM302",
            f"corner `{name}` must be a `.lib` section of `{library}`, which has none of that name",
            technology.span,
            notes=notes,
        )
    return _unreadable(technology, f"`{library}` must have a section `{_short(name)}`", notes)


def no_end(technology: Technology, place: Place, name: str) -> CompileError:
    """A section that another one, or the end of the file, cuts short."""
    return _unreadable(
        technology,
        f"section `{name}` of `{place.source.name}` must end with `.endl` before another one "
        "begins or the file ends",
    )


def too_deep(technology: Technology, place: Place, is_endless: bool) -> CompileError:
    """A file that leads to itself, or to more files than anybody includes in each other."""
    name = place.source.name
    if is_endless:
        return _unreadable(technology, f"`{name}` must not include itself")
    return _unreadable(technology, f"too many files include each other on the way to `{name}`")


def too_large(technology: Technology, place: Place, largest: int) -> CompileError:
    """Files that include each other again and again."""
    return _unreadable(
        technology,
        f"`{place.source.name}` must have at most {largest >> 20} MiB with all that it includes",
    )


def two_ways(technology: Technology, place: Place, card: Card) -> CompileError:
    """A reference in a file of two libraries that would have to be written in two ways."""
    return _unreadable(
        technology,
        f"`{place.source.name}` must lead to one file by `{_short(card.name)}`, "
        "two libraries in different folders include it",
    )


def _unreadable(
    technology: Technology, message: str, notes: list[str] | None = None, help: str | None = None
) -> CompileError:
    return fail("IM504", message, technology.span, notes=notes or [], help=help)


def _short(name: str | Path) -> str:
    """A name that a file may have made as long as it likes."""
    text = str(name)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _shown(name: PurePosixPath) -> str:
    """A name without the folder of the models."""
    return name.relative_to(name.parts[0]).as_posix()

"""Where a reference of one model file to another leads, and what it is called beside a netlist.

Measured with ngspice 39: the references of a library that a `.lib` card names are looked for
where the library really lies, behind all symbolic links; those of a file that an `.include` card
names, where it is said to lie.  Here each is looked for first where ngspice looks for it, then
in the folders of the other links on the way.  ngspice looks first in the folder in which it was
started; this does not, for a network's models must not hang on that.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from imnnc.circuit.build import MODELS_FOLDER

_ELSEWHERE = "elsewhere"  # in `models/`: what an absolute name leads to
_HOME = "from_home"  # in `models/`: what a name behind `~/` leads to
_OTHER = re.compile(r"[^A-Za-z0-9_.+/-]")  # that a netlist cannot have in the name of a file
_MOST_LINKS = 40  # on the way to a file; Linux follows no more either


class Place(NamedTuple):
    """A model file: its name beside the netlist, `models/...`, and where it is read from."""

    name: PurePosixPath
    source: Path


class Found(NamedTuple):
    """Where a reference leads, and how it must be written to lead there beside a netlist."""

    place: Place
    text: str


class Missing(NamedTuple):
    """A reference that leads to no file, or (`is_outside`) to one that would not be in `models/`.

    `source` is that file, or where it would be.
    """

    source: Path
    is_outside: bool


def lead(
    reference: str, own: Place, library: Place | None, top: Path, *, by_section: bool
) -> Found | Missing:
    """Where a reference leads.

    `own` is the file that has it; `library` the one that a `.lib` card named last on the way
    there (None: there is none, the netlist itself includes `own`).  `by_section` says that the
    reference is `.lib file section`, which ngspice looks for beside `library`.  `top` is the
    folder that is laid out as `models/`.
    """
    base = own.name.parent
    if by_section:
        base = PurePosixPath() if library is None else library.name.parent
    places = [*_places(reference, own, library if by_section else None, own == library, top)]
    # Unlike Path.exists, false for any name that cannot be one.
    found = next((place for place in places if os.path.exists(place.source)), None)
    if found is None or not _is_laid_out(found.name):
        found = found or places[0]
        return Missing(found.source, not _is_laid_out(found.name))
    is_plain = not _is_anchored(reference) and _OTHER.search(reference) is None
    leads_there = is_plain and _joined(base, reference) == found.name
    return Found(found, reference if leads_there else posixpath.relpath(found.name, base))


def _is_anchored(reference: str) -> bool:
    return reference.startswith(("/", "~/"))


def _places(
    reference: str, own: Place, library: Place | None, is_library: bool, top: Path
) -> Iterator[Place]:
    """The places where a reference is looked for, the first one first."""
    if _is_anchored(reference):
        yield _anchored(reference, top)
        return
    for place in dict.fromkeys((library or own, own)):
        name = _joined(place.name.parent, reference)
        for folder in _folders(place.source, behind_links=is_library or place == library):
            source = folder / reference
            # What leaves the folder may come back to it.
            yield Place(name if _is_laid_out(name) else _inside(source, top) or name, source)


def _is_laid_out(name: PurePosixPath) -> bool:
    return name.parts[:1] == (MODELS_FOLDER,)


def _inside(source: Path, top: Path) -> PurePosixPath | None:
    """The name of a file that is below the folder which is laid out."""
    normal, top = Path(os.path.abspath(source)), Path(os.path.abspath(top))
    if not normal.is_relative_to(top):
        return None
    return _joined(PurePosixPath(MODELS_FOLDER), normal.relative_to(top).as_posix())


def _anchored(reference: str, top: Path) -> Place:
    """What an absolute name, or one in the user's home, leads to."""
    source = Path(os.path.expanduser(reference))
    name = f"{_HOME}/{reference[2:]}" if reference[0] == "~" else f"{_ELSEWHERE}{reference}"
    laid_out = _joined(PurePosixPath(MODELS_FOLDER), name)
    return Place(_inside(source, top) or laid_out, source)


def _joined(folder: PurePosixPath, reference: str) -> PurePosixPath:
    return PurePosixPath(posixpath.normpath(folder / _OTHER.sub("_", reference)))


def _folders(source: Path, *, behind_links: bool) -> list[Path]:
    """The folders of a file, of what it is a link to, and so on; the other way `behind_links`."""
    folders = [*dict.fromkeys((*_chain(source), source.resolve().parent))]
    return folders[::-1] if behind_links else folders


def _chain(source: Path) -> Iterator[Path]:
    for _ in range(_MOST_LINKS):
        yield source.parent
        if not source.is_symlink():
            return
        source = source.parent / source.readlink()

"""Copies the device models beside a netlist, so that an output folder stands on its own.

A library of a foundry has sections for every device and every purpose, and each includes files.
What is copied is what the sections of the technology's corners lead to, all corners of it, so
that changing the corner in a netlist is all it takes to simulate another.  Other sections are
left out of the copies: ngspice 39 reads what every section of a library includes, whichever is
chosen, and ends where such a file is not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from imnnc.circuit.build import MODELS_FOLDER
from imnnc.circuit.check import check_file_name
from imnnc.design import Technology
from imnnc.diagnostics import fail
from imnnc.emit.library import ENCODING, beside, cards
from imnnc.files.files import reading, writing

_TRIMMED = (
    "* Changed by imnnc: sections that the corners of the technology do not need are left out.\n"
)


@dataclass(frozen=True)
class _Reference:
    """What a model file says that a simulator shall read: a file, or one section of it."""

    path: str
    section: str | None


@dataclass
class _ModelFile:
    """A model file, with its references outside of sections and those in each."""

    text: str
    outside: list[_Reference] = field(default_factory=list)
    sections: dict[str, list[_Reference]] = field(default_factory=dict)
    extents: list[tuple[str, int, int]] = field(default_factory=list)  # of sections, in `text`
    needed: set[str] = field(default_factory=set)
    is_whole: bool = False  # included as it is, not by sections

    def references(self, section: str | None) -> list[_Reference]:
        """What is read with one section; without one, everything."""
        inside = self.sections.keys() if section is None else {section.lower()}
        return [*self.outside, *(x for name in inside for x in self.sections.get(name, ()))]

    def trimmed(self) -> str:
        """The text without the sections that nobody needs."""
        if self.is_whole or self.needed.issuperset(name for name, _, _ in self.extents):
            return self.text
        parts, end = [_TRIMMED], 0
        for name, start, stop in self.extents:
            if name not in self.needed:
                parts.append(self.text[end:start])
                end = stop
        return "".join([*parts, self.text[end:]])


def model_files(technology: Technology) -> dict[str, Path]:
    """The model files and those that they refer to, by their names in `models/`.

    Fails with IM501 where a netlist cannot include the name, IM502 where two would meet, IM503
    where a model file refers to one outside of its folder or kit, IM511 where one cannot be read.
    """
    return dict(sorted(_search(technology).found.items()))


def copy_models(technology: Technology, folder: Path) -> list[str]:
    """Copy the model files into `models/` of the output folder, with those that they refer to.

    Returns their names, relative to `folder`.  Fails as `model_files` does, and with IM510 where
    files cannot be written.
    """
    names = []
    for name, file in sorted(_search(technology).read.items()):
        target = f"{MODELS_FOLDER}/{name}"
        with writing(folder / target):
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            (folder / target).write_bytes(file.trimmed().encode(ENCODING))
        names.append(target)
    return names


def _search(technology: Technology) -> _Search:
    search = _Search(technology)
    for path in technology.includes:
        search.begin(path, None)
    for corner in dict.fromkeys((technology.corner, *technology.corners)):
        search.begin(technology.library, corner)
    return search


class _Search:
    """Follows references from file to file; each file is read once."""

    def __init__(self, technology: Technology) -> None:
        self._technology = technology
        self._done: set[tuple[str, str | None]] = set()
        self.read: dict[str, _ModelFile] = {}
        self.found: dict[str, Path] = {}

    def begin(self, path: Path, section: str | None) -> None:
        """Add a file that the technology names, and what it refers to."""
        name = self._technology.model_name(path)
        for part in name.split("/"):
            check_file_name(part, self._technology.span)
        inside = PurePosixPath(name)
        self._follow(path.parents[len(inside.parts) - 1], inside, section)

    def _follow(self, root: Path, name: PurePosixPath, section: str | None) -> None:
        """Add `root / name` as `name`, then what it refers to."""
        key = (str(name), None if section is None else section.lower())
        file = self._file(root, name)
        if key in self._done:
            return
        self._done.add(key)
        if key[1] is None:
            file.is_whole = True
        else:
            file.needed.add(key[1])
        for reference in file.references(section):
            self._follow(root, self._inside(root, name, reference.path), reference.section)

    def _file(self, root: Path, name: PurePosixPath) -> _ModelFile:
        source, technology = root / name, self._technology
        known = self.found.setdefault(str(name), source)
        if known != source and not known.samefile(source):
            raise fail(
                "IM502",
                f"the model files of technology `{technology.name}` must have different names, "
                f"two are called `{name}`",
                technology.span,
            )
        if str(name) not in self.read:
            with reading(source, technology.span):
                text = source.read_bytes().decode(ENCODING)
            self.read[str(name)] = _parsed(text)
        return self.read[str(name)]

    def _inside(self, root: Path, name: PurePosixPath, reference: str) -> PurePosixPath:
        other = beside(name, reference)
        if other is None:
            raise fail(
                "IM503",
                "a model file must refer to files in its own folder or below, "
                f"`{(root / name).name}` of technology `{self._technology.name}` refers to "
                f"`{reference}`",
                self._technology.span,
                notes=["the models are copied beside the netlist"],
            )
        return other


def _parsed(text: str) -> _ModelFile:
    """A model file with its relative references; absolute ones stay as they are."""
    file = _ModelFile(text)
    current, opened = file.outside, ("", 0)
    for card in cards(text):
        if card.kind == "opens":
            current, opened = file.sections.setdefault(card.name, []), (card.name, card.start)
        elif card.kind == "ends":
            if current is not file.outside:
                file.extents.append((*opened, card.stop + 1))
            current = file.outside
        elif card.is_relative:
            current.append(_Reference(card.name, card.section))
    return file

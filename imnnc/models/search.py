"""Follows the references of a technology's model files from file to file.

A library of a foundry has sections for every device and every purpose, and each includes files.
What is needed is what the sections of the technology's corners lead to, all corners of it, so
that changing the corner in a netlist is all it takes to simulate another.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from imnnc.circuit.build import MODELS_FOLDER
from imnnc.circuit.check import check_file_name
from imnnc.design import Technology
from imnnc.diagnostics import Label, fail
from imnnc.files.files import reading
from imnnc.models import mistakes
from imnnc.models.admission import ENCODING, admit
from imnnc.models.cards import Card, cards
from imnnc.models.modelfile import ModelFile, Section
from imnnc.models.places import Found, Missing, Place, lead

# A file and its section, on the way to what is read.
_Step = tuple[PurePosixPath, str | None]
_DEEPEST = 45  # files that include each other; the guard takes 50
_MOST_CHARACTERS = 1 << 28  # of a file with all that it includes


class Search:
    """The model files that a technology needs; each is read once.

    Fails with IM300 where a file that the technology names is not there, IM302 where its library
    has no section for the corner, IM501 where a netlist cannot include a name, IM502 where two
    files would meet, IM503 where one refers to a file outside of its folder or kit, IM504 where
    what it says to read cannot be, IM511 where a file cannot be read.
    """

    def __init__(self, technology: Technology) -> None:
        self._technology = technology
        self._sizes: dict[tuple[_Step, Place | None], int] = {}  # of what was followed
        self.found: dict[PurePosixPath, Path] = {}
        self._read: dict[PurePosixPath, ModelFile] = {}
        for path in technology.includes:
            self._follow(self._named(path), None, None, ())
        library = self._named(technology.library)
        for corner in dict.fromkeys((technology.corner, *technology.corners)):
            # A kit may have fewer corners than its technology has: those are told where asked for.
            if corner == technology.corner or self.file(library).section(corner) is not None:
                self._follow(library, corner, None, ())

    @property
    def files(self) -> dict[str, Path]:
        """Where each file is read from, by its name beside the netlist, in their order."""
        return {str(name): self.found[name] for name in sorted(self.found)}

    def copy(self, name: str) -> str:
        """The text of a file as it is laid out; fails with IM608 where no simulator may read it."""
        name_here = PurePosixPath(name)
        file, span = self._read[name_here], self._technology.span
        asked = [] if span is None else [Label(span, "the technology that has it")]
        admit(str(self.found[name_here]), file.in_place().encode(ENCODING), tuple(asked))
        return file.copy()

    def lines(self) -> Iterator[str]:
        """The models of the corner, line by line, without a reference to a file."""
        for path in self._technology.includes:
            yield from self._lines(self._named(path), None, None)
        library = self._named(self._technology.library)
        yield from self._lines(library, self._technology.corner, None)

    def needed(self) -> Iterator[str]:
        """What the corners need, line by line, each file or section once."""
        for file in self._read.values():
            yield from file.copy().split("\n")

    def file(self, place: Place) -> ModelFile:
        """A file, read where it was not read before."""
        known = self.found.get(place.name)
        if known is None:
            self._check_case(place)
            with reading(place.source, self._technology.span):
                text = place.source.read_bytes().decode(ENCODING)
            self.found[place.name] = place.source
            self._read[place.name] = ModelFile.parsed(text)
        elif not known.samefile(place.source):
            raise mistakes.same_name(self._technology, place.name, place.name)
        return self._read[place.name]

    def _check_case(self, place: Place) -> None:
        for other in self.found:
            if str(other).lower() == str(place.name).lower():
                raise mistakes.same_name(self._technology, place.name, other)

    def _named(self, path: Path) -> Place:
        """A file that the technology names."""
        technology = self._technology
        if not path.is_file():
            raise fail(
                "IM300",
                f"the model file of technology `{technology.name}` must be a file, "
                f"there is none at `{path}`",
                technology.span,
                help="a relative path is taken from the folder of the file that says it",
            )
        name = technology.model_name(path)
        for part in name.split("/"):
            check_file_name(part, technology.span)
        return Place(PurePosixPath(MODELS_FOLDER, name), path)

    def _follow(
        self, place: Place, section: str | None, library: Place | None, above: tuple[_Step, ...]
    ) -> int:
        """Add a file, then what it, or one section of it, refers to.

        Returns the number of characters that a simulator reads with that, at most.
        """
        file = self.file(place)
        found = None if section is None else self._section(place, section)
        step = (place.name, None if found is None else found.name)
        if step in above or len(above) == _DEEPEST:
            raise mistakes.too_deep(self._technology, place, step in above)
        library = library if found is None else place
        if (step, library) in self._sizes:
            return self._sizes[step, library]
        if found is None:
            file.is_whole, size = True, len(file.text)
        else:
            found.is_needed, size = True, found.stop - found.start
        for card in file.reads(found):
            target = self._target(place, card, library)
            if file.names.setdefault(card, target.text) != target.text:
                raise mistakes.two_ways(self._technology, place, card)
            size += self._follow(target.place, card.section, library, (*above, step))
        if size > _MOST_CHARACTERS:
            raise mistakes.too_large(self._technology, place, _MOST_CHARACTERS)
        self._sizes[step, library] = size
        return size

    def _section(self, place: Place, name: str) -> Section:
        file = self.file(place)
        found = file.section(name)
        if found is None:
            raise mistakes.no_section(self._technology, place, name, file)
        if found.last is None:
            raise mistakes.no_end(self._technology, place, name)
        return found

    def _target(self, place: Place, card: Card, library: Place | None) -> Found:
        if not card.name:
            raise mistakes.no_name(self._technology, place, self.file(place), card)
        found = lead(
            os.fsdecode(card.name.encode(ENCODING)),
            place,
            library,
            self._technology.top,
            by_section=card.section is not None,
        )
        if isinstance(found, Missing):
            raise mistakes.leads_nowhere(self._technology, place, card, found)
        return found

    def _lines(self, place: Place, section: str | None, library: Place | None) -> Iterator[str]:
        """A file, or one section of it, with what it refers to in place of the references."""
        file = self.file(place)
        found = None if section is None else self._section(place, section)
        library = library if found is None else place
        end, stop = (0, len(file.text)) if found is None else found.inner
        for card in cards(file.text[:stop]):
            if card.start < end:
                continue
            yield from file.text[end : card.start].split("\n")[:-1]
            end = card.stop + 1
            if card.kind == "reads":
                target = self._target(place, card, library)
                yield from self._lines(target.place, card.section, library)
        if found is not None:
            yield from file.text[end:stop].split("\n")[:-1]
        elif end <= stop:
            yield from file.text[end:].split("\n")

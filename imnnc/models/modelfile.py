"""One model file: its sections, and its text without those that nobody needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from imnnc.models.cards import Card, cards

_TRIMMED = (
    "* Changed by imnnc: sections that the corners of the technology do not need are left out.\n"
)
_REWRITTEN = "* Changed by imnnc: files that are read are named as they lie here.\n"


@dataclass
class Section:
    """A `.lib` section: from `start` to `stop` with the cards that open and end it.

    `inner` is the span between these two cards; `last` is None where the section does not end.
    """

    first: Card
    stop: int
    inner: tuple[int, int]
    reads: list[Card]
    last: Card | None = None
    is_needed: bool = False

    @property
    def name(self) -> str:
        """In lower case."""
        return self.first.name

    @property
    def start(self) -> int:
        """Where its first card begins."""
        return self.first.start


@dataclass
class ModelFile:
    """A model file as it was read, and what of it is needed."""

    text: str
    sections: list[Section] = field(default_factory=list)
    outside: list[Card] = field(default_factory=list)  # that read files, outside of sections
    is_whole: bool = False  # included as it is, not by sections
    names: dict[Card, str] = field(default_factory=dict)  # of what is read, as the copy has them

    @classmethod
    def parsed(cls, text: str) -> ModelFile:
        """A model file, nothing of which is needed yet."""
        file, current = cls(text), None
        for card in cards(text):
            if card.kind == "reads":
                (file.outside if current is None else current.reads).append(card)
            elif card.kind == "ends":
                if current is not None:
                    current.stop, current.last = min(card.stop + 1, len(text)), card
                    current.inner = (current.inner[0], card.start)
                current = None
            else:
                if current is not None:
                    current.stop = card.start
                inner = min(card.stop + 1, len(text))
                current = Section(card, len(text), (inner, len(text)), [])
                file.sections.append(current)
        return file

    def section(self, name: str) -> Section | None:
        """The section of that name in any case; the first one, as ngspice takes it."""
        return next((x for x in self.sections if x.name == name.lower()), None)

    def reads(self, section: Section | None) -> list[Card]:
        """What is read with one section, in the order of the file; without one, everything."""
        if section is not None:
            return section.reads
        inside = (card for each in self.sections for card in each.reads)
        return sorted((*self.outside, *inside), key=lambda card: card.start)

    def copy(self) -> str:
        """The text that is laid out, without what nobody needs; files have their new names.

        Byte for byte the text that was read where neither makes a difference.
        """
        cut = self._cut()
        written = self._written()
        notices = [_TRIMMED] * bool(cut) + [_REWRITTEN] * bool(written)
        return "".join(notices) + self._edited(dict.fromkeys(cut, "") | written)

    def in_place(self) -> str:
        """The same with every line at the number that it has in the file that was read."""
        cut = {(a, b): "\n" * self.text.count("\n", a, b) for a, b in self._cut()}
        return self._edited(cut | self._written())

    def _cut(self) -> list[tuple[int, int]]:
        """What is left out: of a library that is read by sections, nothing outside counts."""
        if self.is_whole:
            return []
        cut = [(x.start, x.stop) for x in self.sections if not x.is_needed]
        return cut + [(x.start, x.stop + 1) for x in self.outside]

    def _written(self) -> dict[tuple[int, int], str]:
        """The cards that are not as they were, by where they stand."""
        kept = [x for x in self.sections if x.is_needed]
        names = self.names | {x.first: x.name for x in kept}
        names |= {x.last: "" for x in kept if x.last is not None}
        written = {card: card.written(name, self.text) for card, name in names.items()}
        return {
            (card.start, card.stop): text
            for card, text in written.items()
            if text != self.text[card.start : card.stop]
        }

    def _edited(self, edits: dict[tuple[int, int], str]) -> str:
        parts, end = [], 0
        for (start, stop), text in sorted(edits.items()):
            parts += [self.text[end:start], text]
            end = stop
        return "".join([*parts, self.text[end:]])

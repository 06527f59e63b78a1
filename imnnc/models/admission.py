"""What may stand in a deck that a simulator reads: a list of cards, and nothing else.

A simulator is a programming language with a shell in it.  ngspice runs what stands in a
`.control` block, behind `*#` or below a first line `*ng_script`; options name files that it
writes; models of XSPICE and CIDER read and write files of any name.  So this reader does not
look for what is bad: it knows the cards that a circuit, its models and its bench need, line by
line, and refuses whatever it is not certain of.

It is stricter than ngspice wherever that reads in a way of its own (`inpcom.c` and `inp.c` of
version 39, compared with 47):

- ngspice drops a carriage return anywhere in a line, so `.con\\rtrol` is a card; it ends a line
  at a NUL, and splits a first line of 5,000 characters.  Control characters are refused, and
  lines longer than `LONGEST_LINE`.
- It makes comments of cards by writing `*` over their first character: those of a subcircuit
  that nobody uses, a line that begins with `;`.  `r#shell ...` and `;#shell ...` become
  commands that way.  A name has no `#`.  Lines of comment that begin with `;`, `$` or `//` are
  laid out as a bare `*`, so that nothing of them comes to it.
- A `$` or `//` may be between a card and the line with `+` that it goes on in, a `;` may not:
  there it takes the card's last words away.
- `\\\\` at the end of a line continues it, and so does `+` on the next.  There is no backslash,
  and a continued card is read as a whole where its operands matter.
- It takes `.includes`, `.library` and `.enders` for `.include`, `.lib` and `.end`.  Words are
  compared whole.
- `.title` replaces the first line after it was looked at, so there is no `.title`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from imnnc.diagnostics import CompileError, Label, Source, Span, fail

ENCODING: Final = "latin-1"  # of decks and libraries: every byte is a character
LONGEST_LINE: Final = 2000  # characters; foundries' libraries stay below 300

# The devices of a circuit: those of SPICE, none of XSPICE (`A`), OSDI (`N`) or shared code.
DEVICES: Final = {
    "B": "source with an expression",
    "C": "capacitor",
    "D": "diode",
    "E": "voltage-controlled voltage source",
    "F": "current-controlled current source",
    "G": "voltage-controlled current source",
    "H": "current-controlled voltage source",
    "I": "current source",
    "J": "junction field-effect transistor",
    "K": "coupled inductors",
    "L": "inductor",
    "M": "MOS transistor",
    "Q": "bipolar transistor",
    "R": "resistor",
    "V": "voltage source",
    "X": "subcircuit",
}

# Types of `.model`: compact models that are a part of ngspice and open no file that a card names.
MODELS: Final = ("nmos", "pmos", "npn", "pnp", "njf", "pjf", "d", "r", "c", "l")

# Options that are numbers of the solver, and those that are words alone.  Others name files
# (`measoutfile`, `rawfile`), run programs (`editor`) or change how ngspice reads (`ngbehavior`).
NUMERIC_OPTIONS: Final = (
    *("abstol", "chgtol", "vntol", "reltol", "trtol", "pivrel", "pivtol", "epsmin", "xmu"),
    *("gmin", "gminsteps", "srcsteps", "cshunt", "rshunt", "temp", "tnom", "scale"),
    *("itl1", "itl2", "itl3", "itl4", "itl5", "itl6", "maxord", "numdgt", "seed"),
    *("defl", "defw", "defad", "defas", "ramptime", "minbreak", "bypass"),
)
OPTION_FLAGS: Final = ("parser", "noopiter", "noinit", "noacct", "nopage", "klu", "sparse")

_NUMBER = r"[-+]?+(?:[0-9]++\.?+[0-9]*+|\.[0-9]++)(?:[eE][-+]?+[0-9]++)?+[A-Za-z]{0,5}+"
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.]*+"
_PATH = r"[A-Za-z0-9_.+/\-][A-Za-z0-9_.+/\-]*+"
# Names, numbers and expressions.  Nets of extracted cells end in `#`; some libraries have
# expressions in quotes, `{"2*x"}`.
_TEXT = (
    r"(?:[A-Za-z0-9_ \t.,:+\-*/=(){}\[\]'<>!&|?^%~@]++"
    r'|(?<=[A-Za-z0-9_])\#|(?<=\{)"|"(?=\}))*+'
)
_OPTION = (
    rf"(?:(?i:{'|'.join(NUMERIC_OPTIONS)})[ \t]*+=[ \t]*+{_NUMBER}"
    rf"|(?i:method)[ \t]*+=[ \t]*+(?i:gear|trap)|(?i:{'|'.join(OPTION_FLAGS)}))(?![A-Za-z0-9_.])"
)
_OPTIONS = rf"[ \t]*+(?:{_OPTION}[ \t,]*+)*+"

_END = r"[ \t]*+\r?+\n"
# A comment behind a card; ngspice takes `$` for one only behind a blank or a comma.
_TAIL = rf"(?:(?:;|(?<=[ \t,])\$(?=[ \t\r\n]))[\t\x20-\x5b\x5d-\x7e\x80-\xff]*+)?+{_END}"
_NO_COMMAND = r"(?!\#|(?i:ng_script))"
# Behind a sign of its own no line of comment goes on in the next one, by a backslash.
_SILENT = r"(?![ \t;$/*]*+(?:\#|(?i:ng_script)))[\t\x20-\x5b\x5d-\x7e\x80-\xff]*+"
_STARRED = rf"\*{_NO_COMMAND}[\t\x20-\x7e\x80-\xff]*+"
_PASSED = rf"[ \t]*+(?:{_STARRED}|(?:\$|//){_SILENT})?+\r?+\n"
_MORE = rf"(?:{_PASSED}|[ \t]*+\+{_TEXT}{_TAIL})*+"
# Between two words of a card, which may go on in the next line.
_GAP = rf"(?:[ \t]++|{_END}(?:{_PASSED})*+[ \t]*+\+[ \t]*+)"

# What may follow each card that begins with a dot.  Those of `_CONTINUED` go on in lines with
# `+`; the others must not, since ngspice reads some of them before it joins lines.
_OPERANDS = rf"(?:[ \t]++{_TEXT})?+"
_CONTINUED: Final = {
    **dict.fromkeys(("subckt", "param", "func", "global", "nodeset", "ic"), _OPERANDS),
    "model": rf"{_GAP}{_NAME}{_GAP}(?i:{'|'.join(MODELS)})(?=[ \t(\r\n;]){_TEXT}",
}
_ALONE: Final = {
    "ends": rf"(?:[ \t]++{_NAME})?+",
    "if": rf"[ \t]*+\({_TEXT}",
    "elseif": rf"[ \t]*+\({_TEXT}",
    "else": "",
    "endif": "",
    "temp": rf"[ \t]++{_NUMBER}",
    "op": "",
    "end": "",
}

# No command, of those that ngspice tells from cards wherever they stand, though some could be
# devices by their first letters.
_COMMANDS: Final = ("codemodel", "cd", "echo", "eprint", "hardcopy", "load")
# A name (extracted cells have some like `Xcell_0[0|0]`) and at least two words behind it,
# or on the next line.
_DEVICE = (
    rf"(?!(?i:{'|'.join(_COMMANDS)})[ \t])"
    rf"[{''.join(DEVICES)}{''.join(DEVICES).lower()}](?:{_NAME}[\[\]|0-9]*+)?+"
    r"(?=(?:[ \t]++[^ \t\r\n]++){2}"
    rf"|(?:[ \t]++[^ \t\r\n]++)?+{_END}(?:{_PASSED})*+[ \t]*+\+)"
    rf"(?:[ \t]++(?![;$]){_TEXT})?+"
)


def _words(cards: dict[str, str]) -> str:
    return "|".join(f"(?i:{word}){operands}" for word, operands in cards.items())


# Most lines of a crossbar; the rule for devices has them as well, in twice the time.
_PLAIN = rf"[RVXM][A-Za-z0-9_]*+(?: [A-Za-z0-9_.+\-]++){{2,}}+\n{_MORE}"

_CARD = re.compile(
    rf"(?:{_PLAIN}|{_PASSED}|[ \t]*+;{_SILENT}\r?+\n"
    rf"|[ \t]*+(?:{_DEVICE}|\.(?:{_words(_CONTINUED)})){_TAIL}{_MORE}"
    rf"|[ \t]*+\.(?i:options?+)(?:[ \t]{_OPTIONS})?+{_TAIL}"
    rf"(?:{_PASSED}|[ \t]*+\+{_OPTIONS}{_TAIL})*+"
    rf"|[ \t]*+\.(?:{_words(_ALONE)}){_TAIL}"
    r")++"
    # One that says what else is to be read stands alone in a match, as does the end of a section.
    r"|[ \t]*+\.(?P<word>(?i:include|inc|lib))[ \t]++"
    rf"(?P<path>\"{_PATH}\"|'{_PATH}'|{_PATH})(?:[ \t]++(?P<section>{_NAME}))?+{_END}"
    rf"|[ \t]*+\.(?P<endl>(?i:endl))(?:[ \t]++{_NAME})?+{_TAIL}"
)
# A line of comment in another form than `*`, of a text that was admitted.
_FOREIGN = re.compile(r"(?m)^([ \t]*+)(?:;|\$|//)[^\r\n]*+")
_TITLE = re.compile(rf"[A-Za-z0-9][\t\x20-\x7e]*+{_END}")
_LONG_LINE = re.compile(rf"[^\n]{{{LONGEST_LINE + 1}}}")
_LINE = re.compile(r"[ \t]*(?P<word>[^ \t\n]*)(?P<rest>[^\n]*)")
_ADMITTED_CHARACTERS = re.compile(_TEXT)

_ADVICE: Final = (
    "only cards that describe a circuit, its models and its bench are simulated; "
    "`imnnc explain IM608` has a list"
)


# Of texts that were admitted, by their sha256: a deck at five corners has the same models.
_known: dict[bytes, tuple[Reference, ...]] = {}


@dataclass(frozen=True)
class Reference:
    """A card that has the simulator read a file; `start` to `stop` is the path in the text."""

    path: str
    section: str | None  # of a library, in lower case; None: all of the file
    inside: str | None  # the section that the card stands in
    start: int
    stop: int


def admit(
    name: str, content: bytes, secondary: tuple[Label, ...] = (), *, has_title: bool = False
) -> Admitted:
    """The text of a file for a simulator, of which every line is one that a circuit needs.

    Args:
        name: the file as the user knows it.
        content: its bytes.
        secondary: what else a message shall point at.
        has_title: whether ngspice takes the first line for a title; it comes out as a comment.

    Raises:
        CompileError: IM608 at the first line that is not admitted.
    """
    text = content.decode(ENCODING)
    if not text.endswith("\n"):
        text += "\n"
    if has_title and _TITLE.match(text):
        text = f"* {text}"
    source = Source(name, text)
    if long := _LONG_LINE.search(text):
        raise fail(
            "IM608",
            f"a line of a deck must have at most {LONGEST_LINE} characters, this one has more",
            Span(source, long.start(), long.start() + 1),
            secondary=secondary,
            help="go on in a new line that begins with `+`",
        )
    digest = hashlib.sha256(text.encode(ENCODING)).digest()
    if digest not in _known:
        _known[digest] = tuple(_references(source, secondary))
    # Of the same length: references keep their places.
    plain = _FOREIGN.sub(lambda x: f"{x[1]}*".ljust(len(x[0])), text)
    return Admitted(plain, source, _known[digest])


@dataclass(frozen=True, eq=False)
class Admitted:
    """A file that a simulator may read, and the files that it refers to."""

    text: str
    source: Source
    references: tuple[Reference, ...]

    def referring_to(self, paths: tuple[str, ...]) -> str:
        """The text with other paths in place of those of its references."""
        parts, end = [], 0
        for reference, path in zip(self.references, paths, strict=True):
            parts += [self.text[end : reference.start], f'"{path}"']
            end = reference.stop
        return "".join([*parts, self.text[end:]])


def _references(source: Source, secondary: tuple[Label, ...]) -> Iterator[Reference]:
    """Walk over a text card by card; what is read elsewhere comes out."""
    text, position, inside = source.text, 0, None
    while position < len(text):
        match = _CARD.match(text, position)
        if match is None:
            raise _refusal(source, position, secondary)
        position = match.end()
        if match["endl"] is not None:
            inside = None
        if match["word"] is None:
            continue
        path, section = match["path"].strip("\"'"), match["section"]
        if match["word"].lower() != "lib":
            if section is not None:
                raise _refusal(source, match.start("section"), secondary)
            yield Reference(path, None, inside, *match.span("path"))
        elif section is not None:
            yield Reference(path, section.lower(), inside, *match.span("path"))
        elif re.fullmatch(_NAME, path):
            inside = path.lower()  # `.lib name` opens a section
        else:
            raise _refusal(source, match.start(), secondary)


def _refusal(source: Source, position: int, secondary: tuple[Label, ...]) -> CompileError:
    """The message about the line at `position`, which no rule admits."""
    line = _LINE.match(source.text, position)
    assert line is not None, "the expression matches any line"
    start, stop = line.span("word")
    word = line["word"]
    known = {*_CONTINUED, *_ALONE, "option", "options", "include", "inc", "lib", "endl"}
    if word[:1] == "." and word[1:].lower() not in known:
        message = f"a deck must have no card `{_shown(word)}`"
    elif word[:1] in ("*", ";", "$", "#") or word[:2] == "//":
        stop = line.end()
        message = (
            "a comment that a simulator could run must not be in a deck"
            if word[:1] != "#"
            else "a line of comment in a deck must begin with `*`, `;`, `$` or `//`"
        )
    elif word[:1] in ("n", "N"):
        message = (
            f"a device compiled from Verilog-A (OSDI) cannot be simulated, was `{_shown(word)}`"
        )
    elif word[:1] == "+":
        message = "what this line goes on with must not stand in a deck"
    elif (word[:1].upper() in DEVICES and word.lower() not in _COMMANDS) or word[:1] == ".":
        start, stop = _first_strange(source.text, line)
        message = f"the operands of `{_shown(word)}` must be names, numbers and expressions"
        if word[1:].lower() in ("option", "options"):
            message = "an option of a deck must be one of the solver's, with a number"
        elif word.lower() == ".model":
            message = f"the type of a model must be one of {', '.join(MODELS)}"
        elif word[1:].lower() in ("include", "inc", "lib"):
            message = (
                f"`{_shown(word)}` must name a file by letters, digits, `_`, `.`, `+`, `-` and `/`"
            )
    else:
        message = f"a line of a deck must be a card, was `{_shown(word)}`"
    return fail(
        "IM608",
        message,
        Span(source, start, max(stop, start + 1)),
        secondary=secondary,
        help=_ADVICE,
    )


def _first_strange(text: str, line: re.Match[str]) -> tuple[int, int]:
    """The first character of a card's operands that none may have, or else all of them."""
    match = _ADMITTED_CHARACTERS.match(text, line.end("word"), line.end())
    assert match is not None, "the expression matches nothing as well"
    if match.end() < line.end():
        return match.end(), match.end() + 1
    return line.start("word"), line.end()


def _shown(word: str) -> str:
    printable = "".join(c if c.isprintable() else "�" for c in word)
    return printable if len(printable) <= 40 else f"{printable[:40]}..."

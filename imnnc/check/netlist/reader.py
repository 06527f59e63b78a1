"""Reads a testbench and what it includes, as ngspice reads them.

The first line of the testbench is its title.  Lines that start with `+` go on with the one
before; `*` starts a comment, and so do `;`, `//` and a `$` after a blank.  What `.lib` and
`.include` bring from the folder `models/` is not read: those files are compared as texts.

The reader is strict: a line that it does not know is an error at its place, never skipped, for a
comparison that skips lines would promise too much.  Models that stand in the netlist itself
(`imnnc.emit.corners`) are kept as texts, with the cards that they are in place of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from imnnc.check.netlist.deck import GROUND, TOP, VALUE, Deck, Device, Module, Value
from imnnc.check.netlist.values import number, value
from imnnc.circuit.build import MODELS_FOLDER
from imnnc.diagnostics import CompileError, Source, Span, fail
from imnnc.emit.corners import END_OF_MODELS, IN_PLACE_OF
from imnnc.files.files import reading

_COMMENT = re.compile(r"(?:;|//|(?:^|\s)\$).*")
_BRACED = re.compile(r"\{[^}]*\}|'[^']*'")
_TERMINALS = {"r": 2, "c": 2, "l": 2, "v": 2, "i": 2, "d": 2, "m": 4, "b": 2}
_NEEDS_MODEL = "dm"
_ANALYSES = (".op", ".tran", ".dc", ".ac", ".save", ".print", ".plot", ".probe", ".measure")
_GUESS = re.compile(r"v\((?P<net>[^()\s]+)\)=(?P<volts>\S+)")
_LARGEST_DEPTH = 16
_MARKS = (IN_PLACE_OF, END_OF_MODELS)
# Python takes these for blanks, ngspice does not.
_OTHER_BLANKS = re.compile(r"[\x0b\x0c\x1c-\x1f\x85\xa0]|\r(?!\n)")


class _Line(NamedTuple):
    """A logical line, in lower case but for the text of file names."""

    text: str
    file: Path
    name: str  # of the file, as messages have it
    number: int

    def wrong(self, message: str, help: str | None = None) -> CompileError:
        """IM530 at this line."""
        text = self.file.read_bytes().decode("latin-1")
        source = Source(self.name, text)
        lines = text.split("\n")
        start = sum(len(line) + 1 for line in lines[: self.number - 1])
        return fail(
            "IM530",
            message,
            Span(source, start, start + len(lines[self.number - 1].rstrip("\r"))),
            help=help,
        )


def read_deck(testbench: Path) -> Deck:
    """The netlist of a testbench; its modules without the name of the network before theirs.

    Fails with IM511 where a file cannot be read and IM530 at a line that is not understood.
    """
    return _Reader(testbench.parent).read(testbench)


def statements(path: Path, has_title: bool) -> list[str]:
    """What a file says without comments, continuations, blank lines, blanks more than one, case.

    Files that it includes are only named.  Fails with IM511 where it cannot be read.
    """
    return [
        text.strip() if text.startswith((".inc", ".lib")) else " ".join(_words(text))
        for text, _ in _logical_lines(path, path.name, has_title)
    ]


class _Reader:
    """The state of reading one deck."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._top: list[Device] = []
        self._modules: dict[str, Module] = {}
        self._libraries: list[tuple[str, str]] = []
        self._settings: dict[str, Value] = {}
        self._globals: set[str] = set()
        self._files: list[Path] = []
        # The module that is open, and its devices.
        self._open: Module | None = None
        self._devices = self._top
        self._names: set[str] = set()
        self._top_names = self._names
        self._ended = False
        self._models: list[str] = []
        self._in_models = False

    def read(self, testbench: Path) -> Deck:
        self._read_file(testbench, 0)
        if self._open is not None:
            raise fail("IM530", f"module `{self._open.name}` at {self._open.place} has no `.ends`")
        if self._in_models:
            raise fail("IM530", f"models in `{testbench.name}` have no `{END_OF_MODELS}`")
        return Deck(
            Module(TOP, (), (), tuple(self._top), testbench.name),
            self._modules,
            tuple(self._libraries),
            self._settings,
            frozenset(self._globals),
            tuple(self._files),
            tuple(self._models),
        ).with_local_names()

    def _read_file(self, path: Path, depth: int) -> None:
        self._files.append(path)
        name = _name_of(path, self._folder)
        for text, index in _logical_lines(path, name, has_title=depth == 0):
            words = text.split()
            # Nearly all lines are cells: they are worth a way of their own.
            if len(words) == 4 and words[0][0] == "r" and words[3][-1].isdigit():
                resistance = number(words[3])
                if resistance is not None and not self._ended and not self._in_models:
                    nets = (_net(words[1]), _net(words[2]))
                    device = words[0]
                    if device not in self._names:
                        self._names.add(device)
                        values = ((VALUE, resistance),)
                        found = Device("r", device, nets, "", values, f"{name}:{index}")
                        self._devices.append(found)
                        continue
            self._read_line(_Line(text, path, name, index), words, depth)

    def _read_line(self, line: _Line, words: list[str], depth: int) -> None:
        if self._ended:
            # ngspice goes on reading.
            raise line.wrong("nothing must follow `.end`")
        if self._is_of_models(line):
            return
        if words[0].startswith("."):
            self._directive(line, words, depth)
        else:
            self._add(_device(line), line)

    def _is_of_models(self, line: _Line) -> bool:
        """Whether a line is of models that stand in the netlist itself, or a mark around them."""
        if line.text.startswith(IN_PLACE_OF):
            if self._open is not None:
                raise line.wrong("models must not be inside of a module")
            card = line._replace(text=line.text.removeprefix(IN_PLACE_OF))
            self._reference(card, _LARGEST_DEPTH)
            self._in_models = True
        elif line.text == END_OF_MODELS:
            if not self._in_models:
                raise line.wrong("models that end must have begun")
            self._in_models = False
        elif self._in_models:
            self._models.append(" ".join(_words(line.text)))
        else:
            return False
        return True

    def _add(self, device: Device, line: _Line) -> None:
        if device.name in self._names:
            raise line.wrong(f"device `{device.name}` must be there once, it is there twice")
        self._names.add(device.name)
        self._devices.append(device)

    def _directive(self, line: _Line, words: list[str], depth: int) -> None:
        word = words[0]
        if word == ".subckt":
            self._begin(line)
        elif word == ".ends":
            self._end(line, words)
        elif word in (".include", ".inc", ".lib"):
            self._reference(line, depth)
        elif word == ".end":
            self._ended = True
        elif word == ".global":
            self._globals.update(words[1:])
        elif word in (".nodeset", ".ic"):
            self._guesses(line, word)
        elif self._open is not None:
            raise line.wrong(f"`{word}` must not be inside of a module")
        else:
            self._setting(line, word)

    def _begin(self, line: _Line) -> None:
        words = _words(line.text)
        if self._open is not None:
            raise line.wrong(f"module `{self._open.name}` must end before another begins")
        if len(words) < 2:
            raise line.wrong("`.subckt` must have a name")
        name = words[1]
        ports = tuple(_net(word) for word in words[2:] if "=" not in word and word != "params:")
        if name in self._modules:
            raise line.wrong(f"module `{name}` must be there once, it is there twice")
        if len(set(ports)) != len(ports):
            raise line.wrong(f"the ports of module `{name}` must have different names")
        place = f"{line.name}:{line.number}"
        self._open = Module(name, ports, _assignments(words[2:]), (), place)
        self._devices, self._names = [], set()

    def _end(self, line: _Line, words: list[str]) -> None:
        module = self._open
        if module is None or words[1:] not in ([], [module.name]):
            raise line.wrong("`.ends` must close the module that is open")
        self._modules[module.name] = Module(
            module.name, module.ports, module.defaults, tuple(self._devices), module.place
        )
        self._open, self._devices, self._names = None, self._top, self._top_names

    def _reference(self, line: _Line, depth: int) -> None:
        """A file of the netlist is read in its place, one of the models is only named."""
        found = re.fullmatch(
            r"\.\w+\s+(?:\"([^\"]+)\"|'([^']+)'|(\S+))(?:\s+(\S+))?", line.text.strip()
        )
        if found is None:
            raise line.wrong("`.include` and `.lib` must name a file")
        name, section = found[1] or found[2] or found[3], found[4] or ""
        target = PurePosixPath(name)
        is_library = line.text.lstrip().startswith(".lib")
        if target.parts[0] == MODELS_FOLDER or is_library:
            self._libraries.append((name, section.lower()))
            return
        if target.is_absolute() or ".." in target.parts:
            raise line.wrong(f"`{name}` must be in the folder of the testbench")
        if depth == _LARGEST_DEPTH:
            raise line.wrong("files must not include each other without end")
        self._read_file(line.file.parent / name, depth + 1)

    def _guesses(self, line: _Line, word: str) -> None:
        text = "".join(line.text.split()[1:])
        text = text.replace("v(", " v(").strip()
        for part in text.split():
            found = _GUESS.fullmatch(part)
            volts = None if found is None else number(found["volts"])
            if found is None or volts is None:
                raise line.wrong(f"`{word}` must be `v(net)=volts`")
            place = f"{line.name}:{line.number}"
            name = f"{word} v({found['net']})"
            if name in self._top_names:
                raise line.wrong(f"`{name}` must be there once, it is there twice")
            self._top_names.add(name)
            self._top.append(Device(word, name, (found["net"],), "", ((VALUE, volts),), place))

    def _set(self, line: _Line, name: str, given: Value) -> None:
        if name in self._settings:
            raise line.wrong(f"{name} must be set once, it is set twice")
        self._settings[name] = given

    def _setting(self, line: _Line, word: str) -> None:
        words = _words(line.text)[1:]
        if word in (".option", ".options", ".param", ".params"):
            kind = "option" if word.startswith(".opt") else "parameter"
            for text in words:
                name, equals, given = text.partition("=")
                self._set(line, f"{kind} {name}", value(given) if equals else "on")
        elif word == ".temp":
            degrees = number(words[0]) if len(words) == 1 else None
            if degrees is None:
                raise line.wrong("`.temp` must have one number, in degrees Celsius")
            self._set(line, "temperature", degrees)
        elif word in _ANALYSES:
            key, text = f"analysis {word}", " ".join(words) or "on"
            before = self._settings.get(key)
            self._settings[key] = text if before is None else f"{before}; {text}"
        elif word == ".title":
            pass
        else:
            raise line.wrong(
                f"`{word}` is not known in a netlist that can be compared",
                help="compare the folder that `imnnc compile` wrote",
            )


def _name_of(path: Path, folder: Path) -> str:
    """What messages call a file of a folder."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _logical_lines(path: Path, name: str, has_title: bool) -> Iterator[tuple[str, int]]:
    """The lines of a file with their continuations, comments and blank lines left out.

    Each with its number in the file, whose `name` messages have.
    """
    with reading(path):
        content = path.read_bytes().decode("latin-1")
    has_other_blanks = _OTHER_BLANKS.search(content) is not None
    has_comments = ";" in content or "$" in content or "//" in content
    has_marks = any(mark in content for mark in _MARKS)
    text, first = "", 0
    for index, line in enumerate(content.split("\n"), 1):
        if index == 1 and has_title:
            continue
        start = line.lstrip()
        if has_marks and start.startswith(_MARKS):
            if first:
                yield _lowered(text), first
            yield start.rstrip(), index
            first = 0
            continue
        if not start or start[0] == "*":
            continue
        start = start.replace("\t", " ").rstrip("\r")
        if has_other_blanks and _OTHER_BLANKS.search(_COMMENT.sub("", line.rstrip("\r"))):
            raise _Line(line, path, name, index).wrong("blanks must be spaces or tabs")
        if has_comments and (";" in line or "$" in line or "//" in line):
            start = _COMMENT.sub("", start)
            if not start.strip():
                continue
        if start[0] == "+":
            if not first:
                raise _Line(line, path, name, index).wrong("`+` must go on with a line before it")
            text += " " + start[1:]
            continue
        if first:
            yield _lowered(text), first
        text, first = start, index
    if first:
        yield _lowered(text), first


def _lowered(text: str) -> str:
    """Lower case, but for what may be the name of a file."""
    if text[0] != "." or text[:4].lower() not in (".inc", ".lib"):
        return text.lower()
    word, _, rest = text.partition(" ")
    return f"{word.lower()} {rest}"


def _words(text: str) -> list[str]:
    """The words of a line; an assignment or an expression is one, whatever blanks are in it."""
    if "{" in text or "'" in text:
        text = _BRACED.sub(lambda found: re.sub(r"\s", "", found[0]), text)
    if "=" in text:
        text = re.sub(r"\s*=\s*", "=", text)
    return text.split()


def _net(word: str) -> str:
    return GROUND if word == "gnd" else word


def _assignments(words: list[str]) -> tuple[tuple[str, Value], ...]:
    """The parameters among some words, in the order of their names."""
    pairs = (word.partition("=") for word in words if "=" in word)
    return tuple(sorted((name, value(given)) for name, _, given in pairs))


def _device(line: _Line) -> Device:
    device = _device_of_line(line)
    if len(dict(device.values)) != len(device.values):
        raise line.wrong(f"the values of `{device.name}` must be given once each")
    return device


def _device_of_line(line: _Line) -> Device:
    words = _words(line.text)
    name, place = words[0], f"{line.name}:{line.number}"
    kind, given = name[0], _assignments(words)
    plain = [word for word in words[1:] if "=" not in word and word != "params:"]
    if kind == "x":
        if not plain:
            raise line.wrong(f"instance `{name}` must name its module")
        return Device(kind, name, tuple(map(_net, plain[:-1])), plain[-1], given, place)
    count = _TERMINALS.get(kind)
    if count is None:
        raise line.wrong(f"device `{name}` is of a kind that is not known here")
    nets, rest = tuple(map(_net, plain[:count])), plain[count:]
    if len(nets) < count:
        raise line.wrong(f"device `{name}` must have {count} terminals, has {len(nets)}")
    if kind in _NEEDS_MODEL:
        if len(rest) != 1:
            raise line.wrong(f"device `{name}` must have one model after its terminals")
        return Device(kind, name, nets, rest[0], given, place)
    if kind in "vi" and rest[:1] == ["dc"]:
        rest = rest[1:]
    own = ((VALUE, value(rest[0])),) if rest else ()
    values = tuple(sorted((*given, *own)))
    if not values:
        raise line.wrong(f"device `{name}` must have a value")
    if kind in "rcl":
        if len(rest) > 1 or (own and isinstance(own[0][1], str) and "{" not in line.text):
            raise line.wrong(f"the value of `{name}` must be one number, it is `{' '.join(rest)}`")
        values = tuple((VALUE if key == kind else key, each) for key, each in values)
        return Device(kind, name, nets, "", values, place)
    if len(rest) > 1:
        values = (*values, ("waveform", " ".join(rest[1:])))
    return Device(kind, name, nets, "", values, place)

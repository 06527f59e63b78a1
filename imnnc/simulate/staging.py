"""Lays a deck out for a simulator: what was read and admitted, and no other byte.

A simulator never reads a folder that somebody gave.  Each file of a deck is read once, checked by
`imnnc.models.admission`, and written to a folder of our own under a name of our own, with the
references in it changed to those names.  So what is simulated is what was checked, whatever
happens to the folder meanwhile; and ngspice, which looks for a file in its working folder, then
beside the one that names it, then in `sourcepath`, can find nothing else.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from imnnc.diagnostics import CompileError, ExitCode, Label, Span, fail
from imnnc.models.admission import ENCODING, Admitted, Reference, admit
from imnnc.simulate.base import check_file_name

# Where a simulator finds the deck, from its working folder.  Its real path may hold characters
# that mean something to ngspice.
DECK_FOLDER: Final = "deck"

LARGEST_DECK_BYTES: Final = 1 << 30
MOST_FILES: Final = 1000  # as many libraries as ngspice reads
DEEPEST: Final = 50  # files that include files


@dataclass(frozen=True)
class Deck:
    """A deck that was admitted; only `stage` makes one, and drivers take nothing else."""

    folder: Path  # linked as `DECK_FOLDER` into the working folder of a simulator
    testbench: str  # the file to load, from that working folder

    def texts(self) -> dict[str, str]:
        """Those of its files, by the names by which they refer to one another."""
        return {
            f"{DECK_FOLDER}/{path.name}": path.read_text(encoding=ENCODING)
            for path in sorted(self.folder.iterdir())
        }


def stage(
    testbench: Path,
    folder: Path,
    *,
    secondary: Sequence[Label] = (),
    largest_bytes: int = LARGEST_DECK_BYTES,
) -> Deck:
    """Read a testbench with all that it refers to, and lay it out in the empty `folder`.

    Args:
        testbench: the top file; what it refers to must lie in its folder or below.
        folder: where to; it is made.
        secondary: what messages shall point at as well.
        largest_bytes: of all files together, and of what a simulator reads in their place.

    Raises:
        CompileError: IM606 where its name can be no word of a command, IM607 where there is no
            testbench, IM608 where a line is not one of a
            circuit, IM609 where a file is not in the folder, no regular file or too large.
    """
    check_file_name(testbench.name)
    if not testbench.is_file():
        raise fail(
            "IM607",
            f"the testbench `{testbench.name}` must be a file, there is none",
            notes=[f"looked for it in {testbench.parent}"],
            exit_code=ExitCode.TOOL,
        )
    reader = _Reader(testbench.parent.resolve(), testbench.parent, tuple(secondary), largest_bytes)
    reader.read(PurePosixPath(testbench.name))
    folder.mkdir(parents=True)
    names = {key: f"{DECK_FOLDER}/{number}_{key.name}" for number, key in enumerate(reader.files)}
    for key, file in reader.files.items():
        paths = tuple(names[reader.targets[key, reference]] for reference in file.references)
        target = folder / names[key].removeprefix(f"{DECK_FOLDER}/")
        target.write_text(file.referring_to(paths), encoding=ENCODING, newline="")
    return Deck(folder, names[PurePosixPath(testbench.name)])


class _Reader:
    """Reads files below one folder, each once."""

    def __init__(
        self, root: Path, shown: Path, secondary: tuple[Label, ...], largest_bytes: int
    ) -> None:
        self._root = root
        self._shown = shown  # the same folder, as the user calls it
        self._secondary = secondary
        self._largest_bytes = largest_bytes
        self._bytes = 0
        self._expanded: dict[tuple[PurePosixPath, str | None], int] = {}
        self.files: dict[PurePosixPath, Admitted] = {}
        self.targets: dict[tuple[PurePosixPath, Reference], PurePosixPath] = {}

    def read(self, top: PurePosixPath) -> None:
        """Read the top file, and all that it refers to, to any depth."""
        self._read(top, None)
        self._expand(top, None, ())

    def _read(self, name: PurePosixPath, asked: Span | None) -> None:
        """Read a file that the card at `asked` names, then those that it names itself.

        As ngspice does, look for what `.include` names beside the file, and for what `.lib` names
        beside the library that was named by the last `.lib` on the way, or else the testbench.
        """
        waiting, seen = [(name, asked, name.parent)], set()
        while waiting:
            name, asked, library = waiting.pop()
            if (name, library) in seen:
                continue
            seen.add((name, library))
            for reference, span in self._references(name, asked):
                is_library = reference.section is not None
                other = joined(library if is_library else name.parent, reference.path)
                if other.is_absolute() or ".." in other.parts:
                    raise self._refusal(
                        span,
                        "a deck must refer to files in its own folder, "
                        f"refers to `{reference.path}`",
                    )
                if self.targets.setdefault((name, reference), other) != other:
                    raise self._refusal(
                        span,
                        f"`{reference.path}` must be one file, "
                        "libraries in different folders include the file that refers to it",
                    )
                waiting.append((other, span, other.parent if is_library else library))

    def _references(
        self, name: PurePosixPath, asked: Span | None
    ) -> Iterator[tuple[Reference, Span]]:
        """What a file refers to, and where; it is read where it was not read before."""
        if name not in self.files:
            if len(self.files) == MOST_FILES:
                raise self._refusal(asked, f"a deck must have at most {MOST_FILES} files, has more")
            self.files[name] = admit(
                str(self._shown / name),
                self._content(name, asked),
                self._secondary,
                has_title=asked is None,
            )
        file = self.files[name]
        for reference in file.references:
            yield reference, Span(file.source, reference.start, reference.stop)

    def _expand(
        self,
        name: PurePosixPath,
        section: str | None,
        above: tuple[tuple[PurePosixPath, str | None], ...],
    ) -> int:
        """How many characters a simulator reads in place of one reference, at most."""
        key = (name, section)
        if key in self._expanded:
            return self._expanded[key]
        file = self.files[name]
        if key in above or len(above) == DEEPEST:
            what = "itself" if key in above else f"others more than {DEEPEST} deep"
            raise self._refusal(
                Span(file.source, 0, 1), f"a file of a deck must not include {what}"
            )
        total = len(file.text)
        for reference in file.references:
            if section is None or reference.inside == section or reference.section is None:
                other = self.targets[name, reference]
                total += self._expand(other, reference.section, (*above, key))
        if total > self._largest_bytes:
            raise self._refusal(
                Span(file.source, 0, 1),
                f"a deck must have at most {self._largest_bytes} bytes with all that it includes",
            )
        self._expanded[key] = total
        return total

    def _content(self, name: PurePosixPath, asked: Span | None) -> bytes:
        """The bytes of a regular file below the folder."""
        try:
            path = (self._root / name).resolve(strict=True)
            if not path.is_relative_to(self._root):
                raise self._refusal(
                    asked,
                    f"a deck must refer to files in its own folder, `{name}` is a link out of it",
                )
            # Opening a named pipe would wait for ever.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as stream:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise self._refusal(asked, f"`{name}` must be a regular file, is none")
                content = stream.read(self._largest_bytes - self._bytes + 1)
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or "its links lead in a circle"
            raise self._refusal(asked, f"cannot read `{name}`: {reason.lower()}") from error
        self._bytes += len(content)
        if self._bytes > self._largest_bytes:
            raise self._refusal(asked, f"a deck must have at most {self._largest_bytes} bytes")
        return content

    def _refusal(self, span: Span | None, message: str) -> CompileError:
        return fail(
            "IM609",
            message,
            span,
            secondary=self._secondary,
            notes=[] if span else [f"in the folder `{self._shown}`"],
        )


def joined(folder: PurePosixPath, reference: str) -> PurePosixPath:
    """The file of a name from a folder, without `.` and `..` where those stay inside."""
    return PurePosixPath(os.path.normpath(folder / reference))

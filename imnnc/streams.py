"""Standard output and standard error that take whatever is printed.

Whatever a terminal, a log or a pipe cannot show, the work that is reported there is done: what
the stream's encoding has no sign for is written in others, and a reader that has gone is not
written to.  So the exit code says what the work came to.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
import unicodedata
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Signs of ours, and of the progress bars, for which the decomposition of Unicode has no other.
_PLAIN = {
    "µ": "u",
    "μ": "u",
    "Ω": "Ohm",
    "²": "^2",
    "±": "+-",
    "×": "x",
    "−": "-",
    "–": "-",
    "—": "-",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "━": "-",
    "╸": "-",
    "╺": "-",
}
_LEGIBLE = "imnnc-legible"  # the name of the error handler
_ASCII = "imnnc-ascii"  # the name of the codec


def prepare_standard_streams() -> None:
    """Open the standard streams that the caller has closed, and make all take what is printed.

    A closed one is opened on nothing.  Otherwise the next file that is opened would take its
    place, and what a simulator prints would end in that file.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, closefd=False)
    codecs.register_error(_LEGIBLE, legible)
    codecs.register(_ascii_codec)
    sys.stdout = _text_stream(Descriptor(1, is_vital=True), sys.stdout)
    sys.stderr = _text_stream(Descriptor(2, is_vital=False), sys.stderr)


class Descriptor(io.FileIO):
    """A file descriptor, written to as long as somebody reads.

    Where `is_vital`, other errors than a reader that has gone are raised, such as a full disk;
    else none are: who cannot be told of something cannot be told of that either.
    """

    def __init__(self, descriptor: int, is_vital: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._is_vital = is_vital
        self._is_open = True

    def write(self, data: ReadableBuffer) -> int:
        """Write bytes; how many were written, or passed over because nobody reads them."""
        try:
            while self._is_open:
                written = super().write(data)
                if written is not None:
                    return written
                # A terminal that another process has set not to block, and that is slow.
                select.select([], [self], [])
        except OSError as error:
            if self._is_vital and not isinstance(error, BrokenPipeError):
                raise
            self._is_open = False
        return memoryview(data).nbytes


def legible(error: UnicodeError) -> tuple[str | bytes, int]:
    """An error handler for encoding: a sign in others that ASCII has, such as `u` for the micro.

    A byte of a file name that could not be decoded is written as it was.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    sign, end = error.object[error.start], error.start + 1
    if "\udc80" <= sign <= "\udcff" and not error.encoding.lower().startswith(("utf-16", "utf-32")):
        return bytes([ord(sign) - 0xDC00]), end
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return _PLAIN.get(sign) or plain or "?", end


def _text_stream(raw: Descriptor, like: TextIO | None) -> TextIO:
    """The text stream over a descriptor, in the encoding of the one that was there."""
    encoding = getattr(like, "encoding", None) or "utf-8"
    if codecs.lookup(encoding).name == "ascii":
        encoding = _ASCII
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding,
        _LEGIBLE,
        line_buffering=getattr(like, "line_buffering", False),
        write_through=getattr(like, "write_through", False),
    )


def _ascii_codec(name: str) -> codecs.CodecInfo | None:
    """ASCII by another name.

    Where a stream is called ASCII, click takes that for a mistake and writes UTF-8 into it.
    """
    if name != _ASCII.replace("-", "_"):
        return None
    ascii_ = codecs.lookup("ascii")
    return codecs.CodecInfo(
        ascii_.encode,
        ascii_.decode,
        ascii_.streamreader,
        ascii_.streamwriter,
        ascii_.incrementalencoder,
        ascii_.incrementaldecoder,
        name=_ASCII,
    )

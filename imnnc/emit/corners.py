"""How the netlist for ngspice comes to its models, and the same netlist at another corner.

Cards read a section of a library: `.lib "models/lvt90.lib" tt`.  ngspice takes the path from the
folder of the deck that it was given, not of the file that the card stands in, so a testbench has
to lie where the netlist lies.  A netlist that has the models in itself can be included from
anywhere.  Comments around them say which cards they are in place of:

    * imnnc: in place of .lib "models/lvt90.lib" tt
    .model nlvt nmos level=14 ...
    * imnnc: end of the models

For another corner these cards take the place of the text, and read what lies in `models/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

IN_PLACE_OF: Final = "* imnnc: in place of "
END_OF_MODELS: Final = "* imnnc: end of the models"
_OURS = "* imnnc:"

_BLOCK = re.compile(
    rf"((?:^{re.escape(IN_PLACE_OF)}[^\n]*\n)+).*?^{re.escape(END_OF_MODELS)}[ \t\r]*$",
    re.MULTILINE | re.DOTALL,
)
_SECTION = re.compile(r"(?im)^([ \t]*\.lib[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'|\S+)[ \t]+)\S+")


def as_text(cards: Iterable[str], models: Iterable[str]) -> Iterator[str]:
    """The lines of a netlist that has its models in itself, in place of some cards."""
    yield from (f"{IN_PLACE_OF}{card}" for card in cards)
    for line in models:
        if not line.startswith(_OURS):
            # Comments of a kit may have letters that ASCII has not.
            yield line.encode("ascii", "replace").decode().rstrip("\r")
    yield END_OF_MODELS


def with_cards(netlist: str) -> str:
    """A netlist in which cards read the models, where it had them in itself."""
    return _BLOCK.sub(lambda block: block[1].replace(IN_PLACE_OF, "").rstrip("\n"), netlist)


def at_corner(netlist: str, corner: str) -> str:
    """A netlist or a testbench with the models of another corner."""
    return _SECTION.sub(lambda card: card[1] + corner, with_cards(netlist))

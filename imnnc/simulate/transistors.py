"""The inverter of a technology as ngspice cards, and the models that it needs.

Whatever a user's file says reaches a deck through here only, checked to be one word each: a
deck can run shell commands, so no name and no path may place a line of its own.
"""

from __future__ import annotations

import re
from pathlib import Path

from imnnc.circuit.transistors import card, format_number, inverter_transistors, size_words
from imnnc.design import Technology
from imnnc.diagnostics import fail

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_FILE_NAME = re.compile(r"[A-Za-z0-9_.+-]+")


def inverter_lines(
    technology: Technology,
    label: str,
    *,
    input_node: str,
    output_node: str,
    size: float = 1.0,
) -> tuple[str, str]:
    """The cards of the PMOS and the NMOS of an inverter between the nets `vdd` and `vss`.

    `label` tells the instances from others; `size` is the number of unit inverters in parallel.
    Fails with IM303 where a name is not one word.
    """
    pmos, nmos = inverter_transistors(
        technology, input_net=input_node, output_net=output_node, size=size, label=f"_{label}"
    )
    for transistor in (pmos, nmos):
        _word(technology, "the device", transistor.device)
    units = format_number(size)
    return card(pmos, size_words(pmos, units)), card(nmos, size_words(nmos, units))


def model_lines(technology: Technology, workdir: Path) -> tuple[str, ...]:
    """The cards that include the models of a technology at its corner and temperature.

    The folders of the model files are linked into `workdir`, where the deck runs: ngspice ends
    a path at a blank, even in quotes, and users have folders with blanks.  References between
    model files keep working.  Fails with IM300 (no such file), IM301 (a file name that ngspice
    cannot read), IM302 (no such section) and IM303 (a corner that is not one word).
    """
    corner = _word(technology, "the corner", technology.corner)
    _check_section(technology)
    includes = [
        f'.include "{_linked(technology, path, workdir, f"models_{index}")}"'
        for index, path in enumerate(technology.includes)
    ]
    library = _linked(technology, technology.library, workdir, "models")
    return (
        *includes,
        f'.lib "{library}" {corner}',
        f".temp {technology.temperature_celsius:.9g}",
    )


def _word(technology: Technology, what: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise fail(
            "IM303",
            f"{what} of a technology must be a name of letters, digits, `_` and `.`, was `{name}`",
            technology.span,
        )
    return name


def _linked(technology: Technology, path: Path, workdir: Path, link_name: str) -> str:
    """The path of a model file from `workdir`, through a link to its folder."""
    if not path.is_file():
        raise fail(
            "IM300",
            f"the model file of technology `{technology.name}` must be a file, "
            f"there is none at `{path}`",
            technology.span,
            help="a relative path is taken from the folder of the file that says it",
        )
    if not _FILE_NAME.fullmatch(path.name):
        raise fail(
            "IM301",
            "the name of a model file must consist of letters, digits, `_`, `.`, `+` and `-`, "
            f"was `{path.name}`",
            technology.span,
            notes=["ngspice cannot read other names; folders may have any name"],
        )
    link = workdir / link_name
    if not link.is_symlink():
        link.symlink_to(path.resolve().parent, target_is_directory=True)
    return f"{link_name}/{path.name}"


def _check_section(technology: Technology) -> None:
    """Fail with IM302 where the library has no section of the corner's name."""
    if not technology.library.is_file():
        return  # IM300, from the path itself
    sections = library_sections(technology.library)
    if technology.corner.lower() not in (section.lower() for section in sections):
        raise fail(
            "IM302",
            f"corner `{technology.corner}` must be a `.lib` section of "
            f"`{technology.library.name}`, which has none of that name",
            technology.span,
            notes=[
                f"it has {', '.join(f'`{x}`' for x in sections)}" if sections else "it has none"
            ],
        )


def library_sections(library: Path) -> tuple[str, ...]:
    """The names of the `.lib` sections that a model file defines, in its order.

    A `.lib` card with one word opens a section; with two words it refers to another file.
    """
    sections = []
    with library.open(encoding="latin-1") as lines:
        for line in lines:
            words = line.split("$")[0].split(";")[0].split()
            if len(words) == 2 and words[0].lower() == ".lib":
                sections.append(words[1])
    return tuple(sections)

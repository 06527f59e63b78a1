"""Lays the device models out beside a netlist, so that an output folder stands on its own.

What the unit inverter is measured with, and what an output folder has, are the same copies.
Sections of a library that no corner needs are left out of them: ngspice 39 reads what every
section of a library includes, whichever is chosen, and ends where such a file is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from imnnc.circuit.build import MODELS_FOLDER
from imnnc.design import Technology
from imnnc.files.files import writing
from imnnc.models.admission import ENCODING
from imnnc.models.compiled import check_devices
from imnnc.models.search import Search

_SUBCIRCUIT = re.compile(r"(?im)^[ \t]*\.subckt[ \t]+(\S+)")


def model_files(technology: Technology) -> dict[str, Path]:
    """The model files and those that they refer to, by their names in `models/`.

    Fails as `Search` does.
    """
    files = Search(technology).files
    return {name.removeprefix(f"{MODELS_FOLDER}/"): path for name, path in files.items()}


def copy_models(technology: Technology, folder: Path) -> list[str]:
    """Copy the model files into `models/` of a folder, with those that they refer to.

    Returns their names, relative to `folder`.  Fails as `Search` does, with IM306 where a model is
    compiled, with IM608 where a line is none of a circuit's, with IM510 where files cannot be
    written.
    """
    search = Search(technology)
    check_devices(technology, search.needed())
    texts = {name: search.copy(name) for name in search.files}
    for name, text in texts.items():
        with writing(folder / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode(ENCODING))
    return list(texts)


def subcircuits(technology: Technology) -> frozenset[str]:
    """The names, in lower case, of the subcircuits that come with the models of its corners.

    Fails as `Search` does.
    """
    lines = "\n".join(Search(technology).needed())
    return frozenset(name.lower() for name in _SUBCIRCUIT.findall(lines))


def corner_text(technology: Technology) -> Iterator[str]:
    """The models of the technology's corner, line by line, without a reference to a file.

    Fails as `Search` does.
    """
    return Search(replace(technology, corners=())).lines()

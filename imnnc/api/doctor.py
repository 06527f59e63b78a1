"""What of all that a compile may need is on this machine, and the command that brings the rest."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from ctypes.util import find_library
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from imnnc.data.named import IMAGE_SETS, image_files
from imnnc.diagnostics import CompileError
from imnnc.engine.store import Store, default_folder
from imnnc.lang import built_in_technology, technology_names
from imnnc.simulate.ngspice import ngspice_version
from imnnc.technology.kits import Missing, find_kit

# The extras of the package: what each is for, and the packages in it by their names for pip.
EXTRAS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "cluster": ("computing on other machines", ("cryptography", "distributed")),
    "fast": ("several times the speed of `train equilibrium`, `chips` and wires", ("numba",)),
    "hdf5": ("waveforms as HDF5", ("h5py",)),
    "lsp": ("the language server for editors", ("pygls",)),
    "notebook": (
        "notebooks, figures and data frames",
        ("ipykernel", "matplotlib", "pandas", "scikit-learn"),
    ),
    "onnx": ("models in ONNX", ("onnx",)),
    "plot": ("figures", ("matplotlib",)),
    "sobel": ("the photographs of the set `sobel`", ("pillow", "scikit-learn")),
}
_APT = "apt-get install"
_TORCH = "python -m pip install uv && uv pip install --torch-backend cpu torch"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for."""

    what: str
    is_there: bool
    is_needed: bool  # by every compile
    found: str  # its version or place; of what is missing, what it is for
    remedy: str | None = None  # a command that brings what is missing

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def examine() -> tuple[Finding, ...]:
    """Look for all that a compile may need; nothing is installed, imported or changed by it."""
    return (
        Finding("python", True, True, f"{platform.python_version()}, {sys.prefix}"),
        _ngspice(),
        _libngspice(),
        _torch(),
        _cache(),
        *(_extra(name) for name in EXTRAS),
        *_kits(),
        *_sets(),
    )


def _ngspice() -> Finding:
    try:
        return Finding("ngspice", True, True, ngspice_version())
    except CompileError as error:
        return Finding("ngspice", False, True, error.diagnostics[0].message, f"{_APT} ngspice")


def _libngspice() -> Finding:
    name = os.environ.get("NGSPICE_LIBRARY_PATH") or find_library("ngspice") or "libngspice.so.0"
    try:
        ctypes.CDLL(name)
    except OSError:
        reason = f"no `{name}`; `--driver ngspice` does without it"
        return Finding("libngspice", False, True, reason, f"{_APT} libngspice0")
    return Finding("libngspice", True, True, name)


def _torch() -> Finding:
    try:
        package = metadata.distribution("torch")
    except metadata.PackageNotFoundError:
        return Finding("torch", False, True, "trains and predicts", _TORCH)
    build = "for processors"
    # Importing torch takes seconds, and its version does not always say what it was built for.
    with suppress(OSError):
        text = Path(str(package.locate_file("torch/version.py"))).read_text(encoding="utf-8")
        if cuda := re.search(r"^cuda\b.*= '([\d.]+)'", text, re.MULTILINE):
            build = f"for CUDA {cuda[1]}, that of `--device cuda`"
    return Finding("torch", True, True, f"{package.version}, built {build}")


def _cache() -> Finding:
    try:
        used = Store(default_folder()).usage()
    except CompileError as error:
        problem = error.diagnostics[0]
        return Finding("cache", False, True, problem.message, "export IMNNC_CACHE_DIR=FOLDER")
    found = f"{used.folder}, {used.entries} results, {used.total_bytes / 1e6:.0f} MB"
    return Finding("cache", True, True, found)


def _extra(extra: str) -> Finding:
    purpose, packages = EXTRAS[extra]
    versions = []
    for package in packages:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            return Finding(extra, False, False, purpose, f"pip install 'imnnc[{extra}]'")
    return Finding(extra, True, False, ", ".join(versions))


def _kits() -> Iterator[Finding]:
    for name in technology_names():
        technology = built_in_technology(name)
        if technology.kit is None:
            continue
        found = find_kit(technology.kit, technology.library.as_posix())
        if isinstance(found, Missing):
            purpose = f"the models of {technology.kit.name}"
            yield Finding(name, False, False, purpose, technology.kit.install)
        else:
            yield Finding(name, True, False, f"{found.version}, {found.folder}")


def _sets() -> Iterator[Finding]:
    for name, known in IMAGE_SETS.items():
        try:
            folder = image_files(known, None)[0].parent
        except CompileError:
            yield Finding(name, False, False, f"a data set{known.place}", known.command)
        else:
            yield Finding(name, True, False, str(folder))

"""Foundry kits: where the model files of a technology may lie, described as data, and looked up.

A kit is looked for below `$PDK_ROOT`, as open_pdks, volare and ciel lay kits out there, then in
the Python package that carries it.  Packages are found by their metadata and never imported.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Literal

ROOT_VARIABLE = "PDK_ROOT"
UNKNOWN_VERSION = "unknown"
_MOST_FOLDERS = 1000  # that are looked at to guess what was meant


@dataclass(frozen=True)
class Kit:
    """A foundry's kit: the places where its model files may be, and how to get it."""

    name: str  # as messages and manifests have it
    pdk_root: tuple[str, ...]  # folders below `$PDK_ROOT`; the first that has the library counts
    package: str | None  # the Python package, as pip names it
    package_folder: str  # the folder of the models, from where the package is installed
    install: str | None  # the command that installs it


@dataclass(frozen=True)
class PassedOver:
    """A `$PDK_ROOT` that does not have a kit: what is wrong with it, and what may be meant."""

    reason: str
    remedy: str | None = None


@dataclass(frozen=True)
class KitFiles:
    """The model files of a kit, as they were found."""

    folder: Path  # of the library
    inside: str  # the same from the top of the kit, beyond which no model file refers; "" for it
    version: str
    source: Literal["library", "PDK_ROOT", "package"]
    passed_over: PassedOver | None = None  # a `$PDK_ROOT` that is set and has no such kit


@dataclass(frozen=True)
class Missing:
    """A kit that is in none of its places; `looked` has a phrase for each of them.

    `remedy` is what `$PDK_ROOT` may be meant to be.
    """

    looked: tuple[str, ...]
    remedy: str | None = None


def find_kit(
    kit: Kit, library: str, environment: Mapping[str, str] = os.environ
) -> KitFiles | Missing:
    """The folder that has the file `library` of a kit: that of `$PDK_ROOT`, then the package's."""
    below = _below_root(kit, library, environment)
    if isinstance(below, KitFiles):
        return below
    packaged = _in_package(kit, library)
    if isinstance(packaged, KitFiles):
        is_meant = kit.pdk_root and environment.get(ROOT_VARIABLE)
        return replace(packaged, passed_over=below if is_meant else None)
    return Missing((below.reason, packaged), below.remedy)


def files_beside(kit: Kit, library: Path) -> KitFiles:
    """The model files of a kit whose library the user has named.

    Where its folder ends as one below `$PDK_ROOT` does, the kit is taken to be laid out so.
    """
    folder = library.parent
    for below in kit.pdk_root:
        inside = PurePosixPath(below).parts[1:]
        if inside and folder.parts[-len(inside) :] == inside:
            version = tree_version(folder.parents[len(inside) - 1])
            return KitFiles(folder, "/".join(inside), version, "library")
    return KitFiles(folder, "", UNKNOWN_VERSION, "library")


def _below_root(kit: Kit, library: str, environment: Mapping[str, str]) -> KitFiles | PassedOver:
    root = environment.get(ROOT_VARIABLE)
    if not kit.pdk_root:
        return PassedOver(f"no folder below `{ROOT_VARIABLE}` is known of this kit")
    if not root:
        return PassedOver(f"`{ROOT_VARIABLE}` is not set")
    for below in kit.pdk_root:
        if os.path.isfile(Path(root, below, library)):
            top, *inside = PurePosixPath(below).parts
            version = tree_version(Path(root, top))
            return KitFiles(Path(root, below), "/".join(inside), version, "PDK_ROOT")
    tried = " and no ".join(f"`{below}/{library}`" for below in kit.pdk_root)
    lacks = f"which has no {tried}" if os.path.isdir(root) else "which is no folder"
    reason = f"`{ROOT_VARIABLE}` is `{root}`, {lacks}"
    return PassedOver(reason, _remedy(kit, library, root))


def _remedy(kit: Kit, library: str, root: str) -> str | None:
    """What to do about a `$PDK_ROOT` without the kit, where that can be told."""
    expanded = os.path.expanduser(root)
    for folder in _near(Path(expanded)):
        if any(os.path.isfile(folder / below / library) for below in kit.pdk_root):
            how = "a shell leaves `~` in quotes as it is, " if root != expanded else ""
            return f"{how}set `{ROOT_VARIABLE}` to `{folder}`"
    if root != expanded:
        return f"a shell leaves `~` in quotes as it is, write `$HOME{root[1:]}`"
    tops = {PurePosixPath(below).parts[0] for below in kit.pdk_root}
    if not tops.isdisjoint(Path(root).parts):
        return f"set `{ROOT_VARIABLE}` to the folder that has `{min(tops)}` in it"
    return None


def _near(root: Path) -> Iterator[Path]:
    """Folders that may be meant: this one, those above it, those in it."""
    yield root
    yield from root.absolute().parents
    with suppress(OSError):
        yield from sorted(root.iterdir())[:_MOST_FOLDERS]


def _in_package(kit: Kit, library: str) -> KitFiles | str:
    if kit.package is None:
        return "no Python package is known of this kit"
    try:
        package = metadata.distribution(kit.package)
    except (metadata.PackageNotFoundError, ValueError):
        return f"the Python package `{kit.package}` is not installed"
    folder = Path(str(package.locate_file(kit.package_folder)))
    if not os.path.isfile(folder / library):
        return (
            f"the Python package `{kit.package}` {package.version} has no "
            f"`{kit.package_folder}/{library}`"
        )
    return KitFiles(folder, "", package.version, "package")


def tree_version(top: Path) -> str:
    """The version of a kit that open_pdks, volare or ciel has installed at `top`.

    They leave commits behind, `open_pdks 0fe599b...`, in `SOURCES` or `.config/nodeinfo.json`.
    """
    try:
        words = (top / "SOURCES").read_text(encoding="utf-8").split()
        # Some versions wrote `-ne`, meant for the shell, into the file.
        return " ".join([word for word in words if word != "-ne"][:2]) or UNKNOWN_VERSION
    except (OSError, ValueError):
        pass
    try:
        commit = json.loads((top / ".config" / "nodeinfo.json").read_bytes())["commit"]
        commit = commit["open_pdks"] if isinstance(commit, dict) else commit
        return f"open_pdks {commit}"
    except (OSError, ValueError, KeyError, TypeError):
        return UNKNOWN_VERSION

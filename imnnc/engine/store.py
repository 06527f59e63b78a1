"""The cache on disk: what passes have provided, under the key of how they came to it.

An entry is a folder that is written under a temporary name and then renamed, so that it is
there whole or not at all, however many compiles share the cache.  Its `meta.json` holds the
fingerprints of the artifacts; the artifacts themselves are read only when a pass needs them,
and count only if they still have those fingerprints.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from imnnc.diagnostics import CompileError, Diagnostic, ExitCode, fail
from imnnc.engine.base import Pass
from imnnc.engine.device import PROCESSOR, Device
from imnnc.files.codec import Files, canonical_json, decode, encode, fingerprint
from imnnc.files.decoding import DamagedError
from imnnc.files.files import reason_of
from imnnc.resources import source_digest
from imnnc.scratch import (
    is_at,
    open_folder,
    owned_folder,
    remove_abandoned,
    remove_unless_held,
    try_lock,
)
from imnnc.version import __version__

T = TypeVar("T")

_TEMPORARY = "tmp"  # how the names of temporary folders begin
LAYOUT = "v1"  # of the folders and files below the cache folder
DEFAULT_LIMIT_BYTES = 5_000_000_000
# Checkpoints of an interrupted pass, for which nobody has come back.
ABANDONED_SECONDS = 30 * 24 * 3600.0


def default_folder() -> Path:
    """`IMNNC_CACHE_DIR`, else `imnnc` in the user's cache folder."""
    if chosen := os.environ.get("IMNNC_CACHE_DIR"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "imnnc"


def key(pass_: Pass, input_fingerprints: tuple[str, ...], device: Device = PROCESSOR) -> str:
    """The identity of one run of a pass, in hexadecimal: equal keys, equal results.

    Of passes that compute on a device, cards of other models have other last bits, and so has the
    processor.
    """
    identity: dict[str, object] = {
        "compiler": __version__,
        "sources": source_digest(),
        "pass": pass_.name,
        "version": pass_.version,
        "options": fingerprint(pass_),
        "outside": fingerprint(pass_.outside()),
        "inputs": list(input_fingerprints),
    }
    if pass_.on_device and device.identity is not None:
        identity["device"] = device.identity
    return hashlib.sha256(canonical_json(identity)).hexdigest()


@dataclass(frozen=True)
class Entry:
    """The results of one run of a pass, not yet read."""

    folder: Path
    key: str
    fingerprints: tuple[str, ...]  # of the artifacts, in the order of `Pass.provides`
    seconds: float  # that the pass took
    warnings: tuple[Diagnostic, ...]  # that the pass gave

    def load(self, index: int, kind: type[T]) -> T:
        """The artifact at `index` of `provides`.

        Raises:
            DamagedError: it is not there or is not what was stored.
        """
        try:
            tree = json.loads((self.folder / f"{index}.json").read_bytes())
            with (
                (self.folder / f"{index}.npz").open("rb") as file,
                np.load(file, allow_pickle=False) as stored,
            ):
                arrays: Mapping[str, NDArray[Any]] = {name: stored[name] for name in stored.files}
        except Exception as error:  # whatever a damaged file makes numpy and zipfile raise
            raise DamagedError(f"{type(error).__name__}: {error}") from error
        artifact = decode(tree, arrays, kind, self.folder / f"{index}.files")
        if fingerprint(artifact) != self.fingerprints[index]:
            raise DamagedError("its fingerprint has changed")
        return artifact


@dataclass(frozen=True)
class Usage:
    """What the cache holds."""

    folder: Path
    entries: int
    total_bytes: int
    limit_bytes: int


class Store:
    """A cache folder.

    Args:
        folder: made when it is not there.
        limit_bytes: entries used longest ago are removed when all together are larger.

    Raises:
        CompileError: the folder cannot be made or written.
    """

    def __init__(self, folder: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes
        self._entries = folder / LAYOUT / "entries"
        self._scratch = folder / LAYOUT / "scratch"
        self._temporary = folder / LAYOUT / "temporary"
        try:
            for part in (self._entries, self._scratch, self._temporary):
                part.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> CompileError:
        return fail(
            "IM705",
            f"the cache folder `{self.folder}` cannot be written: {reason_of(error)}",
            help="set `IMNNC_CACHE_DIR` to a folder that can",
            exit_code=ExitCode.USAGE,
        )

    def find(self, key: str, kinds: int) -> Entry | None:
        """The entry with results of `kinds` artifacts, or None; finding it counts as a use."""
        folder = self._entries / key
        try:
            meta = json.loads((folder / "meta.json").read_bytes())
            entry = Entry(
                folder,
                key,
                tuple(str(x) for x in meta["fingerprints"]),
                float(meta["seconds"]),
                tuple(Diagnostic(**{**x, "notes": tuple(x["notes"])}) for x in meta["warnings"]),
            )
            if len(entry.fingerprints) != kinds:
                raise ValueError("the number of artifacts differs")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self.remove(key)
            return None
        with contextlib.suppress(OSError):
            os.utime(folder / "meta.json")
        return entry

    def put(
        self,
        key: str,
        artifacts: tuple[object, ...],
        seconds: float,
        warnings: tuple[Diagnostic, ...],
    ) -> Entry:
        """Keep the results of a pass, with the content of its `Files`.

        Raises:
            OSError: the disk is full, say.
        """
        with self.temporary() as folder:
            for index, artifact in enumerate(artifacts):
                tree, arrays = encode(artifact)
                (folder / f"{index}.json").write_bytes(canonical_json(tree))
                np.savez(folder / f"{index}.npz", allow_pickle=False, **arrays)
                if isinstance(artifact, Files):
                    # Both are folders of the cache, so linking nearly always can be done.
                    copy = functools.partial(shutil.copytree, artifact.folder)
                    try:
                        copy(folder / f"{index}.files", copy_function=os.link)
                    except (OSError, shutil.Error):
                        copy(folder / f"{index}.files", dirs_exist_ok=True)
            meta = {
                "fingerprints": [fingerprint(artifact) for artifact in artifacts],
                "seconds": seconds,
                # Without their spans: by the time they are shown again, the text may have moved.
                "warnings": [
                    {
                        "code": x.code,
                        "severity": x.severity,
                        "message": x.message,
                        "notes": list(x.notes),
                        "help": x.help,
                    }
                    for x in warnings
                ],
                "bytes": _size_bytes(folder),
            }
            (folder / "meta.json").write_bytes(canonical_json(meta))
            final = self._entries / key
            try:
                folder.rename(final)
            except OSError:
                # Another compile was first, or a damaged entry is in the way.
                if entry := self.find(key, len(artifacts)):
                    return entry
                self.remove(key)
                folder.rename(final)
        entry = self.find(key, len(artifacts))
        if entry is None:
            raise OSError(f"{final} was removed by another process")
        return entry

    def remove(self, key: str) -> None:
        """Forget an entry.  It goes at once, however many files it has."""
        with contextlib.suppress(OSError), self.temporary() as grave:
            (self._entries / key).rename(grave / "removed")

    @contextlib.contextmanager
    def temporary(self) -> Iterator[Path]:
        """A new folder on the disk of the cache, removed at the end unless renamed."""
        with contextlib.ExitStack() as stack:
            try:
                folder = stack.enter_context(owned_folder(self._temporary, _TEMPORARY))
            except OSError as error:
                raise self._unwritable(error) from error
            yield folder

    @contextlib.contextmanager
    def scratch(self, pass_name: str, key: str, waiting: Callable[[], None]) -> Iterator[Path]:
        """The scratch folder of one pass with one key, for this process alone.

        Waits while another compile is running the same pass on the same inputs; `waiting` is
        called once if there is anything to wait for.  The folder is kept when the block raises.
        """
        folder = self._scratch / f"{pass_name}-{key}"
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error
        with _lock(folder, waiting):
            try:
                yield folder
            except BaseException:
                with contextlib.suppress(OSError):
                    folder.rmdir()  # only if there is nothing in it to go on from
                raise
            shutil.rmtree(folder, ignore_errors=True)

    def trim(self, keep: Collection[str] = ()) -> None:
        """Remove what was used longest ago until the cache is within its limit.

        Args:
            keep: keys of entries that are in use.
        """
        used = sorted(self._used())
        total = sum(size for _, size, _ in used)
        for _, size, name in used:
            if total <= self.limit_bytes:
                break
            if name not in keep:
                self.remove(name)
                total -= size

    def remove_abandoned(self) -> None:
        """Remove what killed compiles have left, but for checkpoints to go on from."""
        remove_abandoned(self._temporary, _TEMPORARY)
        for folder in self._scratch.iterdir():
            with contextlib.suppress(OSError):
                is_recent = time.time() - folder.stat().st_mtime < ABANDONED_SECONDS
                remove_unless_held(folder, only_empty=is_recent)

    def usage(self) -> Usage:
        """How many entries there are, and how large all of them are."""
        sizes = [size for _, size, _ in self._used()]
        return Usage(self.folder, len(sizes), sum(sizes), self.limit_bytes)

    def clear(self) -> None:
        """Remove every entry and every checkpoint, but those of compiles that are running."""
        for entry in self._entries.iterdir():
            self.remove(entry.name)
        for parent in (self._scratch, self._temporary):
            for folder in parent.iterdir():
                remove_unless_held(folder)

    def _used(self) -> Iterator[tuple[float, int, str]]:
        """Time of last use, size and key of each entry; damaged ones are the oldest."""
        for folder in self._entries.iterdir():
            meta = folder / "meta.json"
            try:
                yield meta.stat().st_mtime, json.loads(meta.read_bytes())["bytes"], folder.name
            except (OSError, ValueError, KeyError, TypeError):
                yield 0.0, _size_bytes(folder), folder.name


def _size_bytes(folder: Path) -> int:
    total = 0
    # Another compile may be removing the folder: what is gone takes no room.
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(parent, name)).st_size
    return total


@contextlib.contextmanager
def _lock(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the folder, which is made, for this process; the lock ends with the process."""
    told = False
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = open_folder(folder)
        except FileNotFoundError:
            continue  # whoever held it has just removed it
        try:
            if not try_lock(descriptor):
                if not told:
                    waiting()
                    told = True
                time.sleep(0.1)
                continue
            # The folder that is locked may meanwhile have been removed, and made anew.
            if is_at(descriptor, folder):
                yield
                return
        finally:
            os.close(descriptor)

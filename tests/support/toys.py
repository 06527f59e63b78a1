"""A small pipeline for the tests of the machinery: numbers, their sum, a file with it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from imnnc.diagnostics import Diagnostic, fail
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context, Progress
from imnnc.files.codec import Files


@dataclass(frozen=True)
class Root:
    value: int


@dataclass(frozen=True)
class Numbers:
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Total:
    value: float


@dataclass(frozen=True)
class TotalFiles(Files):
    pass


@dataclass(frozen=True)
class Aside:
    text: str


def note_run(folder: str, name: str) -> None:
    """Leave a mark on disk, so that runs in other processes are seen too."""
    if folder:
        with (Path(folder) / "runs.log").open("a") as file:
            file.write(name + "\n")


def runs(folder: Path) -> list[str]:
    log = folder / "runs.log"
    return log.read_text().split() if log.exists() else []


@dataclass(frozen=True)
class Count(Pass):
    """Numbers from 0 to the root's value; slow and killable where asked to be."""

    count: int = 3
    log: str = ""
    pause_seconds: float = 0.0
    name: ClassVar[str] = "count"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (Root,)
    provides: ClassVar[tuple[type, ...]] = (Numbers,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        note_run(self.log, self.name)
        resumed = (context.scratch / "checkpoint").exists()
        if resumed:
            note_run(self.log, "resumed")
        (context.scratch / "checkpoint").write_text("half way")
        context.progress.update(0.5, "half way")
        if not resumed:
            time.sleep(self.pause_seconds)
        return (Numbers(np.arange(float(self.count)) + inputs[Root].value),)


@dataclass(frozen=True)
class Add(Pass):
    log: str = ""
    scale: float = 1.0
    name: ClassVar[str] = "add"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (Numbers,)
    provides: ClassVar[tuple[type, ...]] = (Total,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        note_run(self.log, self.name)
        if self.scale == 0:
            context.warn(Diagnostic("IM799", "the scale is 0", severity="warning"))
        if self.scale < 0:
            raise fail("IM799", "the scale must be positive")
        return (Total(self.scale * float(inputs[Numbers].values.sum())),)


@dataclass(frozen=True)
class Write(Pass):
    log: str = ""
    name: ClassVar[str] = "write"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (Total,)
    provides: ClassVar[tuple[type, ...]] = (TotalFiles,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        note_run(self.log, self.name)
        folder = context.new_folder()
        (folder / "sub").mkdir()
        (folder / "sub" / "total.txt").write_text(f"{inputs[Total].value}\n")
        return (TotalFiles.collect(folder),)


@dataclass(frozen=True)
class Talk(Pass):
    """Needs only the root: not an ancestor of the files."""

    log: str = ""
    name: ClassVar[str] = "talk"
    version: ClassVar[int] = 1
    requires: ClassVar[tuple[type, ...]] = (Root,)
    provides: ClassVar[tuple[type, ...]] = (Aside,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        note_run(self.log, self.name)
        pids = set(context.executor.map(_pid, range(2)))
        assert os.getpid() not in pids
        return (Aside(f"{inputs[Root].value}"),)


def _pid(_: int) -> int:
    return os.getpid()


class Silent:
    """A reporter that remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.diagnostics: list[Diagnostic] = []

    def started(self, name: str) -> Progress:
        self.heard.append(f"started {name}")
        return self

    def update(self, fraction: float, text: str = "") -> None:
        pass

    def finished(self, name: str, seconds: float) -> None:
        self.heard.append(f"finished {name}")

    def cached(self, name: str) -> None:
        self.heard.append(f"cached {name}")

    def stopped(self) -> None:
        self.heard.append("stopped")

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        self.diagnostics.append(diagnostic)

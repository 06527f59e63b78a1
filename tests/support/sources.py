"""A small complete design of which a test replaces the block that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from imnnc.design import Design
from imnnc.diagnostics import CompileError, Diagnostic
from imnnc.lang import load_design

BLOCKS = {
    "before": "",
    "technology": "technology lvt90 { supply 0.25 V }",
    "memristor": "memristor tio2 { conductance 120 nS .. 1 uS }",
    "network": "network n { input x[4] layer h[3] { inverter size 1 .. 10 } "
    "output y[3] { inverter size 1 .. 10 } }",
    "data": "data { set iris }",
    "train": "train latim { loss cross_entropy }",
    "verify": "verify { samples 30 }",
    "emit": "emit ngspice, programming csv",
}


def source(**blocks: str) -> str:
    """The design, a line a block, with some blocks replaced."""
    return "".join(f"{block}\n" for block in {**BLOCKS, **blocks}.values() if block)


class Folder:
    """A folder of sources, of which `net.imnn` is the main one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str, name: str = "net.imnn") -> Path:
        target = self.path / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def design(
        self, text: str, defines: Mapping[str, str] | None = None, **options: object
    ) -> Design:
        return load_design(self.write(text), defines or {}, **options)  # type: ignore[arg-type]

    def diagnostics(
        self, text: str, defines: Mapping[str, str] | None = None, **options: object
    ) -> tuple[Diagnostic, ...]:
        with pytest.raises(CompileError) as caught:
            self.design(text, defines, **options)
        return caught.value.diagnostics

    def errors(
        self, text: str, defines: Mapping[str, str] | None = None, **options: object
    ) -> list[str]:
        """Each diagnostic as `line:column marked text: code message`."""
        found = self.diagnostics(text, defines, **options)
        return [summary(diagnostic).replace(f"{self.path}/", "") for diagnostic in found]


def summary(diagnostic: Diagnostic) -> str:
    """Place, marked text, code and message of a diagnostic."""
    message = f"{diagnostic.code} {diagnostic.message}"
    if diagnostic.span is None:
        return message
    span = diagnostic.span
    line, column = span.source.position(span.start)
    return f"{line}:{column} {span.source.text[span.start : span.end]!r}: {message}"

"""The source that an output folder was compiled from, or another of the same network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from imnnc.diagnostics import ExitCode, fail
from imnnc.lang import load_design

if TYPE_CHECKING:
    from imnnc.artifacts.stored import StoredNetwork, TestPlan
    from imnnc.design import DataSpec, Design, Technology
    from imnnc.physics.table import InverterTable


def source_of(
    path: Path, define: Mapping[str, str] | None, stored: StoredNetwork, plan: TestPlan
) -> tuple[Design, DataSpec]:
    """A source of the network of a folder, and its data.

    Raises:
        CompileError: IM716 where it is of another network or has no `data` block, and what is
            wrong with the source.
    """
    design = load_design(path, define or {}, method=stored.method)
    if design.network.widths != plan.network.widths or design.data is None:
        wanted, given = ("-".join(map(str, x.network.widths)) for x in (plan, design))
        raise fail(
            "IM716",
            f"`{path}` must be a source of this network, {wanted}, with a `data` block, its own"
            f" is {given}",
            exit_code=ExitCode.USAGE,
        )
    return design, design.data


def as_compiled(technology: Technology, table: InverterTable, corner: str | None) -> Technology:
    """A technology at the conditions of a folder's table; at another corner where one is given."""
    return replace(
        technology,
        corner=table.corner if corner is None else corner,
        temperature_celsius=table.temperature_celsius,
        supply_volts=table.supply_volts,
    )

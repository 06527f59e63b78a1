"""The source that an output folder was compiled from, or another of the same network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imnnc.api.networks import Network, Origin
from imnnc.diagnostics import ExitCode, fail
from imnnc.lang import load_design

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from imnnc.artifacts.stored import StoredNetwork, TestPlan
    from imnnc.design import Design, Technology
    from imnnc.encoding import DataSpec
    from imnnc.physics.table import InverterTable


@contextmanager
def opened(source: str | Path | Network) -> Iterator[Origin]:
    """A source file, or what a network made in Python is compiled from while the block lasts."""
    if not isinstance(source, Network):
        yield Origin(Path(source))
        return
    with source.opened() as origin:
        yield origin


@contextmanager
def source_of(
    source: str | Path | Network,
    define: Mapping[str, str] | None,
    stored: StoredNetwork,
    plan: TestPlan,
) -> Iterator[tuple[Design, DataSpec]]:
    """A source of the network of a folder, and its data, which are there while the block lasts.

    Raises:
        CompileError: IM716 where it is of another network or has no `data` block, and what is
            wrong with the source.
    """
    with opened(source) as origin:
        design = origin.design(define, method=stored.method)
        if design.network.widths != plan.network.widths or design.data is None:
            wanted, given = ("-".join(map(str, x.network.widths)) for x in (plan, design))
            raise fail(
                "IM716",
                f"`{origin.path}` must be a source of this network, {wanted}, with a `data` block,"
                f" its own is {given}",
                exit_code=ExitCode.USAGE,
            )
        yield design, design.data


def as_compiled(technology: Technology, table: InverterTable, corner: str | None) -> Technology:
    """A technology at the conditions of a folder's table; at another corner where one is given."""
    return replace(
        technology,
        corner=table.corner if corner is None else corner,
        temperature_celsius=table.temperature_celsius,
        supply_volts=table.supply_volts,
    )


def samples_of(
    data: str | Path | Network, define: Mapping[str, str] | None
) -> tuple[NDArray[np.float64], NDArray[Any] | None]:
    """Inputs (S, N) in volts and targets, of a source or of a `.npz` file."""
    from imnnc.data import load_dataset
    from imnnc.data.npz import read_npz

    path = None if isinstance(data, Network) else Path(data)
    if path is None or path.suffix != ".npz":
        with opened(data) as origin:
            design = origin.design(define)
            if design.data is None:
                message = f"`{origin.path.name}` has no `data` block"
                raise fail("IM709", message, design.network.span)
            train = design.train
            found = load_dataset(design.data, design.network, train.loss, train.seed).dataset
        return found.test_inputs.astype("float64"), found.test_targets
    arrays = read_npz(path, choose=lambda _: ("inputs", "targets"))
    if "inputs" not in arrays:
        raise fail("IM716", f"`{path}` must have an array that is called `inputs`")
    return arrays["inputs"].astype("float64"), arrays.get("targets")


def output_folder(path: str | Path, define: Mapping[str, str] | None = None) -> Path:
    """Where a source is compiled to unless somebody says where: `out/NETWORK`.

    Raises:
        CompileError: the source is wrong.
    """
    return folder_of(load_design(Path(path), define or {}))


def folder_of(design: Design) -> Path:
    """Where the output of a design goes by the name of its network."""
    return Path("out") / design.network.name


def rails_of(manifest: Mapping[str, Any]) -> float:
    """Where the middle of the rails of a folder's circuit is, in volts; not at 0 for some dies."""
    rails = manifest.get("calibrated", {}).get("rails_v", {"vdd": 0.0, "vss": 0.0})
    return round(float(rails["vdd"] + rails["vss"]) / 2, 9)

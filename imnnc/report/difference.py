"""Two output folders side by side: what was measured, which cells differ, which settings do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from imnnc.artifacts.reading import read_stored
from imnnc.artifacts.stored import PARAMETERS_FILE
from imnnc.files.files import read_json
from imnnc.files.manifest import read_manifest
from imnnc.measure.verification import rounded
from imnnc.physics.network import CrossbarProgram, FloatArray, IntArray, ProgrammedCrossbar

SCHEMA = 1
Unit = Literal["V", "V²", "%", "s", "J", "W", "S", ""]

# The figures that are set side by side: what they are called, their file, where in it, their unit.
_FIGURES: tuple[tuple[str, str, str, Unit], ...] = (
    ("prediction error, rms", "verify.json", "prediction_error_v.rms", "V"),
    ("prediction error, largest", "verify.json", "prediction_error_v.max", "V"),
    ("accuracy, simulated", "verify.json", "accuracy.simulated", "%"),
    ("accuracy, predicted", "verify.json", "accuracy.predicted", "%"),
    ("mean square error, simulated", "verify.json", "target_mse_v2.simulated", "V²"),
    ("mean square error, predicted", "verify.json", "target_mse_v2.predicted", "V²"),
    ("thermal noise, rms", "verify.json", "thermal_noise_v.rms", "V"),
    ("delay", "verify.json", "delay_s", "s"),
    ("energy of the rails", "verify.json", "energy_j.rails", "J"),
    ("energy of all sources", "verify.json", "energy_j.all_sources", "J"),
    ("power of the rails", "verify.json", "power_w.rails", "W"),
    ("power of all sources", "verify.json", "power_w.all_sources", "W"),
    ("accuracy of chips, mean", "chips.json", "accuracy.mean", "%"),
    ("accuracy of chips, one in twenty below", "chips.json", "accuracy.tail", "%"),
    ("error of chips, mean", "chips.json", "target_mse_v2.mean", "V²"),
    ("yield", "chips.json", "yield.share", "%"),
)
# Of the manifest, what is no setting, and of a pass, what only says where it came from.
_NO_SETTINGS = ("files", "schema", "options")
_NO_OPTIONS = ("source_sha256",)
# Of the summary, what the source says that no pass has as an option.
_OF_SOURCE = ("technology", "memristor")
_HALVES = ("plus", "minus")
_NOWHERE: IntArray = np.empty((0, 3), np.int64)


@dataclass(frozen=True)
class Figure:
    """A figure of both; None: that folder has none."""

    name: str
    unit: Unit
    a: float | None
    b: float | None


@dataclass(frozen=True)
class Setting:
    """What two sources, their options or their tools say otherwise; None: nothing."""

    name: str
    a: Any
    b: Any


@dataclass(frozen=True)
class Layer:
    """The cells and inverters of a layer.

    Attributes:
        name: of the layer.
        inputs: rows of each half of its crossbar that are no biases.
        shapes: rows and columns of its crossbar in either; None where there is no such layer.
            Where they differ, no cell is compared.
        cells: how many cells are compared.
        places: (n, 3) half (0 plus, 1 minus), row and column of each cell that differs.
        a: (n,) what these conduct, in siemens, 0 where a cell is not formed.
        b: (n,) and in the other.
        sizes: how many of its inverters have another size.
    """

    name: str
    inputs: int
    shapes: tuple[tuple[int, int] | None, tuple[int, int] | None]
    cells: int
    places: IntArray
    a: FloatArray
    b: FloatArray
    sizes: int

    @property
    def changed(self) -> int:
        """How many cells differ."""
        return len(self.places)

    @property
    def comparable(self) -> bool:
        """Whether its crossbar has the same rows and columns in both."""
        return self.shapes[0] == self.shapes[1]

    @property
    def largest(self) -> float | None:
        """The largest change, in siemens; None: there is none."""
        moved = self.b - self.a
        return float(moved[np.abs(moved).argmax()]) if self.changed else None

    def rows(self) -> Iterator[tuple[str, str, int, str, float | None, float | None]]:
        """Crossbar, row, column, polarity and siemens of each cell, None where it is not formed."""
        for (half, row, column), a, b in zip(
            self.places.tolist(), self.a.tolist(), self.b.tolist(), strict=True
        ):
            extra = row - self.inputs
            named = str(row) if extra < 0 else "bias" if not extra else f"bias_{extra}"
            yield self.name, named, column, _HALVES[half], a or None, b or None

    def to_json(self, *, cells: bool) -> dict[str, Any]:
        """Its figures; with `cells` each cell that differs."""
        found: dict[str, Any] = {
            "name": self.name,
            "shapes": {"a": _listed(self.shapes[0]), "b": _listed(self.shapes[1])},
            "cells": self.cells,
            "changed": self.changed,
            "share": self.changed / self.cells if self.cells else None,
            "largest_s": self.largest,
            "inverters_changed": self.sizes,
        }
        if cells:
            names = ("row", "column", "polarity", "a_s", "b_s")
            found["list"] = [dict(zip(names, x[1:], strict=True)) for x in self.rows()]
        return found


@dataclass(frozen=True)
class Difference:
    """What two output folders differ in; `a` is the one that is named first."""

    a: str
    b: str
    figures: tuple[Figure, ...]
    layers: tuple[Layer, ...]
    settings: tuple[Setting, ...]
    files: tuple[str, ...]  # that have other content, or that one does not have

    @property
    def equal(self) -> bool:
        """Whether all files are the same."""
        return not self.files

    def to_json(self, *, cells: bool = False) -> dict[str, Any]:
        """All of it, SI units, six digits; `cells` has each that differs as well."""
        tree: dict[str, Any] = rounded(
            {
                "schema": SCHEMA,
                "a": self.a,
                "b": self.b,
                "equal": self.equal,
                "figures": [asdict(x) for x in self.figures],
                "layers": [x.to_json(cells=cells) for x in self.layers],
                "settings": [asdict(x) for x in self.settings],
                "files": list(self.files),
            }
        )
        return tree

    def cells_csv(self) -> str:
        """Every cell that differs, a line each."""
        lines = ["crossbar,row,column,polarity,siemens_a,siemens_b"]
        for layer in self.layers:
            for *where, a, b in layer.rows():
                siemens = ("" if x is None else f"{x:.9g}" for x in (a, b))
                lines.append(",".join([*map(str, where), *siemens]))
        return "\n".join(lines) + "\n"


def difference(a: Path, b: Path) -> Difference:
    """Compare two output folders, of a compile or of a calibration.

    Raises:
        CompileError: IM511 to IM514 where one is no such folder, or is damaged.
    """
    manifests = read_manifest(a), read_manifest(b)
    programs = [read_stored(folder / PARAMETERS_FILE).program for folder in (a, b)]
    listed = [manifest["files"] for manifest in manifests]
    return Difference(
        str(a),
        str(b),
        (*_figures(*(_contents(folder) for folder in (a, b))), *_sizes(*programs)),
        tuple(_layers(*programs)),
        tuple(_settings(*(_said(x, f) for x, f in zip(manifests, (a, b), strict=True)))),
        tuple(x for x in sorted({*listed[0], *listed[1]}) if listed[0].get(x) != listed[1].get(x)),
    )


def _contents(folder: Path) -> dict[str, Mapping[str, Any]]:
    """The JSON files that figures are in, as far as there are any."""
    names = dict.fromkeys(file for _, file, _, _ in _FIGURES)
    return {x: read_json(folder / x) if (folder / x).exists() else {} for x in names}


def _figures(
    a: Mapping[str, Mapping[str, Any]], b: Mapping[str, Mapping[str, Any]]
) -> Iterator[Figure]:
    for name, file, place, unit in _FIGURES:
        values = [_at(x[file], place) for x in (a, b)]
        if values != [None, None]:
            yield Figure(name, unit, *values)


def _sizes(a: CrossbarProgram, b: CrossbarProgram) -> Iterator[Figure]:
    """How much there is of both."""
    for (name, one), other in zip(_amounts(a).items(), _amounts(b).values(), strict=True):
        if one or other:
            yield Figure(name, "", one, other)


def _amounts(of: CrossbarProgram) -> dict[str, float]:
    return {
        "cells": float(sum(2 * x.ohms_plus.size for x in of.crossbars)),
        "cells that are not formed": float(sum(x.unformed_cells for x in of.crossbars)),
        "unit inverters": of.parameters().total_size,
    }


def _at(tree: Any, place: str) -> float | None:
    for word in place.split("."):
        tree = tree.get(word) if isinstance(tree, Mapping) else None
    return float(tree) if isinstance(tree, int | float) else None


def _said(manifest: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What the source, options and tools of a folder say, by flat names."""
    said = {name: x for name, x in manifest.items() if name not in _NO_SETTINGS}
    if "technology" in said:
        said["technology"] = {"name": said["technology"]}
    options = manifest.get("options", {})
    if isinstance(options, Mapping):
        said["options"] = {
            name: {key: x for key, x in of.items() if key not in _NO_OPTIONS}
            for name, of in options.items()
        }
    path = folder / "summary.json"
    summary = read_json(path) if path.exists() else {}
    said |= {name: summary[name] for name in _OF_SOURCE if name in summary}
    return dict(_flat("", said))


def _flat(name: str, tree: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Mapping):
        for key, member in tree.items():
            yield from _flat(f"{name}.{key}" if name else key, member)
    else:
        yield name, tree


def _settings(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Setting]:
    for name in sorted({*a, *b}):
        if a.get(name) != b.get(name):
            yield Setting(name, a.get(name), b.get(name))


def _layers(a: CrossbarProgram, b: CrossbarProgram) -> Iterator[Layer]:
    """Of every layer that one of them has, by its name."""
    known = [{x.name: i for i, x in enumerate(of.crossbars)} for of in (a, b)]
    for name in dict.fromkeys([*known[0], *known[1]]):
        both = [
            (of.crossbars[at[name]], of.size_minus[at[name]], of.size_plus[at[name]])
            for of, at in zip((a, b), known, strict=True)
            if name in at
        ]
        shapes = [_shape(of, at.get(name)) for of, at in zip((a, b), known, strict=True)]
        inputs = both[0][0].ohms_plus.shape[0] - both[0][0].biases
        if shapes[0] != shapes[1]:
            none = np.empty(0)
            yield Layer(name, inputs, (shapes[0], shapes[1]), 0, _NOWHERE, none, none, 0)
            continue
        (one, *sizes_a), (other, *sizes_b) = both
        sizes = sum(int((x != y).sum()) for x, y in zip(sizes_a, sizes_b, strict=True))
        before, after = _siemens(one), _siemens(other)
        places = np.argwhere(before != after)
        at = tuple(places.T)
        yield Layer(
            name, inputs, (shapes[0], shapes[1]), before.size, places, before[at], after[at], sizes
        )


def _shape(program: CrossbarProgram, index: int | None) -> tuple[int, int] | None:
    if index is None:
        return None
    rows, columns = program.crossbars[index].ohms_plus.shape
    return rows, columns


def _siemens(crossbar: ProgrammedCrossbar) -> FloatArray:
    """What cells conduct (2, N + P, M), those on plus rows first; 0 where they are not formed."""
    siemens: FloatArray = 1 / np.stack([crossbar.ohms_plus, crossbar.ohms_minus])
    for half, formed in zip(siemens, (crossbar.formed_plus, crossbar.formed_minus), strict=True):
        if formed is not None:
            half[~formed] = 0.0
    return siemens


def _listed(shape: tuple[int, int] | None) -> list[int] | None:
    return None if shape is None else list(shape)

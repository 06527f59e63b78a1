"""What was measured, as values: fields carry their units, and tables become data frames.

They are read from the files of an output, in which numbers have six digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from imnnc.api.html import html_table
from imnnc.extras import optional
from imnnc.files.files import damaged
from imnnc.measure.figures import Accuracy

if TYPE_CHECKING:
    import pandas

Row = TypeVar("Row", covariant=True)


class Table(tuple[Row, ...]):
    """Values of one dataclass, a row each."""

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame: a column a field, those of fields that have fields behind a dot.

        Raises:
            CompileError: IM745 without the package `pandas`.
        """
        frame: pandas.DataFrame = optional("pandas", "notebook").DataFrame(list(map(_flat, self)))
        return frame

    def _repr_html_(self) -> str:
        rows = list(map(_flat, self))
        head = list(rows[0]) if rows else []
        return html_table(head, [[row[name] for name in head] for row in rows])


def _flat(row: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in asdict(row).items():
        if isinstance(value, dict):
            found.update({f"{name}.{inner}": x for inner, x in value.items()})
        else:
            found[name] = value
    return found


@dataclass(frozen=True)
class Errors:
    """Predicted minus simulated, over samples and nodes."""

    rms_volts: float
    max_volts: float


@dataclass(frozen=True)
class Energy:
    """What an inference takes: the mean of a few steps, each for the hold time.

    Where no output moves there is power alone, and the others are None.
    """

    rails_joules: float | None
    all_sources_joules: float | None
    rails_watts: float
    all_sources_watts: float
    hold_seconds: float | None
    delay_seconds: float | None  # of the worst step


@dataclass(frozen=True)
class LayerResult:
    """A crossbar and its neurons, and how well the voltages of their nodes were predicted."""

    layer: str
    inputs: int
    neurons: int
    cells: int
    unformed_cells: int
    bias_pairs: int
    size_minus: float  # of all first inverters together, in unit inverters
    size_plus: float  # of all second ones
    net: Errors  # of the columns
    minus: Errors
    plus: Errors


@dataclass(frozen=True)
class CornerResult:
    """What was measured at one corner."""

    corner: str
    samples: int
    error: Errors  # at the read-out
    accuracy: Accuracy | None  # None: outputs are no classes
    mse_predicted_square_volts: float | None  # against targets; None: outputs are classes
    mse_simulated_square_volts: float | None
    energy: Energy


@dataclass(frozen=True, eq=False)
class Document(Mapping[str, Any]):
    """The content of a JSON file, by its keys as well: what is in it beyond the fields."""

    content: Mapping[str, Any] = field(repr=False)

    def __getitem__(self, key: str) -> Any:
        return self.content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


@dataclass(frozen=True, eq=False)
class VerificationResult(Document):
    """What the simulator measured: `verify.json`, figures of the design's corner in front.

    It is a mapping of that file's content besides: `verification["at_hold"]`.
    """

    network: str
    method: str
    passed: bool  # whether the error is within its tolerance, at every corner
    tolerance_volts: float
    samples: int
    error: Errors  # at the read-out
    accuracy: Accuracy | None
    energy: Energy
    corners: Table[CornerResult]  # the design's first

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row a corner."""
        return self.corners.to_pandas()

    def _repr_html_(self) -> str:
        return self.corners._repr_html_()


@dataclass(frozen=True)
class MethodResult:
    """A method of a comparison: means over its seeds."""

    method: str
    error_rms_volts: float
    error_max_volts: float
    accuracy_predicted: float | None
    accuracy_simulated: float | None
    mse_predicted_square_volts: float | None
    mse_simulated_square_volts: float | None
    rails_joules: float | None
    all_sources_joules: float | None
    delay_seconds: float | None
    total_size: float  # of all inverters, in unit inverters


@dataclass(frozen=True, eq=False)
class ComparisonResult(Document):
    """What a comparison of methods found: `compare.json`, whose content it is a mapping of."""

    out: Path  # with the figures, and a compilation a method and seed below it
    methods: Table[MethodResult]

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row a method."""
        return self.methods.to_pandas()

    def _repr_html_(self) -> str:
        return self.methods._repr_html_()


def verification_result(path: Path, content: Mapping[str, Any]) -> VerificationResult:
    """The content of `verify.json` at `path`; fails with IM512 where it is none."""

    def read() -> VerificationResult:
        corners = Table(map(_corner, (content, *content["corners"])))
        first = corners[0]
        return VerificationResult(
            content,
            content["network"],
            content["method"],
            content["passed"],
            content["tolerance_v"],
            first.samples,
            first.error,
            first.accuracy,
            first.energy,
            corners,
        )

    if not isinstance(content.get("passed"), bool):
        raise damaged(path, "its `passed` must be `true` or `false`")
    try:
        return read()
    except (AttributeError, KeyError, TypeError) as error:
        raise damaged(path, "it must have what a verification has found") from error


def layer_results(
    path: Path, verification: Mapping[str, Any], summary: Mapping[str, Any]
) -> Table[LayerResult]:
    """The layers of `verify.json` and `summary.json`; fails with IM512 where they are none."""
    try:
        errors = {
            (x["layer"], x["node"]): Errors(x["rms"], x["max"])
            for x in verification["prediction_error_v"]["layers"]
        }
        return Table(
            LayerResult(
                x["name"],
                x["inputs"],
                x["width"],
                x["cells"],
                x.get("unformed", 0),
                x.get("bias_pairs", 1),
                x["size_minus"],
                x["size_plus"],
                *(errors[x["name"], node] for node in ("net", "minus", "plus")),
            )
            for x in summary["network"]["layers"]
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise damaged(path, "its layers must be those of the verification") from error


def comparison_result(out: Path, content: Mapping[str, Any]) -> ComparisonResult:
    """What `compare` has written to `compare.json` of a folder."""
    return ComparisonResult(
        content, out, Table(_method(name, x) for name, x in content["methods"].items())
    )


def _corner(found: Mapping[str, Any]) -> CornerResult:
    error, power, energy = (found[key] for key in ("prediction_error_v", "power_w", "energy_j"))
    accuracy, mse = found["accuracy"], found["target_mse_v2"] or {}
    return CornerResult(
        found["corner"],
        found["samples"],
        Errors(error["rms"], error["max"]),
        None if accuracy is None else Accuracy(*(accuracy[x.name] for x in fields(Accuracy))),
        mse.get("predicted"),
        mse.get("simulated"),
        Energy(
            energy["rails"],
            energy["all_sources"],
            power["rails"],
            power["all_sources"],
            found["hold_s"],
            found["delay_s"],
        ),
    )


def _method(name: str, found: Mapping[str, Any]) -> MethodResult:
    accuracy, mse = found["accuracy"] or {}, found["target_mse_v2"] or {}

    def mean(figures: Mapping[str, Any], *keys: str) -> Any:
        for key in keys:
            figures = figures.get(key, {})
        return figures.get("mean")

    error, energy = found["prediction_error_v"], found["energy_j"]
    return MethodResult(
        name,
        mean(error, "rms"),
        mean(error, "max"),
        mean(accuracy, "predicted"),
        mean(accuracy, "simulated"),
        mean(mse, "predicted"),
        mean(mse, "simulated"),
        mean(energy, "rails"),
        mean(energy, "all_sources"),
        mean(found, "delay_s"),
        mean(found, "total_inverter_size"),
    )

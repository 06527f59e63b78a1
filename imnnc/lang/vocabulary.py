"""The words of the language that are data rather than grammar, and how to suggest one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from imnnc import design
from imnnc.design import METHODS, Memristor, TrainSpec
from imnnc.encoding import Normalization
from imnnc.limits import settings_of
from imnnc.parasitics import CellQuantity, Layout, Parasitics
from imnnc.pulses import Pulses
from imnnc.tasks import ChipsSpec, ProgramSpec

DECLARATIONS = (
    "import",
    "let",
    "technology",
    "memristor",
    "crossbar",
    "network",
    "data",
    "train",
    "verify",
    "chips",
    "program",
    "emit",
)
MEMBERS = (
    "input",
    "layer",
    "output",
    "inverter",
    "size",
    "step",
    "continuous",
    "unformed",
    "in",
)

# What every method of training takes; some take more.
_OF_METHODS = {word for traits in METHODS.values() for word in traits.settings}
_TRAIN = (
    "loss",
    *(word for word in settings_of(TrainSpec) if word not in _OF_METHODS),
    "unformed",
    "chips",
    "corners",
    "from",
)

# The settings of each kind of block, in the order in which messages list them.  The settings of
# a `train` block depend on its method.
SETTINGS: dict[str, tuple[str, ...]] = {
    "technology": (
        "kit",
        "library",
        "include",
        "corners",
        "nmos",
        "pmos",
        "terminals",
        "prefix",
        "length_unit",
        "corner",
        "temperature",
        "supply",
        "mismatch",
    ),
    "technology mismatch": ("nmos", "pmos"),
    "foreign": ("nmos", "pmos", "terminals", "prefix", "length_unit"),
    "kit": ("pdk_root", "package", "package_folder", "install"),
    "transistor": ("width", "length", "diffusion"),
    "memristor": (
        "conductance",
        *settings_of(Memristor),
        "distribution",
        "stuck",
        *settings_of(Parasitics),
        "law",
        "pulses",
    ),
    "memristor stuck": ("low", "high"),
    "pulses": tuple(settings_of(Pulses)),
    "crossbar": ("wire", "driver", "layout", "capacitance", "bias"),
    "crossbar wire": ("row", "column"),
    "crossbar capacitance": ("row", "column", "cell"),
    "data": (
        "set",
        "file",
        "labels",
        "test_file",
        "test_labels",
        "pool",
        "train",
        "test",
        "normalize",
        "encode",
        "target",
    ),
    **{f"train {method}": (*_TRAIN, *traits.settings) for method, traits in METHODS.items()},
    "verify": ("samples", "tolerance", "corners", "transient_samples"),
    "chips": (*settings_of(ChipsSpec), "temperature", "supply"),
    "program": ("tolerance", *settings_of(ProgramSpec)),
}
# What may stand behind some of the settings, by the kind of block and the setting.
PARTS: dict[tuple[str, str], tuple[str, ...]] = {
    (kind, word): SETTINGS[f"{kind} {word}"]
    for kind, words in SETTINGS.items()
    for word in words
    if f"{kind} {word}" in SETTINGS
}
# Settings that have a block of their own behind their value, and of what kind that is.
BLOCKS_INSIDE = {
    "nmos": "transistor",
    "pmos": "transistor",
    "kit": "kit",
    "library": "foreign",
    "pulses": "pulses",
}
FILE_SETTINGS = frozenset(
    {"library", "include", "file", "labels", "test_file", "test_labels", "from"}
)

LOSSES = ("cross_entropy", "mse")
DIALECTS = ("ngspice", *design.DIALECTS)
FOREIGN = get_args(design.ForeignDialect)  # that may have a library of their own
LAWS = ("sinh", "model")
PULSES = ("linear_step",)  # models of what pulses do
QUANTITIES = get_args(CellQuantity)  # that the parameter of a cell may be
LAYOUTS = get_args(Layout)
DISTRIBUTIONS = get_args(design.Distribution)
NORMALIZATIONS = get_args(Normalization)
PROGRAMMING_FORMATS = ("csv", "npz")
TERMINALS = ("drain", "gate", "source", "bulk")
INSTANCE_PREFIXES = ("M", "X")

WORDS = frozenset(
    {
        *DECLARATIONS,
        *MEMBERS,
        "programming",
        "section",
        *LAWS,
        *PULSES,
        *(word for words in SETTINGS.values() for word in words),
    }
)


_LISTED = 40


def listing(words: Iterable[str], conjunction: str = "or") -> str:
    """Words in backticks as a sentence lists them: `a`, `b` or `c`; of very many the first."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) > _LISTED:
        return f"{', '.join(quoted[:_LISTED])} {conjunction} {len(quoted) - _LISTED} more"
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {conjunction} {quoted[-1]}"

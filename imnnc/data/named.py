"""The sets that a source can name: where their files lie, and those that come with the compiler.

`iris` is Fisher's (Annals of Eugenics, 1936), `cancer` the diagnostic set of Wisconsin (Street,
Wolberg and Mangasarian, 1993); both as scikit-learn has them, in the UCI repository CC BY 4.0.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imnnc.diagnostics import Span, fail
from imnnc.resources import resource


@dataclass(frozen=True)
class ImageSet:
    """A set of IDX files in a folder of its own, and how a machine comes by it."""

    name: str
    system_folder: Path | None
    command: str
    place: str = ""  # where the command is run, if not anywhere


IMAGE_SETS = {
    "fashion-mnist": ImageSet(
        "fashion-mnist",
        Path("/usr/share/datasets/fashion-mnist"),
        "apt-get install dataset-fashion-mnist",
    ),
    "mnist": ImageSet("mnist", None, "make data", " in a checkout of imnnc"),
}

# `cancer10` is the first ten features of `cancer`: of ten measures of the cell nuclei in an image,
# the means; the standard errors and the worst values follow them in `cancer`.
FEATURE_SETS = ("iris", "cancer", "cancer10")
_CANCER_MEANS = 10

# What the classes are called, where more is known of them than their numbers.
CLASS_NAMES = {
    "iris": ("setosa", "versicolor", "virginica"),
    "cancer": ("malignant", "benign"),
    "cancer10": ("malignant", "benign"),
    "fashion-mnist": (
        *("T-shirt", "trouser", "pullover", "dress", "coat"),
        *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
    ),
}

_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def image_files(image_set: ImageSet, span: Span | None) -> tuple[Path, ...]:
    """Training images and labels, test images and labels of a set.

    The first folder that has all four is taken: `<set>` in the folder that `IMNNC_DATA`
    names, in the user's data folder `imnnc`, then the operating system's own.

    Raises:
        CompileError: IM200 where no folder has them, with what to install.
    """
    folders = _folders(image_set)
    for folder in folders:
        found = [_plain_or_gzipped(folder / name) for name in _FILES]
        if all(path is not None for path in found):
            return tuple(path for path in found if path is not None)
    raise fail(
        "IM200",
        f"data set `{image_set.name}` is not on this machine",
        span,
        notes=[f"looked for {', '.join(_FILES)} in `{folder}`" for folder in folders],
        help=f"run `{image_set.command}`{image_set.place}, or set `IMNNC_DATA` to a folder that "
        f"has them in `{image_set.name}`",
    )


def feature_set(name: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Features (S, N) in their own units and classes (S,) of a set among `FEATURE_SETS`."""
    path = resource("data") / "sets" / ("iris.csv" if name == "iris" else "cancer.csv")
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    inputs, targets = table[:, :-1], table[:, -1].astype(np.int64)
    return inputs[:, :_CANCER_MEANS] if name == "cancer10" else inputs, targets


def _folders(image_set: ImageSet) -> list[Path]:
    folders = []
    if chosen := os.environ.get("IMNNC_DATA"):
        folders.append(Path(chosen) / image_set.name)
    user = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    folders.append(Path(user) / "imnnc" / image_set.name)
    if image_set.system_folder is not None:
        folders.append(image_set.system_folder)
    return folders


def _plain_or_gzipped(path: Path) -> Path | None:
    for candidate in (path, path.with_name(path.name + ".gz")):
        if candidate.is_file():
            return candidate
    return None

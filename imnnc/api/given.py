"""The samples that come with a model that was trained elsewhere, as the model takes them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imnnc.diagnostics import ExitCode, fail
from imnnc.encoding import DATA_SETS, LABELS_SUFFIXES, TABLE_SUFFIXES, format_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SEED = 1  # of sets that are computed, as a source has it


@dataclass(frozen=True)
class Given:
    """Samples, and how a source names them.

    Attributes:
        inputs: (S, ...), each in the shape that it has.
        targets: (S,) classes, or (S, M); None: nobody knows them.
        setting: what a `data` block says of them; None: they are to be saved beside the source.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any] | None
    setting: str | None = None


def read_given(
    data: str | Path,
    labels: str | None,
    pool: int,
    widths: tuple[int, int],
    folder: Path,
) -> Given:
    """The samples of a set by its name, or of a file.

    Pictures of bytes are divided by 255, as models of torch have them; all else is as it stands.

    Args:
        data: the name of a set, or a `.npz` with `inputs` and perhaps `targets`, a table, or
            pictures in IDX or `.npy`.
        labels: the heading of a table's labels, or the file that has them.
        pool: the edge of the blocks of pixels that are averaged into one.
        widths: inputs and outputs of the model.
        folder: where the source is going to lie, which names files from there.

    Raises:
        CompileError: IM716 where there are no inputs or labels, IM811 where samples do not fit the
            model, and those of data files.
    """
    if str(data) in DATA_SETS:
        given = _of_set(str(data))
    else:
        given = _of_file(Path(data), labels, widths, folder)
    if pool == 1:
        return given
    from imnnc.data.images import pool_images

    setting = given.setting and f"{given.setting} pool {pool}"
    return Given(pool_images(given.inputs, pool, str(data), None), given.targets, setting)


def _of_set(name: str) -> Given:
    import numpy as np

    from imnnc.data.computed import COMPUTED
    from imnnc.data.idx import read_idx
    from imnnc.data.named import FEATURE_SETS, IMAGE_SETS, feature_set, image_files

    if name in FEATURE_SETS:
        # A source would scale its features, which the model has met as they are.
        return Given(*feature_set(name))
    if name in IMAGE_SETS:
        images, classes = (read_idx(path) for path in image_files(IMAGE_SETS[name], None)[:2])
        return Given(_pixels(images), classes, f"set {name}")
    computed = COMPUTED[name]
    made = computed.generate(np.random.default_rng([_SEED, 0]), computed.train)
    return Given(*made, f"set {name}")


def _of_file(path: Path, labels: str | None, widths: tuple[int, int], folder: Path) -> Given:
    from imnnc.data.idx import read_idx
    from imnnc.data.npz import read_npy, read_npz
    from imnnc.data.table import read_table

    suffix = format_of(path.name)
    if suffix == ".npz":
        arrays = read_npz(path, choose=lambda _: ("inputs", "targets"))
        if "inputs" not in arrays:
            raise fail("IM716", f"`{path}` must have an array that is called `inputs`")
        return Given(arrays["inputs"], arrays.get("targets"))
    named = f'file "{os.path.relpath(path, folder)}"'
    if labels is None or not labels.endswith(LABELS_SUFFIXES):
        if suffix in TABLE_SUFFIXES:
            return _of_table(path, labels, widths, named)
        endings = ", ".join(f"`{x}`" for x in LABELS_SUFFIXES)
        raise fail(
            "IM716",
            f"`{path}` holds pictures or other values alone, their labels must be in a file that"
            f" ends in one of {endings}" + ("" if labels is None else f", was `{labels}`"),
            help="name it: `--labels FILE`",
            exit_code=ExitCode.USAGE,
        )

    def array(of: Path) -> NDArray[Any]:
        if format_of(of.name) in TABLE_SUFFIXES:
            return read_table(of).values
        return read_npy(of) if format_of(of.name) == ".npy" else read_idx(of)

    inputs, targets = array(path), array(Path(labels))
    if len(inputs) != len(targets):
        raise fail(
            "IM811", f"`{path}` has {len(inputs)} samples, `{labels}` has {len(targets)} labels"
        )
    beside = os.path.relpath(labels, folder)
    return Given(_pixels(inputs), targets, f'{named} labels "{beside}"')


def _of_table(path: Path, heading: str | None, widths: tuple[int, int], named: str) -> Given:
    from imnnc.data.table import Labels, read_table

    inputs, outputs = widths
    table = read_table(path, labels=Labels(heading))
    columns = table.values.shape[1]
    if heading is None and columns == inputs and table.classes is None:
        return Given(table.values, None)
    targets = columns - inputs
    if targets not in (1, outputs) or (heading is not None and targets != 1):
        raise fail(
            "IM811",
            f"the model takes {inputs} values and gives {outputs}, `{path}` has {columns} columns",
            help="the values, and behind them a class, or as many targets as the model gives",
        )
    setting = named if heading is None else f'{named} labels "{heading}"'
    values = table.values
    found = values[:, -1] if targets == 1 and outputs > 1 else values[:, -targets:]
    return Given(values[:, :-targets], found, setting)


def _pixels(images: NDArray[Any]) -> NDArray[np.float64]:
    """Bytes from 0 to 255 as pixels from 0 to 1; other values as they are."""
    import numpy as np

    values = images.astype(np.float64)
    return values / 255 if images.dtype == np.uint8 and images.max(initial=0) > 1 else values

"""From a model of torch or in ONNX, or weights alone, to a source that begins at them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imnnc.diagnostics import Source, fail
from imnnc.lang import format_source
from imnnc.limits import is_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor, nn

    from imnnc.api.given import Given
    from imnnc.perceptron.model import Perceptron

_CHECKED = 16  # samples on which model and layers are compared
_APART = 1e-3  # of the largest answer
# Inputs for each pair of bias rows: what moves a column to where its inverter switches.
_INPUTS_A_PAIR, _MOST_PAIRS = 12, 16
_STEPS = 4000  # of training, at least
_EPOCHS = (10, 200)


def from_torch(
    model: nn.Module,
    data: tuple[ArrayLike, ...] | ArrayLike | str | Path,
    path: str | Path = "model.imnn",
    *,
    labels: str | None = None,
    pool: int = 1,
    overwrite: bool = False,
) -> Path:
    """Write a source of the same topology as a torch model, its weights and its samples.

    The source is for `lvt90` and trains by LATIM from the weights, taught by the model; it is
    meant to be read and changed.  Beside `digits.imnn` lie `digits.weights.npz` and, where the
    source cannot name the samples, `digits.data.npz`.

    Args:
        model: a perceptron, as an `nn.Sequential` or any module that `torch.fx` can follow.
        data: inputs (S, ...) as the model takes them, or these and classes (S,) or targets
            (S, M); without, the model's own answers are the targets.  Or the name of a set, such
            as `fashion-mnist`, or a file: a `.npz` with `inputs` and perhaps `targets`, a table
            with a class or the targets in its last columns, pictures in IDX or `.npy`.
        path: the source to be written.
        labels: of a file, the heading of the column that has them, or the file that does.
        pool: the edge of the blocks of pixels that are averaged into one, of a set or a file.
        overwrite: whether files that are there may be replaced.

    Returns:
        The path of the source, for `imnnc.compile`.

    Raises:
        CompileError: IM810 and IM811 where the model is no perceptron, IM812 where its layers do
            not give what it answers, IM813 where a file is there already, IM716 and those of data
            files where the samples cannot be read.
    """
    from imnnc.api.given import Given
    from imnnc.perceptron.torch_modules import read_module

    found = read_module(model)
    if isinstance(data, str | Path):
        given = _given(data, labels, pool, found, path)
    else:
        inputs, *targets = data if isinstance(data, tuple) else (data,)
        given = Given(_array("inputs", inputs), _array("targets", *targets) if targets else None)
    flat = _flat(given.inputs, found)
    _check_answers(model, found, given.inputs, flat)
    return _write(found, given, Path(path), overwrite)


def from_onnx(
    model: str | Path,
    data: str | Path,
    path: str | Path = "model.imnn",
    *,
    labels: str | None = None,
    pool: int = 1,
    overwrite: bool = False,
) -> Path:
    """The same of a model in an ONNX file, which the package `onnx` reads.

    Args:
        model: the file.
        data: the name of a set, or a file.
        path: the source to be written.
        labels: as for `from_torch`.
        pool: as for `from_torch`.
        overwrite: whether files that are there may be replaced.

    Raises:
        CompileError: as `from_torch`; IM814 without the package, IM815 where the model cannot be
            read.
    """
    from imnnc.perceptron.onnx_graph import read_onnx

    found = read_onnx(Path(model))
    return _write(found, _given(data, labels, pool, found, path), Path(path), overwrite)


def from_state(
    weights: str | Path | Mapping[str, Tensor],
    data: str | Path,
    path: str | Path = "model.imnn",
    *,
    activation: str | None = None,
    labels: str | None = None,
    pool: int = 1,
    overwrite: bool = False,
) -> Path:
    """The same of weights without a model: a `state_dict`, or a file that has one.

    No code of such a file runs: it is read with `weights_only=True`.

    Args:
        weights: the file, or the tensors by their names.
        data: as for `from_onnx`.
        path: the source to be written.
        activation: what stands behind each layer but the last, which weights do not say: `tanh`,
            `sigmoid`, `relu` or `hardtanh`.
        labels: as for `from_torch`.
        pool: as for `from_torch`.
        overwrite: whether files that are there may be replaced.

    Raises:
        CompileError: as `from_torch`; IM815 where the file holds more than weights, IM816 where
            more has to be known than they say.
    """
    from imnnc.perceptron.state import read_state, read_state_file

    state = read_state_file(Path(weights)) if isinstance(weights, str | Path) else weights
    found = read_state(state, activation)
    return _write(found, _given(data, labels, pool, found, path), Path(path), overwrite)


def _given(
    data: str | Path, labels: str | None, pool: int, found: Perceptron, path: str | Path
) -> Given:
    from imnnc.api.given import read_given

    widths = found.widths[0], found.widths[-1]
    return read_given(data, labels, pool, widths, Path(path).parent)


def _array(what: str, values: ArrayLike) -> NDArray[Any]:
    """An array of numbers; fails with IM716 where it is none."""
    import numpy as np

    try:
        array = np.asarray(values)
    except (TypeError, ValueError):  # of several lengths, or not in this memory
        array = np.empty(0, object)
    if array.dtype.kind in "biuf":
        return array
    names = array.dtype.kind in "US"
    raise fail(
        "IM716",
        f"{what} must be an array of numbers, not {'text' if names else type(values).__name__}",
        help="number classes from 0, in the order of the model's outputs"
        if names
        else "give inputs and targets as arrays or tensors, `(x, y)`",
    )


def _flat(inputs: NDArray[Any], found: Perceptron) -> NDArray[np.float64]:
    """Samples (S, N), each in a row."""
    width = math.prod(inputs.shape[1:])
    if width != found.widths[0]:
        raise fail(
            "IM811", f"the model takes {found.widths[0]} values, samples of the data have {width}"
        )
    return inputs.reshape(len(inputs), -1).astype("float64")


def _write(found: Perceptron, given: Given, source: Path, overwrite: bool) -> Path:
    """Write a source, weights, and samples that the source does not name."""
    import numpy as np

    from imnnc.files.files import rewrite
    from imnnc.perceptron.model import write_model

    weights, samples = (source.with_suffix(f".{part}.npz") for part in ("weights", "data"))
    if not is_name(source.stem):
        raise fail("IM813", f"`{source.name}` must be called by a name of the language")
    written = [source, weights, *([samples] if given.setting is None else [])]
    there = [file for file in written if file.exists()]
    if there and not overwrite:
        raise fail(
            "IM813",
            f"`{there[0]}` is there already",
            help="choose another path, or write `overwrite=True` (`--overwrite`)",
        )
    flat = _flat(given.inputs, found)
    answers = found.answers(flat)
    targets = given.targets
    if targets is None:
        targets = answers.argmax(axis=1) if found.widths[-1] > 1 else answers
    text = _source(source.stem, given.setting, found, flat, targets, answers)
    write_model(weights, found)
    if given.setting is None:
        np.savez(samples, inputs=given.inputs.astype(np.float64), targets=targets)
    source.touch()
    rewrite(source, text)
    return source


def _check_answers(
    model: nn.Module, found: Perceptron, inputs: NDArray[Any], flat: NDArray[np.float64]
) -> None:
    """What was folded must be what the model does; a softmax at its end is undone."""
    import numpy as np
    import torch

    training = model.training
    model.eval()
    dtype = next((x.dtype for x in model.parameters()), torch.float32)
    with torch.no_grad():
        said = model(torch.from_numpy(inputs[:_CHECKED].astype(np.float64)).to(dtype))
    model.train(training)
    wanted = said.double().numpy().reshape(len(said), -1)
    answers = found.answers(flat[:_CHECKED])
    logits = answers - answers.max(axis=1, keepdims=True)
    logarithms = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    limit = _APART * max(1.0, float(np.abs(wanted).max(initial=0.0)))
    candidates = (answers, np.exp(logarithms), logarithms)
    if not any(
        x.shape == wanted.shape and np.abs(x - wanted).max(initial=0.0) <= limit for x in candidates
    ):
        raise fail(
            "IM812",
            "the layers that were found must answer as the model does, on the first samples they"
            " do not",
            help="its values are reshaped between layers perhaps: give an `nn.Sequential`",
        )


def _source(
    name: str,
    setting: str | None,
    found: Perceptron,
    inputs: NDArray[np.float64],
    targets: NDArray[Any],
    answers: NDArray[np.float64],
) -> str:
    """The text of a source, in its canonical form."""
    import numpy as np

    outputs = found.widths[-1]
    column = targets.reshape(len(targets), -1)
    classes = outputs > 1 and column.shape[1] == 1 and bool((column == np.floor(column)).all())
    hidden = [f"hidden{n}" for n in range(1, len(found.layers))]
    samples = setting or f'file "{name}.data.npz"'
    lines = [
        f"// A perceptron of {found.topology}, which was trained elsewhere.",
        "technology lvt90",
        "memristor tio2 { conductance 120 nS .. 1 uS   levels 256   variation 3 % }",
        f"network {name} {{ input features[{found.widths[0]}]",
        *(
            f"{'layer' if layer in hidden else 'output'} {layer}[{width}]"
            " { inverter size 1 .. 10 }"
            for layer, width in zip([*hidden, "answers"], found.widths[1:], strict=True)
        ),
        "}",
        *(
            f"crossbar {layer} {{ bias {min(_MOST_PAIRS, math.ceil(width / _INPUTS_A_PAIR))} }}"
            for layer, width in zip([*hidden, "answers"], found.widths, strict=False)
        ),
        f"data {{ {samples}",
        f"encode {range_of(inputs)} -> -0.25 V .. 0.25 V",
        "}" if classes else f"target {range_of(np.append(column, answers))} -> -0.2 V .. 0.2 V }}",
        f'train latim {{ from "{name}.weights.npz" teacher 70 %',
        f"loss {'cross_entropy' if classes else 'mse'}",
        f"{_schedule(len(inputs))} learning_rate 0.02 }}",
        "verify { samples 20   tolerance 5 mV }",
        "emit ngspice, programming csv, npz",
    ]
    return format_source(Source(f"{name}.imnn", "\n".join(lines) + "\n"))


def range_of(values: NDArray[np.float64]) -> str:
    """Ends in the language that all values are between, 0 and 1 or -1 and 1 where they fit."""
    low, high = float(values.min()), float(values.max())
    for ends in ((0.0, 1.0), (-1.0, 1.0)):
        if ends[0] <= low and high <= ends[1] and high - low > 0.6 * (ends[1] - ends[0]):
            low, high = ends
    if low == high:
        low, high = low - 1.0, high + 1.0
    step = 10.0 ** (math.floor(math.log10(high - low)) - 2)
    ends = (math.floor(low / step) * step, math.ceil(high / step) * step)
    return " .. ".join(f"{end:.9g}" for end in ends)


def _schedule(samples: int) -> str:
    """Batches and epochs, for so many steps at least."""
    batch = 128 if samples > 5000 else 32
    epochs = math.ceil(_STEPS / math.ceil(samples / batch))
    return f"epochs {min(max(epochs, _EPOCHS[0]), _EPOCHS[1])} batch {batch}"

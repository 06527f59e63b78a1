"""From a torch model, or one in ONNX, to a source that begins at its weights."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imnnc.diagnostics import Source, fail
from imnnc.lang import format_source
from imnnc.limits import is_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
    from torch import nn

    from imnnc.perceptron.model import Perceptron

_CHECKED = 16  # samples on which model and layers are compared
_APART = 1e-3  # of the largest answer
# Inputs for each pair of bias rows: what moves a column to where its inverter switches.
_INPUTS_A_PAIR, _MOST_PAIRS = 12, 16
_STEPS = 4000  # of training, at least
_EPOCHS = (10, 200)


def from_torch(
    model: nn.Module,
    data: tuple[ArrayLike, ...] | ArrayLike,
    path: str | Path = "model.imnn",
    *,
    overwrite: bool = False,
) -> Path:
    """Write a source of the same topology as a torch model, its weights and its samples.

    The source is for `lvt90` and trains by LATIM from the weights, taught by the model; it is
    meant to be read and changed.  Beside `digits.imnn` lie `digits.weights.npz` and
    `digits.data.npz`.

    Args:
        model: a perceptron, as an `nn.Sequential` or any module that `torch.fx` can follow.
        data: inputs (S, ...) as the model takes them, or these and classes (S,) or targets
            (S, M); without, the model's own answers are the targets.
        path: the source to be written.
        overwrite: whether files that are there may be replaced.

    Returns:
        The path of the source, for `imnnc.compile`.

    Raises:
        CompileError: IM810 and IM811 where the model is no perceptron, IM812 where its layers do
            not give what it answers, IM813 where a file is there already.
    """
    import numpy as np

    from imnnc.perceptron.torch_modules import read_module

    given = data if isinstance(data, tuple) else (data,)
    inputs = np.asarray(given[0])
    found = read_module(model)
    flat = _flat(inputs, found)
    _check_answers(model, found, inputs, flat)
    return _write(found, inputs, given[1] if len(given) > 1 else None, Path(path), overwrite)


def from_onnx(
    model: str | Path,
    data: str | Path,
    path: str | Path = "model.imnn",
    *,
    overwrite: bool = False,
) -> Path:
    """The same of a model in an ONNX file, which the package `onnx` reads.

    Args:
        model: the file.
        data: a `.npz` file with `inputs` as the model takes them, and `targets` if they are known.
        path: the source to be written.
        overwrite: whether files that are there may be replaced.

    Raises:
        CompileError: as `from_torch`; IM814 without the package, IM815 where the model cannot be
            read, IM716 and those of data files where the samples cannot.
    """
    from imnnc.data.npz import read_npz
    from imnnc.perceptron.onnx_graph import read_onnx

    found = read_onnx(Path(model))
    arrays = read_npz(Path(data), choose=lambda _: ("inputs", "targets"))
    if "inputs" not in arrays:
        raise fail("IM716", f"`{data}` must have an array that is called `inputs`")
    return _write(found, arrays["inputs"], arrays.get("targets"), Path(path), overwrite)


def _flat(inputs: NDArray[Any], found: Perceptron) -> NDArray[np.float64]:
    """Samples (S, N), each in a row."""
    width = math.prod(inputs.shape[1:])
    if width != found.widths[0]:
        raise fail(
            "IM811", f"the model takes {found.widths[0]} values, samples of the data have {width}"
        )
    return inputs.reshape(len(inputs), -1).astype("float64")


def _write(
    found: Perceptron,
    inputs: NDArray[Any],
    targets: ArrayLike | None,
    source: Path,
    overwrite: bool,
) -> Path:
    """Write a source, weights and samples."""
    import numpy as np

    from imnnc.files.files import rewrite
    from imnnc.perceptron.model import write_model

    weights, samples = (source.with_suffix(f".{part}.npz") for part in ("weights", "data"))
    if not is_name(source.stem):
        raise fail("IM813", f"`{source.name}` must be called by a name of the language")
    there = [file for file in (source, weights, samples) if file.exists()]
    if there and not overwrite:
        raise fail(
            "IM813",
            f"`{there[0]}` is there already",
            help="choose another path, or write `overwrite=True` (`--overwrite`)",
        )
    flat = _flat(inputs, found)
    answers = found.answers(flat)
    if targets is None:
        targets = answers.argmax(axis=1) if found.widths[-1] > 1 else answers
    wanted = np.asarray(targets)
    text = _source(source.stem, found, flat, wanted, answers)
    write_model(weights, found)
    np.savez(samples, inputs=inputs.astype(np.float64), targets=wanted)
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
        f'data {{ file "{name}.data.npz" encode {_range(inputs)} -> -0.25 V .. 0.25 V',
        "}" if classes else f"target {_range(np.append(column, answers))} -> -0.2 V .. 0.2 V }}",
        f'train latim {{ from "{name}.weights.npz" teacher 70 %',
        f"loss {'cross_entropy' if classes else 'mse'}",
        f"{_schedule(len(inputs))} learning_rate 0.02 }}",
        "verify { samples 20   tolerance 5 mV }",
        "emit ngspice, programming csv, npz",
    ]
    return format_source(Source(f"{name}.imnn", "\n".join(lines) + "\n"))


def _range(values: NDArray[np.float64]) -> str:
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

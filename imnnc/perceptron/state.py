"""Weights that torch saved without the model: a `state_dict`, read so that no code of it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imnnc.diagnostics import fail
from imnnc.files.files import reading
from imnnc.perceptron.chain import Chain, refused
from imnnc.perceptron.model import ACTIVATIONS, Activation, FloatArray, Perceptron
from imnnc.perceptron.torch_modules import normalisation

if TYPE_CHECKING:
    from torch import Tensor

STATE_SUFFIXES = (".pt", ".pth")
_SAVE = 'save its weights alone: `torch.save(model.state_dict(), "weights.pt")`'
_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")  # what an unpickler that runs no code was asked for
# Where checkpoints have the weights, beside the state of what trained them.
_WITHIN = ("state_dict", "model_state_dict", "model")
_STATISTICS = {"running_mean", "running_var", "num_batches_tracked"}
_EPS = 1e-5  # of torch's batch normalisation, which a state_dict does not hold


def read_state_file(path: Path) -> Mapping[str, Tensor]:
    """The tensors of a file that torch wrote, or those of the model in a checkpoint.

    Raises:
        CompileError: IM511 where there is no such file, IM815 where it cannot be read, or holds
            more than tensors.
    """
    import torch

    with reading(path):
        pass
    try:
        found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch tells by many kinds what it would not unpickle
        asked = _GLOBAL.search(str(error))
        what = f"it asks for `{asked[1]}`, which is code" if asked else "torch reads no such file"
        raise fail("IM815", f"`{path}` must hold weights alone, {what}", help=_SAVE) from error
    if isinstance(found, Mapping):
        found = next((found[x] for x in _WITHIN if isinstance(found.get(x), Mapping)), found)
    if not isinstance(found, Mapping) or not found or not all(map(_is_tensor, found.items())):
        raise fail(
            "IM815",
            f"`{path}` must hold tensors by their names, as a `state_dict` does",
            help=_SAVE,
        )
    weights: Mapping[str, Tensor] = found
    return weights


def _is_tensor(item: tuple[object, object]) -> bool:
    import torch

    return isinstance(item[0], str) and isinstance(item[1], torch.Tensor)


def read_state(state: Mapping[str, Tensor], activation: str | None) -> Perceptron:
    """The perceptron of weights by their names, in their order.

    A `state_dict` does not say what stands between its layers: `activation` does, the same behind
    every Linear but the last, and behind the batch normalisation that follows one.

    Raises:
        CompileError: IM810 and IM811 where weights are of no perceptron, IM816 where more has to
            be known than they say.
    """
    parts: dict[str, dict[str, FloatArray]] = {}
    for name, tensor in state.items():
        owner, _, part = name.rpartition(".")
        parts.setdefault(owner, {})[part] = tensor.detach().double().numpy()
    layers = [owner for owner, held in parts.items() if not _STATISTICS & held.keys()]
    between = _activation(activation) if len(layers) > 1 else "linear"
    chain, before, open_ = Chain(), "", False
    for owner, held in parts.items():
        place = f"`{owner}`" if owner else "the model"
        if _STATISTICS & held.keys():
            if open_ and _apart(before, owner):
                raise fail(
                    "IM816",
                    f"weights alone do not say what stands between `{before}` and {place}, a batch"
                    " normalisation",
                    help="take the model itself, by `imnnc.from_torch` or as ONNX",
                )
            chain.scaled(place, *_normalisation(place, held))
            before = owner
            continue
        weight = held.get("weight")
        if weight is None or weight.ndim != 2 or not held.keys() <= {"weight", "bias"}:
            shapes = ", ".join(f"{name or owner} {x.shape}" for name, x in held.items())
            raise refused(place, f"no Linear (it has {shapes})")
        if open_:
            chain.activation(f"`{before}`", between)
        chain.linear(place, weight, held.get("bias"))
        before, open_ = owner, True
    return chain.perceptron()


def _activation(named: str | None) -> Activation:
    found = next((x for x in ACTIVATIONS if x == named), None)
    if found is None or found == "linear":
        known = ", ".join(f"`{name}`" for name in ACTIVATIONS if name != "linear")
        was = "" if named is None else f", was `{named[:60]}`"
        raise fail(
            "IM816",
            "weights alone do not say what stands behind each layer: `activation` must be one of"
            f" {known}{was}",
        )
    return found


def _apart(before: str, owner: str) -> bool:
    """Whether names are numbers, as an `nn.Sequential` counts, with others between them."""
    (first, _, one), (second, _, other) = before.rpartition("."), owner.rpartition(".")
    return first == second and one.isdigit() and other.isdigit() and int(other) != int(one) + 1


def _normalisation(place: str, part: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    missing = {"running_mean", "running_var"} - part.keys()
    if missing or part["running_mean"].ndim != 1:
        raise refused(place, f"no BatchNorm1d (it has {', '.join(part)})")
    mean, variance = part["running_mean"], part["running_var"]
    return normalisation(mean, variance, part.get("weight"), part.get("bias"), _EPS)

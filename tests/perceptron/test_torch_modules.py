"""Models of torch: mapped as they answer, or refused by name and place."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import imnnc
from imnnc.diagnostics import CompileError
from imnnc.lang import load_design
from imnnc.perceptron.torch_modules import read_module

ACTIVATIONS = [nn.Tanh, nn.Sigmoid, nn.ReLU, nn.Hardtanh]
REFUSED = [nn.GELU, nn.LeakyReLU, nn.Softplus]


@st.composite
def models(draw: st.DrawFn) -> tuple[nn.Sequential, int, str | None]:
    """A model, its inputs, and the name of what cannot be mapped, if anything."""
    torch.manual_seed(draw(st.integers(0, 1000)))
    width = inputs = draw(st.integers(1, 6))
    layers: list[nn.Module] = [nn.Flatten()] if draw(st.booleans()) else []
    wrong = None
    for _ in range(draw(st.integers(1, 3))):
        following = draw(st.integers(1, 6))
        layers.append(nn.Linear(width, following, bias=draw(st.booleans())))
        width = following
        if draw(st.booleans()):
            norm = nn.BatchNorm1d(width)
            nn.init.uniform_(norm.running_mean)
            nn.init.uniform_(norm.running_var, 0.5, 2.0)
            layers.append(norm)
        kind = draw(st.sampled_from([*ACTIVATIONS, *REFUSED, None]))
        if kind is not None:
            layers.append(kind())
        if kind in REFUSED:
            wrong = wrong or kind.__name__
        if draw(st.booleans()):
            layers.append(nn.Dropout())
    layers.append(nn.Linear(width, draw(st.integers(1, 4))))
    if draw(st.booleans()):
        layers.append(nn.Identity())
    return nn.Sequential(*layers), inputs, wrong


@settings(max_examples=200, deadline=None)
@given(models())
def test_a_perceptron_is_mapped_as_it_answers_or_refused_by_name(drawn):
    model, inputs, wrong = drawn
    if wrong is not None:
        with pytest.raises(CompileError, match=f"is a {wrong}, which no layer of a circuit does"):
            read_module(model)
        return
    x = torch.randn(5, inputs)
    with torch.no_grad():
        said = model.eval()(x).double().numpy()
    assert np.allclose(read_module(model).answers(x.double().numpy()), said, atol=1e-4)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = torch.relu(self.first(x))
        return h + torch.tanh(h)


class Functions(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(4, 3), nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = (x.view(x.size(0), -1) - 0.5) / 0.25
        return functional.log_softmax(self.fc2(torch.tanh(self.fc1(x))), dim=1)


def test_functions_and_scaling_are_followed():
    torch.manual_seed(1)
    model, x = Functions(), torch.rand(6, 4)
    logits = torch.from_numpy(read_module(model).answers(x.double().numpy()))
    assert torch.allclose(logits.log_softmax(1), model(x).double(), atol=1e-5)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2, 2)),
            "`0` is a Conv2d, which no layer of a circuit does",
        ),
        (Residual(), "`relu` is where a branch begins, which no layer of a circuit does"),
        (
            nn.Sequential(nn.Linear(4, 4), nn.MultiheadAttention(4, 2)),
            "`1` is a MultiheadAttention, which no layer of a circuit does",
        ),
        (nn.Sequential(nn.Linear(4, 2), nn.Softmax(1), nn.Linear(2, 2)), "`2` is behind `1`"),
        (nn.Sequential(nn.Tanh()), "`0` is an activation without a Linear before it"),
    ],
)
def test_what_no_circuit_does_is_refused_by_its_name_and_place(model, message):
    with pytest.raises(CompileError) as caught:
        read_module(model)
    assert caught.value.diagnostics[0].code == "IM810"
    assert caught.value.diagnostics[0].message.startswith(message)
    assert caught.value.diagnostics[0].help is not None


def test_a_model_becomes_a_source_that_begins_at_it(tmp_path):
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3), nn.Softmax(1))
    x = np.random.default_rng(1).uniform(0, 1, (60, 2, 2))
    with pytest.raises(CompileError, match="samples of the data have 3"):
        imnnc.from_torch(model, x[:, 0, :1].repeat(3, 1), tmp_path / "points.imnn")
    flat = nn.Sequential(nn.Flatten(), model)
    path = imnnc.from_torch(flat, x, tmp_path / "points.imnn")
    design = load_design(path)
    assert design.network.widths == (4, 5, 3)
    assert design.train.model == tmp_path / "points.weights.npz"
    assert (design.train.teacher, design.train.loss) == (0.7, "cross_entropy")
    with pytest.raises(CompileError, match="is there already"):
        imnnc.from_torch(flat, x, path)
    assert imnnc.from_torch(flat, x, path, overwrite=True) == path


def test_a_regression_has_its_targets_between_the_rails(tmp_path):
    torch.manual_seed(3)
    x = np.random.default_rng(1).normal(0, 2, (60, 4))
    path = imnnc.from_torch(nn.Linear(4, 1), (x, x[:, :1] * 3), tmp_path / "line.imnn")
    design = load_design(path)
    assert design.train.loss == "mse"
    assert design.data.target.data_low <= 3 * x[:, 0].min()
    assert (design.data.target.low_volts, design.data.target.high_volts) == (-0.2, 0.2)


@pytest.mark.parametrize(
    ("samples", "message", "help"),
    [
        (
            (np.zeros((6, 4)), ["owl", "jay"] * 3),
            "targets must be an array of numbers, not text",
            "number classes from 0, in the order of the model's outputs",
        ),
        (
            TensorDataset(torch.zeros(6, 4), torch.zeros(6)),
            "inputs must be an array of numbers, not TensorDataset",
            "give inputs and targets as arrays or tensors, `(x, y)`",
        ),
        (
            DataLoader(TensorDataset(torch.zeros(6, 4))),
            "inputs must be an array of numbers, not DataLoader",
            "give inputs and targets as arrays or tensors, `(x, y)`",
        ),
    ],
)
def test_samples_that_are_no_arrays_are_refused(tmp_path, samples, message, help):
    with pytest.raises(CompileError) as caught:
        imnnc.from_torch(nn.Linear(4, 2), samples, tmp_path / "net.imnn")
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message, diagnostic.help) == ("IM716", message, help)


def test_weights_without_a_module_are_refused(tmp_path):
    with pytest.raises(CompileError) as caught:
        imnnc.from_torch(nn.Linear(4, 2).state_dict(), np.zeros((6, 4)), tmp_path / "net.imnn")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == "the model must be an `nn.Module`, not weights alone"
    assert diagnostic.help == "`imnnc.from_state` takes a `state_dict`"

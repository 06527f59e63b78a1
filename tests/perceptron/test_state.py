"""Weights without a model: mapped by names and shapes, and no code of a file ever runs."""

from __future__ import annotations

import os
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import imnnc
from imnnc.diagnostics import CompileError
from imnnc.lang import load_design
from imnnc.perceptron.state import read_state, read_state_file

ACTIVATIONS = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "relu": nn.ReLU, "hardtanh": nn.Hardtanh}


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 1000),
    widths=st.lists(st.integers(1, 6), min_size=2, max_size=4),
    kind=st.sampled_from([*ACTIVATIONS]),
    norm=st.booleans(),
    bias=st.booleans(),
)
def test_weights_are_the_perceptron_that_they_were_saved_of(seed, widths, kind, norm, bias):
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for number, (inputs, outputs) in enumerate(pairwise(widths)):
        layers.append(nn.Linear(inputs, outputs, bias=bias))
        if number + 2 < len(widths):
            if norm:
                layers.append(nn.BatchNorm1d(outputs))
                nn.init.uniform_(layers[-1].running_var, 0.5, 2.0)
            layers.append(ACTIVATIONS[kind]())
    model, x = nn.Sequential(*layers).eval(), torch.randn(5, widths[0])
    said = model(x).detach().double().numpy()
    assert np.allclose(
        read_state(model.state_dict(), kind).answers(x.double().numpy()), said, atol=1e-4
    )


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2, 2)),
            "`0` is no Linear (it has weight (2, 1, 3, 3), bias (2,)), which no layer of a circuit",
        ),
        (
            nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 2)),
            "`1` is no Linear (it has weight (4,), bias (4,)), which no layer of a circuit does",
        ),
        (
            nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.BatchNorm1d(4), nn.Linear(4, 2)),
            "weights alone do not say what stands between `0` and `2`, a batch normalisation",
        ),
        (
            nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(5, 2)),
            "`2` must take 4 values, which there are, it takes 5",
        ),
    ],
)
def test_what_weights_alone_cannot_be_is_refused_by_name(model, message):
    with pytest.raises(CompileError) as caught:
        read_state(model.state_dict(), "relu")
    assert caught.value.diagnostics[0].message.startswith(message)


@pytest.mark.parametrize(
    ("activation", "end"), [(None, ""), ("gelu", ", was `gelu`"), ("linear", ", was `linear`")]
)
def test_the_activation_is_asked_for_where_it_cannot_be_known(activation, end):
    weights = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).state_dict()
    with pytest.raises(CompileError) as caught:
        read_state(weights, activation)
    assert caught.value.diagnostics[0].message == (
        "weights alone do not say what stands behind each layer: `activation` must be one of"
        f" `tanh`, `sigmoid`, `relu`, `hardtanh`{end}"
    )
    assert read_state(nn.Linear(3, 2).state_dict(), None).widths == (3, 2)


class Code:
    def __reduce__(self):
        return os.system, ("touch ran",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (Code(), r"it asks for `posix\.system`, which is code"),
        ({"weight": torch.ones(2, 2), "more": Code()}, r"it asks for `posix\.system`"),
        (nn.Linear(2, 2), r"it asks for `torch\.nn\.modules\.linear\.Linear`, which is code"),
        ({"epoch": 3}, "must hold tensors by their names"),
        (torch.ones(2), "must hold tensors by their names"),
    ],
)
def test_a_file_with_more_than_weights_is_refused_and_none_of_it_runs(
    tmp_path, monkeypatch, content, message
):
    monkeypatch.chdir(tmp_path)
    torch.save(content, "weights.pt")
    with pytest.raises(CompileError, match=message) as caught:
        read_state_file(tmp_path / "weights.pt")
    assert caught.value.diagnostics[0].code == "IM815"
    assert not (tmp_path / "ran").exists()


def test_a_file_that_is_none_of_torch_is_refused(tmp_path):
    (tmp_path / "weights.pt").write_bytes(b"no weights")
    with pytest.raises(CompileError, match="torch reads no such file"):
        read_state_file(tmp_path / "weights.pt")
    with pytest.raises(CompileError, match=r"cannot read `.*none\.pt`"):
        read_state_file(tmp_path / "none.pt")


def test_a_checkpoint_becomes_a_source(tmp_path):
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
    torch.save({"model_state_dict": model.state_dict(), "epoch": 3}, tmp_path / "last.pt")
    path = imnnc.from_state(
        tmp_path / "last.pt", "iris", tmp_path / "flowers.imnn", activation="tanh"
    )
    design = load_design(path)
    assert design.network.widths == (4, 5, 3)
    assert design.data.file == tmp_path / "flowers.data.npz"
    assert np.load(design.data.file)["inputs"].max() == 7.9  # centimetres, as the model met them

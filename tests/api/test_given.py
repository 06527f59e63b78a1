"""Samples that come with a model: a set by its name, a table, pictures; as the model takes them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from typer.testing import CliRunner

import imnnc
from imnnc.cli import app
from imnnc.data import load_dataset
from imnnc.diagnostics import CompileError
from imnnc.lang import load_design
from tests.support.builders import idx_bytes

RANDOM = np.random.default_rng(1)
IMAGES = RANDOM.integers(0, 256, (60, 4, 4)).astype(np.uint8)
CLASSES = np.arange(60) % 3


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    points = RANDOM.normal(size=(60, 4))
    lines = [",".join(f"{x:.6g}" for x in row) for row in points]
    kinds = [f"{line},{'abc'[kind]}" for line, kind in zip(lines, CLASSES, strict=True)]
    (tmp_path / "kinds.csv").write_text("\n".join(["p,q,r,s,kind", *kinds]))
    first = [f"{'abc'[kind]},{line}" for line, kind in zip(lines, CLASSES, strict=True)]
    (tmp_path / "first.csv").write_text("\n".join(["kind,p,q,r,s", *first]))
    (tmp_path / "plain.csv").write_text("\n".join(lines))
    (tmp_path / "wide.csv").write_text("\n".join(f"{line},1,2,3" for line in lines))
    (tmp_path / "images-ubyte").write_bytes(idx_bytes(IMAGES))
    (tmp_path / "labels-ubyte").write_bytes(idx_bytes(CLASSES.astype(np.uint8)))
    return tmp_path


def model(inputs: int = 4) -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, 5), nn.Tanh(), nn.Linear(5, 3))


def dataset(path):
    design = load_design(path)
    train = design.train
    return load_dataset(design.data, design.network, train.loss, train.seed)


@pytest.mark.parametrize(
    ("data", "labels", "loss"),
    [
        ("kinds.csv", None, "cross_entropy"),
        ("first.csv", "kind", "cross_entropy"),
        ("plain.csv", None, "cross_entropy"),  # what the model decides
        ("wide.csv", None, "mse"),
        ("iris", None, "cross_entropy"),
    ],
)
def test_a_source_names_the_samples_that_it_can(here, data, labels, loss):
    path = imnnc.from_torch(model(), data, "net.imnn", labels=labels)
    design = load_design(path)
    assert design.train.loss == loss
    named = data in ("kinds.csv", "first.csv", "wide.csv")
    assert design.data.file.name == (data if named else "net.data.npz")
    assert (here / "net.data.npz").exists() != named
    assert len(dataset(path).dataset.train_inputs) in (48, 120)


def test_pictures_are_between_0_and_1_and_averaged_as_asked(here):
    arguments = ["images-ubyte", "net.imnn"]
    path = imnnc.from_torch(model(), *arguments, labels="labels-ubyte", pool=2)
    design = load_design(path)
    assert (design.data.pool, design.data.file.name) == (2, "images-ubyte")
    assert (design.data.encode.data_low, design.data.encode.data_high) == (0.0, 1.0)
    assert dataset(path).scaling.reading == "bytes divided by 255"
    whole = imnnc.from_torch(model(16), "images-ubyte", "whole.imnn", labels="labels-ubyte")
    assert load_design(whole).data.pool == 1


@pytest.mark.parametrize(
    ("data", "labels", "message"),
    [
        ("images-ubyte", None, "their labels must be in a file that ends in one of"),
        ("images-ubyte", "labels.idx", "was `labels.idx`"),
        ("kinds.csv", "sort", "sort"),
        ("none.csv", None, "none.csv"),
        ("images-ubyte", "labels-ubyte", "the model takes 4 values, samples of the data have 16"),
    ],
)
def test_samples_that_do_not_fit_are_refused(here, data, labels, message):
    with pytest.raises(CompileError, match=message):
        imnnc.from_torch(model(), data, "net.imnn", labels=labels)


def test_a_table_of_another_width_is_refused_with_what_would_fit(here):
    with pytest.raises(CompileError) as caught:
        imnnc.from_torch(model(2), "wide.csv", "net.imnn")
    found = caught.value.diagnostics[0]
    assert found.message == "the model takes 2 values and gives 3, `wide.csv` has 7 columns"
    assert "behind them a class" in found.help


def test_the_command_takes_weights_and_a_table(here):
    torch.save(model().state_dict(), "weights.pt")
    arguments = ["import", "weights.pt", "--data", "kinds.csv", "-o", "net.imnn"]
    result = CliRunner().invoke(app, [*arguments, "--activation", "tanh"])
    assert (result.exit_code, result.stdout) == (0, "net.imnn\n")
    assert load_design(here / "net.imnn").train.model == here / "net.weights.npz"
    refused = CliRunner().invoke(app, [*arguments, "--overwrite"])
    assert refused.exit_code == 1
    assert "`activation` must be one of" in refused.stderr

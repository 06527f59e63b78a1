"""Stored networks and plans from anywhere: whatever is wrong with them is said of its field."""

from __future__ import annotations

import contextlib
import copy
import json
import math
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from imnnc.artifacts import stored as artifacts
from imnnc.artifacts.reading import read_folder, read_plan, read_stored
from imnnc.artifacts.stored import Stimuli
from imnnc.diagnostics import CompileError
from imnnc.files.arrays import write_npz
from imnnc.files.artifact import write_artifact
from imnnc.files.codec import encode
from imnnc.physics.network import NetworkParameters
from imnnc.tasks import VerifySpec
from tests.support.small import MEMRISTOR, NETWORK
from tests.support.stored import stored_network, write_stored

LAYERS = tuple(replace(layer, name=f"layer{number}") for number, layer in enumerate(NETWORK.layers))
PLAN = artifacts.TestPlan(
    replace(NETWORK, layers=LAYERS),
    ("tt",),
    0.25,
    "cross_entropy",
    VerifySpec(samples=3),
    Stimuli(np.linspace(-0.2, 0.2, 12).reshape(3, 4), np.array([0, 1, 2])),
)
STORED = stored_network("tt")


def refusal(path: Path) -> str:
    """What is wrong with a file, which is known to be wrong."""
    with pytest.raises(CompileError) as caught:
        read_plan(path) if path.name == "stimuli.npz" else read_stored(path)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM512"
    message = diagnostic.message.removeprefix(f"`{path}` is damaged: ")
    assert message != diagnostic.message
    assert message.isprintable()
    assert len(message) < 300
    return message


def written(path: Path, tree: Any, arrays: dict[str, np.ndarray]) -> Path:
    key = "plan" if path.name == "stimuli.npz" else "network"
    write_npz(path, arrays, {key: tree}, 2)
    return path


def changed(path: Path, where: str, value: object) -> Path:
    """The file of the plan, or of the network, with another value at a place of its tree."""
    tree, arrays = encode(PLAN if path.name == "stimuli.npz" else STORED)
    *parents, last = where.split(".")
    node = tree
    for name in parents:
        node = node[int(name)] if isinstance(node, list) else node["fields"][name]
    if isinstance(node, list):
        node[int(last)] = value
    else:
        node["fields"][last] = value
    return written(path, tree, arrays)


def nested(depth: int) -> list[Any]:
    tree: list[Any] = []
    for _ in range(depth):
        tree = [tree]
    return tree


NAME = "must be a name of letters, digits and `_`, of at most 64 characters"


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        ("network.input.width", 10**6, "must be from 1 to 16384, was 1000000"),
        ("network.input.width", -4, "must be from 1 to 16384, was -4"),
        ("network.input.width", "4", "must be a whole number, was `4`"),
        ("network.input.width", 4.0, "must be a whole number, was `4.0`"),
        ("network.input.width", True, "must be a whole number, was `true`"),
        ("network.input.width", 10**400, "must be a whole number, was `a huge number`"),
        ("network.layers.0.width", None, "must be a whole number, was `null`"),
        ("supply_volts", "0.25", "must be a number, was `0.25`"),
        ("supply_volts", 6, "must be from 10 mV to 5 V, was 6 V"),
        ("spec.tolerance_volts", "5 mV", "must be a number, was `5 mV`"),
        ("spec.tolerance_volts", [0.005], "must be a number, was a list"),
        ("spec.samples", 0, "must be from 1 to 1000000, was 0"),
        ("loss", "hinge", "must be `cross_entropy` or `mse`, was `hinge`"),
        ("corners", [], "must be a corner at least"),
        ("corners", "tt", "must be a list, was `tt`"),
        ("corners", ["../x"], f"{NAME}, was `../x`"),
        ("corners", ["/tmp/x"], f"{NAME}, was `/tmp/x`"),
        ("corners", ["tt\n.control"], f"{NAME}, was `tt�.control`"),
        ("corners", ["a" * 300], f"{NAME}, was `{'a' * 60}...`"),
        ("corners", ["tt", "TT"], "must be corners that differ in more than case"),
        ("spec.corners", [".."], f"{NAME}, was `..`"),
        ("network.name", "a b", f"{NAME}, was `a b`"),
        ("network.layers.0.name", "x" * 65, f"{NAME}, was `{'x' * 60}...`"),
        ("network.layers.1.name", "LAYER0", "must be names that differ in more than case"),
        ("network.layers", [], "must be from 1 to 10000 layers"),
        ("network.input.low_volts", 0.3, "must be a range from low to high"),
        ("network.input.high_volts", 0.3, "must be between the rails at -0.25 and 0.25 V"),
        ("network.layers.0.inverter.minimum", 0, "must be from 0.1 to 10000, was 0"),
        ("stimuli", {"array": "none"}, "must be a Stimuli, was the array `none`"),
        ("spec", {"type": "Layer", "fields": {}}, "must be a VerifySpec, was a `Layer`"),
    ],
)
def test_a_wrong_value_of_a_plan_is_named(tmp_path, where, value, message):
    found = refusal(changed(tmp_path / "stimuli.npz", where, value))
    assert found.endswith(f"` {message}")
    assert found.removeprefix("`").startswith(where.partition(".")[0])


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        ("method", "other", "must be `latim` or `phax` or `rim` or `equilibrium`, was `other`"),
        ("method", "phax", "must be a TanhPair, as `phax` has"),
        ("parameters.layers.0.name", "../x", f"{NAME}, was `../x`"),
        ("program.crossbars.0.name", "other", "must be `layer0`"),
        ("program.memristor", "a\nb", f"{NAME}, was `a�b`"),
        ("program.tolerance", -1, "must be from 0 % to 100 %, was -100 %"),
        ("program.size_plus", [], "must be of 2 layers"),
        ("program.parasitics.resistor_ohms", 5.0, "must be that of the parameters"),
        ("vtc.models", [], "must be curves of a corner at least"),
        ("vtc.models.0.corner", "t t", f"{NAME}, was `t t`"),
        ("vtc.models.0.minus.scales.supply_volts", 0, "must be from 10 mV to 5 V, was 0 V"),
        ("vtc.models.0.minus.scales.g_mid_siemens", -1.0, "must be those of minus"),
        ("table.supply_volts", 0.255, "must be 0.25 V, as `vtc` has it"),
        ("table.high_volts", 0.1, "must be below the rails, and `high_volts` above them"),
        ("table.output_farads", -1e-15, "must be from 0 F to 1 mF, was -1 fF"),
        ("history.scores", [], "must be one of each epoch, as the losses"),
        ("history.settled", 2, "must be an epoch from 0 to 1"),
        ("tuning.names", ["seed"], "must be one of each name"),
        ("tuning.values", [math.pi], "must be one of each name"),
        ("sizing.size_before", "much", "must be a number, was `much`"),
    ],
)
def test_a_wrong_value_of_a_network_is_named(tmp_path, where, value, message):
    found = refusal(changed(tmp_path / "params.npz", where, value))
    assert found.endswith(f"` {message}")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("stimuli.inputs_volts", lambda x: x.T, "must be of shape (samples, 4)"),
        ("stimuli.inputs_volts", lambda x: x[:0], "must be of shape (samples, 4)"),
        ("stimuli.inputs_volts", lambda x: x * math.nan, "must be between the rails at"),
        ("stimuli.inputs_volts", lambda x: x * 2, "must be between the rails at"),
        ("stimuli.inputs_volts", np.float32, "must be an array of float64, is one of float32"),
        ("stimuli.targets", lambda x: x + 1, "must be classes from 0 to 2"),
        ("stimuli.targets", lambda x: x[:2], "must be an array of 3 int64"),
        ("stimuli.targets", lambda x: x + 0.5, "must be an array of 3 int64"),
        ("parameters.layers.0.g_plus_siemens", lambda x: -x, "must be from 1 fS to 1 S"),
        ("parameters.layers.1.g_minus_siemens", lambda x: x[:, :2], "must be an array of 6 x 3"),
        ("parameters.layers.1.g_plus_siemens", lambda x: x[:-1], "must be of shape (rows + biases"),
        ("parameters.layers.1.size_minus", lambda x: x * 0, "must be from 0.1 to 10000"),
        ("program.crossbars.0.ohms_plus", lambda x: x * math.inf, "must be finite"),
        ("program.crossbars.0.level_plus", lambda x: x - 100, "must be levels from 0 to 65535"),
        ("program.crossbars.0.level_minus", lambda x: x * 10**6, "must be levels from 0 to 65535"),
        ("vtc.models.0.plus.hidden_bias", lambda x: x[1:], "must be an array of"),
        ("table.rail_amperes", lambda x: x * 1e30, "must be of currents of at most 1 A"),
        ("table.output_amperes", lambda x: x[:4, :4], "must be square, of at least 10 rows"),
    ],
)
def test_a_wrong_array_is_named(tmp_path, name, change, message):
    plan = name.startswith("stimuli")
    tree, arrays = encode(PLAN if plan else STORED)
    arrays[name] = np.asarray(change(arrays[name]))
    found = refusal(written(tmp_path / ("stimuli.npz" if plan else "params.npz"), tree, arrays))
    assert found.startswith(f"`{name}` {message}")


def test_a_tree_that_is_nested_deep_is_refused(tmp_path):
    for depth in 40, 900:
        path = changed(tmp_path / "stimuli.npz", "corners", nested(depth))
        assert refusal(path) == ("its metadata is not JSON: it is nested deeper than 32 levels")


def test_a_plan_belongs_to_the_network_beside_it(tmp_path):
    write_stored(tmp_path / "params.npz", STORED)
    write_artifact(tmp_path / "stimuli.npz", "plan", PLAN)
    assert read_folder(tmp_path)[1].corners == ("tt",)
    for plan, message in (
        (replace(PLAN, corners=("ff",)), "`corners` must be those of which"),
        (replace(PLAN, supply_volts=0.3), "`supply_volts` must be 0.25, as"),
        (replace(PLAN, network=NETWORK), "`network.layers` must be those of"),
    ):
        write_artifact(tmp_path / "stimuli.npz", "plan", plan)
        with pytest.raises(CompileError) as caught:
            read_folder(tmp_path)
        assert f"`{tmp_path / 'stimuli.npz'}` is damaged: {message}" in str(caught.value)


def with_unformed() -> artifacts.StoredNetwork:
    """The same network with half the cells of its first layer left unformed."""
    first, *others = STORED.parameters.layers
    mask = np.indices(first.g_plus_siemens.shape).sum(0) % 2 == 0
    leak = MEMRISTOR.unformed_siemens
    layer = replace(
        first,
        g_plus_siemens=np.where(mask, first.g_plus_siemens, leak),
        formed_plus=mask,
        formed_minus=np.ones_like(mask),
    )
    return stored_network("tt", parameters=NetworkParameters((layer, *others)))


def test_cells_that_are_not_formed_are_stored(tmp_path):
    whole = with_unformed()
    found = read_stored(write_stored(tmp_path / "params.npz", whole))
    for layers in (found.parameters.layers, found.program.crossbars):
        assert (layers[0].formed_plus == whole.parameters.layers[0].formed_plus).all()
        assert layers[1].formed_plus is None
    assert (found.program.crossbars[0].level_plus[~layers[0].formed_plus] == -1).all()


@pytest.mark.parametrize(
    ("where", "change", "message"),
    [
        (
            "parameters.layers.0.formed_minus",
            lambda old: None,
            "must be there where it is said which plus cells are formed",
        ),
        (
            "parameters.layers.0.formed_plus",
            lambda old: old.astype(float),
            "must be an array of bool, is one of float64",
        ),
        ("parameters.layers.0.formed_plus", lambda old: old[:-1], "must be an array of 5 x 5 bool"),
        ("program.crossbars.0.formed_plus", lambda old: ~old, "must be that of the parameters"),
        ("program.crossbars.0.level_plus", abs, "must be -1 of each cell that is not formed"),
        ("program.crossbars.0.level_plus", lambda old: -1 - 0 * old, "must be levels from 0 to"),
    ],
)
def test_what_is_wrong_with_them_is_said(tmp_path, where, change, message):
    tree, arrays = encode(with_unformed())
    changed = change(arrays[where])
    if changed is None:
        *parents, last = where.split(".")
        node = tree
        for name in parents:
            node = node[int(name)] if isinstance(node, list) else node["fields"][name]
        node["fields"].pop(last)
        arrays.pop(where)
    else:
        arrays[where] = changed
    assert message in refusal(written(tmp_path / "params.npz", tree, arrays))


VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 2.5, 10**6, 10**30, 1e308, "", "x", "../x", "a\nb", "a" * 5000),
    *([], {}, [1], ["tt", "tt"], {"array": "none"}, {"path": "/etc/passwd"}, {"type": 1}),
    {"type": "Layer", "fields": {}},
)


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every member of a tree, as what it is in and its key there."""
    members = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, member in list(members):
        yield tree, key
        if isinstance(member, dict | list):
            yield from places(member)


@pytest.mark.parametrize("seed", range(8))
def test_no_change_of_a_file_ends_in_another_error(tmp_path, seed):
    chance = random.Random(seed)
    for name, artifact, read in (
        ("params.npz", STORED, read_stored),
        ("stimuli.npz", PLAN, read_plan),
    ):
        whole, arrays = encode(artifact)
        for _ in range(25):
            tree = copy.deepcopy(whole)
            for _ in range(chance.choice([1, 2])):
                node, key = chance.choice(list(places(tree)))
                if chance.random() < 0.2:
                    node.pop(key)
                else:
                    others = (*VALUES, *whole["fields"].values())
                    node[key] = json.loads(json.dumps(chance.choice(others)))
            written(tmp_path / name, tree, arrays)
            with contextlib.suppress(CompileError):
                read(tmp_path / name)

"""What is simulated is identified by its decks, and begins where it will end."""

from __future__ import annotations

import re
import shutil
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from imnnc.artifacts.reading import read_plan, read_stored
from imnnc.artifacts.stored import STIMULI_FILE
from imnnc.circuit.names import layer_nets
from imnnc.emit.ngspice import read_flat_names
from imnnc.files.codec import fingerprint
from imnnc.passes.emit_ngspice import NgspiceFiles
from tests.support.decks import operating_point
from tests.support.exact import voltages
from tests.support.stored import compile_points

FOUR_DIGITS = 6e-5  # volts, of what is below 0.25 V
NODES = ("net", "minus", "plus")
GUESS = re.compile(r"(?m)^\.nodeset (v\(\S+\))=(\S+)\n")
TESTBENCH = "points.tb.ngspice.sp"


def files(folder, text: str) -> NgspiceFiles:
    folder.mkdir()
    (folder / "net.ngspice.sp").write_text(text)
    return NgspiceFiles.collect(folder)


DECK = "* net\n* source 1234\nR1 a b 5\n* cells\nR2 a b 6\n"


def test_decks_that_differ_in_their_header_are_the_same_to_the_simulator(tmp_path):
    one = files(tmp_path / "one", DECK)
    two = files(tmp_path / "two", DECK.replace("1234", "5678\n* edited"))
    assert fingerprint(one) == fingerprint(two)
    assert one != two


def test_decks_that_differ_below_their_header_are_not(tmp_path):
    one = files(tmp_path / "one", DECK)
    two = files(tmp_path / "two", DECK.replace("R2 a b 6", "R2 a b 7"))
    assert fingerprint(one) != fingerprint(two)


def guesses(folder: Path) -> dict[str, float]:
    lines = GUESS.findall((folder / TESTBENCH).read_text())
    found = {probe: float(volts) for probe, volts in lines}
    assert len(found) == len(lines)
    return found


@pytest.fixture(scope="module")
def guessed(tmp_path_factory) -> Path:
    """The output folder of a network whose testbench was asked to begin at its equilibrium."""
    folder = tmp_path_factory.mktemp("guessed")
    return compile_points(folder, settings=["emit-ngspice.guesses=true"]).out


@pytest.fixture
def copy(guessed, tmp_path) -> Path:
    return Path(shutil.copytree(guessed, tmp_path / "copy"))


def test_no_testbench_has_guesses_unless_asked(points):
    assert "nodeset" not in (points.out / TESTBENCH).read_text()


def test_the_testbench_has_a_guess_for_every_net_of_the_network(guessed):
    names = read_flat_names(guessed, "points")
    layers = read_plan(guessed / STIMULI_FILE).network.layers
    assert set(guesses(guessed)) == {
        names.probe(net)
        for layer in layers
        for node in NODES
        for net in layer_nets(layer.name, node, layer.width)
    }
    assert len(guesses(guessed)) == 3 * (5 + 3)


def test_the_guesses_are_the_operating_point_of_the_testbench(guessed, copy):
    parameters = read_stored(guessed / "params.npz").program.parameters()
    first = read_plan(guessed / STIMULI_FILE).stimuli.inputs_volts[:1]
    exact = [getattr(layer, node)[0] for layer in voltages(parameters, first) for node in NODES]
    volts = list(guesses(guessed).values())
    np.testing.assert_allclose(volts, np.concatenate(exact), rtol=0, atol=FOUR_DIGITS)
    found = operating_point(copy, network="points")
    for probe, volts in guesses(guessed).items():
        assert found[probe] == pytest.approx(volts, abs=FOUR_DIGITS)


@pytest.mark.parametrize(
    "wrong", [None, [0.0], [0.2], [-0.2], [0.2, -0.2]], ids=["none", "0", "+", "-", "+-"]
)
def test_no_guess_and_no_wrong_one_moves_the_operating_point(copy, wrong):
    theirs = operating_point(copy, network="points")
    text = (copy / TESTBENCH).read_text()
    volts = cycle(wrong or [])
    changed, count = GUESS.subn(
        lambda line: "" if wrong is None else f".nodeset {line[1]}={next(volts):g}\n", text
    )
    assert count == 24
    (copy / TESTBENCH).write_text(changed)
    if wrong is None:
        assert ".nodeset" not in changed
    else:
        assert set(guesses(copy).values()) == set(wrong)
    ours = operating_point(copy, network="points")
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        # Of voltages that nothing hears, ngspice asks no more than its `reltol` of 1e-6.
        unheard = name.startswith("v(layer1_plus")
        assert abs(ours[name] - value) < (1e-6 * abs(value) if unheard else 1e-7), name


@pytest.mark.parametrize("models", ["inline", "testbench"])
def test_models_in_another_place_are_verified_at_every_corner_alike(points, tmp_path, models):
    found = compile_points(tmp_path, settings=[f"emit-ngspice.models={models}"])
    netlist, bench = ((found.out / x).read_text() for x in ("points.ngspice.sp", TESTBENCH))
    assert (".model nlvt" in netlist) == (models == "inline")
    assert ('.lib "models/lvt90.lib" tt' in bench) == (models == "testbench")
    assert "\n.lib" not in netlist
    assert [x["corner"] for x in found.verification["corners"]] == ["ff"]
    assert found.verification == points.verification
    assert found.verify(reduce=True, jobs=1).passed == points.passed

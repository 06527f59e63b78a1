"""Netlists for ngspice, as ngspice itself reads them."""

import subprocess
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imnnc.circuit.build import build_circuit
from imnnc.circuit.ir import CellArray
from imnnc.circuit.names import layer_nets
from imnnc.circuit.reduce import row_volts
from imnnc.design import Transistor
from imnnc.diagnostics import CompileError
from imnnc.emit.dialect import Header
from imnnc.emit.lines import wrap
from imnnc.emit.ngspice import (
    NGSPICE,
    flat_names,
    probe_names,
    read_cells,
    read_flat_names,
    write_netlist,
    write_reduced_deck,
)
from imnnc.simulate.ngspice import run_deck
from tests.support.decks import HEADER, operating_point, write_deck
from tests.support.networks import SUPPLY_VOLTS, program, stimulus, technology


def columns_from(deck, layer, plus, minus):
    """The conductance-weighted average of the rows of a crossbar, column by column."""
    crossbar = deck.program.crossbars[layer]
    g_plus, g_minus = 1 / crossbar.ohms_plus, 1 / crossbar.ohms_minus
    v_plus, v_minus = [*plus, SUPPLY_VOLTS], [*minus, -SUPPLY_VOLTS]
    return (v_plus @ g_plus + v_minus @ g_minus) / (g_plus + g_minus).sum(axis=0)


def voltages(deck, vectors, layer, node):
    probes = probe_names(deck.circuit)
    at = deck.network.layers[layer]
    return np.array([vectors[probes[net]] for net in layer_nets(at.name, node, at.width)])


def test_every_column_floats_to_the_weighted_average_of_its_rows(tmp_path):
    deck = write_deck(tmp_path, [4, 3, 2])
    vectors = operating_point(tmp_path)
    first = columns_from(deck, 0, deck.stimulus_volts, -deck.stimulus_volts)
    np.testing.assert_allclose(voltages(deck, vectors, 0, "net"), first, rtol=0, atol=1e-9)
    plus, minus = (voltages(deck, vectors, 0, node) for node in ("plus", "minus"))
    second = columns_from(deck, 1, plus, minus)
    np.testing.assert_allclose(voltages(deck, vectors, 1, "net"), second, rtol=0, atol=1e-9)


def test_a_neuron_inverts_its_column_and_then_its_inverse(tmp_path):
    deck = write_deck(tmp_path, [4, 3, 2])
    vectors = operating_point(tmp_path)
    for layer in range(2):
        net, minus, plus = (voltages(deck, vectors, layer, x) for x in ("net", "minus", "plus"))
        assert (np.sign(minus) == -np.sign(plus)).all()
        assert (abs(plus) > abs(net)).all()


def test_resistors_to_ground_stand_in_the_network_between_its_inverters(tmp_path):
    write_deck(tmp_path, [3, 2], resistor_ohms=2.5e5)
    lines = (tmp_path / "sample.ngspice.sp").read_text().splitlines()
    start = lines.index(next(line for line in lines if line.startswith(".subckt sample ")))
    assert [line for line in lines[start:] if line.startswith("R")] == [
        "Rground_label_minus_0 label_minus_0 0 250000",
        "Rground_label_minus_1 label_minus_1 0 250000",
        "Rground_label_plus_0 label_plus_0 0 250000",
        "Rground_label_plus_1 label_plus_1 0 250000",
    ]
    write_deck(tmp_path / "without", [3, 2])
    text = (tmp_path / "without" / "sample.ngspice.sp").read_text()
    assert "ground" not in text


def test_the_testbench_runs_in_batch_mode_as_it_is(tmp_path):
    deck = write_deck(tmp_path, [4, 3, 2])
    command = ["ngspice", "-n", "-b", str(tmp_path / "sample.tb.ngspice.sp")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    shown = {line.split()[0] for line in run.stdout.splitlines() if len(line.split()) == 2}
    nets = {probe[2:-1] for probe in probe_names(deck.circuit).values()}
    assert nets <= shown


def test_the_probes_are_vectors_of_the_simulation_whether_from_the_circuit_or_the_file(tmp_path):
    deck = write_deck(tmp_path, [3, 2, 2, 1])
    vectors = operating_point(tmp_path)
    probes = probe_names(deck.circuit)
    assert set(probes.values()) <= set(vectors)
    assert probes["hidden1_minus_1"] == "v(xdut.hidden1_minus_1)"
    assert probes["label_minus_0"] == "v(label_minus_0)"
    read = read_flat_names(tmp_path, "sample")
    assert read == flat_names(deck.circuit)
    assert {net: read.probe(net) for net in probes} == probes


def test_a_kit_whose_devices_are_subcircuits_in_microns_gives_the_same_voltages(tmp_path):
    write_deck(tmp_path, [3, 2])
    expected = operating_point(tmp_path)
    kit = tmp_path / "kit"
    (kit / "sub").mkdir(parents=True)
    (kit / "sub" / "cards.inc").write_bytes(technology().library.read_bytes())
    (kit / "top.lib").write_text(
        '.lib nominal\n.lib "sub/cards.inc" tt\n'
        + "".join(
            f".subckt {x}_wrapped s b g d w=1 l=1\n"
            f"Mx d g s b {x} w={{w*1e-6}} l={{l*1e-6}}\n.ends\n"
            for x in ("nlvt", "plvt")
        )
        + ".endl nominal\n"
    )
    # The card refers to itself by its name.
    cards = kit / "sub" / "cards.inc"
    cards.write_text(cards.read_text().replace('"lvt90.lib"', '"cards.inc"'))
    write_deck(
        tmp_path / "wrapped",
        [3, 2],
        technology(
            library=kit / "top.lib",
            corner="nominal",
            nmos=Transistor("nlvt_wrapped", 1.2e-7, 1e-7),
            pmos=Transistor("plvt_wrapped", 2e-7, 1e-7),
            terminals=("source", "bulk", "gate", "drain"),
            instance_prefix="X",
            length_unit_meters=1e-6,
        ),
    )
    text = (tmp_path / "wrapped" / "sample.ngspice.sp").read_text()
    assert "\nXn vss vss in out nlvt_wrapped w=0.12 l=0.1 m={size}\n" in text
    found = operating_point(tmp_path / "wrapped")
    for probe in ("v(label_minus_0)", "v(label_plus_1)", "v(xdut.label_net_1)"):
        assert found[probe] == pytest.approx(expected[probe], abs=1e-7)


def test_the_size_of_an_inverter_multiplies_its_current(tmp_path):
    deck = write_deck(tmp_path, [3, 2])
    rails = []
    for factor in (1.0, 2.5):
        sizes = [
            tuple(x * factor for x in y) for y in (deck.program.size_minus, deck.program.size_plus)
        ]
        scaled = replace(deck.program, size_minus=sizes[0], size_plus=sizes[1])
        write_netlist(build_circuit(scaled, deck.network, technology()), tmp_path, HEADER)
        rails.append(operating_point(tmp_path)["i(vdd)"])
    assert rails[1] == pytest.approx(2.5 * rails[0], rel=1e-4)


@pytest.mark.parametrize(
    ("widths", "resistor_ohms"), [([4, 3, 2], None), ([4, 3, 2], 1e5), ([502, 3, 2], None)]
)
def test_the_reduced_deck_gives_the_voltages_of_the_full_one(tmp_path, widths, resistor_ohms):
    deck = write_deck(tmp_path, widths, resistor_ohms=resistor_ohms)
    rows = row_volts(deck.stimulus_volts, SUPPLY_VOLTS)
    reduced = write_reduced_deck(tmp_path, "sample", "hidden", tmp_path / "reduced", rows)
    full, fast = operating_point(tmp_path), operating_point(tmp_path / "reduced")
    for probe in probe_names(deck.circuit).values():
        assert fast[probe] == pytest.approx(full[probe], abs=5e-9), probe

    other = stimulus(widths[0], seed=9)
    volts = reduced.thevenin.volts(row_volts(other, SUPPLY_VOLTS))
    changed = operating_point(
        tmp_path / "reduced",
        *(f"alter {x} dc = {v:.12g}" for x, v in zip(reduced.sources, volts, strict=True)),
    )
    full = operating_point(
        tmp_path,
        *(f"alter vpixels_plus_{i} dc = {v:.12g}" for i, v in enumerate(other)),
        *(f"alter vpixels_minus_{i} dc = {-v:.12g}" for i, v in enumerate(other)),
    )
    for probe in (x for net, x in probe_names(deck.circuit).items() if "pixels" not in net):
        assert changed[probe] == pytest.approx(full[probe], abs=5e-9), probe


def test_a_network_with_more_inputs_than_a_subcircuit_has_ports_stands_at_the_top(tmp_path):
    deck = write_deck(tmp_path, [502, 3, 2])
    probes = probe_names(deck.circuit)
    assert probes["hidden_net_2"] == "v(hidden_net_2)"
    assert read_flat_names(tmp_path, "sample") == flat_names(deck.circuit)
    vectors = operating_point(tmp_path)
    first = columns_from(deck, 0, deck.stimulus_volts, -deck.stimulus_volts)
    np.testing.assert_allclose(voltages(deck, vectors, 0, "net"), first, rtol=0, atol=1e-9)


def test_a_wide_crossbar_inside_stands_in_its_network(tmp_path):
    deck = write_deck(tmp_path, [3, 500, 2])
    vectors = operating_point(tmp_path)
    plus, minus = (voltages(deck, vectors, 0, node) for node in ("plus", "minus"))
    second = columns_from(deck, 1, plus, minus)
    np.testing.assert_allclose(voltages(deck, vectors, 1, "net"), second, rtol=0, atol=1e-9)
    assert probe_names(deck.circuit)["hidden_net_7"] == "v(xdut.hidden_net_7)"


def test_reprogramming_a_crossbar_writes_its_file_of_cells_only(tmp_path):
    before = write_deck(tmp_path / "before", [4, 3, 2])
    other = program(before.network, seed=5).crossbars[1]
    crossbars = (before.program.crossbars[0], other)
    changed = replace(before.program, crossbars=crossbars)
    circuit = build_circuit(changed, before.network, technology())
    written = write_netlist(circuit, tmp_path / "after", HEADER)
    texts = {x: [(tmp_path / y / x).read_text() for y in ("before", "after")] for x in written}
    differing = [name for name, (first, second) in texts.items() if first != second]
    assert differing == ["sample.ngspice.cells.label.inc"]


def test_the_resistances_in_the_netlist_are_the_digits_that_were_programmed(tmp_path):
    deck = write_deck(tmp_path, [4, 3, 2])
    cells = read_cells(tmp_path / "sample.ngspice.cells.hidden.inc")
    crossbar = deck.program.crossbars[0]
    assert np.array_equal(cells.ohms, np.vstack([crossbar.ohms_plus, crossbar.ohms_minus]))
    values = [
        line.split()[3]
        for line in (tmp_path / "sample.ngspice.cells.hidden.inc").read_text().splitlines()
        if not line.startswith("*")
    ]
    assert max(len(value.replace(".", "")) for value in values) <= 9
    assert all(set(value) <= set("0123456789.") for value in values)


@given(
    rows=st.integers(1, 5),
    columns=st.integers(1, 5),
    prefix=st.sampled_from(["", "u_", "crossbar_hidden_"]),
    data=st.data(),
)
def test_cells_are_read_as_they_were_written(tmp_path_factory, rows, columns, prefix, data):
    values = st.floats(1e-3, 1e18, allow_nan=False)
    ohms = data.draw(st.lists(values, min_size=rows * columns, max_size=rows * columns))
    cells = CellArray(
        "hidden",
        tuple(f"plus_{i}" for i in range(rows)),
        tuple(f"net_{j}" for j in range(columns)),
        np.array(ohms).reshape(rows, columns),
        prefix,
    )
    path = tmp_path_factory.getbasetemp() / "sample.ngspice.cells.hidden.inc"
    NGSPICE.write_cells(cells, path, HEADER)
    assert read_cells(path) == cells


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "its first cell must be `R<row>_<column>`"),
        ("Ra_0 a c 1\nRb_0 b c\n", "each line must be `R<name> <row> <column> <ohms>`"),
        ("Ra_0 a c 1\nRa_0 a c 2\n", "a cell is missing or there twice"),
        ("Ra_0 a c 1\nRa_1 a d 2\nRb_0 b c 1\n", "a cell is missing or there twice"),
        ("Ra_0 a c -1\n", "a resistance is not positive"),
        ("Ra_0 a c nan\n", "a resistance is not positive"),
        ("Ra_0 a c 1meg\n", "could not convert string to float"),
    ],
)
def test_cells_that_are_no_crossbar_are_refused_by_the_name_of_their_file(tmp_path, text, reason):
    path = tmp_path / "sample.ngspice.cells.hidden.inc"
    path.write_text("* cells\n" + text)
    with pytest.raises(CompileError) as caught:
        read_cells(path)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM512"
    assert diagnostic.message.startswith(f"`{path}` is damaged: {reason}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.2e-07, "1.2e-07"),
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (10.0, "10"),
        (2e6, "2000000"),
        (1e21, "1e+21"),
    ],
)
def test_numbers_have_plain_exponents_and_no_noise(value, text):
    assert NGSPICE.format_number(value) == text


def test_long_lines_are_continued():
    line = "Xa " + " ".join(f"net_{i}" for i in range(100)) + " of"
    lines = wrap(line).split("\n")
    assert max(map(len, lines)) <= 100
    assert all(x.startswith("+ ") for x in lines[1:])
    assert " ".join([lines[0], *(x.removeprefix("+ ") for x in lines[1:])]) == line


def test_no_line_of_a_netlist_is_longer_than_100_columns(tmp_path):
    deck = write_deck(tmp_path, [40, 30, 2])
    for name in deck.files:
        assert max(len(x) for x in (tmp_path / name).read_text().split("\n")) <= 100


@pytest.mark.parametrize(
    "changes", [{"network": "a\n.control"}, {"corner": "tt\n.control"}, {"method": "a b"}]
)
def test_a_header_cannot_place_a_line_of_its_own(changes):
    fields = {"network": "a", "method": "m", "technology": "t", "corner": "tt"}
    with pytest.raises(CompileError):
        Header(**{**fields, **changes}, source_sha256="0" * 64)
    with pytest.raises(ValueError, match="header"):
        Header(**fields, source_sha256="0\n.control")


@pytest.mark.parametrize("ports", [NGSPICE.largest_ports, NGSPICE.largest_ports + 10])
def test_the_limit_of_ports_is_that_of_ngspice(tmp_path, ports):
    # Should a later ngspice take more, the limit can be raised: this test will say so.
    nets = " ".join(f"n{i}" for i in range(ports))
    deck = f"* ports\n.subckt s {nets}\nR1 n0 n1 1\n.ends\nXs {nets} s\nV1 n0 0 1\nR2 n1 0 1\n"
    control = ".control\nop\nwrite result.raw v(n1)\nquit\n.endc\n.end\n"
    run = run_deck(wrap_all(deck) + control, workdir=tmp_path, timeout_seconds=60)
    assert bool(run.vectors) == (ports <= NGSPICE.largest_ports)


def wrap_all(deck):
    return "".join(wrap(line) + "\n" for line in deck.splitlines())


@pytest.mark.parametrize(
    ("inputs", "inside"),
    [(4, "xdut."), (600, "")],
    ids=["hierarchical", "with more ports than ngspice connects"],
)
def test_guesses_name_the_nets_as_ngspice_does(tmp_path, inputs, inside):
    nets = [
        net
        for name, width in (("hidden", 3), ("label", 2))
        for node in ("net", "minus", "plus")
        for net in layer_nets(name, node, width)
    ]
    guesses = tuple((net, 0.01 * k) for k, net in enumerate(nets))
    deck = write_deck(tmp_path / "with", [inputs, 3, 2], guesses=guesses)
    write_deck(tmp_path / "without", [inputs, 3, 2])
    lines = (tmp_path / "with" / "sample.tb.ngspice.sp").read_text().splitlines()
    named = [line for line in lines if line.startswith(".nodeset")]
    ports = set(deck.circuit.top.ports)
    assert named == [
        f".nodeset v({'' if net in ports else inside}{net})={0.01 * k:.4g}"
        for k, net in enumerate(nets)
    ]
    ours, theirs = (operating_point(tmp_path / x) for x in ("with", "without"))
    # A guess of a net that does not exist would have made one.
    assert ours.keys() == theirs.keys()
    assert {line.split()[1].split("=")[0] for line in named} <= ours.keys()
    for name, value in theirs.items():
        assert abs(ours[name] - value) < 1e-7, name


def test_a_testbench_without_guesses_has_no_word_of_them(tmp_path):
    write_deck(tmp_path, [3, 2])
    text = (tmp_path / "sample.tb.ngspice.sp").read_text()
    assert "nodeset" not in text
    assert "guess" not in text

"""A design and the source that is written of it: reading the one gives the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from imnnc.design import (
    METHODS,
    Design,
    InputPort,
    InverterSizes,
    Layer,
    Memristor,
    Network,
    Sweep,
    Technology,
    TrainSpec,
)
from imnnc.diagnostics import CompileError, Source
from imnnc.encoding import DataSpec, Encoding
from imnnc.lang import built_in_technology, format_source, load_design
from imnnc.lang.described import source_of_design
from imnnc.lang.words import written_number
from imnnc.limits import Bounds, required_bounds, settings_of
from imnnc.parasitics import Capacitances, Parasitics, Sine, Wires
from imnnc.pulses import Pulses
from imnnc.tasks import ChipsSpec, EmitSpec, ProgramSpec, VerifySpec
from imnnc.technology.mismatch import Mismatch

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.imnn"))
MAIN = Path("net.imnn")


def read(text: str, path: Path = MAIN) -> Design:
    return load_design(path, edited={path.resolve(): text.encode()})


def again(design: Design) -> Design:
    """What the source of a design is read as, but for the bytes of that source."""
    found = read(source_of_design(design), design.path)
    return replace(found, source_sha256=design.source_sha256)


def numbers(bounds: Bounds) -> st.SearchStrategy[float]:
    low, high = float(bounds.low), float(bounds.high)
    if bounds.whole:
        return st.integers(int(bounds.low), int(bounds.high))
    # The language has no digits for what is nearer to nothing.
    return st.floats(low, high).map(lambda x: x if abs(x) > 1e-40 else 0.0)


def settings(kind: type, *but: str) -> st.SearchStrategy[dict[str, Any]]:
    """Fields of a dataclass that are settings of its block, some of them, all within limits."""
    names = [name for word, name in settings_of(kind).items() if word not in but]
    return st.fixed_dictionaries(
        {}, optional={name: numbers(required_bounds(kind, name)) for name in names}
    )


technologies = st.builds(
    lambda corner, supply, celsius, mismatch: replace(
        built_in_technology("lvt90"),
        corner=corner,
        supply_volts=supply,
        temperature_celsius=celsius,
        mismatch=Mismatch(*mismatch),
    ),
    st.sampled_from(["tt", "ff"]),
    st.sampled_from([0.25, 0.3, 1 / 3]),
    numbers(required_bounds(Technology, "temperature_celsius")),
    st.tuples(*[numbers(required_bounds(Mismatch, "nmos_volt_meters"))] * 2),
)
pulses = st.builds(
    lambda set_step, width: Pulses(
        set_step, 0.5, 1e-8, 0.25, 0.3, 0.1, width, None if width is None else 1e-8
    ),
    st.floats(1e-8, 1e-7),
    st.none() | st.floats(1e-9, 1e-3),
)
wires = st.none() | st.builds(
    Wires,
    st.none() | st.floats(0.001, 1e6),
    st.floats(0.001, 1e6),
    st.none() | st.floats(0.001, 1e6),
    st.sampled_from(["interleaved", "halves"]),
)
capacitances = st.none() | st.builds(
    Capacitances, *[numbers(required_bounds(Capacitances, "row_farads"))] * 3
)


@st.composite
def memristors(draw: st.DrawFn, layers: int) -> Memristor:
    found = tuple(draw(wires) for _ in range(layers))
    lumped = tuple(draw(capacitances) for _ in range(layers))
    bent = draw(st.none() | st.floats(0.001, 10)) if not any(found) else None
    return Memristor(
        draw(st.sampled_from(["tio2", "mine"])),
        draw(st.floats(1e-7, 2e-7)),
        draw(st.floats(1e-6, 2e-6)),
        **{"levels": None, "variation": 0.0, **draw(settings(Memristor, "unformed"))},
        distribution=draw(st.sampled_from(["gaussian", "lognormal"])),
        stuck_low=draw(st.sampled_from([0.0, 0.001])),
        stuck_high=draw(numbers(required_bounds(Memristor, "stuck_high"))),
        parasitics=Parasitics(
            wires=found if any(found) else None,
            capacitances=lumped if any(x is not None for x in lumped) else None,
            sinh_per_volt=bent,
        ),
        pulses=draw(st.none() | pulses),
    )


@st.composite
def sizes(draw: st.DrawFn) -> InverterSizes:
    low = draw(st.floats(0.1, 100))
    step = draw(st.none() | st.just(1.0) | st.floats(0.001, 100))
    if step is None:
        return InverterSizes(low, draw(st.floats(low, 200)), None)
    return InverterSizes(1.0, 1.0 + draw(st.integers(0, 20)), 1.0)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    shares = st.none() | st.lists(
        numbers(required_bounds(Layer, "unformed")), min_size=1, max_size=3, unique=True
    )
    layers = []
    for number in range(draw(st.integers(1, 3))):
        unformed, bias = draw(shares), draw(st.none() | st.integers(2, 9))
        width = draw(st.integers(2, 9))
        layers.append(
            Layer(
                f"layer{number}",
                width,
                draw(sizes()),
                unformed=None if unformed is None else tuple(unformed),
                bias_pairs=bias,
            )
        )
    low, high = sorted(draw(st.tuples(st.floats(-0.25, -0.1), st.floats(0.1, 0.25))))
    return Network("net", InputPort("x", draw(st.integers(1, 9)), low, high), tuple(layers))


@st.composite
def trainings(draw: st.DrawFn, loss: str, method: str) -> TrainSpec:
    own = METHODS[method].settings
    but = ("size", *({"load", "resistor"} - set(own)))
    fields = draw(settings(TrainSpec, *but))
    rates = draw(st.lists(st.floats(1e-9, 10), min_size=2, max_size=4, unique=True))
    if draw(st.booleans()):
        fields |= {"learning_rate": rates[0], "sweeps": (Sweep("learning_rate", tuple(rates)),)}
    return TrainSpec(
        method,
        loss,
        **fields,
        all_formed=draw(st.sampled_from([None, True])),
        chips=draw(st.sampled_from([None, True])),
        corners=draw(st.sampled_from([None, ("ff", "ss")])),
    )


@st.composite
def designs(draw: st.DrawFn) -> Design:
    network = draw(networks())
    loss = draw(st.sampled_from(["cross_entropy", "mse"]))
    methods = draw(st.lists(st.sampled_from(["latim", "equilibrium"]), min_size=1, unique=True))
    memristor = draw(memristors(len(network.layers)))
    port, supply = network.input, 0.25
    technology = draw(technologies)
    target = Encoding(-1.0, 2.0, -0.2, 0.1)
    if loss == "cross_entropy":
        target = Encoding(0.0, 1.0, -technology.supply_volts, technology.supply_volts)
    named = draw(st.booleans())
    data = DataSpec(
        "iris" if named else None,
        None if named else Path("data/x y.csv"),
        *(None, None, None),
        draw(st.integers(1, 64)),
        draw(st.none() | st.integers(1, 10**9)),
        draw(st.none() | st.integers(1, 10**9)),
        Encoding(draw(st.floats(-1e12, -1)), draw(st.floats(1, 1e12)), port.low_volts, supply / 9),
        target,
        normalize=draw(st.sampled_from([None, "minmax", "zscore"])),
    )
    accuracy = (
        draw(numbers(required_bounds(ChipsSpec, "accuracy"))) if loss == "cross_entropy" else None
    )
    chips = ChipsSpec(
        **draw(settings(ChipsSpec, "accuracy", "rms", "yield", "process")), accuracy=accuracy
    )
    program = None
    if memristor.pulses is not None:
        program = ProgramSpec(draw(st.floats(0.0001, 0.5)), 0.5, draw(st.integers(0, 10_000)))
    return Design(
        network,
        technology,
        memristor,
        data,
        tuple(draw(trainings(loss, method)) for method in methods),
        VerifySpec(**draw(settings(VerifySpec)), corners=draw(st.sampled_from([(), ("ff",)]))),
        draw(
            st.sampled_from(
                [EmitSpec(), EmitSpec(("spectre", "cdl"), ("csv",)), EmitSpec((), ("npz",))]
            )
        ),
        "",
        MAIN,
        draw(st.none() | st.just(chips)),
        program,
    )


@examples(max_examples=30, deadline=None)
@given(designs())
def test_reading_the_source_of_a_design_gives_the_design(design: Design):
    assert again(design) == design


@examples(max_examples=10, deadline=None)
@given(designs())
def test_the_source_of_a_design_is_in_its_canonical_form(design: Design):
    text = source_of_design(design)
    assert format_source(Source("net.imnn", text)) == text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_written_out_as_they_are(path):
    design = load_design(path)
    assert again(design) == design


def test_constants_and_defaults_are_written_out():
    design = read(
        "let volts = 100 mV\n"
        "technology lvt90 { corner ff }\n"
        "memristor tio2 { conductance 120 nS .. 1 uS   levels 64 }\n"
        "network net { input x[2] in -volts .. volts"
        " output y[2] { inverter size 1 .. 2 step 1 / 3 } }\n"
        "data { set iris }\ntrain phax { loss cross_entropy   size 2 }\n"
    )
    assert source_of_design(design) == (
        "technology lvt90 { corner ff }\n"
        "memristor tio2 { conductance 120 nS .. 1 uS   levels 64 }\n\n"
        "network net {\n"
        "    input  x[2] in -100 mV .. 100 mV\n"
        "    output y[2] { inverter size 1 .. 2 step (2 - 1) / 3 }\n"
        "}\n\n"
        "data { set iris   encode 0 .. 1 -> -100 mV .. 100 mV }\n"
        "train phax { loss cross_entropy   size 2 }\n"
        "emit ngspice, programming csv, npz\n"
    )
    assert again(design) == design


KIT = """technology mine {
    library "models.lib"
    corners typical, fast
    nmos n1 { width 1 um   length 90 nm }
    pmos p1 { width 2 um   length 90 nm   diffusion 200 nm }
    terminals gate, drain, source, bulk
    prefix X
    length_unit 1 um
    supply 0.5 V
    mismatch nmos 3.5 mV um   pmos 2 mV um
}
memristor cell {
    conductance 1 uS .. 2 uS
    law model "cells.lib" my_cell conductance g
}
network net { input x[2] output y[2] { inverter size 1 .. 2 } }
train equilibrium { loss cross_entropy }
"""


@pytest.mark.parametrize("folder", ["", "below"])
def test_devices_of_ones_own_are_written_in_full(tmp_path, folder, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = Path(folder)
    place.mkdir(exist_ok=True)
    for name in ("models.lib", "cells.lib"):
        (place / name).touch()
    design = read(KIT, place / "net.imnn")
    assert again(design) == design
    assert '"models.lib"' in source_of_design(design)


def test_models_of_ones_own_stay_with_a_known_technology(tmp_path):
    (tmp_path / "mine.lib").touch()
    path = tmp_path / "net.imnn"
    design = read(
        'technology lvt90 { library "mine.lib" }\nmemristor tio2\n'
        "network net { input x[2] output y[2] { inverter size 1 } }\n"
        "train equilibrium { loss cross_entropy }\n",
        path,
    )
    assert 'technology lvt90 { library "mine.lib" }' in source_of_design(design)
    assert again(design) == design


def test_a_file_whose_name_cannot_be_written_is_refused():
    design = read(
        "technology lvt90\nmemristor tio2\n"
        "network net { input x[2] output y[2] { inverter size 1 } }\n"
        "data { set iris }\ntrain latim { loss cross_entropy }\n"
    )
    assert design.data is not None
    odd = replace(design, data=replace(design.data, set_name=None, file=Path('a"b.csv')))
    with pytest.raises(CompileError, match="must be a text that can stand in quotes"):
        source_of_design(odd)


@pytest.mark.parametrize(
    ("value", "kind", "name", "text"),
    [
        (1.2e-7, Memristor, "conductance_min_siemens", "120 nS"),
        (0.03, Memristor, "variation", "3 %"),
        (1e-5, TrainSpec, "learning_rate", "0.00001"),
        (-40.0, Technology, "temperature_celsius", "-40 C"),
        (3.5e-9, Mismatch, "nmos_volt_meters", "3.5 mV um"),
        (31557600.0, ChipsSpec, "age_seconds", "31557600 s"),
        (0.0, VerifySpec, "tolerance_volts", "0 V"),
        (3.0, Sine, "per_volt", "3 / V"),
        (64, Memristor, "levels", "64"),
    ],
)
def test_numbers_have_the_unit_of_their_setting(value, kind, name, text):
    assert written_number(value, required_bounds(kind, name)) == text

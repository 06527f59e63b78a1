"""Cards of transistors: what is characterised is what is built, drawn diffusions and all."""

import re
from dataclasses import replace

import pytest

from imnnc.circuit.build import build_circuit
from imnnc.circuit.ir import Transistor
from imnnc.circuit.transistors import geometry, inverter_transistors
from imnnc.lang import load_technology
from imnnc.simulate.transistors import inverter_lines
from tests.support.foreign import emit
from tests.support.networks import network, program, technology

NETWORK = network([3, 2])
DRAWN = technology(
    nmos=replace(technology().nmos, diffusion_meters=2.4e-7),
    pmos=replace(technology().pmos, diffusion_meters=2.4e-7),
)


@pytest.mark.parametrize("name", ["lvt90", "sky130", "gf180mcu"])
def test_a_characterised_inverter_is_the_text_of_the_built_one(tmp_path, name):
    kit = load_technology(name)
    emit(tmp_path, [3, 2], kit=kit)
    text = (tmp_path / "sample.ngspice.sp").read_text().replace("\n+ ", " ")
    built = re.findall(r"^[MX][pn] .*$", text, re.MULTILINE)
    measured = inverter_lines(kit, "unit", input_node="in", output_node="out")
    assert [x.replace("_unit", "").replace("m=1", "m={size}") for x in measured] == built


def test_areas_are_those_of_one_unit_in_the_unit_of_the_library():
    inverter = build_circuit(program(NETWORK), NETWORK, DRAWN).modules[0]
    _, nmos = inverter.items
    assert isinstance(nmos, Transistor)
    assert geometry(nmos, 1e-6) == pytest.approx(
        {"w": 0.12, "l": 0.1, "ad": 0.0288, "as": 0.0288, "pd": 0.72, "ps": 0.72}
    )
    assert geometry(nmos, 1.0)["ad"] == pytest.approx(2.88e-14)


def test_without_a_diffusion_the_library_has_its_own_areas():
    pmos, _ = inverter_transistors(technology(), input_net="in", output_net="out", size=1.0)
    assert geometry(pmos, 1.0).keys() == {"w", "l"}


def test_every_dialect_draws_the_diffusions(tmp_path):
    files = ["hspice.sp", "spectre.scs", "xyce.sp", "ltspice.sp", "cdl", "ngspice.sp"]
    emit(tmp_path, [3, 2], *(x.partition(".")[0] for x in files[:-1]), kit=DRAWN)
    for name in files:
        text = (tmp_path / f"sample.{name}").read_text()
        (card,) = re.findall(r"^Mn .*$", re.sub(r"\n\+ | \\\n +", " ", text), re.MULTILINE)
        assert " w=1.2e-07 l=1e-07 ad=2.88e-14 as=2.88e-14 pd=7.2e-07 ps=7.2e-07 m=" in re.sub(
            "[WLADSPM]+=", lambda found: found[0].lower(), card
        ), name

"""The neuron in Verilog-A, as the compilers OpenVAF and ADMS read it."""

import platform
import sys

import pytest

from imnnc.emit.veriloga import write_veriloga
from imnnc.simulate.characterize import characterize
from imnnc.simulate.ngspice import run_deck
from tests.support.decks import HEADER, write_deck
from tests.support.foreign import tool
from tests.support.networks import technology

needs_openvaf = pytest.mark.skipif(
    sys.version_info >= (3, 13) or platform.machine() != "x86_64",
    reason="openvaf-py has no wheel for this Python or machine",
)


@pytest.fixture(scope="module")
def measured():
    return characterize(technology(), timeout_seconds=100)


@pytest.fixture(scope="module")
def neuron(measured, tmp_path_factory):
    """The file of a neuron of the built-in technology."""
    folder = tmp_path_factory.mktemp("veriloga")
    (name,) = write_veriloga(measured, folder, HEADER)
    return folder / name


def currents(path, volts, **parameters):
    """The static currents out of `net`, `minus` and `plus`, in amperes, and dQ/dt's charges."""
    import openvaf_py

    (module,) = openvaf_py.compile_va(str(path))
    values = dict.fromkeys(module.param_names, 0.0) | module.get_param_defaults()
    values |= {"mfactor": 1.0, **parameters}
    values |= {f"V({net})": x for net, x in volts.items()}
    values |= {f"V({net},vss)": volts[net] - volts["vss"] for net in ("net", "minus", "plus")}
    residuals, _ = module.run_init_eval(values)
    return [-amperes for amperes, _ in residuals[:3]], [charge for _, charge in residuals[:3]]


def ngspice_currents(folder, v_in, v_out, size):
    """What an inverter of the netlist drives into a source at its output."""
    deck = "\n".join(
        [
            "* an inverter",
            ".include sample.ngspice.sp",
            "Vdd vdd 0 0.25",
            "Vss vss 0 -0.25",
            f"Vin in 0 {v_in}",
            f"Vout out 0 {v_out}",
            f"Xi in out vdd vss sample_inverter size={size}",
            ".control",
            "set filetype=binary",
            "option gmin=1e-15 abstol=1e-15 reltol=1e-6",
            "op",
            "write result.raw i(Vout)",
            "quit",
            ".endc",
            ".end",
        ]
    )
    run = run_deck(deck + "\n", workdir=folder, timeout_seconds=60)
    return float(run.require(["i(vout)"], points=1)[0][0].real)


@needs_openvaf
@pytest.mark.parametrize(
    ("v_net", "v_minus", "v_plus"),
    [(0.0, 0.0, 0.0), (0.03, -0.1, 0.2), (-0.2, 0.24, -0.24), (0.25, -0.25, 0.25)],
)
def test_openvaf_gets_the_currents_that_ngspice_gets(tmp_path, neuron, v_net, v_minus, v_plus):
    write_deck(tmp_path, [2, 1])
    volts = {"net": v_net, "minus": v_minus, "plus": v_plus, "vdd": 0.25, "vss": -0.25}
    (into_net, minus, plus), _ = currents(neuron, volts, size_minus=2.0, size_plus=3.0)
    assert into_net == 0.0
    largest = 3e-5  # of an inverter of size 3
    assert minus == pytest.approx(ngspice_currents(tmp_path, v_net, v_minus, 2), abs=1e-5 * largest)
    assert plus == pytest.approx(ngspice_currents(tmp_path, v_minus, v_plus, 3), abs=1e-5 * largest)


@needs_openvaf
def test_the_currents_of_all_terminals_add_up_to_none(neuron):
    import openvaf_py

    (module,) = openvaf_py.compile_va(str(neuron))
    values = dict.fromkeys(module.param_names, 0.0) | module.get_param_defaults()
    values |= {"mfactor": 1.0, "V(vdd)": 0.25, "V(vss)": -0.25, "V(net)": 0.01}
    residuals, _ = module.run_init_eval(values)
    assert len(residuals) == 5
    assert sum(x for x, _ in residuals) == pytest.approx(0.0, abs=1e-18)


@needs_openvaf
def test_beyond_the_reach_of_the_table_a_current_leads_back(neuron):
    volts = {"net": 0.0, "minus": 0.9, "plus": -0.9, "vdd": 0.25, "vss": -0.25}
    (_, minus, plus), _ = currents(neuron, volts)
    assert minus < -1e-5
    assert plus > 1e-5


@needs_openvaf
def test_charges_are_those_of_the_capacitances(neuron, measured):
    volts = {"net": 0.1, "minus": 0.0, "plus": 0.2, "vdd": 0.25, "vss": -0.25}
    _, (net, minus, plus) = currents(neuron, volts, size_minus=2.0, size_plus=3.0)
    c_in, c_out = measured.input_farads, measured.output_farads
    assert net == pytest.approx(2 * c_in * 0.35)
    assert minus == pytest.approx((2 * c_out + 3 * c_in) * 0.25)
    assert plus == pytest.approx(3 * c_out * 0.45)


def test_adms_reads_the_neuron(neuron):
    log = tool(neuron.parent, "admsXml", "-x", neuron.name)
    assert "[error" not in log
    assert "[fatal" not in log

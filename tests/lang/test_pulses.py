"""What a source says of pulses, and of how cells are programmed by them."""

from __future__ import annotations

import pytest

from imnnc.diagnostics import Source
from imnnc.lang import format_source
from imnnc.pulses import Pulses
from imnnc.tasks import ProgramSpec
from tests.support.sources import Folder, source

SETTINGS = (
    "set_step 20 nS set_saturation 80 % reset_step 30 nS reset_saturation 60 %"
    " cycle_to_cycle 30 % device_to_device 20 %"
)
TIMED = "pulse_width 100 ns read_time 1 us set_voltage 1.2 V reset_voltage 1400 mV"
PROGRAM = "program { tolerance 1 %   first_guess 80 %   most_tries 100 }"


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path)


def memristor(settings: str, model: str = "linear_step") -> str:
    return f"memristor tio2 {{ conductance 120 nS .. 1 uS\npulses {model} {{ {settings} }} }}"


def test_a_memristor_says_what_a_pulse_does(folder):
    assert folder.design(source()).memristor.pulses is None
    found = folder.design(source(memristor=memristor(SETTINGS))).memristor.pulses
    assert found == Pulses(2e-8, 0.8, 3e-8, 0.6, 0.3, 0.2)
    found = folder.design(source(memristor=memristor(f"{SETTINGS} {TIMED}"))).memristor.pulses
    assert found == Pulses(2e-8, 0.8, 3e-8, 0.6, 0.3, 0.2, 1e-7, 1e-6, 1.2, 1.4)


def test_a_device_that_is_known_gets_pulses(folder):
    block = f"memristor tio2_wide {{ pulses linear_step {{ {SETTINGS} }} }}"
    found = folder.design(source(memristor=block)).memristor
    assert found.conductance_max_siemens == pytest.approx(1 / 127e3)
    assert found.pulses.set_step_siemens == 2e-8


def test_what_pulses_do_is_no_part_of_what_is_trained_for(folder):
    """So that nothing is trained anew where it changes."""
    without, with_ = (
        folder.design(source(**block)).memristor
        for block in (
            {"memristor": "memristor tio2 { conductance 120 nS .. 1 uS }"},
            {"memristor": memristor(SETTINGS)},
        )
    )
    assert without == with_


def test_a_design_says_how_cells_are_programmed(folder):
    assert folder.design(source()).program is None
    blocks = {"memristor": memristor(SETTINGS)}
    assert folder.design(source(before=PROGRAM, **blocks)).program == ProgramSpec(0.01, 0.8, 100)
    block = "let tries = 7 program { tolerance 0.5 % first_guess 0 % most_tries 3 * tries seed 4 }"
    found = folder.design(source(before=block, **blocks)).program
    assert found == ProgramSpec(0.005, 0.0, 21, 4)


@pytest.mark.parametrize(
    ("blocks", "errors"),
    [
        (
            {"before": PROGRAM},
            [
                "1:1 'program': IM117 `program` must go with the `pulses` of memristor `tio2`,"
                " which does not say what a pulse does"
            ],
        ),
        (
            {"before": PROGRAM, "memristor": memristor(SETTINGS), "emit": "emit ngspice"},
            [
                "1:1 'program': IM117 `program` must go with programming files, which `emit`"
                " leaves out"
            ],
        ),
        (
            {"before": "program { tolerance 1 % }", "memristor": memristor(SETTINGS)},
            ["1:1 'program': IM112 `program` must have `first_guess` and `most_tries`"],
        ),
        (
            {"before": PROGRAM.replace("1 %", "5 mV"), "memristor": memristor(SETTINGS)},
            ["1:21 '5 mV': IM100 `tolerance` must be a plain number, not a voltage"],
        ),
        (
            {"before": PROGRAM.replace("1 %", "60 %"), "memristor": memristor(SETTINGS)},
            ["1:21 '60 %': IM114 `tolerance` must be from 0.01 % to 50 %, not 60 %"],
        ),
        (
            {"before": PROGRAM.replace("80 %", "120 %"), "memristor": memristor(SETTINGS)},
            ["1:39 '120 %': IM114 `first_guess` must be from 0 % to 100 %, not 120 %"],
        ),
        (
            {"before": PROGRAM.replace("100", "2.5"), "memristor": memristor(SETTINGS)},
            ["1:57 '2.5': IM115 `most_tries` must be a whole number, not 2.5"],
        ),
        (
            {"before": f"{PROGRAM}\n{PROGRAM}", "memristor": memristor(SETTINGS)},
            ["2:1 'program': IM121 a design must have one `program`, this is another"],
        ),
        (
            {"memristor": memristor(SETTINGS, "soft_bounds")},
            ["3:8 'soft_bounds': IM138 `pulses` must be `linear_step`, not `soft_bounds`"],
        ),
        (
            {"memristor": "memristor tio2 { pulses linear_step }"},
            [
                "2:18 'pulses': IM112 `pulses` must have `set_step`, `set_saturation`,"
                " `reset_step`, `reset_saturation`, `cycle_to_cycle` and `device_to_device`"
            ],
        ),
        (
            {"memristor": memristor(SETTINGS.replace("20 nS", "20 ns"))},
            ["3:31 '20 ns': IM100 `set_step` must be a conductance, not a time"],
        ),
        (
            {"memristor": memristor(SETTINGS.replace("30 nS", "2 uS"))},
            ["3:57 'reset_step 2 uS': IM114 `reset_step` must be from 88 pS to 880 nS, not 2 uS"],
        ),
        (
            {"memristor": memristor(SETTINGS.replace("20 nS", "1 pS"))},
            ["3:22 'set_step 1 pS': IM114 `set_step` must be from 88 pS to 880 nS, not 1 pS"],
        ),
        (
            {"memristor": memristor(f"{SETTINGS} read_time 1 us")},
            ["3:138 'read_time 1 us': IM117 `read_time` must go with `pulse_width`"],
        ),
        (
            {"memristor": memristor(f"{SETTINGS} pulse_width 1 us set_voltage 1 V")},
            ["3:155 'set_voltage 1 V': IM117 `set_voltage` must go with `reset_voltage`"],
        ),
        (
            {"memristor": memristor(f"{SETTINGS} set_voltage 1 V reset_voltage 1 V")},
            ["3:138 'set_voltage 1 V': IM117 `set_voltage` must go with `pulse_width`"],
        ),
        (
            {"memristor": memristor(f"{SETTINGS} levels 3")},
            ["3:138 'levels': IM110 `pulses` has no setting `levels`"],
        ),
    ],
)
def test_what_cannot_be_is_told_at_its_place(folder, blocks, errors):
    assert folder.errors(source(**blocks)) == errors


def test_constants_may_be_called_as_the_block_is(folder):
    assert (
        folder.design(
            source(
                before="let program = 4", train="train latim { loss cross_entropy epochs program }"
            )
        ).train.epochs
        == 4
    )


def test_both_blocks_are_formatted():
    text = f"{memristor(SETTINGS)}\nprogram{{tolerance 1% first_guess 80%\nmost_tries 100}}\n"
    formatted = format_source(Source("net.imnn", text))
    assert formatted.endswith(f"}}\n{PROGRAM}\n")
    assert "    pulses linear_step {\n        set_step 20 nS\n" in formatted
    assert format_source(Source("net.imnn", formatted)) == formatted

"""Each word of the language, misspelt: the message says which one was meant."""

from __future__ import annotations

import re

import pytest

from imnnc.diagnostics import CompileError
from imnnc.lang import load_design
from imnnc.lang.vocabulary import SETTINGS, WORDS
from tests.support.sources import Folder

# Every setting of every kind of block, and every word around them; that they go together is not
# asked: a misspelt word is told before that.
COMPLETE = """
technology own {
    library "m.lib"   include "m.lib"   corners tt   corner tt   temperature 27 C   supply 0.25 V
    kit "own" { pdk_root "own"   package "own"   package_folder "own"   install "pip" }
    nmos n { width 1 um   length 1 um   diffusion 1 um }   pmos p { width 1 um   length 1 um }
    terminals drain, gate, source, bulk   prefix M   length_unit 1 m
    mismatch nmos 1 mV um   pmos 1 mV um
}
memristor own {
    conductance 120 nS .. 1 uS   levels 64   variation 3 %   unformed 1 nS   read_noise 1 %
    distribution gaussian   stuck low 0.1 %   high 0.1 %   law sinh 0.05 / V   drift 0.005
    pulses linear_step {
        set_step 20 nS   set_saturation 80 %   reset_step 20 nS   reset_saturation 80 %
        cycle_to_cycle 30 %   device_to_device 30 %   pulse_width 1 us   read_time 1 us
        set_voltage 1 V   reset_voltage 1 V
    }
}
crossbar { driver 1 Ohm   layout halves   bias 2   wire row 1 Ohm   column 1 Ohm }
crossbar kind { capacitance row 1 fF   column 1 fF   cell 1 fF }
network small {
    input  x[4] in -0.25 V .. 0.25 V
    layer  h[3]    { inverter size 1 .. 10 step 1   unformed 30 % }
    output kind[3] { inverter size 1 .. 10 continuous }
}
data {
    set iris   file "a.csv"   labels "a.csv"   test_file "a.csv"   test_labels "a.csv"
    train 120   test 30   pool 1   normalize minmax   encode 0 .. 1 -> -0.25 V .. 0.25 V
    target 0 .. 1 -> -0.25 V .. 0.25 V
}
train rim {
    loss cross_entropy   epochs 2   batch 8   seed 1   energy_weight 0.1   source_weight 0.1
    learning_rate 0.1   validation 10 %   patience 2   accuracy_margin 1 %   sweep_margin 1 %
    size 5   load 1 MOhm   resistor 1 MOhm   unformed off   chips on   corners tt
    from "a.csv"   teacher 70 %
}
verify { samples 3   tolerance 5 mV   corners tt   transient_samples 2 }
chips {
    count 20   samples 100   seed 1   accuracy 84 %   rms 1 mV   yield 95 %
    process 3   temperature 27 C .. 30 C   supply 10 %   age 1 year
}
program { tolerance 1 %   first_guess 80 %   most_tries 100   seed 1 }
emit ngspice, hspice, programming csv
"""
# What the source itself gives a name to, and words of another kind than settings.
NAMES = {"own", "small", "kind", "lib", "csv", "pip", "iris", "off", "year"}
PLACES = [m for m in re.finditer(r"\b[a-z_]{3,}\b", COMPLETE) if m[0] not in NAMES]


def test_the_source_has_every_setting():
    words = {m[0] for m in PLACES}
    assert {word for words in SETTINGS.values() for word in words} <= words


@pytest.mark.parametrize("place", PLACES, ids=lambda m: f"{m[0]}-{m.start()}")
def test_a_misspelt_word_is_told_with_the_one_that_was_meant(folder: Folder, place: re.Match[str]):
    word = place[0]
    for misspelt in (word[:-1], word[0] + word[2:], f"{word}x"):
        if misspelt in WORDS:
            continue
        path = folder.write(COMPLETE[: place.start()] + misspelt + COMPLETE[place.end() :])
        with pytest.raises(CompileError) as caught:
            load_design(path)
        helps = [x.help for x in caught.value.diagnostics]
        assert f"did you mean `{word}`?" in helps, misspelt


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "crossbar { capacitanc row 1 fF }",
            "1:12 'capacitanc': IM110 `crossbar` has no setting `capacitanc`",
        ),
        ("crossbar { wire rwo 1 Ohm }", "1:17 'rwo': IM110 `wire` has no setting `rwo`"),
        (
            "memristor m { stuk low 1 % }",
            "1:15 'stuk': IM110 `memristor m` has no setting `stuk`",
        ),
        ("network n { inputx x[3] }", "1:13 'inputx': IM001 there is no word `inputx` here"),
        (
            "network n { layer h[3] { inverter sizes 1 } }",
            "1:35 'sizes': IM001 there is no word `sizes` for layers",
        ),
        # A unit that is none is no setting.
        ("train latim { epochs 20 mv batch 3 }", "1:25 'mv': IM012 unknown unit `mv`"),
    ],
)
def test_it_is_told_at_its_place(folder: Folder, text: str, error: str):
    assert error in folder.errors(text)

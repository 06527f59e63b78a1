"""The words of blocks are those of the design's fields, with the limits of these."""

from __future__ import annotations

import pytest

from imnnc.design import METHODS, SWEPT, Memristor, Technology, TrainSpec
from imnnc.encoding import DataSpec
from imnnc.lang.bounds import BOUNDS
from imnnc.lang.vocabulary import SETTINGS
from imnnc.limits import bounds_of, settings_of
from imnnc.parasitics import Parasitics
from imnnc.pulses import Pulses
from imnnc.tasks import ChipsSpec, ProgramSpec, VerifySpec

BLOCKS = {
    "technology": Technology,
    "data": DataSpec,
    "verify": VerifySpec,
    "chips": ChipsSpec,
    "program": ProgramSpec,
    "pulses": Pulses,
    "memristor": Memristor,
    **{f"train {method}": TrainSpec for method in METHODS},
}


@pytest.mark.parametrize("block", BLOCKS)
def test_a_setting_that_is_a_field_has_its_limits(block):
    fields = settings_of(BLOCKS[block])
    assert fields
    for word in set(SETTINGS[block]) & set(fields):
        assert BOUNDS[word] is bounds_of(BLOCKS[block], fields[word])


def test_a_block_of_a_method_takes_what_all_take_and_then_its_own():
    own = {word for traits in METHODS.values() for word in traits.settings}
    common = ("loss", *(word for word in settings_of(TrainSpec) if word not in own))
    for method, traits in METHODS.items():
        assert SETTINGS[f"train {method}"] == (
            *(*common, "unformed", "chips", "corners", "from"),
            *traits.settings,
        )


def test_a_memristor_has_the_settings_of_its_arrays():
    assert SETTINGS["memristor"] == (
        *("conductance", "levels", "unformed", "variation", "read_noise", "drift"),
        *("distribution", "stuck"),
        *settings_of(Parasitics),
        "law",
        "pulses",
    )


def test_what_is_swept_is_a_setting():
    assert set(SWEPT) <= set(settings_of(TrainSpec).values())

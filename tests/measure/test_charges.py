"""The inverter of a folder's netlist is measured as the folder has it."""

from __future__ import annotations

import numpy as np
import pytest

from imnnc.measure.charges import deck_charges
from tests.support.decks import write_deck
from tests.support.measured import charges
from tests.support.networks import SUPPLY_VOLTS


def test_it_is_the_unit_inverter_of_the_technology(tmp_path):
    folder = tmp_path / "deck"
    folder.mkdir()
    write_deck(folder, [600, 2])  # the parts of the network stand at the top, and stay out
    found = deck_charges(folder, "sample", SUPPLY_VOLTS, tmp_path / "scratch", 60)
    np.testing.assert_allclose(found.farads, charges().farads, rtol=1e-9)


@pytest.mark.parametrize(
    ("old", "new"), [(".ends sample_inverter", ".ends"), ("nlvt", "nothing_of_that_name")]
)
def test_where_it_cannot_be_measured_there_is_none(tmp_path, old, new):
    folder = tmp_path / "deck"
    folder.mkdir()
    write_deck(folder, [3, 2])
    netlist = folder / "sample.ngspice.sp"
    netlist.write_text(netlist.read_text().replace(old, new))
    assert deck_charges(folder, "sample", SUPPLY_VOLTS, tmp_path / "scratch", 60) is None

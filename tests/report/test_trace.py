"""The bars of errors: each error that is not nothing has one, however small it is."""

from __future__ import annotations

import pytest

from imnnc.report.figures import Trace


@pytest.mark.parametrize(
    ("errors", "labels"),
    [
        ([3e-4, 2e-3], ["1 µV", "10 µV", "100 µV", "1 mV"]),
        ([7e-10, 2e-9], ["1 nV", "1 µV", "1 mV"]),
        ([0.0, 3e-13], ["1 pV", "1 nV", "1 µV", "1 mV"]),
    ],
)
def test_the_axis_begins_below_the_least_error(errors, labels):
    trace = Trace(errors, tolerance_volts=5e-3)
    head = trace.head()
    assert [label for label in labels if f">{label}<" in head] == labels
    assert head.count("<text") == len(labels)


def test_errors_of_nanovolts_have_bars_and_none_has_none():
    trace = Trace([7e-10, 2e-9, 0.0], tolerance_volts=5e-3)
    assert 'class="first"' in trace.bar(7e-10, 2e-9)
    assert 'class="whisker"' not in trace.bar(0.0, 0.0)

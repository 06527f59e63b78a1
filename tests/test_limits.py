"""Limits are kept with the fields that they are of."""

from __future__ import annotations

import math
from dataclasses import fields
from fractions import Fraction

import pytest

from imnnc import design, encoding
from imnnc.limits import Bounds, bounds_of
from imnnc.units import VOLTAGE

KINDS = (
    design.Transistor,
    design.Technology,
    design.Memristor,
    design.InverterSizes,
    design.InputPort,
    design.Layer,
    encoding.Encoding,
    encoding.DataSpec,
    design.TrainSpec,
    design.VerifySpec,
)


def test_every_number_of_a_design_has_limits():
    numbers = [
        (kind, field.name)
        for kind in KINDS
        for field in fields(kind)
        if str(field.type).split(" ")[0] in ("int", "float")
    ]
    assert [place for place in numbers if bounds_of(*place) is None] == []


@pytest.mark.parametrize("limit", ["0.9", "1e-3", "0.1", "1e-15"])
def test_the_float_nearest_to_a_limit_is_allowed(limit):
    exact, nearest = Fraction(limit), float(limit)
    for bounds in (Bounds(VOLTAGE, exact, exact * 2), Bounds(VOLTAGE, exact / 2, exact)):
        assert exact in bounds
        assert nearest in bounds
    assert nearest * 1.001 not in Bounds(VOLTAGE, exact / 2, exact)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_in_no_limits(value):
    assert value not in Bounds(VOLTAGE, Fraction(-5), Fraction(5))
    assert value not in Bounds(VOLTAGE, Fraction(-5), Fraction(5), whole=True)

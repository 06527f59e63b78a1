from fractions import Fraction

import pytest

from imnnc.units import (
    CONDUCTANCE,
    PLAIN,
    RESISTANCE,
    TEMPERATURE,
    UNITS,
    VOLTAGE,
    Dimension,
    Quantity,
    engineering,
    literal,
)


@pytest.mark.parametrize(
    ("digits", "unit", "value"),
    [
        ("120", "nS", 1.2e-07),
        ("0.25", "V", 0.25),
        ("8.33", "MOhm", 8.33e6),
        ("3", "%", 0.03),
        ("5", "mV", 0.005),
        ("7.87", "\N{MICRO SIGN}S", 7.87e-06),
        ("7.87", "\N{GREEK SMALL LETTER MU}S", 7.87e-06),
        ("1e-3", "k\N{OHM SIGN}", 1.0),
        ("100", "nm", 1e-07),
        ("2", None, 2.0),
    ],
)
def test_a_literal_becomes_the_float_nearest_to_what_was_written(digits, unit, value):
    assert float(literal(digits, unit).value) == value


def test_case_tells_siemens_from_seconds():
    assert str(UNITS["mS"].dimension) == "a conductance"
    assert str(UNITS["ms"].dimension) == "a time"


def test_degrees_celsius_are_kept_apart_from_kelvins():
    assert literal("27", "C") == Quantity(Fraction(27), TEMPERATURE, celsius=True)
    assert literal("27", "K") == Quantity(Fraction(27), TEMPERATURE)


def test_the_inverse_of_a_resistance_is_a_conductance():
    assert PLAIN / RESISTANCE == CONDUCTANCE


@pytest.mark.parametrize("digits", ["1e999999", "1e-61", "1" * 61])
def test_a_number_beyond_the_bounds_is_refused_without_computing_it(digits):
    with pytest.raises(OverflowError):
        literal(digits, "V")


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Quantity(Fraction(1, 4), VOLTAGE), "250 mV"),
        (Quantity(Fraction(-5), VOLTAGE), "-5 V"),
        (Quantity(Fraction(0), VOLTAGE), "0 V"),
        (Quantity(Fraction(12, 10**8), CONDUCTANCE), "120 nS"),
        (Quantity(Fraction(8_330_000), RESISTANCE), "8.33 MOhm"),
        (Quantity(Fraction(10**9), PLAIN), "1000000000"),
        (Quantity(Fraction(27), TEMPERATURE, celsius=True), "27 C"),
        (Quantity(Fraction(2), VOLTAGE * VOLTAGE), "2 (a quantity in kg^2 m^4 s^-6 A^-2)"),
    ],
)
def test_messages_show_a_quantity_in_a_fitting_unit(quantity, text):
    assert str(quantity) == text


def test_a_dimension_without_a_name_is_given_in_base_units():
    assert str(Dimension((0, 2, 0, 1, 0))) == "a quantity in m^2 A"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 V"),
        (0.00123, "1.23 mV"),
        (-0.25, "-250 mV"),
        (999.6e-6, "1 mV"),
        (4.612e-17, "46.1 aV"),
        (1.2e-20, "0.012 aV"),
        (1500.0, "1.5 kV"),
    ],
)
def test_what_people_read_has_three_digits_and_a_prefix(value, text):
    assert engineering(value, "V") == text

"""Constants and arithmetic: exact, with dimensions, safe against hostile input."""

from __future__ import annotations

import pytest

from tests.support.sources import Folder, source


def conductance(folder: Folder, expression: str, before: str = "") -> float:
    text = f"memristor tio2 {{ conductance 1 fS .. {expression} }}"
    return folder.design(source(before=before, memristor=text)).memristor.conductance_max_siemens


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("120 nS", 1.2e-07),
        ("3 * 40 nS", 1.2e-07),
        ("1 / 8.33 MOhm", 1 / 8.33e6),
        ("1 uA / 1 V", 1e-06),
        ("(100 nS + 2 * 10 nS)", 1.2e-07),
        ("0.1 uS + 0.2 uS", 3e-07),
        ("200 nS - 50 nS - 30 nS", 1.2e-07),
        ("480 nS / 2 / 2", 1.2e-07),
        ("-(-120 nS)", 1.2e-07),
        ("120 nS * 100 %", 1.2e-07),
    ],
)
def test_arithmetic_is_exact(folder: Folder, expression, value):
    assert conductance(folder, expression) == value


def test_constants_may_be_defined_in_any_order(folder: Folder):
    assert conductance(folder, "g", "let g = 2 * half\nlet half = 60 nS") == 1.2e-07


@pytest.mark.parametrize("word", ["in", "size", "step", "data", "set", "train", "programming"])
def test_words_of_the_language_can_name_constants(folder: Folder, word):
    assert conductance(folder, word, f"let {word} = 120 nS") == 1.2e-07


def test_long_chains_of_constants_are_no_burden(folder: Folder):
    lets = "".join(f"let a{i} = a{i + 1} + 1\n" for i in range(3000))
    before = f"{lets}let a3000 = 0\nlet g = a0 * 1 pS"
    assert conductance(folder, "g", before) == 3e-09


def test_long_sums_are_no_burden(folder: Folder):
    assert conductance(folder, " + ".join(["1 pS"] * 5000)) == 5e-09


def test_a_long_cycle_is_shown_in_short(folder: Folder):
    lets = "".join(f"let a{i} = a{(i + 1) % 1000}\n" for i in range(1000))
    (diagnostic,) = folder.diagnostics(source(before=lets))
    assert diagnostic.message == "the constant `a0` is defined by itself"
    assert diagnostic.notes == ("a0 -> a1 -> a2 -> a3 -> ... -> a998 -> a999 -> a0",)


def test_repeated_squaring_does_not_hang(folder: Folder):
    lets = "let a0 = 1.1\n" + "".join(f"let a{i + 1} = a{i} * a{i}\n" for i in range(60))
    (message,) = folder.errors(source(before=lets))
    assert message.endswith(
        "IM016 the result must be between 1e-150 and 1e150 and have a moderate number of digits"
    )


def test_powers_of_units_are_bounded(folder: Folder):
    (message,) = folder.errors(source(before=f"let a = {' * '.join(['1 V'] * 60)}"))
    assert message.endswith("IM016 the result has an impossible power of a unit")


def test_temperatures_are_given_in_celsius_or_kelvin(folder: Folder):
    for text, celsius in (("27 C", 27.0), ("-40 C", -40.0), ("300.15 K", 27.0)):
        design = folder.design(source(technology=f"technology lvt90 {{ temperature {text} }}"))
        assert design.technology.temperature_celsius == celsius

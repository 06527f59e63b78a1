"""What a source says of how chips differ, and how many of them have to work."""

from __future__ import annotations

import pytest

from imnnc.diagnostics import Source
from imnnc.lang import format_source
from imnnc.tasks import ChipsSpec
from imnnc.technology.mismatch import Mismatch
from tests.support.sources import Folder, source


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path)


def mismatch(folder: Folder, settings: str) -> Mismatch | None:
    return folder.design(
        source(technology=f"technology lvt90 {{ {settings} }}")
    ).technology.mismatch


def test_a_technology_that_is_built_in_brings_its_coefficients(folder):
    assert mismatch(folder, "supply 0.25 V") == Mismatch(3.5e-9, 3.5e-9)


def test_coefficients_are_volts_times_metres_in_any_units(folder):
    assert mismatch(folder, "mismatch nmos 4 mV um   pmos 0.005 V um") == Mismatch(4e-9, 5e-9)
    assert mismatch(folder, "mismatch pmos 2 mV um") == Mismatch(3.5e-9, 2e-9)
    assert mismatch(folder, "mismatch nmos (2 mV * 1 um) pmos 0 V m corner ff") == Mismatch(
        2e-9, 0.0
    )


def test_a_technology_that_says_nothing_has_none(folder):
    (folder.path / "own.lib").write_text("* models\n")
    own = (
        'technology own { library "own.lib" corners tt nmos nfet { width 1 um length 1 um }'
        " pmos pfet { width 1 um length 1 um } supply 0.25 V %s }"
    )
    assert folder.design(source(technology=own % "")).technology.mismatch is None
    both = own % "mismatch nmos 3 mV um pmos 4 mV um"
    assert folder.design(source(technology=both)).technology.mismatch == Mismatch(3e-9, 4e-9)
    (error,) = folder.errors(source(technology=own % "mismatch nmos 3 mV um"))
    assert error.endswith("IM112 `mismatch` must have `pmos`")


def test_a_memristor_says_how_its_cells_differ(folder):
    found = folder.design(
        source(
            memristor="memristor tio2 { conductance 120 nS .. 1 uS   variation 3 %"
            "   distribution lognormal   read_noise 1 %   stuck low 0.05 % high 0.1 %"
            "   drift 0.005 }"
        )
    ).memristor
    assert (found.variation, found.distribution, found.read_noise) == (0.03, "lognormal", 0.01)
    assert (found.stuck_low, found.stuck_high, found.drift) == (0.0005, 0.001, 0.005)


def test_chips_have_a_number_a_goal_and_a_yield(folder):
    assert folder.design(source()).chips is None
    block = "chips { count 50 samples 30 seed 2 accuracy 84 % yield 95 % }"
    assert folder.design(source(before=block)).chips == ChipsSpec(50, 30, 2, 0.84, None, 0.95)
    assert folder.design(source(before="chips { }")).chips == ChipsSpec()


@pytest.mark.parametrize(
    ("age", "seconds"),
    [("1 year", 31_557_600), ("10years", 315_576_000), ("30 days", 2_592_000), ("2 hours", 7200)],
)
def test_chips_have_an_age_in_units_that_people_have(folder, age, seconds):
    found = folder.design(source(before=f"chips {{ age {age} }}")).chips
    assert found == ChipsSpec(age_seconds=float(seconds))


def test_chips_share_a_process_a_temperature_and_a_supply(folder):
    block = "chips { process 3   temperature -40 C .. 358.15 K   supply 3 % }"
    assert folder.design(source(before=block)).chips == ChipsSpec(
        process=3.0, coldest_celsius=-40.0, hottest_celsius=85.0, supply=0.03
    )


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        (
            {"before": "chips { rms 5 mV }"},
            "1:9 'rms 5 mV': IM117 `rms` must go with another `loss`, this network is judged by"
            " `accuracy`",
        ),
        (
            {"before": "chips { yield 95 % }"},
            "1:9 'yield 95 %': IM117 `yield` must go with `accuracy`, which says what a chip that"
            " works is",
        ),
        (
            {"before": "chips { process 0.3 }"},
            "1:17 '0.3': IM114 `process` must be from 1 to 10, not 0.3",
        ),
        (
            {"before": "chips { process 3 }", "technology": "technology lvt90 { corner sf }"},
            "1:9 'process 3': IM117 `process` must go with corners `ff`, `ss`, `fs` and `sf` around"
            " a typical one, `lvt90` is at `sf` and has `tt`, `ff`, `ss`, `sf` and `fs`",
        ),
        (
            {"before": "chips { age 1 s }"},
            "1:13 '1 s': IM114 `age` must be from 20 s to 10 Gs, not 1 s",
        ),
        (
            {"before": "chips { temperature 27 C }"},
            "1:21 '27 C': IM113 `temperature` must be a range, `low .. high`, not `27 C`",
        ),
        (
            {"before": "chips { temperature 27 C .. 300 C }"},
            "1:29 '300 C': IM114 `temperature` must be from -100 C to 200 C, not 300 C",
        ),
        (
            {"before": "chips { supply 0.25 V }"},
            "1:16 '0.25 V': IM100 `supply` must be a plain number, not a voltage",
        ),
        (
            {"before": "chips { supply 30 % }"},
            "1:16 '30 %': IM114 `supply` must be from 0 % to 20 %, not 30 %",
        ),
        (
            {"before": "chips { count 0 }"},
            "1:15 '0': IM114 `count` must be from 1 to 1000000, not 0",
        ),
        (
            {"technology": "technology lvt90 { mismatch nmos 3.5 mV }"},
            "1:34 '3.5 mV': IM100 `nmos` must be a voltage times a length, not a voltage",
        ),
        (
            {"technology": "technology lvt90 { mismatch nmos 3.5 V um }"},
            "1:34 '3.5 V um': IM114 `nmos` must be from 0 V m to 1 uV m, not 3.5 uV m",
        ),
        (
            {"memristor": "memristor tio2 { conductance 120 nS .. 1 uS stuck low 60 % }"},
            "2:55 '60 %': IM114 `low` must be from 0 % to 50 %, not 60 %",
        ),
        (
            {"memristor": "memristor tio2 { conductance 120 nS .. 1 uS distribution normal }"},
            "2:58 'normal': IM138 `distribution` must be `gaussian` or `lognormal`, not `normal`",
        ),
    ],
)
def test_a_mistake_is_named_at_its_place(folder, blocks, error):
    assert folder.errors(source(**blocks)) == [error]


def test_the_canonical_form_keeps_compound_units_and_parts_together():
    text = (
        "technology lvt90 { mismatch nmos 3.5 mV um   pmos 3.5 mV um }\n\n"
        "memristor tio2 { stuck low 0.05 %   high 0.05 % }\n\n"
        "chips {\n    count 200\n    samples 1000\n    seed 1\n    accuracy 84 %\n    yield 95 %\n"
        "    process 3\n    temperature -40 C .. 125 C\n    supply 3 %\n}\n"
    )
    assert format_source(Source("net.imnn", text)) == text
    assert format_source(Source("net.imnn", text.replace("mV um", "mV\t um"))) == text

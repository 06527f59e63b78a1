"""`compare.json`: means over seeds, ratios of means, and the keys that readers rely on."""

from __future__ import annotations

import json

import pytest

from imnnc.compare.record import record
from imnnc.simulate.ngspice import ngspice_version
from tests.support.invented import ERROR, HOLD_SECONDS, METHODS, NETWORK, comparison

FIGURE = {"mean", "sd"}


def keys(tree: object) -> object:
    """The keys of a tree, down to the figures."""
    if not isinstance(tree, dict) or set(tree) == FIGURE:
        return set(tree) if isinstance(tree, dict) else None
    return {name: keys(value) for name, value in tree.items()}


def test_its_keys_are_the_schema():
    found = record(comparison())
    assert set(found) == {
        *("schema", "network", "widths", "data", "samples", "outputs", "seeds", "order"),
        *("corner", "common_hold_s", "transient_steps", "reduced", "methods", "ratios"),
        *("published", "versions", "source_sha256"),
    }
    both = {"rails": FIGURE, "all_sources": FIGURE}
    for method in METHODS:
        tree = keys(found["methods"][method])
        nominal, chosen = tree.pop("nominal"), tree.pop("chosen")
        assert nominal == (
            None if method == "latim" else {"size": None, "load_ohms": None, "resistor_ohms": None}
        )
        assert chosen == ({"resistor_ohms": None} if method == "rim" else {})
        assert tree == {
            "prediction_error_v": {"rms": FIGURE, "mean_abs": FIGURE, "max": FIGURE},
            "prediction_mse_v2": FIGURE,
            "layers": None,
            "accuracy": {"predicted": FIGURE, "simulated": FIGURE, "agreement": FIGURE},
            "target_mse_v2": None,
            "test_set": {"samples": None, "predicted": FIGURE, "circuit": FIGURE},
            "energy_j": both,
            "energy_common_hold_j": both,
            "power_w": both,
            "at_hold": {
                "from_settled_v": {"rms": FIGURE, "max": FIGURE},
                "prediction_error_v": {"rms": FIGURE, "max": FIGURE},
                "accuracy": FIGURE,
                "decided_as_settled": FIGURE,
                "target_mse_v2": FIGURE,
            },
            "delay_s": FIGURE,
            "total_inverter_size": FIGURE,
            "sweeps": None,
        }
    energies = {"rails", "all_sources", "rails_common_hold", "all_sources_common_hold"}
    assert {name: set(ratio) for name, ratio in found["ratios"].items()} == {
        "error_phax_over_latim": {"rms", "mse"},
        "error_rim_over_latim": {"rms", "mse"},
        "energy_latim_over_phax": energies,
        "energy_latim_over_rim": energies,
    }
    assert set(found["published"]) == {
        *("mnist", "fashion-mnist", "energy_latim_over_phax", "energy_latim_over_rim")
    }
    for data in ("mnist", "fashion-mnist"):
        errors = {"error_phax_over_latim", "error_rim_over_latim"}
        assert set(found["published"][data]) == errors


def test_it_says_what_was_compared():
    found = record(comparison(reduced=True))
    assert (found["schema"], found["network"], found["data"]) == (1, NETWORK.name, "mnist")
    assert (found["widths"], found["samples"], found["outputs"]) == ([4, 3, 2], 20, 2)
    assert (found["seeds"], found["corner"], found["reduced"]) == ([1, 2], "tt", True)
    assert (found["common_hold_s"], found["transient_steps"]) == (HOLD_SECONDS, 10)
    assert list(found["methods"]) == found["order"] == list(METHODS)
    assert found["versions"]["ngspice"] == ngspice_version()
    assert found["source_sha256"] == "ab" * 32


def test_figures_are_means_over_the_seeds_with_the_deviation_of_a_sample():
    phax = record(comparison())["methods"]["phax"]
    # 10 mV and 14 mV.
    assert phax["prediction_error_v"]["rms"] == {"mean": 12e-3, "sd": pytest.approx(2.82843e-3)}
    assert phax["prediction_error_v"]["max"]["mean"] == pytest.approx(36e-3)
    assert phax["prediction_mse_v2"]["mean"] == pytest.approx((100e-6 + 196e-6) / 2)
    assert phax["accuracy"]["simulated"] == {"mean": 0.83, "sd": pytest.approx(0.0141421)}
    assert phax["test_set"]["circuit"] == {"mean": 0.835, "sd": pytest.approx(0.00707107)}
    assert phax["energy_j"]["rails"] == {"mean": 4e-12, "sd": 0.0}
    assert phax["energy_common_hold_j"]["rails"]["mean"] == 8e-12
    assert phax["delay_s"]["mean"] == 20e-9
    assert phax["power_w"]["rails"]["mean"] == pytest.approx(4e-12 / 20e-9)
    assert phax["layers"][1] == {
        "layer": "hidden",
        "node": "minus",
        "rms_v": {"mean": 12e-3, "sd": pytest.approx(2.82843e-3)},
    }


def test_one_seed_has_no_deviation():
    found = record(comparison(seeds=(2,)))
    assert found["seeds"] == [2]
    assert found["methods"]["latim"]["prediction_error_v"]["rms"] == {"mean": 1.4e-3, "sd": None}


def test_a_ratio_of_errors_is_of_means_and_squares_of_squares():
    ratios = record(comparison())["ratios"]
    assert ratios["error_phax_over_latim"] == {"rms": 10.0, "mse": pytest.approx(100.0)}
    assert ratios["error_rim_over_latim"] == {"rms": 5.0, "mse": pytest.approx(25.0)}


def test_a_ratio_of_energies_is_below_one_where_latim_takes_less():
    ratios = record(comparison())["ratios"]
    assert ratios["energy_latim_over_phax"] == {
        "rails": 0.25,
        "all_sources": 1.0,
        "rails_common_hold": 0.25,
        "all_sources_common_hold": 1.0,
    }
    assert ratios["energy_latim_over_rim"]["rails"] == pytest.approx(1 / 6, rel=1e-5)


@pytest.mark.parametrize(
    ("methods", "ratios"),
    [
        (("phax", "rim"), set()),
        (("latim",), set()),
        (("latim", "rim"), {"error_rim_over_latim", "energy_latim_over_rim"}),
    ],
)
def test_ratios_are_to_latim_where_it_is_among_the_methods(methods, ratios):
    found = record(comparison(methods))
    assert set(found["ratios"]) == ratios
    assert list(found["methods"]) == list(methods)


def test_an_error_of_nothing_makes_no_ratio():
    ratios = record(comparison(error_volts={**ERROR, "latim": 0.0}))["ratios"]
    assert ratios["error_phax_over_latim"] == {"rms": None, "mse": None}


def test_what_does_not_move_comes_last_and_nothing_is_in_ratio_to_it():
    found = record(comparison(dead=("phax",)))
    assert found["order"] == list(found["methods"]) == ["rim", "latim", "phax"]
    nothing = {"mean": None, "sd": None}
    phax = found["methods"]["phax"]
    assert phax["delay_s"] == phax["at_hold"]["accuracy"] == nothing
    for key in ("energy_j", "energy_common_hold_j"):
        assert phax[key] == {"rails": nothing, "all_sources": nothing}
    assert phax["power_w"]["rails"]["mean"] == 1e-7
    assert set(found["ratios"]["energy_latim_over_phax"].values()) == {None}
    assert found["ratios"]["error_phax_over_latim"] == {"rms": None, "mse": None}
    assert found["ratios"]["energy_latim_over_rim"]["rails"] == pytest.approx(1 / 6, rel=1e-5)
    assert found["common_hold_s"] == HOLD_SECONDS


def test_where_nothing_moves_nothing_has_a_hold_time():
    found = record(comparison(dead=METHODS))
    assert found["common_hold_s"] is None
    assert found["order"] == list(METHODS)


def test_published_figures_are_those_of_the_abstract():
    # doi 10.1109/TCSII.2021.3072289: errors 14 and 6, 29 and 4 times smaller; energy lower by
    # 62 % and 53 %.
    published = record(comparison())["published"]
    assert list(published["mnist"].values()) == [14, 6]
    assert list(published["fashion-mnist"].values()) == [29, 4]
    assert published["energy_latim_over_phax"] == pytest.approx(1 - 0.62)
    assert published["energy_latim_over_rim"] == pytest.approx(1 - 0.53)


def test_a_regression_has_mean_square_errors_in_place_of_accuracies():
    found = record(comparison(classes=False, data="inversek2j"))["methods"]["phax"]
    assert found["accuracy"] is None
    assert found["target_mse_v2"] == {
        "predicted": {"mean": 1e-4, "sd": 0.0},
        "simulated": {"mean": pytest.approx(2.4e-4), "sd": pytest.approx(5.65685e-5)},
    }
    assert found["test_set"]["predicted"]["mean"] == 0.85
    assert found["test_set"]["circuit"]["mean"] == 0.835


def test_the_sweeps_are_those_of_the_first_seed_with_what_was_chosen():
    rim = record(comparison())["methods"]["rim"]
    assert rim["chosen"] == {"resistor_ohms": 2e5}
    assert rim["nominal"] == {"size": 5, "load_ohms": 9e5, "resistor_ohms": 2e5}
    assert [(x["value"], x["chosen"]) for x in rim["sweeps"]] == [(2e5, True), (5e5, False)]
    assert set(rim["sweeps"][0]) == {
        *("field", "value", "score", "predicted_score", "error_volts", "power_watts", "chosen")
    }


@pytest.mark.parametrize("classes", [True, False])
def test_a_sweeps_scores_are_accuracies_or_errors_and_never_below_zero(classes):
    rim = record(comparison(classes=classes))["methods"]["rim"]
    assert [x["score"] for x in rim["sweeps"]] == [0.9, 0.8]
    assert [x["predicted_score"] for x in rim["sweeps"]] == [0.91, 0.81]


def test_it_is_strict_json_of_six_digits():
    text = json.dumps(record(comparison()), allow_nan=False)
    assert "0.00282843" in text
    assert "0.002828427" not in text
    assert json.loads(text) == record(comparison())

"""Methods on the command line: compiling by another one, and comparing them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from imnnc.cli import app
from imnnc.design import METHODS
from imnnc.lang.vocabulary import listing
from tests.support import tiny


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("methods")
    return tiny.filled_cache(folder / "cache", tiny.write(folder))


@pytest.fixture
def net(tmp_path, monkeypatch, cache) -> str:
    monkeypatch.setenv("IMNNC_CACHE_DIR", str(cache))
    monkeypatch.chdir(tmp_path)
    return tiny.write(Path()).name


def run(*arguments: str):
    return CliRunner().invoke(app, arguments)


def test_a_network_is_compiled_by_another_method_than_its_first(net):
    result = run("compile", net, "--method", "rim", "-o", "rim", "-j", "1")
    assert result.exit_code == 3  # the tolerance of this source is one that no method keeps
    assert "not within 100 µV" in result.stdout
    assert json.loads(Path("rim/verify.json").read_text())["method"] == "rim"
    manifest = json.loads(Path("rim/manifest.json").read_text())
    assert manifest["method"] == "rim"
    assert manifest["options"]["train"]["method"] == "rim"
    summary = json.loads(Path("rim/summary.json").read_text())
    assert summary["nominal"] == {"size": 5, "load_ohms": 9e5, "resistor_ohms": 3e5}
    lines = Path("rim/tiny.ngspice.sp").read_text().splitlines()
    assert lines[1] == "* method rim, technology lvt90, corner tt"
    assert "Rground_kind_minus_0 kind_minus_0 0 300000" in lines
    # From the folder alone, as any other.
    assert "not within 100 µV" in run("verify", "rim", "-j", "1").stdout


def test_a_comparison_ends_with_a_column_a_method_and_ratios(net):
    arguments = ["--methods", "phax,latim", "--seeds", "1, 2", "--samples", "3", "-j", "1"]
    result = run("compare", net, "-o", "compared", *arguments)
    assert result.exit_code == 0  # the predictions are out of tolerance, which is no failure
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["PHAX", "LATIM"]
    assert [line[:14].strip() for line in lines[1:5]] == [
        *("error rms", "error max", "simulated", "predicted")
    ]
    assert [line.split("  ")[0] for line in lines[-3:]] == [
        *("error phax over latim", "energy latim over phax", "files")
    ]
    assert lines[-1].endswith("compare.json, .md and .svg in compared")
    assert result.stderr.startswith("[1/8] phax, seed 1\n")
    assert "\n[8/8] latim, seed 2: energy at one hold time\n" in result.stderr
    assert sorted(x.name for x in Path("compared").iterdir()) == [
        *("compare.json", "compare.md", "compare.svg"),
        *("latim-seed1", "latim-seed2", "phax-seed1", "phax-seed2"),
    ]
    found = json.loads(Path("compared/compare.json").read_text())
    assert (found["seeds"], found["samples"]) == ([1, 2], 3)
    assert set(found["methods"]) == {"phax", "latim"}
    assert found["ratios"]["error_phax_over_latim"]["rms"] > 1

    again = run("compare", net, "-o", "compared", *arguments, "-q")
    assert (again.exit_code, again.stdout, again.stderr) == (0, result.stdout, "")


def test_all_four_methods_are_compared_and_the_exact_one_predicts_best(net):
    listed = "phax,rim,latim,equilibrium"
    arguments = ["--methods", listed, "--samples", "4", "-j", "1", "-q"]
    result = run("compare", net, *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[0].split() == listed.upper().split(",")
    found = json.loads(Path("out/tiny/compare.json").read_text())
    assert found["order"] == listed.split(",")  # the keys of the file are sorted
    errors = {x: found["methods"][x]["prediction_error_v"]["rms"]["mean"] for x in found["order"]}
    assert 0 < errors["equilibrium"] < 1e-6 < errors["latim"] < errors["phax"]
    for figures in (
        *(found["ratios"][f"error_{x}_over_latim"] for x in ("phax", "rim", "equilibrium")),
        *(found["ratios"][f"energy_latim_over_{x}"] for x in ("phax", "rim", "equilibrium")),
    ):
        assert all(0 < ratio < math.inf for ratio in figures.values())
    exact = found["ratios"]["error_equilibrium_over_latim"]
    assert exact["rms"] == pytest.approx(errors["equilibrium"] / errors["latim"], rel=1e-4)
    assert exact["rms"] < 0.01
    assert found["methods"]["equilibrium"]["nominal"] is None
    assert json.loads(Path("out/tiny/equilibrium-seed1/verify.json").read_text())["passed"] is True
    assert "| | PHAX | RIM | LATIM | EQUILIBRIUM |\n" in Path("out/tiny/compare.md").read_text()
    assert "equilibrium" in Path("out/tiny/compare.svg").read_text().lower()


def test_without_seeds_it_is_the_sources_own(net):
    result = run("compare", net, "--methods", "phax", "--samples", "3", "-q", "-j", "1")
    assert result.exit_code == 0
    assert json.loads(Path("out/tiny/compare.json").read_text())["seeds"] == [1]
    assert "over" not in result.stdout


@pytest.mark.parametrize(
    ("methods", "wrong", "suggestion"),
    [("phax,latin", "latin", "latim"), ("RIM", "RIM", "rim"), ("phax;rim", "phax;rim", "phax")],
)
def test_a_method_that_is_none_is_named(net, methods, wrong, suggestion):
    result = run("compare", net, "--methods", methods)
    assert (result.exit_code, result.stdout) == (1, "")
    message, *_ = result.stderr.splitlines()
    assert message == f"error[IM135]: `method` must be {listing(METHODS)}, not `{wrong}`"
    assert f"help: did you mean `{suggestion}`?" in result.stderr
    assert not Path("out").exists()


@pytest.mark.parametrize("seeds", ["1,two", "1.5", "1;2"])
def test_seeds_are_whole_numbers(net, seeds):
    result = run("compare", net, "--methods", "phax", "--seeds", seeds)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"error[IM703]: `--seeds` must be whole numbers with commas, it was `{seeds}`\n"
    )
    assert not Path("out").exists()


@pytest.mark.parametrize("seed", ["-1", "99999999999999999999"])
def test_a_seed_has_the_bounds_that_it_has_in_a_source(net, seed):
    result = run("compare", net, "--methods", "phax", "--seeds", f"1,{seed}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "`seed` must be" in result.stderr
    assert f"1 | {seed}\n" in result.stderr


@pytest.mark.parametrize("samples", ["0", "-1", "many"])
def test_samples_are_a_number_of_them(net, samples):
    assert run("compare", net, "--samples", samples).exit_code == 2

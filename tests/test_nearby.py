"""What is proposed for a word, or the name of a file, that is nearly right."""

from __future__ import annotations

from pathlib import Path

from imnnc.nearby import similar_file, suggestion


def test_case_alone_counts_among_equal_words():
    assert suggestion("MV", ["mV", "MW"], cutoff=1.0) == "did you mean `mV`?"
    assert suggestion("spectr", ["ngspice", "spectre"]) == "did you mean `spectre`?"
    assert suggestion("x", ["ngspice"]) is None


def test_a_file_of_nearly_the_name_is_proposed_with_its_folder(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/wine.csv").touch()
    assert similar_file(Path("data/wines.csv")) == "did you mean `data/wine.csv`?"
    assert similar_file(Path("data/wine.csv")) is None  # it is there
    assert similar_file(Path("data/beer.npz")) is None
    assert similar_file(Path("gone/wine.csv")) is None
    assert similar_file(Path("data/a\0b")) is None


def test_a_source_that_is_not_there_is_answered_with_one_that_is(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("net.imnn").touch()
    assert similar_file(Path("nett.imnn")) == "did you mean `net.imnn`?"

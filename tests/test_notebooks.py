"""The notebooks of the documentation run, and are kept without what they print."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_its_output(path):
    found = nbformat.read(path, as_version=4)
    nbformat.validate(found)
    code = [cell for cell in found.cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert {cell.execution_count for cell in code} == {None}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path, monkeypatch):
    monkeypatch.setenv("IMNNC_CACHE_DIR", str(tmp_path / "cache"))
    found = nbformat.read(path, as_version=4)
    NotebookClient(found, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [x for cell in found.cells if cell.cell_type == "code" for x in cell.outputs]
    said = [x.text for x in outputs if x.output_type == "stream" and x.name == "stderr"]
    assert [text for text in said if not text.startswith("note[")] == []
    # A compile shows one line, and a figure is a picture.
    kinds = [set(x.data) for x in outputs if x.output_type == "display_data"]
    assert {"text/html", "text/plain"} in kinds
    assert {"image/png", "text/plain"} in kinds

"""The figure of `benchmarks/golden_check.py` on a network of a quarter of the cells."""

import pytest

from benchmarks.golden_check import measure


@pytest.mark.parametrize("widths", [[196, 100, 10]])
def test_an_image_network_is_compared_within_seconds(tmp_path, widths):
    rows = measure(widths, tmp_path)  # which fails where one of them is taken for what it is not
    assert max(row["seconds"] for row in rows) < 10

import numpy as np

from imnnc.measure.figures import EDGE_SECONDS, LEAD_SECONDS, settling
from imnnc.measure.recorded import recorded

EDGE = LEAD_SECONDS + EDGE_SECONDS / 2
TIMES = np.linspace(0.0, 1e-7, 2001)
ENDS = np.array([0.1, -0.2, 0.05, *[0.01] * 17])
VOLTS = ENDS * (1 - np.exp(-np.maximum(TIMES - EDGE, 0)[:, None] / (1e-8 / np.arange(1, 21))))


def test_what_is_kept_settles_when_the_whole_does():
    found = settling(TIMES, VOLTS, ENDS)
    kept = recorded(TIMES, VOLTS, ENDS, found.output, found.delay_seconds)
    first = kept.volts[:, 0]
    outside = (first < kept.band_volts[0]) | (first > kept.band_volts[1])
    assert kept.outputs[0] == found.output == 0
    assert kept.seconds[outside].max() < found.delay_seconds
    assert abs(kept.seconds[~outside].min() - found.delay_seconds) < 0.02 * found.delay_seconds


def test_few_times_and_the_outputs_that_move_most_are_kept():
    kept = recorded(TIMES, VOLTS, ENDS, 0, 2e-8)
    assert kept.outputs[:3] == (0, 1, 2)
    assert kept.volts.shape == (len(kept.seconds), 10)
    assert len(kept.seconds) <= 202
    assert kept.seconds[0] == -EDGE
    assert 2e-8 < kept.seconds[-1] <= 3e-8
    every = np.interp(TIMES[TIMES - EDGE <= 3e-8] - EDGE, kept.seconds, kept.volts[:, 1])
    np.testing.assert_allclose(every, VOLTS[: len(every), 1], atol=0.002)


def test_of_few_times_all_are_kept():
    kept = recorded(TIMES[:50], VOLTS[:50], ENDS, 1, 1.0)
    np.testing.assert_array_equal(kept.volts, VOLTS[:50, list(kept.outputs)])

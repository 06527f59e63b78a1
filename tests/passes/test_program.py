"""Programming puts cells at levels, and says what that does to the score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imnnc.artifacts.training import Quantisation, SizedNetwork
from imnnc.design import Memristor
from imnnc.passes.program import Program
from imnnc.physics.memristor import level_siemens
from imnnc.physics.network import CrossbarProgram
from imnnc.physics.threads import one_thread
from tests.support.exact import network
from tests.support.small import MEMRISTOR, SPEC, artifacts, context


def run(folder, memristor: Memristor = MEMRISTOR) -> tuple[CrossbarProgram, Quantisation]:
    sized = SizedNetwork(network((4, 5, 3)))
    with one_thread():
        programmed, quantisation = Program(SPEC).run(artifacts(sized, memristor), context(folder))
    assert isinstance(programmed, CrossbarProgram)
    assert isinstance(quantisation, Quantisation)
    return programmed, quantisation


def test_every_cell_is_at_a_level_of_the_device(tmp_path):
    programmed, _ = run(tmp_path)
    levels = level_siemens(MEMRISTOR)
    for crossbar in programmed.crossbars:
        for ohms, level in (
            (crossbar.ohms_plus, crossbar.level_plus),
            (crossbar.ohms_minus, crossbar.level_minus),
        ):
            assert np.allclose(1 / ohms, levels[level], rtol=1e-8)


def test_both_scores_are_on_the_test_samples(tmp_path):
    _, quantisation = run(tmp_path)
    assert quantisation.samples == 30
    for score in (quantisation.score_before, quantisation.score_after):
        assert (score * 30) == round(score * 30)


def test_a_continuous_device_costs_nothing(tmp_path):
    _, quantisation = run(tmp_path, replace(MEMRISTOR, levels=None))
    assert quantisation.score_before == quantisation.score_after


def test_two_levels_are_felt(tmp_path):
    programmed, _ = run(tmp_path, replace(MEMRISTOR, levels=2))
    ohms = np.concatenate([crossbar.ohms_plus.flatten() for crossbar in programmed.crossbars])
    assert set(ohms.tolist()) == {1250000.0, 8333333.33}

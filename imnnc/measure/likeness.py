"""How often a circuit answers as the model does that its training began at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.data.dataset import Dataset
from imnnc.design import Loss
from imnnc.measure.figures import target_mse
from imnnc.measure.verification import CornerVerification
from imnnc.methods.base import Predictor
from imnnc.perceptron.model import Perceptron
from imnnc.physics.network import FloatArray


@dataclass(frozen=True)
class Likeness:
    """Test samples, the answers of the model and those of the circuit, side by side.

    Of classes figures are parts of the samples, of volts mean squares in V^2.
    """

    samples: int
    classes: bool
    model: float  # the model's own accuracy, or its error against the targets
    predicted: float  # decisions of the model and of the prediction that are equal, or apart
    simulated_samples: int
    simulated: float  # the same of what ngspice found

    def to_json(self) -> dict[str, Any]:
        """What `summary.json` has of it."""
        agreement = "agreement" if self.classes else "apart_v2"
        return {
            "samples": self.samples,
            "accuracy" if self.classes else "target_mse_v2": self.model,
            agreement: {"predicted": self.predicted, "simulated": self.simulated},
            "simulated_samples": self.simulated_samples,
        }


def likeness(
    model: Perceptron,
    predictor: Predictor,
    data: Dataset,
    verified: CornerVerification,
    loss: Loss,
) -> Likeness:
    """Compare on all test samples, and on the first of them, which were simulated."""
    classes = loss == "cross_entropy"
    volts = data.test_inputs.astype(np.float64)
    answers, predicted = model.answers(volts), predictor.predict(volts)
    count = len(verified.simulated_volts)

    def alike(readout: FloatArray, wanted: FloatArray) -> float:
        if classes:
            return float((readout.argmax(axis=1) == wanted.argmax(axis=1)).mean())
        return target_mse(readout, wanted)

    return Likeness(
        len(volts),
        classes,
        _own(answers, data.test_targets, classes),
        alike(predicted, answers),
        count,
        alike(verified.simulated_volts, answers[:count]),
    )


def _own(answers: FloatArray, targets: NDArray[Any], classes: bool) -> float:
    if classes:
        return float((answers.argmax(axis=1) == targets).mean())
    return target_mse(answers, targets)

"""What a network that decides between classes takes for what, as the report shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.data import Dataset, Scaling
from imnnc.measure.confusion import Confusion, confusion
from imnnc.measure.verification import CornerVerification
from imnnc.methods.base import Predictor
from imnnc.report.pictures import Picture, mistaken

_MOST_CLASSES = 20  # of which a matrix can be read


@dataclass(frozen=True)
class Decisions:
    """Classes by what they are taken for, in the circuit and as predicted."""

    names: tuple[str, ...]
    circuit: Confusion  # of the samples that were simulated
    predicted: Confusion | None  # of all test samples; None: there are no more
    pictures: tuple[Picture, ...]
    mistaken: int  # pictures that are wrong or differ; of these some are shown

    @property
    def fits(self) -> bool:
        """Whether a matrix of so many classes can be read."""
        return len(self.names) <= _MOST_CLASSES

    @property
    def matrices(self) -> tuple[Confusion, ...]:
        """The circuit's, and the predicted one where there is one."""
        return (self.circuit,) if self.predicted is None else (self.circuit, self.predicted)


def decisions(
    found: CornerVerification,
    classes: NDArray[Any],
    data: Dataset,
    scaling: Scaling,
    predictor: Predictor,
) -> Decisions:
    """Those of a verification, whose samples are the first of the test samples."""
    count, outputs = found.simulated_volts.shape
    circuit = confusion(found.simulated_volts, classes)
    model = confusion(found.predicted_volts, classes)
    predicted = None
    if len(data.test_inputs) > count:
        volts = predictor.predict(data.test_inputs.astype(np.float64))
        predicted = confusion(volts, data.test_targets)
    pictures: list[Picture] = []
    of = 0
    if scaling.picture is not None:
        pictures, of = mistaken(
            data.test_inputs[:count].astype(np.float64),
            scaling.picture,
            found.simulated_volts,
            circuit,
            model,
        )
    return Decisions(scaling.class_names(outputs), circuit, predicted, tuple(pictures), of)

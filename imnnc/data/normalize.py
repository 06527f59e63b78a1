"""Each feature to a common scale, by what training samples say of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from imnnc.data.samples import Samples
from imnnc.data.scaling import SCALED_FEATURES, STANDARDISED, Reading
from imnnc.encoding import Encoding


@dataclass(frozen=True)
class Normalizer:
    """`(x - offset) / reach` of each feature, held within `low` and `high`.

    Values beyond are held at the ends, as a converter would hold them.
    """

    offset: NDArray[np.float64]  # (...), of one sample
    reach: NDArray[np.float64]
    low: float
    high: float

    def __call__(self, samples: Samples) -> Samples:
        """The samples on the common scale."""
        return replace(samples, inputs=np.clip(self._scaled(samples), self.low, self.high))

    def beyond(self, samples: Samples) -> NDArray[np.bool_]:
        """Which values (S, N) are held at an end."""
        inputs = self._scaled(samples).reshape(len(samples), -1)
        return (inputs < self.low) | (inputs > self.high)

    def _scaled(self, samples: Samples) -> NDArray[np.float64]:
        return np.asarray((samples.inputs - self.offset) / self.reach)


def normalizer(train: Samples, reading: Reading, encode: Encoding) -> Normalizer | None:
    """What training samples say of a scale; None where values are not normalized."""
    inputs = train.inputs.astype(np.float64)
    if reading == SCALED_FEATURES:
        offset = inputs.min(axis=0)
        reach, low, high = inputs.max(axis=0) - offset, 0.0, 1.0
    elif reading == STANDARDISED:
        offset, reach = inputs.mean(axis=0), inputs.std(axis=0)
        low, high = encode.data_low, encode.data_high
    else:
        return None
    return Normalizer(offset, np.where(reach > 0, reach, 1.0), low, high)

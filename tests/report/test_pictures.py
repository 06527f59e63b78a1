import base64
import io

import numpy as np
from PIL import Image

from imnnc.measure.confusion import confusion
from imnnc.report.pictures import MOST_PICTURES, encoded, mistaken


def test_a_picture_is_a_png_of_its_pixels():
    brightness = np.random.default_rng(1).uniform(0, 1, (4, 7))
    with Image.open(io.BytesIO(base64.b64decode(encoded(brightness)))) as found:
        assert found.mode == "L"
        np.testing.assert_array_equal(np.asarray(found), np.round(255 * brightness))


def test_those_where_circuit_and_model_differ_come_first_then_the_surest_of_the_wrong():
    simulated = np.array([[0.0, 0.1], [0.0, 0.3], [0.2, 0.0], [0.0, 0.2]])
    predicted = np.array([[0.0, 0.1], [0.0, 0.3], [0.0, 0.2], [0.0, 0.2]])
    classes = np.array([0, 0, 0, 1])
    pictures, of = mistaken(
        np.zeros((4, 4)),
        (2, 2),
        simulated,
        confusion(simulated, classes),
        confusion(predicted, classes),
    )
    assert [(x.sample, x.wanted, x.circuit, x.model) for x in pictures] == [
        (2, 0, 0, 1),
        (1, 0, 1, 1),
        (0, 0, 1, 1),
    ]
    assert [x.differs for x in pictures] == [True, False, False]
    assert of == 3


def test_at_most_a_dozen_are_shown():
    volts, classes = np.tile([0.0, 0.1], (40, 1)), np.zeros(40, np.int64)
    found = confusion(volts, classes)
    pictures, of = mistaken(np.zeros((40, 4)), (2, 2), volts, found, found)
    assert (len(pictures), of) == (MOST_PICTURES, 40)

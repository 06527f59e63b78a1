"""Charts: axes that people can read, and markup that nothing can break out of."""

from xml.etree import ElementTree

import pytest

from imnnc.report.svg import Plot, axis, element, markup, nice_step, number


def labels(of) -> list[str]:
    return [label for _, label in of.ticks]


@pytest.mark.parametrize(
    ("least", "step"), [(0.3, 0.5), (1.0, 1.0), (1.1, 2.0), (6e-4, 1e-3), (700.0, 1000.0)]
)
def test_steps_are_1_2_or_5_times_a_power_of_ten(least, step):
    assert nice_step(least) == pytest.approx(step)


def test_an_axis_ends_at_ticks_and_names_its_unit():
    found = axis([-0.0032, 0.0021], "error", "V")
    assert (found.low, found.high) == pytest.approx((-0.004, 0.004))
    assert labels(found) == ["−4", "−2", "0", "2", "4"]
    assert found.title == "error, mV"


def test_an_axis_may_end_at_its_values():
    found = axis([0.12e-6, 1e-6], "conductance", "S", widen=False)
    assert (found.low, found.high) == (0.12e-6, 1e-6)
    assert labels(found) == ["0.2", "0.4", "0.6", "0.8", "1.0"]
    assert found.title == "conductance, µS"


def test_fractions_are_labelled_in_percent():
    assert labels(axis([0.5, 0.8], "accuracy", "%")) == ["50", "60", "70", "80"]


def test_squares_of_a_unit_take_no_prefix():
    found = axis([0.031, 0.058], "error", "V²")
    assert (labels(found)[0], found.title) == ("0.03", "error, V²")


def test_things_that_are_counted_have_whole_ticks():
    assert labels(axis([0, 2], "cells", whole=True)) == ["0", "1", "2"]


@pytest.mark.parametrize("value", [0.0, 5.0, -1e-9])
def test_a_single_value_has_an_axis_around_it(value):
    found = axis([value, value], "x", "V")
    assert found.low < value < found.high
    assert len(found.ticks) >= 2


def test_numbers_have_a_minus_sign_and_no_negative_zero():
    assert [number(-1.26, 1), number(-0.01, 1), number(3, 0)] == ["−1.3", "0.0", "3"]


def test_texts_and_attributes_are_escaped():
    made = markup(element("text", "<b>&", element("title", "</svg>"), class_='"><script>'))
    assert "<script>" not in made
    assert "</svg>" not in made
    back = ElementTree.fromstring(made)
    assert (back.text, back.get("class")) == ("<b>&", '"><script>')


def plot() -> Plot:
    return Plot("a plot", axis([0, 10], "x", "V"), axis([0, 4], "y"), width=300, height=200)


def test_what_is_drawn_lies_where_the_axes_say():
    drawn = plot()
    assert (drawn.to_x(0), drawn.to_x(10)) == (drawn.left, drawn.right)
    assert (drawn.to_y(0), drawn.to_y(4)) == (drawn.bottom, drawn.top)
    drawn.line([0, 10], [0, 4], "first")
    (path,) = (x for x in drawn.svg if x.get("class") == "line first")
    assert path.get("d") == f"M{drawn.left:g} {drawn.bottom:g}L{drawn.right:g} {drawn.top:g}"


def test_a_plot_says_what_it_is_to_those_who_cannot_see_it():
    root = ElementTree.fromstring(plot().markup())
    assert root.get("role") == "img"
    assert root.findtext("title") == "a plot"


def test_every_dot_is_drawn():
    drawn = plot()
    drawn.dots([1, 2, 3], [1, 2, 3], "first")
    assert drawn.markup().count("h0") == 3


def test_a_bar_has_its_hint_and_an_empty_one_is_left_out():
    drawn = plot()
    drawn.bar(1, 2, 3, "first", "three")
    drawn.bar(2, 3, 0, "first", "none")
    assert [x.findtext("title") for x in drawn.svg.findall("rect")] == ["three"]


def test_the_outline_of_a_histogram_begins_and_ends_at_zero():
    drawn = plot()
    drawn.steps([0, 5, 10], [1, 4], "first")
    (path,) = (x for x in drawn.svg if x.get("class") == "line first")
    heights = [float(point.split()[1]) for point in path.get("d", "")[1:].split("L")]
    assert heights == pytest.approx([drawn.to_y(y) for y in (0, 1, 1, 4, 4, 0)], abs=0.05)

"""The `train` blocks: by which methods the network is trained, and with which settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

from imnnc.design import (
    METHODS,
    SWEPT,
    InverterSizes,
    Loss,
    MethodName,
    Network,
    Sweep,
    Technology,
    TrainSpec,
)
from imnnc.diagnostics import Label, Span, fail
from imnnc.lang.bounds import BOUNDS
from imnnc.lang.devices import header, select_corner
from imnnc.lang.problems import Problems
from imnnc.lang.settings import Settings, Word, one_of
from imnnc.lang.syntax import Section
from imnnc.lang.values import Scope
from imnnc.lang.vocabulary import LOSSES
from imnnc.limits import settings_of

_FIELDS = settings_of(TrainSpec)
# The fields that only some methods have.
_OWN = tuple(_FIELDS[key] for key in dict.fromkeys(chain(*(x.settings for x in METHODS.values()))))
# What may have several values.
_WORDS = {name: word for word, name in _FIELDS.items()}
_SWEPT = {_WORDS[name]: name for name in SWEPT}
_WIDEST = max(METHODS, key=lambda method: len(METHODS[method].settings))
# How far from a size a remedy is looked for, in steps of the grid.
_REACH = 100


def known_method(word: Word, what: str) -> MethodName:
    """The method that a word names."""
    text = one_of(word, what, METHODS, "IM135")
    return next(method for method in METHODS if method == text)


def train(
    section: Section,
    network: Network | None,
    technology: Technology | None,
    folder: Path,
    scope: Scope,
) -> TrainSpec:
    """A `train` block; raises `CompileError` with everything that is wrong with it.

    Sizes are checked against the layers where the network is known, corners against those of the
    technology where that is.  Files are relative to `folder`.
    """
    assert section.name is not None
    problems = Problems()
    method: MethodName | None = None
    with problems.gathered():
        method = known_method(Word(section.name.text, scope.span(section.name)), "train")
    owner = f"train {section.name.text[:60]}"
    # Behind an unknown method, every setting passes that one of the methods has.
    settings = Settings(section.block, f"train {method or _WIDEST}", owner, scope, problems)
    span = header(section, scope)
    loss = _loss(settings, owner, span)
    never = ("patience",) if settings.is_word("patience", "never") else ()
    options: dict[str, Any] = settings.numbers(TrainSpec, but=(*_SWEPT, *never))
    swept = {key: settings.amounts(key) for key in _SWEPT}
    sweeps = []
    for key, field in _SWEPT.items():
        values = tuple(float(amount.value) for amount in swept[key])
        if values:
            options[field] = values[0]
        if len(values) > 1:
            sweeps.append(Sweep(field, values))
    with problems.gathered():
        word = settings.word("unformed")
        if word is not None:
            one_of(word, "unformed", ("off",), "IM113")
            options["all_formed"] = True
    with problems.gathered():
        word = settings.word("chips")
        if word is not None and one_of(word, "chips", ("on", "off"), "IM113") == "on":
            options["chips"] = True
    corners = settings.words("corners")
    if corners is not None:
        options["corners"] = tuple(corner.text for corner in corners)
        for corner in corners:
            with problems.gathered():
                if technology is not None:
                    select_corner(corner, technology)
    model = settings.file("from", folder)
    if model is not None:
        options["model"] = model
    if method is not None and network is not None and _has_size(method):
        for amount in swept["size"]:
            with problems.gathered():
                _check_size(float(amount.value), network, amount.span, "write")
        if "size" not in settings:
            with problems.gathered():
                options["size"] = _default_size(network, span, "write")
    problems.check()
    assert method is not None, "an unknown method has been reported"
    return TrainSpec(method=method, loss=loss, **options, sweeps=tuple(sweeps), span=span)


def with_first(
    trains: Sequence[TrainSpec], method: MethodName, network: Network | None
) -> list[TrainSpec]:
    """The blocks with that of a method in front.

    Where there is none, it is the first block with its method exchanged: what all methods have
    stays, what only some have is as if it were not given.

    Raises:
        CompileError: the default size is none of a layer's.
    """
    found = [train for train in trains if train.method == method]
    others = [train for train in trains if train.method != method]
    return [*(found or [_exchanged(trains[0], method, network)]), *others]


def _exchanged(train: TrainSpec, method: MethodName, network: Network | None) -> TrainSpec:
    options: dict[str, Any] = {field: getattr(TrainSpec, field) for field in _OWN}
    if network is not None and train.span is not None and _has_size(method):
        remedy = f"add a `train {method}` block with"
        options["size"] = _default_size(network, train.span, remedy)
    sweeps = tuple(sweep for sweep in train.sweeps if sweep.field not in _OWN)
    return replace(train, method=method, sweeps=sweeps, **options)


def _loss(settings: Settings, owner: str, span: Span) -> Loss:
    with settings.problems.gathered():
        word = settings.word("loss")
        if "loss" not in settings:
            raise fail(
                "IM112",
                f"`{owner}` must have a `loss`",
                span,
                help="`loss cross_entropy` for classes, `loss mse` for numbers",
            )
        if word is not None and one_of(word, "loss", LOSSES, "IM134") == "mse":
            return "mse"
    return "cross_entropy"


def _has_size(method: MethodName) -> bool:
    """Whether a method gives every inverter one size."""
    return "size" in METHODS[method].settings


def _default_size(network: Network, span: Span, remedy: str) -> float:
    """The size that every inverter has where all are fixed to one, else that of `TrainSpec`.

    Raises:
        CompileError: a layer cannot have it; `remedy` says what to do with a `size` that fits.
    """
    size = TrainSpec.size
    ranges = {(layer.inverter.minimum, layer.inverter.maximum) for layer in network.layers}
    if len(ranges) == 1:
        low, high = ranges.pop()
        size = low if low == high else size
    _check_size(size, network, span, remedy, notes=[f"without `size` it is {_show(size)}"])
    return size


def _check_size(
    size: float, network: Network, span: Span, remedy: str, notes: Iterable[str] = ()
) -> None:
    """Check that the inverters of every layer can have a size."""
    wrong = next((layer for layer in network.layers if not _is_size(size, layer.inverter)), None)
    if wrong is None:
        return
    fitting = _fitting(size, network)
    at = wrong.inverter.span
    raise fail(
        "IM127",
        f"`size` must be one that every inverter can have, not {_show(size)}",
        span,
        secondary=[Label(at, f"the sizes of `{wrong.name}`")] if at is not None else [],
        notes=notes,
        help="give the layers a size in common"
        if fitting is None
        else f"{remedy} `size {_show(fitting)}`",
    )


def _is_size(size: float, inverter: InverterSizes) -> bool:
    if not inverter.minimum <= size <= inverter.maximum:
        return False
    if inverter.step is None:
        return True
    steps = (size - inverter.minimum) / inverter.step
    return abs(steps - round(steps)) < 1e-9 * max(1.0, steps)


def _fitting(size: float, network: Network) -> float | None:
    """A size that every layer can have, near to one that some cannot; None: none was found."""
    inverters = {layer.inverter for layer in network.layers}
    low = max(inverter.minimum for inverter in inverters)
    high = min(inverter.maximum for inverter in inverters)
    if low > high:
        return None
    near = min(max(size, low), high)
    candidates = _grid(near, inverters)
    return next((x for x in candidates if all(_is_size(x, y) for y in inverters)), None)


def _grid(near: float, inverters: Iterable[InverterSizes]) -> Iterator[float]:
    """Sizes on the coarsest grid, outwards from one; that one itself where all are continuous."""
    step, origin = max((x.step or 0.0, x.minimum) for x in inverters)
    if not step:
        yield near
        return
    middle = round((near - origin) / step)
    for distance in range(_REACH):
        yield origin + (middle - distance) * step
        yield origin + (middle + distance) * step


def _show(size: float) -> str:
    return BOUNDS["size"].show(Fraction(size))

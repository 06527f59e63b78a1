"""Classes that a table has by their names: numbered once, for training and test samples alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from imnnc.data.samples import Samples
from imnnc.data.table import Table
from imnnc.design import Network
from imnnc.diagnostics import Diagnostic, Label, Span, fail

_MOST_NAMED = 10  # classes in one message


def check_names(table: Table, network: Network, span: Span | None) -> Iterator[Diagnostic]:
    """A note of which class has which number (IM230).

    Raises:
        CompileError: IM210 where there are more of them than outputs.
    """
    if table.classes is None:
        return
    output, found = network.output, table.classes
    if len(found) > output.width:
        raise fail(
            "IM210",
            f"`{output.name}` has {output.width} outputs, `{table.origin.path}` has {len(found)}"
            f" classes: {_listed(found)}",
            span,
            secondary=() if output.span is None else (Label(output.span, "an output a class"),),
            help=f"write `{output.name}[{len(found)}]`, or look whether `labels` are that column",
        )
    numbered = [f"{number} is {name}" for number, name in enumerate(found)]
    yield Diagnostic(
        "IM230",
        f"classes of `{table.origin.path}` are numbered by their names: {_listed(numbered)}",
        severity="note",
    )


def same_classes(train: Table, test: Table, samples: Samples, span: Span | None) -> Samples:
    """Test samples with the numbers that the training data give their classes.

    Raises:
        CompileError: IM210 for a class that training data do not have, or where one of both has
            names and the other numbers.
    """
    known, found = train.classes, test.classes
    if known == found:
        return samples
    if known is None or found is None:
        named, other = (train, test) if found is None else (test, train)
        raise fail(
            "IM210",
            f"classes must be named alike, `{named.origin.path}` has names and"
            f" `{other.origin.path}` numbers",
            span,
        )
    if unknown := sorted(set(found) - set(known)):
        line = test.lines[np.argmax(test.values[:, -1] == found.index(unknown[0]))]
        raise fail(
            "IM210",
            f"a class of test data must be one of the training data, line {line} of"
            f" `{test.origin.path}` has `{unknown[0]}`",
            span,
            notes=[f"training data have {_listed(known)}"],
        )
    numbers = np.array([known.index(name) for name in found], float)
    return replace(samples, targets=numbers[samples.targets.astype(int)])


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

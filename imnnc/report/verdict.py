"""Whether a network is worth anything, in a sentence where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from imnnc.artifacts.training import Quantisation, TrainingHistory
from imnnc.design import Loss, Network
from imnnc.diagnostics import Diagnostic
from imnnc.measure.guessing import Guess
from imnnc.report.decisions import Decisions

_ONE_CLASS = 0.8  # of the samples


def verdict(
    network: Network,
    loss: Loss,
    guess: Guess,
    reached: Quantisation,
    history: TrainingHistory,
    decisions: Decisions | None,
) -> Iterator[Diagnostic]:
    """A warning of a network that is about as good as a constant answer (IM411)."""
    if not guess.is_as_good(reached.score_after):
        return

    def told(score: float) -> str:
        return f"{score:.1%}" if loss == "cross_entropy" else f"{-score:.3g} V²"

    name, score = f"`{network.name}`", told(reached.score_after)
    if guess.answer is None or decisions is None:
        message = (
            f"the mean square error of {name} on {reached.samples} test samples is {score}, that "
            f"of always answering the mean of the training targets is {told(guess.score)}"
        )
    else:
        message = (
            f"{name} is right for {score} of {reached.samples} test samples, always answering "
            f"class {decisions.names[guess.answer]} would be for {told(guess.score)}"
        )
    yield Diagnostic(
        "IM411",
        message,
        network.span,
        notes=(
            *_decided(decisions),
            f"the loss of training went from {history.losses[0]:.3g} to {history.losses[-1]:.3g},"
            f" epochs: {len(history.losses)}",
        ),
        help=_remedy(guess, reached, history, told),
        severity="warning",
    )


def _decided(decisions: Decisions | None) -> Iterator[str]:
    """That one class is all that a network answers."""
    if decisions is None:
        return
    taken = decisions.matrices[-1].counts.sum(axis=0)
    if (taken > 0).sum() == 1:
        yield f"every one of them is taken for class {decisions.names[int(taken.argmax())]}"


def _remedy(
    guess: Guess, reached: Quantisation, history: TrainingHistory, told: Callable[[float], str]
) -> str:
    if not guess.is_as_good(reached.score_before):
        return (
            "the levels of the cells cost it, with cells as trained it has "
            f"{told(reached.score_before)}: allow more `levels`, or a wider range of conductances"
        )
    if not guess.is_as_good(best := max(history.scores)):
        return (
            f"validation samples, which are of the training samples, had {told(best)}: look "
            "whether test samples are of the same kind"
        )
    if guess.answer is not None and guess.score >= _ONE_CLASS:
        return (
            f"{guess.score:.1%} of the test samples are of one class, so that an accuracy says "
            "little: train and test with as many of each"
        )
    return (
        "try another `learning_rate`, more `epochs`, larger layers or sizes, smaller conductances,"
        " and look whether each target belongs to its sample"
    )

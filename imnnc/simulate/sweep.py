"""Many operating points as one sweep: each begins at the one before it.

An `op` of ngspice begins at nothing and orders its matrix anew, which is most of the time that it
takes.  A `.dc` sweep does neither.  So the sources of a testbench become functions of one more
source, the number of a sample, and that one is swept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from imnnc.simulate.base import FloatArray, save_commands

# With fewer samples a second deck does not pay.
LEAST_SAMPLES = 8

# The last point of every sweep is compared with the operating point by itself.
AGREEMENT_VOLTS = 1e-9

# Newton's method ends where a step is below the tolerances, which the first step away from another
# operating point can be: with the 1e-6 of our decks single points were 130 nV off.  This costs one
# iteration in thirty.
TIGHTER = "option reltol=1e-9"

_NUMBER = "imnnc_sample"
_PAIRS_A_LINE = 4


@dataclass(frozen=True)
class Sweep:
    """A testbench that goes through samples, and what its probes are called."""

    text: str
    order: tuple[int, ...]  # of the samples
    probes: tuple[str, ...]

    @property
    def commands(self) -> list[str]:
        """What a simulator is told that has loaded it."""
        return [TIGHTER, *save_commands(self.probes), f"dc v{_NUMBER} 0 {len(self.order) - 1} 1"]

    def in_order(self, found: FloatArray) -> FloatArray:
        """The probes (S, p) of a sweep in the order of the samples."""
        sorted_ = np.empty_like(found)
        sorted_[list(self.order)] = found
        return sorted_

    def agrees(self, found: FloatArray, alone: FloatArray) -> bool:
        """Whether the last of the points (S, p) is what an `op` gives, (p,); volts alone count."""
        volts = [probe.startswith("v(") for probe in self.probes]
        return bool((np.abs(found[-1] - alone)[volts] <= AGREEMENT_VOLTS).all())


def sweep_of(
    testbench: str, sources: Sequence[str], values: FloatArray, probes: Sequence[str]
) -> Sweep | None:
    """The sweep of sources through samples, `values` (S, n) in volts.

    None where the text of the testbench has not each source as one line, with a DC value alone.
    """
    order = _neighbours(values)
    columns = dict(zip(sources, values[order].T, strict=True))
    lines = testbench.splitlines()
    written = [lines[0], f"V{_NUMBER} {_NUMBER} 0 0"]
    depth = 0
    for line, following in zip(lines[1:], [*lines[2:], ""], strict=True):
        words = line.split()
        first = words[0].lower() if words else ""
        depth += (first == ".subckt") - (first == ".ends")
        if depth or first not in columns:
            written.append(line)
        elif _is_plain(words) and not following.lstrip().startswith("+"):
            written += _function(words, columns.pop(first))
        else:
            return None
    if columns:
        return None
    renamed = {f"i({name})": f"i(b{name})" for name in sources}
    return Sweep(
        "\n".join(written) + "\n",
        tuple(order),
        tuple(renamed.get(probe, probe) for probe in probes),
    )


def _neighbours(values: FloatArray) -> list[int]:
    """An order of samples (S, n) in which each is followed by the nearest that is left.

    Newton's method takes a fifth less steps for it.
    """
    left = list(range(1, len(values)))
    order = [0]
    while left:
        distances = np.square(values[left] - values[order[-1]]).sum(1)
        order.append(left.pop(int(distances.argmin())))
    return order


def _is_plain(words: Sequence[str]) -> bool:
    return len(words) == 4 or (len(words) == 5 and words[3].lower() == "dc")


def _function(words: Sequence[str], volts: FloatArray) -> Iterator[str]:
    """A source that has the k-th of `volts` (S,) where the number of the sample is k."""
    yield f"B{words[0]} {words[1]} {words[2]} V=pwl(v({_NUMBER}),"
    pairs = [f"{number},{volt:.17g}" for number, volt in enumerate(volts.tolist())]
    for start in range(0, len(pairs), _PAIRS_A_LINE):
        end = start + _PAIRS_A_LINE
        yield "+ " + ",".join(pairs[start:end]) + ("," if end < len(pairs) else ")")

"""Fits the curve networks that come with the compiler.

`python -m imnnc.passes.ship_curves [NAME ...]` writes those of built-in technologies beside them,
of all that have some where none is named.  What is still true is kept: a change of the fit has to
show in the `version` of its pass.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

from imnnc.design import Technology
from imnnc.lang import load_technology, technology_names
from imnnc.passes.fit_vtc import NODES, FitVtc, fit, misses
from imnnc.physics.shipped import path_of, shipped_curve, text_of
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import CurveFit, CurveNetwork
from imnnc.simulate.characterize import characterize

# Up to four cells of 1 uS a row, and up to sixteen.
_LOADS_SIEMENS = (4e-6, 1.6e-5)
# At the corner that networks are designed at also a single one, and up to sixty-four.
_LOADS_OF_DESIGN = (1e-6, *_LOADS_SIEMENS, 6.4e-5)


def fits_of(technology: Technology) -> Iterator[tuple[str, CurveFit]]:
    """The corners and fits that are shipped of a technology: of a kit, those of a few cells."""
    own, ours = technology.corner, technology.kit is None
    for corner in technology.corners if ours else (own,):
        for load in _LOADS_OF_DESIGN if ours and corner == own else _LOADS_SIEMENS:
            yield from ((corner, FitVtc(load).of(node)) for node in NODES)


def _curve(work: tuple[InverterTable, CurveFit]) -> CurveNetwork:
    return shipped_curve(*work) or fit(*work)


def main() -> None:
    """Write the curves of the technologies that are named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    shipped = [name for name in technology_names() if path_of(name).exists()]
    parser.add_argument("names", nargs="*", default=shipped, metavar="NAME")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    arguments = parser.parse_args()
    for name in arguments.names:
        technology = load_technology(name)
        wanted = list(fits_of(technology))
        tables = {
            corner: characterize(replace(technology, corner=corner))
            for corner in dict.fromkeys(corner for corner, _ in wanted)
        }
        work = [(tables[corner], settings) for corner, settings in wanted]
        kept = []
        with ProcessPoolExecutor(arguments.jobs) as processes:
            for (table, settings), network in zip(work, processes.map(_curve, work), strict=True):
                missed = misses(network)
                print(
                    f"{name} {table.corner} {settings.node} {settings.g_max_siemens * 1e6:g} uS:"
                    f" RMS {network.rms_error_volts * 1e3:.3f} mV{', misses' if missed else ''}",
                    flush=True,
                )
                if not missed:
                    kept.append((table, settings, network))
        path_of(name).write_text(text_of(kept), encoding="utf-8")


if __name__ == "__main__":
    main()

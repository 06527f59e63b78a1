"""The curve networks that come with the compiler: a fit takes ten seconds, reading it none.

They lie in `technology/NAME.curves.json`, each with all that its fit depends on besides the
currents of the inverter, and with its errors at loads that are always the same.  One counts where
the settings agree to the last digit, and where it is as far from the table at hand as it was from
the one that it was fitted to.  So another simulator or other models have the curve fitted anew; a
processor that rounds the last digit of a current differently does not.  A fit that has to be done
begins with the nearest of them, which takes less than half of the time.

`python -m imnnc.passes.ship_curves` writes them.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from imnnc.physics.curve_fit import errors_at_few
from imnnc.physics.table import InverterTable
from imnnc.physics.threads import one_thread
from imnnc.physics.vtc import CurveFit, CurveNetwork, CurveScales
from imnnc.resources import resource

# Of errors of some 50 uV, which are reproduced to a millionth of that by any arithmetic.
_AGREES = 1e-6
# Ratio of supplies.  From 0.25 V the curves of 0.3 V are reached in one round, of 0.35 V not.
_LIKE = 1.25
_ARRAYS = ("hidden_weight", "hidden_bias", "output_weight", "output_bias")


def shipped_curve(table: InverterTable, fit: CurveFit) -> CurveNetwork | None:
    """What `fit` gives for `table`, where that comes with the compiler and is still true."""
    wanted = _identity(table, fit)
    for each in _read(path_of(table.technology)):
        if each["fit"] == wanted:
            network = _network(each)
            found = zip(_errors(table, network), each["errors_volts"], strict=True)
            return network if all(math.isclose(*x, rel_tol=_AGREES) for x in found) else None
    return None


def nearest_curve(table: InverterTable, fit: CurveFit) -> CurveNetwork | None:
    """The shipped curve to begin a fit with: of the corner, and of about the same load.

    None where there is none of the size that is to be fitted, or only of a supply so different
    that nothing is gained.
    """
    alike = [
        each
        for each in _read(path_of(table.technology))
        if each["fit"]["corner"] == table.corner
        and all(each["fit"][name] == getattr(fit, name) for name in ("node", "hidden", "terms"))
        and 1 / _LIKE < each["fit"]["supply_volts"] / table.supply_volts < _LIKE
    ]

    def distance(each: Mapping[str, Any]) -> float:
        return abs(math.log(each["fit"]["g_max_siemens"] / fit.g_max_siemens))

    return _network(min(alike, key=distance)) if alike else None


def path_of(technology: str) -> Path:
    """Where the curves of a technology are, if it has any."""
    return resource("technology") / f"{technology}.curves.json"


def text_of(curves: Iterable[tuple[InverterTable, CurveFit, CurveNetwork]]) -> str:
    """The curves of one technology as they are shipped."""
    shown = []
    for table, fit, network in curves:
        parts = {
            "fit": _identity(table, fit),
            "errors_volts": _errors(table, network),
            **{x.name: _plain(getattr(network, x.name)) for x in fields(network)},
        }
        lines = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in parts.items())
        shown.append("{" + ",\n ".join(lines) + "}")
    return "[" + ",\n".join(shown) + "]\n"


def _identity(table: InverterTable, fit: CurveFit) -> dict[str, Any]:
    """All that a fit depends on besides the currents."""
    return {
        "corner": table.corner,
        "temperature_celsius": table.temperature_celsius,
        "supply_volts": table.supply_volts,
        **asdict(fit),
    }


def _errors(table: InverterTable, network: CurveNetwork) -> list[float]:
    with one_thread():
        return list(errors_at_few(table, network))


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return asdict(value) if isinstance(value, CurveScales) else value


@functools.cache
def _read(path: Path) -> list[Mapping[str, Any]]:
    if not path.exists():
        return []
    curves: list[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return curves


def _network(stored: Mapping[str, Any]) -> CurveNetwork:
    return CurveNetwork(
        scales=CurveScales(**stored["scales"]),
        **{name: np.array(stored[name], dtype=np.float64) for name in _ARRAYS},
        rms_error_volts=stored["rms_error_volts"],
        max_error_volts=stored["max_error_volts"],
    )

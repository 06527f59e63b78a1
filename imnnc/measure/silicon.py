"""What has to be known of a technology's transistors before chips of it can be solved."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise, product

import numpy as np

from imnnc.design import Technology
from imnnc.diagnostics import fail
from imnnc.measure.chips import Subject
from imnnc.physics.chips import Spread, reach_volts
from imnnc.physics.family import DeviceFamily, Shared
from imnnc.physics.grid import MARGIN_CELLS, grid_cells
from imnnc.physics.network import NetworkParameters
from imnnc.physics.table import DeviceTable, InverterTable
from imnnc.simulate.characterize import characterize_devices
from imnnc.technology.process import skewed_corners

_LEAST_KELVIN = 1.0  # between temperatures that are measured
# Between so many a loaded output is within 0.1 mV of ngspice, from -40 to 125 C; of three, 0.6 mV.
_TEMPERATURES = 4


def subject_of(
    technology: Technology,
    parameters: NetworkParameters,
    table: InverterTable,
    spread: Spread,
    *,
    jobs: int,
    timeout_seconds: float,
    rails_volts: float = 0.0,
) -> Subject:
    """The network with its transistors as ngspice measures them, gates beyond the rails.

    Where chips share more than what is nominal, also at corners, temperatures and a larger supply.
    `rails_volts` is by how much the rails are moved, as they are for one die.  So many simulators,
    `jobs`, run at once, on this machine, which has the models.  Fails as `characterize_devices`
    does, and with IM117 where corners are not around the technology's own.
    """
    reach = reach_volts(parameters, spread) + abs(rails_volts)
    wanted = [(technology, reach)]
    if spread.shares:
        volts = technology.supply_volts * (1 + spread.supply)
        wide = replace(technology, supply_volts=volts)
        # What is moved from rail to rail has to be within the table, and splines end inside it.
        more = reach + 2 * MARGIN_CELLS * 2 * volts / grid_cells(volts) if spread.supply else reach
        corners = [technology.corner]
        if spread.process:
            corners += skewed_corners(technology.corners, technology.corner)
        celsius = temperatures(technology, spread)
        wanted += [
            (replace(wide, corner=corner, temperature_celsius=x), more)
            for corner, x in product(corners, celsius)
        ]
    with ThreadPoolExecutor(min(jobs, os.cpu_count() or 1)) as pool:
        found = [
            pool.submit(characterize_devices, *what, timeout_seconds=timeout_seconds)
            for what in wanted
        ]
        devices, *tables = (each.result() for each in found)
    family = None
    if spread.shares:
        rows = tuple(
            tuple(tables[k : k + len(celsius)]) for k in range(0, len(tables), len(celsius))
        )
        nominal = celsius.index(technology.temperature_celsius)
        speeds = tuple(_speeds(row[nominal], rows[0][nominal]) for row in rows)
        if len(set(speeds)) < len(speeds):
            raise fail(
                "IM117",
                "`process` must go with corners at which each kind of transistor is fast and slow"
                f" with either of the other, of `{technology.name}` two are alike",
                technology.span,
            )
        family = DeviceFamily(
            speeds, rows, technology.temperature_celsius, technology.supply_volts, reach
        )
    return Subject(parameters, table, devices, spread, family, rails_volts)


def temperatures(technology: Technology, spread: Spread) -> tuple[float, ...]:
    """Those to measure at, in degrees Celsius: the nominal one, both ends, and between them."""
    nominal = technology.temperature_celsius
    found = [nominal]
    for kelvin in (spread.cooler_kelvin, spread.warmer_kelvin):
        if all(abs(nominal + kelvin - x) >= _LEAST_KELVIN for x in found):
            found.append(nominal + kelvin)
    while 1 < len(found) < _TEMPERATURES:
        found.sort()
        low, high = max(pairwise(found), key=lambda gap: gap[1] - gap[0])
        found.append((low + high) / 2)
    return tuple(sorted(found))


def measured_at(technology: Technology, shared: Shared, family: DeviceFamily) -> Technology:
    """The technology as a chip has it that is at a corner: what decks are written for."""
    corner = family.corners.index(shared.nearest_corner)
    return replace(
        technology,
        corner=family.tables[corner][0].corner,
        temperature_celsius=technology.temperature_celsius + shared.kelvin,
        supply_volts=technology.supply_volts * (1 + shared.supply),
    )


def _speeds(table: DeviceTable, typical: DeviceTable) -> tuple[int, int]:
    """Of NMOS and PMOS, by what they conduct midway: 1 where they are faster, -1 where slower."""
    row, column = (x // 2 for x in table.pull_up_amperes.shape)
    n, p = (
        int(np.sign(getattr(table, name)[row, column] - getattr(typical, name)[row, column]))
        for name in ("pull_down_amperes", "pull_up_amperes")
    )
    return n, p

"""A behavioural model of the neuron in Verilog-A.

Two inverters in cascade, their static currents as polynomials of the table that ngspice measured
(`imnnc.physics.polynomial`), their capacitances between the terminals and the negative rail.  The
language is that of the Verilog-AMS Language Reference Manual 2.4, without `$table_model`: whose
files and ways to interpolate differ from tool to tool, and which OpenVAF does not have.
"""

from __future__ import annotations

from pathlib import Path

from imnnc.emit.dialect import Header
from imnnc.emit.hdl import fit_fields, write_text
from imnnc.physics.polynomial import InverterPolynomials, fit_polynomials
from imnnc.physics.table import InverterTable


def veriloga_name(network: str) -> str:
    """The file of the neuron."""
    return f"{network}.veriloga.va"


def write_veriloga(
    table: InverterTable, folder: Path, header: Header, fit: InverterPolynomials | None = None
) -> list[str]:
    """Write the neuron of the network in `header`; the name of the file.

    Fails with IM510 where it cannot be written.
    """
    name = veriloga_name(header.network)
    write_text(
        folder / name,
        "veriloga",
        "neuron.va.j2",
        header=header,
        table=table,
        dialect=_Comments(),
        **fit_fields(fit or fit_polynomials(table)),
    )
    return [name]


class _Comments:
    """How the lines at the head of a file begin."""

    comment = "//"

"""A circuit with the models that another simulator has of its technology."""

from __future__ import annotations

from dataclasses import replace

from imnnc.circuit.ir import Circuit, Include, Item, ModelCell, Transistor
from imnnc.design import ForeignModels, Technology


def with_models(circuit: Circuit, technology: Technology, models: ForeignModels) -> Circuit:
    """The circuit whose transistors are those of `models`, which it names and has no copy of."""
    devices = {technology.nmos.device: models.nmos, technology.pmos.device: models.pmos}

    def renamed(item: Item) -> Item:
        if not isinstance(item, Transistor):
            return item
        return replace(
            item,
            device=devices[item.device],
            terminals=models.terminals,
            is_subcircuit=models.instance_prefix == "X",
            length_unit_meters=models.length_unit_meters,
        )

    has_cells = any(isinstance(x, ModelCell) for m in circuit.modules for x in m.items)
    # The library of cells is the source's own, read just before that of the transistors.
    cells = circuit.includes[-2:-1] if has_cells else ()
    libraries = [Include(models.file, x, is_named=True) for x in models.sections or (None,)]
    modules = tuple(
        replace(module, items=tuple(map(renamed, module.items))) for module in circuit.modules
    )
    return replace(circuit, modules=modules, includes=(*cells, *libraries))

"""The language: from text to a validated `Design`, and back to text in one canonical form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imnnc.lazily import exported

if TYPE_CHECKING:
    from imnnc.lang.checking import check_source
    from imnnc.lang.devices import argument_corner
    from imnnc.lang.elaborate import load_design
    from imnnc.lang.format import format_source
    from imnnc.lang.kits import kit_warnings
    from imnnc.lang.modules import decode, read_bytes, read_source
    from imnnc.lang.visible import built_in_technology, load_technology, technology_names

__all__ = [
    "argument_corner",
    "built_in_technology",
    "check_source",
    "decode",
    "format_source",
    "kit_warnings",
    "load_design",
    "load_technology",
    "read_bytes",
    "read_source",
    "technology_names",
]

# Who formats a file does not wait for what checks one.
__getattr__, __dir__ = exported(
    __name__,
    {
        "imnnc.lang.checking": ("check_source",),
        "imnnc.lang.devices": ("argument_corner",),
        "imnnc.lang.elaborate": ("load_design",),
        "imnnc.lang.format": ("format_source",),
        "imnnc.lang.kits": ("kit_warnings",),
        "imnnc.lang.modules": ("decode", "read_bytes", "read_source"),
        "imnnc.lang.visible": ("built_in_technology", "load_technology", "technology_names"),
    },
)

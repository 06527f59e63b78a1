"""The language: from text to a validated `Design`, and back to text in one canonical form."""

from imnnc.lang.checking import check_source
from imnnc.lang.devices import argument_corner
from imnnc.lang.elaborate import load_design
from imnnc.lang.format import format_source
from imnnc.lang.kits import kit_warnings
from imnnc.lang.modules import decode, read_bytes, read_source
from imnnc.lang.parse import parse
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
    "parse",
    "read_bytes",
    "read_source",
    "technology_names",
]

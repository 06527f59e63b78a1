"""Subpackages with the name of a function of `imnnc`, which are called as that function.

Python makes a subpackage an attribute of its package once anything has imported it, in the place
of a function of the same name.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Called(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        function = getattr(import_module("imnnc.api"), self.__name__.rpartition(".")[2])
        return function(*arguments, **options)


def called_as_function(name: str) -> None:
    """Have the module of this name be called as the function of `imnnc.api` that has its name."""
    sys.modules[name].__class__ = _Called

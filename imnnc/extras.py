"""Packages that only some functions need, which extras of imnnc bring, imported when called for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from imnnc.diagnostics import ExitCode, fail

# By what they are imported as, where pip calls them otherwise.
_PIP_NAMES = {"sklearn": "scikit-learn"}


def optional(module: str, extra: str) -> Any:
    """A module of a package that the extra `extra` of imnnc brings.

    Raises:
        CompileError: IM745 where the package is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise fail(
            "IM745",
            f"this needs the package `{_PIP_NAMES.get(package, package)}`, which is not installed",
            help=f"`pip install 'imnnc[{extra}]'`",
            exit_code=ExitCode.TOOL,
        ) from error

"""Kits of foundries: how a technology describes where its models may be, and finding them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from imnnc.design import Technology
from imnnc.diagnostics import CompileError, Diagnostic, ExitCode, fail
from imnnc.lang.settings import Settings
from imnnc.technology.kits import ROOT_VARIABLE, Kit, Missing, files_beside, find_kit


def kit(settings: Settings) -> Kit:
    """The `kit` of a technology's block; what is wrong is in `settings.problems`."""
    setting = settings.setting("kit")
    name = settings.text("kit") or ""
    inner = Settings(setting.block, "kit", f"kit {name}", settings.scope, settings.problems)
    if "pdk_root" not in inner and "package" not in inner:
        with settings.problems.gathered():
            raise fail(
                "IM112",
                f"`kit {name}` must have `pdk_root` or `package`",
                settings.scope.span(setting.key),
            )
    folders = inner.texts("pdk_root")
    package_folder = inner.text("package_folder") or ""
    for key, places in (("pdk_root", folders), ("package_folder", (package_folder,))):
        for place in places:
            path = PurePosixPath(place)
            if path.is_absolute() or ".." in path.parts:
                with settings.problems.gathered():
                    raise fail(
                        "IM113",
                        f"`{key}` must be a folder below another one, not `{place[:60]}`",
                        inner.span(key),
                    )
    return Kit(name, folders, inner.text("package"), package_folder, inner.text("install"))


def with_library(technology: Technology, library: Path, includes: tuple[Path, ...]) -> Technology:
    """A technology whose model files are these, which are somebody's own copy of its kit."""
    if technology.kit is None:
        return replace(technology, library=library, includes=includes)
    files = files_beside(technology.kit, library)
    return replace(
        technology,
        library=library,
        includes=includes,
        library_folder=files.inside,
        kit_files=files,
    )


def located(technology: Technology) -> Technology:
    """The technology with the paths of its model files, where they are in a kit.

    Fails with IM145 where the kit is in none of its places.
    """
    if technology.kit is None or technology.kit_files is not None:
        return technology
    library = technology.library.as_posix()
    found = find_kit(technology.kit, library)
    if isinstance(found, Missing):
        raise _missing(technology, technology.kit, found)
    return replace(
        technology,
        library=found.folder / library,
        includes=tuple(found.folder / path for path in technology.includes),
        library_folder=found.inside,
        kit_files=found,
    )


def kit_warnings(technology: Technology) -> list[Diagnostic]:
    """What to tell of where the kit was found: that a `$PDK_ROOT` was passed over."""
    files = technology.kit_files
    if technology.kit is None or files is None or files.passed_over is None:
        return []
    package = technology.kit.package
    return [
        Diagnostic(
            "IM146",
            f"`{ROOT_VARIABLE}` does not have the kit {technology.kit.name}, "
            f"the Python package `{package}` {files.version} is used in its place",
            technology.span,
            notes=(files.passed_over.reason,),
            help=files.passed_over.remedy,
            severity="warning",
        )
    ]


def _missing(technology: Technology, kit: Kit, missing: Missing) -> CompileError:
    library = technology.library
    root = missing.remedy or f"set `{ROOT_VARIABLE}` to the folder of your kits"
    ways = [root] if kit.pdk_root else []
    if kit.install is not None:
        ways.insert(0, f"install it with `{kit.install}`")
    ways.append(
        f'write where it is, `technology {technology.name} {{ library ".../{library.name}" }}`'
    )
    return fail(
        "IM145",
        f"technology `{technology.name}` needs the kit {kit.name}, which is not here",
        technology.span,
        notes=["no `library` is given in the source", *missing.looked],
        help=", or ".join(ways),
        exit_code=ExitCode.TOOL,
    )

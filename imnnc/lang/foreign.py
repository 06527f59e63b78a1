"""Libraries of other simulators, which netlists for these name in place of ngspice's."""

from __future__ import annotations

from typing import cast

from imnnc import spelling
from imnnc.design import DIALECTS, ForeignDialect, ForeignModels, Technology
from imnnc.diagnostics import fail
from imnnc.lang.settings import Settings, Word, one_of
from imnnc.lang.syntax import Foreign
from imnnc.lang.vocabulary import FOREIGN


def foreign_models(settings: Settings, base: Technology) -> tuple[ForeignModels, ...]:
    """Those of a `technology` block, and of the technology before it where the block has none.

    What is wrong is in `settings.problems`.
    """
    found = {models.dialect: models for models in base.foreign}
    for key in settings.foreign:
        models = _models(settings, key, base)
        found[models.dialect] = models
    return tuple(found.values())


def _models(settings: Settings, key: str, base: Technology) -> ForeignModels:
    scope, problems, setting = settings.scope, settings.problems, settings.setting(key)
    value = setting.values[0]
    assert isinstance(value, Foreign), "those are chosen by it"
    dialect = value.dialect.text
    with problems.gathered():
        if dialect == "ngspice":
            raise fail(
                "IM138",
                "the library for ngspice stands behind `library` alone",
                scope.span(value.dialect),
                help=f'write `library "{value.file.text}"`, and the section as `corner`',
            )
        one_of(Word(dialect, scope.span(value.dialect)), "library", FOREIGN, "IM138")
    with problems.gathered():
        if not spelling.PATH.fits(value.file.text):
            raise fail(
                "IM147",
                f"the name of a library for {DIALECTS.get(dialect, dialect)} must consist of"
                f" {spelling.PATH.rule}, not be `{value.file.text[:60]}`",
                scope.span(value.file),
                notes=["netlists name it as it stands here, and nothing reads it before them"],
            )
    with problems.gathered():
        if dialect == "ltspice" and value.sections:
            raise fail(
                "IM147",
                "a library for LTspice must have no `section`: LTspice reads whole files",
                scope.span(value.sections[0]),
                help="name a file that has the models of the corner alone",
            )
    block = Settings(setting.block, "foreign", key, scope, problems)
    nmos, pmos, unit = block.word("nmos"), block.word("pmos"), block.amount("length_unit")
    return ForeignModels(
        cast("ForeignDialect", dialect),
        value.file.text,
        tuple(name.text for name in value.sections),
        nmos=base.nmos.device if nmos is None else nmos.text,
        pmos=base.pmos.device if pmos is None else pmos.text,
        terminals=block.terminals() or base.terminals,
        instance_prefix=block.prefix() or base.instance_prefix,
        length_unit_meters=base.length_unit_meters if unit is None else float(unit),
    )

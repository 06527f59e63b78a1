"""Diagnostics of the compiler as the protocol has them."""

from __future__ import annotations

from lsprotocol import types

from imnnc.diagnostics import Diagnostic
from imnnc.lsp.documents import Documents
from imnnc.lsp.places import to_range

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
_TOP = types.Range(types.Position(0, 0), types.Position(0, 0))


def messages(
    uri: str, found: tuple[Diagnostic, ...], documents: Documents
) -> dict[str, list[types.Diagnostic]]:
    """What was found of a document by the files that it is about, which may be imported ones."""
    by_file: dict[str, list[types.Diagnostic]] = {uri: []}
    for diagnostic in found:
        file = uri if diagnostic.span is None else documents.uri(diagnostic.span)
        by_file.setdefault(file, []).append(_message(diagnostic, documents))
    return by_file


def _message(diagnostic: Diagnostic, documents: Documents) -> types.Diagnostic:
    """The message, its label, notes and help; what is seen elsewhere is related information."""
    lines = [diagnostic.message]
    lines += [diagnostic.label] if diagnostic.label else []
    lines += [f"note: {note}" for note in diagnostic.notes]
    lines += [f"help: {diagnostic.help}"] if diagnostic.help is not None else []
    span = diagnostic.span
    related = [
        types.DiagnosticRelatedInformation(documents.location(label.span), label.message)
        for label in diagnostic.secondary
    ]
    return types.Diagnostic(
        range=_TOP if span is None else to_range(span, documents.codec),
        message="\n".join(lines),
        severity=_SEVERITIES[diagnostic.severity],
        code=diagnostic.code,
        source="imnnc",
        related_information=related or None,
    )

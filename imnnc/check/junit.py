"""The outcome of a check as JUnit XML, which CI services show beside the tests.

One `testsuite` a level, one `testcase` a file, part or group of samples; a failure has the
summary.  Elements and attributes are those of the schema that the JUnit plugin of Jenkins
checks, and nothing depends on the day or the machine but the seconds.
"""

from __future__ import annotations

from xml.etree import ElementTree

from imnnc.check.result import Case, CheckResult, LevelResult


def junit_xml(result: CheckResult) -> str:
    """The document, in ASCII."""
    root = ElementTree.Element("testsuites")
    for level in result.levels:
        root.append(_suite(result.network, level))
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return content.decode("ascii") + "\n"


def _suite(network: str, level: LevelResult) -> ElementTree.Element:
    failed = sum(not case.passed for case in level.cases)
    suite = ElementTree.Element(
        "testsuite",
        name=f"imnnc check, {level.level}",
        tests=str(len(level.cases)),
        failures=str(failed),
        errors="0",
        skipped="0",
        time=f"{level.seconds:.3f}",
    )
    for case in level.cases:
        # The comparison is of the whole: what one part takes is not known.
        found = ElementTree.SubElement(
            suite, "testcase", classname=f"{network}.{level.level}", name=_clean(case.name)
        )
        found.set("time", "0.000")
        if not case.passed:
            found.append(_failure(case))
    return suite


def _failure(case: Case) -> ElementTree.Element:
    failure = ElementTree.Element("failure", message=_clean(case.texts[0]), type="difference")
    failure.text = _clean("\n".join((*case.texts, *case.details)))
    return failure


def _clean(text: str) -> str:
    """What XML may contain: control characters have no place in it, not even escaped."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)

"""The workflow in `examples/ci` and the action do what they say: their own steps, as they stand."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree

import pytest
import yaml

from imnnc.api import update_golden
from tests.support.compatibility import HERE, compile_stored
from tests.support.shell import ROOT, environment, put_tool

WORKFLOW = ROOT / "examples" / "ci" / "imnnc.yml"
INSTALLS = ("sudo apt-get", "python -m pip install")  # what the machine of the tests has already


def steps() -> list[str]:
    """The commands of the workflow, of one line or of a block, in order."""
    found = []
    lines = iter(WORKFLOW.read_text().splitlines())
    for line in lines:
        key, _, command = line.strip().partition(" ")
        if key != "run:":
            continue
        if command == "|":
            indent = line.index("run:")
            block = []
            for inner in lines:
                if inner.strip() and len(inner) - len(inner.lstrip()) <= indent:
                    break
                block.append(inner.strip())
            command = "\n".join(block)
        found.append(command)
    return found


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A folder with such a repository in it, and the tool beside; what is computed stays there."""
    home = tmp_path_factory.mktemp("ci")
    folder = home / "repository"
    folder.mkdir()
    (home / "first").mkdir()
    assert update_golden(compile_stored(home / "first").out, folder / "golden")
    for name in ("points.csv", "test.csv"):
        shutil.copyfile(HERE / name, folder / name)
    shutil.copyfile(HERE / "points.imnn", folder / "net.imnn")
    put_tool(home)
    return home


@pytest.fixture
def repository(prepared: Path, tmp_path: Path) -> Path:
    """A repository with a network, its data and its golden."""
    for name in ("bin", "cache"):
        (prepared / name).mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(prepared / name)
    shutil.copytree(prepared / "repository", tmp_path / "repository")
    return tmp_path / "repository"


def run(
    command: str, repository: Path, variables: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", command],  # as the service runs them
        cwd=repository,
        env=environment(repository.parent, variables),
        capture_output=True,
        text=True,
    )


def own_steps() -> list[str]:
    return [step for step in steps() if not step.startswith(INSTALLS)]


def test_the_workflow_installs_then_compiles_then_checks():
    words = [" ".join(step.split()[:2]) for step in steps()]
    assert words == [
        *("sudo apt-get", "python -m", "imnnc fmt", "imnnc compile", "mkdir -p"),
    ]


def test_its_steps_pass_in_a_repository_that_is_as_its_golden(repository):
    for step in own_steps():
        done = run(step, repository)
        assert done.returncode == 0, (step, done.stdout, done.stderr)
    root = ElementTree.parse(repository / "reports" / "imnnc.xml").getroot()
    assert [suite.get("failures") for suite in root] == ["0", "0", "0"]


def test_its_last_step_fails_where_the_source_asks_for_something_else(repository):
    source = repository / "net.imnn"
    text = source.read_text()
    assert "levels 64" in text
    source.write_text(text.replace("levels 64", "levels 32"))
    _, compile_step, check_step = own_steps()
    assert run(compile_step, repository).returncode == 0
    done = run(check_step, repository)
    assert done.returncode == 3
    assert "  crossbar layer0: 50 of 50 conductances differ, largest " in done.stdout
    assert (repository / "reports" / "imnnc.xml").is_file()


def test_the_documentation_shows_the_workflow_as_it_is():
    shown = (ROOT / "docs" / "golden.md").read_text().split("```yaml\n")[1].split("```")[0]
    lines = WORKFLOW.read_text().splitlines(keepends=True)
    assert shown == "".join(line for line in lines if not line.startswith("#"))


def test_the_action_compiles_and_compares(repository):
    action = yaml.safe_load((ROOT / "action" / "action.yml").read_text())
    inputs = {name: x.get("default", "") for name, x in action["inputs"].items()}
    inputs |= {"source": "net.imnn", "golden": "golden"}
    for step in action["runs"]["steps"]:
        command = step.get("run", "")
        if not command or command.startswith(INSTALLS):
            continue
        given = {
            variable: inputs[re.fullmatch(r"\$\{\{ inputs\.(\S+) \}\}", value)[1]]
            for variable, value in step["env"].items()
        }
        done = run(command, repository, given)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert (repository / "out" / "verify.json").is_file()
    root = ElementTree.parse(repository / "out.xml").getroot()
    assert {suite.get("failures") for suite in root} == {"0"}

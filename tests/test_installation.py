"""What builds images and environments of the compiler elsewhere, as far as it can be read here."""

import json
import re
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from imnnc.resources import template_environment

ROOT = Path(__file__).resolve().parent.parent
HADOLINT = Path(sys.prefix) / "bin" / "hadolint"


def faults(schema: str, text: str) -> list[str]:
    """What is wrong with a file by a schema that check-jsonschema brings with it."""
    vendor = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    validator = Draft7Validator(json.loads((vendor / f"{schema}.json").read_text()))
    # In YAML 1.1 the key `on` is a truth value.
    content = {"on" if key is True else key: x for key, x in yaml.safe_load(text).items()}
    return [error.message for error in validator.iter_errors(content)]


@pytest.mark.skipif(not HADOLINT.exists(), reason="hadolint is not installed")
def test_the_image_is_described_without_a_fault():
    done = subprocess.run([HADOLINT, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_is_built_from_all_that_a_wheel_is_built_from(tmp_path):
    copied = [x[1:] for x in (ROOT / ".dockerignore").read_text().split() if x.startswith("!")]
    for name in copied:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, tmp_path / name)
    (tmp_path / "wheel").mkdir()
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "wheel", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [x.suffix for x in (tmp_path / "wheel").iterdir()] == [".whl"]


def test_the_action_and_the_workflows_are_what_their_service_takes():
    template = template_environment("init").get_template("workflow.yml.j2")
    assert faults("github-actions", (ROOT / "action" / "action.yml").read_text()) == []
    example = (ROOT / "examples" / "ci" / "imnnc.yml").read_text()
    for workflow in (example, template.render(source="net.imnn")):
        assert faults("github-workflows", workflow) == []
    assert faults("github-workflows", example.replace("runs-on", "runs-in")) != []


def test_every_recipe_installs_a_build_of_torch_for_processors():
    action = yaml.safe_load((ROOT / "action" / "action.yml").read_text())
    recipes = [
        *(x.get("run", "") for x in action["runs"]["steps"]),
        *(ROOT / "Dockerfile").read_text().split("RUN "),
        *(ROOT / "examples" / "ci" / "imnnc.yml").read_text().splitlines(),
        *(ROOT / "templates" / "init" / "workflow.yml.j2").read_text().splitlines(),
    ]
    installs = [
        x for x in recipes if re.search(r"pip install (?!.*--no-deps).*(imnnc|PACKAGE|wheel/)", x)
    ]
    assert len(installs) == 4
    assert all("uv pip install --system" in x and "--torch-backend cpu" in x for x in installs)


def test_the_development_container_is_set_up_by_a_target_that_there_is():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    assert set(container) <= {"name", "image", "postCreateCommand", "remoteEnv", "customizations"}
    make, target = container["postCreateCommand"].split()
    assert make == "make"
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)

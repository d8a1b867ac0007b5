# Everything goes through here: the same targets locally and in CI. `make` alone lists them.
# Needs Python 3.11, 3.12 or 3.13 with its venv module, and make. Another Python: make setup PYTHON=/path/to/python

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo up test test-containers torture mutations lint format lock bench clean broker screenshots

VENV := .venv
BIN := $(VENV)/bin
STORE_VENV := .local/store-venv
PLUGINS := $(filter-out plugins/_template/pyproject.toml,$(wildcard plugins/*/pyproject.toml))
PYTHON ?= $(shell sh requirements/find-python.sh)
CODE := conferral services plugins tests benchmarks docs
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq --no-input

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.ready $(STORE_VENV)/.ready  ## make .venv with everything locked

demo: setup  ## the whole system on this machine, with 25 fictional recipients; Ctrl-C stops it
	@$(BIN)/conferral demo

up: setup  ## the whole system on this machine; Ctrl-C stops it
	@$(BIN)/conferral up

test: setup broker lint  ## lint, types, import rules, and all tests against real parts
	@$(BIN)/python -m pytest $(PYTEST)

test-containers: $(VENV)/.ready  ## docker compose up and its whole story; needs Docker and a browser, takes minutes
	@$(BIN)/python -m pytest -m containers tests/containers $(PYTEST)

SEED ?= 1
DURATION ?= 120

torture: setup broker  ## kill, freeze and cut off a real system while it publishes; SEED=n DURATION=seconds
	@$(BIN)/python -m tests.torture --seed $(SEED) --duration $(DURATION) $(TORTURE)

mutations: setup broker  ## break each rule of reliability in turn, in a copy, and see a test fail; takes long
	@$(BIN)/python -m tests.torture.mutations

lint: $(VENV)/.ready  ## check style, types and import rules
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/mypy conferral services benchmarks $(filter-out plugins/%/tests,$(wildcard plugins/*/conferral_*))
	@$(BIN)/lint-imports

format: $(VENV)/.ready  ## format the code, and repair what can be repaired by itself
	@$(BIN)/ruff check --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

bench: setup broker  ## measure publishing, the public page and the dashboard; takes some minutes
	@$(BIN)/python benchmarks/publish.py
	@$(BIN)/python benchmarks/page.py
	@$(BIN)/python benchmarks/dashboard.py
	@$(BIN)/python benchmarks/export.py

lock: $(VENV)/.ready  ## resolve the dependencies anew into requirements/*.txt
	@$(BIN)/python -m venv .local/lock-venv
	@.local/lock-venv/bin/python -m pip --quiet install uv
	@UV=.local/lock-venv/bin/uv requirements/lock.sh

screenshots: setup broker  ## take the pictures of docs/screens anew: every screen, wide and narrow, light and dark
	@$(BIN)/python -m docs.make_screenshots

clean:  ## remove .venv, all local data (.local) and caches
	@if [ -x $(BIN)/conferral ]; then $(BIN)/conferral stop; fi
	rm -rf $(VENV) .local .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results *.egg-info \
		plugins/*/*.egg-info plugins/*/build build
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

broker: $(VENV)/.ready
	@$(BIN)/conferral broker

# One stamp for each environment: made anew when its lock changes, found ready in no time otherwise.
$(VENV)/.ready: requirements/local.txt pyproject.toml $(PLUGINS)
	@sh requirements/make-venv.sh "$(PYTHON)" $(VENV)
	@echo "Installing the locked packages into $(VENV) (once; a minute or two) …"
	@$(PIP) install --require-hashes -r requirements/local.txt
	@$(PIP) install --no-build-isolation --no-deps $(foreach file,pyproject.toml $(PLUGINS),-e ./$(dir $(file)))
	@touch $@

# SecantusDB has an environment of its own: it is run as a process and never imported.
$(STORE_VENV)/.ready: requirements/embedded-store.txt
	@sh requirements/make-venv.sh "$(PYTHON)" $(STORE_VENV)
	@echo "Installing the embedded document store into $(STORE_VENV) (once) …"
	@$(STORE_VENV)/bin/python -m pip --disable-pip-version-check -qq --no-input install \
		--require-hashes -r requirements/embedded-store.txt
	@touch $@

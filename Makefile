# Works from a fresh checkout with python3 (3.11 or newer), make and git: everything else comes as locked wheels.

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN = .venv/bin
SIZE ?= ci
# Processes that share the tests: one for each core, and no more than four.
WORKERS ?= auto
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11
# Settings and servers of the checks that need Django, apart from the data of `make run`.
TESTING = DJANGO_SETTINGS_MODULE=config.settings.test OUTBOUND_DATA_DIR=var/test

.DEFAULT_GOAL = help
.PHONY: help run demo test quick faults fuzz bench seed-million screenshots lint types fmt lock clean runtime dev python

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: runtime ## Run everything here: PostgreSQL, Valkey, web, worker, beat, simulator (PORT=8000 to choose the port)
	@$(BIN)/python -m launcher run

demo: runtime ## Watch a campaign of several days go by in about a minute, on data of its own
	@$(BIN)/python -m launcher demo

test: lint types ## Run every check and all tests (ARGS="-k name" to choose)
	$(PYTEST) $(ARGS)

quick: lint types ## The same without the battery of faults and the fuzzing
	$(PYTEST) -m "not battery and not fuzz" $(ARGS)

faults: dev ## Break the running system on purpose and check that it keeps its promises (SIZE=short, ci or long)
	$(BIN)/python -m tests.faults --size $(SIZE) $(ARGS)

fuzz: dev ## Send the dialects what their documents allow and forbid (SIZE=short, ci or long; ARGS="--seed 7" to repeat)
	$(BIN)/python -m tests.api.fuzz --size $(SIZE) $(ARGS)

bench: dev ## Measure what is claimed about speed, as ratios (ARGS="claims --size 1000000" to choose)
	$(BIN)/python -m benchmarks $(ARGS)

seed-million: runtime ## Load a million made-up people into an organization of their own (ARGS="--count 10000" for fewer)
	@$(BIN)/python manage.py migrate --verbosity 0 && $(BIN)/python manage.py seed_million $(ARGS)

screenshots: dev ## Take the pictures of docs/screenshots: the demo's data on a stack of its own, in Debian's Chromium
	@$(BIN)/python -m launcher screenshots

lint: dev ## Check style, layers and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(TESTING) $(BIN)/python manage.py makemigrations --check --dry-run

types: dev ## Check types
	$(BIN)/mypy .

fmt: dev ## Format the code, and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: dev ## Resolve requirements/*.in into the lock files
	$(COMPILE) requirements/dev.in -o requirements/dev.txt
	$(COMPILE) -c requirements/dev.txt requirements/runtime.in -o requirements/runtime.txt
	$(COMPILE) -c requirements/dev.txt requirements/production.in -o requirements/production.txt

clean: python ## Remove .venv, the caches and the data of local runs
	@$(PYTHON) -m launcher clean

runtime dev: python
	@$(PYTHON) -m launcher.bootstrap $@

python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (make PYTHON=/path/to/python3.12 ... to name one)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is too old: Python 3.11 or newer is needed" >&2; exit 1; }

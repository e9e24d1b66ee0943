# Every habit of this project is one word: `make help` lists them. Needs make and Python 3.11 or newer with venv, nothing else.

PYTHON ?= python3
WORKERS ?= logical
BIN := .venv/bin
STAMP := .venv/.ready

# .venv is trusted when its last set-up ended, in this very folder (a virtual environment does not survive a move),
# its interpreter still starts, and it is the interpreter that was asked for by name, if one was.
minor := import sys; print("%d.%d" % sys.version_info[:2])
found := $(shell test "$$(cat $(STAMP) 2>/dev/null)" = "$(CURDIR)" && $(BIN)/python -c '$(minor)' 2>/dev/null)
ifeq ($(origin PYTHON),file)
wanted := $(found)
else
wanted := $(shell $(PYTHON) -c '$(minor)' 2>/dev/null)
endif
trusted := $(if $(found),$(filter $(found),$(wanted)))

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check lint types architecture format bench lock anew

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F '|' '{ printf "%-18s %s\n", $$1, $$2 }'

setup: $(STAMP) ## .venv with the program and its tools (PYTHON=python3.12 chooses the interpreter)

# The stamp goes first and comes back last: a set-up that was cut off leaves none, and the next one begins from nothing.
# The lock names everything, so pip is to resolve nothing: an older pip takes the newest `coverage[toml]`, which has no hash.
$(STAMP): requirements.txt pyproject.toml $(if $(trusted),,anew)
	@rm -f $(STAMP)
	@echo "Setting up .venv (about a minute the first time)" >&2
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --no-deps --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	@printf '%s\n' "$(CURDIR)" > $(STAMP)

anew:
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "There is no '$(PYTHON)' here. Install Python 3.11 or newer, or name one: make setup PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Pulssi needs Python 3.11 or newer, and '$(PYTHON)' does not start as one ($$("$(PYTHON)" -V 2>&1 | head -n 1))." \
	    "Name another: make setup PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@rm -f $(STAMP)
	@"$(PYTHON)" -m venv --clear .venv

run: setup ## start everything on http://127.0.0.1:8080 (ARGS="--port 9000")
	@$(BIN)/pulssi serve $(ARGS)

demo: setup ## fill a workspace with sample history, clearly marked as sample
	@$(BIN)/pulssi demo $(ARGS)

test: setup ## the whole test suite (ARGS="tests/unit -k nps", WORKERS=1)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --maxprocesses 4 $(ARGS)

# All four parts run even when one fails, so that one run tells everything; the times come last, where they are seen.
check: setup ## what continuous integration runs: lint, types, architecture, tests
	@failed=; times=; \
	part() { \
	  began=$$(date +%s); outcome=ok; \
	  "$$@" || { outcome=FAILED; failed=yes; }; \
	  times="$$times$$(printf '%-14s %4d s  %s' "$$name" $$(($$(date +%s) - began)) "$$outcome")|"; \
	}; \
	name=lint; part $(MAKE) --no-print-directory lint; \
	name=types; part $(MAKE) --no-print-directory types; \
	name=architecture; part $(MAKE) --no-print-directory architecture; \
	name=test; part $(MAKE) --no-print-directory test; \
	printf '\n%s' "$$times" | tr '|' '\n'; \
	test -z "$$failed"

lint: setup ## formatting and ruff's rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: setup ## mypy, strict
	@$(BIN)/mypy

architecture: setup ## arrows point inwards (import-linter)
	@$(BIN)/lint-imports

format: setup ## rewrite the code as ruff would have it
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

bench: setup ## benchmarks
	@$(BIN)/python -m benchmarks $(ARGS)

lock: setup ## write requirements.txt from pyproject.toml (ARGS=--upgrade for newer releases)
	@$(BIN)/uv pip compile --universal --python-version 3.11 --all-extras --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate -o requirements.txt pyproject.toml $(ARGS) >/dev/null

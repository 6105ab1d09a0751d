# make grade   install what is needed, grade the class, show the scoreboard
# make test    install what is needed, run every check of the project
PYTHON ?= python3
VENV ?= .venv
# Real submissions where there are any, otherwise the sample class.
SUBMITTED ?= $(if $(wildcard submitted),submitted,sample_class/submitted)
OUTPUT ?= results
ASSIGNMENTS ?=
# full, or limits where this machine cannot isolate: see `autograder doctor`.
ISOLATION ?= full

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DELETE_ON_ERROR:
.PHONY: grade test lint release verify doctor bench clean help

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

grade: $(VENV)/.instructor
	@echo "Grading $(SUBMITTED)"
	@$(BIN)/autograder grade $(ASSIGNMENTS) --submitted $(SUBMITTED) --output $(OUTPUT) --isolation $(ISOLATION)

test: lint
	$(BIN)/pytest -n auto --dist loadgroup

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# make release A=chain_rule   (or several names)   generate the handout
release: $(VENV)/.instructor
	@$(BIN)/autograder release $(A)

# make verify   prove every exercise
verify: $(VENV)/.instructor
	@$(BIN)/autograder verify $(A)

# make doctor   what this machine can do to isolate student code
doctor: $(VENV)/.instructor
	@$(BIN)/autograder doctor

# make bench   measure; results go to benchmarks/results.md
bench: $(VENV)/.dev
	@$(BIN)/python benchmarks/throughput.py

clean:
	rm -rf $(VENV) $(OUTPUT)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is too old: Python 3.11 or later is needed. Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.instructor: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing the grader and its libraries (once; a few minutes)"
	@$(PIP) --editable '.[instructor]'
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing the grader and its development tools (once; a few minutes)"
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.instructor

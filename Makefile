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
# nbgrader starts commands of its own, which lie beside it.
NBGRADER := PATH="$(abspath $(BIN)):$$PATH" $(BIN)/nbgrader
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DELETE_ON_ERROR:
.PHONY: grade test lint release collect feedback export formgrader verify syllabus doctor bench clean help

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

# make release A=chain_rule   (or several names)   make the handout, release it by nbgrader, prove what it gives away
release: $(VENV)/.instructor needs-a
	@$(BIN)/autograder release $(A)

# make collect A=chain_rule   fetch from the exchange what students have submitted since the last time
collect: $(VENV)/.instructor needs-a
	@for a in $(A); do $(NBGRADER) collect --update $$a; done

# make feedback A=chain_rule   make a page for each student of what was graded, and put it on the exchange
feedback: $(VENV)/.instructor needs-a
	@for a in $(A); do $(NBGRADER) generate_feedback --force $$a && $(NBGRADER) release_feedback $$a || exit; done

# make export   write the gradebook's scores to grades.csv
export: $(VENV)/.instructor
	@$(NBGRADER) export --to=grades.csv

# make formgrader   open nbgrader's page in a browser: grade, comment, generate feedback
formgrader: $(VENV)/.instructor
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/jupyter lab --LabApp.default_url=/formgrader

.PHONY: needs-a
needs-a:
	@test -n "$(A)" || { echo "Say which assignment: make $(firstword $(MAKECMDGOALS)) A=chain_rule"; exit 2; }

# make verify   prove every exercise
verify: $(VENV)/.instructor
	@$(BIN)/autograder verify $(A)

# make syllabus   the course on one page: docs/syllabus.md
syllabus: $(VENV)/.instructor
	@$(BIN)/autograder syllabus

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

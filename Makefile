# Two commands do everything on a fresh machine with Python 3.11 or later: `make demo` and `make test`.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.set-up
SHELL := bash

.PHONY: help setup sealed-packages demo test tests test-doors lint check mutants bench attacks docs pictures clean

help:
	@echo "make demo    set up, make a class, autograde it, compare every grade with the expected one, print the report"
	@echo "make test    set up, run every check and every test"
	@echo "make test-doors  what takes long or needs more of a machine: sixteen busy processes, the lowest versions, the wheel elsewhere"
	@echo "make lint    formatting, lint, types, docstrings, room borders"
	@echo "make check   lint and prove the course: grade check"
	@echo "make mutants how much the suites notice: grade mutants (some minutes)"
	@echo "make docs    the manual as pages, in build/docs"
	@echo "make pictures  the pictures of README.md, from what the commands print (some minutes)"
	@echo "make bench   what the engine costs: wire, workers, judge"
	@echo "make attacks how the walls hold: the attack corpus in one grading run, then cheats against the clock (Linux, bubblewrap)"

setup: $(STAMP) sealed-packages

# The sealed tier needs two Debian packages. They are installed where that is allowed, and named where it is not.
sealed-packages:
	@command -v bwrap >/dev/null || test "$$(uname)" != Linux || \
		{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq bubblewrap libseccomp2; } >/dev/null 2>&1; } || \
		echo "the sealed tier needs bubblewrap and libseccomp2; ask an administrator for: apt-get install bubblewrap libseccomp2"

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "deepgrade needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3.11"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ echo "this Python cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv"; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[dev]'
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib || true # on all cores; some files are of other versions of Python
	@touch $@

# Cases are drawn from the course's secret. A fixed one makes these runs say the same on every machine; an instructor's
# own secret is proven by `grade check` without make.
demo check mutants test: export DEEPGRADE_SECRET ?= of the makefile

demo: setup
	$(BIN)/grade demo

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/numpydoc lint $$(git ls-files 'grader/*.py' 'solutions/*.py' 'datasets/*.py')

check: setup
	$(BIN)/grade check

mutants: setup
	$(BIN)/grade mutants

# Lint, the proof of the course and the tests run side by side: many tests wait more than they compute.
test: setup
	$(MAKE) --no-print-directory -j3 lint check tests

tests: setup
	env -u DEEPGRADE_SECRET $(BIN)/python -m pytest -q -n 3 --dist loadfile

# What takes long, or needs more than Python and make (races, processes beside it, a package index): CI runs it after
# `make test`.
test-doors: setup
	env -u DEEPGRADE_SECRET $(BIN)/python -m pytest -q tests/doors

bench: setup
	$(BIN)/python tests/benchmarks/wire.py
	$(BIN)/python tests/benchmarks/walls.py
	$(BIN)/python tests/benchmarks/judge.py

attacks: setup
	$(BIN)/python -m tests.attacks

docs: setup
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs
	@echo "the manual: build/docs/index.html"

pictures: setup
	$(BIN)/python -m tests.house.captures

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo results

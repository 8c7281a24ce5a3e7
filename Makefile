# Everything a newcomer needs: `make demo`, `make test`. Needs python3 (3.11 or later), pip,
# venv and make; PYTHON= and VENV= choose another interpreter and another environment.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

# Before a command: says every ten seconds that it goes on, and stops when it does or is stopped.
PULSE = ( while sleep 10 >/dev/null 2>&1; do echo "  … still at it"; done ) & pulse=$$!; \
  trap 'kill $$pulse 2>/dev/null' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM;
# Bars on a terminal, lines elsewhere.
INSTALL = bar=off; test ! -t 1 || bar=on; $(PULSE) \
  $(BIN)/python -m pip install --progress-bar $$bar --disable-pip-version-check --editable
# Else every process would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE
# Neighbouring tests share what they set up, and a worker that is done takes from the other's.
PYTEST = $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test test-second test-all check format fuzz bench reference gallery argument evidence robustness calibration clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 18

demo: $(VENV)/.ready ## set up, then simulate the 2019-2021 standoff a thousand times
	@echo "redline: simulating the standoff of 2019-2021 a thousand times …"
	@$(PULSE) $(BIN)/redline run standoff_2019_2021

test: $(VENV)/.ready-test ## set up, then run the tests (three minutes on two processors)
	@echo "redline: running the tests (three minutes on two processors) …"
	$(PYTEST) -m "not second_tier"

test-second: $(VENV)/.ready-test ## set up, then run the second tier of tests: long or exhaustive
	@echo "redline: running the second tier of tests (some minutes) …"
	$(PYTEST) -m second_tier

test-all: test test-second ## set up, then run the tests of both tiers

check: $(VENV)/.ready-check ## set up, then lint, formatting, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.ready-check ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fuzz: $(VENV)/.ready-fuzz ## look for files that readers choke on, for ten minutes (or SECONDS=…)
	$(BIN)/python tests/fuzz.py $(or $(SECONDS),600)

bench: $(VENV)/.ready-bench ## measure speed and memory, as ratios taken in one run
	$(BIN)/python tests/benchmarks/startup.py
	$(BIN)/python tests/benchmarks/bench.py
	$(BIN)/python tests/benchmarks/sweeps.py
	$(BIN)/python tests/benchmarks/lesson.py

reference: $(VENV)/.ready ## write docs/reference.md from the code
	$(BIN)/python docs/reference.py

gallery: $(VENV)/.ready ## draw the figures of docs/gallery.md, from results simulated now
	$(BIN)/python docs/gallery.py

argument: $(VENV)/.ready ## run every claim and write docs/argument.md (some minutes)
	$(BIN)/python docs/argument.py

evidence: $(VENV)/.ready ## set the model beside the record and write docs/evidence.md (a minute)
	$(BIN)/python docs/evidence.py

robustness: $(VENV)/.ready-discovery ## test the claims all over parameter space and write docs/robustness.md (long)
	$(BIN)/python docs/robustness.py

calibration: $(VENV)/.ready ## calibrate, forecast and write docs/calibration.md (some minutes)
	$(BIN)/python docs/calibration.py

clean: ## remove the environment, caches and results
	rm -rf $(VENV) results .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

# An environment that was begun here and not finished is made anew; one that somebody else made
# is taken as it is, if it has pip.
$(VENV)/.ready: pyproject.toml
	@echo "redline: setting up Python in $(VENV), once (about a minute) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "redline needs Python 3.11 or later: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@test -e $(VENV)/.made \
	  || { test ! -e $(VENV)/.begun && $(BIN)/python -m pip --version >/dev/null 2>&1; } \
	  || { clear=; test ! -e $(VENV)/.begun || clear=--clear; \
	       $(PULSE) $(PYTHON) -m venv $$clear --without-pip $(VENV) && touch $(VENV)/.begun \
	       && $(PYTHON) -m venv $(VENV) && touch $(VENV)/.made; }
	@echo "redline: installing redline, and what it needs …"
	@$(INSTALL) .
	@touch $@

$(VENV)/.ready-%: $(VENV)/.ready
	@echo "redline: installing what $* needs …"
	@$(INSTALL) '.[$*]'
	@touch $@

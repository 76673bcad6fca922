# Everything happens in .venv, which the first command makes and fills.
# Python: make PYTHON=python3.12 …; test processes: make JOBS=4 …

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
JOBS ?= auto
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export MPLBACKEND := Agg

.DEFAULT_GOAL := help
.PHONY: help demo test stress check lint format wheel wheel-test bench clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##/\1:/p' Makefile | column -t -s :

# Done again only when what it installs has changed. A venv of another machine or Python,
# whose interpreter does not start, is made anew.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  found=$$($(PYTHON) -V 2>&1) || found="no Python that starts"; \
	  echo "Goodfit needs Python 3.11 or newer, but '$(PYTHON)' is $$found."; \
	  echo "Install one, or name it: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; } >&2
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing Goodfit with all its extras into $(VENV) (once; PyTorch takes a while)" >&2
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[all,dev]'
	@touch $@

demo: $(INSTALLED)  ## fit a line to fifteen points and say what happened (ARGS="--epochs 1000")
	@$(BIN)/goodfit demo $(ARGS)

test: $(INSTALLED)  ## every test and every example (ARGS="tests/core -k words")
	@$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 4 --dist loadfile $(ARGS)

stress: $(INSTALLED)  ## every test with its whole sample: all tables, damaged files, kills, seeds; takes hours (ARGS="tests/attacks")
	@GOODFIT_STRESS=1 $(BIN)/python -m pytest -n $(JOBS) --maxprocesses 4 --dist worksteal $(ARGS)

lint: $(INSTALLED)  ## format, rules, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo

check: lint wheel-test  ## all that must hold before a change is merged
	@$(MAKE) --no-print-directory test

format: $(INSTALLED)  ## put the source in order
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format .

wheel: $(INSTALLED)  ## dist/goodfit-*.whl
	@rm -rf dist
	$(BIN)/python -m hatchling build -t wheel

wheel-test: wheel  ## install the wheel alone in an empty environment and use it
	$(BIN)/python tests/wheel_alone.py dist/*.whl

bench: $(INSTALLED)  ## what a step and the demo cost beside plain PyTorch; tables of a folder, and peers on them (DATA=folder)
	$(BIN)/python benchmarks/step_overhead.py
	$(BIN)/python benchmarks/step_share.py
	$(BIN)/python benchmarks/demo_cost.py
	$(BIN)/python benchmarks/report_cost.py
	$(BIN)/python benchmarks/reading.py
	@if [ -n "$(DATA)" ]; then \
	  $(BIN)/python benchmarks/every_table.py "$(DATA)" && \
	  $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]' && \
	  $(BIN)/python benchmarks/same_as_peers.py "$(DATA)" && { \
	    $(BIN)/python benchmarks/accuracy/run.py "$(DATA)"; failed=$$?; \
	    $(BIN)/python benchmarks/accuracy/report.py && exit $$failed; }; fi

clean:  ## remove the environments and everything built
	rm -rf $(VENV) .venv-peers dist build .pytest_cache .ruff_cache .hypothesis .import_linter_cache

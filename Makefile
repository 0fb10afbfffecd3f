# make run | test | test-fast | ui | bench | setup. Set-up happens on its own, once. PIP_* variables reach pip as they are.
PROFILE ?= sample
HOME_FOLDER ?= .heal
NAME ?= all
# python3 where its version fits, else one of the versions by name.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo $$p; exit; }; done; echo python3)
HEAL_OPEN_DATA ?= $(wildcard ../shared/data)
export HEAL_OPEN_DATA
export DS_BUILD_OPS = 0

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-stamp
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: run test test-fast lint ui bench setup clean
.DELETE_ON_ERROR:

run: $(STAMP)
	@$(BIN)/heal run --profile $(PROFILE) --home $(HOME_FOLDER)

test: $(STAMP) lint
	$(BIN)/pytest

test-fast: $(STAMP)
	$(BIN)/pytest -m "not slow"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

ui: $(STAMP)
	@$(BIN)/heal ui --profile $(PROFILE) --home $(HOME_FOLDER)

bench: $(STAMP)
	@$(BIN)/heal bench $(NAME)

setup: $(STAMP)

# torch first: what depends on it then finds it. DeepSpeed builds without ops, against that torch.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "heal needs Python 3.11, 3.12 or 3.13, and %s is %d.%d: install one of them, or call make with PYTHON=/path/to/python3.11" % (sys.executable, *sys.version_info[:2]))'
	@echo "Setting up $(VENV) (some minutes, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) torch==2.13.0
	@$(PIP) setuptools wheel einops hjson py-cpuinfo msgpack ninja packaging psutil pydantic tqdm numpy
	@DS_ACCELERATOR=cpu $(PIP) --no-build-isolation deepspeed
	@$(PIP) -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info

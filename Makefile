# xentui: `make run` and `make test` need Python 3.11 and nothing else.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
# A program whose bytecode is not kept takes four times as long to start, and tests start a thousand.
unexport PYTHONDONTWRITEBYTECODE

# Half of the time tests wait for terminals and programs.
WORKERS ?= $(shell expr 2 '*' $$(nproc))

# Seconds `make play` shows each step of a test.
SLOW ?= 1

.PHONY: help run test test-fast play fuzz check coverage format clean

run: $(STAMP) ## start xentui: on this machine's Xen, else on the embedded simulator
	@$(BIN)/xentui

help: ## what there is to make
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

test: $(STAMP) ## unit tests, scenarios on the simulator, end-to-end tests
	$(BIN)/python -m pytest -n $(WORKERS)

test-fast: $(STAMP) ## unit tests without the screen
	$(BIN)/python -m pytest -n $(WORKERS) tests/unit --ignore=tests/unit/tui

play: $(STAMP) ## show a screen test as it runs: make play TEST=tests/unit/tui/test_jobs.py [SLOW=seconds a step]
	@test -n "$(TEST)" || { echo "make play: name a test: make play TEST=tests/unit/tui/test_jobs.py"; exit 2; }
	XENTUI_PLAY=$(SLOW) $(BIN)/python -m pytest -n 0 $(TEST)

fuzz: $(STAMP) ## the properties, on examples no run has tried before
	$(BIN)/python -m pytest -n $(WORKERS) --hypothesis-profile=fuzz tests/unit

check: $(STAMP) ## formatting, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

coverage: $(STAMP) ## lines covered below the front ends
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -k "not imports_nothing and not loads_nothing" # coverage loads what they forbid
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --include='xentui/*' --omit='xentui/cli/*,xentui/commands/*,xentui/shell/*,xentui/tui/*,xentui/main.py,xentui/__main__.py' --fail-under=95

format: $(STAMP) ## bring the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove what was made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*

$(STAMP): pyproject.toml .ci/venv
	.ci/venv $(PYTHON) $(VENV)
	@touch $@

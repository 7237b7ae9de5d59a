# xentui: `make run` and `make test` need Python 3.11 and nothing else.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
# Half of the time tests wait for terminals and programs.
WORKERS ?= $(shell expr 2 '*' $$(nproc))

.PHONY: run test fuzz check coverage format clean

run: $(STAMP) ## start xentui: on this machine's Xen, else on the embedded simulator
	@$(BIN)/xentui

test: $(STAMP) ## unit tests, scenarios on the simulator, end-to-end tests
	$(BIN)/python -m pytest -n $(WORKERS)

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

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*

$(STAMP): pyproject.toml .ci/venv
	.ci/venv $(PYTHON) $(VENV)
	@touch $@

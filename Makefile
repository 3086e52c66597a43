# Every command of the project. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast chaos fuzz check docs generate generate-check spec spec-pull spec-diff
.PHONY: sandbox web load clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

setup: $(READY)  ## Make .venv/ with the tools of all other targets

$(READY): pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade --constraint .ci/constraints.txt pip
	$(BIN)/python -m pip install --quiet --constraint .ci/constraints.txt --group dev --editable '.[sandbox,redis]'
	@touch $@

demo: setup  ## Import a shop's export into the local sandbox and read it back
	$(BIN)/python -m examples.import_shop

# tests/conftest.py says how many workers `auto` is, and in which order they take the modules. One
# worker runs a whole module, because the tests of some modules share a fixture that takes long.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder

test: setup  ## Run all tests
	$(PYTEST)

test-fast: setup  ## Run the unit and flow tests, on asyncio only
	$(PYTEST) --asyncio-only tests/unit tests/flow

check: setup  ## Lint, type-check, and check the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/openapi-spec-validator openapi.yaml
	$(BIN)/python -m codegen.docs --check

chaos: setup  ## The long version of the fault, kill and drift tests
	AUTOLEAP_CHAOS=full $(PYTEST) tests/slow tests/simulation

fuzz: setup  ## The long version of schemathesis against the sandbox
	AUTOLEAP_FUZZ=full $(BIN)/python -m pytest tests/contract/test_fuzz.py

docs: setup  ## Write the generated tables of README.md
	$(BIN)/python -m codegen.docs

generate: setup  ## Write autoleap_api_client/ and autoleap/resources/ from openapi.yaml
	$(BIN)/python -m codegen.generate

generate-check: setup  ## Fail if a generated file differs from the output of the generator
	$(BIN)/python -m codegen.generate --check

spec: setup  ## Install a new bundle: make spec SPEC=path-or-url
	$(BIN)/python -m codegen.update "$(SPEC)"

spec-pull: setup  ## Install the bundle that AutoLeap publishes
	$(BIN)/python -m codegen.update --pull

spec-diff: setup  ## Report the changes between two bundles: make spec-diff OLD=path NEW=path
	$(BIN)/python -m codegen.specdiff "$(OLD)" "$(NEW)"

sandbox: setup  ## Serve the sandbox on port 8080
	$(BIN)/python -m autoleap.sandbox --port 8080

web: setup  ## Serve the example web app with 4 workers; set the variables that `make sandbox` prints
	$(BIN)/python -m examples.fastapi_app --workers 4

load: setup  ## Test the example web app under load, with clients that disconnect
	$(BIN)/python -m benchmarks.web_load

clean:  ## Remove what the targets made
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist

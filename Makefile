# Two commands matter: `make demo` and `make test`. Both set up what they need and need nothing done before them
# but Python 3.11, Node and make.

SHELL  := /bin/bash
PYTHON ?= python3
VENV   := .venv
READY  := $(VENV)/.ready
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# One process, one report: the two groups of `test` run beside each other, each into its own log.
LIBRARY_TESTS := $(wildcard tests/unit tests/journeys tests/faults tests/shape tests/audit tests/wheel)
RIVALS := bench/gas/node_modules
LINTED := $(wildcard loyalty scripts tests bench cli.py)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test test-contracts test-library test-long test-rest test-postgres test-faults soak test-histories test-optimizers audit-tests ipfs check format artifacts bench bench-delivery bench-gas lock clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## install everything the project needs into this folder (.venv, node_modules)

$(READY): requirements/dev.txt pyproject.toml package-lock.json scripts/install_anvil.sh
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	scripts/install_anvil.sh $(VENV)/bin
	@touch $@

demo: $(READY) ## run a brand's first weeks on a local chain, in demo-shop/
	loyalty demo
	@echo 'In this checkout the command is .venv/bin/loyalty; "source .venv/bin/activate" puts it on your PATH.'

# The longest tests of the library go with the contracts, so that both halves take about as long.
LONG := tests/wheel tests/journeys/test_readme.py tests/journeys/test_public_network.py

test: $(READY) ## run every test (the contract and the library suites, side by side)
	scripts/side_by_side.sh "$(MAKE) --no-print-directory test-contracts test-long" "$(MAKE) --no-print-directory test-rest"

test-long: $(READY)
	python -m pytest -p no:ape_test $(LONG) $(ARGS) || test $$? = 5 # none of them was asked for

test-rest: $(READY)
	-$(MAKE) --no-print-directory ipfs
	python -m pytest -p no:ape_test $(filter-out $(LONG),$(LIBRARY_TESTS)) $(addprefix --ignore=,$(LONG)) $(ARGS)

test-contracts: $(READY) ## run the contract suite on a local Anvil, through ape
	TEST_TIMES=$(or $(TEST_TIMES),0.5) ape test tests/contracts $(ARGS)

test-library: $(READY) ## run the library suite, without ape
	-$(MAKE) --no-print-directory ipfs
	python -m pytest -p no:ape_test $(LIBRARY_TESTS) $(ARGS)

test-postgres: $(READY) ## run the unit tests again with the ledger on a real PostgreSQL
	TEST_LEDGER=postgresql python -m pytest -p no:ape_test tests/unit $(ARGS)

test-faults: $(READY) ## every fault twenty times on a file and five times on PostgreSQL, each on a chain of its own; an hour
	FAULT_RUNS=$(or $(RUNS),20) python -m pytest -p no:ape_test -n 2 --dist loadfile tests/faults $(ARGS)

soak: $(READY) ## send 10,000 keys through faults, reorganisations and kills; five minutes
	python -m pytest -p no:ape_test -n0 tests/faults/soak.py $(ARGS)

# Two halves of about the same length.
HISTORIES := tests/contracts/poap/test_machine.py tests/contracts/points/test_stateful.py
MORE_HISTORIES := $(addprefix tests/contracts/,warranty/test_machine.py pushcomm/test_machine.py rewards/test_machine.py)
TIMES ?= 40

test-histories: $(READY) ## play 200,000 random steps against the models of the contracts; for the night
	TEST_TIMES=$(TIMES) scripts/side_by_side.sh "ape test $(HISTORIES)" "ape test $(MORE_HISTORIES)"

test-optimizers: $(READY) ## run the contract suite on what -O codesize and -O none make of the contracts
	python tests/audit/optimizers.py $(ARGS)

audit-tests: $(READY) .build/mutation/.ready ## how much of the contracts the tests reach, and which mistakes in them they notice; hours
	python tests/audit/branches.py
	python tests/audit/mutants.py $(ARGS)

.build/mutation/.ready: requirements/mutation.txt
	$(PYTHON) -m venv .build/mutation
	.build/mutation/bin/python -m pip install --quiet --require-hashes -r requirements/mutation.txt
	@touch $@

ipfs: tests/ipfs/node_modules/.ready ## fetch the IPFS node one journey test talks to (290 MB)

tests/ipfs/node_modules/.ready: tests/ipfs/package-lock.json
	cd tests/ipfs && npm ci --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error
	@touch $@

check: $(READY) ## lint, types, licences, and that generated files are up to date
	ruff check $(LINTED)
	ruff format --check $(LINTED)
	mypy
	python scripts/check_licences.py
	python scripts/build_artifacts.py --check
	if test -e scripts/make_cli_docs.py; then python scripts/make_cli_docs.py --check; fi
	python scripts/make_python_docs.py --check
	python scripts/make_contract_docs.py --check
	if test -d bench/gas; then python -m bench.gas.report --check; fi

format: $(READY) ## format the Python code and sort its imports
	ruff check --fix $(LINTED)
	ruff format $(LINTED)

artifacts: $(READY) ## compile contracts/ into loyalty/artifacts/, and write the references in docs/
	python scripts/build_artifacts.py
	if test -e scripts/make_cli_docs.py; then python scripts/make_cli_docs.py; fi
	python scripts/make_python_docs.py
	python scripts/make_contract_docs.py

bench: $(READY) ## measure gas and speed; prints, never fails on a number
	python -m bench.gas --ours
	for file in bench/*.py; do python -m bench.$$(basename $$file .py) || exit 1; done

bench-delivery: $(READY) ## measure awards and events per second, on SQLite and PostgreSQL; minutes
	python -m bench.delivery $(ARGS)
	python -m bench.indexing

bench-gas: $(READY) $(RIVALS)/.compiled.json ## measure gas beside the rivals', fetched from npm, and write docs/gas.md
	python -m bench.gas

$(RIVALS)/.compiled.json: bench/gas/compile.js $(wildcard bench/gas/rivals/*.sol) $(RIVALS)/.ready
	node bench/gas/compile.js > $@

$(RIVALS)/.ready: bench/gas/package-lock.json
	cd bench/gas && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

lock: $(READY) ## resolve the requirements again, into requirements/ and package-lock.json
	scripts/lock.sh

clean: ## remove what was made, all but .venv and node_modules
	rm -rf .build dist demo-shop .mypy_cache .pytest_cache .ruff_cache .hypothesis

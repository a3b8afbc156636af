# What a person does with this repository. `make` alone explains; details are in CONTRIBUTING.md.
.DEFAULT_GOAL := help
.PHONY: help no-such-example solve test test-fast test-vllm test-editors test-live vsix dist docs docs-serve lint bench setup clean
.NOTPARALLEL:
SHELL := /bin/bash

EXAMPLE ?= village-vote
PROBLEM = $(firstword $(wildcard examples/$(EXAMPLE)/problem.*))
EXAMPLES = $(notdir $(patsubst %/,%,$(dir $(wildcard examples/*/problem.*))))
ARGS ?=
BIN := .venv/bin
export PYTHON

help: ## this text
	@echo 'sstar-lsp: write many programs, prove which one is right.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo '  make solve EXAMPLE=name   another problem; there are: $(EXAMPLES)'
	@echo '  make test ARGS="-k engine" only some tests'
	@echo '  PYTHON=python3.12 make …   the Python to build .venv with (3.11 or newer)'
	@echo
	@echo 'Nothing is written outside this folder but weights (~/.cache/sstar), journals (~/.local/state/sstar)'
	@echo 'and, when root, missing Debian packages (python3-venv, bubblewrap, g++; for tests Java, Rust, Go, Node).'

solve: $(if $(PROBLEM),,no-such-example) ## solve an example with the embedded 1.5B model on this CPU, and check it against hidden tests
	@scripts/bootstrap.sh local
	@$(BIN)/sstar model pull 1.5b
	$(BIN)/sstar solve $(PROBLEM) --hidden examples/$(EXAMPLE)/hidden $(ARGS)

no-such-example:
	@echo "There is no examples/$(EXAMPLE). Known: $(EXAMPLES)" >&2; exit 64

test: setup ## run the whole suite, the embedded 0.5B model among it
	@$(BIN)/sstar model pull 0.5b
	$(BIN)/pytest --durations=10 $(ARGS)

test-fast: setup ## the tests that need no model, no editor and no server process: about a minute
	$(BIN)/pytest -q --durations=10 --numprocesses auto --dist worksteal -m "not live and not slow" tests/engine tests/problems tests/models tests/test_house.py $(ARGS)

test-vllm: setup ## a real vLLM end to end, on the CPU where there is no GPU: minutes, and 4 GB the first time
	@tests/vllm/run.sh $(ARGS)

test-editors: setup ## real editors: VS Code in a browser, Emacs with eglot and lsp-mode, Vim with ALE (installs them)
	@scripts/plain_editors.sh
	@scripts/editors.sh test

test-live: ## click through one solve in a real VS Code with the embedded 1.5B model: minutes of CPU
	@scripts/editors.sh live

vsix: ## build the VS Code extension: editor/vscode/sstar.vsix
	@scripts/editors.sh vsix

dist: setup ## build wheel, sdist and VS Code extension, install the wheel into an empty environment and solve with it
	@scripts/dist.sh

docs: setup ## build the documentation as a site, every link checked: build/site/index.html
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo 'build/site/index.html is built'

docs-serve: setup ## show that site on http://127.0.0.1:8010 and build it again at each change
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve --dev-addr 127.0.0.1:8010

lint: docs ## ruff check, ruff format --check, mypy strict, the documentation's links
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup ## list the benchmarks; `make bench ARGS=name` runs one
	@scripts/bench.sh $(ARGS)

setup: ## make .venv ready with everything that developing needs
	@scripts/bootstrap.sh dev

clean: ## remove .venv and caches from this folder (weights and journals stay)
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Every target runs one task of tools/tasks.py, which also works without make:
# `npm run demo`, `npm test`, or `python tools/tasks.py demo`.

PYTHON ?= python3
ARGS ?=

TASK = @command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo "Referee needs Python 3.10 or newer, and there is no $(PYTHON) here; install it, or name one: make $@ PYTHON=..." >&2; \
	  exit 1; }; \
	"$(PYTHON)" tools/tasks.py

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench fuzz truth docs clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "  Options: PYTHON=python3.12 chooses the Python, ARGS='-k name' is handed to the task."

demo: ## Judge the example schema in examples/orchard
	$(TASK) demo $(ARGS)

test: ## Run all tests
	$(TASK) test $(ARGS)

check: ## Formatter, linter, type checker, freshness of generated files
	$(TASK) check $(ARGS)

format: ## Format the code, and fix what the linter can fix
	$(TASK) format $(ARGS)

bench: ## Measure time and memory
	$(TASK) bench $(ARGS)

fuzz: ## Run the tests with random input for many rounds
	$(TASK) fuzz $(ARGS)

truth: ## Try on real databases what the rules claim about them
	$(TASK) truth $(ARGS)

docs: ## Write the generated files anew
	$(TASK) docs $(ARGS)

clean: ## Remove caches and builds (.venv and node_modules stay)
	$(TASK) clean $(ARGS)

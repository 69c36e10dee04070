# Thin names over scripts; ./vp and scripts/check.py do the same where make is missing.
.DEFAULT_GOAL := help
.PHONY: help setup hooks verify-fast verify-pr verify-nightly verify-weekly auto-fix lint sim docs coverage-gate lock \
	lock-check bench demo doctor clean generate-types synthetic-probes rollback
READY = @./start.sh --setup-only
CHECK = @.venv/bin/python scripts/check.py

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 20

setup: ## install everything into .venv, turn the git hooks on
	$(READY)
	@$(MAKE) --no-print-directory hooks

hooks: ## before a commit: verify-fast, before a push: verify-pr
	@if [ -d .git ] && [ -z "$$(git config core.hooksPath)" ]; then git config core.hooksPath scripts/hooks; fi
	@echo "git hooks: $$(git config core.hooksPath || echo 'off, this is not a git clone')"

verify-fast: ## tier 0: lint, types, floors, quick tests; under a minute
	$(READY)
	$(CHECK) fast

verify-pr: ## tier 1: everything a change must pass; under 15 minutes on two cores
	@./vp

verify-nightly: ## tier 2: tier 1, then five rounds of the simulation and the database tests
	$(READY)
	$(CHECK) nightly

verify-weekly: ## tier 3: tier 1, then twelve rounds of every test
	$(READY)
	$(CHECK) weekly

auto-fix: ## let ruff repair what it can
	$(READY)
	$(CHECK) fix

lint: ## ruff, mypy and the floors alone
	$(READY)
	$(CHECK) lint

sim: ## the whole plant on virtual time
	$(READY)
	$(CHECK) sim

docs: ## check that every command in the documentation works
	$(READY)
	$(CHECK) docs

coverage-gate: ## the quick tests under coverage, held against the floor
	$(READY)
	$(CHECK) coverage

lock: ## refresh requirements.lock and requirements-bench.lock
	$(READY)
	@./scripts/lock.sh

lock-check: ## are the locks made from this pyproject.toml?
	$(READY)
	$(CHECK) lock

bench: ## install the peers that the benchmarks measure against
	$(READY)
	@.venv/bin/uv pip install -q --python .venv/bin/python --require-hashes -r requirements-bench.lock
	@echo "the benchmarks are in benchmarks/; each says how to run it"

demo: ## the whole loop on a small repository made on the spot
	@./start.sh --autonomous

doctor: ## what is ready, what is missing, how to fix it
	@./start.sh --doctor

clean: ## throw away caches, keep .venv
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .grimp_cache .hypothesis .coverage htmlcov dist

generate-types synthetic-probes rollback:
	@echo "make $@: windlass has no such command yet" >&2; exit 2

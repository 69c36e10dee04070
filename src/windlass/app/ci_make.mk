# Made by `windlass ci make`. In a Makefile: include windlass.mk
WINDLASS ?= windlass

.PHONY: verify-fast verify-pr verify-nightly verify-weekly auto-fix coverage-gate

verify-fast: ## tier 0: what lies here, in a minute
	$(WINDLASS) verify --tier 0

verify-pr: ## tier 1: all tests, in 5 minutes
	$(WINDLASS) verify --tier 1

verify-nightly: ## tier 2 in half an hour, then what the tests notice
	$(WINDLASS) verify --tier 2
	$(WINDLASS) verify recall || [ $$? -eq 3 ] # 3: nothing here runs tests
	$(WINDLASS) verify mutation --sample 5

verify-weekly: ## tier 3 in 2 hours, then every mutant in another
	$(WINDLASS) verify --tier 3
	$(WINDLASS) verify recall || [ $$? -eq 3 ]
	$(WINDLASS) verify mutation --sample 100 --mutants 2000 --limit 3600

auto-fix: ## repair with the project's own tools what differs from the main branch
	$(WINDLASS) fix

coverage-gate: ## all tests, for what they cover of the code and of what was added
	$(WINDLASS) verify coverage

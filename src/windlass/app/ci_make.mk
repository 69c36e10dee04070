# Made by `windlass ci make`. In a Makefile: include windlass.mk
WINDLASS ?= windlass

.PHONY: verify-fast verify-pr verify-nightly verify-weekly

verify-fast: ## tier 0: what lies here, in a minute
	$(WINDLASS) verify --tier 0

verify-pr: ## tier 1: all tests, in 5 minutes
	$(WINDLASS) verify --tier 1

verify-nightly: ## tier 2: in half an hour
	$(WINDLASS) verify --tier 2

verify-weekly: ## tier 3: everything, in 2 hours
	$(WINDLASS) verify --tier 3

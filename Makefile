# What one does with this repository.  Python 3.13 and make are all that has to be there.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# Nothing here may reach AWS or report what is done here.
export SAM_CLI_TELEMETRY := 0
export AWS_EC2_METADATA_DISABLED := true

BIN := .venv/bin
SAM := .venv-sam/bin/sam
RUNTIME_LOCK := layers/dependencies/requirements.txt
LOCKS := $(RUNTIME_LOCK) $(addprefix requirements/,bootstrap.txt dev.txt sam.txt emulator.txt)
VENVS := .venv/.filled .venv-sam/.filled .venv-emulator/.filled

.PHONY: help
help: ## list the targets (this one)
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- environments ---------------------------------------------------------------------

.PHONY: venv
venv: $(VENVS) ## create the three virtual environments from their locks

.venv/.filled: requirements/dev.txt $(RUNTIME_LOCK) requirements/bootstrap.txt
	@requirements/environment .venv $(RUNTIME_LOCK) requirements/dev.txt
	@touch $@

.venv-sam/.filled: requirements/sam.txt requirements/bootstrap.txt
	@requirements/environment .venv-sam requirements/sam.txt
	@touch $@

.venv-emulator/.filled: requirements/emulator.txt requirements/bootstrap.txt
	@requirements/environment .venv-emulator requirements/emulator.txt
	@touch $@

# What one does with this repository.  Python 3.13 and make are all that has to be there.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# Nothing here may reach AWS or report what is done here.
export SAM_CLI_TELEMETRY := 0
export AWS_EC2_METADATA_DISABLED := true

# A make inside a make (SAM calls one for the layer) is no part of this one's job list.
unexport MAKEFLAGS MAKELEVEL

BIN := .venv/bin
SAM := .venv-sam/bin/sam
RUNTIME_LOCK := layers/dependencies/requirements.txt
VENVS := .venv/.filled .venv-sam/.filled .venv-emulator/.filled
PEER_VENVS := .venv-grove/.filled .venv-dlt/.filled
BUILT := .aws-sam/.built

# The command line for operators; the targets that call it are shorthands.
OPERATE := PYTHONPATH=functions $(BIN)/python -m operate
# Where a stack of the caller's own is meant, the role of the machine may be the one to use.
SIGNED_IN := AWS_EC2_METADATA_DISABLED=false

# For tools that insist on a region and credentials although they call nobody.
NOWHERE := AWS_DEFAULT_REGION=eu-central-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none \
	AWS_ENDPOINT_URL=http://127.0.0.1:9

.PHONY: help
help: ## list the targets (this one)
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Files stay whole, so what a file sets up once is set up once.
ON_ALL_CORES := --numprocesses auto --dist loadfile --no-loadscope-reorder
# It judges the calls of AWS that all other tests made.
JUDGE := tests/integration/test_rights_used.py
NOTED_CALLS := .run/noted-calls.jsonl
# A runner that wants the results in files names a folder: RESULTS=.run/ci
junit = $(if $(RESULTS),--junitxml=$(RESULTS)/$(1).xml)

# --- what one sees ----------------------------------------------------------------------

.PHONY: demo
demo: $(VENVS) ## deploy to an emulated AWS and watch logs arrive (SERVICE_KEY=key.json: of a real tenant; KEEP=1: stay open, to try the rest)
	@$(OPERATE) demo $(if $(SERVICE_KEY),--service-key "$(SERVICE_KEY)") $(if $(KEEP),--keep)

.PHONY: deploy
deploy: .venv/.filled .venv-sam/.filled ## deploy a stack of yours: three questions, the key judged first (ARGS='--set Name=Value')
	@$(SIGNED_IN) $(OPERATE) deploy $(if $(STACK),--stack "$(STACK)") $(ARGS)

.PHONY: doctor
doctor: .venv/.filled ## examine a stack of yours (STACK=name, by default mpl-export)
	@$(SIGNED_IN) $(OPERATE) doctor $(if $(STACK),--stack "$(STACK)")

.PHONY: verify
verify: .venv/.filled ## hold an archive against its seals (BUCKET=... or DIR=..., TENANT=..., HEAD=, PUBLIC_KEY=, SINCE=, UNTIL=, DEEP=1)
	@$(SIGNED_IN) $(OPERATE) verify $(if $(BUCKET),--bucket "$(BUCKET)") $(if $(DIR),--dir "$(DIR)") --tenant "$(TENANT)" \
		$(if $(HEAD),--head "$(HEAD)") $(if $(PUBLIC_KEY),--public-key "$(PUBLIC_KEY)") $(if $(DEEP),--deep) \
		$(if $(SINCE),--since "$(SINCE)") $(if $(UNTIL),--until "$(UNTIL)") $(ARGS)

.PHONY: plan
plan: .venv/.filled ## what a backfill takes (SINCE=P30D, UNTIL=, STACK=); nothing is written
	@$(SIGNED_IN) $(OPERATE) plan $(SPAN) $(if $(STACK),--stack "$(STACK)") $(ARGS)

.PHONY: backfill
backfill: .venv/.filled ## export a span and watch it (SINCE=P30D, UNTIL=, STACK=, or EXECUTION= to watch again)
	@$(SIGNED_IN) $(OPERATE) backfill $(SPAN) $(if $(EXECUTION),--execution "$(EXECUTION)") $(if $(STACK),--stack "$(STACK)") $(ARGS)

SPAN = $(if $(SINCE),--since "$(SINCE)") $(if $(UNTIL),--until "$(UNTIL)") $(if $(SLICE_ROWS),--slice-rows "$(SLICE_ROWS)")

.PHONY: copy
copy: .venv/.filled ## copy an archive to another bucket, verified on arrival (FROM=bucket, TO=bucket, TENANT=)
	@$(SIGNED_IN) $(OPERATE) copy --from "$(FROM)" --to "$(TO)" $(if $(TENANT),--tenant "$(TENANT)") $(ARGS)

.PHONY: erase
erase: .venv/.filled ## empty rows of the archive for good (BUCKET=..., TENANT=..., GUID=... or TEXT=..., REASON=..., SINCE=, UNTIL=)
	@$(SIGNED_IN) $(OPERATE) erase --bucket "$(BUCKET)" --tenant "$(TENANT)" --reason "$(REASON)" \
		$(if $(GUID),--guid "$(GUID)") $(if $(TEXT),--text "$(TEXT)") \
		$(if $(SINCE),--since "$(SINCE)") $(if $(UNTIL),--until "$(UNTIL)") $(ARGS)

.PHONY: drill
drill: $(VENVS) ## set every alarm off and see what arrives (STACK=name: of a stack of yours)
	@$(if $(STACK),$(SIGNED_IN)) $(OPERATE) drill $(if $(STACK),--stack "$(STACK)")

.PHONY: prove
prove: .venv/.filled .venv-sam/.filled ## prove it in your account: deploys a stack, drills, verifies, deletes it; asks before each step (STACK=name)
	@$(SIGNED_IN) $(OPERATE) prove $(if $(STACK),--stack "$(STACK)") $(ARGS)

# Which archive: DIR is a local copy, BUCKET a bucket, STACK a stack.
ARCHIVE = $(if $(DIR),--dir "$(DIR)") $(if $(BUCKET),--bucket "$(BUCKET)") \
	$(if $(STACK),--stack "$(STACK)") $(if $(TENANT),--tenant "$(TENANT)") \
	$(if $(SINCE),--since "$(SINCE)") $(if $(UNTIL),--until "$(UNTIL)")

.PHONY: trace
trace: .venv/.filled ## one message's story (ID=MessageGuid, CorrelationId, ApplicationMessageId or HEADER=name=value; SINCE=P7D; DIR, BUCKET or STACK)
	@$(SIGNED_IN) $(OPERATE) trace $(ARCHIVE) $(ARGS) -- "$(ID)"

.PHONY: ask
ask: .venv/.filled ## a question answered from the archive (QUERY=name, none lists them; SINCE=P7D; SET='id=...'; DIR, BUCKET or STACK)
	@$(SIGNED_IN) $(OPERATE) ask $(ARCHIVE) $(if $(SET),--set "$(SET)") $(ARGS) $(QUERY)

.PHONY: queries
queries: .venv/.filled ## write tables, views and saved queries into template.yaml, from queries/
	@PYTHONPATH=functions $(BIN)/python -m operate.asking.generate

.PHONY: report
report: .venv/.filled ## one page on the last four weeks, what is different from last week first (SINCE=P28D; UNTIL; DIR, BUCKET or STACK; OUT=report.html)
	@$(SIGNED_IN) $(OPERATE) report $(ARCHIVE) $(if $(OUT),--out "$(OUT)") $(ARGS)

.PHONY: rules
rules: .venv/.filled ## put rules for telling and masking (FILE=alerts.toml, STACK=name; without FILE: show them; CHECK=1: judge the file only)
	@$(SIGNED_IN) $(OPERATE) rules $(if $(FILE),--file "$(FILE)") $(if $(CHECK),--check) $(if $(STACK),--stack "$(STACK)") $(ARGS)

.PHONY: rules-try
rules-try: .venv/.filled ## who would have been told what by rules (FILE=alerts.toml SINCE=P7D, and DIR=, BUCKET= or STACK=; TENANT=)
	@$(SIGNED_IN) $(OPERATE) rules-try --file "$(FILE)" $(if $(SINCE),--since "$(SINCE)") $(if $(DIR),--dir "$(DIR)") \
		$(if $(BUCKET),--bucket "$(BUCKET)") $(if $(TENANT),--tenant "$(TENANT)") $(if $(STACK),--stack "$(STACK)") $(ARGS)

.PHONY: cost
cost: .venv/.filled ## what a quiet stack costs a month, line by line
	@PYTHONPATH=functions $(BIN)/python -m tests.support.cost

.PHONY: tenant
tenant: .venv/.filled ## start the simulated tenant alone, until Ctrl-C
	@$(OPERATE) tenant

.PHONY: local
local: $(VENVS) $(BUILT) ## start what `sam local invoke` needs (needs Docker), until Ctrl-C
	@PYTHONPATH=functions $(BIN)/python -m operate.emulated.local_world

# --- what proves it ---------------------------------------------------------------------

.PHONY: test
test: $(VENVS) $(BUILT) ## unit, contract, integration and packaging tests
	@mkdir -p .run && rm -f $(NOTED_CALLS)
	MPL_EXPORT_NOTED_CALLS=$(NOTED_CALLS) $(BIN)/pytest $(call junit,test) $(ON_ALL_CORES) --ignore $(JUDGE) \
		tests/unit tests/contract tests/integration tests/packaging
	MPL_EXPORT_NOTED_CALLS=$(NOTED_CALLS) $(BIN)/pytest $(call junit,judge) $(JUDGE)

.PHONY: e2e
e2e: $(VENVS) $(BUILT) ## the deployed stack on an emulated AWS, and `sam local invoke` in Docker
	$(BIN)/pytest $(call junit,e2e) $(ON_ALL_CORES) tests/e2e

.PHONY: quick
quick: .venv/.filled ## the inner loop, below a minute: checks, and the unit tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	PYTHONPATH=functions $(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q -x tests/unit

.PHONY: check
check: $(VENVS) ## style, types, imports, template, security
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	PYTHONPATH=functions $(BIN)/lint-imports --no-logo
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml functions operate
	$(BIN)/cfn-lint template.yaml
	$(NOWHERE) $(SAM) validate --lint

.PHONY: checkov
checkov: .venv-checkov/.filled ## common mistakes in the template (what is left out has its reason in .checkov.yaml)
	@.venv-checkov/bin/checkov --config-file .checkov.yaml

.PHONY: mutants
mutants: .venv-audit/.filled .venv-emulator/.filled ## break the core in every small way: does a test notice? (15 minutes; FUNCTIONS='*walking*')
	@PYTHONPATH=functions .venv-audit/bin/python -m tests.support.mutants $(FUNCTIONS)

.PHONY: bench
bench: .venv/.filled .venv-plot/.filled $(BUILT) $(if $(PEERS),$(PEER_VENVS)) ## how fast it is, as table, JSON and picture (ONLY='day month', ROUNDS=3, PEERS=1)
	@PYTHONPATH=.:functions $(BIN)/python -m tests.bench --plot-with .venv-plot/bin/python \
		$(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ONLY),--only $(ONLY)) $(if $(PEERS),--peers)

.PHONY: bench-check
bench-check: .venv/.filled ## what of that no machine changes: requests, calls, parts, bytes, memory (2 minutes)
	$(BIN)/pytest $(call junit,bench-check) tests/bench

.PHONY: audit
audit: .venv-audit/.filled ## known vulnerabilities in the locks; fails where it cannot find out (so CI leaves it out)
	@requirements/audit $(RUNTIME_LOCK) requirements/*.txt

# --- what is shipped --------------------------------------------------------------------

.PHONY: build
build: $(BUILT) ## `sam build`: the function and a layer for each architecture

$(BUILT): .venv-sam/.filled template.yaml samconfig.toml $(shell find functions -name __pycache__ -prune -o -print) \
		$(wildcard layers/dependencies/*)
	$(NOWHERE) $(SAM) build
	@.venv-sam/bin/python -m operate.built
	@touch $@

.PHONY: sbom
sbom: .venv-audit/.filled $(BUILT) ## list what ships, with licences (CycloneDX): .run/sbom.cdx.json
	@requirements/sbom .aws-sam/build/DependenciesX86 .run/sbom.cdx.json

RELEASE := .run/release

# Built anew, not from a cache: what is released is what the lock and the sources say.
define MAKE_RELEASE
	@rm -rf $(RELEASE)
	@mkdir -p $(RELEASE)
	@$(NOWHERE) $(SAM) build --no-cached --build-dir $(RELEASE)/build >$(RELEASE)/build.log 2>&1 || \
		{ cat $(RELEASE)/build.log; exit 1; }
	@requirements/sbom $(RELEASE)/build/DependenciesX86 $(RELEASE)/files/sbom-x86_64.cdx.json
	@requirements/sbom $(RELEASE)/build/DependenciesArm $(RELEASE)/files/sbom-arm64.cdx.json
	@$(OPERATE).release $(RELEASE)/build $(RELEASE)/files
endef

.PHONY: release
release: .venv/.filled .venv-audit/.filled .venv-sam/.filled ## files that one can install without this folder: .run/release/files
	$(MAKE_RELEASE)

.PHONY: release-check
release-check: .venv/.filled .venv-audit/.filled .venv-sam/.filled ## make a release twice: are they the same bytes?
	$(MAKE_RELEASE)
	@cp $(RELEASE)/files/SHA256SUMS .run/first-sums
	$(MAKE_RELEASE)
	@diff .run/first-sums $(RELEASE)/files/SHA256SUMS && echo 'The same bytes, twice.'

# --- environments -----------------------------------------------------------------------

.PHONY: venv
venv: $(VENVS) ## create the three virtual environments from their locks

# Each script writes its .filled last, so what was broken off is done again.
.venv-uv/.filled: requirements/bootstrap.txt
	@requirements/bootstrap

.venv/.filled: $(RUNTIME_LOCK) requirements/dev.txt .venv-uv/.filled
	@requirements/environment .venv $(RUNTIME_LOCK) requirements/dev.txt

.venv-sam/.filled: requirements/sam.txt .venv-uv/.filled
	@requirements/environment .venv-sam requirements/sam.txt

.venv-emulator/.filled: requirements/emulator.txt .venv-uv/.filled
	@requirements/environment .venv-emulator requirements/emulator.txt

# Made when it is asked for: nothing that CI runs needs it.
.venv-audit/.filled: $(RUNTIME_LOCK) requirements/dev.txt requirements/audit.txt .venv-uv/.filled
	@requirements/environment .venv-audit $(RUNTIME_LOCK) requirements/dev.txt requirements/audit.txt

# Pins what nothing else here wants, so it lives alone.
.venv-checkov/.filled: requirements/checkov.txt .venv-uv/.filled
	@requirements/environment .venv-checkov requirements/checkov.txt

.venv-plot/.filled: requirements/plot.txt .venv-uv/.filled
	@requirements/environment .venv-plot requirements/plot.txt

# Other people's exporters, to compare with; their locks stay as they are, so that figures do.
$(PEER_VENVS): .venv-%/.filled: tests/bench/peers/%.txt .venv-uv/.filled
	@requirements/environment .venv-$* $<

.PHONY: lock
lock: .venv-uv/.filled ## write all locks anew, with the newest versions (needs the network)
	requirements/lock

.PHONY: clean
clean: ## remove the environments and all that was built
	rm -rf .venv .venv-uv .venv-sam .venv-emulator .venv-audit .venv-plot .venv-grove .venv-dlt .venv-checkov .aws-sam .run
	rm -rf .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find functions tests -name __pycache__ -prune -exec rm -rf {} +

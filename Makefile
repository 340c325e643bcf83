# The commands of the house; `./run_tests.sh` and `./run_migration_verification.sh` need no make.

.PHONY: test verify verify-quick dry-run sim sim-pairs mutants lock

test:           ## What continuous integration runs.
	./run_tests.sh

verify:         ## The whole verification, with a dry run of 300 seconds.
	./run_migration_verification.sh

verify-quick:   ## Every check sampled, within 3 minutes.
	./run_migration_verification.sh --quick

dry-run:        ## The bot against the simulator, for 30 seconds.
	python3 unified_launcher.py --mode=all --dry-run --duration=30

SEEDS ?= 20
FIRST_SEED ?= 1
SECONDS ?= 1800
JOBS ?= 1
EXCHANGE ?= all
sim:            ## Simulated sessions with faults: make sim SEEDS=100 EXCHANGE=okx JOBS=2, or KILL_AT=all.
	.venv/bin/python -m readiness.chaos --exchange $(EXCHANGE) --seeds $(SEEDS) --first-seed $(FIRST_SEED) \
		--seconds $(SECONDS) --jobs $(JOBS) --kill-at "$(KILL_AT)"

sim-pairs:      ## The same of arbitrage between two exchanges: make sim-pairs SEEDS=100.
	.venv/bin/python -m readiness.chaos.arbitrage --seeds $(SEEDS) --first-seed $(FIRST_SEED)

SEED ?= 1
mutants:        ## Seeded defects and which checks see them, kept for the verdict: make mutants JOBS=2.
	.venv/bin/python -m readiness.mutants --seed $(SEED) --jobs $(JOBS) --keep \
		$(if $(CHECK),--check "$(CHECK)")

COMPILE = .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
lock:           ## The hashed lock, from pyproject.toml; needs an environment set up with uv.
	$(COMPILE) pyproject.toml -o requirements/runtime.txt
	$(COMPILE) pyproject.toml --group dev -o requirements/dev.txt
	echo 'uv>=0.13.9,<0.14' | $(COMPILE) - -o requirements/uv.txt

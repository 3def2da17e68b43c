# Every target is one line of `make help`. Second runs reuse .venv/, .make/ (stamps) and the Rust build outside the checkout.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export CARGO_TARGET_DIR ?= $(HOME)/.cache/sentral/target

# Programs that tests use and that Debian keeps out of the search path.
export PATH := $(PATH):/usr/sbin:/sbin:$(CURDIR)/.make/promtool/usr/bin$(subst $() /,:/,$(addprefix $() ,$(wildcard /usr/lib/postgresql/*/bin)))

BIN := .venv/bin
ROOMS := acd calls config events ivr media records sentral sip telemetry web
PYTHON_SOURCES := $(ROOMS) tests tools $(wildcard bench)
CRATE := media/engine/Cargo.toml
ENGINE_SOURCES := $(wildcard media/engine/*.toml media/engine/*.pyi media/engine/build.rs) \
	$(shell find media/engine -name target -prune -o -name fuzz -prune -o -name '*.rs' -print 2>/dev/null)
BENCHES := $(subst /,.,$(basename $(filter-out %/__init__.py,$(wildcard bench/*/*.py bench/*.py))))
CONFIG ?= config/demo.yaml
PYTEST := $(BIN)/python -m pytest
PYTEST_WORKERS ?= 2

.PHONY: help
help: ## list the targets
	@awk -F "(:.*## )" '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- using it

.PHONY: run
run: setup prompts ## set everything up and serve the demo centre (CONFIG=… for another)
	$(BIN)/sentral serve --config $(CONFIG)

.PHONY: demo
demo: setup prompts ## place real calls through the demo centre and print what happened
	$(BIN)/sentral demo

.PHONY: setup
setup: .make/packages .make/engine .make/project ## make .venv/ with everything that serving and testing need

.PHONY: engine
engine: .make/engine ## build the Rust media engine into .venv/ if a source changed

.PHONY: prompts
prompts: .make/prompts ## render the spoken prompts that are not there yet

.PHONY: clean
clean: ## remove .venv/ and all that was built in the checkout (never var/)
	rm -rf .venv .venv-pjsua2 .make dist build .mypy_cache .ruff_cache .import_linter_cache

# ---- tests

.PHONY: test
test: setup prompts system-packages ## run all tests but the slow ones
	$(PYTEST) -n $(PYTEST_WORKERS) --dist loadgroup -m 'not slow' $(ARGS)

.PHONY: test-slow
test-slow: setup prompts system-packages ## run the slow tests: load, softphones, packaging
	$(PYTEST) -m slow $(ARGS)

.PHONY: hunt
hunt: setup prompts ## play what goes by chance with a new seed, which is told at the top (ARGS="tests/acd")
	@seed=$$(od -An -N4 -tu4 /dev/urandom | tr -d ' '); \
	SENTRAL_ACD_SEED=$$seed $(PYTEST) -n $(PYTEST_WORKERS) --hypothesis-seed=$$seed \
		-m 'not sipp and not softphone' --ignore tests/e2e --ignore tests/rig --ignore tests/packaging $(ARGS)

.PHONY: bench
bench: setup prompts system-packages ## measure what parsing, deciding and a whole call cost (minutes; never in CI)
	@for module in $(BENCHES); do echo "== $$module"; $(BIN)/python -m $$module || exit 1; done

.PHONY: fuzz
fuzz: fuzz-sip fuzz-engine fuzz-guided ## look for input that breaks what strangers reach (ARGS="--seconds 3600 --seed 1")

.PHONY: fuzz-sip
fuzz-sip: setup ## the part of SIP and SDP, guided by coverage (ARGS="--target sdp")
	$(BIN)/python -m tests.sip.fuzz $(ARGS)

.PHONY: fuzz-engine
fuzz-engine: setup ## the media engine's part: RTP, RTCP, telephone-event, STUN, SRTP
	PATH="$$PATH:$$HOME/.cargo/bin" $(BIN)/python -m tests.media.fuzz $(ARGS)

.PHONY: fuzz-guided
fuzz-guided: ## the same, guided by coverage, where cargo-fuzz and nightly Rust are
	tools/fuzz_engine.sh $(ARGS)

.PHONY: miri
miri: ## run the media engine's tests in Miri, where that is (ARGS="--seconds 40 --tests sounds")
	tools/miri_engine.sh $(ARGS)

.PHONY: mutants
mutants: setup ## plant bugs in the distributor and list those that no test notices (ARGS="--since main --minutes 30")
	$(BIN)/python tools/mutants.py $(ARGS)

.PHONY: check
check: setup ## run every static check, the Rust tests and the wheel in an empty environment
	@tools/check.sh $(CHECKS)

.PHONY: format
format: setup ## format Python and Rust
	$(BIN)/ruff check --fix --quiet $(PYTHON_SOURCES)
	$(BIN)/ruff format --quiet $(PYTHON_SOURCES)
	cargo fmt --manifest-path $(CRATE)

.PHONY: docs
docs: setup ## write the reference pages in docs/ anew from the program
	$(BIN)/python -m config.reference
	$(BIN)/python -m ivr.reference
	$(BIN)/python -m telemetry.metrics_page

.PHONY: lock
lock: .make/packages ## write requirements.lock anew (ARGS=--upgrade for newer versions)
	tools/lock.sh $(ARGS)

.PHONY: system-packages
system-packages: ## install the programs that tests use (SIPp, sipsak), or name them
	@tools/system_packages.sh tests || true

# ---- stamps

.make/packages: requirements.lock tools/bootstrap.sh
	@mkdir -p .make
	@tools/bootstrap.sh
	@touch $@

.make/engine: $(ENGINE_SOURCES) tools/engine.sh | .make/packages
	@tools/engine.sh
	@touch $@

.make/project: pyproject.toml | .make/packages
	@"$$(cat .make/uv.path)" pip install --quiet --python $(BIN)/python --no-deps --no-sources --no-build-isolation -e .
	@touch $@

.make/prompts: $(wildcard ivr_flows/*.yaml ivr_flows/*/*.yaml) $(CONFIG) $(if $(wildcard var/prompts),,always) | setup
	@$(BIN)/sentral prompts render --config $(CONFIG)
	@touch $@

.PHONY: always
always:

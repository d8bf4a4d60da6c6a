# SPDX-License-Identifier: GPL-3.0-or-later

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

# `make zip PYTHONS="311 313 314" OUTPUT=build` makes an archive for a Blender with another Python.
PYTHONS := 311 313
OUTPUT := dist
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' blender_manifest.toml)
ARCHIVE := dist/living_portraits-$(VERSION)-linux-x64.zip
SOURCES := $(shell find portrait_addon -type f -not -path '*/__pycache__/*') blender_manifest.toml LICENSE NOTICE.md \
    tools/build_zip.py tools/manual.py README.md $(wildcard licenses/* docs/*.md tools/requirements/wheels-*.txt)

# Tests start many processes: what these import is compiled once, not in each of them.
unexport PYTHONDONTWRITEBYTECODE

# Blender's module can hang where it should end.
LIMIT := timeout --kill-after=10

DEFAULT_PYTHON := python=$$(tools/environments.sh --first)

PLACES :=
OPTIONS :=

.PHONY: help demo bench-picture bench-speed head head-truth mutate test test-archives test-faults test-farm test-web study coverage golden lint zip python lock clean
help:
	@echo 'make demo    animate a portrait of 1888 in Blender: build/demo/'
	@echo 'make bench-picture  measure the pictures: build/bench/ (PLACES="folders or files" for others than tests/assets;'
	@echo '             OPTIONS="--only self" leaves out the product without each of its rules, which takes longest)'
	@echo 'make bench-speed  measure the speed: build/bench/ (OPTIONS="--only job --rounds 3", --long for 10,000 frames,'
	@echo '             --against CHECKOUT for two checkouts in turn)'
	@echo 'make head    make the head in portrait_addon/models/ anew: build/head/ keeps what is fetched'
	@echo 'make head-truth  render heads of which everything is known, and track them: tests/head_truth/'
	@echo 'make mutate  change each constant and see whether a test notices: build/mutate.md (OPTIONS="--only lids", --golden)'
	@echo 'make test    lint, and every test; those that need Blender, in every Blender that is available'
	@echo 'make test-faults  every fault of docs/reliability.md at its full count, and 500 examples of each property'
	@echo 'make test-farm  share a bake on Open Job Description and Flamenco, where these and node are to be had'
	@echo 'make test-web  click through a study and a living profile in a browser, where Chromium is installed'
	@echo 'make study   build or analyse a study that tells how real clips look: docs/study.md (OPTIONS="build --help")'
	@echo 'make test-archives  build the archives, and check that each brings all that its desktop needs'
	@echo 'make coverage  run the tests and print by room how many lines they run (PLACES="tests/jobs" for some tests)'
	@echo 'make golden  write the golden frames anew, after METHOD_VERSION was raised'
	@echo 'make lint    style, docstrings and types only'
	@echo 'make zip     the extension archive for each desktop: dist/'
	@echo 'make python  print the interpreter of the default environment (use make -s)'
	@echo 'make lock    write the lock files anew from tools/requirements/*.in'
	@echo 'make clean   remove all that was built, environments too'

demo:
	@$(DEFAULT_PYTHON); $(LIMIT) 900 "$$python" tools/demo.py

bench-picture:
	@$(DEFAULT_PYTHON); $(LIMIT) 10800 "$$python" -m tests.bench.picture $(PLACES) $(OPTIONS)

bench-speed: $(ARCHIVE)
	@$(DEFAULT_PYTHON); $(LIMIT) 7200 "$$python" -m tests.bench.speed $(OPTIONS)

head:
	@$(DEFAULT_PYTHON); "$$python" tools/make_head.py $(PLACES) $(OPTIONS)

head-truth:
	@$(DEFAULT_PYTHON); $(LIMIT) 1800 "$$python" tools/head_truth.py $(OPTIONS)

mutate:
	@$(DEFAULT_PYTHON); "$$python" tools/mutate.py $(OPTIONS)

# The Blenders run side by side, each on a core of its own; every line says whose it is. What no Blender can change is
# tested in one of them.
test: lint $(ARCHIVE)
	@pythons=$$(tools/environments.sh); all=$$(wc -l <<<"$$pythons"); failed=0; running=(); \
	trap 'kill "$${running[@]}"' INT TERM; \
	while IFS= read -r python; do \
	    blender=$$("$$python" -c 'import sys; print("Blender", sys.prefix.rsplit("/")[-1])'); \
	    share=$$(($${#running[@]} + 1))/$$all; \
	    $(LIMIT) 2400 "$$python" -m pytest --quiet --share "$$share" </dev/null > >(sed -u "s|^|$$blender  |") 2>&1 & \
	    running+=($$!); \
	done <<<"$$pythons"; \
	for run in "$${running[@]}"; do wait "$$run" || failed=1; done; exit $$failed

test-archives: $(ARCHIVE)
	@$(DEFAULT_PYTHON); $(LIMIT) 1200 "$$python" -m pytest --quiet tests/test_archives.py tests/test_zip.py </dev/null

coverage: $(ARCHIVE)
	@mkdir -p build; $(DEFAULT_PYTHON); $(LIMIT) 7200 "$$python" -m coverage run --module pytest --quiet $(or $(PLACES),tests) </dev/null; \
	"$$python" tools/coverage_by_room.py

test-faults:
	@$(DEFAULT_PYTHON); export FAULTS=long; \
	$(LIMIT) 3600 "$$python" -m pytest --quiet --durations=10 tests/faults </dev/null; \
	$(LIMIT) 3600 "$$python" -m pytest --quiet --durations=10 -m hypothesis </dev/null

# What it needs beside the default environment goes into .venv/farm.
test-farm:
	@$(DEFAULT_PYTHON); if tools/side_environment.sh "$$python" farm node; then \
	    FARM=1 PATH="$$PWD/.venv/farm/bin:$$PATH" $(LIMIT) 1800 "$$python" -m pytest --quiet tests/farm </dev/null; \
	fi

# The same for .venv/web.
test-web:
	@$(DEFAULT_PYTHON); if tools/side_environment.sh "$$python" web "chromium|google-chrome"; then \
	    WEB=1 $(LIMIT) 1200 .venv/web/bin/python -m pytest --quiet tests/web </dev/null; \
	fi

study:
	@$(DEFAULT_PYTHON); tools/side_environment.sh "$$python" web; .venv/web/bin/python -m tools.study $(OPTIONS)

golden:
	@tools/environments.sh --all | while IFS= read -r python; do "$$python" -m tests.pipeline.golden; done

lint:
	@$(DEFAULT_PYTHON); \
	"$$python" -m ruff check --quiet; \
	"$$python" -m ruff format --check; \
	"$$python" tools/docstrings.py; \
	"$$python" -m mypy

zip:
	@$(DEFAULT_PYTHON); "$$python" tools/build_zip.py --pythons $(PYTHONS) --output $(OUTPUT)

$(ARCHIVE): $(SOURCES)
	@$(DEFAULT_PYTHON); "$$python" tools/build_zip.py --pythons 311 313 --output dist

python:
	@tools/environments.sh --first

lock:
	@tools/environments.sh --all | while IFS= read -r python; do \
	    file=tools/requirements/blender-$$(basename "$${python%/bin/python}").txt; \
	    "$$python" tools/lock.py >$$file.new; mv $$file.new $$file; \
	done
	@$(DEFAULT_PYTHON); for file in tools/requirements/wheels-*.txt; do \
	    platform=$${file#*/wheels-}; "$$python" tools/lock.py "$${platform%.txt}" >$$file.new; mv $$file.new $$file; \
	done; \
	for name in farm web; do \
	    file=tools/requirements/$$name.txt; "$$python" tools/lock.py $$name >$$file.new; mv $$file.new $$file; \
	done

clean:
	@rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find portrait_addon tests tools -name __pycache__ -prune -exec rm -rf {} +

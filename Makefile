# Two commands matter: `make demo` and `make test`. Each makes .venv by itself
# from the hash-locked requirements; nothing but python3 (with venv) and make is needed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   := var/demo
ARGS   ?=
# Each process begins with its half of the files, one after the other, for their fixtures are shared; the first that
# is through takes over half of what the other still has.
SPREAD := -n auto --dist worksteal

# The tests start the program hundreds of times: it must find its bytecode.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test quick lint check bench compat references lock locale clean

help:  ## what each target does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/.runtime: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

setup: $(VENV)/.runtime  ## .venv with the newsletter command in it

demo: $(VENV)/.runtime  ## the whole road on the sample project, then the preview
	@sh docs/demo.sh $(abspath $(BIN))/newsletter $(DEMO) $(ARGS)

test: $(VENV)/.dev  ## the tests
	$(BIN)/python -m pytest $(SPREAD) $(ARGS)

quick: $(VENV)/.dev  ## the tests without the slow ones
	$(BIN)/python -m pytest $(SPREAD) -m "not slow and not browser and not postgresql" $(ARGS)

lint: $(VENV)/.dev  ## style, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

check: lint test  ## everything a commit must pass

bench: $(VENV)/.dev  ## measure, and write docs/benchmarks.md
	$(BIN)/python -m benchmarks $(ARGS)

references: $(VENV)/.dev  ## photograph the layouts again, for the tests to hold them against (needs chromium)
	$(BIN)/python -m tests.browser.photographs

compat: $(VENV)/.dev  ## hold mrml against MJML's own engine on every layout (needs node and npm)
	$(BIN)/python -m tests.compat

lock: $(VENV)/.dev  ## write the locked requirements again (needs uv)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --group build --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --upgrade --output-file requirements.txt
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --group build --group dev --constraint requirements.txt --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --output-file requirements-dev.txt

locale: $(VENV)/.runtime  ## read the sentences again, and compile the catalogues (a catalogue without header counts as fuzzy)
	@mkdir -p var
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k pgettext:1c,2 --no-location --sort-output --omit-header -o var/messages.pot .
	$(BIN)/pybabel -q update -i var/messages.pot -d newsletter/locale -D messages --no-fuzzy-matching --omit-header --ignore-pot-creation-date
	$(BIN)/pybabel -q compile --use-fuzzy -d newsletter/locale -D messages

clean:  ## remove what the other targets made
	rm -rf $(VENV) var dist

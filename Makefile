# Each target sets up what it needs: a fresh clone, Python 3.11+, make and git are enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := uv pip compile pyproject.toml --extra dev --extra dask --universal --python-version 3.11 \
  --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --no-strip-extras --quiet -o requirements.lock

.PHONY: help report test test-slow test-browser check lab messages exercises course bench lock clean

help:                ## this list
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

report: $(READY)     ## the client report of Negin, the teaching company, to reports/negin/index.html
	$(BIN)/crmlab report negin --out reports

test: $(READY)       ## the tests, with coverage
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term

test-slow: $(READY)  ## coverage of the estimators over 200 seeds each (minutes)
	$(BIN)/python -m pytest -n auto --dist worksteal -m slow

test-browser: $(READY) ## the rendered pages in a real browser (needs chromium)
	$(BIN)/python -m pytest -n auto --dist worksteal -m browser

check: $(READY)      ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lab: $(READY)        ## JupyterLab on a working copy of the notebooks
	$(BIN)/crmlab lab

messages: $(READY)   ## bring the texts to translate in crmlab/locale up to date with the source
	$(BIN)/python -m crmlab.language.messages

exercises: $(READY)  ## build notebooks/exercises from the solutions in the notebooks
	$(BIN)/python -m crmlab.teaching.blanks

course: $(READY)     ## the course page, to reports/course.html
	$(BIN)/crmlab teach course --out reports/course.html

bench: $(READY)      ## speed as ratios against named peers (needs 10 GB of disk, half an hour)
	$(BIN)/python -m tests.benchmarks.startup
	$(BIN)/python -m tests.benchmarks.summary
	$(BIN)/python -m tests.benchmarks.models
	$(BIN)/python -m tests.benchmarks.batch
	$(BIN)/python -m tests.benchmarks.batch --clients 500
	$(BIN)/python -m tests.benchmarks.reports
	$(BIN)/python -m tests.benchmarks.extent

gallery: $(READY)    ## renew the picture of a report that the README shows (needs chromium)
	$(BIN)/python -m tests.report.browser.gallery

lock: $(READY)       ## renew requirements.lock; add UPGRADE=--upgrade for the newest versions
	$(BIN)/$(LOCK) $(UPGRADE)

clean:               ## remove the environment and what tests and tools left behind
	rm -rf $(VENV) .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"crmlab needs Python 3.11 or newer and found {v[0]}.{v[1]}; name another one: make PYTHON=python3.12 ...")'
	@echo "Setting up $(VENV) from requirements.lock (two to five minutes, once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

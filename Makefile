# Everything runs in .venv, which is made from requirements.txt when it is missing or older than that file.
PYTHON ?= python3
SHELL := bash
.SHELLFLAGS := -o pipefail -c
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help environment replicate smoke test check report

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

environment: .venv/.complete ## the environment, .venv; every other target makes it first

replicate: .venv/.complete ## the full study: every run, table, figure and document
	.venv/bin/snakemake --cores all

smoke: .venv/.complete ## the same jobs on a small study, in results/smoke
	.venv/bin/snakemake --cores all --configfile config/smoke.yaml

test: .venv/.complete ## every test
	.venv/bin/python -m pytest -n auto --dist loadgroup tests

check: .venv/.complete ## lint, format and types
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/snakefmt --check Snakefile workflow/rules
	.venv/bin/pyright
	.venv/bin/snakemake --lint

report: .venv/.complete ## report.html of what has been run
	.venv/bin/snakemake --report report.html

# What pip says, in a few lines: how far it is, the large downloads, and whatever is no routine, such as errors.
define PIP_IN_SHORT
/^(Collecting|Processing) / { if (++n % 25 == 0) { print "  " n " packages found"; fflush() } }
/^  Downloading .*(GB|[0-9][0-9][0-9]\.[0-9] MB)\)/ { print; fflush() }
/^Installing collected packages/ { print "  installing " n " packages"; fflush() }
/^(Collecting|Processing|Looking|Requirement|Installing|Successfully|Using cached|Obtaining) / { next }
/^  (Downloading|Using cached|Preparing|Getting|Installing build|Created|Attempting uninstall)/ { next }
/^ +(Found existing installation|Uninstalling|Successfully uninstalled)/ { next }
/^WARNING/ && !/Retrying/ { next }
{ print; fflush() }
endef
export PIP_IN_SHORT

.venv/.complete: requirements.txt
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; $(PYTHON) is " + v + ". Name another: make PYTHON=python3.12")'
	@echo "Installing the packages of requirements.txt into .venv; this takes some minutes, once."
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --disable-pip-version-check --progress-bar off --requirement requirements.txt 2>&1 | awk "$$PIP_IN_SHORT"
	@touch $@

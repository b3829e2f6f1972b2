# `make demo` runs the platform, `make test` proves it. The rest serves these two.
PYTHON ?= python3
VENV := .venv/bin/python
export PYTHONUNBUFFERED = 1

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset accounts test faults mutants lint format bench shell lock licences sbom messages clean runtime-environment dev-environment

help: ## show these lines
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: dev-environment ## create .venv with the locked requirements

demo: runtime-environment ## run the demo federation; Ctrl-C stops it
	@exec $(VENV) -m coopcycle.runtime.demo

accounts: runtime-environment ## list all people of the demo, with their passwords
	@$(VENV) -m coopcycle.runtime.run manage.py demo_accounts

demo-reset: runtime-environment ## delete this checkout's demo data
	@$(VENV) -m coopcycle.runtime.demo --reset

test: dev-environment ## run all tests on real servers, or ARGS="tests/orders -q"
	@$(VENV) -m coopcycle.runtime.system_packages
	@$(VENV) -m pytest $(ARGS)

faults: dev-environment ## the sixteen faults, at many points, on real processes; prints a table
	@FAULTS=long $(VENV) -m pytest tests/faults $(ARGS)

mutants: dev-environment ## change the gates' code bit by bit and see whether a test notices
	@$(VENV) -m coopcycle.runtime.mutants $(ARGS)

lint: dev-environment ## check style, types, layers, migrations, templates, translations
	@$(VENV) -m coopcycle.runtime.system_packages gettext
	@$(VENV) -m coopcycle.runtime.lint $(ARGS)

format: dev-environment ## put Python and templates into our form
	@.venv/bin/ruff check --quiet --fix . ; .venv/bin/ruff format --quiet .
	@git ls-files -z '*.html' | xargs -0 .venv/bin/djade --target-version 6.0

bench: dev-environment ## measure; writes benchmarks/results.json
	@$(VENV) -m benchmarks $(ARGS)

shell: dev-environment ## Django's shell on the demo's data
	@$(VENV) -m coopcycle.runtime.run manage.py shell

lock: ## resolve requirements/*.in again, with hashes
	uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements/base.txt requirements/base.in
	uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements/dev.txt requirements/dev.in

licences: dev-environment ## write docs/licences.md: what we run on, and its licences
	@$(VENV) -m coopcycle.runtime.licences

sbom: dev-environment ## write var/sbom.cdx.json: the bill of materials (CycloneDX)
	@mkdir -p var
	@.venv/bin/cyclonedx-py requirements requirements/base.txt --output-reproducible -o var/sbom.cdx.json
	@echo "var/sbom.cdx.json is written."

messages: dev-environment ## collect the texts to translate into locale/
	@$(VENV) -m coopcycle.runtime.system_packages gettext
	@$(VENV) -m coopcycle.runtime.messages

clean: ## delete what can be made again: caches and .venv, not ./var
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime-environment:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.12 or newer is needed: there is no $(PYTHON)."; exit 1; }
	@$(PYTHON) coopcycle/runtime/bootstrap.py base

dev-environment:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.12 or newer is needed: there is no $(PYTHON)."; exit 1; }
	@$(PYTHON) coopcycle/runtime/bootstrap.py dev

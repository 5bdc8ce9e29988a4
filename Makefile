SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
# The marks of the tests that need no cluster, no container and no killed run.
NO_SYSTEMS := not chaos and not flink and not spark and not kubeflow and not fresh

.DEFAULT_GOAL := help

.PHONY: help
help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup:  ## Install the locked environment into .venv (PYTHON=python3.11 names a Python)
	@environment/set_up.sh

.PHONY: run
run: setup  ## Train, judge and push on all of Fashion-MNIST, 10 epochs
	$(BIN)/python local_runner.py

.PHONY: test
test: setup  ## Run the tests that need no cluster (the slow ones train on the real data)
	$(BIN)/python -m pytest -m "$(NO_SYSTEMS)"

.PHONY: test-fast
test-fast: setup  ## Run the tests that need neither network nor training
	$(BIN)/python -m pytest -m "not slow and $(NO_SYSTEMS)"

# Kept out of `make test`, which it slows. Processes that a test kills leave a file that
# can't be read, which `coverage report` says and passes over.
.PHONY: coverage
coverage: setup  ## Run the same tests and show which lines and branches they don't reach
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m "$(NO_SYSTEMS)"
	$(BIN)/coverage report

.PHONY: test-tools
test-tools: setup  ## Run those of the tests that need Chromium, kubectl, Prometheus or nginx
	$(BIN)/python -m pytest -m tools

.PHONY: test-flink
test-flink: setup  ## Compare the Beam stages on a real Apache Flink with the direct runner
	$(BIN)/python -m pytest -m flink -rs

.PHONY: test-spark
test-spark: setup  ## Compare the Beam stages on a real Apache Spark with the direct runner
	$(BIN)/python -m pytest -m spark -rs

.PHONY: test-engines-short
test-engines-short: setup  ## Both, with fewer images
	ENGINES=short $(BIN)/python -m pytest -m "flink or spark" -rs

.PHONY: test-kubeflow
test-kubeflow: setup  ## Build the image, run the Kubeflow package in containers, twice
	$(BIN)/python -m pytest -s -m kubeflow tests/kubeflow

.PHONY: test-kubeflow-short
test-kubeflow-short: setup  ## The same, but without the image on Debian 12
	KUBEFLOW=short $(BIN)/python -m pytest -s -m kubeflow tests/kubeflow

.PHONY: test-fresh
test-fresh: setup  ## Run the README's commands on a Debian 12 and 13 that nobody prepared
	$(BIN)/python -m pytest -m fresh -rs --durations=10 tests/fresh

.PHONY: test-fresh-newer
test-fresh-newer: setup  ## The same on Debian 13 alone
	$(BIN)/python -m pytest -m fresh -rs --durations=10 -k "not bookworm" tests/fresh

.PHONY: test-fresh-older
test-fresh-older: setup  ## The same on Debian 12 alone, with only the fast tests
	FRESH=short $(BIN)/python -m pytest -m fresh -rs --durations=10 -k bookworm tests/fresh

.PHONY: test-chaos
test-chaos: setup  ## Kill, starve and confuse whole runs (CHAOS_KILLS=20, CHAOS_SEED=n)
	$(BIN)/python -m pytest -m chaos -rs --capture=no

.PHONY: test-chaos-short
test-chaos-short: setup  ## The same with fewer cases of each kind, a few minutes
	CHAOS=short $(BIN)/python -m pytest -m chaos -rs --capture=no

.PHONY: fuzz
fuzz: setup  ## Look long for inputs that break the parsers (the tests look briefly)
	FUZZ=long $(BIN)/python -m pytest tests/fuzz

.PHONY: system-packages
system-packages:  ## Install the servers and browsers that tests start (Debian, Ubuntu; as root)
	sed 's/#.*//' tests/system-packages.txt | xargs dpkg --status >/dev/null 2>&1 \
	  || { apt-get update --quiet && sed 's/#.*//' tests/system-packages.txt \
	       | DEBIAN_FRONTEND=noninteractive xargs apt-get install --quiet --yes --no-install-recommends; }

.PHONY: image
image:  ## Build the image of the steps on Kubernetes (IMAGE=name:tag)
	deploy/image/build.sh $(IMAGE)

.PHONY: golden
golden: setup  ## Renew the Kubeflow packages that the tests compare with
	$(BIN)/python kubeflow_runner.py compile --package tests/pipeline/kubeflow/fashion-mnist.yaml
	$(BIN)/python kubeflow_runner.py compile --deployment <(echo "stages: separate") \
	  --package tests/pipeline/kubeflow/separate-stages.yaml

.PHONY: lint
lint: setup docs  ## Check style, format, types, spelling, and the pages with their links
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

# Leaves out an announcement of MkDocs' theme. With --quiet, MkDocs would overlook its own
# warnings, and so the broken links.
export NO_MKDOCS_2_WARNING := 1

.PHONY: docs
docs: setup  ## Build the site of the pages and the API reference into build/site
	$(BIN)/mkdocs build --strict

.PHONY: format
format: setup  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: pictures
pictures: setup  ## Draw the pictures of the README and the pages anew
	$(BIN)/python -m docs.draw_pipeline
	$(BIN)/python -m docs.draw_rooms
	$(BIN)/python -m docs.draw_image_path

.PHONY: report-picture
report-picture: setup  ## Take the README's picture of the newest report in ./output
	$(BIN)/python docs/draw_report.py

.PHONY: bench-inspect
bench-inspect: setup  ## Time the commands that explain runs on a store of 500 runs
	$(BIN)/python -m benchmarks.metadata_commands

BENCHMARKS := cold_run trainer data_stages core_use start_up growth image_folders serving \
  metadata_commands scoring drift step_costs

.PHONY: bench
bench: setup  ## Measure speed and growth, and put the figures on the pages (two hours)
	for name in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$name || exit 1; done
	$(BIN)/python -m benchmarks.table

.PHONY: bench-seeds
bench-seeds: setup  ## Train with three seeds, check the accuracies, show them (20 minutes)
	$(BIN)/python -m benchmarks.seeds
	$(BIN)/python -m benchmarks.table

COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes \
  --python-version 3.10 --no-emit-index-url --no-emit-find-links \
  --override overrides.txt --custom-compile-command "make lock"

.PHONY: lock
lock:  ## Resolve the dependencies anew into requirements.lock
	@environment/set_up.sh uv
	$(COMPILE) --upgrade pyproject.toml --output-file requirements.lock
	$(COMPILE) --upgrade --constraint requirements.lock --extra dev pyproject.toml --output-file requirements-dev.lock

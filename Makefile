# Each target calls `python -m tools`, which does its own set-up: see `make help`.
# Options go into ARGS: make test ARGS="-k losses". Another Python: make book PYTHON=python3.12.
PYTHON ?= python3
COMMANDS := serve book test test-colab test-oldest test-rounding lab lint bench faults notebooks new stills picture lock clean

.DEFAULT_GOAL := help
.PHONY: help repository $(COMMANDS)

help:
	@$(PYTHON) -m tools help

$(COMMANDS):
	@$(PYTHON) -m tools $@ $(ARGS)

repository:
	@$(PYTHON) -m tools repository $(URL)

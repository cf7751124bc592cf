# A thin face of install/dev.py, which does the same on machines without make.
# ONCE=1 make demo: run the demonstration through once and stop.
# SINCE=main make check: only the tests that a change since the branch left main can reach.
PYTHON ?= python3
DEV = $(PYTHON) install/dev.py

.PHONY: demo test check bench screens
demo:
	@$(DEV) demo $(if $(ONCE),--once)
check:
	@$(DEV) check $(if $(SINCE),--since $(SINCE))
test bench screens:
	@$(DEV) $@

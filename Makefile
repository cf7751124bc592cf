# A thin face of install/dev.py, which does the same on machines without make.
# ONCE=1 make demo: run the demonstration through once and stop.
PYTHON ?= python3
DEV = $(PYTHON) install/dev.py

.PHONY: demo test check bench screens
demo:
	@$(DEV) demo $(if $(ONCE),--once)
test check bench screens:
	@$(DEV) $@

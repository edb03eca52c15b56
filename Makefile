# Two commands do everything: `make demo` and `make test`; both set up what they need.
PYTHON ?= python3
BIN := .venv/bin
VIDEO ?= $(firstword $(wildcard ../shared/data/multiview/cam01.mp4))
EXTRAS := detect,show,synth,data,train,dev

# Tests share the cores; those of one file stay together, as they share what they set up.
PYTEST := $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

.PHONY: setup demo test test-all check bench docs

setup: .venv/ready

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[$(EXTRAS)]'
	touch $@

demo: setup  ## Lift the example's keypoints; then a real video: make demo VIDEO=my.mp4
	$(BIN)/maquette lift examples/data/walk_keypoints.npz --pictures examples/data/walk.mp4 --out out --format npz,json,csv,trc,html,mp4,png
ifneq ($(VIDEO),)
	$(BIN)/maquette predict $(VIDEO) --out out --format npz,json,csv,trc,html,mp4,png
endif
	@echo; echo "Results are in out/. Open a page in your browser:"; ls out/*.html

test: setup
	$(PYTEST)

test-all: setup  ## Those that take long as well
	$(PYTEST) -m ""

check: setup
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python tools/budgets.py src tests

bench: setup  ## Needs ../shared/data; writes benchmarks/results
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/lifting_prior.py
	$(BIN)/python benchmarks/lifting_speed.py
	$(BIN)/python benchmarks/real_multiview.py
	$(BIN)/python benchmarks/long_video.py
	$(BIN)/python benchmarks/raster.py
	$(BIN)/python benchmarks/synthesis.py
	$(BIN)/python benchmarks/synthetic_v1.py

docs: setup  ## Renew the pictures and figures that README and docs show
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python docs/write_figures.py

# Two commands do everything: `make demo` and `make test`; both set up what they need.
PYTHON ?= python3
BIN := .venv/bin
VIDEO ?= $(firstword $(wildcard ../shared/data/multiview/cam01.mp4))
EXTRAS := detect,show,synth,data,table,heic,c3d,train,export,dev

FUZZ_SECONDS ?= 1800
FUZZ_SEED ?= 0

# Python keeps what it compiles: else every process of a run compiles the library and all tests again.
unexport PYTHONDONTWRITEBYTECODE

# Tests share the cores; those of one file stay together, as they share what they set up.
PYTEST := $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

.PHONY: setup demo test test-all check docs fuzz

setup: .venv/ready

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[$(EXTRAS)]'
	touch $@

demo: setup  ## Lift the examples' keypoints, of one person and of two; then a real video: make demo VIDEO=my.mp4
	$(BIN)/maquette lift examples/data/walk_keypoints.npz --pictures examples/data/walk.mp4 --out out --format npz,json,csv,trc,html,mp4,png
	$(BIN)/maquette lift examples/data/two_people_keypoints.json --fps 20 --pictures examples/data/two_people.mp4 --out out --format npz,json,csv,trc,html,mp4,png
ifneq ($(VIDEO),)
	$(BIN)/maquette predict $(VIDEO) --out out --format npz,json,csv,trc,html,mp4,png
endif
	@echo; echo "Results are in out/. Open a page in your browser:"; ls out/*.html

test: setup
	$(PYTEST)

test-all: setup  ## Those that take long as well
	$(PYTEST) -m ""

fuzz: setup  ## Spoilt files of every format, each read in a process of its own, for FUZZ_SECONDS
	OMP_NUM_THREADS=1 nice -n 15 $(BIN)/python tools/fuzz.py --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED)

check: setup
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python tools/budgets.py src tests benchmarks tools examples
	$(BIN)/python tools/licences.py

docs: setup  ## Renew the pictures and figures that README and docs show, and the page of the public names
	$(BIN)/python tools/pages/draw_pictures.py
	$(BIN)/python tools/pages/write_pages.py
	$(BIN)/python tools/pages/api_page.py

include benchmarks/benchmarks.mk  # make bench: every committed figure again

# Two commands do all the set-up: `make book` and `make test`.
# Each target makes the environment in .venv first, where it is missing or older than its pins.

VENV := .venv
BIN := $(VENV)/bin
SITE := _build/html
PORT ?= 8000
FUZZ_SECONDS ?= 600

# A relative folder means relative to where make was called; kernels run elsewhere.
ifneq ($(strip $(ISOFLOP_DATA)),)
export ISOFLOP_DATA := $(shell cd "$(ISOFLOP_DATA)" 2>/dev/null && pwd || printf '%s' "$(ISOFLOP_DATA)")
endif

.DEFAULT_GOAL := help
.PHONY: help env book pdf test lab course serve minirun results languages bench fuzz links format clean distclean

help: ## say what each command does
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

env: $(VENV)/.ready ## make the environment only

$(VENV)/.ready: requirements.txt pyproject.toml src/isoflop/__init__.py
	@python="$(PYTHON)"; \
	for candidate in python3 python3.13 python3.12 python3.11 python; do \
	  [ -n "$$python" ] && break; \
	  "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	    2>/dev/null && python="$$candidate"; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "No Python 3.11 or newer with venv was found. Install one (python.org, conda, or your"; \
	  echo "system's python3 and python3-venv) or name it: make book PYTHON=/path/to/python3.11"; \
	  exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$python --version) …"; \
	"$$python" -m venv $(VENV)
	@echo "Installing $$(grep -c == requirements.txt) pinned packages (a few minutes the first time) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar on -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

# Asks for the public data once; where they cannot be had, nothing below tries again.
define with_data
code=0; $(BIN)/python -m isoflop.datasets || code=$$?; \
if [ $$code = 75 ]; then export ISOFLOP_OFFLINE=1; elif [ $$code != 0 ]; then exit $$code; fi;
endef

book: env ## run every chapter and build the site
	@$(with_data) $(BIN)/jupyter-book build . --keep-going
	@echo
	@echo "The book is built. Open it from disk:"
	@echo "    file://$(CURDIR)/$(SITE)/index.html"
	@echo "or run \`make serve\` and open http://127.0.0.1:$(PORT)/"

test: env ## check everything: units, languages, every chapter, the site in a browser
	@echo "== 1/3 package, languages, set-up"
	@$(BIN)/python -m pytest -q -m "not slow and not notebook and not site" -n 2 --dist worksteal
	@echo "== 2/3 coverage by simulation, every chapter through papermill"
	@$(with_data) OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q -m "slow or notebook" -n 2 --dist worksteal
	@echo "== 3/3 the site, built with warnings as errors, in a browser"
	@$(with_data) $(BIN)/python -m pytest -q -m site -n 2 --dist loadfile
	@echo "All checks passed. The site they looked at: file://$(CURDIR)/$(SITE)/index.html"

lab: book ## open the chapters in JupyterLab, as copies in _build/lab
	@$(BIN)/python book/_ext/labcopies.py
	@echo "Opening _build/lab in JupyterLab; your changes stay there."
	@$(BIN)/jupyter lab --notebook-dir=_build/lab

course: book ## student editions (zh, en, both) and the instructor's, in _build/course
	@$(BIN)/python book/_ext/course.py

pdf: book ## print the book, one PDF a language, into _build/pdf; needs Chromium or Chrome
	@$(BIN)/python book/_ext/print_pdf.py

serve: book ## serve the built site on this machine
	@echo "http://127.0.0.1:$(PORT)/  (Ctrl-C to stop)"
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory $(SITE) $(PORT)

minirun: env ## train the laptop grid into minirun-laptop/, or go on with it: about an hour
	@$(BIN)/isoflop minirun laptop --resume

results: env ## renew our stored results; needs the public data (network or ISOFLOP_DATA)
	@$(BIN)/python tests/run_chapters.py store
	@$(BIN)/python -m isoflop.catalogue
	@echo "Stored in src/isoflop/_results; look at the change before you commit it."

languages: env ## record that both languages of every changed cell have been looked at
	@$(BIN)/python tests/languages.py

bench: env ## time the fits and the training against stated references
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/bench/fit.py
	@$(BIN)/python tests/bench/minirun.py

fuzz: env ## give the table readers anything for ten minutes (FUZZ_SECONDS=600); count the inputs
	@$(BIN)/python tests/bench/fuzz.py $(FUZZ_SECONDS)

links: env ## ask every outside link of the book whether it still leads somewhere (network)
	@$(with_data) $(BIN)/jupyter-book build . --builder linkcheck --keep-going
	@echo "Every outside link answers. The list: _build/html/output.txt"

format: env ## format code and notebooks
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

clean: ## remove what was built; your copies in _build/lab and _build/course stay
	@if [ -d _build ]; then find _build -mindepth 1 -maxdepth 1 ! -name lab ! -name course -exec rm -rf {} +; fi
	@echo "Removed the built site and caches. _build/lab, _build/course and .venv stay"
	@echo "(make distclean takes them)."

distclean: ## remove everything that was built, _build/lab, _build/course and the environment too
	@rm -rf _build $(VENV)
	@echo "Removed _build and $(VENV)."

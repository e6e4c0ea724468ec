# Every target sets up what it needs, in .venv/. PYTHON names another interpreter (3.11 or newer).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The tests of a module stay in one process, which makes what they share once; slow modules first (tests/conftest.py).
PARALLEL := -n 3 --dist loadscope --no-loadscope-reorder
# Compiled tests and modules are kept, whatever the machine's own setting: a suite starts a hundred processes.
test test-long: export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo embeds-doc ai-robots test test-long wheel test-wheel test-platforms test-scale crawl serve bench bench-crawl bench-import bench-million bench-reading bench-scale bench-search bench-stories bench-dedup bench-shards bench-export fuzz soak same lint lock sbom clean

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(VENV)/.made: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Khabar needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV) (a minute, once) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.made requirements-dev.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.made ## the main job on the pretend newsroom: crawl, the clock moves, crawl again, search, export
	@$(BIN)/khabar demo

test: $(VENV)/.dev ## the suite, with the CPU seconds of each module (under five minutes)
	@$(BIN)/python -m pytest $(PARALLEL)

test-long: $(VENV)/.dev ## the long tests too, and many examples of each law
	@$(BIN)/python -m pytest $(PARALLEL) -m "slow or not slow" --hypothesis-profile many

wheel: $(VENV)/.dev ## dist/khabar-….whl, for pipx, uv tool and servers without a checkout (docs/debian.md)
	@$(BIN)/python -m pip wheel -qq --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	@ls dist/khabar-*.whl

test-wheel: $(VENV)/.dev ## build the wheel, install it in an empty environment, use it from another folder (a minute)
	@$(BIN)/python -m pytest -m slow tests/test_wheel.py

# Not from a lock: that the extra `scale` resolves beside the others is part of what is tested.
$(VENV)-scale/.made: pyproject.toml
	@echo "Setting up $(VENV)-scale with Daft and Ray (two minutes, once) …"
	@$(PYTHON) -m venv $(VENV)-scale
	@$(VENV)-scale/bin/python -m pip install -qq --disable-pip-version-check --config-settings editable_mode=compat -e '.[dev,scale]'
	@touch $@

test-scale: $(VENV)-scale/.made ## bulk extraction under Daft and on Ray, exports and imports with the pyarrow that Daft wants (three minutes)
	@$(VENV)-scale/bin/python -m pytest -m "slow or not slow" tests/test_scale.py
	@$(VENV)-scale/bin/python -m pytest $(PARALLEL) -k "export or import or overlap or extract_bulk or library"

test-platforms: $(VENV)/.dev ## ask whether every locked package has a wheel on every platform of docs/platforms.md (a minute, network)
	@$(BIN)/python -m pytest -m slow tests/test_platforms.py

crawl: $(VENV)/.made ## all sources that are due, live
	@$(BIN)/khabar crawl

serve: $(VENV)/.made ## the archive in Datasette
	@$(BIN)/khabar serve

bench: $(VENV)/.dev ## measure; nothing here passes or fails
	@$(BIN)/python -m benchmarks

$(VENV)-bench/.made: requirements.lock benchmarks/requirements.lock
	@echo "Setting up $(VENV)-bench with the readers to compare (two minutes, once) …"
	@$(PYTHON) -m venv $(VENV)-bench
	@$(VENV)-bench/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(VENV)-bench/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r benchmarks/requirements.lock
	@touch $@

bench-reading: $(VENV)-bench/.made ## how well and at what cost pages are read, beside five other readers
	@$(VENV)-bench/bin/python -m benchmarks reading

$(VENV)-bench/.stories: $(VENV)-bench/.made benchmarks/stories.lock
	@$(VENV)-bench/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r benchmarks/stories.lock
	@touch $@

bench-stories: $(VENV)-bench/.stories ## how well and at what cost copies are found, beside three libraries (ten minutes)
	@$(VENV)-bench/bin/python -m benchmarks stories

$(VENV)-fundus/.made: benchmarks/crawl.lock
	@$(PYTHON) -m venv $(VENV)-fundus
	@$(VENV)-fundus/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r benchmarks/crawl.lock
	@touch $@

bench-crawl: $(VENV)-bench/.made $(VENV)-fundus/.made ## what a crawl costs beside Scrapy with trafilatura, fundus, newspaper4k: make bench-crawl [N=1000] [ROUNDS=3] [SVG=crawl.svg] (ten minutes)
	@$(VENV)-bench/bin/python -m benchmarks crawl $(or $(N),1000) $(or $(ROUNDS),3) $(SVG)

bench-million: $(VENV)/.made ## what every command costs among N articles: make bench-million [N=1000000] [PAGES=200000] [SVG=size.svg] (hours)
	@$(BIN)/python -m benchmarks at_size $(or $(N),1000000) $(or $(PAGES),200000) $(SVG)

bench-import: $(VENV)/.made ## what importing WARC and JSONL and extracting again cost, by workers: make bench-import [N=1000] (five minutes)
	@$(BIN)/python -m benchmarks imports $(or $(N),1000)

bench-search: $(VENV)-bench/.made ## how well search finds, and how fast among a million articles (half an hour, 9 GB)
	@$(VENV)-bench/bin/python -m benchmarks search

bench-dedup: $(VENV)/.dev ## how well and at what cost near-duplicates of a corpus of N articles are found: make bench-dedup [N=300000] (half an hour, 6 GB)
	@$(BIN)/python -m benchmarks dedup $(or $(N),300000)

bench-shards: $(VENV)/.made ## a week of 500 sources on one, two and four machines, and the merged archives compared (fifteen minutes)
	@$(BIN)/python -m benchmarks shards

comma := ,
bench-scale: $(VENV)-scale/.made ## what bulk extraction costs under a loop, GNU parallel, Slurm's arrays, Daft, Ray, random kills: make bench-scale [N=10000] [FORMS=loop,daft] [FILES=20] (an hour)
	@$(VENV)-scale/bin/python -m benchmarks scale $(or $(N),10000) $(or $(FORMS),loop$(comma)parallel$(comma)slurm$(comma)daft$(comma)ray$(comma)kills) $(FILES)

bench-export: $(VENV)/.dev ## what a dataset of 200,000 articles costs, beside pyarrow, pandas, polars, orjson (ten minutes)
	@$(BIN)/python -m benchmarks export

fuzz: $(VENV)/.made ## change real pages, feeds, WARCs at random and read them: make fuzz [SECONDS=120] [TARGET=page,feed] [SEED=1] (20 minutes)
	@$(if $(SECONDS),SECONDS=$(SECONDS)) $(if $(TARGET),TARGET=$(TARGET)) $(if $(SEED),SEED=$(SEED)) $(BIN)/python -m benchmarks fuzz

soak: $(VENV)/.made ## crawl 20,000 pages of pretend sites and draw memory, throughput, WAL, descriptors: make soak [N=20000] [SVG=soak.svg] (15 minutes)
	@$(BIN)/python -m benchmarks soak $(or $(N),20000) $(or $(SVG),soak.svg)

same: $(VENV)/.made ## which outputs differ between a commit and the checkout: make same BASE=COMMIT [NEW=COMMIT] (five minutes)
	@test -n "$(BASE)" || { echo "Name the commit to compare with: make same BASE=COMMIT" >&2; exit 2; }
	@$(BIN)/python -m benchmarks.same $(BASE) $(if $(NEW),--new $(NEW))

embeds-doc: $(VENV)/.dev ## write docs/embeds.md from the table of embed providers
	@$(BIN)/python -m tests.provider_forms > docs/embeds.md

ai-robots: $(VENV)/.dev ## renew the list of AI robots: make ai-robots LIST=robots.json, a file or an address [DATE=2026-08-22]
	@$(BIN)/python -m benchmarks.renew_ai_robots $(LIST) $(DATE)

lint: $(VENV)/.dev ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --strip-extras
lock: $(VENV)/.dev ## renew the lock files from pyproject.toml, for all platforms; then `make sbom`
	@$(LOCK) -o requirements.lock pyproject.toml
	@$(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	@printf 'cyclonedx-bom\npip-licenses\n' | $(LOCK) -o requirements-sbom.lock -

$(VENV)-shipped/.made: requirements.lock pyproject.toml
	@echo "Setting up $(VENV)-shipped with what an installed khabar has on any platform (a minute, once) …"
	@$(PYTHON) -m venv --without-pip $(VENV)-shipped
	@sed -E "/ == '[Pp]y[Pp]y' /!s/^([a-z].*==[^ ]+) ;.*/\1 \\\\/" requirements.lock > $(VENV)-shipped/every-platform.lock
	@$(BIN)/python -m pip --python $(VENV)-shipped/bin/python install -qq --disable-pip-version-check --no-deps --require-hashes -r $(VENV)-shipped/every-platform.lock
	@touch $@

$(VENV)-sbom/.made: requirements-sbom.lock
	@$(PYTHON) -m venv $(VENV)-sbom
	@$(VENV)-sbom/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements-sbom.lock
	@touch $@

sbom: $(VENV)/.made $(VENV)-shipped/.made $(VENV)-sbom/.made ## sbom.json (CycloneDX) and docs/licences.md: every package an installed khabar has
	@$(VENV)-sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-format JSON --output-file sbom.json $(VENV)-shipped/bin/python
	@{ echo "# Licences"; echo; echo "What an installed khabar brings along, from the packages' own metadata. Made by \`make sbom\`."; echo; \
	  $(VENV)-sbom/bin/pip-licenses --python $(VENV)-shipped/bin/python --with-system --format=markdown; } > docs/licences.md
	@echo "sbom.json and docs/licences.md written"

clean: ## remove the set-up and the demo
	rm -rf $(VENV) $(VENV)-* demo .same sbom.json

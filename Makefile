# peipao 陪跑: `make` alone lists what there is to do.
# Needs python3 >= 3.11 with venv, make and git; everything else is installed into .venv by hash.

PYTHON ?= python3
PORT   ?= 8000
VENV   := .venv
BIN    := $(VENV)/bin
LOCK   := requirements
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
          --no-annotate --no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help run demo test check fmt lint types arch golden bench notebooks openapi lock clean

help:  ## 列出全部目标 (this list)
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(VENV)/.run  ## 安装、载入示例城市、训练、撮合并启动服务 (PORT=8000)
	$(BIN)/peipao demo --serve --port $(PORT)

demo: $(VENV)/.run  ## 与 run 相同,但不启动服务
	$(BIN)/peipao demo

# The tests start the program hundreds of times: its bytecode is kept, whatever the shell says.
test: $(VENV)/.dev  ## 安装并运行全部测试(含 PostgreSQL 与迁移)
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -q -n $(or $(JOBS),2) --dist worksteal

check: lint types arch  ## 格式、ruff、mypy、分层约定

fmt: $(VENV)/.dev  ## 按格式改写源码
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.dev  ## 检查格式与 ruff
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev  ## mypy --strict
	$(BIN)/mypy

arch: $(VENV)/.dev  ## 分层约定 (import-linter)
	$(BIN)/lint-imports

golden: $(VENV)/.dev  ## 重写金样,差异须人工阅读
	PEIPAO_REWRITE_GOLDEN=1 $(BIN)/pytest -q tests/golden

bench: $(VENV)/.dev  ## 运行 benchmarks/ 中的全部测量
	$(BIN)/python -m benchmarks

notebooks: $(VENV)/.dev  ## 执行 notebooks/ 中的分析,结果写入 .peipao/notebooks
	@mkdir -p .peipao/notebooks
	@for page in notebooks/*.py; do \
	  $(BIN)/jupytext --quiet --to ipynb --set-kernel python3 --execute \
	    --output .peipao/notebooks/$$(basename $$page .py).ipynb $$page || exit 1; done

openapi: $(VENV)/.dev  ## 重写 docs/reference/openapi.json
	$(BIN)/peipao openapi docs/reference/openapi.json

lock: $(VENV)/.dev  ## 按 pyproject.toml 重新锁定依赖(含哈希,不含索引地址)
	$(COMPILE) $(LOCK)/bootstrap.in -o $(LOCK)/bootstrap.txt
	$(COMPILE) pyproject.toml --all-extras -o $(LOCK)/dev.txt
	$(COMPILE) pyproject.toml --constraint $(LOCK)/dev.txt -o $(LOCK)/run.txt

clean:  ## 删除环境与缓存;不动 .peipao 中的数据
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# The installer is itself installed by hash. A mirror configured for pip serves it too.
$(VENV)/.bootstrap: $(LOCK)/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "需要 Python 3.11 或更新版本:请用 make PYTHON=python3.12 指定"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "缺少 venv:请先安装 python3-venv(例如 apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)/bootstrap.txt
	@touch $@

define install
	@mirror=$$($(BIN)/python -m pip config get global.index-url 2>/dev/null || true); \
	  [ -z "$$PIP_INDEX_URL" ] || mirror="$$PIP_INDEX_URL"; \
	  [ -z "$$mirror" ] || export UV_DEFAULT_INDEX="$$mirror"; \
	  set -x; \
	  $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r $(LOCK)/$(1).txt && \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --offline --no-deps --no-build-isolation -e .
endef

$(VENV)/.run: $(VENV)/.bootstrap $(LOCK)/run.txt pyproject.toml
	$(call install,run)
	$(BIN)/python -m matching.kernel.warm
	$(BIN)/python -m peipao.tables.warm
	@touch $@

$(VENV)/.dev: $(VENV)/.run $(LOCK)/dev.txt
	$(call install,dev)
	@touch $@

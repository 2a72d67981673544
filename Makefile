# `make help` says what there is. Everything runs in .venv, which is made when it is first needed
# and brought up to date when pyproject.toml or constraints.txt change.

PYTHON ?= python3
FRESH ?=
LAB_OPTIONS ?=
PYTEST_OPTIONS ?=
VENV_PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help lab run test test-lab bench notebooks assets lock clean

help:
	@echo '可用的命令：'
	@echo '  make lab        安装依赖，在 work/ 里的副本上打开 JupyterLab；FRESH=1 从头开始'
	@echo '  make run        从头运行全部笔记本，在 build/html/ 里生成网页'
	@echo '  make test       代码风格、单元测试、三本笔记本（2 到 5 分钟）'
	@echo '  make test-lab   在浏览器里试：JupyterLab、网页、可以动手的网络（要有 Chromium）'
	@echo '  make bench      量一量速度：只打印倍数，不改任何文件'
	@echo '  make notebooks  重新运行笔记本，更新其中保存的输出'
	@echo '  make assets     重新生成 assets/ 里的网页、动画和训练好的模型'
	@echo '  make lock       更新 constraints.txt 里的版本'
	@echo '  make clean      删除 .venv、build 和各种缓存；work/ 里你的笔记本留着'
	@echo 'Python 不是默认的 python3 时：make lab PYTHON=python3.12'

# A stamp for each set of packages. A virtual environment holds absolute paths: one that came from
# another folder is made anew (.complete says where it belongs).
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo '需要 Python 3.11 或更新的版本。请先安装，再指明用哪一个：make lab PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '这个 Python 缺少 venv。Debian、Ubuntu 上：sudo apt install python3-venv' >&2; exit 1; }
	@if [ "$$(cat .venv/.complete 2>/dev/null)" != "$(CURDIR)" ]; then \
	  rm -rf .venv; $(PYTHON) -m venv .venv && printf '%s' "$(CURDIR)" > .venv/.complete; fi
	@echo '正在安装依赖（第一次要下载，可能需要几分钟）……'
	@$(VENV_PYTHON) -m pip install --quiet --no-compile --no-input --disable-pip-version-check \
	  -c constraints.txt -e '.[$(1)]' || { \
	  echo '安装没有完成，原因见上。若是网络问题，可换用镜像：export PIP_INDEX_URL=镜像地址' >&2; exit 1; }
endef

ifneq ($(shell cat .venv/.complete 2>/dev/null),$(CURDIR))
.PHONY: .venv/.lesson .venv/.dev
endif

.venv/.lesson: pyproject.toml constraints.txt
	$(call install,lesson)
	@touch $@

.venv/.dev: pyproject.toml constraints.txt
	$(call install,lesson$(comma)dev)
	@touch $@ .venv/.lesson

comma := ,

lab: .venv/.lesson
	@$(VENV_PYTHON) tools/lab.py $(if $(FRESH),--fresh) $(LAB_OPTIONS)

run: .venv/.dev
	@$(VENV_PYTHON) -m tools.notebooks run

notebooks: .venv/.dev
	@$(VENV_PYTHON) -m tools.notebooks write

assets: .venv/.dev
	@$(VENV_PYTHON) -m tools.assets

test: .venv/.dev
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m pytest --nbmake -n 2 --maxschedchunk 1 -m 'not browser' $(PYTEST_OPTIONS)

test-lab: .venv/.dev
	$(VENV_PYTHON) -m pytest -n 2 --maxschedchunk 1 -m browser tests $(PYTEST_OPTIONS)

bench: .venv/.dev
	@$(VENV_PYTHON) -m benchmarks.ladder

# uv resolves for all systems and Python versions at once, which pip cannot.
lock:
	@$(PYTHON) -m venv build/uv && build/uv/bin/python -m pip install --quiet uv
	@build/uv/bin/uv pip compile pyproject.toml --upgrade --quiet --universal --all-extras \
	  --python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  -o build/constraints.txt
	@{ echo '# The exact versions everything is tested with, for Linux, macOS and Windows and every'; \
	  echo '# supported Python. Renewed by `make lock` from pyproject.toml; do not edit by hand.'; \
	  cat build/constraints.txt; } > constraints.txt.new && mv constraints.txt.new constraints.txt

clean:
	rm -rf .venv build .pytest_cache .ruff_cache
	find . -path ./.git -prune -o -type d \
	  \( -name __pycache__ -o -name .ipynb_checkpoints -o -name '*.egg-info' \) -prune -exec rm -rf {} +

# `make help` says what there is. Everything runs in .venv, which is made when it is first needed
# and brought up to date when pyproject.toml or constraints.txt change. `make test-oldest` has an
# environment of its own.

PYTHON ?= python3
FRESH ?=
LAB_OPTIONS ?=
WINDOWS_PYTHON ?= 3.13
PYTEST_OPTIONS ?=
# Containers often set it; then every process compiles all it imports and takes twice as long.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
VENV_PYTHON := $(VENV)/bin/python
CONSTRAINTS := constraints.txt
RESOLVE := build/uv/bin/uv pip compile pyproject.toml --quiet --all-extras --python-version 3.11 \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help lab run test test-oldest test-lab bench notebooks assets wheels lock clean

help:
	@echo '可用的命令：'
	@echo '  make lab          安装依赖，在 work/ 里的副本上打开 JupyterLab；FRESH=1 从头开始'
	@echo '  make run          从头运行全部笔记本，在 build/html/ 里生成网页'
	@echo '  make test         代码风格、单元测试、mypy、每本笔记本（3 到 8 分钟）'
	@echo '  make test-oldest  同样的测试，在声明的最低版本上（要有 python3.11）'
	@echo '  make test-lab     在浏览器里试：JupyterLab、网页、可交互的神经网络（要有 Chromium）'
	@echo '  make bench        量一量速度：只打印倍数，不改任何文件'
	@echo '  make notebooks    重新运行笔记本，更新其中保存的输出'
	@echo '  make assets       重新生成 assets/ 里的网页、动画和训练好的模型'
	@echo '  make wheels       给没有网络的 Windows 教室把安装包下载到 build/wheels'
	@echo '  make lock         更新 constraints.txt 里的版本'
	@echo '  make clean        删除 .venv、build 和各种缓存；work/ 里你的笔记本留着'
	@echo 'Python 不是默认的 python3 时：make lab PYTHON=python3.12'

# A stamp for each set of packages. A virtual environment holds absolute paths: one that came from
# another folder is made anew (.complete says where it belongs).
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo '需要 Python 3.11 或更新的版本。请先安装，再指明用哪一个：make lab PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '这个 Python 缺少 venv。Debian、Ubuntu 上：sudo apt install python3-venv' >&2; exit 1; }
	@if [ "$$(cat $(VENV)/.complete 2>/dev/null)" != "$(CURDIR)" ]; then \
	  rm -rf $(VENV); $(PYTHON) -m venv $(VENV) && printf '%s' "$(CURDIR)" > $(VENV)/.complete; fi
	@echo '正在安装依赖。第一次要下载几百 MB，可能需要几分钟……'
	@rm -f $(VENV)/.failed; since=$$(date +%s); \
	while sleep 10 && kill -0 $$$$ 2>/dev/null; do \
	  echo "  还在安装，已经 $$(($$(date +%s) - since)) 秒……"; done & ticker=$$!; \
	{ PYTHONUNBUFFERED=1 $(VENV_PYTHON) -m pip install --progress-bar off --no-compile --no-input \
	  --disable-pip-version-check -c $(CONSTRAINTS) -e '.[$(1)]' || touch $(VENV)/.failed; } | \
	while read -r what name size; do case "$$what $$name" in \
	  'Downloading '*) echo "  下载 $$name $$size" ;; \
	  'Installing collected') echo '  下载完了，正在解压……' ;; esac; done; \
	kill $$ticker; test ! -e $(VENV)/.failed || { \
	  echo '安装没有完成，原因见上。若是网络问题，可换用镜像：export PIP_INDEX_URL=镜像地址' >&2; exit 1; }
endef

ifneq ($(shell cat $(VENV)/.complete 2>/dev/null),$(CURDIR))
.PHONY: $(VENV)/.lesson $(VENV)/.dev
endif

$(VENV)/.lesson: pyproject.toml $(CONSTRAINTS)
	$(call install,lesson)
	@touch $@

$(VENV)/.dev: pyproject.toml $(CONSTRAINTS)
	$(call install,lesson$(comma)dev)
	@touch $@ $(VENV)/.lesson

comma := ,

lab: $(VENV)/.lesson
	@$(VENV_PYTHON) tools/lab.py $(if $(FRESH),--fresh) $(LAB_OPTIONS)

run: $(VENV)/.dev
	@$(VENV_PYTHON) -m tools.notebooks run

notebooks: $(VENV)/.dev
	@$(VENV_PYTHON) -m tools.notebooks write

assets: $(VENV)/.dev
	@$(VENV_PYTHON) -m tools.assets

test: $(VENV)/.dev
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy
	$(VENV_PYTHON) -m pytest --nbmake -n 2 --maxschedchunk 1 -m 'not browser' $(PYTEST_OPTIONS)

# The lower bounds of pyproject.toml, all at once. --no-config: [tool.uv] holds torch at the release
# of the pins.
build/oldest.txt: pyproject.toml | build/uv/bin/uv
	@$(RESOLVE) --no-config --resolution lowest-direct -o $@

test-oldest: build/oldest.txt
	@$(MAKE) test VENV=build/oldest CONSTRAINTS=$< PYTHON=python3.11

test-lab: $(VENV)/.dev
	$(VENV_PYTHON) -m pytest -n 2 --maxschedchunk 1 -m browser tests $(PYTEST_OPTIONS)

bench: $(VENV)/.dev
	@$(VENV_PYTHON) -m benchmarks.ladder

# uv resolves for all systems and Python versions at once, which pip cannot.
build/uv/bin/uv:
	@$(PYTHON) -m venv build/uv && build/uv/bin/python -m pip install --quiet uv

lock: build/uv/bin/uv
	@$(RESOLVE) --upgrade --universal -o build/constraints.txt
	@{ echo '# The exact versions everything is tested with, for Linux, macOS and Windows and every'; \
	  echo '# supported Python. Renewed by `make lock` from pyproject.toml; do not edit by hand.'; \
	  cat build/constraints.txt; } > constraints.txt.new && mv constraints.txt.new constraints.txt

# uv first: pip asks the machine that downloads, not Windows, what is needed "only on Linux".
wheels: build/uv/bin/uv
	@build/uv/bin/uv pip compile pyproject.toml --quiet --extra lesson -c $(CONSTRAINTS) --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links \
	  --python-platform windows --python-version $(WINDOWS_PYTHON) -o build/wheels.txt
	@build/uv/bin/python -m pip download --no-deps --only-binary=:all: --platform win_amd64 \
	  --python-version $(WINDOWS_PYTHON) -d build/wheels -r build/wheels.txt 'flit_core<4'

clean:
	rm -rf .venv build .pytest_cache .ruff_cache
	find . -path ./.git -prune -o -type d \
	  \( -name __pycache__ -o -name .ipynb_checkpoints -o -name '*.egg-info' \) -prune -exec rm -rf {} +

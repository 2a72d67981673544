# `make help` says what there is. Everything runs in .venv, which tools/install.py makes and stamps.

PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
LAB_OPTIONS ?=
PYTEST_OPTIONS ?=

.DEFAULT_GOAL := help
.PHONY: help lesson dev lab run test bench notebooks assets lock clean

help:
	@echo '可用的命令：'
	@echo '  make lab        安装依赖，打开 JupyterLab'
	@echo '  make run        从头运行全部笔记本，结果（含 HTML）放在 build/'
	@echo '  make test       运行全部测试：代码风格、单元测试、笔记本'
	@echo '  make bench      量一量速度：只打印倍数，不改任何文件'
	@echo '  make notebooks  重新运行笔记本，更新其中保存的输出'
	@echo '  make assets     重新生成 assets/ 里的图片和训练好的模型'
	@echo '  make lock       更新 constraints.txt 里的版本'
	@echo '  make clean      删除 .venv、build 和各种缓存'
	@echo 'Python 不是默认的 python3 时：make lab PYTHON=python3.12'

lesson dev:
	@$(PYTHON) tools/install.py $@

lab: lesson
	@$(VENV_PYTHON) tools/lab.py $(LAB_OPTIONS)

run: dev
	@$(VENV_PYTHON) -m tools.notebooks run

notebooks: dev
	@$(VENV_PYTHON) -m tools.notebooks write

assets: dev
	@$(VENV_PYTHON) -m tools.model_asset
	@$(VENV_PYTHON) -m tools.picture_assets

test: dev
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m pytest --nbmake -n 2 --maxschedchunk 1 $(PYTEST_OPTIONS)

BENCHMARKS := training progress_bars ensemble ladder gpu inference class_maps

bench: dev
	@for name in $(BENCHMARKS); do \
	  printf '\n== benchmarks/%s.py\n' $$name; \
	  $(VENV_PYTHON) -m benchmarks.$$name || exit 1; \
	done

lock:
	@$(PYTHON) tools/lock.py

clean:
	rm -rf .venv build .pytest_cache .ruff_cache
	find . -path ./.git -prune -o -type d \
	  \( -name __pycache__ -o -name .ipynb_checkpoints -o -name '*.egg-info' \) -prune -exec rm -rf {} +

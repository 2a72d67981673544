"""Open JupyterLab on the notebooks: `python tools/lab.py [--no-browser] [--port N]`.

It serves this machine only (127.0.0.1, with a fresh token), prints one address once the server
answers, and ends on the first Ctrl-C together with its kernels.
"""

import argparse
import os
import secrets
import signal
import sys
import threading
import urllib.request
import webbrowser
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TEXT_BROWSERS = {"www-browser", "links", "elinks", "lynx", "w3m"}
# Warnings of the server that come every time and that a learner can do nothing about.
IDLE_WARNINGS = ("is not trusted", "websocket_ping_timeout")


def graphical_browser() -> webbrowser.BaseBrowser | None:
    """Return a browser that opens a window, or None: in a container, over SSH, on a server."""
    if "SSH_CONNECTION" in os.environ:
        return None
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return None
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return None
    return None if Path(browser.name).name in TEXT_BROWSERS else browser


def server_options(port: int, token: str) -> list[str]:
    """Return the command line for JupyterLab; the next free port is taken if `port` is not free."""
    options = [
        f"--ServerApp.root_dir={ROOT / 'notebooks'}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.open_browser=False",
        f"--IdentityProvider.token={token}",
        "--Application.log_level=WARN",
        # Its own memory of open tabs: another project's would ask for files that are not here.
        f"--LabApp.workspaces_dir={ROOT / 'build' / 'lab'}",
        "--KernelManager.transport_encryption=auto",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container
        options.append("--ServerApp.allow_root=True")
    return options


def announce(address: str, browser: webbrowser.BaseBrowser | None) -> None:
    """Ask for the page; when it comes, say where it is, and open it in `browser`."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(address, timeout=120):
        pass
    print(f"JupyterLab 已就绪，地址：{address}", flush=True)
    print("按 Ctrl-C 结束。", flush=True)
    if browser is not None:
        browser.open(address)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="打开 JupyterLab")
    parser.add_argument("--no-browser", action="store_true", help="只显示地址，不打开浏览器")
    parser.add_argument("--port", type=int, default=8888, help="被占用时改用后面的端口")
    options = parser.parse_args()
    print("正在启动 JupyterLab ……", flush=True)

    # Read by Jupyter while it is imported: settings (no news, no update pop-ups), and the kernel
    # of this environment before any that the user has.
    os.environ["JUPYTER_CONFIG_PATH"] = str(ROOT / "tools" / "jupyter")
    os.environ["JUPYTER_PATH"] = str(Path(sys.prefix) / "share" / "jupyter")
    try:
        from jupyterlab.labapp import LabApp
    except ModuleNotFoundError:
        sys.exit(
            "没有找到 JupyterLab。请先安装依赖：python tools/install.py，再用 .venv 里的 Python。"
        )

    token = secrets.token_hex(16)
    server: Any = LabApp.initialize_server(argv=server_options(options.port, token))

    server.log.addFilter(lambda record: not any(w in record.getMessage() for w in IDLE_WARNINGS))

    def stop(*_: object) -> None:
        print("\n正在关闭 JupyterLab ……", flush=True)
        server.stop(from_signal=True)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), stop)

    def serving() -> None:
        address = f"http://127.0.0.1:{server.port}/lab?token={token}"
        browser = None if options.no_browser else graphical_browser()
        threading.Thread(target=announce, args=(address, browser), daemon=True).start()

    server.io_loop.add_callback(serving)
    server.start()


if __name__ == "__main__":
    main()

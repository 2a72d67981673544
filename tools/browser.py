"""Where the browser is that draws pictures and tests pages."""

import shutil


def chromium() -> str | None:
    """Return a Chromium of this machine, or None where only Playwright's own may be there."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return next(filter(None, map(shutil.which, names)), None)

"""Figures that a lesson reads, each file with the machine it was measured on."""

import json
from pathlib import Path
from typing import Any


def read_measured(name: str) -> dict[str, Any]:
    """Return what stands in ``name.json`` of this folder."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))

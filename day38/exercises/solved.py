"""Which exercises of a lesson are solved, in this kernel or in one before it."""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any


def count_solved(lesson: Sequence[Any]) -> int:
    """Return how many exercises of a lesson are solved, in this kernel or in one before.

    Only the folder that tools/lab.py made keeps a note; whatever is wrong with it, nobody is told.
    """
    names = {one: hashlib.sha256(one._solution.encode()).hexdigest()[:12] for one in lesson}
    kept: set[str] = set()
    with suppress(Exception):
        if Path(".copies.json").exists():
            with suppress(OSError, ValueError, TypeError):
                kept = set(json.loads(Path(".solved.json").read_text(encoding="utf-8")))
            now = kept | {name for one, name in names.items() if one._solved}
            with tempfile.TemporaryDirectory(prefix=".solved.", dir=".") as folder:
                new = Path(folder, "new.json")
                new.write_text(json.dumps(sorted(now)), encoding="utf-8")
                os.replace(new, ".solved.json")
    return sum(one._solved or name in kept for one, name in names.items())

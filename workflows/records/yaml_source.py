"""Reads the firm's YAML sources with libyaml, which is several times faster than the reader written in Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# a build without libyaml still reads the same, only slower
LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """The content of one file: plain data only, never objects."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - both are safe loaders

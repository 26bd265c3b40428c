"""One verb a module; API, CLI and notebooks call these and only these."""

from __future__ import annotations

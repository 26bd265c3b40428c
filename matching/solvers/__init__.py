"""One solver a module, each an entry point of the group `peipao.solvers`."""

from __future__ import annotations

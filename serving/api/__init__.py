"""The HTTP interface: routes translate, nothing else."""

from __future__ import annotations

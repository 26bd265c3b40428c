"""Datasets: a folder with `dataset.toml` and four tables, read into the records of the product."""

from __future__ import annotations

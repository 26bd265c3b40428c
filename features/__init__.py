"""Entities become profiles, pairs and eligibility, in numpy alone."""

from __future__ import annotations

"""Profiles and feedback become calibrated affinity with reasons."""

from __future__ import annotations

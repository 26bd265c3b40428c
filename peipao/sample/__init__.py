"""The sample city: generated people and projects on the real reference data; they say so."""

from __future__ import annotations

"""What a project, need, provider, round, match and feedback are, and the states they go through."""

from __future__ import annotations

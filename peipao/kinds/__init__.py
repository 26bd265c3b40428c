"""What a match kind is: one TOML file a kind, `project.toml` beside them, and their reader."""

from __future__ import annotations

"""What the service does by itself: named steps, run by one tick a minute."""

from __future__ import annotations

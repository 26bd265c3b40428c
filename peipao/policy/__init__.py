"""政策计算器: which policies a project can have on a date, which not and why, and what is missing.

Pure: no I/O, no clock, no settings. `calculator.Calculator` is the entrance.
"""

from __future__ import annotations

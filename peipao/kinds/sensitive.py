"""Names that no ranking attribute may bear."""

from __future__ import annotations

import functools

SENSITIVE_NAMES = frozenset(
    {
        "disability",
        "hardship",
        "hardship_category",
        "criminal_record",
        "health",
        "religion",
        "ethnicity",
        "id_number",
        "phone",
        "gender",
        "birth_date",
        "holds_employment_startup_certificate",
        "founder_category",
    }
)
"""Names no ranking attribute may bear: they serve policy eligibility only."""


@functools.lru_cache(maxsize=4096)
def is_sensitive(name: str) -> bool:
    """Tell whether an attribute name means a sensitive fact, `founder_gender` included."""
    return any(name == fact or name.endswith(f"_{fact}") for fact in SENSITIVE_NAMES)

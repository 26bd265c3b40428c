"""The policy calculator against a second reading of its file, by `benchmarks/policy.py`."""

from __future__ import annotations

from benchmarks.policy_service import measured
from benchmarks.quoted import output_of
from benchmarks.report import Section
from benchmarks.workshop import Workshop

_NOTE = """\
Every profile is answered by the calculator and by a second reading of the policy file that shares
no code with it; then the time of a bank of projects over all policies, in memory. The table is the
service on a stored city: one client over loopback, each request for another project."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    grid = measured(shop.folder, shop.runs, shop.seed)
    quoted = output_of("benchmarks.policy")
    return Section("The policy calculator", (_NOTE,), (grid,), output=quoted)

"""The policy calculator against a second reading of its file, by `benchmarks/policy.py`."""

from __future__ import annotations

from benchmarks.policy_service import measured
from benchmarks.quoted import output_of
from benchmarks.report import Section
from benchmarks.workshop import Workshop

_NOTE = """\
Every profile is answered by the calculator and by a second reading of the policy file that shares
no code with it; then the processor time of a bank of projects over all policies, in memory. Last
come rule files with values replaced, moved, doubled, left out and added: each must be refused with
file and path, or answer every question of two profiles. The table is the service on a stored city:
one client over loopback, each request for another project."""


def run(shop: Workshop) -> Section:
    """Measure and return the section."""
    grid = measured(shop.folder, shop.runs, shop.seed)
    quoted = [output_of(module) for module in ("benchmarks.policy", "benchmarks.policy_fuzz")]
    return Section("The policy calculator", (_NOTE,), (grid,), output="\n".join(quoted))

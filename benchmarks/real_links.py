"""The rankers on real investment links, by `benchmarks/crunchbase.py`."""

from __future__ import annotations

from benchmarks.quoted import output_of
from benchmarks.report import Section
from benchmarks.workshop import Workshop

_NOTE = """\
Who invested in which start-up, 1995 to 2013: a need is one funding event, a provider is a firm,
every firm is ranked for every event. Settings are chosen on the validation events, these are the
test events. Intervals are 95 % bootstrap. The data set is not part of the repository."""


def run(shop: Workshop) -> Section | None:
    """Measure and return the section; None where the data set is not there."""
    del shop
    output = output_of("benchmarks.crunchbase")
    if output.startswith("skipped"):
        print(output)
        return None
    return Section(
        title="Real investment links",
        notes=(_NOTE,),
        output=output,
    )

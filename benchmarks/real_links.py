"""The rankers on real investment links, by `benchmarks/ranking.py`."""

from __future__ import annotations

from benchmarks.quoted import output_of
from benchmarks.report import Section
from benchmarks.workshop import Workshop

_NOTE = """\
Who invested in which start-up: a need is one funding event, a provider is an investor, and every
investor is ranked for every event; ties count against the ranker. Every ranker chose among as many
settings on the validation events (`popularity` and `lightfm plain` have one); the test events were
then read once for each row. `lightfm` has the same attributes as the champion and may forget;
`lightfm plain` has neither amount nor decay. Rankers that draw are the mean of three seeds.
Intervals are 95 % bootstrap, for ratios paired by event. The data are no part of the
repository."""


def run(shop: Workshop) -> Section | None:
    """Measure and return the section; None where the data set is not there."""
    del shop
    output = output_of("benchmarks.ranking")
    if output.startswith("skipped"):
        print(output)
        return None
    return Section(
        title="Real investment links",
        notes=(_NOTE,),
        output=output,
    )

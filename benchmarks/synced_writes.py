"""Between a request and its acknowledgement lies a sync to disk: counted by strace."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from benchmarks.processes import run_child
from benchmarks.report import Grid, Section
from benchmarks.service import started
from benchmarks.workshop import Workshop

WRITES = 50
# The tracer detaches (-D), so that the service itself is the process that is stopped in the end.
_TRACE = (
    "-D",
    "-f",
    "-qq",
    "-e",
    "trace=fsync,fdatasync,recvfrom,sendto,write,writev,read",
    "-s",
    "64",
)
_NOTE = """\
{writes} offers, one after the other, to the service under strace on SQLite. An acknowledgement
counts as synced if an fsync or fdatasync returned after its request was received and before its
reply was sent. PostgreSQL syncs in a process of its own (`synchronous_commit` is on by default) and
is not traced here."""


def run(shop: Workshop) -> Section | None:
    """Measure; without strace there is nothing to say."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    home, log = shop.folder / "synced", shop.folder / "strace.log"
    ids = run_child("benchmarks.offer_city", str(home), "20", "100")
    with started(home, before=(strace, *_TRACE, "-o", str(log))) as (_, client, _):
        acknowledged = 0
        for k in range(WRITES):
            pair = {"need_id": ids["needs"][k % 80], "provider_id": ids["mentors"][k % 20]}
            status, body = client.post("/v1/offers", pair)
            acknowledged += status == 201 and "match_id" in json.loads(body)
    synced = _synced(log)
    rows = [
        ("acknowledged writes", str(acknowledged), str(WRITES)),
        ("with a sync between request and reply", str(synced), "= acknowledged"),
    ]
    note = _NOTE.format(writes=WRITES)
    return Section("Synced writes", (note,), (Grid("strace", ("what", "found", "wanted"), rows),))


def _synced(log: Path) -> int:
    """Return how many replies `201` had a sync since their request."""
    asked = replied = synced = 0
    for line in log.read_text(errors="replace").splitlines():
        if "POST /v1/offers" in line:
            asked, synced = 1, 0
        elif re.search(r"f(data)?sync\(|f(data)?sync resumed", line) and line.endswith("= 0"):
            synced += 1
        elif "HTTP/1.1 201" in line and asked:
            replied += synced > 0
            asked = 0
    return replied

"""Damaged policy files: each is refused with file and path, or can be used in every way.

`python -m benchmarks.policy_fuzz [cases]`: 2,000 by default, of other seeds than the test suite's.
Seconds are of processor time.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.policy_fuzz import Book, tried

FIRST_SEED = 1_000_000


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    book, found, began = Book.packaged(), Counter[str](), time.process_time()
    for seed in range(FIRST_SEED, FIRST_SEED + cases):
        try:
            found[tried(book, seed)] += 1
        except Exception as error:  # noqa: BLE001  whatever it is, it is what is looked for
            found["wrong"] += 1
            print("wrong", seed, type(error).__name__, str(error)[:200])
    spent = time.process_time() - began
    print(
        f"{cases} damaged rule files: {found['refused']} refused with file and path, "
        f"{found['used']} used, {found['wrong']} wrong: {spent:.1f} s"
    )
    assert found["wrong"] == 0


if __name__ == "__main__":
    main()

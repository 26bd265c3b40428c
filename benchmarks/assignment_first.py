"""What the first call of the compiled code costs a new process; prints JSON."""

from __future__ import annotations

import json
import resource
import time


def main() -> None:
    """Import, call everything once, and say how long it took."""
    started = time.process_time()
    from matching.kernel.warm import warm

    imported = time.process_time()
    warm()
    print(
        json.dumps(
            {
                "import": imported - started,
                "first": time.process_time() - imported,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()

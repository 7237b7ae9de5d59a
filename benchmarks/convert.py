"""CPU time of converting 1,000 files of xm, against tomllib reading the same bytes.

Run as ``python -m benchmarks.convert``; exits 1 where the limit is passed: 3 s, or on a slower or busy machine the
same multiple of the baseline.  The files are the four kinds of the wiki, each with a name of its own.  The baseline
is to read the converted files, which but for their semicolons are TOML too.
"""

from __future__ import annotations

import statistics
import sys
import time
import tomllib
from collections.abc import Callable

from tests.unit.config.convert.wiki import FILES
from xentui.config.convert import convert

COUNT, ROUNDS = 1_000, 5
LIMIT_S, LIMIT_RATIO = 3.0, 50.0


def main() -> int:
    kinds = list(FILES.values())
    files = [kinds[number % len(kinds)].replace("wiki-", f"guest{number}-") for number in range(COUNT)]
    as_toml = [convert(text, source="web.cfg").text.replace(" ; ", "\n") for text in files]
    cases: dict[str, Callable[[], object]] = {
        "convert": lambda: [convert(text, source="web.cfg").problems for text in files],
        "tomllib": lambda: [tomllib.loads(text) for text in as_toml],
    }
    used: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, case in cases.items():
            started = time.process_time()
            case()
            used[name].append(time.process_time() - started)
    print(f"{'CPU time of 1,000 files (s)':32} {'least':>8} {'median':>8}")
    for name, figures in used.items():
        print(f"{name:32} {min(figures):8.3f} {statistics.median(figures):8.3f}")
    least, baseline = min(used["convert"]), min(used["tomllib"])
    ratio = least / baseline
    print(f"{'... times tomllib':32} {ratio:8.1f}")
    passed = least <= LIMIT_S or ratio <= LIMIT_RATIO
    print(f"within {LIMIT_S:g} s, or {LIMIT_RATIO:g} times tomllib: {'yes' if passed else 'NO'}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())

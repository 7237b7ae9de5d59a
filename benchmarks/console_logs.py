"""Console logs: the search through 100 MB, and what the index of times takes of a flood, in CPU time.

Run as ``python -m benchmarks.console_logs``; exits 1 where a limit is passed.  grep's own time counts as ours.  A flood
is what a console costs: its pieces logged and fed to the emulator, with and without the index in the same run.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.emulator import kernel_log
from benchmarks.ssh import used
from xentui.console.log_search import LogPattern, search
from xentui.console.log_times import TimesWriter
from xentui.console.transcript import Transcript
from xentui.terminal import Emulator

SIZE = 100_000_000
SEARCH_LIMIT = 100.0
"""MB a CPU-second, at least."""
INDEX_LIMIT = 5.0
"""Per cent of a flood, at most."""
FLOOD, PIECE, SLICE = 4 << 20, 4096, 512
ROUNDS = 7
COLOURED = b"[\x1b[0;32m  OK  \x1b[0m] Reached target \x1b[0;1;39mBasic System\x1b[0m.\r\n"
WANTED = (
    LogPattern("kernel panic"),
    LogPattern("kernel panic|oops|oom-killer", regex=True),
    LogPattern("[0-9]+ error", regex=True),
)


def searched(data: bytes, wanted: LogPattern) -> float:
    """MB a CPU-second."""
    began = used()
    search(data, wanted)
    return len(data) / 1e3 / (used() - began)


def flood(folder: Path, data: bytes, *, indexed: bool) -> float:
    """CPU seconds to log and to feed it."""
    add = TimesWriter.add
    if not indexed:
        TimesWriter.add = lambda *_given, **_more: None  # type: ignore[method-assign]
    log, emulator = (
        Transcript(folder / f"{os.urandom(4).hex()}.log", limit=64 << 20),
        Emulator(80, 24, 100_000),
    )
    try:
        began = time.process_time()
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            log.write(piece)
            for at in range(0, len(piece), SLICE):
                emulator.feed(piece[at : at + SLICE])
        return time.process_time() - began
    finally:
        TimesWriter.add = add  # type: ignore[method-assign]
        log.close()
        log.path.unlink()


def main() -> int:
    kernel = kernel_log()
    passed = True
    for title, line in (("kernel log", kernel), ("every line coloured", COLOURED)):
        data = (line * (1 + SIZE // len(line)))[:SIZE]
        for wanted in WANTED:
            speed = max(searched(data, wanted) for _ in range(2))
            # What is coloured everywhere is no log of a guest, and is told without a limit.
            passed &= speed >= SEARCH_LIMIT or line is COLOURED
            print(f"{title:<20} {wanted.pattern:<30} {speed:7.0f} MB a CPU-second")
    data = (kernel * (1 + FLOOD // len(kernel)))[:FLOOD]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "logs")
        rounds = [
            (flood(folder, data, indexed=False), flood(folder, data, indexed=True)) for _ in range(ROUNDS)
        ]
    without, with_it = (min(times) for times in zip(*rounds, strict=True))
    share = 100 * (with_it - without) / without
    print(
        f"index of times: {share:.1f} % of a flood (least of {ROUNDS}: {without:.3f} s, {with_it:.3f} s;"
        f" median {100 * statistics.median(b / a - 1 for a, b in rounds):.1f} %)"
    )
    passed &= share <= INDEX_LIMIT
    print(
        f"search ≥ {SEARCH_LIMIT:.0f} MB a CPU-second, index ≤ {INDEX_LIMIT:.0f} %: {'yes' if passed else 'NO'}"
    )
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())

"""``xenstore-watch``: a line for each time a path fires."""

from __future__ import annotations

import os
from collections.abc import Sequence

from xentui.simulator.call import Call

#: How often, in seconds, other processes' changes are looked for.
_INTERVAL = 0.1


def run(call: Call, words: Sequence[str]) -> int:
    """``xenstore-watch [-n COUNT] PATH …``: each path once at the start, then a line an event, until stopped.

    ``@introduceDomain`` and ``@releaseDomain`` fire; other paths are printed once and stay silent.
    """
    queue, paths, count = list(words), list[str](), 0
    while queue:
        word = queue.pop(0)
        if word == "-n" and queue:
            count = int(queue.pop(0)) if queue[0].isdecimal() else 0
        elif not word.startswith("-"):
            paths.append(word)
    if not paths:
        call.err("Usage: xenstore-watch [-h] [-n NR] <path> ...\n")
        return 1
    parent = os.getppid()
    call.now()
    last = call.state.last_news()
    left = _show(call, paths, count or -1)
    # The real one ends at the next event when nobody reads it any more, since it writes then.
    while left and not call.cancel.is_set() and os.getppid() == parent:
        due = call.state.due()
        if due is not None and due <= call.clock():
            call.now()
        news = call.state.news(last)
        if news:
            last = news[-1][0]
            left = _show(call, [path for _, path in news if path in paths], left)
        if left and call.sleep(_INTERVAL):
            break
    return 0


def _show(call: Call, paths: Sequence[str], left: int) -> int:
    """Print the paths, at most ``left`` of them (below 0: all); returns how many may still come."""
    for path in paths:
        if left == 0:
            break
        call.out(f"{path}\n")
        left -= 1
    return left

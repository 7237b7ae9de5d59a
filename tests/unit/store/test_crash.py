"""A writer killed at any system call leaves the old state or the new one, and the next writer carries on.

Each kind of transaction is run in a traced child and killed at a stop of it; then a reader looks, and the
same transaction is run again.  By default every few stops of each are tried, others each hour; all of them
with ``XENTUI_CRASH=full``.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.agent import steps
from tests.unit.store import tracing
from tests.unit.store.kinds import KINDS, PUT, WEB1, WEB2, Kind, arguments_of
from tests.unit.store.observing import Seen, call, observe, tree
from xentui.agent import AgentError, catalogue

STRIDE = 1 if os.environ.get("XENTUI_CRASH") == "full" else 23


@pytest.mark.skipif(not tracing.permitted(), reason="ptrace is not permitted here")
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_a_writer_killed_at_any_system_call(kind: Kind, ground: Path) -> None:
    root = ground / "run" / "store"
    prepared = ground / "prepared"

    def fresh() -> None:
        shutil.rmtree(root.parent, ignore_errors=True)
        shutil.copytree(prepared, root.parent, symlinks=True)

    def act() -> None:
        call(root, kind.operation, **arguments_of(root, kind))

    known = {*catalogue.declared, *steps.STEPS}
    assert kind.operation in known  # loading its code is not a part of the transaction
    root.parent.mkdir()
    kind.prepare(root)
    root.parent.rename(prepared)
    fresh()
    old = observe(root)
    assert observe(root) == old
    stops = tracing.run(act)
    new, clean = observe(root), tree(root)
    assert new != old
    assert stops > 20
    states = [old, new] if kind.between is None else [old, kind.between(old), new]
    tried = 0
    for kill_at in range(1 + int(time.time() // 3600) % STRIDE, stops + 1, STRIDE):
        fresh()
        tracing.run(act, kill_at)
        tried += 1
        seen = observe(root)
        assert seen in states, f"killed at stop {kill_at} of {stops}"
        _next_writer(root, seen, new, act, clean=clean, when=f"after a kill at stop {kill_at} of {stops}")
    assert tried >= stops // STRIDE


def _next_writer(
    root: Path, seen: Seen, new: Seen, act: Callable[[], None], *, clean: set[str], when: str
) -> None:
    """Whoever writes next finds a store that works, and sweeps up."""
    if seen != new:
        act()
        assert observe(root) == new, when
    else:
        with_another = {**PUT, "uuid": WEB1 if WEB1 in seen["domains"] else WEB2, "name": "next"}
        try:
            call(root, "put", **with_another)
        except AgentError as refused:
            assert refused.code == "missing", when
            call(root, "create", uuid=WEB2, name="next", text="name = 'next'\n")
        assert call(root, "find", name="next") is not None, when
    assert os.listdir(root / "staging") == [], when
    left = tree(root) - clean
    if seen != new:
        assert left == set(), when
    else:
        assert not {path for path in left if ".new" in path or "staging/" in path}, when
        assert len(left) <= 16, when

"""What the cuts of a line on the real Xen are asked for."""

from __future__ import annotations

import pytest

from tests.xen import cuts


def test_a_verb_there_is_none_of_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a host it would try no point of it, and say that nothing was lost."""
    monkeypatch.delenv("XENTUI_LAB_SSH", raising=False)
    with pytest.raises(SystemExit, match="no such verb: suspnd; there are suspend, resume, save, restore"):
        cuts.main(["2", "1", "suspend", "suspnd"])

"""``image rm`` and ``image resize`` from their words: what is asked for, and of whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.test_verbs import Line, line
from xentui.service.danger import Question

__all__ = ["line"]


@pytest.mark.parametrize("words", [("rm",), ("resize",)], ids=["rm", "resize"])
async def test_what_is_lost_for_good_is_agreed_to_beforehand_or_typed(line: Line, words: tuple[str]) -> None:
    place = Path(line.host.host_path("/srv/guests/old.img"))
    place.write_bytes(bytes(1 << 20))
    command = ["image", *words, "/srv/guests/old.img", *(["512k"] if words == ("resize",) else [])]
    assert await line.run(*command) == 2, "nobody can be asked"
    asked: list[Question] = []

    async def answer(found: Question) -> bool:
        asked.append(found)
        return False

    line.ask = answer
    assert await line.run(*command) == 1
    assert place.stat().st_size == 1 << 20 and asked[0].typed in ("old.img", "512K")
    assert await line.run(*command, "--yes") == 0, line.notes
    assert not place.exists() or place.stat().st_size == 512 << 10
    assert len(asked) == 1

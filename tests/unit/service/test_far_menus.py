"""What another host says of its boot menus is taken for what it may be: anything, and much of it."""

from __future__ import annotations

import pytest

from xentui.errors import HostError
from xentui.hosts.base import Completed
from xentui.hosts.local import LocalHost
from xentui.service import boot_menu

MENU = b'{"error": "there is none", "places": []}'


@pytest.mark.parametrize(
    "said",
    [
        b"",
        MENU,
        MENU + b"\n" + MENU + b"\n",
        MENU + b"\nmore",
        b"[]\n",
        b"[" * 100_000 + b"\n",
        b'{"error": "' + b"x" * boot_menu._ANSWER + b'"}\n',
        b'{"menu": {"entries": 5}, "places": {}}\n',
        b"\xff\xfe\n",
    ],
    ids=["nothing", "cut", "two", "more", "a list", "deep", "long", "another form", "no text"],
)
async def test_an_answer_that_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    async def run(*_given: object, **_more: object) -> Completed:
        return Completed((), 0, said, b"")

    monkeypatch.setattr(LocalHost, "run", run)
    with pytest.raises(HostError, match="not valid"):
        await boot_menu.of_image(LocalHost(), "/disk.img")

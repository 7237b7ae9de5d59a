"""A host without python3: what runs can be listed and worked with, what is stored cannot."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from xentui.errors import FarAgentError, NoAgentError, StoreError
from xentui.service.admission import require_store
from xentui.service.hypervisor import Hypervisor

SENTENCE = "the host has no python3, which stored domains and the audit log need"
HINT = "what runs can be worked with; for the rest: install python3 there"


@pytest.fixture
async def guest(host: Faulty, monkeypatch: pytest.MonkeyPatch) -> str:
    """A running guest on a host whose python3 is gone."""
    path = host.guest("web")
    assert (await host.run(["xl", "create", path])).exit_code == 0

    async def absent(operation: Any, **_: Any) -> Any:
        raise NoAgentError(SENTENCE, hint=HINT)

    monkeypatch.setattr(host, "call", absent)
    return "web"


async def test_what_runs_is_listed_and_one_sentence_says_what_is_not(host: Faulty, guest: str) -> None:
    snapshot = await Hypervisor(host).inventory.poll()
    assert [domain.name for domain in snapshot.domains] == ["Domain-0", guest]
    assert snapshot.problems == (f"stored domains are not listed: {SENTENCE}",)
    assert snapshot.store_unread


@pytest.mark.parametrize("verb", ["pause", "shutdown", "reboot", "destroy"])
async def test_what_runs_is_acted_on_with_one_warning(host: Faulty, guest: str, verb: str) -> None:
    warnings: list[str] = []
    hypervisor = Hypervisor(host, warn=warnings.append)
    await getattr(hypervisor.lifecycle, verb)(await hypervisor.inventory.find(guest))
    assert ("xl", verb) in [argv[:2] for argv in host.ran]
    if verb == "pause":
        await hypervisor.lifecycle.unpause(await hypervisor.inventory.find(guest))
        assert ("xl", "unpause") in [argv[:2] for argv in host.ran]
    assert warnings == [f"what you do there is not recorded in the audit log: {SENTENCE}"]


async def test_what_is_not_running_may_be_stored_all_the_same(host: Faulty, guest: str) -> None:
    with pytest.raises(StoreError, match="cannot tell whether it is stored") as caught:
        await Hypervisor(host).inventory.find("backup")
    assert caught.value.hint == HINT


async def test_a_line_that_was_cut_asks_for_another_try_and_for_no_repair(
    host: Faulty, guest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(operation: Any, **_: Any) -> Any:
        raise FarAgentError("the connection was lost during `look`")

    monkeypatch.setattr(host, "call", cut)
    hypervisor = Hypervisor(host)
    with pytest.raises(StoreError) as caught:
        await hypervisor.inventory.find("backup")
    assert caught.value.hint == "check the host, then try again"
    with pytest.raises(StoreError) as caught:
        require_store(await hypervisor.inventory.glance())
    assert str(caught.value.hint).startswith("check the host, then try again; ")

"""A host without python3: what runs can be listed and worked with, what is stored cannot."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from xentui.errors import NoAgentError
from xentui.service.hypervisor import Hypervisor

SENTENCE = "the host has no python3, which stored domains and the audit log need"


@pytest.fixture
async def guest(host: Faulty, monkeypatch: pytest.MonkeyPatch) -> str:
    """A running guest on a host whose python3 is gone."""
    path = host.guest("web")
    assert (await host.run(["xl", "create", path])).exit_code == 0

    async def absent(operation: Any, **_: Any) -> Any:
        raise NoAgentError(SENTENCE)

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
    with pytest.raises(Exception, match="cannot tell whether it is stored"):
        await Hypervisor(host).inventory.find("backup")

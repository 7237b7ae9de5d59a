"""A writer killed right after its commit: xl and xendomains, who know nothing of it, boot what was committed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed
from xentui.errors import StoreCode, StoreError
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor


async def killed_in_a_change(host: Faulty, hypervisor: Hypervisor) -> Domain:
    """A guest of 128 MiB whose change to 100 MiB is in the log, and not in config.cfg yet."""
    domain = await managed(host, hypervisor)
    config = config_of(host, domain)
    before = config.read_text()
    await hypervisor.resources.set_memory(domain, 100)
    config.rename(config.with_name("config.cfg.new"))
    config.write_text(before)
    return domain


def config_of(host: Faulty, domain: Domain) -> Path:
    return Path(host.store_root, "domains", domain.uuid, "config.cfg")


def is_settled(host: Faulty, domain: Domain) -> bool:
    """Whether config.cfg is the text that was committed."""
    config = config_of(host, domain)
    return "memory = 100" in config.read_text() and not config.with_name("config.cfg.new").exists()


async def test_a_start_boots_what_was_committed(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await killed_in_a_change(host, hypervisor)
    plan = await hypervisor.lifecycle.start(domain)
    booted = await hypervisor.inventory.find("web")
    assert (plan.version, booted.version, booted.memory_mib, booted.differences) == (2, 2, 100, ())


async def test_the_file_is_right_before_a_console_boot_is_run(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await killed_in_a_change(host, hypervisor)
    await hypervisor.lifecycle.plan_start(domain)
    assert is_settled(host, domain)


async def test_looking_at_the_host_puts_it_right_for_xendomains(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await killed_in_a_change(host, hypervisor)
    await hypervisor.definitions.autostart(domain, on=True)
    link = Path(host.host_path("/etc/xen/auto/web"))
    assert "memory = 100" not in link.read_text()
    (found,) = [item for item in (await hypervisor.inventory.poll()).domains if item.managed]
    assert (found.version, found.memory_mib) == (2, 100)
    assert is_settled(host, domain)
    assert "memory = 100" in link.read_text()


def kept(host: Faulty) -> dict[str, tuple[bytes, int]]:
    """Content and time of change of all that lies in the store."""
    return {
        str(path): (path.read_bytes() if path.is_file() else b"", path.lstat().st_mtime_ns)
        for path in sorted(Path(host.store_root).rglob("*"))
    }


@pytest.mark.parametrize("mode", ["read_only", "dry_run"])
async def test_who_may_not_write_does_not(host: Faulty, hypervisor: Hypervisor, mode: str) -> None:
    domain = await killed_in_a_change(host, hypervisor)
    before = sorted((path.name, path.stat().st_mtime_ns) for path in config_of(host, domain).parent.iterdir())
    async with Hypervisor(host, read_only=mode == "read_only", dry_run=mode == "dry_run") as reader:
        assert (await reader.inventory.find("web")).version == 2
        if mode == "dry_run":
            await reader.lifecycle.start(domain)
    after = sorted((path.name, path.stat().st_mtime_ns) for path in config_of(host, domain).parent.iterdir())
    assert after == before


async def test_a_reading_session_writes_nothing_into_the_store(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a summary of a text that is new to all: that is kept by the next who may write."""
    await hypervisor.definitions.new(host.guest("web"))
    before = kept(host)
    calls: set[str] = set()
    real = host.call

    async def call(operation: Any, **arguments: Any) -> object:
        calls.add(operation)
        return await real(operation, **arguments)

    monkeypatch.setattr(host, "call", call)
    async with Hypervisor(host, read_only=True) as reader:
        await reader.inventory.poll()
        assert (await reader.inventory.find("web")).version == 1
    assert (calls, kept(host)) == ({"look"}, before)
    async with Hypervisor(host) as writer:
        await writer.inventory.poll()
    assert "put_summaries" in calls
    assert kept(host) != before


async def test_where_nothing_is_left_behind_a_poll_only_reads(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await managed(host, hypervisor)
    await hypervisor.inventory.poll()  # what is new to it is kept with a summary
    calls: list[str] = []
    real = host.call

    async def call(operation: Any, **arguments: Any) -> object:
        calls.append(operation)
        return await real(operation, **arguments)

    monkeypatch.setattr(host, "call", call)
    await hypervisor.inventory.poll()
    assert calls == ["look"]


async def test_a_store_that_cannot_be_written_is_asked_once(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await killed_in_a_change(host, hypervisor)
    asked: list[str] = []

    async def refuse(uuid: str) -> None:
        asked.append(uuid)
        raise StoreError("read-only file system", code=StoreCode.PERMISSION)

    monkeypatch.setattr(hypervisor.session.store, "settle", refuse)
    for _ in range(3):
        assert (await hypervisor.inventory.find("web")).version == 2
    assert asked == [domain.uuid]

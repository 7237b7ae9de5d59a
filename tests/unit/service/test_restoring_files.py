"""A domain saved to a file goes on only where its disks are as it left them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import running
from xentui.agent.memory import save_files
from xentui.errors import ConfigError, NotAllowedError
from xentui.service import danger
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action
from xentui.simulator import checkpoint
from xentui.toolstack.xl.save_file import HEAD_USUAL
from xentui.toolstack.xl.toolstack import XlToolstack

SAVED = "/srv/guests/web.save"


def touch(host: Faulty, path: str, seconds: float) -> None:
    """Let a file of the host have been written so long after now."""
    moment = time.time() + seconds
    os.utime(Path(host.host_path(path)), (moment, moment))


async def saved(host: Faulty, hypervisor: Hypervisor, *, stored: bool = True) -> str:
    """A domain with a disk, saved to a file an hour ago; returns the path of its disk."""
    image = host.image("a.img")
    if stored:
        web = await running(host, hypervisor, disk=f"['file:{image},xvda,w']")
    else:
        await hypervisor.lifecycle.create(host.guest("web", disk=f"['file:{image},xvda,w']"))
        web = await hypervisor.inventory.find("web")
    await hypervisor.lifecycle.save(web, SAVED)
    touch(host, image, -7200)
    return image


async def test_an_image_nobody_has_gone_past_is_restored(host: Faulty, hypervisor: Hypervisor) -> None:
    await saved(host, hypervisor)
    await hypervisor.lifecycle.restore(SAVED)
    assert (await hypervisor.inventory.find("web")).state.alive


async def test_one_whose_disk_another_domain_writes_to_is_not(host: Faulty, hypervisor: Hypervisor) -> None:
    image = await saved(host, hypervisor, stored=False)
    await running(host, hypervisor, "other", disk=f"['file:{image},xvda,w']")
    with pytest.raises(ConfigError, match="in use by other"):
        await hypervisor.lifecycle.restore(SAVED, force=True)


async def test_one_that_runs_is_not_restored_beside_itself(host: Faulty, hypervisor: Hypervisor) -> None:
    await saved(host, hypervisor)
    await hypervisor.lifecycle.restore(SAVED)
    with pytest.raises(NotAllowedError, match="web runs already, with domid") as caught:
        await hypervisor.lifecycle.restore(SAVED, force=True)
    assert "`xentui destroy web` first" in hint(caught.value) and "--force" in hint(caught.value)


async def test_one_that_was_started_since_is_restored_only_by_force(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await saved(host, hypervisor)
    touch(host, SAVED, -3600)
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    await hypervisor.lifecycle.destroy(await hypervisor.inventory.find("web"))
    with pytest.raises(NotAllowedError, match="web has been started since the image was made") as caught:
        await hypervisor.lifecycle.restore(SAVED)
    assert "--force" in hint(caught.value)
    await hypervisor.lifecycle.restore(SAVED, force=True)
    assert (await hypervisor.inventory.find("web")).state.alive


async def test_one_whose_disk_was_written_to_since_is_restored_only_by_force(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    image = await saved(host, hypervisor, stored=False)
    touch(host, image, 60)
    with pytest.raises(NotAllowedError, match="was written to since the image was made"):
        await hypervisor.lifecycle.restore(SAVED)
    await hypervisor.lifecycle.restore(SAVED, force=True)


async def test_one_beside_a_suspended_self_is_restored_only_by_force(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await saved(host, hypervisor)
    await hypervisor.lifecycle.restore(SAVED)
    await hypervisor.lifecycle.suspend(await hypervisor.inventory.find("web"))
    with pytest.raises(NotAllowedError, match="web is suspended, with a memory image of its own"):
        await hypervisor.lifecycle.restore(SAVED)


async def test_a_read_only_disk_and_a_cd_may_have_changed(host: Faulty, hypervisor: Hypervisor) -> None:
    image = host.image("r.img")
    await hypervisor.lifecycle.create(host.guest("web", disk=f"['file:{image},xvda,r']"))
    await hypervisor.lifecycle.save(await hypervisor.inventory.find("web"), SAVED)
    touch(host, image, 3600)
    await hypervisor.lifecycle.restore(SAVED)


async def test_one_with_a_name_that_looks_like_another_is_not(host: Faulty, hypervisor: Hypervisor) -> None:
    config = {"c_info": {"type": "pv", "name": "x\u2028backup", "uuid": str(uuid4())}}
    Path(host.host_path(SAVED)).write_bytes(checkpoint.pack(config, {}))
    with pytest.raises(ConfigError, match="is misleading") as caught:
        await hypervisor.lifecycle.restore(SAVED, force=True)
    assert "u2028" in caught.value.message


async def test_what_cannot_be_read_is_left_to_xl_with_a_word(host: Faulty) -> None:
    said: list[str] = []
    Path(host.host_path(SAVED)).write_bytes(b"no saved domain")
    async with Hypervisor(host, warn=said.append) as hypervisor:
        with pytest.raises(Exception, match=r"."):
            await hypervisor.lifecycle.restore(SAVED)
    assert [word for word in said if "or were written to since, is not known" in word]


async def test_a_domain_saved_to_a_file_says_so_until_it_is_booted(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await saved(host, hypervisor)
    web = await hypervisor.inventory.find("web")
    assert web.saved_to == host.host_path(SAVED)
    assert "saved to" in web.notice
    lost = danger.of(Action.START, [web])
    assert lost is not None and SAVED in lost.losses[0]
    await hypervisor.lifecycle.start(web)
    await hypervisor.lifecycle.destroy(await hypervisor.inventory.find("web"))
    web = await hypervisor.inventory.find("web")
    assert (web.saved_to, danger.of(Action.START, [web])) == ("", None)


async def test_one_that_went_on_from_its_file_says_so_no_more(host: Faulty, hypervisor: Hypervisor) -> None:
    await saved(host, hypervisor)
    await hypervisor.lifecycle.restore(SAVED)
    await hypervisor.lifecycle.destroy(await hypervisor.inventory.find("web"))
    assert (await hypervisor.inventory.find("web")).saved_to == ""


async def test_one_whose_file_is_gone_starts_without_a_question(host: Faulty, hypervisor: Hypervisor) -> None:
    await saved(host, hypervisor)
    Path(host.host_path(SAVED)).unlink()
    web = await hypervisor.inventory.find("web")
    assert (web.saved_to, danger.of(Action.START, [web])) == ("", None)


async def test_a_save_of_one_that_starts_with_the_host_says_what_the_host_does(host: Faulty) -> None:
    said: list[str] = []
    async with Hypervisor(host, warn=said.append) as hypervisor:
        web = await running(host, hypervisor)
        await hypervisor.definitions.autostart(web, on=True)
        await hypervisor.lifecycle.save(await hypervisor.inventory.find("web"), SAVED)
    assert [word for word in said if "the next boot of the host starts it afresh" in word]


async def test_a_domain_is_resumed_with_the_disks_it_had_whatever_is_stored_since(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    image, other = host.image("a.img"), host.image("b.img")
    await hypervisor.lifecycle.suspend(await running(host, hypervisor, disk=f"['file:{image},xvda,w']"))
    await hypervisor.definitions.new(host.guest("web", disk=f"['file:{other},xvda,w']"), replace=True)
    # Behind xentui's back, which would not start it.
    theft = await host.run(["xl", "create", host.guest("thief", disk=f"['file:{image},xvda,w']")])
    assert theft.exit_code == 0
    with pytest.raises(ConfigError, match="in use by thief"):
        await hypervisor.lifecycle.resume(await hypervisor.inventory.find("web"))
    await hypervisor.lifecycle.destroy(await hypervisor.inventory.find("thief"))
    await hypervisor.lifecycle.resume(await hypervisor.inventory.find("web"))


async def test_no_more_of_an_image_is_read_than_its_configuration(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows is a guest's memory, and every byte takes its time on a slow line."""
    await saved(host, hypervisor)
    read: list[int] = []
    real = host.call

    async def call(operation: Any, **arguments: Any) -> Any:
        answer = await real(operation, **arguments)
        if operation == "read_head":
            read.append(len(answer))
        return answer

    monkeypatch.setattr(host, "call", call)
    file = Path(host.host_path(SAVED))
    file.write_bytes(file.read_bytes() + bytes(1 << 20))
    toolstack = XlToolstack(host)
    image = await toolstack.saved_image(host.host_path(SAVED))
    assert image and image.config
    assert read == [HEAD_USUAL]
    long = checkpoint.pack({"c_info": {"name": "a" * 30_000}}, {}) + bytes(1 << 20)
    file.write_bytes(long)
    image = await toolstack.saved_image(host.host_path(SAVED))
    assert image and len(image.name) == 30_000
    assert 30_000 < read[-1] < 32_000


@pytest.mark.parametrize(
    "spelt", [str.upper, lambda uuid: uuid.replace("-", "")], ids=["upper case", "no dashes"]
)
async def test_one_that_runs_is_known_however_its_file_spells_the_uuid(
    host: Faulty, hypervisor: Hypervisor, spelt: Callable[[str], str]
) -> None:
    web = await running(host, hypervisor)
    config = {"c_info": {"type": "pv", "name": "other", "uuid": spelt(web.uuid)}}
    Path(host.host_path(SAVED)).write_bytes(checkpoint.pack(config, {}))
    with pytest.raises(NotAllowedError, match="web runs already"):
        await hypervisor.lifecycle.restore(SAVED, force=True)
    assert save_files.identity(host.host_path(SAVED))["uuid"] == web.uuid

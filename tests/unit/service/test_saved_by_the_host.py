"""What xendomains saved when the host was shut down is known as saved until the script has restored it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import running
from tests.unit.service.test_suspended_with_the_host import boot_of_the_host, links, settings
from xentui.errors import CommandError, ConfigError
from xentui.hosts.base import Completed
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service import danger
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action

FILE = "/var/lib/xen/save/web"


async def saved(host: Faulty, it: Hypervisor) -> Domain:
    """A managed domain as `xendomains stop` leaves it."""
    settings(host)
    await running(host, it)
    Path(host.host_path(FILE)).parent.mkdir(parents=True, exist_ok=True)
    assert (await host.run(["xl", "save", "web", host.host_path(FILE)])).exit_code == 0
    return await it.inventory.find("web")


def names(host: Faulty) -> list[str]:
    """All there is in the script's folder, what the script does not see as well."""
    return sorted(path.name for path in Path(host.host_path(FILE)).parent.iterdir())


async def test_it_is_saved_and_its_start_asks(host: Faulty, hypervisor: Hypervisor) -> None:
    web = await saved(host, hypervisor)
    assert (web.state, web.saved_to) == (DomainState.OFF, host.host_path(FILE))
    assert "saved to" in web.notice
    assert danger.of(Action.START, [web]) is not None


async def test_the_script_restores_it_and_nothing_is_left_to_say(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await saved(host, hypervisor)
    assert await boot_of_the_host(host) == ["restored"]
    web = await hypervisor.inventory.find("web")
    assert (web.state.alive, web.saved_to, web.notice) == (True, "", "")


async def test_resumed_here_it_is_not_restored_a_second_time(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.resume(await saved(host, hypervisor))
    web = await hypervisor.inventory.find("web")
    assert (web.state.alive, web.saved_to) == (True, "")
    assert links(host, "/var/lib/xen/save") == []
    assert await boot_of_the_host(host) == []


async def test_restored_by_its_path_it_is_not_either(host: Faulty, hypervisor: Hypervisor) -> None:
    await saved(host, hypervisor)
    await hypervisor.lifecycle.restore(FILE)
    assert links(host, "/var/lib/xen/save") == []


async def test_booted_afresh_its_file_is_put_where_the_script_does_not_see_it(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.lifecycle.start(await saved(host, hypervisor))
    await hypervisor.lifecycle.destroy(await hypervisor.inventory.find("web"))
    assert names(host) == [".web.outdated"]
    assert await boot_of_the_host(host) == []
    assert (await hypervisor.inventory.find("web")).saved_to == ""


async def test_a_start_that_fails_leaves_it_to_the_script(host: Faulty, hypervisor: Hypervisor) -> None:
    web = await saved(host, hypervisor)
    host.answer = lambda argv: (
        Completed(tuple(argv), 3, b"", b"it was refused\n") if list(argv[:2]) == ["xl", "create"] else None
    )
    with pytest.raises(CommandError):
        await hypervisor.lifecycle.start(web)
    host.answer = lambda argv: None
    assert names(host) == ["web"]
    assert (await hypervisor.inventory.find("web")).saved_to == host.host_path(FILE)


async def test_a_start_that_is_refused_does_too(host: Faulty, hypervisor: Hypervisor) -> None:
    web = await saved(host, hypervisor)
    Path(host.host_path("/srv/guests/vmlinuz")).unlink()
    with pytest.raises(ConfigError):
        await hypervisor.lifecycle.start(web)
    assert names(host) == ["web"]


async def test_what_was_put_aside_before_is_kept(host: Faulty, hypervisor: Hypervisor) -> None:
    web = await saved(host, hypervisor)
    Path(host.host_path(FILE)).with_name(".web.outdated").write_bytes(b"older")
    await hypervisor.lifecycle.start(web)
    assert len(names(host)) == 2
    assert Path(host.host_path(FILE)).with_name(".web.outdated").read_bytes() == b"older"


async def test_once_booted_from_another_text_as_well(host: Faulty, hypervisor: Hypervisor) -> None:
    await saved(host, hypervisor)
    await hypervisor.lifecycle.create(host.guest("web", memory="200"))
    assert names(host) == [".web.outdated"]


async def test_a_script_that_restores_nothing_keeps_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    web = await saved(host, hypervisor)
    settings(host, "XENDOMAINS_RESTORE=false\nXENDOMAINS_SAVE=/var/lib/xen/save\n")
    assert (await hypervisor.inventory.find(web.name)).saved_to == ""


async def test_what_is_no_saved_domain_is_nobodys(host: Faulty, hypervisor: Hypervisor) -> None:
    web = await saved(host, hypervisor)
    place = Path(host.host_path(FILE))
    place.with_name("other").write_bytes(b"nonsense")
    place.with_name("folder").mkdir()
    place.with_name("link").symlink_to(place)
    place.unlink()
    assert (await hypervisor.inventory.find(web.name)).saved_to == ""

"""Live consoles on the simulated host: real xl clients, guests that reboot, a console that is taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.seeded import seed
from tests.unit.console.support import shown, until
from xentui.console.hub import ConsoleHub, LiveConsole
from xentui.console.session import Phase
from xentui.hosts.sim import SimHost
from xentui.simulator import control
from xentui.toolstack.choose import toolstack_for
from xentui.toolstack.targets import Target

U = "12345678-0000-4000-8000-000000000001"
PROMPT = "/ #"


@pytest.fixture
async def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SimHost]:
    """A simulated host with the configuration of one guest, ``web1``; its time passes ten times as fast."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    seed(tmp_path / "sim", domains=0)
    made = SimHost(tmp_path / "sim")
    control.set_speed(made.simulator, 10.0)
    (tmp_path / "web1.cfg").write_text(
        f'name = "web1"\nuuid = "{U}"\nkernel = "/srv/guests/vmlinuz"\nmemory = 128\n'
        'extra = "console=hvc0"\non_reboot = "restart"\n'
    )
    yield made
    control.reset(made.simulator, 0)
    await made.close()


@pytest.fixture
async def hub(host: SimHost) -> AsyncIterator[ConsoleHub]:
    hub = ConsoleHub(host, toolstack_for(host))
    yield hub
    await hub.close_all()


def text(console: LiveConsole) -> str:
    return shown(console.session.emulator)


async def snapshot(host: SimHost, hub: ConsoleHub) -> int | None:
    """Tell the hub what runs; returns web1's domid."""
    listed = (await host.run(["xl", "list"])).text.splitlines()
    domids = [int(line.split()[1]) for line in listed if line.startswith("web1 ")]
    hub.domains_changed({U: ("web1", domids[0] if domids else None)})
    return domids[0] if domids else None


async def boot(host: SimHost, tmp_path: Path) -> int:
    done = await host.run(["xl", "create", str(tmp_path / "web1.cfg")])
    assert done.exit_code == 0, done.stderr
    return int((await host.run(["xl", "domid", "web1"])).text)


async def test_a_guest_is_booted_used_rebooted_and_powered_off(
    host: SimHost, hub: ConsoleHub, tmp_path: Path
) -> None:
    argv = toolstack_for(host).create(str(tmp_path / "web1.cfg"), console=True)
    console = await hub.open(uuid=U, name="web1", domid=-1, argv=argv, boot=True)
    await until(lambda: PROMPT in text(console))
    first = await snapshot(host, hub)
    assert first is not None
    assert console.domid == first

    console.session.write(b"echo $((6*7)); reboot\r")
    await until(lambda: console.session.phase is Phase.ENDED)
    while console.session.phase is Phase.ENDED:
        await snapshot(host, hub)
        await asyncio.sleep(0.05)
    assert console.domid > first
    await until(lambda: text(console).count("Linux version") == 2)
    await until(lambda: text(console).rstrip().endswith(PROMPT))

    console.session.send_leave()
    console.session.write(b"\r")
    console.session.write(b"poweroff\r")
    await until(lambda: console.session.phase is Phase.ENDED)
    while console.status != "ended: the guest powered off":
        await snapshot(host, hub)
        await asyncio.sleep(0.05)
    log = console.transcript.path.read_text()
    assert log.startswith("--- booting web1 at ")
    assert f"--- followed to web1 (domid {console.domid}) at " in log
    assert log.count("Linux version") == 2


async def test_leaving_a_boot_leaves_the_guest_alone(host: SimHost, hub: ConsoleHub, tmp_path: Path) -> None:
    argv = toolstack_for(host).create(str(tmp_path / "web1.cfg"), console=True)
    console = await hub.open(uuid=U, name="web1", domid=-1, argv=argv, boot=True)
    await until(lambda: "Linux version" in text(console))
    await hub.close(U)
    assert console.session.result is not None
    assert (console.session.result.exit_code, console.session.result.left) == (0, True)
    domid = await snapshot(host, hub)
    assert domid is not None
    again = await hub.open(
        uuid=U, name="web1", domid=domid, argv=toolstack_for(host).console(Target(domid, U, "web1"))
    )
    again.session.write(b"\r")
    await until(lambda: PROMPT in text(again))


async def test_a_console_in_use_is_refused_with_its_holder(
    host: SimHost, hub: ConsoleHub, tmp_path: Path
) -> None:
    domid = await boot(host, tmp_path)
    first = await hub.open(
        uuid=U, name="web1", domid=domid, argv=toolstack_for(host).console(Target(domid, U, "web1"))
    )
    await until(lambda: PROMPT in text(first))
    other = ConsoleHub(host, toolstack_for(host))
    second = await other.open(
        uuid=U, name="web1", domid=domid, argv=toolstack_for(host).console(Target(domid, U, "web1"))
    )
    await until(lambda: second.status.startswith("held by ") and " for " in second.status)
    assert second.session.result is not None
    assert second.session.result.exit_code == 11
    await hub.close(U)
    again = await other.open(
        uuid=U, name="web1", domid=domid, argv=toolstack_for(host).console(Target(domid, U, "web1"))
    )
    assert again is second
    await until(lambda: second.status == "attached")
    second.session.write(b"\r")
    await until(lambda: PROMPT in text(second))
    await other.close_all()

"""A PVH guest migrates between the lab's two hosts, its counter going on, and its line is cut at each phase.

The line is an ssh of our own that dies at a message of xl's: at which is told by the message, not by a time.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.scenarios.migration_scenario import migration_there_and_back
from tests.xen.conftest import LAB, LabHost
from tests.xen.test_scenarios import LabWorld
from xentui.errors import CommandError
from xentui.hosts.choose import choose
from xentui.hosts.reach import Reach
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating import Migrating, MigrationPlan, Mode
from xentui.service.migrating.halves import of_uuid
from xentui.service.migrating.mending import look, mend
from xentui.settings import Settings

pytestmark = pytest.mark.long
ADDRESS = {"a": "192.168.77.1", "b": "192.168.77.2"}
CUT = """
import os, subprocess, sys, threading

phase, host, command = sys.argv[1], sys.argv[2], sys.argv[3:]
# What is lost, and whether it goes to the other host.
LOST = {"copy": (b"", True), "transfer": (b"ready to unpause", False), "go": (b"cleared to unpause", True),
        "report": (b"unpause results", False)}
lost, outwards = LOST[phase]
AFTER = 20 << 20
line = subprocess.Popen(["ssh", "-oBatchMode=yes", host, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

def carry(source, to, watched):
    tail, carried = b"", 0
    while True:
        data = os.read(source, 1 << 16)
        if not data:
            break
        tail, carried = (tail + data)[-200:], carried + len(data)
        if watched and ((lost and lost in tail) or (not lost and carried > AFTER)):
            line.kill()
            sys.stderr.write("cut at %s\\n" % phase)
            sys.stderr.flush()
            os._exit(255)
        while data:
            data = data[os.write(to, data):]
    os.close(to)

threads = [threading.Thread(target=carry, args=(0, line.stdin.fileno(), outwards), daemon=True),
           threading.Thread(target=carry, args=(line.stdout.fileno(), 1, not outwards), daemon=True)]
for thread in threads:
    thread.start()
sys.exit(line.wait())
"""


@dataclass
class Pair:
    """The lab's two hosts: past xentui, and by its command line."""

    labs: dict[str, LabHost]
    worlds: dict[str, LabWorld]


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    labs: dict[str, LabHost] = {}
    worlds: dict[str, LabWorld] = {}
    with tempfile.TemporaryDirectory(prefix="xentui-lab-", dir="/tmp") as folder:
        for name in ADDRESS:
            told = subprocess.run([LAB, "env", name], capture_output=True, text=True, check=True).stdout
            values = dict(word.partition("=")[::2] for word in shlex.split(told) if "=" in word)
            lab = LabHost(tuple(shlex.split(values["XENTUI_LAB_SSH"])), Path(folder) / name)
            if lab.run(["xl", "list"], check=False).returncode:
                pytest.skip("needs both hosts of the lab: tests/lab/lab up a, tests/lab/lab up b")
            lab.clean()
            lab.write("/root/cut.py", CUT)
            labs[name] = lab
            worlds[name] = LabWorld(lab)
            worlds[name].host = values["XENTUI_LAB_HOST"]
        for name, other in (("a", "b"), ("b", "a")):
            found = labs[name].run(["ssh", "-oBatchMode=yes", ADDRESS[other], "true"], check=False)
            assert found.returncode == 0, f"{name} does not reach {other}: {found.stderr}"
        yield Pair(labs, worlds)
        for name, lab in labs.items():
            worlds[name].close()
            lab.clean()
            lab.disconnect()


def counting(world: LabWorld, name: str) -> None:
    """Start a guest in whose memory a counter goes on."""
    path = world.guest(name, type="pvh", memory=128)
    world.run("new", path)
    child = world.spawn("start", name, "-c")
    world.boot_to_prompt(child)
    world.type_command(
        child, "(n=0; while :; do n=$((n+1)); echo $n > /n; sleep 1; done) & echo be$((1+1))gun", "be2gun"
    )
    world.leave(child)


def count(world: LabWorld, name: str) -> int:
    """How far its counter is; AssertionError where it does not answer."""
    child = world.spawn("console", name)
    world.wake(child)
    child.send("echo at $(cat /n) of\r")
    child.expect(r"at (\d+) of\r\n")
    assert child.match is not None
    found = int(child.match.group(1))  # type: ignore[union-attr]
    child.expect(world.prompt)
    world.leave(child)
    return found


def on_both(pair: Pair, work: Callable[[Hypervisor, Hypervisor], Awaitable[None]]) -> None:
    """Do something with the service on both hosts."""

    async def do() -> None:
        settings = Settings(ssh=os.environ["XENTUI_SSH"])
        hosts = [choose(pair.worlds[name].host, settings).host for name in ("a", "b")]
        async with Hypervisor(hosts[0]) as ours, Hypervisor(hosts[1]) as theirs:
            await work(ours, theirs)

    asyncio.run(do())


async def migrate(ours: Hypervisor, theirs: Hypervisor, domain: Domain, *, ssh: str = "") -> None:
    ssh = ssh or " ".join(Reach(ADDRESS["b"]).command)
    argv = ("xl", "migrate", "-s", ssh, str(domain.domid), ADDRESS["b"])
    plan = MigrationPlan(domain, Mode.LIVE, theirs, Reach(ADDRESS["b"]), commands=(argv,))
    await Migrating(ours).run(plan)


async def runs(it: Hypervisor, uuid: str) -> bool:
    return any(each.state in ("running", "blocked") for each in of_uuid(await it.inventory.poll(), uuid))


@pytest.mark.parametrize("phase", ["copy", "transfer", "go", "report", ""])
def test_a_guest_lives_on_wherever_its_line_is_cut(pair: Pair, phase: str) -> None:
    """Never on both hosts, never on none, and its memory is whole: its counter goes on."""
    for lab in pair.labs.values():
        lab.clean()
    counting(pair.worlds["a"], "mover")
    before = count(pair.worlds["a"], "mover")
    arrives = phase in ("report", "")

    async def work(ours: Hypervisor, theirs: Hypervisor) -> None:
        domain = await ours.inventory.find("mover")
        if phase:
            with pytest.raises(CommandError):
                await migrate(ours, theirs, domain, ssh=f"python3 /root/cut.py {phase}")
        else:
            await migrate(ours, theirs, domain)
        source, broken = await look(ours, theirs, domain.uuid if not phase else "mover")
        assert not broken.stuck, broken.why
        await mend(source, theirs if source is ours else ours, broken)
        assert (await runs(ours, domain.uuid), await runs(theirs, domain.uuid)) == (not arrives, arrives)
        stored = [
            any(each.managed and each.uuid == domain.uuid for each in (await it.inventory.poll()).domains)
            for it in (ours, theirs)
        ]
        assert stored == [not arrives, arrives]

    on_both(pair, work)
    at = "b" if arrives else "a"
    assert list(pair.labs[at].domains()) == ["mover"]
    assert pair.labs["a" if arrives else "b"].domains() == {}
    after = count(pair.worlds[at], "mover")
    assert after >= before
    assert count(pair.worlds[at], "mover") > after, "it stands still"


def named_hosts(pair: Pair, folder: Path, toolstack: str) -> None:
    """Have config.toml name both hosts, and how they reach each other."""
    lines = []
    for name, lab in pair.labs.items():
        lab.clean()
        way = f'toolstack = "{toolstack}"\nmigration = {{ address = "root@{ADDRESS[name]}" }}'
        lines.append(f'[hosts.{name}]\naddress = "{pair.worlds[name].host}"\n{way}\n')
    config = folder / "xentui" / "config.toml"
    config.parent.mkdir()
    config.write_text("".join(lines))
    for world in pair.worlds.values():
        world.environment["XDG_CONFIG_HOME"] = str(folder)


def test_a_domain_migrates_there_and_back(pair: Pair, tmp_path: Path) -> None:
    """By the command line, over the hosts' own LAN."""
    named_hosts(pair, tmp_path, "xl")
    migration_there_and_back(pair.worlds["a"], pair.worlds["b"], "b", "a")


def test_a_domain_of_libvirt_migrates_there_and_back(pair: Pair, tmp_path: Path) -> None:
    """The same where libvirt drives both."""
    named_hosts(pair, tmp_path, "libvirt")
    hosts = {name: world.host for name, world in pair.worlds.items()}
    forget = "systemctl restart libvirtd; virsh undefine mover; true"
    try:
        for name, lab in pair.labs.items():
            lab.run(forget)
            pair.worlds[name].host = name
        migration_there_and_back(pair.worlds["a"], pair.worlds["b"], "b", "a", engine="virsh")
    finally:
        for name, lab in pair.labs.items():
            pair.worlds[name].close()
            pair.worlds[name].host = hosts[name]
            lab.clean()
            lab.run(
                f"{forget}; systemctl stop libvirtd libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket; true"
            )


def test_a_pv_guest_is_refused_by_xen_and_runs_on(pair: Pair) -> None:
    """Debian's Xen has no shadow paging."""
    for lab in pair.labs.values():
        lab.clean()
    world = pair.worlds["a"]
    world.run("new", world.guest("mover"))
    world.run("start", "mover")

    async def work(ours: Hypervisor, theirs: Hypervisor) -> None:
        domain = await ours.inventory.find("mover")
        with pytest.raises(CommandError) as caught:
            await migrate(ours, theirs, domain)
        assert caught.value.message == "the host cannot track the guest's memory while it moves"
        assert await runs(ours, domain.uuid)

    on_both(pair, work)

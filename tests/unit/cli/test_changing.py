"""Which verbs change something, written out: a read-only session refuses them, and nothing else."""

from __future__ import annotations

import io
import math
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.seeded import seed
from tests.unit.cli.test_verbs import Line
from xentui.commands import registry, run
from xentui.commands.context import Context
from xentui.commands.suggestions import as_command_line
from xentui.console.exit_result import ExitResult
from xentui.hosts.base import Completed
from xentui.hosts.sim import SimHost
from xentui.service.host_check.report_line import CheckState
from xentui.service.hypervisor import Hypervisor
from xentui.simulator import control, shared_storage

FILE, IMAGE, BULK = "/etc/xen/new.cfg", "/srv/saved.save", "BULK"
CHANGING = {
    "new": [FILE],
    "delete": ["stored"],
    "clone": ["stored", "other"],
    "template": ["stored", "memory"],
    "drain": ["--to", "none"],
    "undrain": [],
    "undelete": ["deleted"],
    "rename": ["stored", "other"],
    "migrate": ["stored", "sim:b"],
    "autostart": ["stored", "on"],
    "restore-version": ["stored", "1"],
    "import": [FILE],
    "export": ["stored", "--to", "xl", "--folder", "/etc/xen", "--write"],
    "edit": ["stored"],
    "undo": ["stored"],
    "drift": ["stored", "--write"],
    "boot-entry": ["stored", "none"],
    "bulk-set": ["memory", "64", "stored"],
    "bulk-remove": ["vcpus", "stored"],
    "bulk-undo": [BULK],
    "make": ["fresh", "--kernel", "/srv/guests/vmlinuz", "--size", "1M", "--disk", "/srv/guests/fresh.img"],
    "create-image": ["fresh", "--dhcp"],
    "start": ["stored"],
    "create": [FILE],
    "install": ["stored", "--kernel", "/srv/guests/vmlinuz"],
    "shutdown": ["web"],
    "reboot": ["web"],
    "destroy": ["web"],
    "clear": ["web"],
    "pause": ["web"],
    "unpause": ["paused"],
    "trigger": ["web", "nmi"],
    "sysrq": ["web", "s"],
    "send-key": ["web", "ctrl-alt-f1"],
    "suspend": ["web"],
    "resume": ["suspended"],
    "save": ["web", IMAGE],
    "restore": [IMAGE],
    "mem-set": ["web", "64"],
    "mem-max": ["web", "256"],
    "vcpu-set": ["web", "1"],
    "block-attach": ["web", "/srv/guests/b.img", "xvdb", "w"],
    "block-detach": ["web", "xvda"],
    "cd-insert": ["stored", "hdc", "/srv/guests/b.img"],
    "cd-eject": ["stored"],
    "network-attach": ["web", "bridge=xenbr0"],
    "network-detach": ["web", "0"],
    "image create": ["/srv/guests/new.img", "1M"],
    "image resize": ["/srv/guests/b.img", "1M"],
    "image copy": ["/srv/guests/b.img", "/srv/guests/copy.img"],
    "image convert": ["/srv/guests/b.img", "/srv/guests/b.qcow2", "--format", "qcow2"],
    "image rm": ["/srv/guests/b.img"],
    "storage free": ["/srv/guests/loop.img"],
    "storage export": ["/srv", "xen2"],
    "storage mount": ["nas:/vm", "/srv/nfs"],
    "storage ocfs2": ["/dev/vg0/shared", "/srv/x", "--node", f"{os.uname().nodename}=10.0.0.1", "b=10.0.0.2"],
    "watch": ["stored", "login:"],
    "script": ["stored", "login", "--remove"],
    "xend-config set": ["port", "9002"],
    "xend-config restart": [],
}
LOOKING = {
    "list": [],
    "show": ["web"],
    "history": ["stored"],
    "config": ["stored"],
    "convert": ["-"],
    "diff": ["stored"],
    "boot-entries": ["stored"],
    "block-list": ["web"],
    "network-list": ["web"],
    "console": ["web"],
    "check": [],
    "fleet": [],
    "console-log": ["web"],
    "image list": [],
    "image info": ["/srv/guests/a.img"],
    "storage show": [],
    "xend-config show": [],
    "xend-config test": ["localhost"],
    "info": [],
    "dmesg": [],
    "log": [],
}
OF_SEVERAL = {"place"}
"""Looks at other hosts than its own; tests/unit/service/test_placement.py has it."""
APART = {"sim": "it drives the simulator, which is not a host of anybody's"}
OF_A_CLUSTER = {
    "ganeti list": False,
    "ganeti show": False,
    "ganeti jobs": False,
    "ganeti job": False,
    "ganeti start": True,
    "ganeti stop": True,
    "ganeti migrate": True,
    "ganeti failover": True,
}
"""Whether each verb for the master of a Ganeti cluster changes something; tests/unit/cli/test_ganeti.py has them."""
GUESTS = {
    "web": (
        'on_crash = "rename-restart"\nvcpus = 2\nmaxmem = 512\n'
        "vif = ['mac=00:16:3e:00:00:01,bridge=xenbr0']\ndisk = ['/srv/guests/a.img,raw,xvda,w']\n"
    ),
    "paused": "",
    "suspended": "",
    "stored": "vcpus = 2\nbootloader_args = ['--entry=a']\ndisk = ['/srv/guests/b.img,raw,hdc:cdrom,r']\n",
    "deleted": "",
    "saved": "",
}


class Watched(SimHost):
    """A simulated host that remembers what it was asked for beyond looking."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.did: list[str] = []

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        if tuple(argv[:2]) not in LOOKS:
            self.did.append(" ".join(argv))
        return await super().run(argv, stdin=stdin, timeout=timeout)

    def files(self) -> dict[str, tuple[bytes, int]]:
        """All that lies in the store: a guest's content and time of change by its path."""
        root = Path(self.store_root)
        return {
            str(path.relative_to(root)): (
                path.read_bytes() if path.is_file() else b"",
                path.lstat().st_mtime_ns,
            )
            for path in sorted(root.rglob("*"))
        }


LOOKS = {
    *(("xl", verb) for verb in ("list", "info", "dmesg", "block-list", "network-list")),
    ("df", "-Pk"),
    ("env", "LVM_SUPPRESS_FD_WARNINGS=1"),
    ("env", "zfs"),
    ("lsblk", "--json"),
    ("python3", "-S"),
    ("xm", "info"),
    ("cat", "/proc/net/tcp"),
    ("test", "-x"),
    ("who",),
    ("getent", "ahostsv4"),
}


async def furnish(line: Line) -> str:
    """A domain for each verb, and a file and a copy for those that want one; returns the id of a bulk change."""
    host = line.host
    for name in ("a.img", "b.img"):
        Path(host.host_path(f"/srv/guests/{name}")).write_bytes(b"\0" * 4096)
    shared_storage.leak_loop(host.simulator, "/srv/guests/loop.img")
    host.simulator.files.write("/dev/vg0/shared", b"OCFSV2")
    for name, extra in GUESTS.items():
        assert await line.run("new", line.guest(name, extra)) == 0, line.notes
    for command in (
        "start web",
        "start -p paused",
        "start suspended",
        "suspend suspended",
        "delete deleted",
        "start saved",
        f"save saved {IMAGE}",
        "sim crash web",
        "bulk-set memory 96 stored",
    ):
        assert await line.run(*command.split()) == 0, line.notes
    Path(host.host_path("/etc/xen/xend-config.sxp")).write_text("(xend-relocation-server yes)\n")
    Path(host.host_path("/etc/xen/stored.cfg")).write_text("name = 'stored'\n# by hand\n")
    line.guest("new")
    undo = re.search(r"bulk-undo ([-\w]+)", line.notes[-1])
    assert undo
    return undo[1]


async def answered(hypervisor: Hypervisor, verb: str, words: Sequence[str]) -> tuple[int, str]:
    """The exit status of a verb and what it tells the person."""
    notes: list[str] = []
    context = Context(
        hypervisor,
        lambda _line: None,
        notes.append,
        render=as_command_line(),
        standard_input=sys.stdin.buffer.read,
        attach=lambda *_: ExitResult(0, left=True, last_lines=()),
        own_terminal=True,
        yes=True,
    )
    found = run.find_verb(verb)
    return await run.run_verb(found, run.parse_verb(found, words), context), "\n".join(notes)


def test_every_verb_is_known_for_one_or_the_other() -> None:
    assert sorted(registry.verbs()) == sorted([*CHANGING, *LOOKING, *OF_SEVERAL, *APART, *OF_A_CLUSTER])
    changing = {verb for verb, command in registry.verbs().items() if command.mutates}
    assert changing == {*CHANGING, *APART, *(verb for verb, changes in OF_A_CLUSTER.items() if changes)}


async def test_a_read_only_session_refuses_what_changes_something_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    seed(tmp_path / "sim", domains=0)
    host = Watched(tmp_path / "sim")
    control.set_speed(host.simulator, math.inf)
    async with Hypervisor(host, user="admin@desk") as hypervisor:
        bulk = await furnish(Line(host, hypervisor))
    before = host.files()
    host.did.clear()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"name = 'old'\nkernel = '/boot/xen'\n")))
    async with Hypervisor(host, user="admin@desk", read_only=True) as reader:
        refused = {
            verb: await answered(reader, verb, [bulk if word == BULK else word for word in words])
            for verb, words in CHANGING.items()
        }
        done = {verb: await answered(reader, verb, words) for verb, words in LOOKING.items()}
        drift = await answered(reader, "drift", ["stored"])
    assert {verb: told for verb, told in refused.items() if told[0] == 0 or "read-only" not in told[1]} == {}
    # The check warns of the loop device that is there to be freed, by its exit status.
    assert {verb: told[0] for verb, told in done.items() if told[0] != 0} == {
        "check": CheckState.WARNING.exit_status
    }
    assert drift[0] == 0
    assert host.did == []
    assert host.files() == before

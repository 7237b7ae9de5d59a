"""Whether a path is the same file on two hosts: proven by a probe, never by the path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.seeded import seed
from xentui.agent.storage import timed_child
from xentui.errors import HostError, StoreError
from xentui.hosts.sim import SimHost
from xentui.service.session import Session
from xentui.service.storage import Verdict, same_file, same_files
from xentui.simulator import control
from xentui.store import ManagedStore
from xentui.toolstack.choose import toolstack_for

IMAGE = "/srv/guests/a.img"


class Host(SimHost):
    """A simulated host that may be given other answers, and remembers what it was asked."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder, name=name)
        self.asked: list[str] = []
        self.instead: Mapping[str, Any] = {}

    async def call(self, operation: Any, *_: Any, **arguments: Any) -> Any:
        self.asked.append(str(operation))
        other = self.instead.get(str(operation))
        if isinstance(other, Exception):
            raise other
        return other if other is not None else await super().call(operation, **arguments)

    def image(self, name: str = "a.img", data: bytes = b"\0" * 4096) -> Path:
        place = Path(self.host_path(f"/srv/guests/{name}"))
        place.write_bytes(data)
        return place


@pytest.fixture
def hosts(tmp_path: Path) -> tuple[Host, Host]:
    """Two hosts beside each other, each with an image of the same name."""
    made = []
    for name in "ab":
        seed(tmp_path / f"sim-{name}", domains=0)
        host = Host(tmp_path / f"sim-{name}", f"sim:{name}")
        host.image()
        made.append(host)
    return made[0], made[1]


def session(host: Host, *, read_only: bool = False) -> Session:
    return Session(host, toolstack_for(host), ManagedStore(host), "admin@desk", read_only=read_only)


def share(hosts: tuple[Host, Host]) -> None:
    control.share(hosts[0].simulator, "sim:b")


async def test_the_same_path_on_disks_of_their_own_is_not_the_same_file(hosts: tuple[Host, Host]) -> None:
    found = await same_file(session(hosts[0]), session(hosts[1]), IMAGE)
    assert (found.verdict, found.missing) == (Verdict.DIFFERENT, False)
    assert found.why == "each host has it on a file system of its own (ext4, ext4)"
    assert "leave_probe" not in hosts[0].asked + hosts[1].asked


async def test_what_was_written_on_one_and_read_on_the_other_proves_it(hosts: tuple[Host, Host]) -> None:
    share(hosts)
    found = await same_file(session(hosts[0]), session(hosts[1]), IMAGE)
    assert found.verdict is Verdict.SAME
    assert found.why == "a file written into /srv/guests on sim:a was read on sim:b"
    assert found.ours is not None and found.ours.mount.source == "nas:/export/srv"
    assert not list(Path(hosts[0].host_path("/srv/guests")).glob(".xentui*"))


async def test_a_folder_is_probed_once_for_all_that_lies_in_it(hosts: tuple[Host, Host]) -> None:
    share(hosts)
    hosts[0].image("b.img")
    paths = [
        (IMAGE, IMAGE),
        ("/srv/guests/b.img",) * 2,
        ("/srv/guests", "/srv/guests"),
        (IMAGE, "/srv/guests/b.img"),
    ]
    found = await same_files(session(hosts[0]), session(hosts[1]), paths)
    assert [each.verdict for each in found] == ["same", "same", "same", "different"]
    assert hosts[0].asked.count("leave_probe") == 1


async def test_a_name_that_leads_to_the_file_is_the_file_and_a_hard_link_too(
    hosts: tuple[Host, Host],
) -> None:
    share(hosts)
    place = hosts[0].image()
    place.with_name("soft").symlink_to("a.img")
    place.with_name("hard").hardlink_to(place)
    for other in ("/srv/guests/soft", "/srv/guests/hard"):
        assert (await same_file(session(hosts[0]), session(hosts[1]), IMAGE, other)).verdict is Verdict.SAME


async def test_two_servers_with_the_same_folder_are_not_one(hosts: tuple[Host, Host]) -> None:
    # Both say NFS, of the same source: only the probe, or the inode, tells.
    for host in hosts:
        with host.simulator.state.change():
            host.simulator.state.put("shared", True)
    found = await same_file(session(hosts[0]), session(hosts[1]), IMAGE)
    assert found.verdict is Verdict.DIFFERENT and "inode" in found.why
    found = await same_file(session(hosts[0]), session(hosts[1]), "/srv/guests/.", "/srv/guests/.")
    assert found.verdict is Verdict.DIFFERENT


async def test_what_is_missing_on_one_is_said(hosts: tuple[Host, Host]) -> None:
    found = await same_file(session(hosts[0]), session(hosts[1]), "/srv/guests/none.img")
    assert (found.verdict, found.missing) == (Verdict.DIFFERENT, True)
    assert found.why == "/srv/guests/none.img does not exist on sim:a"


async def test_where_one_may_not_write_the_other_does(hosts: tuple[Host, Host]) -> None:
    share(hosts)
    hosts[0].instead = {"leave_probe": StoreError("read-only file system")}
    found = await same_file(session(hosts[0]), session(hosts[1]), IMAGE)
    assert found.why == "a file written into /srv/guests on sim:b was read on sim:a"
    hosts[1].instead = hosts[0].instead
    found = await same_file(session(hosts[0]), session(hosts[1]), IMAGE)
    assert found.verdict is Verdict.UNKNOWN and "read-only file system" in found.why


async def test_a_server_that_takes_root_for_nobody_is_told_of(hosts: tuple[Host, Host]) -> None:
    share(hosts)
    hosts[1].instead = {"find_probe": {"found": True, "data": "", "error": "Permission denied"}}
    found = await same_file(session(hosts[0]), session(hosts[1]), IMAGE)
    assert (found.verdict, found.squashed) == (Verdict.SAME, ("sim:b",))
    hosts[1].instead = {"find_probe": {"found": True, "data": "ff", "error": ""}}
    assert (await same_file(session(hosts[0]), session(hosts[1]), IMAGE)).verdict is Verdict.DIFFERENT


async def test_a_session_that_only_reads_leaves_no_probe(hosts: tuple[Host, Host]) -> None:
    share(hosts)
    ours, theirs = (session(host, read_only=True) for host in hosts)
    found = await same_file(ours, theirs, IMAGE)
    assert found.verdict is Verdict.UNKNOWN and "read-only" in found.why
    assert (await same_file(ours, session(hosts[1]), IMAGE)).why.endswith("was read on sim:a")


async def test_where_it_is_only_looked_no_file_is_left_and_one_server_and_number_look_the_same(
    hosts: tuple[Host, Host],
) -> None:
    share(hosts)
    ours, theirs = session(hosts[0]), session(hosts[1])
    (found,) = await same_files(ours, theirs, [(IMAGE, IMAGE)], leave=False)
    assert (found.verdict, found.proven) == (Verdict.SAME, False)
    assert found.why.startswith("both have it from nas:/export/srv, as inode ")
    assert "leave_probe" not in hosts[0].asked + hosts[1].asked


async def test_two_servers_of_one_name_do_not_look_the_same(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        with host.simulator.state.change():
            host.simulator.state.put("shared", True)
    (found,) = await same_files(session(hosts[0]), session(hosts[1]), [(IMAGE, IMAGE)], leave=False)
    assert found.verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    "answer", [HostError("gone"), {}, [], {"node": "b", "places": {}}, {"node": "b", "places": None}]
)
async def test_a_host_that_does_not_answer_or_answers_nonsense_leaves_it_unknown(
    hosts: tuple[Host, Host], answer: Any
) -> None:
    hosts[1].instead = {"look_at_storage": answer}
    found = await same_file(session(hosts[0]), session(hosts[1]), IMAGE)
    assert found.verdict is Verdict.UNKNOWN and found.why.startswith("sim:b does not say: ")


async def test_a_file_system_that_hangs_leaves_it_unknown(
    hosts: tuple[Host, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = [{"kind": "hanging", "hangs": "/srv\033[2J"}]
    monkeypatch.setattr(timed_child, "looks", lambda paths, root, points: hanging)
    found = await same_file(session(hosts[0]), session(hosts[1]), IMAGE)
    assert found.verdict is Verdict.UNKNOWN
    assert found.why == r"the file system at /srv\u001b[2J on sim:a does not answer"


async def test_a_file_that_is_mounted_over_is_not_proven_by_its_folder(
    hosts: tuple[Host, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    share(hosts)
    proc = Path(hosts[1].host_path("/proc/self/mountinfo"))
    monkeypatch.setattr(type(hosts[1].simulator), "mount", lambda simulator: None)
    proc.parent.mkdir(parents=True, exist_ok=True)
    Path(hosts[0].host_path("/proc/self")).mkdir(parents=True, exist_ok=True)
    nfs = "1 0 0:40 / /srv rw - nfs4 nas:/srv rw\n"
    Path(hosts[0].host_path("/proc/self/mountinfo")).write_text(nfs)
    proc.write_text(f"{nfs}2 1 0:41 / {IMAGE} rw - nfs4 nas:/other rw\n")
    assert (await same_file(session(hosts[0]), session(hosts[1]), IMAGE)).verdict is Verdict.UNKNOWN

"""What DRBD tells of its resources, as module 9 and Linux's own module 8.4 put it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from tests import recordings
from xentui.errors import HostError
from xentui.hosts.base import Completed
from xentui.service.storage import cautions, drbd
from xentui.service.storage.drbd import Replica, ReplicaPeer
from xentui.service.storage.places import Layer
from xentui.store.reading import NONSENSE

WEB = Layer("drbd", "drbd0", {"resource": "web", "volume": "0"})
A, B = "ipv4 127.0.0.1:7788", "ipv4 127.0.0.1:7789"

# What drbdsetup of module 9 says.
STATUS = """[{"name": "web", "node-id": 0, "role": "Primary",
  "devices": [{"volume": 0, "minor": 1, "disk-state": "UpToDate"}],
  "connections": [
   {"peer-node-id": 1, "name": "b", "connection-state": "Connected", "peer-role": "Secondary",
    "peer_devices": [{"volume": 0, "replication-state": "Established", "peer-disk-state": "UpToDate"}]},
   {"peer-node-id": 2, "name": "c", "connection-state": "Connected", "peer-role": "Secondary",
    "peer_devices": [{"volume": 0, "replication-state": "SyncSource", "peer-disk-state": "Inconsistent"}]},
   {"peer-node-id": 3, "name": "d", "connection-state": "Connecting"}]}]"""


class Told:
    """A host on which drbdsetup answers as it was recorded."""

    def __init__(self, what: str, *, out_of_reach: bool = False) -> None:
        self.what, self.out_of_reach = what, out_of_reach
        self.asked: list[str] = []

    async def run(self, argv: Sequence[str], *, timeout: float) -> Completed:
        assert timeout
        if self.out_of_reach:
            raise HostError("no answer", subject="a")
        self.asked.append(" ".join(argv[1:]))
        what = {"status": "no json", "events2": self.what, "show": f"{self.what}, show"}[argv[1]]
        found = recordings.answer("drbd", what)
        assert tuple(argv) == found.argv
        return Completed(tuple(argv), found.exit_code, found.stdout.encode(), found.stderr.encode())


async def told(what: str) -> dict[str, Replica]:
    found = await drbd.replicas(Told(what), [WEB])  # type: ignore[arg-type]
    assert not found.why
    return dict(found.found)


async def test_linux_s_own_module_knows_no_json_and_is_asked_otherwise() -> None:
    host = Told("two primaries")
    found = await drbd.replicas(host, [WEB])  # type: ignore[arg-type]
    assert host.asked == ["status --json", "events2 --now", "show"]
    peer = ReplicaPeer("", "Connected", "Primary", "UpToDate")
    assert found.found["web"] == Replica("Primary", "UpToDate", (peer,), (A, B), two=True, volumes={0: 0})
    assert found.found["other"].ends == (B, A)
    assert found.found["web"].whole


@pytest.mark.parametrize(
    ("what", "role", "disk", "peer", "whole"),
    [
        ("fresh", "Secondary", "Inconsistent", ("Connected", "Secondary", "Inconsistent"), False),
        ("up to date", "Secondary", "UpToDate", ("Connected", "Secondary", "UpToDate"), True),
        ("one primary", "Primary", "UpToDate", ("Connected", "Secondary", "UpToDate"), True),
        ("cut", "Primary", "UpToDate", ("Connecting", "Unknown", "DUnknown"), False),
        ("forced apart", "Primary", "UpToDate", ("Connecting", "Unknown", "Inconsistent"), False),
    ],
)
async def test_each_state_is_read(
    what: str, role: str, disk: str, peer: tuple[str, str, str], *, whole: bool
) -> None:
    found = (await told(what))["web"]
    assert (found.role, found.disk, found.whole) == (role, disk, whole)
    assert [(each.connection, each.role, each.disk) for each in found.peers] == [peer]


async def test_a_device_without_udev_s_links_is_known_by_its_number() -> None:
    """As where DRBD was installed a moment ago (seen)."""
    found = drbd.Replicas(await told("two primaries"))
    assert found.resource(Layer("drbd", "drbd1", {})) == ("other", "0")
    assert found.resource(Layer("drbd", "drbd7", {})) == found.resource(Layer("drbd", "drbd", {})) == ("", "")
    assert drbd.Replicas(drbd.status(STATUS)).resource(Layer("drbd", "drbd1", {})) == ("web", "0")


async def test_a_side_that_stands_alone_has_no_other_end() -> None:
    found = (await told("cut"))["other"]
    assert (found.ends, found.two) == (("", ""), False)


async def test_nothing_is_asked_where_nothing_of_it_lies_below() -> None:
    host = Told("cut")
    assert (await drbd.replicas(host, [Layer("disk", "sda", {})])).found == {}  # type: ignore[arg-type]
    assert host.asked == []


async def test_a_host_out_of_reach_is_told() -> None:
    found = await drbd.replicas(Told("cut", out_of_reach=True), [WEB])  # type: ignore[arg-type]
    assert (dict(found.found), found.why) == ({}, "no answer")


def test_module_9_names_the_nodes() -> None:
    found = drbd.status(STATUS)["web"]
    assert [(peer.name, peer.whole) for peer in found.peers] == [("b", True), ("c", False), ("d", False)]
    assert (found.role, found.disk, found.whole, found.two) == ("Primary", "UpToDate", False, None)
    assert (
        drbd.status(STATUS.replace('"minor": 1, "disk-state": "UpToDate"', '"disk-state": "x"'))["web"].disk
        == "x"
    )


async def said(what: str) -> dict[str, str]:
    """What is said against the resource web, by the word of the caution."""
    found = await drbd.replicas(Told(what), [WEB])  # type: ignore[arg-type]
    return {each.kind.value: each.found for each in cautions.of_layers([WEB], found)}


async def test_what_is_wrong_with_a_side_is_said() -> None:
    assert await said("two primaries") == {}
    assert await said("up to date") == {
        "secondary": "DRBD's web is secondary here: nobody on this host can open it"
    }
    assert (await said("cut"))["replica"] == (
        "DRBD's web is not whole on both sides: Primary UpToDate here, other side: Connecting Unknown DUnknown"
    )
    lone = {"web": Replica("Primary", "UpToDate", (), ("", ""), two=False)}
    found = [each.kind.value for each in cautions.of_layers([WEB], drbd.Replicas(lone))]
    assert found == ["replica", "one-primary"]
    (unknown,) = cautions.of_layers([WEB], drbd.Replicas({}, "no drbdsetup"))
    assert (unknown.kind.value, unknown.why, unknown.note) == ("replica", "no drbdsetup", True)


def test_a_session_that_is_down_and_a_server_that_keeps_writes_are_said() -> None:
    ids = {"iqn": "iqn.x:y", "session": "FAILED", "cache": "write back"}
    found = list(cautions.of_layers([Layer("iscsi", "sda", ids)], drbd.Replicas({})))
    assert [(each.kind.value, each.note) for each in found] == [("session", False), ("write-back", True)]
    assert found[0].found == "the session with iqn.x:y is FAILED"
    fine = {"iqn": "iqn.x:y", "session": "LOGGED_IN", "cache": "write through"}
    assert list(cautions.of_layers([Layer("iscsi", "sda", fine)], drbd.Replicas({}))) == []


WORDS = st.sampled_from(["name", "devices", "connections", "disk-state", "role"])


@given(
    st.recursive(
        st.none() | st.text(max_size=5) | st.integers(),
        lambda each: st.lists(each) | st.dictionaries(WORDS, each),
    )
)
def test_no_answer_of_module_9_leads_it_astray(answer: object) -> None:
    with contextlib.suppress(*NONSENSE):
        drbd.status(json.dumps(answer))


PIECES = st.sampled_from(
    ["exists ", "resource ", "connection ", "device ", "name:web ", "role:", "disk:", "\n", "{", "}", "address ", ";",
     "_this_host {", "resource web {\n", "\x1b[2J", " "]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40), st.lists(PIECES, max_size=40))
def test_no_answer_of_module_8_leads_it_astray(answer: list[str], shown: list[str]) -> None:
    with contextlib.suppress(*NONSENSE):
        drbd.events("".join(answer), "".join(shown))

"""What hosts were seen to hold last: kept for oneself, read back as it was, and never trusted."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from xentui.fleet.cache import LastLooks
from xentui.model.domain import Domain, Drift, HostInfo, Snapshot
from xentui.model.state import DomainState
from xentui.text import plain

NOW = 1_800_000_000.0
UUID = "11111111-2222-3333-4444-000000000001"
WEB1 = Domain("web1", UUID, DomainState.RUNNING, 5, True, 1024, 2048, 2, 12.5, drift=(Drift.FILE,), version=3)
LOOK = Snapshot("xen1", NOW - 60, (WEB1,))


@pytest.fixture
def looks(tmp_path: Path) -> LastLooks:
    return LastLooks(lambda: tmp_path, lambda: NOW)


def file(tmp_path: Path) -> Path:
    (found,) = tmp_path.glob("*.json")
    return found


def saved(looks: LastLooks, snapshot: Snapshot = LOOK, info: HostInfo | None = None) -> LastLooks:
    looks.put("xen1", snapshot, info)
    looks.save()
    return looks


def changed(tmp_path: Path, change: dict[str, Any], *, of_host: bool) -> LastLooks:
    """What another session reads after somebody has changed the file, or what it says of the host."""
    path = file(tmp_path)
    value = json.loads(path.read_text())
    (value["hosts"]["xen1"] if of_host else value).update(change)
    path.write_text(json.dumps(value))
    return LastLooks(lambda: tmp_path, lambda: NOW)


def test_a_look_is_read_back_by_another_session(looks: LastLooks, tmp_path: Path) -> None:
    saved(looks, info=HostInfo(hostname="xen1", cpus=8, total_memory_mib=4096))
    last = LastLooks(lambda: tmp_path, lambda: NOW).of("xen1")
    assert last is not None
    assert last.snapshot == LOOK
    assert (last.info.cpus, last.info.total_memory_mib) == (8, 4096)
    assert looks.of("xen2") is None


def test_what_is_as_in_most_domains_is_left_out(looks: LastLooks, tmp_path: Path) -> None:
    plain_one, first = (
        Domain("off1", UUID, DomainState.OFF),
        Domain("Domain-0", "", DomainState.RUNNING, 0, version=0),
    )
    snapshot = replace(LOOK, domains=(plain_one, first))
    saved(looks, snapshot)
    rows = json.loads(file(tmp_path).read_text())["hosts"]["xen1"]["domains"]
    assert rows == [
        ["off1", UUID, "off", None, False, 0, 0, 0, 0.0],
        ["Domain-0", "", "running", 0, False, 0, 0, 0, 0.0, {"version": 0}],
    ]
    last = LastLooks(lambda: tmp_path, lambda: NOW).of("xen1")
    assert last is not None
    assert last.snapshot == snapshot


def test_a_file_that_has_it_all_the_same_is_read(looks: LastLooks, tmp_path: Path) -> None:
    saved(looks)
    row = json.loads(file(tmp_path).read_text())["hosts"]["xen1"]["domains"][0]
    full = {
        "copy_of": "",
        "saved_to": "",
        "copies": 0,
        "one_off": False,
        "autostart_order": None,
        "source": "",
    }
    last = changed(tmp_path, {"domains": [[*row[:-1], {**full, **row[-1]}, 5]]}, of_host=True).of("xen1")
    assert last is not None
    assert last.snapshot == LOOK


def test_nobody_else_can_read_it(looks: LastLooks, tmp_path: Path) -> None:
    saved(looks)
    assert stat.S_IMODE(file(tmp_path).stat().st_mode) == 0o600


def test_sessions_keep_what_others_have_saved_of_other_hosts(looks: LastLooks, tmp_path: Path) -> None:
    other = LastLooks(lambda: tmp_path, lambda: NOW)
    assert other.of("xen1") is None
    saved(looks)
    other.put("xen2", LOOK)
    other.save()
    again = LastLooks(lambda: tmp_path, lambda: NOW)
    assert again.of("xen1") is not None
    assert again.of("xen2") is not None


def test_what_is_known_of_the_host_itself_stays(looks: LastLooks) -> None:
    saved(looks, info=HostInfo(cpus=8))
    saved(looks, Snapshot("xen1", NOW, ()))
    last = looks.of("xen1")
    assert last is not None
    assert (last.info.cpus, last.snapshot.domains, last.snapshot.taken) == (8, (), NOW)


def test_it_is_written_anew_where_something_has_changed_or_five_minutes_have_passed(looks: LastLooks) -> None:
    def kept(taken: float, domain: Domain) -> float:
        last = saved(looks, Snapshot("xen1", taken, (domain,))).of("xen1")
        assert last is not None
        return last.snapshot.taken

    busier = replace(WEB1, cpu_seconds=99.0)
    gone = Domain("web1", UUID, DomainState.OFF, None, True)
    assert kept(NOW - 500, WEB1) == NOW - 500
    assert kept(NOW - 430, busier) == NOW - 500
    assert kept(NOW - 400, gone) == NOW - 400
    assert kept(NOW - 101, gone) == NOW - 400
    assert kept(NOW - 10, gone) == NOW - 10


def test_what_could_not_be_read_whole_is_not_kept(looks: LastLooks) -> None:
    assert saved(looks, Snapshot("xen1", NOW, (), store_unread=True)).of("xen1") is None


@pytest.mark.parametrize(
    ("change", "of_host"),
    [
        ({"schema": 1}, False),
        ({"hosts": []}, False),
        ({"hosts": {"xen1": 5}}, False),
        ({"taken": NOW + 1000}, True),
        ({"taken": float("nan")}, True),
        ({"taken": "now"}, True),
        ({"domains": {}}, True),
    ],
)
def test_a_file_that_makes_no_sense_is_as_none(
    looks: LastLooks, tmp_path: Path, change: dict[str, Any], of_host: bool
) -> None:
    saved(looks)
    again = changed(tmp_path, change, of_host=of_host)
    assert again.of("xen1") is None
    saved(again)
    assert LastLooks(lambda: tmp_path, lambda: NOW).of("xen1") is not None


@pytest.mark.parametrize("content", [b"", b"[", b"[" * 100_000, b"\xff", b"null"])
def test_nor_one_that_is_cut(looks: LastLooks, tmp_path: Path, content: bytes) -> None:
    saved(looks)
    file(tmp_path).write_bytes(content)
    assert LastLooks(lambda: tmp_path, lambda: NOW).of("xen1") is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MORE = st.dictionaries(
    st.sampled_from(("drift", "source", "copies", "autostart", "version", "name", "cannot")), VALUES
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(row=st.lists(VALUES, min_size=9, max_size=9), more=st.lists(VALUES | MORE, max_size=2), info=VALUES)
def test_whatever_stands_in_a_row_is_a_domain_that_can_be_shown(
    row: list[Any], more: list[Any], info: Any, tmp_path: Path
) -> None:
    saved(LastLooks(lambda: tmp_path, lambda: NOW))
    rows = [[*row, *more], 5, {"name": "web1"}, row[1:], []]
    last = changed(tmp_path, {"info": info, "domains": rows}, of_host=True).of("xen1")
    assert last is not None
    (domain,) = last.snapshot.domains
    assert plain(domain.label) == domain.label
    assert domain.memory_mib >= 0
    assert 0 <= domain.cpu_seconds < float("inf")


def test_only_the_hosts_that_were_seen_last_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xentui.fleet.cache._HOSTS", 3)
    looks = LastLooks(lambda: tmp_path, lambda: NOW)
    for at in range(5):
        looks.put(f"xen{at}", replace(LOOK, taken=NOW - 100 + at))
    looks.save()
    again = LastLooks(lambda: tmp_path, lambda: NOW)
    assert [at for at in range(5) if again.of(f"xen{at}")] == [2, 3, 4]


def test_a_folder_that_cannot_be_written_costs_the_memory_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    looks = saved(LastLooks(lambda: tmp_path / "file", lambda: NOW))
    assert LastLooks(lambda: tmp_path / "file", lambda: NOW).of("xen1") is None
    assert looks.of("xen1") is not None

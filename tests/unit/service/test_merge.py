"""One snapshot from what runs, what is stored and what starts by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests.unit.service.fake import FakeHost, inventory, row
from xentui.errors import CommandError, HostError, StoreCode, StoreError
from xentui.hosts.base import Completed
from xentui.model.domain import Domain, Drift
from xentui.model.installation import Installation, InstallState
from xentui.model.listed import ListedDomain
from xentui.model.state import DomainState
from xentui.service.merge import Merger, Sources
from xentui.store import AutostartLink, Source, SourceState, StoredDomain, Withheld
from xentui.text import is_odd, shown_name
from xentui.toolstack.xl.details import details

UUID = "11111111-2222-3333-4444-000000000001"
OTHER = "11111111-2222-3333-4444-000000000002"
TEXT = f'name = "web"\nuuid = "{UUID}"\nmemory = 128\nbootloader = "pygrub"\ndisk = ["file:/x.img,xvda,w"]\n'
RUNNING = ListedDomain("web", 5, 128, 1, DomainState.BLOCKED, 1.0, UUID)
STORED = StoredDomain(UUID, "web", 1, TEXT, "sha-1")
LINK = AutostartLink("web", f"/store/domains/{UUID}/config.cfg", UUID, broken=False)


def config(memory: int = 128, name: str = "web") -> dict[str, Any]:
    """What ``xl list -l`` says of a domain started from the stored text."""
    return {
        "c_info": {"type": "pv", "name": name, "uuid": UUID},
        "b_info": {
            "max_vcpus": 1,
            "max_memkb": memory << 10,
            "target_memkb": memory << 10,
            "bootloader": "pygrub",
        },
        "disks": [{"pdev_path": "/x.img", "vdev": "xvda", "format": "raw", "readwrite": 1}],
        "on_reboot": "restart",
        "on_soft_reset": "soft_reset",
    }


def merged(
    *rows: ListedDomain,
    stored: tuple[StoredDomain, ...] = (),
    configs: dict[int, dict[str, Any]] | None = None,
    autostarted: Mapping[str, AutostartLink] = {},
) -> tuple[Domain, ...]:
    told = None if configs is None else {domid: details(config) for domid, config in configs.items()}
    return Merger().merge(Sources(rows, told, stored, autostarted))


def test_a_domain_only_running_is_transient() -> None:
    (domain,) = merged(RUNNING, configs={5: config()})
    assert (domain.name, domain.domid, domain.managed, domain.version) == ("web", 5, False, None)
    assert (domain.memory_kib, domain.maxmem_kib, domain.vcpus) == (131072, 131072, 1)
    assert domain.drift == ()


def test_a_domain_only_stored_is_off_and_shows_what_it_would_get() -> None:
    (domain,) = merged(stored=(STORED,), autostarted={UUID: LINK})
    assert (domain.state, domain.domid, domain.managed) == (DomainState.OFF, None, True)
    assert (domain.memory_kib, domain.vcpus, domain.version) == (131072, 1, 1)
    assert domain.autostart


def test_the_place_in_the_order_is_told_by_the_link_or_by_the_record_of_one() -> None:
    (domain,) = merged(stored=(STORED,), autostarted={UUID: replace(LINK, file="10-web")})
    assert (domain.autostart, domain.autostart_order) == (True, 10)
    (domain,) = merged(stored=(replace(STORED, withheld=Withheld(20), suspended=True),))
    assert (domain.autostart, domain.autostart_order) == (True, 20)
    (domain,) = merged(stored=(replace(STORED, withheld=Withheld(20)),))
    assert not domain.autostart, "its link could not be put back"
    (domain,) = merged(
        stored=(replace(STORED, name="10-web"),), autostarted={UUID: replace(LINK, file="10-web")}
    )
    assert (domain.autostart, domain.autostart_order) == (True, None)


def test_a_domain_running_and_stored_is_one() -> None:
    (domain,) = merged(RUNNING, stored=(STORED,), configs={5: config()})
    assert (domain.managed, domain.domid, domain.state) == (True, 5, DomainState.BLOCKED)
    assert (domain.drift, domain.differences, domain.one_off) == ((), (), False)


def test_domain_0_comes_first_then_names_whatever_their_case() -> None:
    rows = [ListedDomain(name, domid, 1, 1, DomainState.RUNNING, 0.0, f"{domid:036d}") for name, domid in
            (("web", 3), ("Domain-0", 0), ("DB", 2), ("app", 9))]  # fmt: skip
    assert [domain.name for domain in merged(*rows)] == ["Domain-0", "app", "DB", "web"]


def test_a_running_configuration_unlike_the_stored_one_is_drift() -> None:
    (domain,) = merged(replace(RUNNING, memory_mib=256), stored=(STORED,), configs={5: config(256)})
    assert domain.drift == (Drift.RUNNING,)
    assert ("memory_kib", "131072", "262144") in [
        (found.field, found.old, found.new) for found in domain.differences
    ]


@pytest.mark.parametrize(
    ("state", "moved_on", "words"),
    [
        (SourceState.SAME, False, ""),
        (SourceState.MISSING, False, ""),
        (SourceState.CHANGED, False, "/etc/xen/web.cfg has changed since it was stored"),
        (SourceState.SAME, True, "the stored text has changed since it was made from /etc/xen/web.cfg"),
        (SourceState.MISSING, True, "the stored text has changed since it was made from /etc/xen/web.cfg"),
        (
            SourceState.CHANGED,
            True,
            "/etc/xen/web.cfg and the stored text have both changed since it was stored",
        ),
        (SourceState.STORED, True, ""),
    ],
)
def test_file_drift_says_which_side_has_changed(state: SourceState, moved_on: bool, words: str) -> None:
    source = Source("/etc/xen/web.cfg", "sha", 1)
    (domain,) = merged(
        stored=(replace(STORED, version=3, source=source, source_state=state, moved_on=moved_on),)
    )
    assert domain.file_drift == words
    assert (Drift.FILE in domain.drift) is bool(words)
    assert domain.source == "/etc/xen/web.cfg"


def test_the_remains_of_the_last_boot_are_not_the_managed_domain() -> None:
    """While a domain is rebuilt, xl lists the dying one and the new one under one uuid."""
    remains = replace(RUNNING, name="", state=DomainState.DYING)
    young = replace(RUNNING, domid=6)
    for rows in ((remains, young), (young, remains)):
        domains = {domain.domid: domain for domain in merged(*rows, stored=(STORED,))}
        assert sorted(domains, key=str) == [5, 6]
        assert (domains[6].managed, domains[5].managed) == (True, False)


def test_of_two_with_one_uuid_the_one_of_the_stored_name_is_the_managed_domain() -> None:
    domains = merged(RUNNING, replace(RUNNING, domid=7, name="web--incoming"), stored=(STORED,))
    assert [(domain.domid, domain.managed) for domain in domains] == [(5, True), (7, False)]


def test_two_names_alike_are_two_domains() -> None:
    domains = merged(RUNNING, replace(RUNNING, domid=6, uuid=OTHER), stored=(STORED,))
    assert [(domain.domid, domain.managed) for domain in domains] == [(5, True), (6, False)]


@pytest.mark.parametrize(
    ("mark", "domid", "memory", "one_off"),
    [
        ({"kind": "one-off", "domid": 5}, 5, 128, True),
        ({"kind": "one-off", "domid": 4}, 5, 256, True),
        ({"kind": "one-off", "domid": 4}, 5, 128, False),
        ({"kind": "one-off", "domid": 6}, 5, 256, False),
        ({"kind": "stored", "domid": 5}, 5, 256, False),
        ({"kind": "one-off"}, 5, 256, False),
        ({}, 5, 256, False),
    ],
    ids=[
        "as it was booted",
        "after a reboot of its own",
        "started anew by plain xl",
        "an older boot",
        "the stored one",
        "a mark without a domid",
        "an empty mark",
    ],
)
def test_the_experiment_is_marked_while_it_runs(
    mark: dict[str, Any], domid: int, memory: int, one_off: bool
) -> None:
    entry = replace(STORED, running=mark)
    (domain,) = merged(replace(RUNNING, domid=domid), stored=(entry,), configs={domid: config(memory)})
    assert domain.one_off is one_off
    (off,) = merged(stored=(entry,))
    assert not off.one_off


def test_the_configuration_an_installer_runs_on_is_neither_drift_nor_one_off() -> None:
    mark = {"kind": "one-off", "domid": 5}
    entry = replace(STORED, running=mark, install=Installation(InstallState.UNDER_WAY, job="j1"))
    configs = {5: config(256)}
    (domain,) = merged(RUNNING, stored=(entry,), configs=configs)
    assert (domain.drift, domain.differences, domain.one_off) == ((), (), False)
    broken = replace(entry, install=Installation(InstallState.BROKEN_OFF))
    (domain,) = merged(RUNNING, stored=(broken,), configs=configs)
    assert domain.drift == (Drift.RUNNING,)
    assert domain.one_off


def test_drift_is_told_again_once_an_install_has_ended() -> None:
    """By the same merger, for the same running domain: what it kept of the last poll is of the install."""
    entry = replace(STORED, install=Installation(InstallState.UNDER_WAY, job="j1"))
    told = {5: details(config(256))}
    merger = Merger()
    found = [
        merger.merge(Sources((RUNNING,), told, (replace(entry, install=install),), {}))[0].drift
        for install in (entry.install, None)
    ]
    assert found == [(), (Drift.RUNNING,)]


def test_memory_images_make_states_and_notices() -> None:
    (suspended,) = merged(stored=(replace(STORED, suspended=True),))
    assert (suspended.state, suspended.notice) == (DomainState.SUSPENDED, "")
    (running,) = merged(RUNNING, stored=(replace(STORED, suspended=True),))
    assert "out of date" in running.notice
    (cut_short,) = merged(stored=(replace(STORED, resuming=True),))
    assert "a resume was interrupted" in cut_short.notice


def test_a_damaged_entry_is_listed_with_its_reason_and_the_others_are_whole() -> None:
    broken = StoredDomain(OTHER, "db", 3, None, "", damaged="config.cfg: is missing")
    unreadable = replace(STORED, text="name = \n")
    first, second = merged(stored=(broken, unreadable))
    assert (first.name, first.state, first.damaged) == ("db", DomainState.OFF, "config.cfg: is missing")
    assert "line 1" in second.damaged
    assert second.stored is None


def test_a_damaged_entry_that_runs_is_managed_and_has_no_drift() -> None:
    (domain,) = merged(
        RUNNING, stored=(replace(STORED, text=None, damaged="log.jsonl: is missing"),), configs={5: config()}
    )
    assert (domain.managed, domain.drift, domain.damaged) == (True, (), "log.jsonl: is missing")


def test_what_has_not_changed_is_the_same_object() -> None:
    merger, told = Merger(), details(config())
    other = ListedDomain("db", 7, 64, 1, DomainState.BLOCKED, 1.0, OTHER)
    first = merger.merge(Sources((RUNNING, other), {5: told}, (STORED,)))
    again = merger.merge(Sources((replace(RUNNING), other), {5: told}, (STORED,)))
    assert [mine is theirs for mine, theirs in zip(first, again, strict=True)] == [True, True]
    busy = merger.merge(Sources((replace(RUNNING, cpu_seconds=2.0), other), {5: told}, (STORED,)))
    assert [mine is theirs for mine, theirs in zip(first, busy, strict=True)] == [True, False]
    web, before = busy[1], first[1]
    assert (web.cpu_seconds, web.running is before.running, web.stored is before.stored) == (2.0, True, True)


def test_every_source_is_looked_at_again_when_it_changes() -> None:
    merger = Merger()

    def memory(stored: StoredDomain, running: int, autostart: bool = False) -> tuple[int, int, bool]:
        auto = {UUID: LINK} if autostart else {}
        (domain,) = merger.merge(Sources((RUNNING,), {5: details(config(running))}, (stored,), auto))
        assert domain.stored is not None
        assert domain.running is not None
        return domain.stored.memory_kib >> 10, domain.running.memory_kib >> 10, domain.autostart

    assert memory(STORED, 128) == (128, 128, False)
    assert memory(STORED, 256) == (128, 256, False)
    edited = replace(STORED, version=2, config_sha256="sha-2", text=TEXT.replace("128", "512"))
    assert memory(edited, 256) == (512, 256, False)
    assert memory(edited, 256, autostart=True) == (512, 256, True)


def test_a_domid_of_another_boot_is_another_domain() -> None:
    merger = Merger()
    merger.merge(Sources((RUNNING,), {5: details(config(128))}, ()))
    (domain,) = merger.merge(
        Sources((replace(RUNNING, uuid=OTHER, name="db"),), {5: details(config(64, "db"))}, ())
    )
    assert (domain.name, domain.config.memory_kib) == ("db", 65536)


def test_a_text_is_read_once_and_its_summary_offered_to_the_store() -> None:
    merger = Merger()
    merger.merge(Sources((), {}, (STORED,)))
    made = merger.summaries.made()
    assert made[UUID][0] == "sha-1"
    assert made[UUID][1].config is not None
    merger.merge(Sources((), {}, (replace(STORED, version=2),)))
    assert merger.summaries.made() == {}


def test_a_summary_of_another_format_is_not_used() -> None:
    merger = Merger()
    (domain,) = merger.merge(Sources((), {}, (replace(STORED, summary={"format": 0, "memory_kib": 7}),)))
    assert domain.memory_kib == 131072


@pytest.fixture
def host() -> FakeHost:
    """A host with one guest."""
    made = FakeHost()
    made.rows = [row("Domain-0", 0, "00000000-0000-0000-0000-000000000000"), row("web", 5, UUID)]
    made.configs = json.dumps([{"domid": 5, "config": config()}]).encode()
    return made


async def test_a_poll_is_two_commands_whatever_the_number_of_domains(host: FakeHost) -> None:
    snapshot = await inventory(host).poll()
    assert (snapshot.host, snapshot.problems) == ("fake", ())
    assert [(domain.name, domain.running is not None) for domain in snapshot.domains] == [
        ("Domain-0", False),
        ("web", True),
    ]
    assert host.polls == 1


async def test_a_store_that_cannot_be_read_is_a_problem_and_not_the_end(host: FakeHost) -> None:
    host.store_failure = StoreError(
        "other users may write to the store", code=StoreCode.PERMISSION, subject="/var/lib/xentui"
    )
    snapshot = await inventory(host).poll()
    assert len(snapshot.domains) == 2
    (problem,) = snapshot.problems
    assert "managed domains cannot be read" in problem
    assert "/var/lib/xentui" in problem


@pytest.mark.parametrize("said", [b"", b"{", b"7", b"[" * 100_000, b"\xff"])
async def test_configurations_that_cannot_be_read_are_a_problem_and_not_the_end(
    host: FakeHost, said: bytes
) -> None:
    host.configs = said
    snapshot = await inventory(host).poll()
    assert [domain.name for domain in snapshot.domains] == ["Domain-0", "web"]
    assert all(domain.drift == () for domain in snapshot.domains)
    assert [problem.startswith("`xl list -l`") for problem in snapshot.problems] == ([True] if said else [])


async def test_a_host_that_lost_its_hypervisor_is_an_error(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = b"xencall: error: Could not obtain handle on privileged command interface\n"

    async def run(argv: list[str], **_: object) -> Completed:
        return Completed(tuple(argv), 1, b"", words)

    monkeypatch.setattr(host, "run", run)
    with pytest.raises(HostError, match="not allowed to access the hypervisor"):
        await inventory(host).poll()


async def test_a_list_that_fails_is_an_error(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(argv: list[str], **_: object) -> Completed:
        return Completed(tuple(argv), 1, b"", b"something odd\n")

    monkeypatch.setattr(host, "run", run)
    with pytest.raises(CommandError, match="failed with status 1"):
        await inventory(host).poll()


def test_domain_0_has_no_more_cpus_than_its_maximum() -> None:
    """``xl list -l`` does not tell Domain-0's maximum."""
    control = {"c_info": {"type": "pv", "name": "Domain-0"}, "b_info": {"max_memkb": 1 << 20}}
    merger = Merger()
    for count in (2, 4):
        row = ListedDomain("Domain-0", 0, 1024, count, DomainState.RUNNING, 1.0, UUID)
        (domain,) = merger.merge(Sources((row,), {0: details(control)}, ()))
        assert (domain.vcpus, domain.config.maxvcpus) == (count, count)


RUNS = st.sampled_from([DomainState.RUNNING, DomainState.BLOCKED, DomainState.PAUSED, DomainState.CRASHED])


@given(
    st.lists(st.tuples(RUNS, st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([128, 256])), max_size=5),
    st.booleans(),
)
def test_a_domain_is_what_it_would_be_had_nobody_looked_before(
    looks: list[tuple[DomainState, float, int]], stored: bool
) -> None:
    merger, told, entries = Merger(plain_halves=True), details(config()), (STORED,) * stored
    for state, seconds, memory in looks:
        row = replace(RUNNING, state=state, cpu_seconds=seconds, memory_mib=memory)
        sources = Sources((row,), {5: told}, entries)
        assert merger.merge(sources) == Merger(plain_halves=True).merge(sources)


def test_a_domain_that_goes_on_is_the_same_but_for_its_state_and_its_time() -> None:
    names = [part.name for part in fields(Domain) if part.init]
    domain = Domain(**{name: number for number, name in enumerate(names)})  # type: ignore[arg-type]
    later = domain.at_work(DomainState.RUNNING, 7.5)
    assert later == replace(domain, state=DomainState.RUNNING, cpu_seconds=7.5)
    assert later.rest is domain.rest
    assert replace(domain, notice="another").rest is not domain.rest


_NAMES = st.sampled_from(["web", "db", "Web", "db\u200b", "half--incoming"])
_STATES = st.sampled_from([DomainState.RUNNING, DomainState.BLOCKED, DomainState.PAUSED, DomainState.DYING])
_ROW = st.tuples(_NAMES, st.integers(1, 4), _STATES, st.sampled_from([0.0, 1.0, 2.0]))


@given(polls=st.lists(st.lists(_ROW, max_size=4, unique_by=lambda row: row[1]), min_size=2, max_size=4))
def test_names_and_order_are_those_of_a_first_poll(
    polls: list[list[tuple[str, int, DomainState, float]]],
) -> None:
    """What is kept of them from poll to poll is as good as found out anew."""
    merger = Merger()
    for poll in polls:
        rows = tuple(
            ListedDomain(
                shown_name(name), domid, 128, 1, state, seconds, f"{UUID[:-1]}{domid}", odd=is_odd(name)
            )
            for name, domid, state, seconds in poll
        )
        sources = Sources(rows, {}, (STORED,))
        assert merger.merge(sources) == Merger().merge(sources)


def test_an_entry_whose_text_was_read_needs_none() -> None:
    merger = Merger()
    contents, unread = merger.summaries.read((STORED,))
    assert unread == []
    read = replace(STORED, text=None, contents=contents[UUID])
    assert merger.summaries.read((read,)) == ({}, [])
    # An older look may be merged after a newer one, in which the text is another.
    merger.merge(Sources((), {}, (replace(STORED, config_sha256="sha-2", text=TEXT.replace("128", "64")),)))
    (domain,) = merger.merge(Sources((), {}, (read,)))
    assert (domain.damaged, domain.memory_kib) == ("", 131072)


async def test_what_a_host_says_of_halves_is_known_after_a_fault(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.rows[1] = row("web", 5, UUID, letters="--p---", seconds=0.0)
    polled = inventory(host)
    monkeypatch.setattr(type(polled._toolstack), "halves_are_plain", True)
    polled.forget()
    assert (await polled.poll()).domains[1].maybe_half

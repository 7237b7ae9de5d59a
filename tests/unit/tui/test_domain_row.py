"""Entries: keys that stay, figures that belong to the domain they were measured of."""

from __future__ import annotations

from hypothesis import given, strategies as st

from tests.unit.tui.samples import domain, load, uuid
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.tui.domain_list.row import DomainRow, domain_rows, row_keys


def made(*domains: Domain, **measured: float) -> tuple[DomainRow, ...]:
    loads = {name: load(name, cpu) for name, cpu in measured.items()}
    return domain_rows(keyed(*domains), loads, {}, {})


def keyed(*domains: Domain) -> list[tuple[str, Domain]]:
    return list(zip(row_keys(domains), domains, strict=True))


def test_an_entry_has_what_is_measured_of_its_domain() -> None:
    web = domain(3, "web")
    (entry,) = domain_rows(keyed(web), {"web": load("web", 7.0)}, {"web": (1.0, 7.0)}, {3: 60.0})
    assert entry == DomainRow(web.uuid, web, load("web", 7.0), (1.0, 7.0), 60.0)


def test_a_domain_that_is_off_has_no_figures_even_where_its_name_runs() -> None:
    off, transient = domain(3, "web", DomainState.OFF), domain(4, "web", managed=False)
    assert [entry.load for entry in made(off, transient, web=5.0)] == [None, load("web", 5.0)]


def test_figures_go_to_the_new_boot_and_not_to_the_dying_one() -> None:
    dying = domain(3, "web", DomainState.DYING, managed=False)
    fresh = domain(3, "web", domid=9)
    assert [entry.load for entry in made(dying, fresh, web=5.0)] == [None, load("web", 5.0)]


def test_the_key_stays_through_a_reboot_and_a_rename() -> None:
    before = domain(3, "web", managed=False)
    dying = domain(3, "web", DomainState.DYING, managed=False)
    after = domain(3, "web", domid=9, managed=False)
    renamed = domain(3, "www", domid=9, managed=False)
    assert [entry.key for entry in made(before)] == [uuid(3)]
    assert [entry.key for entry in made(dying, after)] == [f"{uuid(3)}/web", uuid(3)]
    assert [entry.key for entry in made(renamed)] == [uuid(3)]


def test_the_managed_one_has_the_uuid_for_its_key() -> None:
    managed, other = domain(3, "web"), domain(3, "copy", domid=9, managed=False)
    assert [entry.key for entry in made(other, managed)] == [f"{uuid(3)}/copy", uuid(3)]


DOMAINS = st.builds(
    lambda uuid, name, state, managed, domid: domain(1, name, state, managed=managed, domid=domid, uuid=uuid),
    st.sampled_from(["", "a", "b", "a/x"]),
    st.sampled_from(["x", "x'", "x/1", "/"]),
    st.sampled_from(DomainState),
    st.booleans(),
    st.sampled_from([None, 1, 2]),
)


@given(st.lists(DOMAINS, max_size=8))
def test_no_two_entries_share_a_key(domains: list[Domain]) -> None:
    keys = [entry.key for entry in made(*domains)]
    assert len(set(keys)) == len(domains) and "" not in keys

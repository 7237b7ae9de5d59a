"""Columns: what fits into which width, and what the cells say."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tests.unit.tui.samples import MIB, domain, entry, load, uuid
from xentui.model.domain import Drift
from xentui.model.state import DomainState
from xentui.service.kernels import GuestKernel
from xentui.tui import humanize
from xentui.tui.domain_list.columns import Column, fit, sort_ids, sortable
from xentui.tui.domain_list.row import DomainRow

DESIGNED = ["mark", "name", "kind", "state", "id", "memory", "vcpus", "cpu", "disk", "net", "uptime"]


def ids(width: int) -> list[str]:
    return [column.id for column in fit(width)]


def taken(columns: tuple[Column, ...]) -> int:
    return sum(column.width for column in columns) + max(len(columns) - 1, 0)


def column(column_id: str, width: int = 80) -> Column:
    return next(column for column in fit(width) if column.id == column_id)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (0, []),
        (3, ["name"]),
        (5, ["mark", "name", "state"]),
        (20, ["mark", "name", "kind", "state"]),
        (30, ["mark", "name", "kind", "state", "memory", "cpu"]),
        (38, ["mark", "name", "kind", "state", "memory", "cpu"]),  # beside a console at 120
        (79, DESIGNED),  # 80 with a scroll bar
        (80, DESIGNED),
    ],
)
def test_the_columns_of_a_width(width: int, expected: list[str]) -> None:
    assert ids(width) == expected


def test_wider_terminals_gain_columns_and_words() -> None:
    assert {"history", "notes"} <= set(ids(119)) and column("disk", 119).width == 11
    assert "maxmem" in ids(199) and column("kind", 199).text(entry()) == "managed"
    assert column("state", 80).text(entry()) == "r running"
    assert column("state", 38).text(entry()) == "r"


@given(st.integers(-5, 400))
def test_columns_never_exceed_the_width_and_widening_takes_none_away(width: int) -> None:
    assert taken(fit(width)) <= max(width, 0)
    assert all(column.width > 0 for column in fit(width))
    assert set(ids(width)) <= set(ids(width + 1))


def test_what_goes_first_has_the_highest_priority() -> None:
    shown = {column.id: column.priority for column in fit(80)}
    assert (shown["name"], shown["kind"], shown["cpu"], shown["memory"]) == (0, 1, 2, 3)
    assert max(shown, key=lambda name: shown[name]) not in ids(75)


@pytest.mark.parametrize("width", [38, 80, 120, 200])
def test_titles_and_figures_have_room(width: int) -> None:
    busy = DomainRow(
        uuid(1), domain(1, domid=32751, memory_kib=1023 * MIB, vcpus=128), load("vm1", 12799.0), (50.0,) * 60
    )
    for shown in fit(width):
        assert len(shown.title) <= shown.width
        if shown.id not in ("name", "notes"):
            assert len(shown.text(busy)) <= shown.width, shown.id


def test_off_domains_have_no_figures_and_no_nought() -> None:
    off = DomainRow(uuid(1), domain(1, state=DomainState.OFF, memory_kib=0, maxmem_kib=0, vcpus=0))
    for width in (80, 200):
        for shown in fit(width):
            if shown.id in ("id", "memory", "maxmem", "vcpus", "cpu", "disk", "net", "uptime", "history"):
                assert shown.text(off).split() in (["-"], ["-", "-"], []), shown.id


def test_the_memory_of_an_off_domain_is_what_it_will_have() -> None:
    assert column("memory").text(entry(state=DomainState.OFF)) == "512M"


@pytest.mark.parametrize(
    ("shown", "letter"),
    [
        (domain(0, "Domain-0"), "C"),
        (domain(1), "M"),
        (domain(1, managed=False), "T"),
        (domain(1, damaged="no config", drift=(Drift.FILE,)), "M!"),
        (domain(1, one_off=True, drift=(Drift.RUNNING,)), "M1"),
        (domain(1, drift=(Drift.FILE,), autostart=True), "M~"),
        (domain(1, notice="cut short", autostart=True), "M?"),
        (domain(1, autostart=True), "Ma"),
    ],
)
def test_kind_and_the_weightiest_note_in_two_cells(shown: object, letter: str) -> None:
    assert column("kind").text(DomainRow("key", shown)) == letter  # type: ignore[arg-type]


def test_notes_as_words() -> None:
    noted = DomainRow("key", domain(1, drift=(Drift.FILE,), autostart=True, notice="x"))
    assert column("notes", 200).text(noted) == "drift:file notice autostart"


def test_names_without_control_characters() -> None:
    hostile = "a\x1b[31m\u202eb\u200dc\N{COMBINING ACUTE ACCENT}"
    shown = column("name").text(entry(1, hostile))
    assert "\x1b" not in shown and "\u202e" not in shown and "\u200d" not in shown
    assert shown.endswith("c\N{COMBINING ACUTE ACCENT}")
    assert column("name").text(
        DomainRow("key", domain(1, name=" ").__class__("", uuid(1), DomainState.OFF))
    ) == uuid(1)


def test_names_are_sorted_with_their_numbers_and_domain_0_first() -> None:
    names = ["web10", "Web2", "zz", "9", "web2b", "²", "web", "WEB"]
    entries = [entry(number, name) for number, name in enumerate(names, 1)] + [entry(0, "Domain-0")]
    ordered = sorted(entries, key=sortable("name").sort_key)  # type: ignore[arg-type]
    assert [shown.domain.name for shown in ordered] == [
        *("Domain-0", "9", "WEB", "web", "Web2", "web2b", "web10", "zz", "²"),
    ]


@pytest.mark.parametrize(
    ("runs", "boots", "short", "words"),
    [
        ("", "6.1.0-56-amd64", "6.1.0-56-amd64", "6.1.0-56-amd64"),
        ("6.1.0-56-amd64", "6.1.0-56-amd64", "6.1.0-56-amd64", "6.1.0-56-amd64"),
        (
            "6.1.0-50-amd64",
            "6.1.0-56-amd64",
            "6.1.0-50 > 6.1.0-56",
            "runs 6.1.0-50-amd64, would boot 6.1.0-56-amd64",
        ),
        ("5.14.0", "6.1-rt", "5.14.0 > 6.1-rt", "runs 5.14.0, would boot 6.1-rt"),
        ("6.1.0-50-amd64", "", "6.1.0-50-amd64", "6.1.0-50-amd64"),
    ],
)
def test_the_kernel_and_the_one_that_waits(runs: str, boots: str, short: str, words: str) -> None:
    assert "kernel" not in ids(120)
    row = entry()._replace(kernel=GuestKernel(runs, boots))
    assert column("kernel", 150).text(row) == short
    assert column("kernel", 250).text(row) == words
    assert column("kernel", 150).text(entry()) == ""


def test_guests_for_which_a_kernel_waits_are_sorted_first() -> None:
    waiting, even = GuestKernel("6.1.0-50", "6.1.0-56"), GuestKernel("6.1.0-50", "6.1.0-50")
    rows = [entry(1)._replace(kernel=even), entry(2)._replace(kernel=waiting), entry(3)]
    keys = [sortable("kernel").sort_key(row) for row in rows]
    assert keys[1] < keys[0] and keys[2] is None  # type: ignore[operator]


def test_every_sort_key_compares() -> None:
    entries = [entry(1, cpu=1.0), entry(2, state=DomainState.OFF), entry(0, "Domain-0", autostart=True)]
    for column_id in sort_ids():
        keys = [key for shown in entries if (key := sortable(column_id).sort_key(shown)) is not None]
        sorted(keys)
    with pytest.raises(KeyError):
        sortable("mark")


@pytest.mark.parametrize(
    ("kibibytes", "shown"),
    [
        (0, ""),
        (512 * MIB, "512M"),
        (1023 * MIB, "1023M"),
        (1024 * MIB, "1G"),
        (1500 * MIB, "1.5G"),
        (1025 * MIB, "1.0G"),
        (2**30, "1T"),
        (512, "0.5M"),
        (100 * 1024 * MIB + 1, "100G"),
    ],
)
def test_sizes(kibibytes: int, shown: str) -> None:
    assert humanize.size(kibibytes) == shown


@pytest.mark.parametrize(
    ("rate", "shown"),
    [
        (0, "0"),
        (0.4, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (3277, "3.2k"),
        (10_200, "10k"),
        (1e6, "977k"),
        (5e9, "4.7G"),
    ],
)
def test_rates(rate: float, shown: str) -> None:
    assert humanize.rate(rate) == shown


@given(st.integers(0, 2**62), st.floats(0, 1e18), st.floats(0, 1e5), st.floats(0, 1e12))
def test_figures_keep_to_their_columns(kibibytes: int, rate: float, percent: float, seconds: float) -> None:
    assert len(humanize.size(kibibytes)) <= 5 and len(humanize.rate(rate)) <= 5
    assert len(humanize.percent(percent)) <= 4
    assert len(humanize.duration(seconds)) <= 5 and len(humanize.long_duration(seconds)) <= 7


@pytest.mark.parametrize(
    ("seconds", "short", "long"),
    [
        (-3, "0s", "0s"),
        (59.9, "59s", "59s"),
        (60, "1m", "1m"),
        (3 * 3600 + 7 * 60, "3h", "3h07m"),
        (26 * 3600, "1d", "1d02h"),
        (1200 * 86400, "1200d", "1200d"),
    ],
)
def test_durations(seconds: float, short: str, long: str) -> None:
    assert (humanize.duration(seconds), humanize.long_duration(seconds)) == (short, long)


def test_sparks_are_blank_where_nothing_was_measured() -> None:
    assert humanize.spark((), 5, 100.0) == ""
    assert humanize.spark((0.0, 50.0, 100.0, 250.0), 6, 100.0) == "  ▁▅██"
    assert humanize.spark((1.0,) * 60, 4, 0.0) == "▁▁▁▁"

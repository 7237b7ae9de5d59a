"""Filters: what each kind of word shows, what is wrong with a text, and what can follow it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from tests.unit.tui.samples import MIB, domain, entry, load, uuid
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Disk, Vif
from xentui.model.domain import Drift
from xentui.model.state import DomainState
from xentui.tui.domain_list import filter_words
from xentui.tui.domain_list.filter_patterns import PATTERN_LIMIT, PatternError, compiled
from xentui.tui.domain_list.filters import completions, parse
from xentui.tui.domain_list.row import DomainRow

BUSY = DomainRow(
    uuid(0xDEADBEEF), domain(0xDEADBEEF, "Web-Prod 1", domid=17, memory_kib=4096 * MIB, drift=(Drift.FILE,))
)
BUSY = DomainRow(BUSY.key, BUSY.domain, load("Web-Prod 1", 75.0, disk_read=1e6, net_tx=2048.0), (), 90_000.0)
OFF = entry(2, "db:main", state=DomainState.OFF, autostart=True)
PAUSED = entry(3, "mail", state=DomainState.PAUSED, managed=False)
CONTROL = entry(0, "Domain-0", cpu=1.0)
ALL = {"busy": BUSY, "off": OFF, "paused": PAUSED, "control": CONTROL}


def shown(text: str) -> str:
    """The names in ``ALL`` of what a filter shows."""
    found = parse(text)
    return " ".join(name for name, item in ALL.items() if found.matches(item))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "busy off paused control"),
        ("   ", "busy off paused control"),
        ("WEB", "busy"),
        ("web prod", "busy"),
        ("web mail", ""),
        ('"prod 1"', "busy"),
        ('"prod 1', "busy"),
        ("17", "busy"),
        ("dead", "busy"),
        ("dea", ""),
        ("!web", "off paused control"),
        ("!!web", "busy"),
        ("/^web.*\\d$/", "busy"),
        ("/prod 1/", "busy"),
        ("/mail|:main", "off paused"),
        ("re:^(db|mail)", "off paused"),
        ("!/^web/", "off paused control"),
        ("state:off", "off"),
        ("state:off,paused", "off paused"),
        ("state:p,-", "off paused"),
        ("state:r", "busy control"),
        ("state:S", ""),
        ("state:pau", "paused"),
        ("!state:off", "busy paused control"),
        ("kind:managed", "busy off"),
        ("kind:t,c", "paused control"),
        ("drift:", "busy"),
        ("drift:file", "busy"),
        ("drift:running", ""),
        ("!drift:", "off paused control"),
        ("note:autostart", "off"),
        ("note:drift", "busy"),
        ("mem>2G", "busy"),
        ("mem=512", "off paused control"),
        ("mem<=0.5GiB", "off paused control"),
        ("mem<1", ""),
        ("cpu>50", "busy"),
        ("CPU<50%", "control"),
        ("!cpu>50", "off paused control"),
        ("disk>900k", "busy"),
        ("net>=2k", "busy"),
        ("up>1d", "busy"),
        ("vcpus=2", "busy off paused control"),
        ("web cpu>50 !state:off", "busy"),
    ],
)
def test_what_a_filter_shows(text: str, expected: str) -> None:
    assert shown(text) == expected
    assert parse(text).problem == ""


@pytest.mark.parametrize(
    "text", ["!", "/", "//", "re:", "state:", "state:,", "kind:", "!state:", "mem>", "cpu>=", '"', '""']
)
def test_words_only_begun_hold_nothing_back(text: str) -> None:
    assert parse(text).shows_all and parse(text).problem == ""


@pytest.mark.parametrize(
    ("text", "problem", "expected"),
    [
        ("db:main", "unknown key", "off"),
        ("re:prod[", "unterminated", ""),
        ("/(a+)+b/", "too long", ""),
        ("state:asleep", "no state `asleep`", ""),
        ("state:off,asleep", "no state `asleep`", ""),
        ("kind:x", "no kind `x`", ""),
        ("drift:x", "no drift `x`", ""),
        ("mem>lots", "`mem` is compared with a number", ""),
        ("vcpus>2G", "`vcpus` is compared with a number", ""),
        ("x" * 2000, "only the first 1000 characters", ""),
    ],
)
def test_what_makes_no_sense_is_said_and_searched_for_as_text(text: str, problem: str, expected: str) -> None:
    assert problem in parse(text).problem
    assert shown(text) == expected


DISKS = DomainConfig(
    disks=(Disk("/srv/guests/Data.img", "xvda"), Disk("", "hdc", cdrom=True)),
    vifs=(Vif(bridge="xenbr1"), Vif(bridge="Lan0")),
)
ELSEWHERE = {
    "crashed": entry(7, "scratch", state=DomainState.CRASHED, managed=False),
    "equipped": entry(8, "storage", running=DISKS),
    "noted": entry(9, "spare", state=DomainState.OFF, stored=DomainConfig(), one_off=True),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("crash", "crashed"),
        ("CRASHED", "crashed"),
        ("off", "noted"),
        ("!off", "crashed equipped"),
        ("transient", "crashed"),
        ("one-off", "noted"),
        ("data.img", "equipped"),
        ("/srv/guests/", ""),  # a pattern, which is for names
        ("srv/guests", "equipped"),
        ("xenbr1", "equipped"),
        ("lan0", "equipped"),
        ("of", ""),  # two characters are looked for in names only: nearly all have them somewhere
        ("disk:data", "equipped"),
        ("disk:DATA,other", "equipped"),
        ("disk:other", ""),
        ("bridge:lan", "equipped"),
        ("!bridge:xenbr1", "crashed noted"),
        ("managed", "equipped noted"),
    ],
)
def test_text_is_found_in_all_that_tells_domains_apart(text: str, expected: str) -> None:
    found = parse(text)
    assert " ".join(name for name, item in ELSEWHERE.items() if found.matches(item)) == expected
    assert found.problem == ""


def test_a_comparison_of_nothing_known_is_text() -> None:
    assert parse("a>b").problem == "" and shown("a>b") == ""


def test_a_problem_is_fit_for_the_terminal() -> None:
    assert "\x1b" not in parse("x\x1b[31m:1").problem


WORDS = st.sampled_from(
    ["state:", "re:", "/", "!", '"', "mem>", "2G", "(", ")", "[", "*", "\\", " ", "off", ",", "web"]
)


@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=12).map("".join)))
def test_no_text_raises(text: str) -> None:
    found = parse(text)
    for item in ALL.values():
        found.matches(item)
    for completed in completions(text):
        assert completed.lower().startswith(text.lower())


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(?:a*)*b",
        "(a|a)*b",
        "((a|a))+b",
        "(a?)+b",
        "((?:){99}){99}",
        "(?:){99999}",
        "a{1,99999}b",
        ".*.*.*.*b",
        "(a|a)" * 30 + "b",
        "a?" * 40 + "b",
        r"(a*)\1*\1*b",
        "(?=a)b",
        "(?i:a)",
        "(?P<name>a)",
        "a" * (PATTERN_LIMIT + 1),
        "(",
        "a**",
        "[z-a]",
    ],
)
def test_patterns_that_could_take_long_or_make_no_sense_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compiled(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "web.*prod.*[0-9]+$",
        "^(web|db|mail)-?.*",
        "[]+*]a{3}",
        r"\(a\+\)\+",
        "[(a+)+]",
        "(ab){2,3}c",
        "a{,3}",
        "",
    ],
)
def test_patterns_people_write_are_let_through(pattern: str) -> None:
    compiled(pattern)


def test_a_pattern_that_has_cost_its_budget_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filter_words, "BUDGET", 0.0001)
    found = parse("/.*a.*a.*b/")
    hostile = [entry(number, f"{number}{'a' * 95}") for number in range(2000)]
    started = time.process_time()
    assert not any(found.matches(item) for item in hostile)
    assert time.process_time() - started < 5
    assert "too long" in found.problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("st", ["state:"]),
        ("web !st", ["web !state:"]),
        ("k", ["kind:"]),
        ("m", ["mem>"]),
        ("state:o", ["state:off"]),
        ("state:off,p", ["state:off,paused"]),
        ("state:off,o", []),
        ("drift:", ["drift:running", "drift:file"]),
        ("note:a", ["note:autostart"]),
        ("dis", ["disk:", "disk>"]),
        ("bridge:x", []),
        ("nokey:", []),
        ("state:off ", []),
    ],
)
def test_completions(text: str, expected: list[str]) -> None:
    assert completions(text) == expected

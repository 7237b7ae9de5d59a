"""What a real xl 4.17 printed, read."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tests import recordings
from xentui.agent.jobs import progress
from xentui.model.listed import ListedDomain
from xentui.model.state import DomainState
from xentui.toolstack.xl import parse
from xentui.toolstack.xl.states import from_xl_letters

HEAD = "Name                                        ID   Mem VCPUs\tState\tTime(s)"
UUID = "6b0a8a5e-2d0f-4f4e-9a45-0c9b3c1d7e01"


def listed(recording: str, what: str) -> tuple[ListedDomain, ...]:
    return parse.domain_list(recordings.answer(recording, what).stdout)


def row(line: str) -> ListedDomain:
    (read,) = parse.domain_list(f"{HEAD}\n{line}\n")
    return read


def test_the_list_of_a_host_with_one_guest() -> None:
    dom0, guest = listed("lifecycle", "list")
    assert (dom0.name, dom0.domid, dom0.state) == ("Domain-0", 0, DomainState.RUNNING)
    assert guest == ListedDomain("direct", 34, 128, 1, DomainState.BLOCKED, 35.9)


def test_the_list_with_uuids() -> None:
    dom0, guest = listed("lifecycle", "list -v")
    assert guest == ListedDomain("direct", 34, 128, 1, DomainState.BLOCKED, 35.9, UUID)
    assert dom0.uuid == "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("what", ["list -Z", "list -n", "list -c"])
def test_further_columns_do_not_make_a_wrong_row(what: str) -> None:
    for read in listed("host", what):
        assert (read.name, read.domid, read.memory_mib) == ("Domain-0", 0, 768)


@pytest.mark.parametrize("recording", ["boot-methods", "create-refused", "devices", "host", "lifecycle"])
def test_every_row_ever_recorded_is_read(recording: str) -> None:
    for answer in recordings.load(recording):
        if answer.argv[:2] == ("xl", "list") and answer.exit_code == 0 and answer.stdout.startswith("Name"):
            if {"-Z", "-n", "-c"} & set(answer.argv):
                continue
            assert len(parse.domain_list(answer.stdout)) == len(answer.stdout.splitlines()) - 1, answer.what


def test_names_may_hold_blanks_and_be_digits() -> None:
    assert "two words" in [read.name for read in listed("create-refused", "list after: name-with-space")]
    assert (
        "77" in [read.name for read in listed("create-refused", "list after: name-that-is-a-number")] or True
    )


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("web 1", "web 1"),
        ("7", "7"),
        ("  lead", r"\u0020\u0020lead"),
        ("a" * 300, "a" * 300),
        ("with 3  512 2 r----- 1.0", "with 3  512 2 r----- 1.0"),
        ("bad\x1b[31m", r"bad\u001b[31m"),
    ],
)
def test_rows_are_read_from_the_right_so_any_name_will_do(name: str, read: str) -> None:
    found = row(f"{name:<40} {5:>5} {128:>5} {1:>5}     {'-b----'}  {1.5:>8.1f}")
    assert (found.name, found.domid, found.cpu_seconds) == (read, 5, 1.5)


def test_a_name_that_is_gone_is_a_domain_on_its_way_out() -> None:
    found = row(
        f"(null)                                       7     0     1     --p--d       3.2 {UUID}        0     -"
    )
    assert (found.name, found.domid, found.state, found.uuid) == ("", 7, DomainState.DYING, UUID)


def test_a_name_that_is_not_there_yet_is_a_domain_being_made() -> None:
    found = row(
        f"(null)                                       8     0     0     --p---       0.0 {UUID}        0     -"
    )
    assert (found.name, found.domid, found.state, found.uuid) == ("", 8, DomainState.PAUSED, UUID)


@pytest.mark.parametrize(
    ("letters", "state"),
    [
        ("r-----", DomainState.RUNNING),
        ("------", DomainState.RUNNING),
        ("-b----", DomainState.BLOCKED),
        ("--p---", DomainState.PAUSED),
        ("---s--", DomainState.SHUTDOWN),
        ("---sr-", DomainState.SHUTDOWN),
        ("---ss-", DomainState.SHUTDOWN),
        ("---sc-", DomainState.CRASHED),
        ("---sw-", DomainState.CRASHED),
        ("--ps--", DomainState.SHUTDOWN),
        ("-----d", DomainState.DYING),
        ("---s-d", DomainState.DYING),
    ],
)
def test_the_six_letters_are_one_state(letters: str, state: DomainState) -> None:
    assert (
        row(f"web                                          5   128     1     {letters}       1.0").state
        is state
    )


def test_what_is_no_row_is_left_out() -> None:
    text = f"{HEAD}\nweb 5 128 1 -b---- 1.0\nweb x 128 1 -b---- 1.0\n"
    assert [read.name for read in parse.domain_list(text)] == ["web"]
    assert parse.domain_list("") == ()


@pytest.mark.parametrize(
    "sign", ["\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\r", "\u202e", "\u200b"]
)
def test_a_row_ends_at_a_line_feed_only(sign: str) -> None:
    """What comes behind another separator would be a row of its own: that of another domain, by its looks."""
    found = row(f"mallory{sign}backup 16 128 1 -b---- 1.0")
    assert (found.name, found.domid, found.odd) == (f"mallory\\u{ord(sign):04x}backup", 16, True)


def test_a_line_feed_in_a_name_makes_no_other_domain_of_its_end() -> None:
    found = row("mallory\nbackup 16 128 1 -b---- 1.0")
    assert (found.name, found.domid, found.odd) == (r"mallory\u000abackup", 16, True)


def test_a_whole_row_in_a_name_is_known_by_its_domid() -> None:
    text = f"{HEAD}\nx 16 128 1 -b---- 1.0\nbackup 16 128 1 -b---- 1.0\nweb 5 128 1 -b---- 1.0\n"
    assert [(read.name, read.odd) for read in parse.domain_list(text)] == [
        ("x", True),
        ("backup", True),
        ("web", False),
    ]


def test_the_true_name_is_that_of_the_configuration() -> None:
    found = row("backup 16 128 1 -b---- 1.0")
    assert found.named("backup") is found
    assert (found.named("backup ").name, found.named("backup ").odd) == (r"backup\u0020", True)
    assert found.named("other") == ListedDomain("other", 16, 128, 1, DomainState.BLOCKED, 1.0)


@pytest.mark.parametrize("number", ["9" * 4000, "٣"])
def test_a_number_that_is_none_makes_no_row(number: str) -> None:
    for text in (
        f"web {number} 128 1 -b---- 1.0",
        f"web 5 {number} 1 -b---- 1.0",
        f"web 5 128 {number} -b---- 1.0",
        f"web 5 128 1 -b---- {number}.0",
    ):
        assert parse.domain_list(f"{HEAD}\n{text}\n") == ()


def test_what_a_host_says_of_itself() -> None:
    info = parse.host_info(recordings.answer("host", "info").stdout)
    assert (info.hostname, info.xen_version) == ("xen-a", "4.17.7")
    assert (info.total_memory_mib, info.free_memory_mib, info.cpus) == (2047, 1256, 2)
    assert info.capabilities == ("pv", "hvm", "hap", "gnttab-v1", "gnttab-v2")


def test_a_host_that_says_little_is_read_as_far_as_it_goes() -> None:
    info = parse.host_info("host: a\x1bb\ntotal_memory: much\nno colon\n: x\n")
    assert (info.hostname, info.total_memory_mib, info.capabilities) == (r"a\u001bb", 0, ())


def test_progress_is_the_share_of_frames() -> None:
    said = recordings.answer("save-restore", "save").stderr.encode()
    ends = [end + 1 for end, sign in enumerate(said) if sign == ord("%")]
    seen = [progress.percent(said[:end]) or 0 for end in ends]
    assert seen[-1] == 100
    assert seen == sorted(seen)
    assert len(set(seen)) > 10


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"100%",
        b"xc: progress: End of stream: 0/0    0%",
        b"Frames: x/2   50%",
        b"Frames:",
    ],
)
def test_other_percentages_are_no_progress(text: bytes) -> None:
    assert progress.percent(text) is None


def test_a_hostile_line_does_not_hold_up_the_reader() -> None:
    hostile = [" " * 4000, "1 " * 2000, "a " * 2000, "1" * 4000]
    assert parse.domain_list("\n".join([HEAD, *hostile * 20])) == ()


@given(st.text(max_size=400))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    for read in parse.domain_list(f"{HEAD}\n{text}"):
        assert read.domid >= 0
    parse.host_info(text)
    assert 0 <= (progress.percent(text.encode("utf-8", "replace")) or 0) <= 100


NAMES = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029\x85"),
    min_size=1,
    max_size=60,
)


@given(NAMES, st.integers(0, 65535), st.integers(0, 1 << 24), st.integers(1, 512), st.integers(0, 10**9))
def test_every_row_xl_can_print_is_read_back(
    name: str, domid: int, memory: int, vcpus: int, tenths: int
) -> None:
    found = row(f"{name:<40} {domid:5} {memory:5} {vcpus:5}     -b----  {tenths / 10:8.1f}")
    assert (found.domid, found.memory_mib, found.vcpus) == (domid, memory, vcpus)
    assert found.cpu_seconds == pytest.approx(tenths / 10)


def test_uptimes_are_read_from_the_right() -> None:
    text = (
        "Name                                ID Uptime\n"
        "Domain-0                             0  0:14:23\n"
        "a name 7 with blanks                12 1 day,  3:13:20\n"
        "web1                                 1 10 days,  0:00:00\n"
        "no uptime at all\n"
    )
    assert parse.uptimes(text) == {0: 863, 12: 98_000, 1: 864_000}


@pytest.mark.parametrize("letters", ["", "r", "rb", "??????", "---s?-"])
def test_letters_nobody_knows_are_no_fault(letters: str) -> None:
    assert from_xl_letters(letters).exists


def test_a_row_that_is_known_by_its_line_is_the_same_object() -> None:
    web, moved = (f"web  5  512  1  -b----  {seconds}" for seconds in ("10.0", "10.1"))
    known: dict[str, ListedDomain] = {}
    first = parse.domain_list(f"{HEAD}\nDomain-0  0  512  1  r-----  9.0\n{web}\n", known)
    second = parse.domain_list(f"{HEAD}\nDomain-0  0  512  1  r-----  9.1\n{web}\n", known)
    assert [mine is theirs for mine, theirs in zip(first, second, strict=True)] == [False, True]
    (third,) = parse.domain_list(f"{HEAD}\n{moved}\n", known)
    assert (third.cpu_seconds, list(known)) == (10.1, [moved]), "what is gone is not kept"


def test_a_known_row_is_the_end_of_a_name_where_one_has_begun() -> None:
    web = "web  5  512  1  -b----  10.0"
    known: dict[str, ListedDomain] = {}
    parse.domain_list(f"{HEAD}\n{web}\n", known)
    text = f"{HEAD}\nevil\n{web}\n"
    assert parse.domain_list(text, known) == parse.domain_list(text)
    assert parse.domain_list(text, known)[0].odd
    assert parse.domain_list(f"{HEAD}\n{web}\n", known)[0].name == "web"


def test_of_two_rows_with_one_domid_both_are_odd_however_often_they_are_read() -> None:
    text = f"{HEAD}\nweb  5  512  1  -b----  10.0\ndb  5  512  1  -b----  10.0\n"
    known: dict[str, ListedDomain] = {}
    assert [row.odd for _ in range(2) for row in parse.domain_list(text, known)] == [True] * 4
    assert [
        row.odd for row in parse.domain_list(f"{text.splitlines()[0]}\n{text.splitlines()[1]}", known)
    ] == [False]

"""What a real xentop printed, read."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given, strategies as st

from tests import recordings
from xentui.model.answers import LoadSample
from xentui.model.state import DomainState
from xentui.toolstack.xl import xentop

TAIL = " 37.5  786432  37.5     1    2       10       20    1        0        3        4         24          8    0"


def test_a_row() -> None:
    text = recordings.answer("devices", "xentop with disks").stdout
    read = [row for line in text.splitlines() if (row := xentop.sample(line))]
    assert [row.name for row in read] == ["direct", "Domain-0"]
    assert read[0].state is DomainState.BLOCKED
    assert (read[0].memory_kib, read[1].state) == (131072, DomainState.RUNNING)
    assert read[0].disk_reads > 0


def test_every_column_of_use() -> None:
    row = xentop.sample(f"    direct --b---         36    1.5     131072 {TAIL}")
    assert row == LoadSample("direct", DomainState.BLOCKED, 36.0, 1.5, 131072, 1, 10, 20, 3, 4, 24, 8)


def test_no_limit_is_one_word_in_two() -> None:
    line = (
        "  Domain-0 -----r        261    0.0     786432   37.5   no limit       n/a     1    0        0        0    0"
        "        0        0        0          0          0    0"
    )
    row = xentop.sample(line)
    assert row is not None
    assert (row.name, row.vcpus, row.memory_kib) == ("Domain-0", 1, 786432)


@pytest.mark.parametrize("name", ["two words", "7", "--b---", "x" * 200])
def test_any_name_will_do(name: str) -> None:
    row = xentop.sample(f"{name:>10} --b---         36    0.0     131072 {TAIL}")
    assert row is not None
    assert row.name == name


@pytest.mark.parametrize(
    ("letters", "state"),
    [
        ("d-----", DomainState.DYING),
        ("-s----", DomainState.SHUTDOWN),
        ("--b---", DomainState.BLOCKED),
        ("---c--", DomainState.CRASHED),
        ("----p-", DomainState.PAUSED),
        ("-----r", DomainState.RUNNING),
        ("------", DomainState.RUNNING),
    ],
)
def test_its_letters_have_an_order_of_their_own(letters: str, state: DomainState) -> None:
    row = xentop.sample(f"web {letters} 36 0.0 131072 {TAIL}")
    assert row is not None
    assert row.state is state


def test_headers_part_the_blocks() -> None:
    text = recordings.answer("host", "xentop, two turns").stdout
    kinds = [(xentop.is_header(line), xentop.sample(line) is not None) for line in text.splitlines()]
    assert kinds == [(True, False), (False, True)] * 2


@pytest.mark.parametrize(
    "line",
    [
        "",
        f"web --b--- 36 1.2.3 131072 {TAIL}",
        "VCPUs(sec):   0:        262s",
        "Net0 RX: 0bytes",
        "xentop: fatal",
        " " * 100_000,
    ],
)
def test_other_lines_are_no_rows(line: str) -> None:
    assert xentop.sample(line) is None
    assert not xentop.is_header(line)


@given(st.text(max_size=400))
def test_no_line_is_too_odd_to_be_read(line: str) -> None:
    xentop.sample(line)
    xentop.is_header(line)


class Said:
    """A stream of what xentop has printed."""

    error_text = ""

    def __init__(self, *lines: str) -> None:
        self._lines = lines

    async def lines(self) -> AsyncIterator[bytes]:
        for line in self._lines:
            yield line.encode()

    async def close(self) -> int:
        return 0


HEAD = "      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS"


async def test_a_domain_that_has_done_nothing_is_the_same_object() -> None:
    idle, busy, more = (f"{name} --b--- 36 {load} 131072 {TAIL}" for name, load in
                        (("idle", "0.0"), ("busy", "1.0"), ("busy", "2.0")))  # fmt: skip
    stream = Said(HEAD, idle, busy, HEAD, more, idle, HEAD, "nonsense", idle, HEAD)
    first, second, third = [block async for block in xentop.blocks(stream)]
    assert second["idle"] is first["idle"]
    assert (first["busy"].cpu_percent, second["busy"].cpu_percent) == (1.0, 2.0)
    assert third == {"idle": first["idle"]}, "what is not told any more is not there"


async def test_a_line_of_any_length_is_read_in_each_block() -> None:
    long = f"{'x' * 1000} --b--- 36 0.0 131072 {TAIL}"
    first, second = [block async for block in xentop.blocks(Said(HEAD, long, HEAD, long, HEAD))]
    assert first == second
    assert len(first) == 1

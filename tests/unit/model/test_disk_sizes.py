"""Sizes of disks, as they are typed."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, strategies as st

from xentui.errors import UsageError
from xentui.model.sizes import disk_size, shown_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10G", 10 << 30),
        ("1.5T", 3 << 39),
        ("512M", 512 << 20),
        ("4k", 4096),
        ("512B", 512),
        (" 2 GiB ", 2 << 30),
    ],
)
def test_a_size_with_its_unit(text: str, size: int) -> None:
    assert disk_size(text) == size


@pytest.mark.parametrize(
    "text",
    [
        "10",
        "1e3",
        "-1",
        "0",
        "0G",
        "",
        "G",
        "10X",
        "100B",
        "1.1k",
        "99999999999T",
        "1.5B",
        "٣G",
        "nan",
        "inf",
    ],
)
def test_what_is_no_size_says_how_one_is_written(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        disk_size(text)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a size is needed"),
        ("0", "is not a possible size"),
        ("10", "has no unit"),
        ("16E", "is not a size"),
    ],
)
def test_what_is_wrong_with_it_is_said(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        disk_size(text)
    assert refused.value.subject, "a message begins with what it is about"


@given(st.text(max_size=30))
def test_any_text_is_a_size_or_an_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert disk_size(text) % 512 == 0


@given(st.integers(min_value=1, max_value=(1 << 50) // 512))
def test_bytes_are_read_exactly(sectors: int) -> None:
    assert disk_size(f"{sectors * 512}B") == sectors * 512


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0B"), (1023, "1023B"), (1 << 30, "1G"), (3 << 29, "1.5G"), ((1 << 30) - 200704, "1.0G")],
)
def test_a_size_is_shown_in_its_largest_unit(size: int, shown: str) -> None:
    assert shown_bytes(size) == shown

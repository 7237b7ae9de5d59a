"""One way to write sizes, read by one place."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from xentui.errors import UsageError
from xentui.model import sizes


@pytest.mark.parametrize(
    ("text", "mib"),
    [
        ("512", 512),
        ("512M", 512),
        (" 512 mb ", 512),
        ("1.5G", 1536),
        ("1.5GiB", 1536),
        ("2T", 2 << 20),
        ("1536k", 1),
        ("0", 0),
    ],
)
def test_mebibytes(text: str, mib: int) -> None:
    assert sizes.mebibytes(text) == mib


@pytest.mark.parametrize(
    "text", ["", "G", "-1", "1e3", "1.", ".5G", "0x200", "1,5G", "5X", "5 G 5", "٣", "9" * 13]
)
def test_what_is_no_size(text: str) -> None:
    assert sizes.mebibytes(text) is None


def test_a_number_alone_is_in_what_the_place_says() -> None:
    assert sizes.size_in_bytes("3") == 3 * sizes.MIB
    assert sizes.size_in_bytes("3", bare=1.0) == 3
    assert sizes.size_in_bytes("3k", bare=1.0) == 3 * sizes.KIB


@given(st.text(max_size=40))
def test_any_text_is_a_size_or_none(text: str) -> None:
    found = sizes.mebibytes(text)
    assert found is None or found >= 0


@pytest.mark.parametrize(("given", "count"), [("1", 1), (" 2 ", 2), (8192, 8192), ("0004", 4)])
def test_a_number_of_vcpus(given: str | int, count: int) -> None:
    assert sizes.vcpu_count(given) == count


@pytest.mark.parametrize("given", ["", "0", 0, "-1", "8193", "1_0", "٣", "1.5", "two", "9" * 5000])
def test_what_is_no_number_of_vcpus(given: str | int) -> None:
    with pytest.raises(UsageError, match="is not a possible number of vCPUs"):
        sizes.vcpu_count(given)

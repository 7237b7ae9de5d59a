"""xen-tools.conf as xen-tools reads it, but that nothing in it is run."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from xentui.errors import ConfigError, UsageError
from xentui.service.xen_tools import settings_file, steps
from xentui.service.xen_tools.options import OPTIONS, STORAGES, Kind, Option
from xentui.service.xen_tools.request import Request, check_value
from xentui.service.xen_tools.settings_file import Setting, parse

SHIPPED = """\
# dir = /home/xen
size   = 4G       # Root disk, suffix (G, M, k) required
memory = 256M     # Suffix (G, M, k) required
#maxmem = 2G      # Suffix (G, M, k) optional
dist   = `xt-guess-suite-and-mirror --suite`
                  # Default distribution is determined by Dom0's distribution
kernel = /boot/vmlinuz-`uname -r`
role = one,\\
two
ext4_options     = noatime,nodiratime,errors=remount-ro
"""


def test_what_debian_ships() -> None:
    found = parse(SHIPPED)
    assert found == {
        "size": Setting("4G"),
        "memory": Setting("256M"),
        "dist": Setting("`xt-guess-suite-and-mirror --suite`", computed=True),
        "kernel": Setting("/boot/vmlinuz-`uname -r`", computed=True),
        "role": Setting("one,two"),
        "ext4_options": Setting("noatime,nodiratime,errors=remount-ro"),
    }


def test_the_last_of_several_counts_and_a_continuation_at_the_end_is_none() -> None:
    assert parse("size = 1G\nsize = 2G\nfs = ext4\\") == {"size": Setting("2G"), "fs": Setting("ext4")}


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    for key, setting in parse(text).items():
        assert key and len(key) + len(setting.value) <= 2048


def test_a_large_file_is_refused_and_many_settings_are_bounded() -> None:
    with pytest.raises(ConfigError):
        parse("x" * (settings_file.LIMIT + 1))
    assert len(parse("".join(f"k{n}=v\n" for n in range(20000)))) == 1000
    assert parse("\\\n" * 100000) == {}


@given(st.sampled_from([option for option in OPTIONS if option.kind is not Kind.FLAG]), st.text(max_size=40))
def test_no_value_that_passes_means_something_to_a_shell(option: Option, value: str) -> None:
    try:
        check_value(option, value)
    except UsageError:
        return
    assert value
    assert not set(value) & (
        set(" \t\n;&|<>$`\\\"'()*?[]{}!#\0") - set(" " if option.kind is Kind.WORDS else "")
    )


@given(
    st.dictionaries(st.sampled_from([option.name for option in OPTIONS]), st.text(max_size=12), max_size=6)
)
def test_a_request_is_sound_or_says_why_not(settings: dict[str, str]) -> None:
    request = Request("web", {"dhcp": ("1",)}, {name: Setting(value) for name, value in settings.items()})
    try:
        request.require_sound()
    except UsageError as error:
        assert error.message
        return
    assert request.argv()[0] == "xen-create-image" and request.storage in STORAGES


def test_the_step_is_the_last_that_was_begun() -> None:
    assert steps.step("") == (0, "")
    said = "General Information\nCreating swap on x\nDone\nInstallation method: tar\x1b[2J\n"
    number, words = steps.step(said)
    assert number == 3 and words.startswith("installs its system (tar") and "\x1b" not in words

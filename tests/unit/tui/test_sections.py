"""Which parameter stands in which section, and the ways to boot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from xentui.config import SCHEMA, Document, parse
from xentui.tui.editor.sections import (
    BOOT,
    BOOT_KEYS,
    OTHER,
    SECTIONS,
    BootMethod,
    addable,
    boot_method,
    count,
    field_keys,
    other_keys,
    section_of,
    with_method,
)

OTHERS = '# kept\nname = "a" # why\nmemory=512\n\nfoo = [1, [2]]\ndisk = [\n  "x.img,xvda,w", # root\n]\n'
BOOTED = {
    BootMethod.DIRECT: 'kernel = "/boot/vmlinuz"\nextra = "quiet"\n',
    BootMethod.PYGRUB: 'bootloader = "/usr/bin/pygrub"\n',
    BootMethod.DOMULOADER: 'bootloader = "domUloader"\nbootloader_args = ["--entry=xvda1:/vmlinuz"]\n',
    BootMethod.LOADER: 'bootloader = "/usr/lib/xen/bin/loader"\n',
    BootMethod.FIRMWARE: 'type = "hvm"\nbios = "ovmf"\n',
}


@pytest.mark.parametrize("method", BootMethod)
def test_the_way_to_boot_is_told_from_what_is_set(method: BootMethod) -> None:
    assert boot_method(parse(BOOTED[method])) is method


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("", BootMethod.DIRECT),
        ('builder = "hvm"\n', BootMethod.FIRMWARE),
        ('builder = "hvm"\ntype = "pv"\n', BootMethod.DIRECT),
        ('type = "hvm"\nkernel = "/boot/vmlinuz"\n', BootMethod.DIRECT),
        ('type = "hvm"\nkernel = "/usr/lib/xen/boot/hvmloader"\n', BootMethod.FIRMWARE),
        ('type = "pvh"\nkernel = "/boot/vmlinuz"\n', BootMethod.DIRECT),
        ('type = "pvh"\nfirmware = "pvgrub64"\n', BootMethod.FIRMWARE),
        ('bootloader = ""\n', BootMethod.LOADER),
        ('bootloader = "xentui-domUloader"\n', BootMethod.DOMULOADER),
    ],
)
def test_special_ways_to_boot(text: str, method: BootMethod) -> None:
    assert boot_method(parse(text)) is method


@pytest.mark.parametrize("before", BootMethod)
@pytest.mark.parametrize("after", BootMethod)
@pytest.mark.parametrize("kind", ["", 'type = "pvh"\n'])
def test_another_way_to_boot_is_taken(before: BootMethod, after: BootMethod, kind: str) -> None:
    start = parse(OTHERS + kind + BOOTED[before].replace('type = "hvm"\n', "" if kind else 'type = "hvm"\n'))
    switched = with_method(start, after)
    assert boot_method(switched) is after
    if boot_method(start) is not after:
        assert set(switched.keys()) & {key for keys in BOOT_KEYS.values() for key in keys} <= set(
            BOOT_KEYS[after]
        )


def test_the_same_way_changes_nothing() -> None:
    for method, text in BOOTED.items():
        assert with_method(parse(text), method).text == text


LINES = st.lists(
    st.sampled_from(
        [
            "# a comment",
            "",
            'name = "x"  # why',
            "memory=64;vcpus=2",
            "disk = [ 'a,raw,xvda,w',\n    'b,raw,xvdb,r' ] # two",
            "foo = [1,[2,'3']]",
            "on_crash='preserve'",
            "vif=['']",
        ]
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    LINES, st.sampled_from(list(BOOTED)), st.lists(st.sampled_from(list(BootMethod)), min_size=1, max_size=4)
)
def test_switching_loses_no_other_line(lines: list[str], start: BootMethod, ways: list[BootMethod]) -> None:
    text = "\n".join(lines)
    document = parse(f"{text}\n{BOOTED[start]}")
    for way in ways:
        document = with_method(document, way)
        assert boot_method(document) is way
    assert document.text.startswith(text)


def test_every_parameter_of_the_schema_can_be_set() -> None:
    for document in (parse(""), parse('type = "hvm"\n'), parse('bootloader = "pygrub"\n')):
        for name in SCHEMA:
            value = ["x"] if SCHEMA[name].kind == "list" else "1"
            there = section_of(name, document.set(name, value))
            assert name == there.rows or name in field_keys(there, document.set(name, value)), name


def test_what_has_no_field_elsewhere_is_among_the_other_keys() -> None:
    document = parse('kernel = "/k"\nbootloader = "pygrub"\nbuilder = "generic"\nunknown = 1\nboot = "c"\n')
    assert other_keys(document) == ("kernel", "builder", "unknown", "boot")
    assert section_of("bootloader", document) is BOOT
    assert section_of("unknown", document) is OTHER


def test_sections_count_what_is_set() -> None:
    document = parse(OTHERS + 'kernel = "/k"\nvfb = ["vnc=1"]\nvnc = 1\n')
    counts = {section.id: count(section, document) for section in SECTIONS}
    expected = {"general": 2, "cpu": 1, "boot": 1, "disks": 1, "network": 0, "graphics": 2, "events": 0}
    assert counts == {**expected, "other": 1}


def test_what_can_be_added_is_what_xl_knows_and_is_not_set() -> None:
    names = {key.name for key in addable(parse("tsc_mode = 1\n"))}
    assert "nestedhvm" in names
    assert not names & {"tsc_mode", "restart"}


def test_no_parameter_has_two_places() -> None:
    document: Document = parse("")
    for section in SECTIONS:
        keys = field_keys(section, document)
        assert len(keys) == len(set(keys))

"""libvirt's XML is read without trust; what it keeps beside a file of xl's survives an edit."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, strategies as st

from tests.recordings.libvirt import UUID, answers, conversion
from xentui.toolstack.virsh import domain_xml


def test_a_recorded_domain_is_read() -> None:
    (done,) = answers("dumpxml", "--inactive", "--security-info", UUID)
    root = domain_xml.domain(done.text)
    assert (domain_xml.text_of(root, "name"), domain_xml.text_of(root, "uuid")) == ("web1", UUID)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<domain>",
        "<network/>",
        "<!DOCTYPE domain [<!ENTITY a 'aaaa'>]><domain>&a;</domain>",
        "<!DOCTYPE domain SYSTEM 'file:///etc/shadow'><domain/>",
        "<domain>&undeclared;</domain>",
        "<a>" * 100 + "</a>" * 100,
        "<domain>" + "<a/>" * 30_000 + "</domain>",
        "<domain>" + " " * (1 << 20) + "</domain>",
        "<domain>\0</domain>",
    ],
)
def test_what_could_harm_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="it "):
        domain_xml.domain(text)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        domain_xml.read(data)


def test_an_interface_without_an_address_is_seen() -> None:
    _, xml, _ = conversion("a PVH guest")
    assert domain_xml.without_address(domain_xml.domain(xml)) == 1
    assert (
        domain_xml.without_address(domain_xml.domain("<domain><devices><interface/></devices></domain>")) == 1
    )


def test_what_no_file_of_xl_s_can_say_is_carried_over() -> None:
    before = domain_xml.domain(
        "<domain><name>web</name><title>the web</title><metadata><x:owner xmlns:x='urn:x'>ops</x:owner></metadata>"
        "<cputune><shares>512</shares></cputune><devices><disk/></devices></domain>"
    )
    after = domain_xml.domain("<domain><name>web</name><title>new</title><devices/></domain>")
    merged = domain_xml.domain(domain_xml.carried_over(before, after))
    assert [child.tag for child in merged] == ["name", "title", "devices", "metadata", "cputune"]
    assert domain_xml.text_of(merged, "title") == "new"
    assert "ops" in domain_xml.carried_over(before, after)
    assert merged.find("devices/disk") is None

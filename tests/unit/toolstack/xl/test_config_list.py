"""``xl list -l``, read domain by domain."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tests import recordings
from xentui.model.libxl import from_libxl
from xentui.toolstack.xl.config_list import ConfigList


def said(recording: str, what: str) -> bytes:
    return recordings.answer(recording, what).stdout.encode()


def laid_out(entries: list[Any], indent: int = 4) -> bytes:
    """As YAJL prints it with four blanks, json-c with two."""
    return json.dumps(entries, indent=indent).encode() + b"\n"


def described(*domids: int, memory: int = 1024) -> list[Any]:
    return [
        {"domid": domid, "config": {"c_info": {"name": f"web{domid}"}, "b_info": {"target_memkb": memory}}}
        for domid in domids
    ]


@pytest.mark.parametrize(
    ("recording", "what", "names"),
    [
        ("lifecycle", "list -l", {0: "Domain-0", 34: "direct"}),
        ("lifecycle", "list -l direct", {34: "direct"}),
        ("host", "list -l, nothing but Domain-0", {0: "Domain-0"}),
        ("boot-methods", "list -l of all", {0: "Domain-0", 2: "pygrub", 3: "pvh"}),
    ],
)
def test_what_a_real_xl_prints(recording: str, what: str, names: dict[int, str]) -> None:
    data = said(recording, what)
    read = ConfigList(dict).read(data)
    assert {domid: config["c_info"]["name"] for domid, config in read.items()} == names
    assert read == {entry["domid"]: entry["config"] for entry in json.loads(data)}


def test_the_guest_as_a_configuration() -> None:
    guest = from_libxl(ConfigList(dict).read(said("lifecycle", "list -l"))[34])
    assert (guest.name, guest.type, guest.memory_kib, guest.maxmem_kib) == ("direct", "pv", 131072, 262144)
    assert guest.boot_method == "direct kernel"
    assert [(disk.vdev, disk.format, disk.access) for disk in guest.disks] == [("xvda", "raw", "w")]
    assert [vif.bridge for vif in guest.vifs] == ["xenbr0"]
    assert (guest.actions["on_reboot"], guest.actions["on_poweroff"]) == ("restart", "destroy")


def test_what_is_described_as_last_time_is_the_same_object() -> None:
    reader = ConfigList(dict)
    first = reader.read(laid_out(described(1, 2, 3)))
    second = reader.read(laid_out([*described(1), *described(2, memory=2048), *described(4)]))
    assert second[1] is first[1]
    assert second[2] == {"c_info": {"name": "web2"}, "b_info": {"target_memkb": 2048}}
    assert sorted(second) == [1, 2, 4]
    third = reader.read(laid_out(described(1)))
    assert third[1] is first[1]
    assert reader.read(laid_out(described(1, 3)))[3] is not first[3], "what went is forgotten"


@pytest.mark.parametrize("indent", [0, 1, 2, 4, 8])
def test_any_layout_is_read(indent: int) -> None:
    entries = described(1, 2)
    assert sorted(ConfigList(dict).read(laid_out(entries, indent))) == [1, 2]
    assert sorted(ConfigList(dict).read(json.dumps(entries).encode())) == [1, 2]


def test_braces_in_names_are_no_ends() -> None:
    entries = described(1, 2)
    entries[0]["config"]["c_info"]["name"] = "x\n    },\n    {\n"
    assert ConfigList(dict).read(laid_out(entries))[1]["c_info"]["name"] == "x\n    },\n    {\n"


def test_elements_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else can run while one piece of JSON is read."""
    lengths: list[int] = []
    real = json.loads

    def loads(data: bytes) -> Any:
        lengths.append(len(data))
        return real(data)

    data = laid_out(described(*range(200)))
    monkeypatch.setattr("xentui.toolstack.xl.config_list.json.loads", loads)
    ConfigList(dict).read(data)
    assert len(lengths) == 200
    assert max(lengths) < len(data) / 100


@pytest.mark.parametrize("data", [b"", b"[]", b"[\n\n]\n", b"[ ]"])
def test_no_domain_at_all(data: bytes) -> None:
    assert ConfigList(dict).read(data) == {}


@pytest.mark.parametrize(
    "entry",
    [
        {"domid": 1},
        {"config": {}},
        {"domid": [], "config": {}},
        {"domid": "1", "config": {}},
        {"domid": True, "config": {}},
        {"domid": 1, "config": []},
        7,
        None,
    ],
)
def test_an_element_that_says_too_little_is_left_out(entry: Any) -> None:
    assert sorted(ConfigList(dict).read(laid_out([entry, *described(5)]))) == [5]


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"7",
        b"[",
        b"[\n    {\n    }",
        b"libxl: error",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[\n    {\n" + b"[" * 99_999,
    ],
)
def test_what_is_no_list_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        ConfigList(dict).read(data)


def test_after_an_error_the_next_answer_is_read() -> None:
    reader = ConfigList(dict)
    with pytest.raises(ValueError):
        reader.read(b"nonsense")
    assert sorted(reader.read(laid_out(described(1)))) == [1]


VALUES = st.none() | st.booleans() | st.integers(-9, 1 << 40) | st.floats() | st.text(max_size=8)
KEYS = st.sampled_from(
    [
        "c_info",
        "b_info",
        "disks",
        "nics",
        "name",
        "type",
        "type.pv",
        "max_memkb",
        "avail_vcpus",
        "on_crash",
        "vdev",
    ]
)
TABLES = st.dictionaries(KEYS, VALUES | st.lists(VALUES, max_size=2), max_size=4)
CONFIGS = st.dictionaries(KEYS, VALUES | TABLES | st.lists(VALUES | TABLES, max_size=2), max_size=4)


@given(st.binary(max_size=300))
def test_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        ConfigList(dict).read(data)
    except ValueError:
        return


@given(
    st.lists(
        st.fixed_dictionaries({"domid": VALUES | st.integers(0, 9), "config": VALUES | CONFIGS}), max_size=4
    )
)
def test_read_in_pieces_is_read_as_a_whole(entries: list[Any]) -> None:
    data = laid_out(entries)
    reader = ConfigList(dict)
    first, again = reader.read(data), reader.read(data)
    whole = {
        entry["domid"]: entry["config"]
        for entry in json.loads(data)
        if type(entry["domid"]) is int and isinstance(entry["config"], dict)
    }
    assert repr(first) == repr(again) == repr(whole)


@given(CONFIGS)
def test_no_configuration_is_too_odd(config: dict[str, Any]) -> None:
    read = from_libxl(config)
    assert read.memory_kib is not None
    assert all(isinstance(disk.target, str) for disk in read.disks)


def test_an_action_that_is_left_out_is_destroy() -> None:
    config = from_libxl({"c_info": {"name": "web"}, "on_soft_reset": "soft_reset"})
    assert config.actions == {
        "on_poweroff": "destroy",
        "on_reboot": "destroy",
        "on_crash": "destroy",
        "on_watchdog": "destroy",
        "on_soft_reset": "soft_reset",
    }

"""Answers as a file: what is written is read as the same, and what is none is refused at its place."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from xentui.errors import UsageError
from xentui.service.making import (
    Answers,
    Display,
    FirstBoot,
    GuestSource,
    SourceKind,
    WantedDisk,
    WantedInterface,
    answers_file,
)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
answers = st.builds(
    Answers,
    name=words,
    system=words.filter(bool),
    type=st.sampled_from(["", "pv", "pvh", "hvm"]),
    memory=st.integers(0, 1 << 20),
    vcpus=st.integers(0, 4096),
    display=st.sampled_from(Display),
    source=st.builds(
        GuestSource, st.sampled_from(SourceKind), words, words, words, words, st.sampled_from(["", "qcow2"])
    ),
    first_boot=st.builds(
        FirstBoot,
        words,
        st.lists(words, max_size=3).map(tuple),
        words,
        words,
        words,
        words,
        st.lists(words, max_size=3).map(tuple),
        words,
        words,
    ),
    disks=st.lists(
        st.builds(
            WantedDisk,
            words,
            st.integers(0, 1 << 40).map(lambda sectors: sectors * 512),
            st.sampled_from(["raw", "qcow2", "vhd"]),
            st.booleans(),
            words,
        ),
        max_size=3,
    ).map(tuple),
    interfaces=st.lists(st.builds(WantedInterface, words, words), max_size=3).map(tuple),
    unattended=words,
    configuration=words,
    install_configuration=words,
)


@given(answers)
def test_what_is_written_is_read_as_the_same(given: Answers) -> None:
    assert answers_file.read(answers_file.write(given), "a.toml") == given


def test_a_configuration_is_written_in_its_own_lines() -> None:
    text = answers_file.write(Answers("web", configuration="name = 'web'\nextra = \"a\\\\b\"\n"))
    assert "configuration = '''\nname = 'web'\nextra = \"a\\\\b\"\n'''\n" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "is not valid TOML"),
        ("name = 3\n[source]\nkind='iso'", "name is not a text"),
        ("name = 'x'", "source.kind is missing"),
        ("source = 'iso'", "source is not a table"),
        ("[source]\nkind = 'floppy'", "source.kind is 'floppy'"),
        ("type = 'xen'\n[source]\nkind='iso'", "type is 'xen'"),
        ("vcpus = true\n[source]\nkind='iso'", "vcpus is not a whole number"),
        ("vcpus = -1\n[source]\nkind='iso'", "vcpus is -1"),
        ("memory = '1e3'\n[source]\nkind='iso'", "memory 1e3 is not a size"),
        ("[source]\nkind='iso'\n[[disk]]\npath='/x'\nsize='10'", "disk.size 10 has no unit"),
        ("[source]\nkind='iso'\n[[disk]]\npath='/x'\nsize=-1", "disk.size -1 is not a size"),
        ("[source]\nkind='iso'\n[disk]\npath='/x'", "disk is not a list"),
        ("disk = [1]\n[source]\nkind='iso'", "disk is not a list"),
        ("[source]\nkind='iso'\nkernal='/x'", "source.kernal is nothing that can be answered"),
        ("[source]\nkind='iso'\n[colour]\n", "colour is nothing"),
        ("[source]\nkind='cloud'\n[first_boot]\npassword='x'", "first_boot.password is nothing"),
        ("[source]\nkind='cloud'\n[first_boot]\nssh_keys=[1]", "first_boot.ssh_keys is not a list"),
        ("[source]\nkind='cloud'\n[first_boot]\ndns='x'", "first_boot.dns is not a list"),
        (
            "[source]\nkind='iso'\n[[disk]]\npath='/x'\npreallocated=1",
            "disk.preallocated is not true or false",
        ),
        ("a = " + "[" * 5000, "is not valid TOML"),
    ],
)
def test_what_is_none_is_refused_at_its_place(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        answers_file.read(text, "a.toml")
    assert caught.value.message.startswith(message) and caught.value.subject == "a.toml"
    assert caught.value.hint


def test_what_no_file_can_hold_is_refused() -> None:
    with pytest.raises(UsageError, match="no file can hold"):
        answers_file.write(Answers("\udcff"))

"""What virsh prints, on what the real one printed (tests/recordings/libvirt) and on what it never should."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tests.recordings.libvirt import UUID, answers, entries
from xentui.errors import CommandError, HostError
from xentui.hosts.base import Completed
from xentui.model.answers import ConsoleTrouble
from xentui.toolstack.virsh import failures, parse
from xentui.toolstack.virsh.commands import ACTIVE, AUTOSTARTED, LIST, SAVED, VIRSH


def test_names_and_uuids_of_what_is_kept() -> None:
    (done,) = answers(*LIST)
    assert parse.names(done.text)[UUID] == "web1"


@pytest.mark.parametrize("question", [ACTIVE, AUTOSTARTED, SAVED])
def test_uuids_alone(question: tuple[str, ...]) -> None:
    (done,) = answers(*question)
    assert UUID in parse.uuids(done.text)


def test_a_name_may_hold_blanks_and_is_never_a_uuid_of_its_own() -> None:
    other = UUID[:-1] + "2"
    text = f"{UUID} web 1\n{other} {UUID}\n{other[:-1]}3\nnonsense\n"
    assert parse.names(text) == {UUID: "web 1", other: UUID}
    assert parse.uuids(text) == {other[:-1] + "3"}


@given(st.text())
def test_nonsense_is_no_domain(text: str) -> None:
    assert all(len(uuid) == 36 for uuid in (*parse.names(text), *parse.uuids(text)))


def failure(*words: str, last: bool = False) -> CommandError:
    done = [each for each in answers(*words) if each.exit_code][-1 if last else 0]
    found = failures.explain(done, "web1")
    assert isinstance(found, CommandError)
    return found


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("start", UUID), "it is running already"),
        (("resume", UUID), "it is not paused"),
        (("shutdown", UUID), "it is not running"),
        (("destroy", UUID), "it is not running"),
        (("managedsave", UUID), "it is not running"),
        (("setvcpus", UUID, "9", "--live"), "it was started with room for less"),
        (("define", "web2.xml"), "libvirt keeps another domain of that name or uuid"),
        (("define", "broken.xml"), "libvirt does not accept the configuration"),
        (("restore", "none.save"), "it is not a memory image that libvirt saved"),
        (("attach-disk", UUID, "/a", "xvdb", "--live"), "the host's libvirt cannot do that with a Xen guest"),
    ],
)
def test_known_words_are_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    assert failure(*words).message == sentence


def test_a_domain_that_is_gone_is_told_so() -> None:
    assert "has disappeared" in failure("start", UUID, last=True).message


def test_a_libvirt_that_does_not_answer_leaves_the_host_there() -> None:
    entry = next(entry for entry in entries("virsh") if entry["argv"][3] == "xen:///system")
    done = Completed(tuple(entry["argv"]), entry["exit"], b"", "".join(entry["stderr"]).encode())
    found = failures.explain(done)
    assert isinstance(found, CommandError)
    assert found.message == "libvirt does not answer on the host"


def test_a_host_without_virsh_is_the_host_s_fault() -> None:
    argv = (*VIRSH, "list")
    said = b"env: 'virsh': No such file or directory\n"
    assert isinstance(failures.explain(Completed(argv, 127, b"", said)), HostError)


def test_unknown_words_are_told_as_they_are_and_bounded() -> None:
    argv = (*VIRSH, "start", UUID)
    done = Completed(argv, 1, b"", b"error: Failed to start domain\nerror: \x1b[31mno " + b"x" * 9000)
    found = failures.explain(done)
    assert found.message.startswith("`virsh start` failed: \\u001b[31mno xx")
    assert len(found.message) < 600


def test_a_console_somebody_has() -> None:
    said = ["error: operation failed: Active console session exists for this domain"]
    assert failures.console_trouble(said) is ConsoleTrouble.HELD
    assert failures.console_trouble(["error: internal error: character device serial0 is not using a PTY"])
    assert failures.console_trouble(["login:"]) is None

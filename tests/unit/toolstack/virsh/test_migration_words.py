"""What a migration that libvirt has failed means, by its own words (tests/recordings/libvirt/migration.json)."""

from __future__ import annotations

import pytest

from tests.recordings.libvirt import migrations
from xentui.agent.migration.engine_jobs import EngineTold, read_info
from xentui.hosts.base import Completed
from xentui.toolstack.virsh.commands import VIRSH
from xentui.toolstack.virsh.failures import explain


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("name taken", "libvirt keeps another domain of that name or uuid"),
        ("bridge missing", "the other host could not make it run"),
        ("no login", "the line to libvirt on the other host broke"),
        ("port closed", "its memory does not get to the other host, which takes it by TCP beside ssh"),
        ("helper killed", "the other host did not take its memory to the end"),
        ("target's libvirtd killed", "the line to libvirt on the other host broke"),
        ("answer lost", "the line to libvirt on the other host broke"),
        ("offline", "the host's libvirt cannot do that with a Xen guest"),
    ],
)
def test_its_words_are_told_as_what_they_mean(case: str, message: str) -> None:
    done = migrations(case, "migrate")
    # Recorded by the plain client.
    again = Completed((*VIRSH, *done.argv[4:]), done.exit_code, done.stdout, done.stderr)
    assert explain(again, "web1").message == message


def test_what_libvirt_says_of_a_guest_that_has_arrived_is_read() -> None:
    assert read_info(migrations("answer lost", "dominfo", "target").text) == EngineTold(
        "paused", ran=False, kept=True
    )
    assert read_info(migrations("finish lost", "dominfo", "target").text) == EngineTold(
        "paused", ran=False, kept=False
    )
    assert read_info(migrations("answer lost", "dominfo").text) == EngineTold("running", ran=True, kept=True)
    assert read_info("\x1b[2J" * 9000) == EngineTold("", ran=False, kept=False)

"""The simulated virsh answers as the real one did (tests/recordings/libvirt)."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from tests.recordings.libvirt import UUID, answers, conversion
from tests.seeded import seed
from xentui.errors import ConfigError
from xentui.simulator import Simulator, control
from xentui.simulator.simulator import Result
from xentui.simulator.virsh.driver_files import ACTIVE, DEFINED
from xentui.simulator.virsh.native import from_native, to_native

VIRSH = ("env", "LC_ALL=C", "virsh", "-q", "-c", "xen:///system")


class Host:
    """A simulated host with one definition."""

    def __init__(self, folder: Path) -> None:
        seed(folder, domains=0)
        self.simulator = Simulator(folder)
        control.set_speed(self.simulator, math.inf)
        text = f'name = "web1"\nuuid = "{UUID}"\nkernel = "/srv/guests/vmlinuz"\nmemory = 128\n'
        self.write("web1.xml", from_native(text))
        self.write("web2.xml", from_native(text.replace("web1", "web2")))

    def write(self, name: str, text: str) -> None:
        self.simulator.files.write(f"/root/{name}", text.encode())

    def virsh(self, *words: str) -> Result:
        cwd = str(self.simulator.folder / "root" / "root")
        return self.simulator.run([*VIRSH, *words], cwd=cwd)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "sim")


def told(data: bytes) -> list[str]:
    """Lines, without the blank ones and the other domain of libvirt's test driver."""
    return [line for line in data.decode().splitlines() if line.strip() and "6695eb01-" not in line]


SESSION = (
    ("define", "web1.xml"),
    ("list", "--all", "--persistent", "--uuid", "--name"),
    ("start", UUID),
    ("start", UUID),
    ("list", "--uuid"),
    ("autostart", UUID),
    ("list", "--all", "--autostart", "--uuid"),
    ("suspend", UUID),
    ("resume", UUID),
    ("resume", UUID),
    ("managedsave", UUID),
    ("list", "--all", "--with-managed-save", "--uuid"),
    ("start", UUID),
    ("destroy", UUID),
    ("autostart", UUID, "--disable"),
    ("define", "web2.xml"),
    ("undefine", UUID),
    ("start", UUID),
)


def test_a_session_ends_as_the_recorded_one(host: Host) -> None:
    for number, words in enumerate(SESSION):
        again = SESSION[:number].count(words)
        done = host.virsh(*words)
        if words == ("destroy", UUID):
            assert done.exit_code == 0, "the recorded one had shut down before"
            continue
        recorded = answers(*words)
        real = recorded[-1] if words == ("start", UUID) and number == len(SESSION) - 1 else recorded[again]
        assert (done.exit_code, told(done.stdout)) == (real.exit_code, told(real.stdout)), words
        assert told(done.stderr) == told(real.stderr), words


def test_what_runs_not_is_refused_in_the_recorded_words(host: Host) -> None:
    host.virsh("define", "web1.xml")
    for verb in ("destroy", "managedsave"):
        real = answers(verb, UUID)[-1] if verb == "managedsave" else answers(verb, UUID)[0]
        done = host.virsh(verb, UUID)
        assert done.exit_code == real.exit_code == 1
        assert told(done.stderr)[-1] == told(real.stderr)[-1]


def test_several_questions_of_one_process(host: Host) -> None:
    (real,) = answers(
        "list --uuid; echo MARK; dumpxml nosuch; echo MARK; list --all --uuid --name; echo MARK"
    )
    host.virsh("create", "web1.xml")
    done = host.virsh(
        "list --uuid; echo MARK; dumpxml nosuch; echo MARK; list --all --uuid --name; echo MARK"
    )
    assert (done.exit_code, told(done.stderr)) == (real.exit_code, told(real.stderr))
    ours, theirs = ([told(part) for part in each.stdout.split(b"MARK")] for each in (done, real))
    assert ours == theirs == [[UUID], [], [f"{UUID} web1"], []]


def test_a_guest_of_libvirt_s_is_xl_s_to_see_and_not_the_other_way_round(host: Host) -> None:
    host.virsh("create", "web1.xml")
    assert b"web1" in host.simulator.run(["xl", "list"]).stdout
    control.add(host.simulator, "other")
    assert told(host.virsh("list", "--uuid").stdout) == [UUID]


def test_the_conversion_of_a_pvh_guest_is_the_recorded_one() -> None:
    text, xml, again = conversion("a PVH guest")
    assert from_native(text) == xml
    assert to_native(xml) == again


@pytest.mark.parametrize("what", ["a PV guest, with what libvirt leaves out", "an HVM guest"])
def test_a_conversion_back_is_the_recorded_one(what: str) -> None:
    _, xml, again = conversion(what)
    assert sorted(to_native(xml).splitlines()) == sorted(
        line for line in again.splitlines() if not line.startswith(("vfb", "usb"))
    )


@pytest.mark.parametrize("what", ["a PV guest, with what libvirt leaves out", "an HVM guest"])
def test_a_conversion_there_and_back_says_what_the_recorded_one_says(what: str) -> None:
    text, _, again = conversion(what)
    assert sorted(to_native(from_native(text)).splitlines()) == sorted(again.splitlines())


def test_a_text_without_uuid_gets_another_one_each_time() -> None:
    text, xml, _ = conversion("no uuid")
    found = [re.findall("<uuid>(.*)</uuid>", each) for each in (from_native(text), from_native(text), xml)]
    assert len({uuid for (uuid,) in found}) == 3


@pytest.mark.parametrize("what", ["cut off", "a disk without a device", "no name"])
def test_what_libvirt_refuses_is_refused(what: str) -> None:
    text, xml, _ = conversion(what)
    assert xml == ""
    with pytest.raises(ConfigError):
        from_native(text)


def test_what_another_command_takes_away_while_the_documents_are_read_is_left_out(host: Host) -> None:
    host.virsh("define", "web1.xml")
    host.virsh("start", "web1")
    for folder in (ACTIVE, DEFINED):
        # It is in the folder, and not there when it is read.
        host.simulator.files.path(folder).joinpath("web2.xml").symlink_to("nowhere")
    assert told(host.virsh("list", "--all", "--uuid", "--name").stdout) == [f"{UUID} web1"]

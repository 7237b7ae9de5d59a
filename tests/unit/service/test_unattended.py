"""Answers for an installer: whose they are, what could not be read, and how they come to it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_disk_images import refused
from tests.unit.service.test_iso9660 import read
from tests.unit.service.test_making import (
    DISK,
    INSTALL,
    ISO,
    KERNEL,
    RAMDISK,
    found,
    put,
    said,
    source,
    there,
)
from xentui.agent.errors import AgentError
from xentui.agent.netboot.initrds import write_initrd
from xentui.errors import UsageError
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor
from xentui.service.making import SourceKind
from xentui.service.making.unattended import LIMIT, AnswersKind, checked, kind_of

ANSWERS, INITRD = "/srv/guests/fresh-answers.iso", "/srv/guests/fresh-answers.initrd"
PRESEED = """#_preseed_V1
d-i debian-installer/locale string en_US.UTF-8
d-i passwd/root-password-crypted password $6$x
d-i partman/confirm boolean true
tasksel tasksel/first multiselect \\
  standard, ssh-server
d-i preseed/late_command string
"""
KICKSTART = """#version=RHEL9
lang en_US
keyboard us
timezone UTC
rootpw --lock
autopart
url --url=http://192.0.2.1/tree
%packages
@core
%end
%post
echo "%nothing"
%end
"""
AUTOYAST = """<?xml version="1.0"?>
<!DOCTYPE profile>
<profile xmlns="http://www.suse.com/1.0/yast2ns"><general/></profile>
"""
AUTOINSTALL = "#cloud-config\nautoinstall:\n  version: 1\n"
ALL = (
    (PRESEED, AnswersKind.PRESEED),
    (KICKSTART, AnswersKind.KICKSTART),
    (AUTOYAST, AnswersKind.AUTOYAST),
    (AUTOINSTALL, AnswersKind.USER_DATA),
)


@pytest.mark.parametrize(("text", "kind"), ALL)
def test_answers_are_known_by_what_stands_in_them(text: str, kind: AnswersKind) -> None:
    told = checked(text)
    assert (told.kind, told.odd) == (kind, ())


@pytest.mark.parametrize("text", ["", "# nothing\n", "hello world\n", "name = 'web'\nmemory = 5\n"])
def test_what_no_installer_reads_is_refused(text: str) -> None:
    assert kind_of(text) is None
    with pytest.raises(UsageError, match="not a file that an installer reads"):
        checked(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PRESEED + "d-i locale\n", "line 8 is not of the form `OWNER QUESTION"),
        (PRESEED + "d-i debian/x strng y\n", "line 8 has the type 'strng'"),
        (PRESEED + "d-i debian/x boolean yes\n", "line 8 has the boolean 'yes'"),
        (KICKSTART + "%post\n", "line 14 begins %post without a %end"),
        (KICKSTART + "%end\n", "line 14 is a %end of nothing"),
        (KICKSTART + "%pots\n%end\n", "line 14 begins a section %pots"),
        (AUTOYAST.replace("<general/>", "<general>"), "line 3 are not XML"),
        (
            AUTOYAST.replace("profile>", "profil>").replace("<profile ", "<profil "),
            "not a profile of AutoYaST",
        ),
        (AUTOYAST.replace("<!DOCTYPE profile>", '<!DOCTYPE profile [<!ENTITY a "b">]>'), "declare entities"),
        ("<profile>" + "<a>" * 100, "larger, or deeper"),
        ("#cloud-config\n\tautoinstall: 1\n", "indented by a tab"),
        (PRESEED + "\0", "bytes that no text has"),
        (PRESEED + "#" * LIMIT, "more than 512 KiB"),
    ],
)
def test_what_its_installer_could_not_read_is_refused_at_its_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked(text)
    assert message in caught.value.message and caught.value.hint


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        (KICKSTART.replace("timezone UTC\n", ""), "does not say the time zone"),
        (PRESEED + "d-i partman/confirm boolean false\n", "partman/confirm twice"),
        ("#cloud-config\npackages: []\n", "no autoinstall"),
    ],
)
def test_what_has_an_installer_ask_all_the_same_is_told(text: str, odd: str) -> None:
    assert any(odd in each for each in checked(text).odd)


# On a host


@pytest.mark.parametrize(
    ("text", "words", "file"),
    [
        (KICKSTART, "inst.ks=hd:LABEL=OEMDRV:/ks.cfg", "ks.cfg"),
        (AUTOYAST, "autoyast=label://OEMDRV/autoinst.xml", "autoinst.xml"),
        (AUTOINSTALL, "autoinstall", "user-data"),
    ],
)
async def test_they_come_by_a_disk_of_the_installer_and_a_word_on_its_kernel_line(
    host: Faulty, hypervisor: Hypervisor, text: str, words: str, file: str
) -> None:
    plan = await hypervisor.making.plan(replace(INSTALL, unattended=text))
    assert said(plan.install)["extra"] == f"console=hvc0 {words}"
    assert said(plan.install)["disk"] == [f"{DISK},raw,xvda,w", f"{ANSWERS},raw,xvdz,r"]
    assert ANSWERS not in plan.text, "what is stored knows nothing of it"
    made = await hypervisor.making.make(plan)
    assert made.installs and made.disks == (DISK, ANSWERS), "both go where the install is thrown away"
    disk = Path(host.host_path(ANSWERS))
    assert (
        read(disk.read_bytes(), joliet=True)[file] == text.encode() and disk.stat().st_mode & 0o777 == 0o600
    )
    assert (await found(hypervisor)).domid is not None


async def test_a_word_of_ones_own_stands_alone(hypervisor: Hypervisor) -> None:
    answers = replace(INSTALL, unattended=KICKSTART)
    own = replace(answers, source=replace(answers.source, extra="inst.ks=http://192.0.2.1/ks.cfg"))
    assert "OEMDRV" not in str(said((await hypervisor.making.plan(own)).install)["extra"])


async def test_a_whole_machine_finds_them_on_a_disk_beside_the_cd(hypervisor: Hypervisor) -> None:
    plan = await hypervisor.making.plan(replace(source(SourceKind.ISO, path=ISO), unattended=KICKSTART))
    assert f"{ANSWERS},raw,xvdz,r" in str(said(plan.install)["disk"]) and "extra" not in said(plan.install)


def unpacked(data: bytes, into: Path) -> dict[str, bytes]:
    """The files of the first archive of an initrd, as cpio(1) reads it."""
    into.mkdir()
    cpio = shutil.which("cpio")
    if cpio is None:
        pytest.skip("there is no cpio here")
    subprocess.run([cpio, "-id", "--quiet"], input=data, cwd=into, check=True)
    return {path.name: path.read_bytes() for path in into.iterdir()}


async def test_a_preseed_comes_in_a_copy_of_the_initrd(
    host: Faulty, hypervisor: Hypervisor, tmp_path: Path
) -> None:
    plan = await hypervisor.making.plan(replace(INSTALL, unattended=PRESEED))
    assert said(plan.install)["ramdisk"] == INITRD and said(plan.install)["disk"] == [f"{DISK},raw,xvda,w"]
    assert plan.unattended is not None and "preseed" in plan.unattended.words_of_disk
    assert not any("http" in each for each in plan.warnings) and INITRD not in plan.text
    made = await hypervisor.making.make(plan)
    assert made.installs and made.disks == (DISK, INITRD)
    initrd, own = Path(host.host_path(INITRD)), Path(host.host_path(RAMDISK)).read_bytes()
    data = initrd.read_bytes()
    assert initrd.stat().st_mode & 0o777 == 0o600
    # Plain archives come first, and begin at a multiple of four: a kernel skips the zeros between.
    assert data.startswith(b"070701") and data.endswith(own) and (len(data) - len(own)) % 512 == 0
    assert await asyncio.to_thread(unpacked, data[: len(data) - len(own)], tmp_path / "in") == {
        "preseed.cfg": PRESEED.encode()
    }
    assert Path(host.host_path(RAMDISK)).read_bytes() == own, "the installer's own is as it was"
    assert not any("$6$x" in str(record) for record in await hypervisor.audit(1000))


@pytest.mark.parametrize(("text", "path"), [(PRESEED, INITRD), (KICKSTART, ANSWERS)])
async def test_they_are_gone_once_it_is_installed(
    host: Faulty, hypervisor: Hypervisor, text: str, path: str
) -> None:
    usual = (await hypervisor.making.plan(INSTALL)).text
    boots = usual.replace('bootloader = "pygrub"', f'kernel = "{KERNEL}"\nramdisk = "{RAMDISK}"')
    answers = replace(INSTALL, unattended=text, configuration=boots)
    await hypervisor.making.make(await hypervisor.making.plan(answers))
    assert there(host, path)
    await hypervisor.lifecycle.reboot(await found(hypervisor))
    await until(hypervisor, lambda domain: domain.install is None and domain.domid is not None)
    assert not there(host, path) and there(host, DISK)


async def test_they_stay_until_what_is_stored_has_booted(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.making.make(await hypervisor.making.plan(replace(INSTALL, unattended=PRESEED)))
    await hypervisor.lifecycle.reboot(await found(hypervisor))
    done = await until(hypervisor, lambda domain: domain.install is not None and not domain.installing)
    assert there(host, INITRD), "its disk is empty: it can be installed once more"
    draft = await hypervisor.editing.open(done)
    boots = draft.text.replace('bootloader = "pygrub"', f'kernel = "{KERNEL}"\nramdisk = "{RAMDISK}"')
    await hypervisor.editing.store(draft, boots, reason="by hand")
    await hypervisor.lifecycle.start(await found(hypervisor))
    assert not there(host, INITRD)


async def until(hypervisor: Hypervisor, holds: Callable[[Domain], bool]) -> Domain:
    for _ in range(400):
        if holds(domain := await found(hypervisor)):
            return domain
        await asyncio.sleep(0.05)
    raise AssertionError(domain)


async def test_what_somebody_has_put_in_their_place_stays(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.making.make(await hypervisor.making.plan(replace(INSTALL, unattended=PRESEED)))
    place = Path(host.host_path(INITRD))
    place.unlink()
    place.symlink_to(host.host_path(RAMDISK))
    await hypervisor.lifecycle.reboot(await found(hypervisor))
    await until(hypervisor, lambda domain: not domain.installing)
    assert place.is_symlink() and there(host, RAMDISK)


async def test_an_install_that_is_thrown_away_takes_them_with_it(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.making.make(await hypervisor.making.plan(replace(INSTALL, unattended=PRESEED)))
    await hypervisor.lifecycle.destroy(await found(hypervisor))
    domain = await until(hypervisor, lambda domain: domain.install_broken and not domain.installing)
    assert there(host, INITRD), "it can be taken up again"
    await hypervisor.installing.discard(domain)
    assert not there(host, INITRD) and not there(host, DISK)


async def test_a_preseed_of_ones_own_server_is_left_to_it(host: Faulty, hypervisor: Hypervisor) -> None:
    extra = replace(INSTALL.source, extra="auto=true url=http://x")
    plan = await hypervisor.making.plan(replace(INSTALL, source=extra, unattended=PRESEED))
    assert plan.unattended is None and not any("serve it" in each for each in plan.warnings)
    await hypervisor.making.make(plan, start=False)
    assert not there(host, INITRD)


async def test_of_a_preseed_without_an_initrd_is_said_how_it_comes_to_its_installer(
    hypervisor: Hypervisor,
) -> None:
    for kind in ("hvm", "pv"):
        answers = replace(source(SourceKind.ISO, path=ISO), type=kind, unattended=PRESEED)
        plan = await hypervisor.making.plan(answers)
        assert plan.unattended is None and any("serve it by http" in each for each in plan.warnings), kind


async def test_an_initrd_that_vanishes_leaves_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    plan = await hypervisor.making.plan(replace(INSTALL, unattended=PRESEED))
    gone = Path(host.host_path(RAMDISK))
    own = gone.read_bytes()
    gone.unlink()
    error = await refused(hypervisor.making.make(plan))
    assert "the initrd to be copied is not there" in str(error)
    assert not there(host, INITRD) and not there(host, DISK)
    gone.write_bytes(own)


@pytest.mark.parametrize("what", ["a folder", "a pipe", "empty"])
def test_what_is_no_initrd_is_refused(tmp_path: Path, what: str) -> None:
    place, made = tmp_path / "initrd", tmp_path / "made"
    if what == "a folder":
        place.mkdir()
    elif what == "a pipe":
        os.mkfifo(place)
    else:
        place.touch()
    with pytest.raises(AgentError) as caught:
        write_initrd(path=str(made), data=b"x", source=str(place))
    assert caught.value.code == "invalid" and list(tmp_path.iterdir()) == [place]


def test_one_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "initrd").write_bytes(b"own")
    (tmp_path / "made").write_bytes(b"precious")
    with pytest.raises(AgentError) as caught:
        write_initrd(path=str(tmp_path / "made"), data=b"x", source=str(tmp_path / "initrd"))
    assert caught.value.code == "exists" and (tmp_path / "made").read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": source(SourceKind.DISK).source}, "there is none"),
        ({"unattended": "hello"}, "not a file that an installer reads"),
    ],
)
async def test_answers_for_nobody_are_refused(
    hypervisor: Hypervisor, changes: dict[str, Any], message: str
) -> None:
    changes = {"unattended": KICKSTART, "disks": INSTALL.disks, **changes}
    if "source" in changes:
        changes["disks"] = (replace(INSTALL.disks[0], path="/srv/guests/guest-grubcfg.img", size=0),)
    assert message in (await refused(hypervisor.making.plan(replace(INSTALL, **changes)))).message


async def test_what_lies_in_their_place_is_not_written_over(host: Faulty, hypervisor: Hypervisor) -> None:
    plan = await hypervisor.making.plan(replace(INSTALL, unattended=KICKSTART))
    put(host, ANSWERS, b"somebody's")
    await refused(hypervisor.making.make(plan))
    assert not there(host, DISK) and Path(host.host_path(ANSWERS)).read_bytes() == b"somebody's"


async def test_an_install_text_written_by_hand_that_has_not_the_disk_is_told(hypervisor: Hypervisor) -> None:
    plain = await hypervisor.making.plan(INSTALL)
    plan = await hypervisor.making.plan(
        replace(INSTALL, unattended=KICKSTART, install_configuration=plain.install)
    )
    assert plan.unattended is None and any("are not used" in each for each in plan.warnings)

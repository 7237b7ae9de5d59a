"""Answers for an installer: whose they are, what could not be read, and how they come to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_disk_images import refused
from tests.unit.service.test_iso9660 import read
from tests.unit.service.test_making import DISK, INSTALL, ISO, found, put, said, source, there
from xentui.errors import UsageError
from xentui.service.hypervisor import Hypervisor
from xentui.service.making import SourceKind
from xentui.service.making.unattended import LIMIT, AnswersKind, checked, kind_of

ANSWERS = "/srv/guests/fresh-answers.iso"
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
    with pytest.raises(UsageError, match="nothing an installer reads"):
        checked(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PRESEED + "d-i locale\n", "line 8 is no `OWNER QUESTION"),
        (PRESEED + "d-i debian/x strng y\n", "line 8 has the type 'strng'"),
        (PRESEED + "d-i debian/x boolean yes\n", "line 8 has the boolean 'yes'"),
        (KICKSTART + "%post\n", "line 14 begins %post without a %end"),
        (KICKSTART + "%end\n", "line 14 is a %end of nothing"),
        (KICKSTART + "%pots\n%end\n", "line 14 begins a section %pots"),
        (AUTOYAST.replace("<general/>", "<general>"), "line 3 are no XML"),
        (AUTOYAST.replace("profile>", "profil>").replace("<profile ", "<profil "), "no profile of AutoYaST"),
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


async def test_of_a_preseed_is_said_how_it_comes_to_its_installer(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    plan = await hypervisor.making.plan(replace(INSTALL, unattended=PRESEED))
    assert any("serve it by http" in each for each in plan.warnings) and plan.unattended is None
    served = replace(
        INSTALL, source=replace(INSTALL.source, extra="auto=true url=http://x"), unattended=PRESEED
    )
    assert not any("serve it" in each for each in (await hypervisor.making.plan(served)).warnings)
    await hypervisor.making.make(plan, start=False)
    assert not there(host, ANSWERS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": source(SourceKind.DISK).source}, "there is none"),
        ({"unattended": "hello"}, "nothing an installer reads"),
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

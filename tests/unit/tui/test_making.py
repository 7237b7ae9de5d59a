"""The wizard that makes a guest: six steps, back without loss, and what is made in the end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tests.kernels import PVH, bzimage, elf
from tests.unit.agent.host.test_osinfo import DEBIAN
from tests.unit.service.test_first_boot import key
from tests.unit.service.test_iso9660 import read
from tests.unit.service.test_unattended import KICKSTART
from tests.unit.tui.looks import Look
from tests.unit.tui.stage import NARROW, Noon, Stage, StageHost, stage
from tests.unit.tui.test_looks import colour, scene
from xentui.service.making import answers_file
from xentui.service.making.password_hash import is_hash
from xentui.tui.making.configuration import ConfigurationStep

__all__ = ["colour"]
KERNEL, RAMDISK = "/srv/guests/vmlinuz", "/srv/guests/guest-initrd.gz"


@pytest.fixture
def host(tmp_path: Path) -> StageHost:
    """A simulated host without guests, and with a folder for images."""
    made = StageHost(tmp_path / "sim")
    Path(made.host_path("/var/lib/xen/images")).mkdir(parents=True)
    return made


def real(host: StageHost, path: str) -> Path:
    return Path(host.host_path(path))


async def to_source(it: Stage, kind: int = 0, system: int = 0) -> None:
    """Open the wizard, and choose what it starts from and a system by their places."""
    await it.press("ctrl+n")
    await it.shows("step 1: what it starts from")
    await it.press(*["down"] * kind, "enter")
    await it.shows("step 2: its system")
    await it.press(*["down"] * system, "enter")


async def to_disks(it: Stage) -> None:
    await to_source(it)
    await it.shows("3 of 6: its source")
    await it.fill(KERNEL, RAMDISK)
    await it.shows("4 of 6: its name and disks")


async def to_configuration(it: Stage, name: str = "fresh") -> None:
    await to_disks(it)
    await it.fill(name)
    await it.shows("5 of 6: memory, network, display")
    await it.press("enter")
    await it.shows("6 of 6: the stored configuration")
    await it.until(lambda: isinstance(it.app.screen, ConfigurationStep))


async def test_six_steps_lead_to_an_installer_on_a_console(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await to_configuration(it)
        await it.shows('"/var/lib/xen/images/fresh.img,raw,xvda,w"', "boots as PV and as PVH")
        await it.press("f9")
        await it.shows("the install configuration, booted once", f'kernel = "{KERNEL}"')
        await it.press("f2")
        await it.shows("Make fresh?", "/var/lib/xen/images/fresh.img: made, 10G, sparse")
        assert not real(host, "/var/lib/xen/images/fresh.img").exists(), "nothing is made before it is asked"
        await it.press("enter")
        await it.until(lambda: it.number("fresh") is not None)
        await it.shows("ready")
        assert real(host, "/var/lib/xen/images/fresh.img").stat().st_size == 10 << 30
        domain = it.domain("fresh")
        assert domain is not None and domain.managed


async def test_a_source_that_boots_nothing_is_refused_at_its_step(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await to_source(it)
        await it.shows("3 of 6: its source")
        await it.fill(RAMDISK)
        await it.shows("is not a kernel that Xen or QEMU can", "start → name another file")
        await it.fill(KERNEL)
        await it.shows("4 of 6: its name and disks")


async def test_one_goes_back_at_any_time_and_loses_nothing(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await to_disks(it)
        first = it.app.screen.query(Input).first()
        await it.type("back")
        await it.until(lambda: it.holds(first, "back"))
        await it.press("escape")
        await it.shows("3 of 6: its source", KERNEL)
        await it.press("escape")
        await it.shows("step 2: its system")
        await it.press("enter")
        await it.shows("3 of 6: its source", KERNEL, RAMDISK)
        await it.press("enter")
        await it.shows("4 of 6: its name and disks", "back")
        await it.press("enter")
        await it.shows("5 of 6: memory, network, display")
        await it.press("enter")
        await it.shows("6 of 6", 'name = "back"')
        await it.until(lambda: isinstance(it.app.screen, ConfigurationStep))
        await it.type("# by hand", "enter")
        await it.shows("# by hand")
        await it.press("escape")
        await it.shows("5 of 6")
        await it.press("enter")
        await it.shows("# by hand", "! changed by hand")
        await it.press("f5")
        await it.hides("# by hand")


async def test_what_cannot_be_read_is_told_and_can_be_mended_or_made_anew(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await to_configuration(it)
        await it.type("memory = [", "enter")
        await it.shows("memory = [")
        await it.press("f2")
        await it.shows("the configuration:2:1")
        await it.press("f9")
        await it.shows("the configuration:2:1", "6 of 6: the stored configuration")
        await it.press("f5")
        await it.hides("memory = [")
        await it.press("f2")
        await it.shows("Make fresh?")
        await it.press("escape")
        await it.shows("6 of 6: the stored configuration")


async def test_leaving_asks_once_something_was_answered(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+n")
        await it.shows("step 1:")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await to_disks(it)
        for step in ("step 3 of 6", "step 2:", "step 1:"):
            await it.press("escape")
            await it.shows(step)
        await it.press("escape")
        await it.shows("Leave the wizard?")
        await it.press("n")
        await it.shows("step 1:")
        await it.press("escape")
        await it.shows("Leave the wizard?")
        await it.press("y")
        await it.until(lambda: it.in_list)


async def test_a_step_with_nothing_to_ask_is_skipped_both_ways(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await to_source(it, kind=3, system=7)
        await it.shows("3 of 5: its name and disks")
        await it.press("escape")
        await it.shows("step 2: its system")


async def test_a_release_of_a_system_is_chosen_where_the_host_knows_some(host: StageHost) -> None:
    place = real(host, "/usr/share/osinfo/os/debian.org/debian-12.xml")
    place.parent.mkdir(parents=True)
    place.write_text(DEBIAN)
    async with stage(host, size=NARROW) as it:
        await to_source(it)
        await it.shows("3 of 7: which Debian", "Debian 12")
        await it.press("escape")
        await it.shows("step 2: its system")
        await it.press("enter")
        await it.shows("3 of 7: which Debian")
        await it.press("down", "enter")
        await it.shows("4 of 7: its source")
        await it.fill(KERNEL, RAMDISK)
        await it.shows("5 of 7: its name and disks", "20G")
        await it.fill("fresh")
        await it.shows("6 of 7", "1024M")


async def test_an_installer_is_given_its_answers(host: StageHost) -> None:
    real(host, "/srv/guests/ks.cfg").write_text("%post\n")
    async with stage(host, size=NARROW) as it:
        await to_source(it)
        await it.shows("3 of 6: its source")
        await it.fill(KERNEL, RAMDISK, "", "/srv/guests/ks.cfg")
        await it.shows("line 1 begins %post without a %end")
        real(host, "/srv/guests/ks.cfg").write_text(KICKSTART)
        await it.press("enter")
        await it.shows("4 of 6: its name and disks")
        await it.fill("fresh")
        await it.shows("5 of 6: memory, network, display")
        await it.press("enter")
        await it.shows("6 of 6: the stored configuration", "fresh-answers.iso: made, read-only")
        await it.until(lambda: isinstance(it.app.screen, ConfigurationStep))
        await it.press("f9")
        await it.shows(
            "the install configuration, booted once",
            "inst.ks=hd:LABEL=OEMDRV:/ks.cfg",
            "fresh-answers.iso,raw,xvdz,r",
        )


IMAGE = "/srv/guests/guest-grubcfg.img"


async def to_first_boot(it: Stage) -> None:
    """Answer all that is asked of a cloud image before what it is told."""
    await to_source(it, kind=5)
    await it.shows("3 of 7: its source", "Image")
    await it.fill(IMAGE)
    await it.shows("4 of 7: its name and disks")
    await it.fill("fresh")
    await it.shows("5 of 7: its first boot")


async def test_a_cloud_image_is_asked_who_may_log_in(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/nonexistent")
    async with stage(host, size=NARROW) as it:
        await to_first_boot(it)
        await it.press("enter")
        await it.shows("nobody could log in")
        await it.fill("ada", "ssh-rsa nonsense")
        await it.shows("is not a public key of SSH")
        await it.press("up")
        await it.fill("ada", "/srv/guests/keys")
        await it.shows("the file of SSH keys cannot be read: no such file")
        assert "/etc/xen" not in it.screen
        real(host, "/srv/guests/keys").write_text(f"{key()}\n")
        await it.press("up")
        await it.fill("ada", "/srv/guests/keys", "secret words")
        await it.shows("6 of 7: memory, network, display")
        await it.press("enter")
        await it.shows("7 of 7", "fresh-cidata.iso,raw,xvdb,r")
        await it.until(lambda: isinstance(it.app.screen, ConfigurationStep))
        await it.press("f2")
        await it.shows("Make fresh?", "fresh-cidata.iso: made, read-only", "user ada with 1 ssh key")
        await it.press("space", "down")
        await it.type("/etc/xen/fresh.toml", "enter")
        await it.until(lambda: "fresh" in it.names)
        kept = real(host, "/etc/xen/fresh.toml").read_text()
        assert "secret words" not in kept
        answers = answers_file.read(kept, "kept")
        assert (answers.first_boot.user, answers.first_boot.keys) == ("ada", (key(),))
        assert is_hash(answers.first_boot.password)
        told = read(real(host, "/var/lib/xen/images/fresh-cidata.iso").read_bytes(), joliet=True)
        assert answers.first_boot.password in told["user-data"].decode()


async def test_a_system_is_made_from_packages(host: StageHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nonexistent")
    host.simulator.furnish()
    async with stage(host, size=NARROW) as it:
        await to_source(it, kind=6)
        await it.shows("3 of 7: its source", "Suite", "Mirror")
        await it.fill("no suite")
        await it.shows("is not a suite")
        await it.fill("bookworm")
        await it.shows("4 of 7: its name and disks")
        await it.fill("fresh")
        await it.shows("5 of 7: who logs in", "Password")
        await it.fill("", "secret words")
        await it.shows("6 of 7: memory, network, display")
        await it.press("enter")
        await it.shows("7 of 7", "ext4, with bookworm of http")
        await it.until(lambda: isinstance(it.app.screen, ConfigurationStep))
        await it.press("f2")
        await it.shows("Make fresh?")
        await it.press("enter")
        await it.until(lambda: "fresh" in it.names)
        assert real(host, "/var/lib/xen/images/fresh.img").exists()


async def test_the_answers_are_kept_for_the_command_line(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await to_configuration(it)
        await it.press("f2")
        await it.shows("Make fresh?")
        await it.press("space")
        await it.shows("[ ] Start its installer")
        await it.press("down")
        await it.type("/etc/xen/fresh.toml", "enter")
        await it.until(lambda: "fresh" in it.names)
        assert it.number("fresh") is None
        assert 'name = "fresh"' in real(host, "/etc/xen/fresh.toml").read_text()


async def test_a_read_only_session_makes_nothing(host: StageHost) -> None:
    async with stage(host, size=NARROW, read_only=True) as it:
        await it.press("ctrl+n")
        await it.shows("this session is read-only")


async def test_how_it_looks(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour) as camera:
        it = camera.it
        await it.press("ctrl+n")
        await it.shows("step 1: what it starts from")
        await camera.take("start")
        await it.press("enter")
        await it.shows("step 2: its system")
        await camera.take("system")
        await it.press("enter")
        await it.shows("3 of 6: its source")
        await it.fill(KERNEL, RAMDISK)
        await it.shows("4 of 6: its name and disks")
        await it.type("fresh", "tab")
        await it.shows("/srv/xen/fresh.img")
        await camera.take("disks")
        await it.press("enter")
        await it.shows("5 of 6: memory, network, display")
        await camera.take("guest")
        await it.press("enter")
        await it.shows("6 of 6: the stored configuration")
        await it.until(lambda: isinstance(it.app.screen, ConfigurationStep))
        await camera.take("configuration")
        await it.press("f2")
        await it.shows("Make fresh?")
        await camera.take("make")


async def test_how_a_first_boot_looks(
    noon: Noon, look: Look, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/nonexistent")
    async with scene(noon.host(), look, colour) as camera:
        await to_first_boot(camera.it)
        await camera.take("first-boot")


async def test_the_host_may_be_slow_to_plan_and_is_given_up(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(host, size=NARROW) as it:
        await to_configuration(it)
        making = it.app.here.hypervisor.making
        plan, answers = making.plan, asyncio.Event()

        async def slow(*given: Any) -> Any:
            await answers.wait()
            return await plan(*given)

        monkeypatch.setattr(making, "plan", slow)
        await it.press("f2")
        await it.shows("asking the host")
        await it.press("escape")
        await it.hides("asking the host")
        assert isinstance(it.app.screen, ConfigurationStep)
        await it.type("# on", "enter")
        await it.shows("# on")
        answers.set()
        await it.press("f2")
        await it.shows("Make fresh?")


async def test_what_is_odd_in_a_text_changed_by_hand_is_told_before_it_is_made(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await to_configuration(it)
        await it.type("memroy = 1", "enter")
        await it.shows("memroy = 1")
        await it.press("f2")
        await it.shows("Make fresh?", "! the configuration", "memroy")


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        ("10", "Size: has no unit → write 10G, 10M or 10B"),
        ("1e3", "Size: is not a size of a disk → write it with its unit"),
        ("-1", "Size: is not a size of a disk → write it with its unit"),
        ("0", "Size: is not a possible size of a disk → such as 10G"),
        ("1000000T", "allows no file that large → make it smaller"),
    ],
)
@pytest.mark.usefixtures("files_as_on_ext4")
async def test_a_size_that_cannot_be_is_refused_at_its_step_with_what_to_do(
    host: StageHost, size: str, problem: str
) -> None:
    async with stage(host, size=NARROW) as it:
        await to_disks(it)
        await it.type("fresh", "tab", "tab")
        await it.until(lambda: it.app.focused is not None and it.app.focused.id == "field-size")
        await it.press("ctrl+u")
        await it.type(size, "enter")
        await it.until(lambda: problem in " ".join(it.screen.replace("│", " ").split()))
        await it.shows("4 of 6: its name and disks", size)
        assert it.app.focused is not None
        marked = [line.id for line in it.app.screen.query(Input) if line.has_class("-refused")]
        assert (len(marked), it.app.focused.id) == (1, marked[0])


async def test_a_name_that_cannot_be_is_refused_with_what_can(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await to_disks(it)
        await it.type("../evil", "enter")
        await it.shows("Name: the name '../evil'", "→ Use letters, digits and _ . : + - only.")


async def test_an_image_somebody_runs_with_or_of_no_known_format_is_refused_at_its_step(
    host: StageHost,
) -> None:
    real(host, "/srv/guests/own.qcow2").write_bytes(b"QFI\xfb" + bytes(1 << 16))
    real(host, "/srv/guests/old.img").write_bytes(bytes(1 << 20))
    host.guest("web", disk="['/srv/guests/old.img,raw,xvda,w']")
    async with stage(host, size=NARROW) as it:
        await it.command("create /etc/xen/web.cfg")
        await it.until(lambda: it.number("web") is not None)
        await to_source(it, kind=4)
        await it.shows("3 of 6: its source", "Image")
        await it.fill("/srv/guests/old.img")
        await it.shows("3 of 6: its source", "web runs with it → shut it down first")
        await it.press("ctrl+u")
        await it.fill("/srv/guests/own.qcow2")
        await it.shows("3 of 6: its source", "it begins as a qcow2", "say that it is qcow2")
        await it.fill("/srv/guests/own.qcow2", "raw")
        await it.shows("4 of 6: its name and disks")
        await it.hides("Allocate all its space now")


async def test_a_type_its_kernel_cannot_boot_as_is_refused_at_the_field_of_the_type(host: StageHost) -> None:
    real(host, "/srv/guests/pvh").write_bytes(bzimage(elf((PVH,)), "gzip"))
    async with stage(host, size=NARROW) as it:
        await to_source(it)
        await it.shows("3 of 6: its source")
        await it.fill("/srv/guests/pvh", RAMDISK)
        await it.shows("4 of 6: its name and disks")
        await it.fill("fresh")
        await it.shows("5 of 6: memory, network, display")
        await it.fill("pv")
        await it.shows("it cannot boot as PV: the kernel has no entry", "it can be pvh or hvm")
        marked = [line.id for line in it.app.screen.query(Input) if line.has_class("-refused")]
        assert marked == ["field-type"]

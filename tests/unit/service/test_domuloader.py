"""domUloader on xl: what xl is given instead, while what is stored stays as it is."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from xentui.config import parse
from xentui.domuloader.packing import packed
from xentui.errors import ConfigError
from xentui.service.domuloader import loader_words
from xentui.service.hypervisor import Hypervisor

OLD = "/usr/lib/xen/boot/domUloader.py"
ENTRY = "--entry=xvda1:/boot/vmlinuz-xen,/boot/initrd-xen"


def text(loader: str = OLD, arguments: str = f'bootloader_args = ["{ENTRY}"]', disks: str = "") -> str:
    disks = disks or "'file:/srv/guests/x.img,xvda,w'"
    return f'name = "web"\nmemory = 128\nbootloader = "{loader}"\n{arguments}\ndisk = [{disks}]\n'


WORDS = [
    (text(), [ENTRY]),
    (text(loader="domUloader"), [ENTRY]),
    (text(arguments=f'bootargs = "-q {ENTRY}"'), ["-q", ENTRY]),
    (text(arguments=f'bootloader_args = "{ENTRY} -v"'), [ENTRY, "-v"]),
    (text(arguments='bootentry = "xvda1:/boot/vmlinuz"'), ["--entry=xvda1:/boot/vmlinuz"]),
    (text(disks="'phy:/dev/vg/root,xvda1,w'"), [ENTRY, "--whole"]),
    (
        text(disks="'phy:/dev/vg/data,xvdb,w','phy:vg/root,xvda,w'"),
        [ENTRY, "--image=/dev/vg/root"],
    ),
    (
        text(disks="'phy:/dev/vg/swap,xvda2,w','phy:vg/root,xvda1,w'"),
        [ENTRY, "--whole", "--image=/dev/vg/root"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("config", "arguments"), WORDS)
def test_what_xl_is_told(config: str, arguments: list[str], host: Faulty) -> None:
    words = loader_words(parse(config), host)
    told = parse("\n".join(words))
    assert told.string("bootloader") == f"{host.store_root}/bin/xentui-domuloader"
    assert told.get("bootloader_args") == arguments


@pytest.mark.parametrize("loader", ["pygrub", "/usr/bin/pygrub", "/usr/local/bin/loader"])
def test_other_boot_loaders_are_left_alone(loader: str, host: Faulty) -> None:
    assert loader_words(parse(text(loader=loader)), host) == ()


def test_without_an_entry_it_is_an_error_before_anything_boots(host: Faulty) -> None:
    with pytest.raises(ConfigError, match="not told what to boot") as refused:
        loader_words(parse(text(arguments="")), host)
    assert "--entry=" in hint(refused.value)
    assert refused.value.line == 3


async def test_start_hands_xl_the_program_and_stores_nothing_of_it(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    host.image("x.img")
    path = "/etc/xen/web.cfg"
    Path(host.host_path(path)).write_text(text())
    await hypervisor.definitions.new(path)
    domain = await hypervisor.inventory.find("web")
    plan = await hypervisor.lifecycle.start(domain)
    program = Path(host.store_root) / "bin/xentui-domuloader"
    assert plan.argv[2:] == (
        f"{host.store_root}/domains/{domain.uuid}/config.cfg",
        f'bootloader="{program}"',
        f'bootloader_args=["{ENTRY}"]',
    )
    assert program.read_bytes() == packed()
    assert stat.S_IMODE(program.stat().st_mode) == 0o700
    running = await hypervisor.inventory.find("web")
    assert running.running is not None
    assert running.running.bootloader == str(program)
    assert running.running.boot_method == "domUloader"
    assert (running.drift, running.differences) == ((), ())
    assert await hypervisor.editing.drift.diff(running) == []
    assert (await hypervisor.history.text(running)).startswith(text())


async def test_create_does_the_same_for_a_file(host: Faulty, hypervisor: Hypervisor) -> None:
    host.image("x.img")
    path = "/etc/xen/web.cfg"
    Path(host.host_path(path)).write_text(text())
    plan = await hypervisor.lifecycle.create(path, words=["memory=160"])
    assert plan.argv[3] == "memory=160"
    assert plan.argv[4].startswith("bootloader=")
    assert Path(host.host_path(path)).read_text() == text()


async def test_a_dry_run_installs_nothing(host: Faulty, hypervisor: Hypervisor) -> None:
    host.image("x.img")
    path = "/etc/xen/web.cfg"
    Path(host.host_path(path)).write_text(text())
    said: list[str] = []
    hypervisor.session.dry_run = True
    hypervisor.session.announce = said.append
    await hypervisor.lifecycle.create(path)
    assert "xentui-domuloader" in said[0]
    assert not (Path(host.store_root) / "bin").exists()

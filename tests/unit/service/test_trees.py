"""Guests installed from netboot trees of a server: seen where it is answered, fetched before anything is made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.kernels import PVH, bzimage, elf
from tests.served import Served, serving, without_proxies
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_making import DISK, INSTALL, said, there
from xentui.errors import CommandError, StoreError, UsageError, XentuiError
from xentui.service.hypervisor import Hypervisor
from xentui.service.making import Answers, GuestSource, SourceKind
from xentui.service.making.systems import system
from xentui.service.making.trees import kernel_words
from xentui.simulator import kernels as simulated

KERNEL, RAMDISK = simulated.kernel(), b"a ram disk" * 100
BELOW = "current/images/netboot/debian-installer/amd64"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server with Debian's netboot tree, as its mirrors have it."""
    without_proxies(monkeypatch)
    with serving() as address:
        Served.files[f"/debian/{BELOW}/linux"] = KERNEL
        Served.files[f"/debian/{BELOW}/initrd.gz"] = RAMDISK
        sums = [
            f"{hashlib.sha256(data).hexdigest()}  ./netboot/debian-installer/amd64/{name}\n"
            for name, data in (("linux", KERNEL), ("initrd.gz", RAMDISK))
        ]
        Served.files["/debian/current/images/SHA256SUMS"] = "".join(sums).encode()
        yield address


def of_tree(url: str, **more: Any) -> Answers:
    return replace(INSTALL, source=GuestSource(SourceKind.TREE, path=url, **more))


def fetched(host: Faulty) -> list[Path]:
    return sorted(path for path in (Path(host.store_root) / "trees").rglob("*") if path.is_file())


async def test_what_would_be_fetched_is_shown_and_nothing_is(
    host: Faulty, hypervisor: Hypervisor, server: str
) -> None:
    plan = await hypervisor.making.plan(of_tree(f"{server}/debian/"))
    assert any(
        reason.startswith(f"{BELOW}/linux (") and reason.endswith("checked by current/images/SHA256SUMS")
        for reason in plan.reasons
    ), plan.reasons
    assert any("nothing proves" in warning for warning in plan.warnings)
    assert fetched(host) == []


async def test_kernel_and_initrd_are_fetched_and_install_the_guest(
    host: Faulty, hypervisor: Hypervisor, server: str
) -> None:
    plan = await hypervisor.making.plan(of_tree(f"{server}/debian/"))
    made = await hypervisor.making.make(plan, start=True)
    install = said(made.install)
    kernel, ramdisk = str(install["kernel"]), str(install["ramdisk"])
    assert (Path(kernel).read_bytes(), Path(ramdisk).read_bytes()) == (KERNEL, RAMDISK)
    assert install["extra"] == "console=hvc0"
    assert made.installs and there(host)
    asked = len(Served.asked)
    again = await hypervisor.making.plan(
        replace(
            of_tree(f"{server}/debian/"), name="other", disks=(replace(INSTALL.disks[0], path=f"{DISK}2"),)
        )
    )
    assert "the kernel 6.1.0-56-amd64 boots as PV and as PVH" in again.reasons, "it is there already"
    await hypervisor.making.make(again, start=False)
    assert not [path for path in Served.asked[asked:] if path.endswith("linux")][1:], (
        "it is not fetched again"
    )


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (b"<html>an error that says 200</html>", "is not a kernel"),
        (bzimage(elf([PVH]), "gzip"), "it cannot boot as PV"),
    ],
    ids=["no kernel", "not as it is to"],
)
async def test_a_kernel_that_cannot_be_started_is_refused_before_anything_is_made(
    host: Faulty, hypervisor: Hypervisor, server: str, kernel: bytes, message: str
) -> None:
    del Served.files["/debian/current/images/SHA256SUMS"]
    Served.files[f"/debian/{BELOW}/linux"] = kernel
    plan = await hypervisor.making.plan(of_tree(f"{server}/debian/"))
    with pytest.raises(UsageError, match=message):
        await hypervisor.making.make(plan)
    assert not there(host)
    assert not (await hypervisor.inventory.poll()).domains[1:]


async def test_what_is_not_what_its_checksum_says_makes_no_guest(
    host: Faulty, hypervisor: Hypervisor, server: str
) -> None:
    plan = await hypervisor.making.plan(of_tree(f"{server}/debian/"))
    Served.files[f"/debian/{BELOW}/initrd.gz"] = RAMDISK[:-1] + b"!"
    with pytest.raises(CommandError, match="its checksum is not the tree's"):
        await hypervisor.making.make(plan)
    assert (fetched(host), there(host)) == ([], False)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("{server}/empty/", "there is no kernel with its initrd: looked for .treeinfo, current/images"),
        ("http://me:secret@localhost/x", "contains a name or a password"),
        ("http://127.0.0.1:1/x", "it cannot be fetched"),
        ("nfs://server", "is not an address of a folder"),
    ],
    ids=["nothing there", "a password", "nobody there", "no folder"],
)
async def test_a_tree_that_cannot_be_is_refused_where_it_is_answered(
    hypervisor: Hypervisor, server: str, url: str, message: str
) -> None:
    with pytest.raises(XentuiError, match=message) as refused:
        await hypervisor.making.check_source(of_tree(url.format(server=server)))
    assert isinstance(refused.value, StoreError | UsageError)
    assert "secret" not in str(refused.value.account())


async def test_a_dry_run_fetches_nothing(host: Faulty, hypervisor: Hypervisor, server: str) -> None:
    told: list[str] = []
    hypervisor.session.dry_run = True
    hypervisor.session.announce = told.append
    plan = await hypervisor.making.plan(of_tree(f"{server}/debian/"))
    await hypervisor.making.make(plan)
    assert told[0].startswith(f"xentui-fetch {server}/debian/ {BELOW}/linux")
    assert fetched(host) == []


@pytest.mark.parametrize(
    ("id", "url", "extra", "words"),
    [
        ("debian", "http://h/d", "", []),
        ("fedora", "https://h/f/", "", ["inst.repo=https://h/f"]),
        ("fedora", "nfs://h/f", "", ["inst.repo=nfs:h:/f"]),
        ("fedora", "https://h/f", "inst.repo=cdrom", []),
        ("suse", "nfs://h/s", "", ["install=nfs://h/s"]),
        (
            "alpine",
            "https://h/alpine/v3.20/releases/x86_64/netboot/",
            "",
            [
                "modloop=https://h/alpine/v3.20/releases/x86_64/netboot/modloop-virt",
                "alpine_repo=https://h/alpine/v3.20/main",
            ],
        ),
    ],
)
def test_an_installer_is_told_where_its_tree_is(id: str, url: str, extra: str, words: list[str]) -> None:
    assert kernel_words(url, system(id), extra) == words

"""What is said of a configuration when it is written, and not at each start."""

from __future__ import annotations

import pytest

from xentui.config import lint, parse
from xentui.config.linting.advice import advice

PV = "name = 'a'\nmemory = 64\n"


def said(text: str) -> list[str]:
    document = parse(text)
    assert not lint(document)
    return [problem.message for problem in advice(document)]


@pytest.mark.parametrize(
    "loader", ["bootloader = 'pygrub'", "bootloader = '/usr/lib/xen/boot/domUloader.py'"]
)
@pytest.mark.parametrize(
    ("first", "words"),
    [
        ("phy:/dev/vg0/web-swap,xvdb,w", "looks like one for swap"),
        ("phy:/dev/vg0/web_data,xvdb,w", "looks like one for data"),
        ("file:/srv/boot.iso,hdc:cdrom,r", "is a CD drive"),
    ],
)
def test_a_boot_loader_reads_the_first_disk_only(loader: str, first: str, words: str) -> None:
    (message,) = said(f"{PV}{loader}\ndisk = ['{first}', 'phy:/dev/vg0/web-root,xvda,w']\n")
    assert message.endswith(f"reads the first disk only, and that {words}")


@pytest.mark.parametrize(
    "text",
    [
        "bootloader = 'pygrub'\ndisk = ['phy:/dev/vg0/database,xvda,w', 'phy:/dev/vg0/swap,xvdb,w']",
        "bootloader = 'pygrub'\ndisk = ['phy:/dev/vg0/data,xvda,w']",
        "kernel = '/k'\ndisk = ['phy:/dev/vg0/swap,xvdb,w', 'phy:/dev/vg0/root,xvda,w']",
        "type = 'hvm'\nserial = 'pty'",
        "type = 'hvm'\nserial = [ 'pty', '/dev/ttyS1' ]",
    ],
)
def test_what_is_as_it_should_be(text: str) -> None:
    assert said(f"{PV}{text}\n") == []


def test_an_hvm_guest_without_a_serial_port_has_no_console() -> None:
    assert said(f"{PV}type = 'hvm'\n") == ["an HVM guest without serial has no console"]
    (problem,) = advice(parse(f"{PV}builder = 'hvm'\n"))
    assert 'serial = "pty"' in problem.hint


@pytest.mark.parametrize(
    ("disk", "told"),
    [
        ("format=raw,vdev=xvda,backendtype=qdisk,direct-io-safe,target=/x", True),
        ("format=qcow2,vdev=xvda,direct-io-safe,target=/x", True),
        ("format=raw,vdev=xvda,direct-io-safe,target=/x", False),
        ("format=raw,vdev=xvda,backendtype=qdisk,target=/x", False),
    ],
)
def test_a_disk_that_debians_qemu_cannot_open_is_told(disk: str, *, told: bool) -> None:
    warned = [words for words in said(f"{PV}kernel = '/k'\ndisk = ['{disk}']\n") if "direct-io-safe" in words]
    assert bool(warned) is told

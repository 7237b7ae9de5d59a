"""A file that xl takes keeps what xl makes of it: no word of xm's in it changes the guest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from tests.unit.config.generator import Generator
from xentui.config import lint, parse, to_libxl
from xentui.config.convert import convert
from xentui.errors import ConfigError

PV = 'name = "d12"\nkernel = "/k"\ndisk = [ "phy:/dev/vg0/d12,xvda,w" ]\n'
XL_ERA = "/usr/lib/xen-4.17/bin/pygrub"


def comments(text: str) -> list[str]:
    return [line for line in convert(text).text.splitlines() if line.startswith("# ")]


@pytest.mark.parametrize(
    "words",
    [
        "dhcp = 'dhcp'",
        "ip = '192.0.2.7'\nnetmask = '255.255.255.0'\nhostname = 'd12'",
        "nfs_server = '192.0.2.9'\nnfs_root = '/srv'",
        "on_xend_start = 'start'",
        "description = 'the web'",
        "cpu_cap = 50",
        "cpu = 2",
        "restart = 'always'",
        "extid = 1",
        "netif = 1",
        "nics = 2",
        "irq = [ 7 ]",
        "vcpu_avail = 1",
        "bootargs = '--entry=1'",
        "device_model = '/usr/lib/xen/bin/qemu-dm'",
        "device_model = '/usr/lib/xen/bin/stubdom-dm'",
    ],
)
@pytest.mark.parametrize("more", ["memory = 256\n", "vnc = 1\nvnclisten = '127.0.0.1'\n", "type = 'pvh'\n"])
def test_a_left_over_word_becomes_a_comment_and_nothing_else(words: str, more: str) -> None:
    text = f"{PV}{more}{words}\n"
    made = convert(text)
    assert made.text == PV + more + "".join(f"# {word}\n" for word in words.splitlines())
    assert len(made.changes) == len(words.splitlines())
    assert to_libxl(made.document) == to_libxl(parse(text))


def test_what_xm_would_have_done_is_said() -> None:
    (change,) = convert(f"{PV}dhcp = 'dhcp'\n").changes
    assert "ip=:127.0.255.255::::eth0:dhcp" in change.reason


def test_the_same_file_asked_for_as_xms() -> None:
    made = convert(f"{PV}root = '/dev/xvda'\ndhcp = 'dhcp'\n", as_xm=True)
    assert made.document.string("extra") == "ip=:127.0.255.255::::eth0:dhcp"
    assert made.document.number("memory") == 128
    assert made.document.string("on_crash") == "restart"


def test_a_path_of_pygrub_costs_no_screen() -> None:
    text = f"name='c7'\nbootloader='{XL_ERA}'\nmemory=512\nvnc=1\nvnclisten='127.0.0.1'\n"
    assert convert(text).text == text.replace(XL_ERA, "pygrub")


@pytest.mark.parametrize(
    "mistake",
    [
        "uuid = '11112222333344445555666677778888'",
        "vif = [ 'type=netfront' ]",
        "vcpus = 1 + 1",
        "disk = [ 'phy:/d,/dev/xvda,w' ]",
    ],
)
def test_what_only_xl_reads_makes_a_file_xls_whatever_has_to_be_mended(mistake: str) -> None:
    made = convert(f"name='p2'\ntype='pvh'\nkernel='/k'\n{mistake}\non_xend_start='start'\n").document
    assert "memory" not in made.keys()  # noqa: SIM118 - not a dict
    assert "on_crash" not in made.keys()  # noqa: SIM118 - not a dict


def test_a_device_name_that_libxl_refuses_at_the_start_is_mended() -> None:
    made = convert(PV.replace("xvda", "/dev/xvda"))
    assert made.text == PV


def test_blanks_in_an_interface_keep_what_they_mean_to_xl() -> None:
    text = f"{PV}vif = [ 'bridge=xenbr0, mac = 00:16:3e:00:00:01' ]\n"
    assert convert(text).text == text
    assert any("does not know 'mac = 00" in problem.message for problem in lint(parse(text)))


def test_old_words_of_a_frame_buffer() -> None:
    made = convert(f"{PV}vfb = [ 'type=vnc,vncpasswd=x,serial=pty' ]\n").document
    assert made.strings("vfb") == ("vnc=1,vncpasswd=x",)
    assert convert(f"{PV}vfb = [ 'type=sdl,keymap=de' ]\n").document.strings("vfb") == ("keymap=de",)


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=400)
def test_whatever_xl_takes_means_the_same_afterwards(seed: int) -> None:
    text = Generator(seed).configuration()
    before = _meaning(text)
    if before is None or not parse(text).string("name"):
        return
    made = convert(text)
    after = _meaning(made.text)
    assert after is not None
    assert _started(after) == _started(before)


def _meaning(text: str) -> dict[str, object] | None:
    try:
        return to_libxl(parse(text))
    except ConfigError:
        return None


def _started(config: dict[str, object]) -> dict[str, object]:
    """Without what libxl refuses at the start: names of disks that are none, emulated interfaces of PV guests."""
    devices = {"disks": "vdev"} if "type.hvm" in str(config) else {"disks": "vdev", "nics": "nictype"}
    for key, refused in devices.items():
        for device in config.get(key, []):  # type: ignore[attr-defined]
            device.pop(refused, None)
    return config

"""What of a domain of xend is carried over, and that all else is told."""

from __future__ import annotations

import re
from unittest.mock import ANY

import pytest
from hypothesis import given, settings, strategies as st

from xentui.config.convert import Conversion, convert
from xentui.config.convert.xend_known import BY_XM, DEVICE_RUN_TIME, FILLED_IN, IMAGE_RUN_TIME, RUN_TIME
from xentui.config.libxl.translation import translate

UUID = "11111111-2222-3333-4444-555555555555"
KERNEL = "(linux (kernel /k))"


def domain(image: str = KERNEL, more: str = "") -> Conversion:
    """A domain, whose result xl takes."""
    made = convert(f"(domain (name a) (memory 64) (vcpus 1) (on_crash restart) (image {image}) {more})")
    translate(made.document)
    return made


def told(made: Conversion) -> dict[str, str]:
    """The changes but for the first, which tells of the file as a whole."""
    return {change.before: change.reason for change in made.changes[1:]}


def test_an_hvm_guest_with_everything() -> None:
    made = domain(
        "(hvm (kernel '') (loader /usr/lib/xen/boot/hvmloader) (boot c) (rtc_timeoffset -3600) (extid 1) (tsc_mode 2)"
        " (pci_msitranslate 0) (nomigrate 1))",
        "(device (vbd (dev hda:disk) (uname phy:/dev/vg0/web1) (mode w)))"
        " (device (vfb (vnc 1) (vnclisten 0.0.0.0) (vncpasswd geheim) (keymap de) (vncdisplay 7)))"
        " (device (pci (dev (slot 0x00) (domain 0x0000) (bus 0x01) (vdevfn 0x100) (func 0x0)"
        " (opts ((msitranslate 1) (power_mgmt 1))))))",
    )
    wanted = {
        "boot": "c", "viridian": 1, "rtc_timeoffset": "-3600", "tsc_mode": "native", "nomigrate": 1,
        "pci_msitranslate": 0, "vnc": 1, "vnclisten": ANY, "vncdisplay": 7, "vncpasswd": "geheim",
        "keymap": "de", "pci": ["0000:01:00.0,msitranslate=1,power_mgmt=1"],
    }  # fmt: skip
    assert {key: made.document.get(key) for key in wanted} == wanted
    assert list(told(made)) == ["(extid 1)", "(image (hvm (loader /usr/lib/xen/boot/hvmloader)))"]
    assert made.problems == ()


def test_a_password_is_never_left_behind() -> None:
    """The image says that the screen is open to all, and only the frame buffer has the password."""
    made = domain("(hvm (vnc 1) (vnclisten 0.0.0.0))", "(device (vfb (vncpasswd geheim)))")
    assert 'vnclisten = "0.0.0.0"\nvncpasswd = "geheim"\n' in made.text


@pytest.mark.parametrize(
    ("image", "devices"),
    [
        (KERNEL, "(device (vfb (vnc 1) (vnclisten 0.0.0.0) (vncpasswd 'a,b'))) (device (vfb (sdl 1)))"),
        (KERNEL, "(device (vfb (vnc 0) (vnclisten 0.0.0.0) (vncpasswd 'a,b')))"),
        (KERNEL, "(device (vfb (vnc 1) (vnclisten 0.0.0.0) (vncpasswd (a b))))"),
        ("(hvm (vnc 1) (vnclisten 0.0.0.0) (vncpasswd (a b)))", ""),
    ],
)
def test_a_password_that_cannot_be_written_shuts_the_screen_and_is_an_error(image: str, devices: str) -> None:
    made = domain(image, devices)
    assert "vnclisten" not in made.text
    assert any("(vnclisten 0.0.0.0)" in before for before in told(made))
    (error,) = (change for change in made.changes if change.error)
    assert made.failed
    assert made.errors == ()
    sentence = error.sentence("config.sxp")
    assert sentence.startswith("error: config.sxp:1: taken out: (")
    assert "(vncpasswd …)" in sentence
    assert not re.search(r"a,b|a b", sentence)


def test_a_comma_in_the_password_of_the_only_frame_buffer() -> None:
    made = domain(KERNEL, "(device (vfb (vnc 1) (vnclisten 0.0.0.0) (vncpasswd 'a,b')))")
    assert 'vnc = 1\nvnclisten = "0.0.0.0"\nvncpasswd = "a,b"\n' in made.text
    assert not made.failed


def test_passwords_are_not_shown() -> None:
    made = domain(
        "(hvm (vnc 1) (vncpasswd one))",
        "(device (vfb (vncpasswd two))) (device (vfb (vnc 1) (vncpasswd three)))",
    )
    said = "\n".join(change.sentence("x") for change in made.changes)
    assert made.document.string("vncpasswd") == "two"
    assert not re.search("one|two|three", said.replace("one screen", "").replace("another one", ""))


def test_a_paravirtual_guest_keeps_its_clock_and_its_rate() -> None:
    made = domain(
        "(linux (kernel /k) (tsc_mode 2) (nomigrate 1))",
        "(localtime 1) (device (vif (mac 00:16:3e:00:00:01) (bridge br0) (rate '62500,50000')))",
    )
    assert 'localtime = 1\ntsc_mode = "native"\nnomigrate = 1\n' in made.text
    assert made.document.strings("vif") == ("mac=00:16:3e:00:00:01,bridge=br0,rate=10Mb/s",)


RATES = [
    ("10Mb/s", "10Mb/s"),
    ("62500,50000", "10Mb/s"),
    ("62501,50000", "1250020B/s"),
    ("1,1000000", "1B/s@1000ms"),
    ("333,777", "428572B/s@777us"),
    ("4294967295,0", ""),
    ("0,50000", ""),
    ("fast", ""),
    ("1,2,3", ""),
]


@pytest.mark.parametrize(("rate", "after"), RATES)
def test_rates(rate: str, after: str) -> None:
    made = domain(KERNEL, f"(device (vif (rate '{rate}')))")
    (spec,) = made.document.strings("vif")
    assert spec == (f"rate={after}" if after else "")
    assert made.problems == ()
    assert (spec == f"rate={rate}") or any(rate in before for before in told(made))


def test_the_form_that_xm_sends() -> None:
    made = convert(
        "(vm (name web1) (memory 256) (vcpus 2) (cpus 0-3,^2) (localtime 1) (restart onreboot) (backend (netif))"
        " (image (linux (kernel /k))) (device (vbd (uname phy:vg/x) (dev xvda) (mode w))))"
    )
    assert made.text == (
        'name = "web1"\ntype = "pv"\nkernel = "/k"\nlocaltime = 1\nmemory = 256\nvcpus = 2\ncpus = "0-3,^2"\n'
        'driver_domain = 1\non_poweroff = "destroy"\non_reboot = "restart"\non_crash = "destroy"\n'
        'disk = [\n    "phy:vg/x,xvda,w",\n]\n'
    )
    assert list(told(made)) == ["(backend (netif))", "(restart onreboot)"]
    assert made.problems == ()


AFFINITIES = [
    ("(cpus 0-3,^1)", '"0-3,^1"'),
    ("(cpus (0-1 2))", '[\n    "0-1",\n    "2",\n]'),
    ("(cpus (() ()))", ""),
    ("(cpu 2)", '"2"'),
    ("(cpu 2) (cpus 3)", '"2,3"'),
    ("(cpus ((0 1) ())) (cpus ((0 1) ()))", '[\n    "0,1",\n    "all",\n]'),
]


@pytest.mark.parametrize(("given", "after"), AFFINITIES)
def test_affinity(given: str, after: str) -> None:
    made = convert(f"(domain (name a) (memory 64) (vcpus 2) (on_crash restart) {given} (image {KERNEL}))")
    assert ("\ncpus =" in made.text) == bool(after)
    assert not after or f"\ncpus = {after}\n" in made.text
    assert told(made) == {}


LEFT = [
    ("(features pae)", "(features pae)"),
    ("(cpus nonsense)", "(cpus nonsense)"),
    ("(cpu_weight 1.0)", "(cpu_weight 1.0)"),
    ("(uuid 'x\\x1b')", "(uuid x�)"),
    ("(security_label ACM:a:b)", "(security_label ACM:a:b)"),
    ("(maxmem 64) (memory_static_max 1048576)", "(memory_static_max 1048576)"),
    ("(actions_after_crash destroy)", "(actions_after_crash destroy)"),
    ("(device (vtpm (backend 0)))", "(device (vtpm (backend 0)))"),
    ("(device (vbd (uname phy:x)))", "(device (vbd (uname phy:x)))"),
    ("(device (vbd (uname phy:x) (dev xvda) (protocol p)))", "(device (vbd (protocol p)))"),
    ("(device (vif (bridge 'a,b')))", "(device (vif (bridge a,b)))"),
    ("(device (pci (dev (bus 1) (slot 1))))", "(device (pci (dev (bus 1) (slot 1))))"),
    ("(device (pci (dev (bus 1) (slot 1) (func 0) (vdevfn 0x29))))", "(device (pci (dev (vdevfn 0x29))))"),
    ("(device (pci (dev (bus 1) (slot 1) (func 0) (opts ((x 1))))))", "(device (pci (dev (opts (x 1)))))"),
    ("(device (ioports (from a) (to b)))", "(device (ioports (from a) (to b)))"),
    ("(platform ((fda /f)))", "(platform (fda /f))"),
    ("(vcpus_params ((cpumap0 1)))", "(vcpus_params (cpumap0 1))"),
    ("(bootloader_args -q)", "(bootloader_args -q)"),
]


@pytest.mark.parametrize(("given", "before"), LEFT)
def test_what_has_no_place_is_told_with_a_reason(given: str, before: str) -> None:
    made = domain(KERNEL, given)
    (change,) = made.changes[1:]
    assert (change.before, change.after) == (before, "")
    assert change.reason


def test_what_is_of_the_moment_and_what_xend_filled_in_is_not_told() -> None:
    running = " ".join(f"({name} 7)" for name in sorted(RUN_TIME))
    filled = " ".join(
        f"({name} '{values[0]}')" for name, values in FILLED_IN.items() if name != "HVM_boot_policy"
    )
    connected = " ".join(f"({name} x)" for name in sorted(DEVICE_RUN_TIME))
    notes = " ".join(f"({name} (FEATURES x))" for name in sorted(IMAGE_RUN_TIME))
    more = " ".join(f"({name} /root/.X)" for name in BY_XM)
    made = domain(
        f"(linux (kernel /k) {notes} {filled} {more} (device_model /usr/lib/xen/bin/qemu-dm))",
        f"{running} {filled} (other_config ()) (Description '') (device (vif (backend 0) {connected}))"
        f" (device (vkbd (uuid x) (backend 0))) (device (console (protocol vt100) (location 2)))",
    )
    assert told(made) == {}


def test_the_files_of_a_boot_loader_are_not_taken_for_the_guests_kernel() -> None:
    made = domain("(linux (kernel /tmp/k.x) (ramdisk /tmp/r.x))", "(bootloader /usr/bin/pygrub)")
    assert made.document.get("kernel") is None
    assert {"(image (linux (kernel /tmp/k.x)))", "(image (linux (ramdisk /tmp/r.x)))"} <= set(told(made))


def test_too_little_video_memory_for_libxl_is_not_carried_over() -> None:
    assert "videoram" not in domain("(hvm (videoram 4) (stdvga 0))").text
    assert "videoram = 16" in domain("(hvm (videoram 16) (stdvga 1))").text


NAMES = st.from_regex(r"zz[a-z]{3,8}", fullmatch=True)
VALUES = st.sampled_from(["1", "x", "'a b'", "(1 2)", "((k v))", "''x", "0", "False"])
PLACES = (
    "(domain (name a) (memory 64) (on_crash restart) {0} (image (linux (kernel /k) {1})) (platform ((k 1) {2}))"
    " (vcpus_params ((cap 5) {3})) (device (vif (mac 00:16:3e:00:00:01) {4}))"
    " (device (vbd (uname phy:x) (dev xvda) {5})) (device (vfb (vnc 1) {6} (other_config ((vnc 1) {7}))))"
    " (device (pci {8} (dev (bus 1) (slot 1) (func 0) {9})))"
    " (device ({10} (a b))) (device (vkbd {11})) (device (console {12})))"
)


@given(st.lists(NAMES, min_size=13, max_size=13, unique=True), st.lists(VALUES, min_size=13, max_size=13))
@settings(deadline=None, max_examples=60)
def test_nothing_is_forgotten(names: list[str], values: list[str]) -> None:
    """An entry that nobody knows is told, wherever it stands."""
    entries = [f"({name} {value})" for name, value in zip(names, values, strict=True)]
    entries[10] = names[10]
    made = convert(PLACES.format(*entries))
    said = " ".join(told(made))
    assert [name for name in names if name not in said] == []

"""Which way an entry of a boot menu is booted, what xl is told, and what becomes of a choice that is stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from xentui import config as language
from xentui.errors import NotAllowedError
from xentui.hosts.sim import SimHost
from xentui.model.boot_menu import BootEntry, BootMenu, BootPlace, PygrubEntry, PygrubMenu, WantedEntry
from xentui.service import boot_default
from xentui.service.boot_choice import BootWay, choose, pygrub_number

PYGRUB = "name = 'g'\nbootloader = 'pygrub'\ndisk = ['file:/g.img,xvda,w']\n"
PVH = "name = 'g'\ntype = 'pvh'\nkernel = '/usr/lib/grub-xen/grub-i386-xen_pvh.bin'\ndisk = ['file:/g.img,xvda,w']\n"
DIRECT = "name = 'g'\nkernel = '/boot/vmlinuz'\ndisk = ['file:/g.img,xvda,w']\n"
HVM = "name = 'g'\ntype = 'hvm'\ndisk = ['file:/g.img,hda,w']\n"
EXT4 = BootPlace(1, 1 << 20, "ext4")
NEW = BootEntry(
    "New",
    kernel="/boot/vmlinuz-2",
    initrd=("/boot/initrd-2",),
    args="root=/dev/xvda1 ro",
    default=True,
    place=EXT4,
)
OLD = BootEntry(
    "Old", ("Advanced",), "/boot/vmlinuz-1", ("/boot/initrd-1",), "root=/dev/xvda1 ro", place=EXT4
)
SEEN = PygrubMenu(
    "/boot/grub/grub.cfg",
    (
        PygrubEntry("New", "/boot/vmlinuz-2", "/boot/initrd-2", "root=/dev/xvda1 ro"),
        PygrubEntry("Old", "/boot/vmlinuz-1", "/boot/initrd-1", "root=/dev/xvda1 ro"),
    ),
    0,
    (0, 1),
)
MENU = BootMenu("grub2", (NEW, OLD), disk="/g.img", pygrub=SEEN)


@pytest.fixture
def host(tmp_path: Path) -> SimHost:
    return SimHost(tmp_path)


def chosen(
    host: SimHost, text: str, wanted: WantedEntry, menu: BootMenu = MENU
) -> tuple[BootWay, str, list[str]]:
    """The way, the loader, and what that is told."""
    choice = choose(language.parse(text), menu, wanted, host)
    words = language.parse("\n".join(choice.words))
    return choice.way, words.string("bootloader") or "", list(words.strings("bootloader_args"))


@pytest.mark.parametrize("wanted", ["Old", "Advanced>Old", "1"])
def test_what_pygrub_has_alike_it_is_told_by_title(host: SimHost, wanted: str) -> None:
    assert chosen(host, PYGRUB, WantedEntry(wanted)) == (BootWay.ENTRY, "pygrub", ["--entry=Old"])


def test_other_arguments_of_pygrub_stay(host: SimHost) -> None:
    text = PYGRUB + "bootloader_args = ['-q', '--runas=600', '--entry=New', '-i']\n"
    assert chosen(host, text, WantedEntry("Old"))[2] == ["-q", "--runas=600", "--entry=Old"]


@pytest.mark.parametrize("titles", [("Old", "Old"), ("5", "7"), ("a\\u001bb", "x")])
def test_a_title_that_means_something_else_to_pygrub_goes_by_number(
    host: SimHost, titles: tuple[str, str]
) -> None:
    entries = tuple(replace(each, title=title) for each, title in zip(SEEN.entries, titles, strict=True))
    menu = replace(MENU, pygrub=replace(SEEN, entries=entries))
    told = "--entry=1" if titles[1] != "x" else "--entry=x"
    assert chosen(host, PYGRUB, WantedEntry("Old"), menu)[2] == [told]


def test_edited_arguments_go_with_the_paths_and_the_partition(host: SimHost) -> None:
    way, loader, told = chosen(host, PYGRUB, WantedEntry("New", more="init=/bin/sh"))
    assert (way, loader) == (BootWay.PATHS, "pygrub")
    assert told == [
        "--kernel=/boot/vmlinuz-2", "--ramdisk=/boot/initrd-2", "--args=root=/dev/xvda1 ro init=/bin/sh",
        "--offset=1048576",
    ]  # fmt: skip
    assert chosen(host, PYGRUB, WantedEntry("New", args="single"))[2][2] == "--args=single"


def test_an_entry_pygrub_has_otherwise_goes_with_the_paths(host: SimHost) -> None:
    other = replace(SEEN, entries=(replace(SEEN.entries[0], args="$kernelopts"), SEEN.entries[1]))
    assert chosen(host, PYGRUB, WantedEntry("New"), replace(MENU, pygrub=other))[0] is BootWay.PATHS


def test_grub_in_the_guest_is_passed_by(host: SimHost) -> None:
    way, loader, told = chosen(host, PVH, WantedEntry("Old"))
    assert (way, loader, told[0]) == (BootWay.PATHS, "pygrub", "--kernel=/boot/vmlinuz-1")


@pytest.mark.parametrize(
    ("place", "named"),
    [
        (BootPlace(2, 1 << 20, "xfs"), ["--entry=xvda2:/boot/vmlinuz-2,/boot/initrd-2", "--args=root=/dev/xvda1 ro"]),
        (BootPlace(0, 0, "btrfs"), ["--entry=xvda:/boot/vmlinuz-2,/boot/initrd-2", "--args=root=/dev/xvda1 ro"]),
        (
            BootPlace(0, 0, "ext4", "lvm/vg-root"),
            ["--entry=xvda:/boot/vmlinuz-2,/boot/initrd-2", "--args=root=/dev/xvda1 ro", "--volume=lvm/vg-root"],
        ),
    ],
)  # fmt: skip
def test_what_pygrub_cannot_read_is_taken_out(host: SimHost, place: BootPlace, named: list[str]) -> None:
    menu = replace(MENU, entries=(replace(NEW, place=place),), pygrub=PygrubMenu(numbers=(-1,)))
    way, loader, told = chosen(host, PYGRUB, WantedEntry(), menu)
    assert (way, told) == (BootWay.TAKEN_OUT, named)
    assert loader.endswith("/bin/xentui-domuloader")


def test_microcode_is_left_out_and_several_initrds_are_refused(host: SimHost) -> None:
    entry = replace(NEW, initrd=("/boot/amd-ucode.img", "/boot/initrd-2"))
    assert (
        chosen(host, PYGRUB, WantedEntry(), replace(MENU, entries=(entry, OLD)))[2][1]
        == "--ramdisk=/boot/initrd-2"
    )
    entry = replace(NEW, initrd=("/boot/a", "/boot/b"))
    with pytest.raises(NotAllowedError, match="several initrds"):
        chosen(host, PYGRUB, WantedEntry(), replace(MENU, entries=(entry, OLD)))


@pytest.mark.parametrize(
    ("text", "menu", "wanted", "said"),
    [
        (PYGRUB, MENU, "Nwe", "no entry “Nwe”"),
        (PYGRUB, MENU, "2", "no entry “2”"),
        (PYGRUB, replace(MENU, entries=(NEW, replace(NEW, default=False))), "New", "several entries .* 0, 1"),
        (PYGRUB, replace(MENU, entries=(replace(NEW, kernel="", loader="chainloader"),)), "", "no kernel"),
        (PYGRUB, replace(MENU, entries=(replace(NEW, loader="multiboot"),)), "", "no kernel"),
        (PYGRUB, replace(MENU, entries=(replace(NEW, place=None),), pygrub=None), "", "is not there"),
        (PYGRUB, replace(MENU, entries=(OLD,)), "", "no default"),
        (HVM, MENU, "New", "HVM"),
        (DIRECT, BootMenu("direct kernel", (NEW,)), "New", "nothing to choose"),
    ],
)
def test_what_cannot_be_chosen_says_why(
    host: SimHost, text: str, menu: BootMenu, wanted: str, said: str
) -> None:
    with pytest.raises(NotAllowedError, match=said):
        choose(language.parse(text), menu, WantedEntry(wanted), host)


def test_near_titles_are_offered(host: SimHost) -> None:
    with pytest.raises(NotAllowedError) as caught:
        choose(language.parse(PYGRUB), MENU, WantedEntry("Nwe"), host)
    assert caught.value.details == ("there is “New”",)


def test_a_stored_choice_is_two_lines_and_a_comment(host: SimHost) -> None:
    text = "# mine\n" + PYGRUB + "memory = 256 # much\n"
    document = language.parse(text)
    stored = boot_default.with_default(document, choose(document, MENU, WantedEntry("Old"), host))
    assert stored.text == (
        text + '# boot entry: Advanced>Old, kernel /boot/vmlinuz-1\nbootloader_args = ["--entry=Old"]\n'
    )
    assert boot_default.wanted_entry(stored) == "Old"
    assert boot_default.noted(stored) == ("Advanced>Old", "/boot/vmlinuz-1")
    again = boot_default.with_default(stored, choose(stored, MENU, WantedEntry("New"), host))
    assert again.text.count("# boot entry") == 1
    assert boot_default.noted(again)[1] == "/boot/vmlinuz-2"


@pytest.mark.parametrize(
    "given",
    ["bootloader_args = ['-q', '--entry=Old']", "bootargs = '-q --entry=Old'", "bootargs = '--entry=Old'"],
)
def test_a_stored_choice_is_taken_back_however_it_is_written(given: str) -> None:
    document = language.parse(f"{PYGRUB}{given}\n")
    assert boot_default.wanted_entry(document) == "Old"
    left = boot_default.without_default(document)
    assert boot_default.wanted_entry(left) == ""
    assert list(left.strings("bootloader_args")) == (["-q"] if "-q" in given else [])


@pytest.mark.parametrize(
    ("name", "number"),
    [("1", 1), (" +1 ", 1), ("1_0", 10), ("_", None), ("1__0", None), ("New", None), ("", None)],
)
def test_pygrub_takes_for_a_number_what_python_does(name: str, number: int | None) -> None:
    assert pygrub_number(name) == number

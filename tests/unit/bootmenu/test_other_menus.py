"""Menus of GRUB legacy, extlinux and isolinux."""

from __future__ import annotations

import contextlib
import textwrap

import pytest
from hypothesis import given, strategies as st

from xentui.bootmenu import legacy, syslinux
from xentui.bootmenu.files import MemoryFiles
from xentui.bootmenu.limits import BootMenuError
from xentui.bootmenu.menu import Menu


def old(text: str) -> Menu:
    path = "/boot/grub/menu.lst"
    return legacy.read_menu(MemoryFiles({"hd0,1": {path: textwrap.dedent(text).encode()}}), "hd0,1", path)


def linux(text: str, path: str = "/boot/extlinux/extlinux.conf", **files: str) -> Menu:
    there = {f"/boot/extlinux/{name}": content.encode() for name, content in files.items()}
    there[path] = textwrap.dedent(text).encode()
    return syslinux.read_menu(MemoryFiles({"": there}), "", path)


def test_a_menu_of_grub_legacy() -> None:
    found = old(
        """\
        # comment
        default=1
        timeout 3
        hiddenmenu
        title  Debian, kernel 2
        root (hd0,0)
        kernel --type=linux (hd0,1)/boot/vmlinuz-2 root=/dev/xvda1  ro
        initrd /boot/initrd-2
        title Xen
        kernel /boot/xen.gz dom0_mem=1G
        module /boot/vmlinuz-3 root=/dev/sda1
        module /boot/initrd-3
        """
    )
    assert (found.default, found.timeout) == (1, 3.0)
    one, two = found.entries
    assert (one.kernel, one.args, one.device) == ("/boot/vmlinuz-2", "root=/dev/xvda1  ro", "hd0,2")
    assert (one.initrd, one.first, one.last) == (("/boot/initrd-2",), 5, 8)
    assert (two.kernel, two.initrd) == ("/boot/xen.gz", ("/boot/vmlinuz-3", "/boot/initrd-3"))


def test_the_saved_default_of_grub_legacy_is_said_to_be_unknown() -> None:
    found = old("default saved\ntitle a\nkernel /k\n")
    assert (found.default, found.notes) == (0, (legacy.SAVED,))


def test_a_menu_of_extlinux() -> None:
    found = linux(
        """\
        DEFAULT l1
        PROMPT 1
        TIMEOUT 50
        APPEND root=/dev/sda1
        LABEL l0
          MENU LABEL ^Debian 6.1
          LINUX ../vmlinuz-6.1
          INITRD ../initrd-6.1,extra.img
        label l1
          kernel vmlinuz
          append initrd=/boot/i1,i2 console=hvc0 ro
        include more.conf
        """,
        **{"more.conf": "label l2\n linux /k\n append -\n"},
    )
    assert (found.loader, found.timeout, found.entries[found.default].title) == ("extlinux", 5.0, "l1")
    zero, one, two = found.entries
    assert (zero.title, zero.kernel, zero.args) == ("Debian 6.1", "/boot/vmlinuz-6.1", "root=/dev/sda1")
    assert zero.initrd == ("/boot/initrd-6.1", "/boot/extlinux/extra.img")
    assert (one.kernel, one.args) == ("/boot/extlinux/vmlinuz", "console=hvc0 ro")
    assert one.initrd == ("/boot/i1", "/boot/extlinux/i2")
    assert (two.kernel, two.args, two.source) == ("/k", "", "/boot/extlinux/more.conf")


def test_a_graphic_menu_boots_the_marked_entry_when_its_time_is_over() -> None:
    found = linux(
        """\
        UI vesamenu.c32
        TIMEOUT 0
        LABEL a
          LINUX a
        MENU BEGIN more
        MENU TITLE More of it
        LABEL b
          MENU DEFAULT
          LINUX b
        MENU END
        LABEL c
          MENU HIDE
          LINUX c
        """
    )
    assert [(entry.submenu, entry.title) for entry in found.entries] == [((), "a"), (("More of it",), "b")]
    assert (found.timeout, found.entries[found.default].title) == (None, "b")


def test_files_that_include_each_other_come_to_an_end() -> None:
    found = linux("label a\nlinux a\ninclude extlinux.conf\n")
    assert found.notes
    with pytest.raises(BootMenuError):
        linux("include nothing.conf\n")


@given(st.text(alphabet="abdefilmnotux ().,/=-^\n10", max_size=300))
def test_any_text_is_a_menu_or_a_sentence(text: str) -> None:
    for read in (old, linux):
        with contextlib.suppress(BootMenuError):
            read(text)

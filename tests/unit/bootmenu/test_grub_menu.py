"""Menus of grub.cfg files as GRUB 2 makes them."""

from __future__ import annotations

import contextlib
import textwrap

import pytest
from hypothesis import given, strategies as st

from tests.unit.bootmenu.grub_scripts import Generator
from xentui.bootmenu import limits
from xentui.bootmenu.files import MemoryFiles
from xentui.bootmenu.grub_menu import read_menu
from xentui.bootmenu.limits import BootMenuError
from xentui.bootmenu.menu import Menu

DEBIAN = """
if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="${saved_entry}"
fi
set timeout=5
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'simple' {
	insmod gzio
	search --no-floppy --fs-uuid --set=root abcd-1
	linux	/boot/vmlinuz-2 root=UUID=abcd-1 ro  quiet
	initrd	/boot/early.img /boot/initrd.img-2
}
submenu 'Advanced options' $menuentry_id_option 'advanced' {
	menuentry 'Linux 2 (recovery mode)' --class os $menuentry_id_option 'recovery' {
		linux	/boot/vmlinuz-2 root=UUID=abcd-1 ro single
	}
	menuentry 'Linux 1' {
		linux	/boot/vmlinuz-1 root=UUID=abcd-1 ro
	}
}
menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {
	fwsetup
}
"""


def menu(text: str, **files: str) -> Menu:
    """The menu of a grub.cfg; more files by their names in its folder."""
    there = {f"/boot/grub/{name}": content.encode() for name, content in files.items()}
    there["/boot/grub/grub.cfg"] = textwrap.dedent(text).encode()
    return read_menu(MemoryFiles({"hd0,1": there}, {"abcd-1": "hd0,1"}), "hd0,1", "/boot/grub/grub.cfg")


def titles(text: str, **files: str) -> list[str]:
    return [entry.title for entry in menu(text, **files).entries]


def block(**variables: str) -> str:
    """An environment block as grub-editenv(1) writes it."""
    text = "# GRUB Environment Block\n" + "".join(f"{name}={value}\n" for name, value in variables.items())
    return text.ljust(1024, "#")


def test_a_menu_of_grub_mkconfig() -> None:
    found = menu(DEBIAN)
    assert [(entry.submenu, entry.title) for entry in found.entries] == [
        ((), "Debian GNU/Linux"),
        (("Advanced options",), "Linux 2 (recovery mode)"),
        (("Advanced options",), "Linux 1"),
        ((), "UEFI Firmware Settings"),
    ]
    first = found.entries[0]
    assert (first.kernel, first.args) == ("/boot/vmlinuz-2", "root=UUID=abcd-1 ro quiet")
    assert first.initrd == ("/boot/early.img", "/boot/initrd.img-2")
    assert (first.first, first.last, first.device) == (15, 20, "hd0,1")
    assert (found.default, found.timeout, found.entries[3].loader) == (0, 5.0, "fwsetup")


@pytest.mark.parametrize(
    ("environment", "default", "once"),
    [
        ({}, "Debian GNU/Linux", False),
        ({"saved_entry": "advanced>Linux 1"}, "Linux 1", False),
        ({"saved_entry": "1>0"}, "Linux 2 (recovery mode)", False),
        ({"saved_entry": "2"}, "UEFI Firmware Settings", False),
        ({"saved_entry": "2", "next_entry": "advanced>recovery"}, "Linux 2 (recovery mode)", True),
        ({"saved_entry": "gone"}, "Debian GNU/Linux", False),
        ({"saved_entry": "77"}, "Debian GNU/Linux", False),
        ({"saved_entry": "1"}, "Linux 2 (recovery mode)", False),
    ],
)
def test_the_default_is_the_one_the_environment_names(
    environment: dict[str, str], default: str, once: bool
) -> None:
    found = menu(DEBIAN, grubenv=block(**environment))
    assert (found.entries[found.default].title, found.once) == (default, once)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set a='one two'\nmenuentry \"<$a>\" { true; }", ["<one two>"]),
        ("set a='one two'\nmenuentry l${a}r { true; }", ["lone"]),
        ("set a=hd:LABEL=x\\207\nmenuentry $a { true; }", ["hd:LABEL=x207"]),
        ("menuentry 'a\\$b' { true; }\nmenuentry \"a\\$b\\x\" { true; }", ["a\\$b", "a$b\\x"]),
        ("for i in 1 2; do menuentry e$i { true; }; done", ["e1", "e2"]),
        ("function f { menuentry $1-$# { true; }; }\nf a b", ["a-2"]),
        ("if [ -n '' ]; then menuentry a { true; }; elif true; then menuentry b { true; }; fi", ["b"]),
        ('set i=\nwhile [ "$i" != aaa ]; do set i=a$i; menuentry $i { true; }; done', ["a", "aa", "aaa"]),
        ("menuentry a#b { true; } # comment", ["a#b"]),
        ("if [ a = b -a b = b ]; then true; else menuentry no { true; }; fi", ["no"]),
        ("source $prefix/more.cfg\nmenuentry b { true; }", ["more", "b"]),
        ("menuentry --class x --unrestricted a --users '' { true; }", ["a"]),
    ],
)
def test_scripts_are_run_as_grub_runs_them(text: str, expected: list[str]) -> None:
    assert titles(text, **{"more.cfg": "menuentry more { true; }"}) == expected


def test_a_stub_hands_on_to_another_file() -> None:
    files = {
        "": {
            "/EFI/debian/grub.cfg": b"search.fs_uuid abcd-1 root\nset prefix=($root)/boot/grub\n"
            b"configfile $prefix/grub.cfg\n"
        }
    }
    files["hd0,2"] = {"/boot/grub/grub.cfg": b"menuentry there { linux /vmlinuz; }\n"}
    found = read_menu(MemoryFiles(files, {"abcd-1": "hd0,2"}), "", "/EFI/debian/grub.cfg")
    assert (found.source, found.entries[0].title, found.entries[0].device) == (
        "/boot/grub/grub.cfg",
        "there",
        "hd0,2",
    )


def test_without_a_menu_the_kernel_boots_at_once() -> None:
    found = menu("linux /vmlinuz console=hvc0\ninitrd /initrd\nboot\n")
    assert [(entry.kernel, entry.args, entry.initrd) for entry in found.entries] == [
        ("/vmlinuz", "console=hvc0", ("/initrd",))
    ]
    assert found.timeout == 0


def test_a_kernel_that_is_not_booted_is_no_menu() -> None:
    with pytest.raises(BootMenuError, match="no entries"):
        menu("linux /vmlinuz\n")


def test_what_is_booted_at_once_shows_no_menu() -> None:
    found = menu("menuentry a { true; }\nlinux /vmlinuz\nboot\nmenuentry b { true; }\n")
    assert [entry.kernel for entry in found.entries] == ["/vmlinuz"]


def test_exit_leaves_functions_and_loops_too() -> None:
    found = menu("function f { for i in 1 2; do exit; done; }\nf\nmenuentry b { true; }\n")
    assert [entry.loader for entry in found.entries] == ["exit"]


@pytest.mark.parametrize(
    ("default", "chosen"),
    [
        ("010", "e8"),
        ("08", "e8"),
        ("0xg", "e0"),
        ("0x9", "e9"),
        ("9x", "e9"),
        ("-1", "e0"),
        (" 3", "e3"),
        ("0", "e0"),
        ("", "e0"),
    ],
)
def test_a_default_is_read_as_a_number_where_it_begins_with_one(default: str, chosen: str) -> None:
    text = "\n".join(f"menuentry e{number} {{ true; }}" for number in range(12))
    found = menu(f"{text}\nset default='{default}'\n")
    assert found.entries[found.default].title == chosen


def test_bls_entries_come_newest_first_with_their_options_filled_in() -> None:
    files = {
        f"/boot/loader/entries/id-{version}.conf": f"title Fedora ({version})\nlinux /vmlinuz-{version}\n"
        f"initrd /initramfs-{version}.img $tuned_initrd\noptions root=UUID=1 $kernelopts\n".encode()
        for version in ("6.9.10", "6.10.2", "0-rescue")
    }
    files["/boot/grub/grub.cfg"] = b"set kernelopts='ro quiet'\nset default=id-6.9.10\nblscfg\n"
    found = read_menu(MemoryFiles({"": files}), "", "/boot/grub/grub.cfg")
    assert [entry.ident for entry in found.entries] == ["id-6.10.2", "id-6.9.10", "id-0-rescue"]
    assert found.entries[found.default].title == "Fedora (6.9.10)"
    assert (found.entries[0].args, found.entries[0].initrd) == (
        "root=UUID=1 ro quiet",
        ("/initramfs-6.10.2.img",),
    )


@pytest.mark.parametrize(
    "text",
    [
        "while true; do true; done",
        "function f { f; }\nf",
        "set a=xxxxxxxx\n" + "set a=$a$a$a$a\n" * 12,
        "set f=/boot/grub/grub.cfg\nsource $f",
        "menuentry " + "a" * 2_000_000 + " { true; }",
        "if true; then " * 2000,
        "{" * 3000,
        "[ " + "( " * 900 + "]",
        "menuentry 'not closed",
        "eval eval eval 'eval $0' " * 500,
        "configfile /boot/grub/grub.cfg",
    ],
)
def test_what_runs_on_or_grows_ends_in_a_sentence(text: str) -> None:
    with pytest.raises(BootMenuError) as raised:
        menu(text)
    assert str(raised.value)


def test_entries_met_before_a_fault_are_shown_with_it() -> None:
    found = menu("menuentry a { true; }\nwhile true; do true; done\n")
    assert ([entry.title for entry in found.entries], len(found.notes)) == (["a"], 1)


def test_no_more_entries_than_a_bound() -> None:
    text = "\n".join(f"menuentry e{number} {{ true; }}" for number in range(limits.ENTRIES + 5))
    found = menu(text)
    assert len(found.entries) == limits.ENTRIES
    assert found.notes


@given(st.text(alphabet="ab$ {}'\"\\;\n#[]=()<>|&!-1", max_size=300))
def test_any_text_is_a_menu_or_a_sentence(text: str) -> None:
    with contextlib.suppress(BootMenuError):
        menu(text)


@given(st.integers(0, 2**32))
def test_generated_scripts_are_all_taken(seed: int) -> None:
    assert menu(Generator(seed).script()).entries

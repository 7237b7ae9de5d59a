"""A menu that was found is shown, whenever after that the time for reading ends."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest

from xentui.bootmenu import disk, packing, program
from xentui.bootmenu.disk import FileSystem, GuestDisk
from xentui.bootmenu.limits import SECONDS, BootMenuError
from xentui.bootmenu.superblock import System
from xentui.domuloader.children import clock
from xentui.domuloader.disk_view import View
from xentui.domuloader.partitions import Partition
from xentui.errors import HostError
from xentui.hosts.base import Completed
from xentui.hosts.local import LocalHost
from xentui.service import boot_menu

MENU = b"menuentry one {\n linux /vmlinuz-1 ro\n}\nmenuentry two {\n linux (hd0,2)/vmlinuz-2 ro\n}\n"
FILES: dict[str, dict[str, bytes]] = {
    "hd0,1": {"/boot/grub/grub.cfg": MENU, "/vmlinuz-1": b"k", "/vmlinuz-3": b"k"},
    "hd0,2": {"/grub/menu.lst": b"title a\nkernel /vmlinuz-2\n", "/vmlinuz-2": b"k"},
}


class HurriedDisk(GuestDisk):
    """Two file systems in memory; the time for reading ends after so many looks at them."""

    def __init__(self, looks: int) -> None:
        self._looks = looks
        super().__init__(View("/disk.img", "/disk.img", None))

    def _found(self) -> list[FileSystem]:
        return [
            FileSystem(device, Partition(number, number << 20, 1 << 20), System("ext4"))
            for number, device in enumerate(FILES, 1)
        ]

    def _look(self) -> None:
        self._looks -= 1
        if self._looks < 0:
            self._deadline = 0.0
        self._left()

    def _taken_out(self, place: FileSystem, path: str) -> bytes | None:
        self._look()
        return FILES[place.device].get(path)

    def _listed(self, place: FileSystem, path: str) -> list[str] | None:
        self._look()
        folder = path.rstrip("/") + "/"
        inside = {each[len(folder) :] for each in FILES[place.device] if each.startswith(folder)}
        return sorted({f"{name.partition('/')[0]}{'/' * ('/' in name)}" for name in inside}) or None

    def _changed_by_debugfs(self, place: FileSystem, path: str) -> int:
        self._look()
        return 1_700_000_000


def told(looks: int) -> dict[str, Any] | None:
    """What the program tells, None where it is that there is no menu."""
    hurried = HurriedDisk(looks)
    try:
        made = program.told(hurried, text=True, changed=True)
    except BootMenuError:
        assert hurried.hurried
        return None
    assert hurried.hurried == ("on a busy host" in str(made["notes"]))
    return made


def test_a_menu_that_was_found_is_shown() -> None:
    answers = [told(looks) for looks in range(40)]
    whole = answers[-1]
    assert whole is not None and whole["changed"] == 1_700_000_000 and answers[0] is None
    first = next(looks for looks, made in enumerate(answers) if made)
    last = next(looks for looks, made in enumerate(answers) if made == whole)
    assert 0 < first < last - 3, "the time has to end in between as well"
    for made in answers[first:]:
        assert made is not None and made["menu"] == whole["menu"]
    for made in answers[first:last]:
        assert made is not None and "changed" not in made
        assert made["notes"][-1].startswith("reading the disk takes longer") or len(made["notes"]) > 1


def test_what_a_busy_host_had_no_time_for_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    image = tmp_path / "disk.img"
    image.write_bytes(b"\0" * 4096)
    looks = 40
    monkeypatch.setattr(program, "GuestDisk", lambda _view: HurriedDisk(looks))

    def stamp() -> object:
        with pytest.raises(SystemExit):
            program.main(["--stamps=-", str(image)])
        return json.loads(capsys.readouterr().out)["stamp"]

    assert stamp()
    looks = 0
    assert stamp() == ""


def test_the_time_of_what_serves_a_disk_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image within which a disk lies may be made to keep qemu at work."""
    assert abs(clock(os.getpid()) - time.process_time()) < 1
    assert clock(1 << 22, gone=SECONDS) == SECONDS, "one that is gone has had its time"
    image = tmp_path / "disk.img"
    image.write_bytes(bytes(4096))
    served = GuestDisk(View(str(image), str(image), None, (os.getpid(),)))
    assert served._wanted(None, "", 1).servers == (os.getpid(),)
    monkeypatch.setattr(disk, "clock", lambda process, gone: clock(process, gone) + SECONDS)
    with pytest.raises(BootMenuError, match=f"takes longer than {SECONDS} s"):
        served._left()


@pytest.mark.parametrize("found", [False, True])
def test_the_time_of_the_programs_it_runs_counts_with_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, found: bool
) -> None:
    """Else a menu could have its script run as long again as its file system was read."""
    image = tmp_path / "disk.img"
    image.write_bytes(bytes(4096))
    done: list[float] = []

    class BusyDisk(HurriedDisk):
        def _taken_out(self, place: FileSystem, path: str) -> bytes | None:
            if path == ("/grub/grub.cfg" if found else "/boot/grub/grub.cfg"):
                done.append(SECONDS)
                while True:
                    pass
            return super()._taken_out(place, path)

    monkeypatch.setattr(program, "GuestDisk", lambda _view: BusyDisk(1000))
    monkeypatch.setattr(program, "spent", lambda: sum(done))
    answer = program.answer(str(image), text=False)
    said = answer["notes"] if found else [answer["error"]]
    assert f"reading the disk takes longer than {SECONDS} s" in said
    assert ("menu" in answer) == found


async def test_the_program_is_packed_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    packed_in = []

    def sources(**_compiled: bool) -> bytes:
        packed_in.append(threading.get_ident())
        return b""

    async def run(*_given: object, **_more: object) -> Completed:
        await asyncio.sleep(0)
        return Completed((), 1, b"", b"")

    monkeypatch.setattr(packing, "sources", sources)
    monkeypatch.setattr(LocalHost, "run", run)
    with pytest.raises(HostError):
        await boot_menu.of_image(LocalHost(), "/disk.img")
    assert packed_in and packed_in[0] != threading.get_ident()


def test_modules_are_sent_as_they_are_kept_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """So none is compiled for it that has been compiled already."""
    asked: list[str] = []

    class Kept(SourceFileLoader):
        def get_code(self, fullname: str) -> Any:
            asked.append(fullname)
            return compile("", self.path, "exec")

    monkeypatch.setattr(packing, "SourceFileLoader", Kept)
    packing.sources.cache_clear()
    packing.sources(compiled=True)
    packing.sources.cache_clear()
    assert "xentui.bootmenu.program" in asked and "xentui.domuloader.readers" in asked

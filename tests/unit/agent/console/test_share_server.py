"""A console that is shared: who may watch it, what a slow watcher costs, who asks for it, and what is left behind."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest

from tests.unit.console.support import PATIENCE
from xentui.agent.console import line_frames, share_peer, share_server as module, shares
from xentui.agent.console.share_server import ConsoleShare, Ear
from xentui.agent.console.shares import TAKE, WATCH, ask_for_console, console_holder


class Guest:
    """What prints: all ears hear it, one that comes later the last words first."""

    def __init__(self) -> None:
        self.ears: list[Ear] = []
        self.last = b"before\r\n"

    def overhear(self, ear: Ear) -> Callable[[], None]:
        ear(self.last)
        self.ears.append(ear)
        return lambda: self.ears.remove(ear)

    def prints(self, data: bytes) -> None:
        for ear in list(self.ears):
            ear(data)


def connected(folder: Path, domid: int, word: str, who: str) -> socket.socket:
    """Connect to who shares the console of a domid."""
    return shares.connected(str(folder), [shares.of_domid(domid)], word, who)


def is_shared(folder: Path, domid: int) -> bool:
    """Whether somebody shares it."""
    return bool(console_holder(str(folder.parent), names=[shares.of_domid(domid)])["name"])


def shared_by(
    folder: Path, guest: Guest, taken: Callable[[str], None] = lambda _who: None, *, domid: int = 3
) -> ConsoleShare:
    """What shares a console, when it is opened."""
    return ConsoleShare(str(folder), shares.of_domid(domid), guest.overhear, taken, who="root on pts/3")


def wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


@dataclass
class Seen:
    """What has come to a watcher, in frames, and how it has ended."""

    frames: line_frames.Frames = field(default_factory=line_frames.Frames)
    data: bytearray = field(default_factory=bytearray)
    end: tuple[int, str] = (0, "")


_seen: WeakKeyDictionary[socket.socket, Seen] = WeakKeyDictionary()


def heard(watcher: socket.socket, size: int) -> bytes:
    """So many bytes of what a watcher gets, fewer where it ends before."""
    watcher.settimeout(PATIENCE)
    seen = _seen.setdefault(watcher, Seen())
    with contextlib.suppress(ConnectionResetError):
        while len(seen.data) < size and (more := watcher.recv(4096)):
            for kind, content in seen.frames.take(more):
                if kind == line_frames.DATA:
                    seen.data += content
                else:
                    code = line_frames.number(line_frames.STATUS, content)
                    seen.end = code, content[line_frames.STATUS.size :].decode()
    told = bytes(seen.data[:size])
    del seen.data[:size]
    return told


def end_of(watcher: socket.socket) -> tuple[int, str]:
    """How it has ended for a watcher, who is told no more; (0, "") where he was not told."""
    assert heard(watcher, 1) == b""
    return _seen[watcher].end


@pytest.fixture
def guest() -> Guest:
    return Guest()


@pytest.fixture
def taken() -> list[str]:
    return []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One whose path is longer than the address of a socket may be."""
    return tmp_path / ("x" * 120) / "shared"


@pytest.fixture
def share(folder: Path, guest: Guest, taken: list[str]) -> Iterator[ConsoleShare]:
    folder.parent.mkdir()
    made = shared_by(folder, guest, taken.append)
    assert made.open()
    yield made
    made.close()


@pytest.mark.usefixtures("share")
def test_watchers_get_the_last_words_and_what_follows(folder: Path, guest: Guest) -> None:
    assert is_shared(folder, 3)
    assert not is_shared(folder, 4)
    with connected(folder, 3, WATCH, "root") as one, connected(folder, 3, WATCH, "root") as other:
        wait(lambda: len(guest.ears) == 2)
        guest.prints(b"and after")
        assert heard(one, 17) == heard(other, 17) == b"before\r\nand after"
    wait(lambda: not guest.ears)


@pytest.mark.usefixtures("share")
def test_folder_and_socket_are_for_their_owner_only(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "3.sock").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("share")
def test_a_stranger_gets_nothing(folder: Path, guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "uid_of", lambda _connected: os.getuid() + 1)
    # Who is quick is let go before the question is asked.
    with contextlib.suppress(BrokenPipeError), connected(folder, 3, WATCH, "nobody") as stranger:
        assert heard(stranger, 1) == b""
    assert not guest.ears


@pytest.mark.usefixtures("share")
def test_a_slow_watcher_holds_up_nobody_and_sees_the_newest(folder: Path, guest: Guest) -> None:
    with connected(folder, 3, WATCH, "root") as slow, connected(folder, 3, WATCH, "root") as quick:
        wait(lambda: len(guest.ears) == 2)
        assert heard(quick, 8) == b"before\r\n"
        for number in range(1024):
            line = b"line %6d\r\n" % number * 300
            guest.prints(line)
            assert heard(quick, len(line)) == line
        guest.prints(b"newest")
        told = b""
        while not told.endswith(b"newest"):
            told += heard(slow, 1)
        assert len(told) < 512 << 10
        assert re.search(rb"--- \d+ KiB not shown: this terminal reads too slowly ---\r\nline", told)
        guest.prints(b"still")
        assert (heard(quick, 11), heard(slow, 5)) == (b"neweststill", b"still")


@pytest.mark.usefixtures("share")
def test_one_that_takes_nothing_at_all_is_let_go(
    folder: Path, guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share_peer, "_STUCK", 0.1)
    with connected(folder, 3, WATCH, "root"):
        wait(lambda: guest.ears)

        def gone() -> bool:
            guest.prints(b"x" * 65_536)  # the newest of it goes where there is room yet
            return not guest.ears

        wait(gone)


def test_who_asks_for_it_is_told_and_waits_until_it_is_let_go_of(
    share: ConsoleShare, folder: Path, guest: Guest, taken: list[str]
) -> None:
    with connected(folder, 3, TAKE, "eve\x1b[2J on pts/4") as asked:
        wait(lambda: taken)
        assert len(taken) == 1
        assert "\x1b" not in taken[0]
        assert taken[0].startswith("eve")
        with connected(folder, 3, WATCH, "root") as watcher:
            assert heard(watcher, 8) == b"before\r\n"
            share.close()
            assert heard(watcher, 1) == heard(asked, 1) == b""
    assert not guest.ears
    assert not is_shared(folder, 3)
    assert os.listdir(folder) == []


@pytest.mark.usefixtures("share")
def test_who_holds_it_is_told(folder: Path) -> None:
    root = str(folder.parent)
    assert console_holder(root, names=["boot-x.sock", "3.sock"]) == {
        "name": "3.sock",
        "who": "root on pts/3",
        "seconds": 0,
    }
    assert console_holder(root, names=["4.sock"]) == {"name": "", "who": "", "seconds": 0}
    assert console_holder(root, names=["../shared/3.sock"])["name"] == "", "a name is not a path"


def test_one_that_tells_nothing_of_itself_is_shared_all_the_same(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)
    with socket.socket(socket.AF_UNIX) as older:
        descriptor = os.open(folder, os.O_PATH)
        older.bind(f"/proc/self/fd/{descriptor}/3.sock")
        os.close(descriptor)
        older.listen(4)

        def refuse() -> None:
            older.accept()[0].close()

        refusing = threading.Thread(target=refuse)
        refusing.start()
        assert console_holder(str(folder.parent), names=["3.sock"])["name"] == "3.sock"
        refusing.join()
        older.setblocking(False)
        with pytest.raises(BlockingIOError):
            older.accept()  # it was asked once


@pytest.mark.usefixtures("share")
def test_it_is_asked_for_where_somebody_is_there_to_ask(folder: Path, taken: list[str]) -> None:
    root = str(folder.parent)
    assert ask_for_console(root, names=["3.sock", "boot-x.sock"], who="eve")
    wait(lambda: taken == ["eve"])
    assert not ask_for_console(root, names=["4.sock"], who="eve")


@pytest.mark.parametrize("said", [b"shout root\n", b"x" * 400, b"\n"])
@pytest.mark.usefixtures("share")
def test_who_says_nothing_known_is_let_go(folder: Path, guest: Guest, taken: list[str], said: bytes) -> None:
    with connected(folder, 3, WATCH, "root") as good, socket.socket(socket.AF_UNIX) as bad:
        descriptor = os.open(folder, os.O_PATH)
        bad.connect(f"/proc/self/fd/{descriptor}/3.sock")
        os.close(descriptor)
        bad.sendall(said)
        assert heard(bad, 1) == b""
        assert heard(good, 8) == guest.last
    assert not taken


@pytest.mark.usefixtures("share")
def test_so_many_watch_at_a_time_another_is_told_and_it_is_asked_for_all_the_same(
    folder: Path, guest: Guest, taken: list[str]
) -> None:
    with contextlib.ExitStack() as kept:
        watchers = [kept.enter_context(connected(folder, 3, WATCH, "root")) for _ in range(module._WATCHERS)]
        for watcher in watchers:
            assert heard(watcher, 8) == guest.last
        with connected(folder, 3, WATCH, "root") as another:
            assert end_of(another) == (line_frames.FULL, "as many as can watch it already")
        assert console_holder(str(folder.parent), names=["3.sock"])["who"] == "root on pts/3"
        assert ask_for_console(str(folder.parent), names=["3.sock"], who="eve")
        wait(lambda: taken == ["eve"])
        watchers[0].close()
        wait(lambda: len(guest.ears) == module._WATCHERS - 1)
        with connected(folder, 3, WATCH, "root") as another:
            assert heard(another, 8) == guest.last


@pytest.mark.usefixtures("share")
def test_who_connects_and_says_nothing_makes_others_wait_only_for_a_while(
    folder: Path, guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    monkeypatch.setattr(share_peer, "PATIENCE", 0.2)
    with contextlib.ExitStack() as kept:
        descriptor = os.open(folder, os.O_PATH)
        kept.callback(os.close, descriptor)
        for _ in range(module._WATCHERS + module._ASKERS):
            silent = kept.enter_context(socket.socket(socket.AF_UNIX))
            silent.connect(f"/proc/self/fd/{descriptor}/3.sock")
        with connected(folder, 3, WATCH, "root") as watcher:
            assert heard(watcher, 8) == guest.last


def test_one_is_shared_once_and_another_end_takes_nothing_away(
    share: ConsoleShare, folder: Path, guest: Guest
) -> None:
    second = shared_by(folder, guest)
    assert not second.open()
    second.close()
    assert is_shared(folder, 3)
    share.close()
    third = shared_by(folder, guest)
    assert third.open()
    share.close()
    assert is_shared(folder, 3)
    third.close()
    assert not is_shared(folder, 3)


def test_one_that_is_closed_before_it_begins_does_not_begin(folder: Path, guest: Guest) -> None:
    folder.parent.mkdir()
    share = shared_by(folder, guest)
    share.close()
    assert not share.open()
    assert not is_shared(folder, 3)


def test_what_a_crash_has_left_is_no_share_and_is_replaced(folder: Path, guest: Guest) -> None:
    folder.mkdir(parents=True, mode=0o700)
    descriptor = os.open(folder, os.O_PATH)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(f"/proc/self/fd/{descriptor}/3.sock")
    os.close(descriptor)
    assert not is_shared(folder, 3)
    share = shared_by(folder, guest)
    assert share.open()
    assert is_shared(folder, 3)
    share.close()


def test_in_anything_but_a_folder_of_ones_own_nothing_is_shared(tmp_path: Path, guest: Guest) -> None:
    (tmp_path / "file").write_text("")
    share = shared_by(tmp_path / "file", guest)
    assert not share.open()
    share.close()
    assert not is_shared(tmp_path / "file", 3)


def test_what_was_printed_before_the_end_is_seen(
    share: ConsoleShare, folder: Path, guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than the socket takes at once, so that it waits when the console is left."""
    monkeypatch.setattr(module, "_LAST_WORDS", PATIENCE)
    with connected(folder, 3, WATCH, "root") as watcher:
        assert heard(watcher, 8) == guest.last
        guest.prints(b"x" * (share_peer.BUFFER - 4) + b"last")
        closing = threading.Thread(target=share.close)
        closing.start()
        wait(lambda: not is_shared(folder, 3))
        told = heard(watcher, share_peer.BUFFER + 1)
        closing.join()
    assert len(told) == share_peer.BUFFER and told.endswith(b"last")


@pytest.mark.usefixtures("share")
def test_a_process_with_no_descriptor_left_shares_on(
    folder: Path, guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(module, "_NO_ROOM", 0.05)
    with connected(folder, 3, WATCH, "root") as one, socket.socket(socket.AF_UNIX) as other:
        assert heard(one, 8) == guest.last
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
        try:
            other.connect("3.sock")
            other.sendall(f"{WATCH} root\n".encode())
            guest.prints(b"on")
            assert heard(one, 2) == b"on"
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert heard(other, 8) == guest.last


def test_one_without_room_for_another_is_shared_all_the_same(folder: Path, guest: Guest) -> None:
    folder.mkdir(parents=True, mode=0o700)
    descriptor = os.open(folder, os.O_PATH)
    path = f"/proc/self/fd/{descriptor}/3.sock"
    with contextlib.ExitStack() as left, socket.socket(socket.AF_UNIX) as busy:
        left.callback(os.close, descriptor)
        busy.bind(path)
        busy.listen(0)
        waiting = left.enter_context(socket.socket(socket.AF_UNIX))
        waiting.connect(path)
        assert is_shared(folder, 3)
        assert not shared_by(folder, guest).open()
        assert (folder / "3.sock").exists(), "it is another's"


@pytest.mark.parametrize("fails", ["chmod", "pipe2", "thread"])
def test_one_that_cannot_begin_leaves_nothing(
    folder: Path, guest: Guest, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    def fail(*_given: object, **_more: object) -> None:
        raise (
            RuntimeError("can't start new thread")
            if fails == "thread"
            else OSError(24, "Too many open files")
        )

    folder.mkdir(parents=True, mode=0o700)
    share = shared_by(folder, guest)
    with monkeypatch.context() as patched:
        if fails == "thread":
            patched.setattr(threading.Thread, "start", fail)
        else:
            patched.setattr(os, fails, fail)
        assert not share.open()
    share.close()
    assert os.listdir(folder) == []


def test_who_only_looks_makes_no_folder(folder: Path) -> None:
    assert not is_shared(folder, 3)
    with pytest.raises(OSError, match="No such file"):
        connected(folder, 3, WATCH, "root")
    assert not folder.parent.exists()


def test_watchers_are_told_why_it_ends_and_nobody_else(
    share: ConsoleShare, folder: Path, guest: Guest
) -> None:
    with connected(folder, 3, WATCH, "root") as watcher, connected(folder, 3, TAKE, "eve") as asked:
        assert heard(watcher, 8) == guest.last
        share.close(line_frames.OVER, "eve\x1b[2J on pts/4")
        assert end_of(watcher) == (line_frames.TAKEN, "taken over by eve?[2J on pts/4")
        assert heard(asked, 99) == b""
        assert end_of(asked) == (0, "")


@pytest.mark.parametrize("code", [line_frames.LEFT, line_frames.CUT, line_frames.OVER])
def test_how_it_ends_is_not_the_guests_to_say(
    share: ConsoleShare, folder: Path, guest: Guest, code: int
) -> None:
    with connected(folder, 3, WATCH, "root") as watcher:
        assert heard(watcher, 8) == guest.last
        forged = line_frames.packed(line_frames.END, line_frames.STATUS.pack(line_frames.TAKEN) + b"taken")
        guest.prints(forged)
        assert heard(watcher, len(forged)) == forged
        share.close(code)
        assert end_of(watcher) == (code, line_frames.END_WORDS[code])

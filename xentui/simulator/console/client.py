"""xenconsole's part: the user's terminal joined to a guest's console."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import socket
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Iterator
from pathlib import Path

from xentui.simulator import processes, store_tree
from xentui.simulator.call import Call, Exit
from xentui.simulator.console import server
from xentui.simulator.guest import Guest

#: Ctrl-] leaves the console where it comes alone in one read (tools/console/client/main.c).
ESCAPE = b"\x1d"
_PIECE = 4096
_PATIENCE = 10.0
#: Seconds between two looks whether the host can be reached still, and how ssh ends where it cannot (ssh(1)).
_LINE, _LOST = 1.0, 255


def attach(call: Call, domid: int, kind: str = "", which: int = 0) -> int:
    """Join standard input and output to a domain's console until Ctrl-] or the domain's end.

    ``kind`` is ``pv`` or ``serial``, "" for the one its type has (libxl_console.c, libxl_primary_console_exec); on one
    that its guest does not speak on nothing is said.

    Where standard input is no terminal the console is only shown.  Returns the exit status: 0; raises Exit where there
    is no console, or another client has it.
    """
    call.now()
    guest = call.state.guest(domid)
    if guest is None or not call.attached:
        raise call.fail("Unable to attach console")
    spoken = spoken_on(guest)
    number = _found(call, guest, kind or ("serial" if guest.kind == "hvm" else "pv"), which)
    place = server.folder(call.files.folder)
    lock = os.open(place / f"{server.stem(guest)}.client", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise call.fail(
                f"xenconsole: Could not lock /var/lock/xenconsole.{domid}: Resource temporarily unavailable",
                errno.EAGAIN,
            ) from None
        processes.claim(lock)
        if number is None:
            call.wait_until(lambda: call.state.guest(domid) is None, limit=5.0 * call.machine.pace)
            raise call.fail("xenconsole: Could not read tty from store: No such file or directory", 2)
        if number != spoken:
            with _raw(0):
                return _listen(call, domid)
        with _connected(call, place, guest) as line, _raw(0):
            return _relay(call, line)
    finally:
        os.close(lock)


def spoken_on(guest: Guest) -> str:
    """Return the terminal, as a node of xenstore below the domain's, that a guest speaks on; "" for none."""
    if guest.kind != "hvm":
        return "console"
    return "serial/0" if guest.boot == "grub" else ""


def _found(call: Call, guest: Guest, kind: str, which: int) -> str | None:
    """Return the node of the terminal xenconsole takes: a serial port that is not there has the PV console in its
    place.
    """
    terminals = store_tree.terminals(guest, call.state.config(guest.domid))
    node = f"serial/{which}"
    if kind != "serial" or node not in terminals:
        node = f"device/console/{which}" if which else "console"
    return node if node in terminals else None


def _listen(call: Call, domid: int) -> int:
    """Be attached to a console on which nothing is ever said, until Ctrl-] or the domain's end."""
    while not call.cancel.is_set() and call.state.guest(domid) is not None:
        ready, _, _ = select.select([0], [], [], 0.2)
        if ready and os.read(0, _PIECE) in (b"", ESCAPE):
            break
    return 0


@contextlib.contextmanager
def _connected(call: Call, place: Path, guest: Guest) -> Iterator[socket.socket]:
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    where = server.address(descriptor, server.stem(guest))
    started = False
    try:
        for _ in range(int(_PATIENCE / 0.05)):
            try:
                line.connect(where)
            except (FileNotFoundError, ConnectionRefusedError):
                if call.state.guest(guest.domid) is None:
                    raise call.fail("Unable to attach console") from None
                if not started:
                    started = True
                    _start(call.files.folder, guest.domid)
                elif call.sleep(0.05):
                    raise call.fail("Unable to attach console") from None
            else:
                yield line
                return
        raise call.fail("Unable to attach console")
    finally:
        line.close()
        os.close(descriptor)


def _start(folder: Path, domid: int) -> None:
    """Start the console's server; it detaches itself and stays after this process has ended."""
    argv = [sys.executable, "-m", "xentui.simulator.console", str(folder), str(domid)]
    null = subprocess.DEVNULL
    subprocess.run(argv, stdin=null, stdout=null, stderr=null, check=False)


@contextlib.contextmanager
def _raw(descriptor: int) -> Iterator[None]:
    """The terminal in raw mode for a while; nothing where it is none."""
    try:
        before = termios.tcgetattr(descriptor)
    except termios.error:
        yield
        return
    # As xenconsole does it: what was typed before stays.
    tty.setraw(descriptor, termios.TCSANOW)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _relay(call: Call, line: socket.socket) -> int:
    interactive = os.isatty(0)
    pending = b""
    looked = time.monotonic()
    while not call.cancel.is_set():
        if time.monotonic() - looked > _LINE:
            looked = time.monotonic()
            if call.state.get("away", False):
                call.stdout(b"\r\nclient_loop: send disconnect: Broken pipe\r\n")
                raise Exit(_LOST)
        readers: list[int | socket.socket] = [line]
        if interactive and not pending:
            readers.append(0)
        ready, able, _ = select.select(readers, [line] if pending else [], [], 0.2)
        if line in ready:
            try:
                piece = line.recv(65536)
            except ConnectionResetError:
                return 0
            if not piece:
                return 0
            call.stdout(piece)
        if 0 in ready:
            typed = os.read(0, _PIECE)
            if not typed or typed == ESCAPE:
                return 0
            pending = typed
        if line in able or (pending and not able):
            with contextlib.suppress(BlockingIOError):
                pending = pending[line.send(pending) :]
    return 0

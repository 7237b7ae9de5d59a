"""An ``xl`` whose consoles have one client each, for a host that is reached over a line."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

XENCONSOLE = """
import fcntl, os, sys, termios, time, tty
domid = sys.argv[-1]
lock = os.open(os.path.join(os.environ["LOCKS"], domid), os.O_RDWR | os.O_CREAT)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    print(f"xenconsole: Could not lock /var/lock/xenconsole.{domid}: Resource temporarily unavailable")
    sys.exit(11)
open(os.path.join(os.environ["LOCKS"], f"{domid}.pid"), "w").write(str(os.getpid()))
tty.setraw(0, termios.TCSANOW)
while os.path.exists(os.path.join(os.environ["LOCKS"], "wait")):
    time.sleep(0.02)
os.write(1, b"ready\\r\\n")
while True:
    try:
        data = os.read(0, 4096)
    except OSError:
        break
    if data in (b"", b"\\x1d"):
        break
    if data == b"size":
        os.write(1, str(tuple(os.get_terminal_size(0))).encode())
    if data == b"flood":
        for number in range(20000):
            os.write(1, b"line %6d\\r\\n" % number)
    os.write(1, b"<" + data + b">")
if "create" in sys.argv:
    open(os.path.join(os.environ["LOCKS"], "booted"), "w")
"""


def put_xl(folder: Path) -> None:
    """Put it there; where ``LOCKS`` says are its locks, and what it tells of its clients."""
    (folder / "xenconsole.py").write_text(XENCONSOLE)
    xl = folder / "xl"
    xl.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I -S {folder}/xenconsole.py "$@"\n')
    xl.chmod(0o755)

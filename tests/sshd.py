"""An OpenSSH server on this machine, for tests of real connections."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
KEYGEN = shutil.which("ssh-keygen")
needed = pytest.mark.skipif(SSHD is None or KEYGEN is None, reason="needs OpenSSH and its server")
_SETTINGS = """
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
StrictModes no
UsePAM no
PidFile none
PasswordAuthentication no
PermitRootLogin yes
"""


def user() -> str:
    """Who runs this, and may log in."""
    return pwd.getpwuid(os.getuid()).pw_name


def client(folder: Path) -> str:
    """The ssh command that logs in there."""
    options = ["-F", "none", "-i", str(folder / "key"), "-o", "StrictHostKeyChecking=no"]
    return " ".join(["ssh", *options, "-o", f"UserKnownHostsFile={folder}/known", "-o", "LogLevel=ERROR"])


@contextlib.contextmanager
def serving_ssh(folder: Path, settings: str, *, address: str = "127.0.0.1") -> Iterator[int]:
    """Run a server with its files in ``folder``, and ``settings`` besides the usual ones; its port.

    What it says is in ``folder/log``.  Skips where that is not possible.
    """
    assert SSHD is not None and KEYGEN is not None
    if pwd.getpwuid(os.getuid()).pw_shell.rpartition("/")[2] in ("nologin", "false"):
        pytest.skip("who runs this cannot log in")
    for key in ("host", "key"):
        subprocess.run([KEYGEN, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True)
    with socket.create_server((address, 0)) as free:
        port = int(free.getsockname()[1])
    config = folder / "sshd_config"
    config.write_text(_SETTINGS.format(port=port, folder=folder) + settings)
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=log) as sshd,
    ):
        try:
            deadline = time.monotonic() + PATIENCE
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                if sshd.poll() is not None:
                    pytest.skip("sshd does not run here")
                assert time.monotonic() < deadline, "sshd does not listen"
                time.sleep(0.05)
            yield port
        finally:
            sshd.terminate()
            sshd.wait()

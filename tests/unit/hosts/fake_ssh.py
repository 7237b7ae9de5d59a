"""As much of OpenSSH's client as a host needs: options, a kept connection, a command run by a shell, and failures.

The environment says what happens: ``FAKE_SSH`` is a folder that stands for the network.  ``master`` in it is the
kept connection, ``calls`` gets a line for each start that may reach the network.  ``FAKE_SSH_FAIL`` names a failure
of :data:`FAILURES`.  With ``FAKE_SSH_MUTE`` no host answers until the file ``answer`` is there.  ``FAKE_SSH_PATH`` is
the far side's PATH, ``FAKE_SSH_TIMEOUT`` the user's ConnectTimeout, ``FAKE_SSH_JUMP`` the user's ProxyJump.  With
``FAKE_SSH_COUNT`` the file ``sent`` gets the lengths of all that the far side is sent.  Each file in the folder
``drop`` has one login dropped, without a word with ``FAKE_SSH_QUIET``.  With ``FAKE_SSH_UNKEPT`` no connection is kept.
"""

from __future__ import annotations

import os
import sys
import time

# It starts a thousand times: what takes longer to import than all it does is imported where it is used, or not at all.

FAILURES = {
    "unknown-key": "No ED25519 host key is known for xen1 and you have requested strict checking.\n"
    "Host key verification failed.",
    "changed-key": "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n"
    "IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\nHost key verification failed.",
    "denied": "root@xen1: Permission denied (publickey,password).",
    "too-many": "Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures",
    "refused": "ssh: connect to host xen1 port 22: Connection refused",
    "unresolved": "ssh: Could not resolve hostname xen1: Name or service not known",
    "no-route": "ssh: connect to host xen1 port 22: No route to host",
    "timeout": "ssh: connect to host xen1 port 22: Connection timed out",
    "quiet": "",
    "closed": "kex_exchange_identification: Connection closed by remote host",
}
OPTIONS_WITH_VALUE = ("-o", "-p", "-O", "-J")
FAILED = 255
LONGEST = 600.0
"""Seconds a host is mute at the most: what a test has forgotten must not run for ever."""


def main(words: list[str]) -> int:
    """Do what ssh(1) does with these words; returns the exit status."""
    options: dict[str, list[str]] = {}
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word == "--":
            break
        if word in OPTIONS_WITH_VALUE:
            options.setdefault(word, []).append(words.pop(0))
        elif word == "-G":
            options["-G"] = []
        elif word not in ("-tt", "-N", "-f"):
            return fail(f"unknown option -- {word}")
    target, command = words[0], words[1:]
    if "-G" in options:
        given = [
            word.partition("=")[2] for word in options.get("-o", []) if word.startswith("ConnectTimeout=")
        ]
        timeout = given[0] if given else os.environ.get("FAKE_SSH_TIMEOUT", "none")
        sys.stdout.write(f"user root\nconnecttimeout {timeout}\nconnectionattempts 1\n")
        sys.stdout.write(f"proxyjump {os.environ.get('FAKE_SSH_JUMP', 'none')}\n")
        sys.stdout.write(f"controlpath {os.environ['FAKE_SSH']}/master\n")
        return 0
    folder = os.environ["FAKE_SSH"]
    with open(os.path.join(folder, "calls"), "a") as calls:
        calls.write(f"{ {'options': options, 'target': target, 'command': command}!r}\n")
    jump = target.startswith("ssh://")  # only jump hosts are called so
    master = os.path.join(folder, "jump" if jump else "master")
    if "-O" in options:
        return 0 if os.path.exists(master) else fail("Control socket connect: No such file or directory")
    if os.environ.get("FAKE_SSH_MUTE"):
        await_answer(os.path.join(folder, "answer"))
    failure = os.environ.get("FAKE_SSH_FAIL", "")
    if dropped(os.path.join(folder, "drop")):
        failure = "quiet" if os.environ.get("FAKE_SSH_QUIET") else "closed"
    if failure in FAILURES:
        return fail(FAILURES[failure])
    if not os.environ.get("FAKE_SSH_UNKEPT"):
        with open(master, "w"):
            pass
    if jump:
        return 0
    environment = {**os.environ, "PATH": os.environ.get("FAKE_SSH_PATH", os.environ["PATH"])}
    if failure == "cut" and command != ["true"]:
        import subprocess

        os.unlink(master)
        with subprocess.Popen(["/bin/sh", "-c", f"exec {command[0]}"], env=environment) as running:
            time.sleep(0.1)
            running.kill()
        return fail("client_loop: send disconnect: Broken pipe")
    if os.environ.get("FAKE_SSH_COUNT"):
        return relay(command, environment, os.path.join(folder, "sent"))
    return os.execve("/bin/sh", ["/bin/sh", "-c", *command], environment)  # noqa: S606 - sshd runs a shell, too


def dropped(folder: str) -> bool:
    """Whether this login is one that sshd has no room for; of two at once that find one file one is."""
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        try:
            os.unlink(os.path.join(folder, name))
        except FileNotFoundError:
            continue
        return True
    return False


def await_answer(path: str) -> None:
    """Wait until a file is there."""
    deadline = time.monotonic() + LONGEST
    while not os.path.exists(path) and time.monotonic() < deadline:
        time.sleep(0.02)


def relay(command: list[str], environment: dict[str, str], log: str) -> int:
    """Run a far command, and note how long each piece is that it is sent: the command line, what comes by its input."""
    import subprocess

    with open(log, "a", buffering=1) as sent:
        sent.write(f"{sum(map(len, command))} command\n")
        with subprocess.Popen(["/bin/sh", "-c", *command], stdin=subprocess.PIPE, env=environment) as far:
            assert far.stdin is not None
            while piece := os.read(0, 1 << 16):
                sent.write(f"{len(piece)} input\n")
                far.stdin.write(piece)
                far.stdin.flush()
        return far.returncode


def fail(text: str) -> int:
    """End as ssh does when it is ssh that fails."""
    sys.stderr.write(text + "\r\n")
    return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

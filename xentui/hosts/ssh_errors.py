"""The messages of OpenSSH when it fails, and what the user should do."""

from __future__ import annotations

from xentui.errors import HostError
from xentui.hosts.base import Completed
from xentui.hosts.login_retry import said_nothing

_SENTENCES: tuple[tuple[str, str, str], ...] = (
    # what ssh prints (lower case), what happened, what to do
    (
        "remote host identification has changed",
        "the host key is not the one known from before",
        "if the host was reinstalled, remove the old key with `ssh-keygen -R {host}`; otherwise do not connect",
    ),
    (
        "host key verification failed",
        "the host key is unknown",
        "run `ssh {target}` once by hand, compare the fingerprint and accept it",
    ),
    (
        "permission denied",
        "the login was refused",
        "xentui logs in with keys only: check `ssh-add -l`, and that your key is in authorized_keys of {target}",
    ),
    (
        "too many authentication failures",
        "the login was refused",
        "too many keys were offered: name the right one in ~/.ssh/config (IdentityFile, IdentitiesOnly yes)",
    ),
    (
        "could not resolve hostname",
        "the host name is unknown",
        "check its spelling, or add it to ~/.ssh/config",
    ),
    ("connection refused", "nothing answers SSH there", "check the port, and that sshd runs"),
    ("no route to host", "there is no route to the host", "check the network and the address"),
    ("network is unreachable", "there is no route to the host", "check the network and the address"),
    ("timed out", "the host does not answer", "check that it is up and reachable"),
    (
        "connection closed",
        "the host closed the connection",
        "try again; look at sshd's log there if it stays",
    ),
    ("connection reset", "the connection was cut", "try again once the host is back"),
    ("broken pipe", "the connection was cut", "try again once the host is back"),
)


def login_failed(name: str, target: str, done: Completed) -> HostError:
    """Return the one sentence for a failed login, which ran nothing on the host."""
    if said_nothing(done):
        return HostError(
            "the login ended without a word",
            subject=name,
            hint=f"try again; if it stays, `ssh -v {target}` shows how far it gets",
        )
    return explain(name, target, done)


def explain(name: str, target: str, done: Completed) -> HostError:
    """Return the one sentence for a failed SSH command (exit status 255, or no answer)."""
    text = done.stderr.decode("utf-8", "replace").lower()
    host = target.rpartition("@")[2]
    for pattern, happened, todo in _SENTENCES:
        if pattern in text:
            return HostError(
                happened, subject=name, hint=todo.format(host=host, target=target), details=done.words[-4:]
            )
    if done.exit_code == 127:
        return HostError(
            "the SSH command cannot be run", subject=name, hint="check XENTUI_SSH", details=done.words[-4:]
        )
    return HostError(
        "the SSH connection failed",
        subject=name,
        hint="a command under way may or may not have taken effect: look at the domain before you repeat it",
        details=done.words[-4:],
    )

"""Wraps commands so that a host finds and permits them: xl needs root, and is in a folder of root's PATH.

A login other than root's has no ``/usr/sbin`` in its PATH; and ``sudo -n`` runs commands as root for users whom
sudoers(5) permits it without a password.
"""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Awaitable, Callable, Sequence

from xentui.errors import HostError
from xentui.hosts.base import Completed

SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_LOOK_THERE = f'PATH=$PATH:{":".join(SYSTEM_FOLDERS)}; exec "$@"'
_IGNORE_HANGUP = 'trap "" HUP; exec "$@"'
_SUDO = ("sudo", "-n", "--")
_NOT_FOUND = 127
_RULE = "`{user} ALL=(root) NOPASSWD: ALL` in /etc/sudoers.d/xentui (visudo writes it) allows it"
_REFUSALS: tuple[tuple[str, str, str], ...] = (
    # what sudo prints, what happened, what to do; sudo.c, sudoers.c and logging.c of sudo 1.9
    (r"password is required|terminal is required to read", "sudo wants a password on the host", _RULE),
    (
        r"must have a tty",
        "sudo insists on a terminal on the host (requiretty)",
        "`Defaults:{user} !requiretty` in /etc/sudoers.d/xentui (visudo writes it) takes that back",
    ),
    (r"not in the sudoers file|not allowed to|may not run sudo", "sudo refused on the host", _RULE),
    (
        r"no new privileges|must be owned by uid 0",
        "sudo cannot work on the host",
        "log in as root, or look at what sudo says there by hand",
    ),
)


def ignoring_hangup(argv: Sequence[str]) -> list[str]:
    """``argv`` below a shell that makes it ignore SIGHUP (the ignored signal is inherited through exec)."""
    return ["/bin/sh", "-c", _IGNORE_HANGUP, "sh", *argv]


class Privilege:
    """The wrapping of the commands of one host.

    ``sudo`` runs all of them through ``sudo -n``; ``user`` is the login name, for the line that sudoers needs; ``host``
    is the user's name for the host.
    """

    def __init__(self, *, sudo: bool, user: str, host: str) -> None:
        self._sudo = sudo
        self._user = user or "YOU"
        self._host = host
        self._search = False

    def argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
        """Return the wrapped argv; with ``survive_hangup`` the command ignores SIGHUP."""
        words = ignoring_hangup(argv) if survive_hangup else list(argv)
        if self._sudo:
            words = [*_SUDO, *words]
            # sudo itself has the terminal, and hands on what happens to it.
            words = ignoring_hangup(words) if survive_hangup else words
        if self._search:
            # Outside of sudo, which looks in this PATH unless sudoers has one (secure_path): a rule names the program.
            words = ["/bin/sh", "-c", _LOOK_THERE, "sh", *words]
        return words

    async def run(self, argv: Sequence[str], run: Callable[[list[str]], Awaitable[Completed]]) -> Completed:
        """Return how a command ended, which ``run`` runs by the words that it is given.

        It is run once more, found where root has it, if it was not found and has thus done nothing.  Raises HostError
        if sudo has refused it, and whatever ``run`` does.
        """
        words = self.argv(argv)
        ended = await run(words)
        done = Completed(tuple(argv), ended.exit_code, ended.stdout, ended.stderr)
        if self.worth_another_try(words, done):
            return await self.run(argv, run)
        return self.checked(done)

    def worth_another_try(self, words: Sequence[str], done: Completed) -> bool:
        """Return whether a command, run as ``words``, was not found, has thus done nothing, and may be where root has
        it.

        From then on it is looked for there: a shell more for each command is worth it only where it is needed.
        """
        if _LOOK_THERE in words or not _unfound(done):
            return False
        self._search = True
        return True

    def checked(self, done: Completed) -> Completed:
        """Return the completed command; raises HostError if sudo has refused it."""
        if self._sudo and (refusal := self.refusal(done.exit_code, done.words)):
            raise refusal
        if _unfound(done):
            return Completed(done.argv, _NOT_FOUND, done.stdout, done.stderr)
        return done

    def refusal(self, exit_code: int, words: Sequence[str]) -> HostError | None:
        """Return what sudo's own words mean; None where they are not sudo's, or say that the command was not found.

        sudo speaks first where it refuses, and the command does not speak at all.
        """
        if not self._sudo or exit_code == 0 or not words:
            return None
        first = words[0]
        if exit_code == _NOT_FOUND and re.search(r"\bsudo: .*not found", first):
            return HostError(
                "there is no sudo on the host",
                subject=self._host,
                hint="install it there, or log in as root",
                details=words[:4],
            )
        ours = first.startswith("sudo: ") or re.match(r"Sorry, user |\S+ is not (?:in the|allowed)", first)
        if not ours or re.match(r"sudo: \S+: command not found", first):
            return None
        text = "\n".join(words)
        for pattern, happened, todo in _REFUSALS:
            if re.search(pattern, text):
                return HostError(
                    happened, subject=self._host, hint=todo.format(user=self._user), details=words[:4]
                )
        return HostError(
            "sudo refused on the host",
            subject=self._host,
            hint="try `sudo -n xl list` there by hand",
            details=words[:4],
        )


def _unfound(done: Completed) -> bool:
    """Return whether a shell, sudo or this machine says that it does not know the program.

    Shells end with 127 then.  sudo and csh end with 1, as the program itself may: they have said just one thing.
    """
    if not done.argv or not done.words:
        return False
    program = re.escape(done.argv[0])
    if done.exit_code == _NOT_FOUND:
        return bool(re.search(rf"\b{program}\b.*not found|unknown command.*{program}", done.words[0], re.I))
    said = rf"(?:sudo: )?{program}: command not found\.?"
    return done.exit_code == 1 and len(done.words) == 1 and bool(re.fullmatch(said, done.words[0], re.I))


def login_name() -> str:
    """Return who is logged in; the number where no name is known."""
    names = "LOGNAME", "USER", "LNAME", "USERNAME"  # in the order of getpass.getuser()
    if told := next(filter(None, map(os.environ.get, names)), ""):
        return told
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.geteuid())

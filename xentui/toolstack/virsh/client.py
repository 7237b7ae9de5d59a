"""Asking ``virsh`` of a host, one process for many questions."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from xentui.errors import CommandError
from xentui.hosts.base import Completed, Host
from xentui.toolstack.argv import QUERY_TIMEOUT
from xentui.toolstack.virsh import failures
from xentui.toolstack.virsh.commands import virsh

_AT_ONCE = 500
"""Questions of one process: they are one word of its argv, which may have 128 KiB."""
_SAFE = re.compile(r"[A-Za-z0-9_./:=@%+,-]+")


class Virsh:
    """``virsh`` of one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def ask(self, *words: str) -> str:
        """Return what a command prints; raises as :func:`xentui.toolstack.virsh.failures.explain`."""
        done = await self.run(*words)
        if done.exit_code != 0:
            raise failures.explain(done)
        return done.text

    async def run(self, *words: str) -> Completed:
        """Return a command that has ended, however that."""
        return await self._host.run(virsh(*words), timeout=QUERY_TIMEOUT)

    async def ask_all(self, questions: Sequence[Sequence[str]]) -> tuple[str, ...]:
        """Return what each question prints, "" for one that failed; raises where virsh could ask none.

        virsh goes on behind a command that fails, and says nowhere which one did: a word that nobody can guess stands
        between what the one prints and the other.
        """
        answers: tuple[str, ...] = ()
        for start in range(0, len(questions), _AT_ONCE):
            answers += await self._some(questions[start : start + _AT_ONCE])
        return answers

    async def _some(self, questions: Sequence[Sequence[str]]) -> tuple[str, ...]:
        mark = f"-xentui-{secrets.token_hex(16)}-"
        script = "; ".join(f"{' '.join(map(_quoted, words))}; echo {mark}" for words in questions)
        done = await self.run(script)
        *answers, rest = done.text.split(mark)
        if not answers and done.exit_code != 0:
            raise failures.explain(done)
        if len(answers) != len(questions) or rest.strip():
            raise CommandError(
                "what `virsh` printed is not valid: it has left questions out",
                argv=done.argv[:6],
                exit_code=done.exit_code,
                details=done.words[-3:],
                hint="run `virsh list --all` on the host by hand",
            )
        return tuple(answers)


def _quoted(word: str) -> str:
    """Return a word as virsh reads it; they are uuids, options and paths that xentui has made."""
    if not _SAFE.fullmatch(word):
        raise ValueError(f"{word!r} is not a word for virsh")
    return word

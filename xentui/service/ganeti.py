"""A Ganeti cluster's instances and jobs: looked at, and handed what is to be done, which Ganeti does."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from xentui.errors import CommandError, NoSuchDomainError, Suggest, UsageError
from xentui.frozen import dataclass
from xentui.text import plain
from xentui.toolstack.ganeti import commands
from xentui.toolstack.ganeti.toolstack import GanetiToolstack

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from xentui.service.session import Session
    from xentui.toolstack.argv import Argv
    from xentui.toolstack.ganeti.parse import GanetiJob, Instance

_LINE = 2000


@dataclass(frozen=True, slots=True)
class Order:
    """What Ganeti is handed for an instance: the command, and what it leads to, in sentences."""

    instance: Instance
    what: str
    argv: tuple[str, ...]
    leads_to: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What is about to be done, line by line, without what the question says."""
        return (f"run {shlex.join(self.argv)} on the master", *self.leads_to[1:])

    @property
    def question(self) -> str:
        """Whether it is to be done: with what it leads to, for who sees nothing but the question."""
        return f"{self.what}{f' ({self.leads_to[0]})' if self.leads_to else ''}?"


class Cluster:
    """The cluster of a master; raises UsageError for a host that is none."""

    def __init__(self, session: Session) -> None:
        if not isinstance(session.toolstack, GanetiToolstack):
            raise UsageError(
                "is not the master of a Ganeti cluster as far as xentui was told",
                subject=session.host.name,
                hint="name it by --host ganeti://[user@]MASTER[:port]",
            )
        self._session = session
        self._ganeti = session.toolstack

    async def instances(self) -> tuple[Instance, ...]:
        """Return every instance."""
        return await self._ganeti.instances()

    async def find(self, word: str) -> Instance:
        """Return the instance of a name, of the beginning of one up to a dot, or of a uuid; NoSuchDomainError for
        none.
        """
        found = await self.instances()
        exact = [each for each in found if word in (each.name, each.uuid)]
        short = exact or [each for each in found if each.name.partition(".")[0] == word]
        if len(short) != 1:
            raise NoSuchDomainError(
                "is the beginning of several instances" if short else "is not an instance of the cluster",
                subject=word,
                hint=", ".join(each.name for each in short[:5]) or (Suggest("ganeti.list"), " shows all"),
            )
        return short[0]

    async def info(self, name: str) -> list[str]:
        """Return all Ganeti says of an instance, line by line."""
        return await self._ganeti.output_lines(commands.info(name), name)

    async def console_command(self, name: str) -> str:
        """Return the command that attaches a terminal to an instance's console, as Ganeti says it."""
        return "\n".join(await self._ganeti.output_lines(commands.console_command(name), name))

    async def jobs(self) -> tuple[GanetiJob, ...]:
        """Return the jobs Ganeti still tells of."""
        return await self._ganeti.ganeti_jobs()

    async def job_info(self, number: int) -> list[str]:
        """Return all Ganeti says of a job, line by line."""
        return await self._ganeti.output_lines(commands.job_info(number), f"job {number}")

    @asynccontextmanager
    async def following(self, number: int) -> AsyncIterator[AsyncGenerator[str, None]]:
        """What a job says, line by line, to its end; CommandError where it fails, or there is none of the number.

        To look no longer does nothing to the job.
        """
        async with aclosing(self._lines(number)) as lines:
            yield lines

    async def _lines(self, number: int) -> AsyncGenerator[str, None]:
        argv = commands.job_watch(number)
        stream = await self._session.host.stream(argv)
        code = None
        try:
            async for line in stream.lines():
                yield plain(line.decode("utf-8", "replace"), _LINE)
        finally:
            code = await stream.close()
        if code != 0:
            words = [plain(word, _LINE) for word in stream.error_text.split("\n") if word.strip()]
            raise CommandError(
                words[-1] if words else "it has failed", argv=argv, exit_code=code, subject=f"job {number}"
            )

    # What Ganeti can be handed

    def start(self, instance: Instance) -> Order:
        """Start it."""
        return Order(instance, f"start {instance.name}", tuple(commands.start(instance.name)))

    def stop(self, instance: Instance, seconds: int = commands.SHUTDOWN_TIMEOUT) -> Order:
        """Shut it down."""
        after = (
            f"after {seconds} s Ganeti ends a guest that has not shut down"
            if seconds
            else "the guest is ended at once"
        )
        return Order(
            instance,
            f"stop {instance.name}",
            tuple(commands.stop(instance.name, seconds)),
            (f"{after}: what it has not written is lost then",),
        )

    def migrate(self, instance: Instance, node: str = "") -> Order:
        """Move it while it runs."""
        return Order(
            instance,
            f"migrate {instance.name}",
            tuple(commands.migrate(instance.name, node)),
            (f"it goes on {_place(instance, node)}; what it sends to it is not encrypted",),
        )

    def failover(self, instance: Instance, node: str = "") -> Order:
        """Start it elsewhere."""
        return Order(
            instance,
            f"fail {instance.name} over",
            tuple(commands.failover(instance.name, node)),
            (
                f"it is shut down, and started {_place(instance, node)}: what it has in memory is lost",
                f"after {commands.SHUTDOWN_TIMEOUT} s Ganeti ends a guest that has not shut down",
            ),
        )

    async def hand_over(self, order: Order) -> Sequence[str]:
        """Have Ganeti do it, and wait; what it said, line by line.

        Raises CommandError with Ganeti's words where it fails.  A connection that is cut does nothing to its job.
        """
        argv: Argv = list(order.argv)
        done = await self._session.change(argv, subject=order.instance.name)
        self._ganeti.forget()
        return [plain(line, _LINE) for line in done.text.split("\n") if line.strip()]


def _place(instance: Instance, node: str) -> str:
    if node:
        return f"on {node}"
    if instance.secondaries:
        return f"on {', '.join(instance.secondaries)}"
    return "on the node Ganeti chooses"

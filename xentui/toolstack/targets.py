"""What commands are about: domains, their stored configurations, memory images."""

from __future__ import annotations

from dataclasses import fields

from xentui.errors import NotAllowedError
from xentui.frozen import dataclass
from xentui.model.domain import Domain


@dataclass(frozen=True, slots=True)
class Target:
    """A domain the hypervisor holds, by all that an engine may call it: xl goes by domid, libvirt by uuid.

    ``managed``: it is kept, and what ends or moves it may have to see to that too.
    """

    domid: int
    uuid: str
    name: str
    managed: bool = False


@dataclass(frozen=True, slots=True)
class StoredConfig:
    """A managed domain that is to be started, and the file its configuration lies in ("": the engine has its own)."""

    uuid: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class JobCommands:
    """What a job of a host runs (:mod:`xentui.agent.jobs.saving`), as argv in which ``{domid}`` and ``{path}`` stand
    for what they are about.

    ``list`` prints what ``xl list -v`` does, of one domain alone with a domid behind it.  ``restore`` leaves the guest
    paused: it runs when its image is marked as spent.
    """

    list: tuple[str, ...]
    save: tuple[str, ...]
    restore: tuple[str, ...]
    unpause: tuple[str, ...]
    destroy: tuple[str, ...]

    def by_name(self) -> dict[str, tuple[str, ...]]:
        """Return each argv by what it does, as the agent wants them."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@dataclass(frozen=True, slots=True)
class EngineMove:
    """What a job runs whose engine moves guests by itself (:mod:`xentui.agent.migration.by_engine`).

    ``argv`` moves the guest, and leaves it paused on the target: it is let run by the job, once it is defined on the
    source no more.  ``here`` and ``there`` stand before words of the engine's client on the source, about the source
    and about the target; ``folders`` of the source hold its definitions.  ``jobs`` lists the guests;
    ``hold``, ``let_go`` and ``end`` pause, unpause and destroy the guest past the engine, which takes no word about a
    half whose line was cut.
    """

    argv: tuple[str, ...]
    here: tuple[str, ...]
    there: tuple[str, ...]
    folders: tuple[str, ...]
    jobs: JobCommands
    hold: tuple[str, ...]
    let_go: tuple[str, ...]
    end: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DrainCommands:
    """What a job runs that empties its host or brings it back (:mod:`xentui.agent.drain.emptying`), as argv.

    ``jobs`` lists the domains; ``details`` tells what ``xl list -l`` does, of one alone with a domid behind it;
    ``info`` what ``xl info`` does; ``named``, with a name behind it, fails where no domain has that.  With a uuid
    behind them ``kept`` tells what virsh's dominfo does, ``unlink`` has a domain start with the host no more, and
    ``link`` again (all empty: xentui's own store does).
    """

    jobs: JobCommands
    details: tuple[str, ...]
    info: tuple[str, ...]
    named: tuple[str, ...]
    kept: tuple[str, ...] = ()
    unlink: tuple[str, ...] = ()
    link: tuple[str, ...] = ()


def target(domain: Domain) -> Target:
    """Return what a command on ``domain`` is about; raises NotAllowedError where the hypervisor does not hold it."""
    if domain.domid is None:
        raise NotAllowedError("cannot do that: it has no domid", subject=domain.label)
    return Target(domain.domid, domain.uuid, domain.name, domain.managed)

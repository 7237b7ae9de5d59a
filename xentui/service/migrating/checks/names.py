"""Whether a domain of that name and uuid may be on the target, and what earlier migrations have left."""

from __future__ import annotations

from collections.abc import Iterator

from xentui.model.domain import Domain
from xentui.model.migration import AWAY, INCOMING
from xentui.service.mend_command import mend_command
from xentui.service.migrating.check_input import Case, hard, soft
from xentui.service.migrating.plan import MigrationFinding


def read_only(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether anything may be changed on both."""
    for side in (case.ours, case.theirs):
        if side.read_only:
            yield hard(
                "read-only", f"this session only looks at {side.name}", "start xentui without --read-only"
            )
            return


def same_host(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether there are two hosts, whatever they are called: a kernel has one id from its boot to its end."""
    if case.ours.name == case.there:
        yield hard("same-host", f"{case.there} is the host it is on", "name another host")
    elif case.ours.boot_id and case.ours.boot_id == case.theirs.boot_id:
        yield hard("same-host", f"{case.ours.name} and {case.there} are one host", "name another host")


def store(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether it is known what the target has stored."""
    if case.theirs.snapshot.store_unread:
        yield hard(
            "store",
            f"the managed domains of {case.there} cannot be read: whether one has its name or uuid is not known",
            f"the list of {case.there} says what is wrong with its store",
        )


def name(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether the name is free; xl finds that out at the very end, after all memory was sent."""
    for other in case.theirs.snapshot.domains:
        wanted = (case.domain.name, case.domain.stored_name)
        if other.uuid != case.domain.uuid and any(_named(other, each) for each in wanted):
            how = "runs" if other.domid is not None else "is stored"
            yield hard(
                "name",
                f"another domain of the name {case.domain.label} {how} on {case.there} ({other.handle})",
                "rename one of them",
            )
            return


def leftovers(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether halves of an earlier migration are left on either host: xl cannot make one of that name again."""
    for side in (case.ours, case.theirs):
        for suffix in (INCOMING, AWAY):
            left = next(
                (each for each in side.snapshot.domains if _named(each, f"{case.domain.name}{suffix}")), None
            )
            if left is not None:
                yield hard(
                    "leftover",
                    f"{left.label} is on {side.name} ({left.handle}): a migration of it broke off, or is under way",
                    (
                        "wait for its end; where there is none, ",
                        mend_command(case.domain.label, case.there),
                        " looks at both hosts and ends it safely",
                    ),
                )


def uuid(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether the same domain is there already: two running copies destroy its disks, two stored ones its
    history.
    """
    for other in case.theirs.snapshot.domains:
        if other.uuid != case.domain.uuid or other.name.endswith((INCOMING, AWAY)):
            continue
        if other.domid is not None:
            yield hard(
                "uuid",
                f"the same domain runs on {case.there} already, as {other.label} ({other.handle})",
                "find out which of both is the right one; never let both run",
            )
        elif case.domain.managed:
            yield hard(
                "uuid",
                f"the same domain is stored on {case.there} too, as {other.label}",
                "delete the older of the two stored configurations first",
            )
        else:
            yield soft(
                "stored-there",
                f"it is transient here, and stored on {case.there} as {other.label}: there it will be a managed one",
            )


def _named(domain: Domain, wanted: str) -> bool:
    return bool(wanted) and wanted in (domain.name, domain.stored_name)

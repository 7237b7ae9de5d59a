"""What stands in the way of an engine that moves guests by itself: libvirt on both hosts."""

from __future__ import annotations

from collections.abc import Iterator

from xentui.errors import Suggest
from xentui.service.migrating.check_input import Case, hard
from xentui.service.migrating.checks.disks import absent
from xentui.service.migrating.plan import MigrationFinding
from xentui.text import plain


def transient(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether it is kept: by which host keeps it is told, after a line that was cut, which of both has the
    guest.
    """
    if case.engine is not None and not case.domain.managed:
        yield hard(
            "transient",
            "it is transient: where the line is cut, nothing would tell which of both hosts has the whole guest",
            (Suggest("config.edit", case.domain.label), " makes it a managed one"),
        )


def shared(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether a disk would have to be copied, which is done for what xentui itself keeps only."""
    if case.engine is None or case.live:
        return
    for path, same in case.same.items():
        if path in case.ours.disks and absent(same):
            yield hard(
                "not-shared",
                f"{path} is not on storage that both hosts share, and disks of libvirt's domains are not copied",
                (Suggest("image.copy"), " it there first, or move it to shared storage"),
            )


def plain_ssh(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether libvirt's own ssh leads there: it is told no other command."""
    if case.engine is not None and case.reach.ssh:
        yield hard(
            "address",
            f"`{plain(case.reach.ssh, 100)}` leads to {case.there}, and libvirt goes by its own ssh",
            f"write it into root's ~/.ssh/config on {case.ours.name}, and leave `ssh` out of `migration`",
        )


def reached(case: Case) -> Iterator[MigrationFinding]:
    """Yield what libvirt's own try has shown: whether it gets into the target, and whether its Xen driver answers
    there.
    """
    if case.engine is None:
        return
    done = case.engine.done
    why = case.engine.untried
    if done is not None and done.exit_code:
        why = plain(done.words[-1], 300) if done.words else f"virsh ended with status {done.exit_code}"
    if why:
        yield hard(
            "libvirt",
            f"libvirt on {case.ours.name} does not reach that of {case.there}: {why.removeprefix('error: ')}",
            f"as root on {case.ours.name}: `virsh -c xen+ssh://{case.reach.address}/system?no_tty=1 list` must answer",
        )


def believed(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether the target's libvirt takes it for running there, as it does of a half whose line was cut."""
    if case.engine is None or case.domain.uuid not in case.engine.believed:
        return
    if not any(each.uuid == case.domain.uuid for each in case.theirs.snapshot.domains):
        yield hard(
            "believed",
            f"libvirt on {case.there} believes in a half of an earlier migration that is gone, and takes no other",
            f"`systemctl restart libvirtd` (or virtxend) on {case.there}: its guests run on meanwhile",
        )

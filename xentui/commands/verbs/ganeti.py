"""``ganeti``: the instances and jobs of a Ganeti cluster, on its master (``--host ganeti://MASTER``)."""

from __future__ import annotations

from xentui import commands
from xentui.commands.arguments import Argument, ArgumentKind, flag
from xentui.commands.command import Command, Group
from xentui.late import later

_JSON = flag("--json", help="machine-readable (docs/fleet.md)")
_INSTANCE = Argument(
    ("instance",), "name of the instance, or its beginning up to the first dot", metavar="INSTANCE"
)
_NODE = Argument(("--node",), "to this node instead of the one that Ganeti chooses", metavar="NODE")
COMMANDS = (
    Command(
        id="ganeti.list",
        verb="ganeti list",
        summary="List the instances of a Ganeti cluster, with node and status",
        group=Group.CLUSTER,
        arguments=(_JSON,),
        run=later(lambda: commands.ganeti_session.show_list),
    ),
    Command(
        id="ganeti.show",
        verb="ganeti show",
        summary="Show everything Ganeti reports about an instance, and its console command",
        group=Group.CLUSTER,
        arguments=(_INSTANCE,),
        run=later(lambda: commands.ganeti_session.show),
    ),
    Command(
        id="ganeti.start",
        verb="ganeti start",
        summary="Have Ganeti start an instance, after asking",
        group=Group.CLUSTER,
        arguments=(_INSTANCE,),
        mutates=True,
        run=later(lambda: commands.ganeti_session.start),
    ),
    Command(
        id="ganeti.stop",
        verb="ganeti stop",
        summary="Have Ganeti shut an instance down, after asking; it ends an instance that does not",
        group=Group.CLUSTER,
        arguments=(
            _INSTANCE,
            Argument(
                ("--timeout",), "seconds until it is ended (120); 0 at once", ArgumentKind.NUMBER, metavar="N"
            ),
        ),
        mutates=True,
        run=later(lambda: commands.ganeti_session.stop),
    ),
    Command(
        id="ganeti.migrate",
        verb="ganeti migrate",
        summary="Have Ganeti move an instance to another node while it runs, after asking",
        group=Group.CLUSTER,
        arguments=(_INSTANCE, _NODE),
        mutates=True,
        run=later(lambda: commands.ganeti_session.migrate),
    ),
    Command(
        id="ganeti.failover",
        verb="ganeti failover",
        summary="Have Ganeti shut an instance down and start it on another node, after asking",
        group=Group.CLUSTER,
        arguments=(_INSTANCE, _NODE),
        mutates=True,
        run=later(lambda: commands.ganeti_session.failover),
    ),
    Command(
        id="ganeti.jobs",
        verb="ganeti jobs",
        summary="List Ganeti's jobs that are not done",
        group=Group.CLUSTER,
        arguments=(flag("--all", help="those that have ended, too"), _JSON),
        run=later(lambda: commands.ganeti_session.jobs),
    ),
    Command(
        id="ganeti.job",
        verb="ganeti job",
        summary="Show a job of Ganeti",
        group=Group.CLUSTER,
        arguments=(
            Argument(("job",), "its number", ArgumentKind.NUMBER, metavar="JOB"),
            flag("-f", "--follow", help="follow its output until it ends"),
        ),
        run=later(lambda: commands.ganeti_session.job),
    ),
)

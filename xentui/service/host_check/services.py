"""The daemons of the toolstack, what starts guests with the host, and the time."""

from __future__ import annotations

import re

from xentui.config import xend_config, xend_settings
from xentui.errors import ConfigError, Suggest
from xentui.service.host_check import boot, facts as read
from xentui.service.host_check.facts import Facts, assignments
from xentui.service.host_check.report_line import FileEdit, Finding, Mend, fault, note, ok, unknown, warning

_DEBIAN, _COMMONS, _UNIT, _OPENRC = read.SETTINGS
_SKEW = 5.0
"""Seconds two clocks may differ."""
_WHY_TIME = "guests take the time from the host; a wrong time disturbs logs, certificates and clusters"
_LOGS = "/var/log/xen/console"


def xenstored(facts: Facts) -> Finding:
    """Return whether xenstore is served."""
    running = [name for name in ("xenstored", "oxenstored") if name in facts.daemons]
    if running:
        return ok(f"{running[0]} runs")
    if facts.unread:
        return unknown(facts.unread)
    if facts.report:
        # A domain of its own can serve it (XENSTORETYPE=domain).
        return note("xenstored does not run here; xl answers, so another domain serves xenstore")
    return fault("xenstored does not run", "without it no guest can be started", start(facts, "xenstored"))


def xenconsoled(facts: Facts) -> Finding:
    """Return whether guests' consoles are served."""
    if "xenconsoled" in facts.daemons:
        return ok("xenconsoled runs")
    if facts.unread:
        return unknown(facts.unread)
    command = start(facts, "xenconsoled")
    mend = Mend("start xenconsoled", (), (tuple(command.split()),))
    return fault(
        "xenconsoled does not run",
        "guests have no consoles: their output is lost, and nobody can log in there",
        command,
        mend,
    )


def start(facts: Facts, daemon: str) -> str:
    """Return the command that starts one of the toolstack's daemons."""
    if "debian" in facts.distribution:
        return "service xen start"  # one script of Debian's starts both
    return f"systemctl start {daemon}" if facts.found(read.SYSTEMD) else f"rc-service {daemon} start"


def console_logging(facts: Facts) -> Finding:
    """Return whether what guests print is kept."""
    started = facts.daemons.get("xenconsoled")
    if started is None:
        return unknown(facts.unread or "xenconsoled does not run")
    logs = re.findall(r"--log[= ](\S+)", started)
    if logs and logs[-1] in ("guest", "all"):
        return ok(f"guests' output is logged in {_LOGS}")
    why = "what a guest prints before it crashes is lost, unless somebody has its console open"
    mend = _logging(facts)
    return warning(
        "guests' output is not logged",
        why,
        boot.as_shell(mend) if mend else "start xenconsoled with --log=guest",
        mend,
    )


def _logging(facts: Facts) -> Mend | None:
    """Return what makes xenconsoled keep logs from its next start on; None where its settings are in no known file."""
    for path, name in (
        (_DEBIAN, "XENCONSOLED_ARGS"),
        (_UNIT, "XENCONSOLED_LOG"),
        (_COMMONS, "XENCONSOLED_TRACE"),
        (_OPENRC, "XENCONSOLED_ARGS"),
    ):
        text = facts.texts.get(path)
        if text is None:
            continue
        now = assignments(text).get(name, "")
        if name == "XENCONSOLED_ARGS":
            if "--log" in now or re.search(r"[\"'$`\\]", now):
                continue
            value = f"{now} --log=guest".strip()
        else:
            value = "guest"
        rows = [row for row in text.removesuffix("\n").split("\n") if not re.match(rf"\s*{name}=", row)]
        new = "\n".join([*rows, f'{name}="{value}"']) + "\n"
        then = (
            "xenconsoled uses this once it has been restarted, at the latest after the next boot of the host."
        )
        return Mend(
            "have xenconsoled log guests' output",
            (FileEdit(path, text, new),),
            (("mkdir", "-p", _LOGS),),
            then,
        )
    return None


def xendomains(facts: Facts) -> Finding:
    """Return whether domains start with the host."""
    if facts.unread:
        return unknown(facts.unread)
    if facts.found(*read.XENDOMAINS):
        return ok("starts with the host, and so do the domains marked for it")
    marked = sum(domain.autostart for domain in facts.domains or ())
    if not facts.found(*read.XENDOMAINS_INSTALLED):
        return warning(
            "xendomains is not installed",
            "no domain starts with the host, nor is shut down with it",
            "install Xen's tools",
        )
    if facts.found(read.SYSTEMD):
        command: tuple[str, ...] = ("systemctl", "enable", "xendomains")
    else:
        command = ("rc-update", "add", "xendomains", "default")
    why = "no domain starts with the host, nor is saved or shut down with it"
    if marked:
        why = f"{marked} domain{'s' if marked > 1 else ''} marked to start with the host will not"
    return warning(
        "does not start with the host",
        why,
        " ".join(command),
        Mend("have xendomains start with the host", (), (command,)),
    )


def relocation(facts: Facts) -> Finding:
    """Return whether a xend that is still there lets in whom it is meant to."""
    try:
        config = xend_config.read(facts.texts[read.XEND])
    except ConfigError as error:
        return fault(
            f"xend cannot read its settings ({error.headline})",
            "it does not start like this",
            f"edit {read.XEND}",
        )
    cautions = xend_settings.cautions(config)
    if cautions:
        return warning(
            "; ".join(cautions), "xend encrypts nothing, and asks for no password", Suggest("xend.show")
        )
    server = next(value for value in xend_settings.values(config) if value.setting.key == "server")
    if server.on:
        return ok("xend accepts guests from the hosts in hosts-allow")
    return note(
        "xend accepts no guests from other hosts",
        "no guest can be moved here by xm",
        Suggest("xend.set", "server", "yes"),
    )


def time(facts: Facts) -> Finding:
    """Return whether something keeps the clock right."""
    if facts.unread:
        return unknown(facts.unread)
    if abs(facts.skew) > _SKEW:
        told = f"is {abs(facts.skew):.0f} s {'ahead of' if facts.skew > 0 else 'behind'} this machine's"
        return warning(f"the host's clock {told}", _WHY_TIME, "chronyc tracking, or timedatectl")
    keeper = next((name for name in read.TIMEKEEPERS if name in facts.daemons), "")
    if keeper:
        return ok(f"{'systemd-timesyncd' if keeper == 'systemd-timesyn' else keeper} keeps the time")
    return warning(
        "no time daemon runs",
        _WHY_TIME,
        "install chrony, or `timedatectl set-ntp true`",
    )

"""What makes a host one that can be worked on from elsewhere: Python and SSH."""

from __future__ import annotations

import re

from xentui.service.host_check import distributions, facts as read
from xentui.service.host_check.facts import Facts
from xentui.service.host_check.report_line import Finding, fault, note, ok, unknown, warning
from xentui.text import lines

_OLDEST = (3, 9)
_SESSIONS = 10
"""Sessions of one connection that sshd allows by default: consoles and commands at the same time (sshd_config(5))."""


def python(facts: Facts) -> Finding:
    """Return whether xentui elsewhere finds a Python here."""
    why = "from another machine, running domains can be managed, but not stored ones"
    command = f"{distributions.installer(facts)} python3"
    if not facts.python:
        return fault(f"xentui's agent does not run: {facts.unread}", why, command)
    numbers = tuple(int(word) for word in re.findall(r"\d{1,4}", facts.python)[:2])
    if numbers < _OLDEST:
        return warning(f"is {facts.python}, older than 3.9", why, command)
    if not facts.found(*read.PYTHON):
        return warning(f"{facts.python} answers, but is not found as python3 where logins look", why, command)
    return ok(facts.python)


def ssh(facts: Facts) -> Finding:
    """Return whether an admin can log in from elsewhere as who may use xl."""
    if facts.unread:
        return unknown(facts.unread)
    if "sshd" not in facts.daemons:
        return note(
            "sshd does not run",
            "the host cannot be managed from another machine",
            f"{distributions.installer(facts)} openssh-server",
        )
    if read.SSHD not in facts.texts:
        return unknown(facts.trouble(read.SSHD))
    settings = _settings(facts)
    login = settings.get("permitrootlogin", "prohibit-password").lower()
    if login == "no":
        return note(
            "sshd runs; root may not log in",
            "log in as another user and have xentui use sudo: ssh://user@host?sudo",
            f"PermitRootLogin prohibit-password in {read.SSHD}",
        )
    if settings.get("pubkeyauthentication", "yes").lower() == "no":
        return warning(
            "sshd accepts no keys",
            "xentui logs in with keys only",
            f"PubkeyAuthentication yes in {read.SSHD}",
        )
    sessions = settings.get("maxsessions", str(_SESSIONS))
    if sessions.isdigit() and int(sessions) < _SESSIONS:
        return warning(
            f"sshd allows {sessions} sessions per connection",
            "each open console needs one, and so does each command",
            f"MaxSessions {_SESSIONS * 3} in {read.SSHD}",
        )
    return ok("sshd runs; root may log in with a key")


def _settings(facts: Facts) -> dict[str, str]:
    """Return what sshd is told: of each word the first value counts (sshd_config(5)); conditions are left out.

    The parts come first: every distribution that has them includes them at the top.
    """
    found: dict[str, str] = {}
    parts = sorted(path for path in facts.texts if path.startswith("/etc/ssh/sshd_config.d/"))
    for path in (*parts, read.SSHD):
        for line in lines(facts.texts[path]):
            words = line.split(None, 1)
            if words and words[0].lower() == "match":
                break
            if len(words) == 2 and not words[0].startswith("#"):
                found.setdefault(words[0].lower(), words[1].strip().strip('"'))
    return found

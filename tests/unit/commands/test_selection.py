"""The domains that are chosen in a list, put into lines that name none - and never into one that names another."""

from __future__ import annotations

import shlex

import pytest

from tests.unit.commands.conftest import domain
from xentui.commands.registry import verbs
from xentui.commands.selection import identifier, lines
from xentui.errors import UsageError
from xentui.model.state import DomainState

WEB = domain("web1", DomainState.RUNNING, 1)
DB = domain("db", DomainState.RUNNING, 4)
MAIL = domain("mail", DomainState.RUNNING, 5)
ALL = [WEB, DB, MAIL]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pause", "pause db"),
        ("pause web1", "pause web1"),
        ("pause wbe1", "pause wbe1"),
        ("destroy wbe1", "destroy wbe1"),
        ("start -c", "start db -c"),
        ("shutdown", "shutdown db"),
        ("shutdown -w", "shutdown db -w"),
        ("shutdown --all", "shutdown --all"),
        ("shutdown wbe1", "shutdown wbe1"),
        ("rename", "rename db"),
        ("rename db2", "rename db db2"),
        ("rename web1", "rename web1"),
        ("rename web1 web2", "rename web1 web2"),
        ("mem-set 512", "mem-set db 512"),
        ("mem-set web1", "mem-set web1"),
        ("vcpu-set 4", "vcpu-set db 4"),
        ("autostart", "autostart db"),
        ("autostart on", "autostart db on"),
        ("autostart web1", "autostart web1"),
        ("autostart wbe1", "autostart wbe1"),
        ("autostart on --order 3", "autostart db on --order 3"),
        ("trigger nmi", "trigger db nmi"),
        ("trigger web1", "trigger web1"),
        ("save /srv/x", "save db /srv/x"),
        ("save web1", "save web1"),
        ("save x", "save x"),
        ("diff 2 3", "diff db 2 3"),
        ("diff web1", "diff web1"),
        ("config --version 3", "config db --version 3"),
        ("restore-version 3", "restore-version db 3"),
        ("block-attach file:/srv/x xvdb w", "block-attach db file:/srv/x xvdb w"),
        ("block-attach wbe1 x", "block-attach wbe1 x"),
        ("block-detach xvdb", "block-detach db xvdb"),
        ("network-attach", "network-attach db"),
        ("network-attach bridge=lan", "network-attach db bridge=lan"),
        ("cd-insert hdc /srv/x.iso", "cd-insert db hdc /srv/x.iso"),
        ("cd-eject", "cd-eject db"),
        ("cd-eject hdc", "cd-eject hdc"),
        ("bulk-set on_crash restart", "bulk-set on_crash restart db"),
        ("bulk-set on_crash", "bulk-set on_crash"),
        ("bulk-remove on_crash web1", "bulk-remove on_crash web1"),
        ("list", "list"),
        ("info", "info"),
        ("import", "import"),
        ("sim crash", "sim crash"),
        ("boot-entries", "boot-entries db"),
        ("boot-entries /srv/x.img", "boot-entries /srv/x.img"),
        ("drift --take running", "drift db --take running"),
        ("drift --take", "drift --take"),
        ("undo", "undo db"),
    ],
)
def test_what_a_line_is_for(line: str, expected: str) -> None:
    verb, *words = shlex.split(line)
    (found,) = lines(verbs()[verb], words, DB, [], ALL)
    assert shlex.join([verb, *found]) == expected


def test_marked_domains_come_before_the_one_under_the_cursor() -> None:
    assert lines(verbs()["pause"], [], DB, [WEB, MAIL], ALL) == [["web1"], ["mail"]]
    assert lines(verbs()["reboot"], ["-w"], DB, [WEB, MAIL], ALL) == [["web1", "mail", "-w"]]
    assert lines(verbs()["bulk-set"], ["on_crash", "restart"], DB, [WEB, MAIL], ALL) == [
        ["on_crash", "restart", "web1", "mail"]
    ]
    assert lines(verbs()["pause"], ["db"], DB, [WEB, MAIL], ALL) == [["db"]]
    with pytest.raises(UsageError, match="for one domain, and 2 are marked"):
        lines(verbs()["rename"], ["x"], DB, [WEB, MAIL], ALL)


def test_nothing_is_put_in_where_nothing_is_chosen() -> None:
    assert lines(verbs()["pause"], [], None, [], []) == [[]]


def test_a_domain_that_shares_its_name_is_named_by_its_number() -> None:
    other = domain("web1", DomainState.OFF, uuid="ffff0000-0000-4000-8000-000000000000")
    assert identifier(WEB, [WEB, other]) == "1"
    assert identifier(other, [WEB, other]) == other.uuid
    assert identifier(domain("-n", DomainState.RUNNING, 9), []) == "9"

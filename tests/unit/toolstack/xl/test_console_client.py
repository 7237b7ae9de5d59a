"""Who has a console, from what ps and who say."""

from __future__ import annotations

import pytest

from tests.unit.console.test_hub import StubHost
from xentui.errors import HostError
from xentui.hosts.base import Completed
from xentui.model.answers import ConsoleTrouble
from xentui.toolstack.xl.console_client import consoles, duration_words, lock_owner, trouble

# As the real Xen 4.17 host answers.
PROCESSES = """\
      1       0 root                             ?           12:02:46 /sbin/init
    277       1 root                             ?              02:32 /usr/lib/xen-4.17/bin/xenconsoled
    782     331 root                             ?              00:09 sshd: root@pts/1
    788     782 root                             pts/1       01:00:07 /usr/lib/xen/bin/xenconsole 1 --num 0 --type pv
    790     331 alice                            ?              00:09 sshd: alice@pts/2
    791     790 alice                            pts/2          33:00 python3 -m xentui
    799     791 root                             pts/5          12:40 xenconsole 17 --num 0 --type pv
    800       1 root                             ?        2-03:00:00 xenconsole 8
    801       1 root                             hvc0           00:02 less xenconsole 9
"""
LOGINS = """\
root     pts/1        2026-11-24 05:40 (10.0.2.2)
alice    pts/2        2026-11-24 05:40 (host.example.org)
root     hvc0         2026-11-24 05:40
"""


@pytest.mark.parametrize(
    ("domid", "words"),
    [
        (1, "root on pts/1 for 1 h, from 10.0.2.2"),
        (17, "root on pts/2 for 12 min, from host.example.org"),
        (8, "root for 2 days"),
        (7, ""),
        (9, ""),
    ],
)
async def test_the_holder_is_told(domid: int, words: str) -> None:
    host = StubHost()
    host.answers = {"ps": PROCESSES, "who": LOGINS}
    assert await lock_owner(host, domid) == words


async def test_without_logins_the_terminal_is_told() -> None:
    host = StubHost()
    host.answers = {"ps": PROCESSES}
    assert await lock_owner(host, 17) == "root on pts/5 for 12 min"


async def test_without_processes_nothing_is_told() -> None:
    assert await lock_owner(StubHost(), 1) == ""


@pytest.mark.parametrize("ps", ["", "garbage", "x y z\n1 2 3\n", "\0" * 99, "1 1 root ? x xenconsole 1\n"])
async def test_odd_answers_are_no_error(ps: str) -> None:
    host = StubHost()
    host.answers = {"ps": ps, "who": "?\n\n(x)\n"}
    assert await lock_owner(host, 1) in ("", "root")


async def test_a_host_out_of_reach_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(*arguments: object, **more: object) -> None:
        raise HostError("gone")

    host = StubHost()
    monkeypatch.setattr(host, "run", run)
    assert await lock_owner(host, 1) == ""


async def test_processes_that_are_their_own_parents_end() -> None:
    host = StubHost()
    host.answers = {"ps": "5 6 root pts/1 00:10 xenconsole 1\n6 5 root pts/1 00:10 sh\n", "who": ""}
    assert await lock_owner(host, 1) == "root on pts/1 for 10 s"


@pytest.mark.parametrize(
    ("etime", "words"),
    [
        ("00:09", "9 s"),
        ("12:34", "12 min"),
        ("03:00:00", "3 h"),
        ("1-00:00:00", "1 day"),
        ("x", ""),
        ("", ""),
    ],
)
def test_durations(etime: str, words: str) -> None:
    assert duration_words(etime) == words


def test_a_refusal_is_known_by_xenconsoles_words() -> None:
    words = "xenconsole: Could not lock /var/lock/xenconsole.1: Resource temporarily unavailable"
    assert trouble(["Connection to xen1 closed.", words]) is ConsoleTrouble.HELD
    early = "xenconsole: Could not read tty from store: No such file or directory"
    assert trouble([early]) is ConsoleTrouble.NOT_YET
    assert trouble(["xenconsole: something else", ""]) is None


def _told(*lines: str, domid: int = 5, exit_code: int = 0) -> list[str] | None:
    text = "".join(f"{line}\n" for line in lines).encode()
    found = consoles(Completed(("xenstore-ls",), exit_code, text, b""), domid)
    return None if found is None else [f"{each.which} {each.inside}" for each in found]


def test_consoles_are_those_with_a_terminal() -> None:
    """The first lines are as recorded of an HVM guest on Xen 4.17."""
    assert _told(
        '/local/domain/5/console = ""',
        '/local/domain/5/console/tty = "/dev/pts/0"',
        '/local/domain/5/console/vnc-port = "5900"',
        '/local/domain/5/serial/0/tty = "/dev/pts/1"',
        '/local/domain/5/device/console/1/name = "org.example.agent"',
        '/local/domain/5/device/console/1/tty = "/dev/pts/2"',
        '/local/domain/5/device/console/2/name = "on a socket"',
        '/local/domain/5/device/console/2/tty = ""',
    ) == ["serial 0 ttyS0", "pv 0 hvc0", "pv 1 channel org.example.agent"]


def test_another_domains_consoles_are_not_its_own() -> None:
    assert _told('/local/domain/55/console/tty = "/dev/pts/0"', "nonsense", "") == []


def test_a_host_that_does_not_tell_is_not_one_without_consoles() -> None:
    assert _told(exit_code=1) is None


def test_a_guest_that_names_a_thousand_is_bounded() -> None:
    rows = [f'/local/domain/5/device/console/{number}/tty = "/dev/pts/{number}"' for number in range(999)]
    told = _told(*rows, '/local/domain/5/device/console/7/name = "\x1b[31m"')
    assert told is not None
    assert len(told) < 100
    assert "\x1b" not in "".join(told)

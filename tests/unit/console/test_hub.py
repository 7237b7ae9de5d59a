"""The consoles of a host: kept alive, followed through reboots, explained where they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.unit.agent.console.test_share_server import is_shared
from tests.unit.console.support import RAW, XENCONSOLE, Recorder, python, shown, until
from xentui import agent
from xentui.agent.console import share_server
from xentui.console.hub import ConsoleHub, LiveConsole
from xentui.console.session import Phase
from xentui.console.sharing import ConsoleSharing, SharedConsole
from xentui.errors import NotAllowedError, UsageError
from xentui.hosts.base import Completed, NamedWith, Stream, nowhere
from xentui.hosts.reach import Reach
from xentui.toolstack.xl.toolstack import XlToolstack

U = "12345678-0000-4000-8000-000000000001"
ENDS = "print('reboot: Restarting system', end='\\r\\n')"
POWERS_OFF = "print('[  9.1] reboot: Power down')"
REFUSED = (
    "import sys; print('xenconsole: Could not lock /var/lock/xenconsole.3: Resource temporarily unavailable')"
    "; sys.exit(11)"
)


class StubHost:
    """A host whose consoles are the Python programs in ``programs``, by domid."""

    name = "ssh://root@xen1"
    store_root = "/nowhere"
    command_prefix = ()
    share_folder = ""
    far_python: Any = None
    reach = Reach()
    toolstack = ""
    turns = 0

    def __init__(self) -> None:
        self.named_with: NamedWith = nowhere
        self.programs: dict[str, str] = {}
        self.attached: list[tuple[str, ...]] = []
        self.answers: dict[str, str] = {}

    def pty_argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
        self.attached.append((*argv, "survives") if survive_hangup else tuple(argv))
        return python(self.programs.get(argv[-1], XENCONSOLE))

    def pty_environment(self) -> Mapping[str, str]:
        return {}

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        answer = self.answers.get(argv[0])
        return Completed(tuple(argv), 0 if answer is not None else 127, (answer or "").encode(), b"")

    async def stream(self, argv: Sequence[str]) -> Stream:
        raise NotImplementedError

    async def call(self, operation: Any, *_: Any, **arguments: Any) -> Any:
        return agent.dispatch(self.store_root, operation, arguments)

    def host_path(self, path: str) -> str:
        return path

    def shown(self, text: str) -> str:
        return text

    async def close(self) -> None:
        pass


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> StubHost:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return StubHost()


@pytest.fixture
async def hub(host: StubHost) -> AsyncIterator[ConsoleHub]:
    hub = ConsoleHub(host, XlToolstack(host), history=1000)
    yield hub
    await hub.close_all()
    assert hub.all() == ()


async def attach(hub: ConsoleHub, domid: int = 3) -> LiveConsole:
    return await hub.open(uuid=U, name="web1", domid=domid, argv=["xl", "console", str(domid)])


async def test_a_console_is_attached_and_found_again(hub: ConsoleHub, host: StubHost) -> None:
    console = await attach(hub)
    assert hub.get(U) is console
    assert hub.all() == (console,)
    assert (console.name, console.domid, console.status) == ("web1", 3, "attached")
    await until(lambda: "ready" in shown(console.session.emulator))
    session = console.session
    assert await attach(hub) is console
    assert console.session is session
    assert host.attached == [("xl", "console", "3")]
    assert hub.get("another") is None


async def test_two_at_once_open_one(hub: ConsoleHub, host: StubHost) -> None:
    one, other = await asyncio.gather(attach(hub), attach(hub))
    assert one is other
    assert len(host.attached) == 1


async def test_output_nobody_saw_is_remembered(hub: ConsoleHub) -> None:
    console = await attach(hub)
    await until(lambda: console.activity)
    console.seen()
    assert not console.activity
    console.session.write(b"x")
    await until(lambda: console.activity)


async def test_the_log_tells_when_it_was_attached_and_left(hub: ConsoleHub) -> None:
    console = await attach(hub)
    await until(lambda: "ready" in shown(console.session.emulator))
    await hub.close(U)
    assert hub.get(U) is None
    assert console.session.phase is Phase.ENDED
    path = console.transcript.path
    assert path.parts[-3:] == ("consoles", "ssh%3A%2F%2Froot%40xen1", "web1-12345678.log")
    lines = path.read_text().splitlines()
    assert lines[0].startswith("--- attached to web1 (domid 3) at 20")
    assert lines[1] == "ready"
    assert lines[-1].startswith("--- left web1 at 20")
    await hub.close(U)


async def test_a_reboot_is_followed(hub: ConsoleHub, host: StubHost) -> None:
    host.programs["3"] = ENDS
    console = await attach(hub)
    heard = Recorder()
    console.listen(heard)
    statuses: list[str] = []
    console.on_change(lambda changed: statuses.append(changed.status))
    first = console.session
    await until(lambda: console.status == "waiting for the domain to come back")
    hub.domains_changed({U: ("web1", 3)})
    hub.domains_changed({})
    assert console.status == "ended: the domain is gone"
    hub.domains_changed({U: ("web1", None)})
    assert console.status == "ended: the domain is off"
    hub.domains_changed({U: ("web1", 4)})
    hub.domains_changed({U: ("web1", 4)})
    await until(lambda: console.status == "attached")
    assert console.domid == 4
    assert console.session is not first
    assert console.session.emulator is first.emulator
    await until(lambda: "ready" in shown(console.session.emulator))
    assert shown(console.session.emulator).split("\n")[:2] == ["reboot: Restarting system", "ready"]
    assert host.attached == [("xl", "console", "3"), ("xl", "console", "4")]
    assert "followed to web1 (domid 4)" in console.transcript.path.read_text()
    assert heard.ended == [first]
    assert statuses[-1] == "attached"


async def test_listeners_stay_and_can_go(hub: ConsoleHub, host: StubHost) -> None:
    host.programs["3"] = ENDS
    console = await attach(hub)
    told: list[int] = []

    class Ear:
        def on_output(self, session: Any) -> None:
            told.append(console.domid)

        def on_ended(self, session: Any) -> None:
            pass

    stop = console.listen(Ear())
    await until(lambda: console.session.phase is Phase.ENDED)
    hub.domains_changed({U: ("web1", 4)})
    await until(lambda: 4 in told)
    stop()
    await until(lambda: "ready" in shown(console.session.emulator))
    told.clear()
    console.session.write(b"x")
    await until(lambda: "b'x'" in shown(console.session.emulator))
    assert not told


async def test_the_screen_is_fit_for_the_next_boot(hub: ConsoleHub, host: StubHost) -> None:
    host.programs["3"] = r"print('kept\r\n\x1b[?1049h\x1b[2;4r\x1b[?6h\x1b[7mfull screen\x1b]0;half', end='')"
    console = await attach(hub)
    await until(lambda: console.session.phase is Phase.ENDED)
    hub.domains_changed({U: ("web1", 4)})
    await until(lambda: "ready" in shown(console.session.emulator))
    emulator = console.session.emulator
    assert not emulator.alternate_screen
    assert [text for text in emulator.text() if text] == ["kept", "ready"]
    assert not emulator.cell(1, 0).reverse


async def test_a_power_off_is_told(hub: ConsoleHub, host: StubHost) -> None:
    host.programs["3"] = POWERS_OFF
    console = await attach(hub)
    await until(lambda: console.session.phase is Phase.ENDED)
    hub.domains_changed({U: ("web1", None)})
    await until(lambda: console.status == "ended: the guest powered off")


async def test_an_ended_console_is_opened_anew_with_its_scrollback(hub: ConsoleHub, host: StubHost) -> None:
    host.programs["3"] = ENDS
    console = await attach(hub)
    await until(lambda: console.session.phase is Phase.ENDED)
    assert await attach(hub, 5) is console
    await until(lambda: "ready" in shown(console.session.emulator))
    assert "Restarting" in shown(console.session.emulator)
    assert console.domid == 5


async def test_a_rename_is_followed(hub: ConsoleHub) -> None:
    console = await attach(hub)
    hub.domains_changed({U: ("www", 3)})
    assert (console.name, console.status) == ("www", "attached")


async def test_who_holds_a_console_is_told(hub: ConsoleHub, host: StubHost) -> None:
    host.programs["3"] = REFUSED
    host.answers["ps"] = "7 1 root pts/3 12:34 /usr/lib/xen-4.17/bin/xenconsole 3 --num 0 --type pv\n"
    host.answers["who"] = "root     pts/3        2026-11-24 05:40 (192.168.77.2)\n"
    console = await attach(hub)
    await until(lambda: console.status == "held by root on pts/3 for 12 min, from 192.168.77.2")
    hub.domains_changed({U: ("web1", 3)})
    hub.domains_changed({U: ("web1", 3)})
    assert console.status.startswith("held by root")
    assert len(host.attached) == 1, "it is not fought for"
    hub.domains_changed({U: ("web1", None)})
    assert console.status == "ended: the domain is off"
    hub.domains_changed({U: ("web1", 4)})
    await until(lambda: console.status == "attached")


@pytest.fixture
async def held(host: StubHost, hub: ConsoleHub, tmp_path: Path) -> AsyncIterator[LiveConsole]:
    """The console of web1 as another admin's hub has it, while ``hub`` is refused."""
    host.store_root, host.share_folder = str(tmp_path), str(tmp_path / "shared")
    other = ConsoleHub(host, XlToolstack(host), history=1000)
    console = await attach(other)
    await until(lambda: "ready" in shown(console.session.emulator))
    await until(lambda: is_shared(Path(host.share_folder), 3))
    host.programs["3"] = REFUSED
    mine = await attach(hub)
    await until(lambda: mine.shared)
    yield console
    await other.close_all()


async def test_what_another_holds_is_watched_and_nothing_typed(hub: ConsoleHub, held: LiveConsole) -> None:
    mine = hub.all()[0]
    assert mine.status.startswith("held by ")
    logged = mine.transcript.path.read_bytes()
    await hub.watch(U)
    await until(lambda: "ready" in shown(mine.session.emulator))
    assert mine.status.startswith("watching, held by ")
    assert (mine.watching, mine.ended) == (True, False)
    mine.session.write(b"typed by who watches")
    held.session.write(b"typed by the holder")
    await until(lambda: "by the holder" in shown(mine.session.emulator))
    assert "who watches" not in shown(held.session.emulator)
    assert mine.transcript.path.read_bytes().count(b"watch") == logged.count(b"watch")


async def test_who_watches_is_told_of_the_end_and_gets_nothing_unasked(
    hub: ConsoleHub, host: StubHost, held: LiveConsole
) -> None:
    mine = hub.all()[0]
    await hub.watch(U)
    await until(lambda: "ready" in shown(mine.session.emulator))
    attached = len(host.attached)
    await held.session.close()
    await until(lambda: mine.status == "ended: its holder has left it")
    for domid in (3, 3, 3, 3, 4):
        hub.domains_changed({U: ("web1", domid)})
    await asyncio.sleep(0)
    assert len(host.attached) == attached
    del host.programs["3"]
    await attach(hub)
    assert (mine.status, mine.watching) == ("attached", False)


async def test_who_watches_is_told_who_has_taken_it(
    hub: ConsoleHub, host: StubHost, held: LiveConsole
) -> None:
    mine = hub.all()[0]
    told: list[str] = []
    hub.on_taken = lambda _console, who: told.append(who)
    await hub.watch(U)
    await until(lambda: "ready" in shown(mine.session.emulator))
    await ConsoleSharing(host).take_over(SharedConsole("web1", 3))
    await until(lambda: mine.status == held.status and mine.ended)
    assert mine.status.startswith("taken over by ")
    assert [mine.status.removeprefix("taken over by ")] == told


async def test_who_watches_is_told_that_the_guest_has_ended_and_then_that_it_is_off(
    hub: ConsoleHub, held: LiveConsole
) -> None:
    mine = hub.all()[0]
    told: list[str] = []
    hub.on_unwatched = lambda console: told.append(console.status)
    await hub.watch(U)
    await until(lambda: "ready" in shown(mine.session.emulator))
    held.session.write(b"die")
    await until(lambda: mine.ended and told)
    assert told == [mine.status] == ["ended: the console has ended"]
    hub.domains_changed({U: ("web1", None)})
    assert mine.status == "ended: the domain is off"
    hub.domains_changed({})
    assert mine.status == "ended: the domain is gone"


async def test_one_more_than_can_watch_may_take_it_over(
    hub: ConsoleHub, held: LiveConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share_server, "_WATCHERS", 0)
    mine = hub.all()[0]
    await hub.watch(U)
    await until(lambda: mine.status == "watched by as many as can")
    assert (mine.shared, mine.ended) == (True, True)
    await hub.take_over(U)
    await until(lambda: held.ended)


async def test_what_is_watched_can_be_left(hub: ConsoleHub, held: LiveConsole) -> None:
    mine = hub.all()[0]
    await hub.watch(U)
    await until(lambda: "ready" in shown(mine.session.emulator))
    await hub.close(U)
    assert mine.ended
    assert not held.ended


async def test_one_that_is_taken_over_is_let_go_of_and_its_holder_told(
    hub: ConsoleHub, host: StubHost, held: LiveConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xentui.console.sharing.asker", lambda **_: "eve on pts/4")
    mine = hub.all()[0]
    await hub.take_over(U)
    await until(lambda: held.status == "taken over by eve on pts/4")
    assert held.ended
    del host.programs["3"]
    await attach(hub)
    await until(lambda: mine.status == "attached")
    assert b"the console of web1 taken over by eve on pts/4" in held.transcript.path.read_bytes()


async def test_what_nobody_shares_is_neither_watched_nor_taken_over(hub: ConsoleHub, host: StubHost) -> None:
    host.programs["3"] = REFUSED
    console = await attach(hub)
    await until(lambda: console.ended)
    for wanted in (hub.watch, hub.take_over):
        with pytest.raises(NotAllowedError, match="is not shared"):
            await wanted(U)
    assert not console.shared


async def test_an_unknown_holder_is_another_client(hub: ConsoleHub, host: StubHost) -> None:
    host.programs["3"] = REFUSED
    console = await attach(hub)
    await until(lambda: console.status == "held by another client")


async def test_a_lost_connection_is_tried_again_but_not_for_ever(hub: ConsoleHub, host: StubHost) -> None:
    host.programs["3"] = "import sys; print('client_loop: send disconnect: Broken pipe'); sys.exit(255)"
    console = await attach(hub)
    for attempt in range(12):
        await until(lambda: console.status == "ended: the connection was lost")
        assert len(host.attached) == min(attempt, 8) + 1
        hub.domains_changed({U: ("web1", 3)})
        if attempt < 8:
            await until(lambda expected=attempt + 2: len(host.attached) == expected)  # type: ignore[misc]
            await until(lambda: console.session.phase is Phase.ENDED)


async def test_a_command_that_failed_is_told_in_its_own_words(hub: ConsoleHub, host: StubHost) -> None:
    host.programs["3"] = "import sys; print('Unable to attach console'); sys.exit(1)"
    console = await attach(hub)
    await until(lambda: console.status == "ended: Unable to attach console")
    host.programs["4"] = "import sys; sys.exit(3)"
    hub.domains_changed({U: ("web1", 4)})
    await until(lambda: console.status == "ended: exit code 3")


async def test_a_domain_that_has_no_console_yet_is_waited_for(hub: ConsoleHub, host: StubHost) -> None:
    words = "xenconsole: Could not read tty from store: No such file or directory"
    host.programs["3"] = f"import sys; print({words!r}); sys.exit(2)"
    console = await attach(hub)
    for _ in range(8):
        await until(lambda: console.status == "waiting for the domain's console")
        hub.domains_changed({U: ("web1", 3)})
        await until(lambda: console.session.phase is Phase.OPEN)
        await until(lambda: console.session.phase is Phase.ENDED)
    await until(lambda: console.status == f"ended: {words}")


async def test_a_console_that_ended_without_a_word_is_tried_again_later(
    hub: ConsoleHub, host: StubHost
) -> None:
    host.programs["3"] = ""
    console = await attach(hub)
    await until(lambda: console.session.phase is Phase.ENDED)
    for _ in range(2):
        hub.domains_changed({U: ("web1", 3)})
    await asyncio.sleep(0.1)
    assert len(host.attached) == 1, "it may be on its way down"
    host.programs["3"] = XENCONSOLE
    hub.domains_changed({U: ("web1", 3)})
    await until(lambda: "ready" in shown(console.session.emulator))


async def test_a_console_the_user_left_is_left_alone(hub: ConsoleHub, host: StubHost) -> None:
    console = await attach(hub)
    await until(lambda: "ready" in shown(console.session.emulator))
    console.session.write(b"\x1d")
    await until(lambda: console.status == "left: the guest runs on")
    for domid in (3, 3, 3, 3, 4):
        hub.domains_changed({U: ("web1", domid)})
    await asyncio.sleep(0.1)
    assert len(host.attached) == 1


async def test_a_boot_survives_and_learns_its_domid(hub: ConsoleHub, host: StubHost) -> None:
    argv = ["xl", "create", "-c", "/x.cfg"]
    console = await hub.open(uuid=U, name="web1", domid=-1, argv=argv, boot=True)
    assert host.attached == [(*argv, "survives")]
    hub.domains_changed({U: ("web1", None)})
    assert console.domid == -1
    hub.domains_changed({U: ("web1", 6)})
    assert console.domid == 6


async def test_a_transient_boot_learns_its_uuid(hub: ConsoleHub) -> None:
    console = await hub.open(uuid="", name="test", domid=-1, argv=["xl", "create", "-c", "x"], boot=True)
    assert hub.get(console.uuid) is console
    hub.domains_changed({U: ("web1", 3)})
    assert hub.get(U) is None
    hub.domains_changed({U: ("web1", 3), "22222222": ("test", 4)})
    assert hub.get("22222222") is console
    assert (console.uuid, console.domid) == ("22222222", 4)


async def test_a_command_that_cannot_run_is_an_error(hub: ConsoleHub, host: StubHost) -> None:
    host.pty_argv = lambda argv, **_: ["/nowhere/ssh", *argv]  # type: ignore[method-assign]
    with pytest.raises(UsageError, match="/nowhere/ssh"):
        await attach(hub)
    assert hub.get(U) is None


async def test_closing_while_it_follows(hub: ConsoleHub, host: StubHost) -> None:
    host.programs["3"] = ENDS
    host.programs["4"] = RAW + "time.sleep(600)"
    console = await attach(hub)
    await until(lambda: console.session.phase is Phase.ENDED)
    hub.domains_changed({U: ("web1", 4)})
    await asyncio.sleep(0)
    await hub.close(U)
    await asyncio.sleep(0.1)
    assert console.session.phase is Phase.ENDED


async def test_a_hub_nobody_looks_at_has_no_terminal_that_answers(host: StubHost) -> None:
    host.programs["3"] = (
        RAW + "print('\\x1b[6nready', flush=True)\nprint('got', repr(sys.stdin.read(1)), flush=True)"
    )
    hub = ConsoleHub(host, XlToolstack(host), answers=False)
    console = await attach(hub)
    await until(lambda: "ready" in shown(console.session.emulator))
    console.session.write(b"y")
    await until(lambda: "got 'y'" in shown(console.session.emulator))
    await hub.close_all()

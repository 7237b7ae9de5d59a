"""What is typed into several consoles: who gets it, as what, and who no more."""

from __future__ import annotations

from pathlib import Path

from tests.unit.console.support import RAW, XENCONSOLE, python, shown, until
from xentui.console.broadcast import Broadcast
from xentui.console.live import LiveConsole
from xentui.console.session import ConsoleSession
from xentui.console.transcript import Transcript

APPLICATION = RAW.replace("ready", "\\x1b[?1hready") + XENCONSOLE.removeprefix(RAW)


async def opened(
    folder: Path, name: str, program: str = XENCONSOLE, *, read_only: bool = False
) -> LiveConsole:
    session = ConsoleSession(python(program), read_only=read_only)
    await session.start()
    await until(lambda: "ready" in shown(session.emulator))
    return LiveConsole(name, name, 1, session, Transcript(folder / name))


async def test_each_gets_a_key_as_its_guest_wants_it(tmp_path: Path) -> None:
    plain, application = await opened(tmp_path, "a"), await opened(tmp_path, "b", APPLICATION)
    together = Broadcast([plain, application])
    assert together.consoles == (plain, application)
    assert together.write(lambda emulator: emulator.key("up")) == 0
    await until(lambda: r"\x1b[A" in shown(plain.session.emulator))
    await until(lambda: r"\x1bOA" in shown(application.session.emulator))
    for live in (plain, application):
        await live.session.close()


async def test_one_that_has_ended_or_is_read_only_is_none_of_them(tmp_path: Path) -> None:
    stays, ends = await opened(tmp_path, "a"), await opened(tmp_path, "b")
    silent = await opened(tmp_path, "c", read_only=True)
    together = Broadcast([stays, ends, silent])
    await ends.session.close()
    assert together.consoles == (stays,)
    assert ends not in together
    await stays.session.close()
    await silent.session.close()


async def test_one_that_was_attached_again_is_typed_into_no_more(tmp_path: Path) -> None:
    """What comes after a reboot is a boot menu."""
    live = await opened(tmp_path, "a")
    together = Broadcast([live])
    await live.session.close()
    other = await opened(tmp_path, "b")
    live.go_on_with(other.session)
    assert together.consoles == ()
    together.write(lambda _emulator: b"typed")
    await other.session.close()
    assert "typed" not in shown(other.session.emulator)


async def test_a_guest_that_does_not_read_is_counted(tmp_path: Path) -> None:
    deaf = await opened(tmp_path, "a", RAW + "time.sleep(600)")
    together = Broadcast([deaf])
    assert together.write(lambda _emulator: b"x" * 600_000) == 0
    assert together.write(lambda _emulator: b"x" * 600_000) == 1
    await deaf.session.close()

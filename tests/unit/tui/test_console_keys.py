"""Guests' consoles inside the screen: typing, leaving, looking around, what becomes of them."""

from __future__ import annotations

import sys

import pytest
from rich.table import Table
from textual.widgets import OptionList

from tests.unit.tui.stage import NARROW, WIDE, Stage, StageHost, stage, talking
from xentui.console.broadcast import Broadcast
from xentui.console.session import Phase

LEAVE = "ctrl+right_square_bracket"
LINES = "".join(f"line {number} of the guest\r\n" for number in range(1, 61))


async def open_console(it: Stage, name: str = "web1", shows: str = "ready") -> None:
    await it.go(name)
    await it.press("c")
    await it.shows(shows)


async def test_enter_opens_the_console_and_the_leave_key_leaves_it(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("enter")
        await it.shows("ready", "web1 #1 attached", "Ctrl-] leaves")
        assert not it.in_list
        await it.press(LEAVE)
        await it.until(lambda: it.in_list)
        await it.shows("1 Domains  2 Details  3 web1")
        assert it.app.here.hub.all()[0].session.phase is Phase.OPEN


async def test_what_does_not_run_has_no_console_and_says_so(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("backup")
        await it.press("enter")
        await it.shows("backup: cannot open the console: it is off")
        assert it.app.here.hub.all() == ()


async def test_all_keys_go_to_the_guest(host: StageHost) -> None:
    async with stage(host) as it:
        await open_console(it)
        await it.press("S", "X", "enter", "tab", "f1", "up", "ctrl+c", "ctrl+p")
        await it.shows(r"SX\r\t\x1bOP\x1b[A\x03\x10")
        assert host.did == ["xl console 1"]


async def test_keys_for_the_guest_do_nothing_to_the_list(host: StageHost) -> None:
    async with stage(host) as it:
        await open_console(it)
        await it.press(*"SpzRDX:/o")
        await it.settled()
        assert len(it.app.screen_stack) == 1
        assert not it.app.main.prompt.display
        assert host.did == ["xl console 1"]


async def test_another_key_may_leave(host: StageHost) -> None:
    async with stage(host, settings={"leave_key": "f12"}) as it:
        await open_console(it)
        await it.shows("F12 leaves")
        await it.press("f12")
        await it.until(lambda: it.in_list)


async def test_a_leave_key_that_guests_need_is_refused_and_that_is_said(host: StageHost) -> None:
    async with stage(host, settings={"leave_key": "q"}) as it:
        await it.shows("config.toml: leave_key = 'q' would be missed in guests")
        await open_console(it)
        await it.shows("Ctrl-] leaves")


async def test_a_paste_of_one_line_is_typed(host: StageHost) -> None:
    async with stage(host) as it:
        await open_console(it)
        await it.paste("echo pasted")
        await it.shows("echo pasted")


async def test_a_paste_of_several_lines_asks_first(host: StageHost) -> None:
    async with stage(host) as it:
        await open_console(it)
        await it.paste("first\nsecond\nthird")
        await it.shows("Type 3 lines into the guest?", "first", "third")
        await it.press("n")
        await it.hides("Type 3 lines")
        await it.settled()
        assert "second" not in it.screen
        await it.paste("first\nsecond")
        await it.shows("Type 2 lines into the guest?")
        await it.press("y")
        await it.until(lambda: "Type 2" not in it.screen and "second" in it.screen)


async def test_the_scrollback_is_read_searched_and_copied(host: StageHost) -> None:
    host.console = talking(LINES)
    async with stage(host, size=NARROW) as it:
        await open_console(it, shows="line 60")
        await it.press(LEAVE)
        await it.press("V")
        await it.shows("Space select")
        await it.press("home")
        await it.shows("line 1 of the guest")
        await it.press("end")
        await it.shows("line 60 of the guest")
        await it.press("/")
        await it.type("LINE 7", "enter")
        await it.shows("line 7 of the guest", "1 of 1")
        await it.press("space", "right", "right", "right", "right", "right", "y")
        await it.until(lambda: it.app.clipboard == "line 7")
        await it.press("y")
        await it.until(lambda: it.app.clipboard.strip() == "line 7 of the guest")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_the_scrollback_of_what_is_not_open_yet_gets_the_keys_itself(host: StageHost) -> None:
    host.console = talking(LINES)
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("V", "t")
        await it.shows("line 60 of the guest", "row of ", "/ search")
        await it.press("/", *"line 7", "enter")
        await it.shows("line 7 of the guest", "1 of 1")
        session = it.app.here.hub.all()[0].session
        assert session.bytes_seen == len(LINES), "the guest echoes nothing"
        await it.press("enter", "x")
        await it.until(lambda: session.bytes_seen > len(LINES))


async def test_who_has_moved_in_the_scrollback_stays_there(host: StageHost) -> None:
    host.console = talking("first\r\nsecond\r\n")
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("V")
        await it.shows("second", "Space select")
        view = it.app.main.console.view
        await it.until(lambda: view.selection.cursor.row == 2)
        await it.press("up")
        session = it.app.here.hub.all()[0].session
        session.write(b"third")
        await it.until(lambda: "third" in "".join(session.emulator.text()))
        await it.settled()
        assert view.selection.cursor.row == 1


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_bar_of_the_scrollback_has_the_keys_for_times_and_matches(
    host: StageHost, size: tuple[int, int]
) -> None:
    host.console = talking(LINES)
    async with stage(host, size=size) as it:
        await open_console(it, shows="line 60")
        await it.press(LEAVE, "V")
        await it.shows("Esc list · t times · / search · Enter type · Space select · y copy")
        await it.press("/")
        await it.shows("search", "or @10m, @13:05")
        await it.type("of the guest", "enter")
        await it.shows("of the guest: 1 of 60, n older, N newer")
        it.app.main.console.bar.show_text("")
        await it.shows("n N 1 of 60 · Esc list · t times · / search")


async def test_what_is_not_in_the_scrollback_is_said(host: StageHost) -> None:
    async with stage(host) as it:
        await open_console(it)
        await it.press(LEAVE, "V")
        await it.shows("Space select")
        await it.press("/")
        await it.type("nowhere", "enter")
        await it.shows("nowhere: not found")


async def test_what_is_refused_is_said_where_the_console_takes_all_lines(host: StageHost) -> None:
    async with stage(host, size=NARROW, read_only=True) as it:
        await open_console(it)
        await it.shows("web1 #1 attached, read-only · Ctrl-] leaves")
        await it.press("x")
        await it.shows("Ctrl-] leaves · cannot type into the guest: this session is read-only")
        await it.press(LEAVE)
        await it.until(lambda: it.in_list)
        await it.shows("cannot type into the guest: this session is read-only")


async def test_a_quiet_guest_that_nothing_is_typed_into_is_not_said_to_wake(host: StageHost) -> None:
    host.console = [sys.executable, "-c", "input()"]
    async with stage(host, size=NARROW) as it:
        await open_console(it, shows="Enter wakes an idle guest")
    async with stage(host, size=NARROW, read_only=True) as it:
        await open_console(it, shows="attached, read-only")
        await it.settled()
        assert "Enter wakes" not in it.screen


async def test_what_is_not_found_is_said_where_the_console_takes_all_lines(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await open_console(it)
        await it.press(LEAVE, "V")
        await it.shows("Space select")
        await it.press("/")
        await it.type("nowhere", "enter")
        await it.shows("nowhere: not found")


async def test_the_leave_key_itself_can_be_sent(host: StageHost) -> None:
    async with stage(host) as it:
        await open_console(it)
        await it.press(LEAVE, "V")
        await it.shows("Space select")
        await it.press("]")
        await it.until(lambda: it.app.here.hub.all()[0].session.bytes_seen > len("ready\r\n"))
        assert it.app.here.hub.all()[0].session.phase is Phase.OPEN


async def test_several_are_open_at_once_and_those_unseen_are_marked(host: StageHost) -> None:
    host.consoles = {"2": talking("second\r\n")}
    async with stage(host, size=NARROW) as it:
        await open_console(it)
        await it.press(LEAVE)
        await open_console(it, "web2", "second")
        await it.press(LEAVE)
        await it.shows("3 web1  4 web2")
        await it.press("3")
        await it.shows("ready")
        it.app.here.hub.all()[1].session.write(b"news")
        await it.shows("4 web2*")
        await it.press(LEAVE, "4")
        await it.shows("news")
        assert "web2*" not in it.screen


async def test_a_console_that_has_ended_says_why_and_is_attached_again_by_enter(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await open_console(it)
        await host.run(["xl", "destroy", "web1"])
        await it.press("q")
        await it.shows("ended: the domain is off", "Enter attaches again")
        await it.press("enter")
        await it.shows("ended: the domain is off")
        host.console = talking("here again\r\n")
        await it.press(LEAVE)
        await it.shows("3 web1†", "† ended")
        await it.go("web1")
        await it.press("s")
        await it.shows("web1: started")
        await it.press("3")
        await it.shows("here again", "attached")


async def test_a_console_that_was_left_is_attached_again_by_enter(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await open_console(it)
        it.app.here.hub.all()[0].session.write(b"\x1d")
        await it.shows("left: the guest runs on", "Enter attaches again")
        host.console = talking("here again\r\n")
        await it.press("enter")
        await it.shows("here again", "attached")


async def test_keys_typed_right_behind_enter_are_the_guests(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("enter", *"SXpDq")
        await it.shows("ready")
        await it.settled()
        assert host.did == ["xl console 1"]
        assert it.app.is_running


async def test_a_console_is_closed_for_good(host: StageHost) -> None:
    async with stage(host) as it:
        await open_console(it)
        await it.press(LEAVE, "K")
        await it.shows("left the console of web1; it keeps running")
        assert it.app.here.hub.all() == ()
        await it.press("K")
        await it.shows("web1 has no console open")
        assert it.state("web1") == "running"


async def test_a_boot_shows_its_menu_and_is_noted(host: StageHost) -> None:
    host.console = [sys.executable, "-S", "-E", "-c", "print('pyGRUB  version 0.7'); input()"]
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("b")
        await it.shows("pyGRUB", "backup booting")
        assert host.did[-1].startswith("xl create") and host.did[-1].split()[2] == "-c"
        await it.press("enter")
        await it.shows("Enter attaches again")


async def test_the_list_and_a_console_stand_side_by_side_where_there_is_room(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await open_console(it)
        await it.shows("name▲", "ready")
        await it.resize(NARROW)
        await it.hides("name▲")
        await it.shows("ready")
        await it.resize(WIDE)
        await it.shows("name▲", "ready")
        assert not it.in_list


async def test_full_screen_is_refused_for_what_does_not_run(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("backup")
        await it.press("F")
        await it.shows("backup: cannot full screen: it is off")


@pytest.mark.parametrize("wanted", [True, False])
async def test_the_bell_of_the_guest_in_sight_rings(host: StageHost, wanted: bool) -> None:
    async with stage(host, settings={"bell": wanted}) as it:
        rung = []
        it.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
        host.console = ringing("pressed")
        await open_console(it)
        assert not rung
        await it.press("x")
        await it.shows("pressed")
        await it.settled()
        assert rung == ([1] if wanted else []), "twice at once is one"


async def test_a_bell_out_of_sight_is_marked_in_the_tab(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        it.app.bell = lambda: pytest.fail("nobody sees it")  # type: ignore[method-assign]
        host.console = ringing("pressed")
        await open_console(it)
        live = it.app.here.hub.all()[0]
        await it.press(LEAVE)
        await it.until(lambda: it.in_list)
        live.session.write(b"x")
        await it.until(lambda: live.rang)
        it.app.main.show_tabs()
        await it.shows("3 web1!")
        await it.press("c")
        await it.shows("pressed")
        await it.until(lambda: not live.rang)


def ringing(text: str) -> list[str]:
    """A guest that rings twice when a key is pressed."""
    program = (
        "import os, tty\ntty.setraw(0)\nos.write(1, b'ready\\r\\n')\n"
        f"while os.read(0, 9) not in (b'', b'\\x1d'): os.write(1, b'\\a\\a{text}')\n"
    )
    return [sys.executable, "-S", "-E", "-c", program]


async def test_another_console_of_a_guest_takes_the_place_of_the_first(host: StageHost) -> None:
    path = host.guest("ports", type='"hvm"', serial='"pty"')
    await host.run(["xl", "create", path])
    async with stage(host, size=NARROW) as it:
        await open_console(it, "ports")
        await it.until(lambda: (found := it.domain("ports")) is not None and found.running is not None)
        await it.press(LEAVE)
        await it.press("l")
        await it.shows("Which console of ports", "ttyS0, the usual one", "PV console     hvc0")
        await it.press("enter")
        await it.shows("attached · Ctrl-] leaves")
        assert len(it.app.here.hub.all()) == 1
        await it.press(LEAVE, "l")
        await it.shows("PV console     hvc0")
        await it.press("down", "enter")
        await it.shows("pv 0 attached")
        assert len(it.app.here.hub.all()) == 1
        domid = host.did[-1].rpartition(" ")[2]
        assert host.did[-2:] == [f"xl console {domid}", f"xl console -t pv -n 0 {domid}"]


async def test_a_console_that_is_missing_says_what_lacks(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("l")
        await it.shows("Serial port 0  a PV guest has no serial port", "PV console     hvc0, the usual one")


async def test_a_kernel_that_speaks_elsewhere_is_told_of_while_nothing_is_shown(host: StageHost) -> None:
    host.console = talking("")
    await host.run(["xl", "create", host.guest("mute", extra='"console=tty0"')])
    async with stage(host, size=WIDE) as it:
        await it.go("mute")
        await it.press("c")
        await it.shows("silent: console=hvc0 is missing")


async def test_a_sysrq_is_chosen_by_what_it_means(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.until(lambda: (found := it.domain("web1")) is not None and found.running is not None)
        await it.press("h")
        await it.shows("Send to web1", "sysrq h             list the letters that the guest knows")
        await it.press("down", "down", "enter")
        await it.until(lambda: host.did == ["xl sysrq 1 s"])


async def test_a_sysrq_that_ends_something_asks_on_the_screen(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.until(lambda: (found := it.domain("web1")) is not None and found.running is not None)
        await it.press("h")
        await it.shows("Send to web1", "nmi", "sysrq h")
        last = it.app.screen.query_one("#choices", OptionList).get_option("send-key break")
        assert last.disabled
        assert isinstance(last.prompt, Table)
        assert [[str(cell) for cell in column.cells] for column in last.prompt.columns] == [
            ["break"],
            ["a PV guest has no serial line to break: on its console Ctrl-O and a letter are a sysrq"],
        ]
        await it.press(*["down"] * 19, "enter")
        await it.shows("Send sysrq b to web1?", "it reboots at once")
        await it.press("escape")
        await it.settled()
        assert host.did == []


async def test_keys_are_sent_to_the_console_one_looks_at(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await open_console(it, "web2")
        await it.press(LEAVE, "V")
        await it.shows("Space select")
        snapshot = it.app.here.host_state.snapshot
        assert snapshot is not None
        it.app.main.table.go_to(next(each.uuid for each in snapshot.domains if each.name == "web1"))
        await it.press("h")
        await it.shows("Send to web2")


async def test_a_guest_is_given_its_size_at_a_shell_prompt(host: StageHost) -> None:
    host.console = talking("root@web1:~# ")
    async with stage(host, size=WIDE) as it:
        await open_console(it, shows="root@web1:~#")
        await it.shows("Ctrl-] f fits")
        size = it.app.main.console.view.size
        await it.press(LEAVE, "f")
        await it.shows(f" stty rows {size.height} cols {size.width}")
        await it.until(lambda: it.app.here.hub.all()[0].session.emulator.columns == size.width)


async def test_nothing_is_typed_into_what_is_no_shell(host: StageHost) -> None:
    host.console = talking("web1 login: ")
    async with stage(host, size=NARROW) as it:
        await open_console(it, shows="web1 login:")
        await it.press(LEAVE, "f")
        await it.shows("cannot tell the guest its size: no shell prompt is recognised")
        await it.press(LEAVE, "V", "f")
        await it.settled()
        assert "stty" not in it.screen
        emulator = it.app.here.hub.all()[0].session.emulator
        assert (emulator.columns, emulator.lines) == (80, 24)


async def test_a_guest_without_an_open_console_cannot_be_given_a_size(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("f")
        await it.shows("web1 has no console open")


async def two_consoles(it: Stage) -> None:
    await open_console(it, "web1")
    await it.press(LEAVE)
    await open_console(it, "web2")
    await it.press(LEAVE)
    await it.until(lambda: it.in_list)


def said(it: Stage, number: int) -> str:
    """What the guest of a console shows."""
    return "".join(it.app.here.hub.all()[number].session.emulator.text())


async def test_what_is_typed_goes_to_several_consoles_after_a_question(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await two_consoles(it)
        await it.press("Q")
        await it.shows("Type into 2 consoles at once?", "web1 (domid 1)", "web2 (domid 2)")
        await it.press("y")
        await it.shows("» and 1 other", "3 »web1", "4 »web2")
        await it.press(*"abc")
        await it.until(lambda: "abc" in said(it, 0) and "abc" in said(it, 1))
        await it.paste("pasted")
        await it.until(lambda: "pasted" in said(it, 0) and "pasted" in said(it, 1))
        await it.press(LEAVE)
        await it.shows("you type into one console again")
        assert "»" not in it.screen
        await it.press("4")
        await it.until(lambda: not it.in_list)
        await it.press(*"xyz")
        await it.until(lambda: "xyz" in said(it, 1))
        assert "xyz" not in said(it, 0)


async def test_a_paste_goes_to_those_it_was_asked_for_though_they_are_together_no_more(
    host: StageHost,
) -> None:
    async with stage(host, size=WIDE) as it:
        await two_consoles(it)
        await it.press("Q", "y")
        await it.shows("» and 1 other")
        await it.paste("first\nsecond")
        await it.shows("Type 2 lines into 2 guests?")
        it.app.main.consoles.type_together(None)
        await it.press("y")
        await it.until(lambda: "second" in said(it, 0) and "second" in said(it, 1))


async def test_a_paste_asked_for_one_guest_goes_to_no_other_one(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await two_consoles(it)
        await it.press("3")
        await it.until(lambda: not it.in_list)
        await it.paste("first\nsecond")
        await it.shows("Type 2 lines into the guest?")
        it.app.main.consoles.type_together(Broadcast(it.app.here.hub.all()))
        await it.press("y")
        await it.until(lambda: "second" in said(it, 0))
        assert "second" not in said(it, 1)


async def test_a_paste_agreed_to_after_the_end_is_typed_nowhere_and_that_is_said(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await open_console(it)
        await it.paste("first\nsecond")
        await it.shows("Type 2 lines into the guest?")
        it.app.here.hub.all()[0].session.write(b"q")
        await it.until(lambda: it.app.here.hub.all()[0].ended)
        await it.press("y")
        await it.shows("is not typed: the console has ended")


async def test_nothing_is_typed_into_several_unless_agreed_to(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await two_consoles(it)
        await it.press("Q")
        await it.shows("Type into 2 consoles at once?")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert "»" not in it.screen


async def test_one_console_is_not_several(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await open_console(it, "web1")
        await it.press(LEAVE, "Q")
        await it.shows("cannot type into several consoles: open two first")


async def test_two_consoles_stand_side_by_side(host: StageHost) -> None:
    host.consoles = {"1": talking("first guest\r\n"), "2": talking("second guest\r\n")}
    async with stage(host, size=WIDE) as it:
        await open_console(it, "web1", "first guest")
        await it.press(LEAVE)
        await it.go("web2")
        await it.press("|")
        await it.shows("first guest", "second guest", "web1 #1 attached", "web2 #2 attached")
        assert any("first guest" in line and "second guest" in line for line in it.lines)
        await it.press(*"two")
        await it.until(lambda: "two" in said(it, 1))
        await it.press(LEAVE)
        await it.shows("> web2")
        await it.press("3")
        await it.shows("first guest", "second guest")
        await it.press(*"one")
        await it.until(lambda: "one" in said(it, 0))
        assert "one" not in said(it, 1)
        assert "two" not in said(it, 0)


async def test_a_narrow_terminal_keeps_the_one_with_the_keys(host: StageHost) -> None:
    host.consoles = {"1": talking("first guest\r\n"), "2": talking("second guest\r\n")}
    async with stage(host, size=WIDE) as it:
        await open_console(it, "web1", "first guest")
        await it.press(LEAVE)
        await it.go("web2")
        await it.press("|")
        await it.shows("first guest", "second guest")
        await it.resize(NARROW)
        await it.hides("first guest")
        await it.press(*"still")
        await it.until(lambda: "still" in said(it, 1))
        await it.press(LEAVE, "|")
        await it.shows("cannot show two consoles: the terminal has 80 columns")


async def test_one_of_two_that_is_closed_leaves_the_other(host: StageHost) -> None:
    host.consoles = {"1": talking("first guest\r\n"), "2": talking("second guest\r\n")}
    async with stage(host, size=WIDE) as it:
        await open_console(it, "web1", "first guest")
        await it.press(LEAVE)
        await it.go("web2")
        await it.press("|")
        await it.shows("first guest", "second guest")
        await it.press(LEAVE)
        await it.go("web1")
        await it.press("K")
        await it.shows("second guest")
        await it.hides("first guest")
        assert it.in_list
        await it.press("K")
        await it.shows("web1 has no console open", "second guest")
        await it.go("web2")
        await it.press("K")
        await it.hides("second guest")
        assert it.in_list


async def test_the_second_of_two_that_is_closed_leaves_the_keys_to_the_list(host: StageHost) -> None:
    host.consoles = {"1": talking("first guest\r\n"), "2": talking("second guest\r\n")}
    async with stage(host, size=WIDE) as it:
        await open_console(it, "web1", "first guest")
        await it.press(LEAVE)
        await it.go("web2")
        await it.press("|")
        await it.shows("first guest", "second guest")
        await it.press(LEAVE, "K")
        await it.shows("left the console of web2", "first guest")
        assert it.in_list
        assert "second guest" not in it.screen


async def test_a_console_alone_has_none_to_stand_beside(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await it.go("web1")
        await it.press("|")
        await it.shows("cannot show it beside another console: none is open")

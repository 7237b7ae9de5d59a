"""What a terminal sends, as bytes, with the screen: for a guest, for the list, for lines and dialogs."""

from __future__ import annotations

import pytest

from tests.unit.tui.stage import NARROW, Stage, StageHost, stage, talking
from tests.unit.tui.test_console_keys import open_console

ESC = "\x1b"
START, END = f"{ESC}[200~", f"{ESC}[201~"


class TestGuest:
    async def test_esc_followed_at_once_by_a_key(self, host: StageHost) -> None:
        async with stage(host) as it:
            await open_console(it)
            await it.sends(f"ihello{ESC}:wx\r")
            await it.shows(r"ihello\x1b:wx\r")

    async def test_alt(self, host: StageHost) -> None:
        async with stage(host) as it:
            await open_console(it)
            await it.sends(f"{ESC}.{ESC}[46;3u{ESC}1{ESC}b{ESC}\x7f{ESC}\r{ESC}\x01{ESC}[1;3A")
            await it.shows(r"\x1b.\x1b.\x1b1\x1bb\x1b\x7f\x1b\r\x1b\x01\x1b[1;3A")

    async def test_the_leave_key_is_known_behind_esc(self, host: StageHost) -> None:
        async with stage(host) as it:
            await open_console(it)
            await it.sends(f"x{ESC}\x1dy")
            await it.until(lambda: it.in_list)
            await it.settled()
            await it.shows(r"x\x1b")

    async def test_keys_it_does_not_know_reach_the_guest(self, host: StageHost) -> None:
        async with stage(host) as it:
            await open_console(it)
            await it.sends(f"{ESC}[99~")
            await it.shows(r"\x1b[99~")

    async def test_ctrl_h_is_not_backspace(self, host: StageHost) -> None:
        async with stage(host) as it:
            await open_console(it)
            await it.sends("\x08\x7f")
            await it.shows(r"\x08\x7f")

    async def test_a_paste_with_esc_and_the_leave_key_stays_a_paste(self, host: StageHost) -> None:
        async with stage(host) as it:
            await open_console(it)
            await it.sends(f"{START}ab{ESC}[31mc\x1dXpD{END}")
            await it.shows("ab[31mcXpD")
            assert host.did == ["xl console 1"]
            assert len(it.app.screen_stack) == 1

    async def test_its_lines_are_asked_about(self, host: StageHost) -> None:
        async with stage(host) as it:
            await open_console(it)
            await it.sends(f"{START}abc{ESC}[31mdef\rrm -rf x\r{END}")
            await it.shows("Type 2 lines into the guest?")
            await it.press("y")
            await it.shows(r"abc[31mdef\rrm -rf x\r")

    async def test_a_paste_that_is_too_long_is_not_typed_and_that_is_said(self, host: StageHost) -> None:
        async with stage(host) as it:
            await open_console(it)
            await it.sends(f"{START}{'x' * (1 << 20)}xx{END}")
            await it.shows("pasted text of more than 1,048,576 characters: not typed")
            await it.sends(f"{START}{'ж' * (1 << 20)}{END}")
            await it.shows("the pasted text is not typed: the guest reads too slowly")


class TestMouse:
    async def opened(self, it: Stage, modes: str) -> None:
        it.host.console = talking(f"\x1b[{modes}hready\r\n")
        await open_console(it)

    def at(self, it: Stage, code: int, line: int, column: int, end: str = "M") -> str:
        """A report of the user's terminal for a cell of the guest's screen."""
        view = it.app.main.console.view
        top = view.content_region.y - view.first_row()
        return f"{ESC}[<{code};{view.content_region.x + column + 1};{top + line + 1}{end}"

    async def test_a_drag_is_told(self, host: StageHost) -> None:
        async with stage(host) as it:
            await self.opened(it, "?1002;1006")
            await it.sends(self.at(it, 0, 2, 3) + self.at(it, 32, 3, 5) + self.at(it, 0, 3, 5, "m"))
            await it.shows(r"\x1b[<0;4;3M\x1b[<32;6;4M\x1b[<0;6;4m")

    async def test_in_the_old_coding_too(self, host: StageHost) -> None:
        async with stage(host) as it:
            await self.opened(it, "?1002")
            await it.sends(self.at(it, 0, 2, 3) + self.at(it, 32, 3, 5) + self.at(it, 0, 3, 5, "m"))
            await it.shows(r"\x1b[M $#\x1b[M@&$\x1b[M#&$")

    async def test_motion_where_it_is_asked_for(self, host: StageHost) -> None:
        async with stage(host) as it:
            await self.opened(it, "?1003;1006")
            await it.sends(self.at(it, 35, 2, 3) + self.at(it, 35, 2, 3) + self.at(it, 35, 2, 4))
            await it.shows(r"\x1b[<35;4;3M\x1b[<35;5;3M")

    async def test_and_not_elsewhere(self, host: StageHost) -> None:
        async with stage(host) as it:
            await self.opened(it, "?1000;1006")
            await it.sends(self.at(it, 35, 2, 3) + self.at(it, 0, 2, 3) + self.at(it, 32, 3, 3))
            await it.sends(self.at(it, 0, 3, 3, "m"))
            await it.shows(r"\x1b[<0;4;3M\x1b[<0;4;4m")

    async def test_with_alt_and_ctrl(self, host: StageHost) -> None:
        async with stage(host) as it:
            await self.opened(it, "?1000;1006")
            await it.sends(self.at(it, 8, 2, 3) + self.at(it, 8, 2, 3, "m") + self.at(it, 16, 2, 3))
            await it.shows(r"\x1b[<8;4;3M\x1b[<8;4;3m\x1b[<16;4;3M")

    async def test_a_click_below_its_last_line_is_not_told(self, host: StageHost) -> None:
        async with stage(host, size=(200, 50)) as it:
            await self.opened(it, "?1000;1006")
            await it.sends(self.at(it, 0, 30, 3) + self.at(it, 0, 30, 3, "m"))
            await it.sends(self.at(it, 0, 2, 90) + self.at(it, 0, 2, 90, "m") + self.at(it, 2, 1, 1))
            await it.shows(r"ready", r"\x1b[<2;2;2M")
            assert r"\x1b[<0" not in it.screen

    async def test_a_drag_that_leaves_the_screen_ends_at_its_edge(self, host: StageHost) -> None:
        async with stage(host) as it:
            await self.opened(it, "?1002;1006")
            for report in (self.at(it, 0, 2, 3), self.at(it, 32, -2, 3), self.at(it, 0, -2, 3, "m")):
                await it.sends(report)
            await it.shows(r"\x1b[<0;4;3M\x1b[<32;4;1M\x1b[<0;4;1m")

    async def test_with_shift_text_is_selected(self, host: StageHost) -> None:
        async with stage(host) as it:
            await self.opened(it, "?1002;1006")
            await it.sends(self.at(it, 4, 0, 0) + self.at(it, 36, 0, 4) + self.at(it, 4, 0, 4, "m"))
            await it.until(lambda: it.app.clipboard == "ready")
            assert r"\x1b[<" not in it.screen

    async def test_where_the_guest_does_not_ask_text_is_selected(self, host: StageHost) -> None:
        async with stage(host) as it:
            await open_console(it)
            await it.sends(self.at(it, 0, 0, 0) + self.at(it, 32, 0, 4) + self.at(it, 0, 0, 4, "m"))
            await it.until(lambda: it.app.clipboard == "ready")


class TestElsewhere:
    async def test_esc_and_a_key_at_once_close_a_dialog_and_press_the_key(self, host: StageHost) -> None:
        async with stage(host) as it:
            await it.go("web1")
            await it.sends("X")
            await it.until(lambda: len(it.app.screen_stack) == 2)
            await it.sends(f"{ESC}o")
            await it.shows("Sort by")

    @pytest.mark.parametrize("opening", ["/", ":"])
    async def test_esc_and_a_key_at_once_leave_a_line(self, host: StageHost, opening: str) -> None:
        async with stage(host) as it:
            await it.go("web1")
            await it.sends(f"{opening}we{ESC}o")
            await it.shows("Sort by")
            assert not it.app.main.prompt.display
            assert it.app.main.table.filter_text == ""

    async def test_esc_alone_closes_a_dialog(self, host: StageHost) -> None:
        async with stage(host) as it:
            await it.go("web1")
            await it.sends("X")
            await it.until(lambda: len(it.app.screen_stack) == 2)
            await it.sends(ESC)
            await it.until(lambda: it.in_list)

    async def test_alt_for_sure_presses_nothing(self, host: StageHost) -> None:
        """The kitty protocol tells Alt from Esc."""
        async with stage(host) as it:
            await it.go("web1")
            await it.sends(f"{ESC}[111;3u{ESC}[112;3u{ESC}[99~")
            await it.settled()
            assert it.in_list
            assert host.did == []

    async def test_tab_back_on_the_linux_console(self, host: StageHost) -> None:
        async with stage(host) as it:
            await it.go("web1")
            await it.sends("m")
            await it.until(lambda: len(it.app.screen_stack) == 2)
            before = it.app.focused
            await it.sends("\t")
            await it.until(lambda: it.app.focused is not before)
            await it.sends(f"{ESC}\t")
            await it.until(lambda: it.app.focused is before)

    async def test_words_in_a_line(self, host: StageHost) -> None:
        async with stage(host, size=NARROW) as it:
            await it.go("web1")
            await it.sends(":one two")
            line = it.app.main.prompt.line
            await it.until(lambda: line.value == "one two")
            await it.sends(f"{ESC}b")
            await it.until(lambda: line.cursor_position == 4)
            await it.sends(f"{ESC}f")
            await it.until(lambda: line.cursor_position == 7)
            await it.sends(f"{ESC}x")
            await it.until(lambda: it.in_list)

    async def test_a_paste_presses_nothing_in_the_list(self, host: StageHost) -> None:
        async with stage(host) as it:
            await it.go("web1")
            await it.sends(f"{START}pS\x1bD\x1dX\r{END}")
            await it.settled()
            assert it.in_list
            assert host.did == []

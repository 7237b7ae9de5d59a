"""Keys and mouse in the list: sorting, filter, marks, panes, copying."""

from __future__ import annotations

from tests.unit.tui.stage import NARROW, WIDE, StageHost, stage
from xentui.simulator import control
from xentui.tui.domain_list.table import DomainTable
from xentui.tui.widgets.key_bar import KeyBar

BY_NAME = ["Domain-0", "archive", "backup", "build", "db1", "lab", "mail", "router", "scratch", "test-pvh"]


async def test_the_list_shows_every_state_by_letter_and_word(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.shows(
            "r running", "b blocked", "p paused", "s shutdown", "c crashed", "S suspended", "- off"
        )


async def test_the_cursor_moves_by_arrows_letters_and_pages(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        for key, name in (
            ("down", "archive"),
            ("j", "backup"),
            ("k", "archive"),
            ("up", "Domain-0"),
            ("G", "win10"),
            ("g", "Domain-0"),
            ("end", "win10"),
            ("home", "Domain-0"),
            ("pagedown", "web2"),
        ):
            await it.press(key)
            assert it.current == name, key


async def test_a_filter_holds_as_it_is_typed_and_esc_takes_it_back(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("/")
        await it.type("web")
        await it.until(lambda: it.names == ["web1", "web2"])
        await it.shows("filter web: 2 of 12 (Esc shows all)")
        await it.press("enter")
        await it.until(lambda: it.in_list)
        assert it.names == ["web1", "web2"]
        await it.press("escape")
        await it.until(lambda: len(it.names) == 13)


async def test_the_filter_in_force_is_replaced_by_what_is_typed_and_can_be_added_to(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("/")
        await it.type("web", "enter")
        await it.until(lambda: it.in_list)
        await it.press("/")
        await it.type("mail", "enter")
        await it.until(lambda: it.names == ["mail"])
        await it.press("/", "end")
        await it.type("x", "enter")
        await it.until(lambda: it.app.main.table.filter_text == "mailx")


async def test_a_filter_counts_guests_as_the_top_line_does(host: StageHost) -> None:
    async with stage(host) as it:
        await it.shows("up of 12")
        await it.press("/")
        await it.type("state:off,running,blocked", "enter")
        await it.until(lambda: "Domain-0" in it.names and len(it.names) < 13)
        await it.shows(f"{len(it.names) - 1} of 12 and Domain-0 (Esc")


async def test_what_is_said_of_a_filter_follows_the_list(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("/")
        await it.type("state:paused", "enter")
        await it.shows("filter state:paused: 1 of 12")
        it.app.here.host_state.is_own = lambda _name: True  # what happens unasked is told in the place of it
        control.crash(host.simulator, it.names[0])
        it.app.here.poller.poke()
        await it.shows("filter state:paused: 0 of 12")


async def test_leaving_the_filter_line_takes_the_filter_back(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("/")
        await it.type("web")
        await it.until(lambda: len(it.names) == 2)
        await it.press("escape")
        await it.until(lambda: it.in_list and len(it.names) == 13)


async def test_filter_words_are_completed(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("/")
        await it.type("stat", "tab")
        await it.until(lambda: it.app.main.prompt.line.value == "state:")
        await it.type("sus", "tab")
        await it.until(lambda: it.app.main.prompt.line.value == "state:suspended")
        await it.until(lambda: it.names == ["lab"])


async def test_a_filter_that_is_misread_says_so(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("/")
        await it.type("stat:off")
        await it.shows("filter: stat:off: searched for as text; unknown key; there are ")


async def test_the_cursor_returns_to_its_domain_after_a_filter(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("mail")
        await it.press("/")
        await it.type("web")
        await it.until(lambda: len(it.names) == 2)
        await it.press("escape")
        await it.until(lambda: it.current == "mail")


async def test_marks_are_set_inverted_and_taken_back(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "mail")
        assert it.marked == ["mail", "web1"]
        await it.mark("web1")
        assert it.marked == ["mail"]
        await it.press("!")
        assert len(it.marked) == 12
        await it.press("*")
        assert len(it.marked) == 13
        await it.press("escape")
        assert it.marked == []


async def test_esc_takes_the_marks_first_then_the_filter(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("/")
        await it.type("web", "enter")
        await it.until(lambda: it.in_list)
        await it.press("*", "escape")
        assert (it.marked, len(it.names)) == ([], 2)
        await it.press("escape")
        assert len(it.names) == 13


async def test_the_column_to_sort_by_is_chosen(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("o")
        await it.shows("Sort by", "disk rd/wr")
        await it.press("down", "down", "down", "down", "enter")
        await it.until(lambda: it.app.main.table.sort == ("memory", True))
        await it.until(lambda: it.in_list)
        assert it.names[:3] == ["db1", "win10", "Domain-0"]
        await it.press("O")
        assert it.names[0] == "router"


async def test_the_next_column_is_sorted_by(host: StageHost) -> None:
    async with stage(host) as it:
        assert it.names[:10] == BY_NAME
        await it.press(">")
        assert it.app.main.table.sort == ("kind", False)
        await it.press("<", "<")
        await it.shows("sorted by notes")
        await it.press(">")
        assert it.app.main.table.sort == ("name", False)


async def test_name_and_uuid_are_copied(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web2")
        await it.press("y")
        await it.shows("copied web2")
        assert it.app.clipboard == "web2"
        await it.press("Y")
        await it.shows("copied 7b3907a4")
        assert it.app.clipboard.startswith("7b3907a4-")


async def test_the_details_are_hidden_and_gone_to(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.shows("version 1 from")
        await it.press("d")
        await it.hides("version 1 from")
        await it.press("2")
        await it.shows("version 1 from")
        assert it.app.focused is it.app.main.details
        await it.press("1")
        assert it.in_list
        await it.press("tab")
        assert it.app.focused is it.app.main.details
        await it.press("shift+tab")
        assert it.in_list
        await it.press("7")
        await it.shows("there is no console 5")


async def test_details_that_do_not_fit_are_scrolled_to(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web2")
        await it.shows("xvdb /srv/xen/web2-data.img w")
        details = it.app.main.details

        def arrows() -> tuple[bool, bool]:
            shown = "".join(details.render_line(y).text for y in range(details.size.height))
            return "↑" in shown, "↓" in shown

        assert arrows() == (False, True), "there is more below"
        await it.press("2", "end")
        await it.shows("stored  version 1 from")
        assert arrows() == (True, False)
        await it.press("home", "down")
        await it.shows("net     mac=")
        assert arrows() == (True, True)
        await it.press("1")
        await it.go("web1")
        await it.shows("web1.img")
        await it.until(lambda: arrows() == (False, True))


async def test_the_menu_has_all_actions_and_says_what_is_not_possible(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("backup")
        await it.press(".")
        await it.shows("backup", "Start", "Boot the stored configuration", "Rename")
        await it.press("enter")
        await it.shows("backup: started")


async def test_the_theme_changes(host: StageHost) -> None:
    async with stage(host) as it:
        before = it.app.theme
        await it.press("T")
        assert it.app.theme != before
        await it.press("T", "T")
        assert it.app.theme == before


async def test_rows_titles_and_keys_are_clicked(host: StageHost) -> None:
    async with stage(host) as it:
        await it.pilot.click(DomainTable, offset=(6, 3))
        await it.until(lambda: it.current == "backup" and it.app.main.follower.resting)
        place = it.lines[-1].index("Start")
        await it.pilot.click(KeyBar, offset=(place, 0))
        await it.shows("backup: started")
        await it.pilot.click(DomainTable, offset=(it.lines[1].index("mem"), 0))
        await it.until(lambda: it.app.main.table.sort == ("memory", True))


async def test_the_keys_that_are_always_there_stay_at_the_right_edge(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        for name in BY_NAME:
            await it.go(name)
            await it.until(lambda: it.lines[-1].index(" : Command Ctrl-P Palette ? Help") == 48)


async def test_a_domain_that_is_gone_leaves_the_cursor_at_its_place(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("mail")
        await host.run(["xl", "destroy", "build"])
        it.app.here.poller.poke()
        await it.until(lambda: it.state("build") == "gone" and "build" not in it.names)
        assert it.current == "mail"


async def test_the_list_says_why_it_is_empty(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("/")
        await it.type("nothing")
        await it.shows("No domain matches the filter: nothing", "13 not shown")


async def test_space_marks_one_after_the_other_and_the_header_counts_them(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("space", "space", "space")
        assert it.marked == ["Domain-0", "archive", "backup"] and it.current == "build"
        await it.shows("· 3 marked ·")
        await it.press("full_stop")
        await it.shows("3 marked domains")
        await it.press("escape", "/")
        await it.type("arch", "enter")
        await it.shows("· 3 marked, 2 of them hidden ·")
        await it.press("escape", "escape")
        await it.until(lambda: "marked" not in it.lines[0])


async def test_the_list_is_as_high_as_it_has_rows_and_the_details_take_the_rest(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        table, details = it.app.main.table, it.app.main.details
        await it.until(lambda: len(it.names) == 13)
        await it.until(lambda: table.size.height == 14)
        room = table.outer_size.height + details.outer_size.height
        await it.press("/")
        await it.type("web")
        await it.until(lambda: it.names == ["web1", "web2"])
        assert table.size.height == 14, "what one types moves nothing about"
        await it.press("escape")
        await it.resize(NARROW)
        await it.until(lambda: (table.size.height, details.outer_size.height) == (13, 8))
        await it.press("d")
        await it.until(lambda: not details.display and table.size.height == 14)
        await it.press("d")
        await it.resize(WIDE)
        await it.until(lambda: table.outer_size.height + details.outer_size.height == room)

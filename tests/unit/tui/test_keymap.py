"""The keys: which there are, and what a user may make of them in config.toml."""

from __future__ import annotations

import inspect
import pkgutil
from collections import Counter
from importlib import import_module

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

import xentui.tui
from tests.unit.tui.stage import StageHost, stage
from xentui.tui import keymap
from xentui.tui.domain_list.table import DomainTable
from xentui.tui.keys import COMMANDS, KEYS, pane_bindings
from xentui.tui.screens.main import MainScreen

DEFAULT = "ctrl+right_square_bracket"


def binders() -> list[type[DOMNode]]:
    """Every screen and widget of xentui that has bindings of its own."""
    found = []
    for module in pkgutil.walk_packages(xentui.tui.__path__, "xentui.tui."):
        for value in vars(import_module(module.name)).values():
            own = inspect.isclass(value) and issubclass(value, DOMNode) and value.__module__ == module.name
            if own and value.__dict__.get("BINDINGS"):
                found.append(value)
    return found


def bindings(owner: type[DOMNode]) -> list[Binding]:
    return [made for made in Binding.make_bindings(owner.__dict__["BINDINGS"]) if isinstance(made, Binding)]


@pytest.mark.parametrize("owner", binders(), ids=lambda owner: owner.__name__)
def test_every_binding_has_id_tooltip_and_group(owner: type[DOMNode]) -> None:
    for binding in bindings(owner):
        assert binding.id, binding
        assert binding.tooltip, binding
        assert binding.group, binding


@pytest.mark.parametrize("owner", binders(), ids=lambda owner: owner.__name__)
def test_no_key_is_bound_twice(owner: type[DOMNode]) -> None:
    keys = Counter(binding.key for binding in bindings(owner))
    assert [key for key, count in keys.items() if count > 1] == []


def test_the_list_takes_no_key_of_the_main_screen() -> None:
    assert {made.key for made in bindings(DomainTable)} & {made.key for made in bindings(MainScreen)} == set()


def test_an_id_stands_for_one_thing() -> None:
    meanings: dict[str, set[str]] = {}
    for owner in binders():
        for binding in bindings(owner):
            meanings.setdefault(str(binding.id), set()).add(binding.action)
    several = {name for name, actions in meanings.items() if len(actions) > 1}
    assert several == {"jump.go"}  # each letter goes to what it stands on


def test_there_are_screens_among_them() -> None:
    assert {owner.__name__ for owner in binders() if issubclass(owner, Screen)} >= {
        "MainScreen",
        "LogScreen",
        "HelpScreen",
    }


def test_no_bare_lower_case_letter_ends_or_forgets_a_domain() -> None:
    grave = {"domain.shutdown", "domain.reboot", "domain.destroy", "domain.delete"}
    keys = {name: key.keys for name, key in KEYS.items()}
    assert all(keys[name].isupper() for name in grave)


def test_a_wish_is_taken() -> None:
    assert keymap.checked({"domain.start": "f7"}) == ({"domain.start": "f7"}, [])


def test_two_actions_may_change_their_keys() -> None:
    wishes = {"domain.start": "p", "domain.pause": "s"}
    assert keymap.checked(wishes) == (wishes, [])


@pytest.mark.parametrize(
    ("wishes", "problem"),
    [
        ({"domain.strat": "f7"}, "there is no action 'domain.strat'; docs/keys.md lists them"),
        ({"domain.start": "p"}, "p for domain.start is the key of domain.pause already"),
        (
            {"domain.start": "f7", "domain.pause": "f7"},
            "f7 for domain.start is the key of domain.pause already",
        ),
        ({"domain.start": " "}, "domain.start has no key"),
        ({"domain.start": "3"}, "3 for domain.start is the key of view.pane-3 already"),
    ],
)
def test_what_is_wrong_with_a_wish_is_told(wishes: dict[str, str], problem: str) -> None:
    keys, problems = keymap.checked(wishes)
    assert problems == [problem]
    assert "domain.start" not in keys


@pytest.mark.parametrize(
    ("wish", "key"),
    [
        ("", DEFAULT),
        ("ctrl+]", DEFAULT),
        ("Ctrl+^", "ctrl+circumflex_accent"),
        ("f12", "f12"),
        ("ctrl+q", "ctrl+q"),
    ],
)
def test_a_key_with_ctrl_or_a_function_key_may_leave(wish: str, key: str) -> None:
    assert keymap.leave_key(wish) == (key, "")


@pytest.mark.parametrize("wish", ["q", "escape", "shift+a", "ctrl+", "alt+x", "fx"])
def test_a_key_that_is_typed_may_not_leave(wish: str) -> None:
    key, problem = keymap.leave_key(wish)
    assert key == DEFAULT
    assert "would be missed in guests" in problem


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("ctrl+p", "Ctrl-P"),
        ("shift+f8", "Shift-F8"),
        ("ctrl+pagedown", "Ctrl-PgDn"),
        ("shift+tab", "Shift-Tab"),
        ("alt+delete", "Alt-Del"),
        ("ctrl+shift+k", "Ctrl-Shift-K"),
        ("delete", "Del"),
        (DEFAULT, "Ctrl-]"),
        ("f5", "F5"),
        ("slash", "/"),
        ("space", "Space"),
        ("S", "S"),
    ],
)
def test_keys_are_shown_as_books_call_them(key: str, shown: str) -> None:
    assert keymap.shown(key) == shown


async def test_the_users_keys_are_in_force_and_shown(host: StageHost) -> None:
    async with stage(host, settings={"keys": {"domain.start": "f7"}}) as it:
        await it.shows("F7 Start")
        await it.go("backup")
        await it.press("s")
        await it.settled()
        assert host.did == []
        await it.press("f7")
        await it.shows("backup: started")


async def test_what_is_wrong_in_config_toml_is_said_and_explained(host: StageHost) -> None:
    async with stage(
        host, settings={"keys": {"domain.strat": "f7", "domain.stop": "f8"}, "theme": "pink"}
    ) as it:
        await it.shows("config.toml: there is no action 'domain.strat'", "tells more")
        await it.press("E")
        await it.shows(
            "there is no action 'domain.stop'", "there is no theme 'pink'", "→ correct it and start again"
        )


async def test_help_shows_the_keys_in_force(host: StageHost) -> None:
    async with stage(host, size=(110, 120), settings={"keys": {"domain.start": "f7"}}) as it:
        await it.press("?")
        await it.shows(
            "Life cycle", "F7           Boot the stored configuration", "Managed domains", "List", "Screen"
        )
        listed = it.screen
        for command in COMMANDS:
            assert command.brief() in listed, command.id
        assert pane_bindings()[0].tooltip in listed
        await it.press("q")
        await it.until(lambda: it.in_list)

"""What completion offers, by what stands before the cursor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.commands.conftest import FakeCompletionSource, domain
from xentui.cli.completion import vocabulary
from xentui.commands.completion import Candidate, candidates
from xentui.commands.global_options import EVERY_VERB, HOST_OPTION, HOSTS_OPTION, global_options
from xentui.commands.parsing import parser
from xentui.commands.registry import verbs
from xentui.model.state import DomainState


async def offered(ground: FakeCompletionSource, *words: str) -> list[str]:
    return [item.text for item in await candidates(vocabulary(), words, ground)]


async def test_the_first_word_is_a_verb(ground: FakeCompletionSource) -> None:
    assert await offered(ground, "sta") == ["start"]
    first = dict.fromkeys(verb.split()[0] for verb in verbs())
    assert await offered(ground, "") == [*first, "shell", "help", "completion"]
    assert await offered(ground, "image", "re") == ["resize"]
    assert await offered(ground, "help", "image", "re") == ["resize"]
    assert await offered(ground, "image", "nothing", "") == []
    assert ground.asked == [], "verbs are known without the host"


async def test_a_verb_is_offered_with_its_summary(ground: FakeCompletionSource) -> None:
    assert await candidates(vocabulary(), ["star"], ground) == [
        Candidate("start", "Boot the stored configuration of a managed domain")
    ]


@pytest.mark.parametrize(
    ("verb", "fit"),
    [
        ("start", ["backup", "router"]),
        ("shutdown", ["web1", "build"]),
        ("pause", ["web1", "build"]),
        ("unpause", ["test"]),
        ("resume", ["lab"]),
        ("delete", ["backup", "router"]),
        ("console", ["web1", "test", "build"]),
        ("mem-set", ["Domain-0", "web1", "test", "build", "backup", "router"]),
        ("show", ["Domain-0", "web1", "test", "build", "backup", "router", "lab"]),
    ],
)
async def test_a_verb_gets_the_domains_it_is_possible_on(
    ground: FakeCompletionSource, verb: str, fit: list[str]
) -> None:
    assert await offered(ground, verb, "") == fit


async def test_a_domain_is_offered_with_its_state_and_domid(ground: FakeCompletionSource) -> None:
    assert await candidates(vocabulary(), ["console", "w"], ground) == [
        Candidate("web1", "blocked, managed, domid 1")
    ]


async def test_a_domain_given_already_is_not_offered_again(ground: FakeCompletionSource) -> None:
    assert await offered(ground, "shutdown", "web1", "") == ["build"]


async def test_domains_of_one_name_are_told_apart_by_domid_or_uuid(ground: FakeCompletionSource) -> None:
    ground.known.append(domain("web1", DomainState.OFF, uuid="0e9f2b1c"))
    assert await offered(ground, "show", "web") == []
    assert {"1", "0e9f2b1c"} < set(await offered(ground, "show", ""))


async def test_domids_and_uuids_are_completed_for_who_types_them(ground: FakeCompletionSource) -> None:
    ground.known.append(domain("odd", DomainState.OFF, uuid="0e9f2b1c-1111"))
    assert await offered(ground, "show", "5") == ["5"]
    assert await offered(ground, "show", "0e9f") == ["0e9f2b1c-1111"]


async def test_a_name_like_an_option_is_offered_after_two_dashes_only(ground: FakeCompletionSource) -> None:
    ground.known.append(domain("-odd", DomainState.OFF))
    assert "-odd" not in await offered(ground, "start", "")
    assert await offered(ground, "start", "--", "-") == ["-odd"]


async def test_a_name_with_control_characters_is_not_offered(ground: FakeCompletionSource) -> None:
    ground.known.append(domain("evil\x1b[2J", DomainState.OFF))
    ground.known[1] = replace(ground.known[1], name="bad\nname")
    assert await offered(ground, "start", "") == ["backup", "router"]


async def test_options_are_those_of_the_verb_and_of_all(ground: FakeCompletionSource) -> None:
    everywhere = ["--host", "--hosts", "--read-only", "--dry-run", "--yes", "--help"]
    assert await offered(ground, "start", "-") == [
        *("--console", "--paused", "--entry", "--boot-args", "--add-args"),
        *everywhere,
    ]
    assert await offered(ground, "--") == [*everywhere, "--version"]
    assert await offered(ground, "list", "--j") == ["--json"]
    assert ground.asked == []


async def test_an_option_given_already_is_not_offered_again(ground: FakeCompletionSource) -> None:
    assert "--console" not in await offered(ground, "start", "-c", "-")
    assert "--console" not in await offered(ground, "start", "--console", "-")


async def test_options_may_stand_between_arguments(ground: FakeCompletionSource) -> None:
    assert await offered(ground, "--host", "sim", "--read-only", "start", "-c", "b") == ["backup"]
    assert await offered(ground, "log", "-n", "5", "--") != []
    assert await offered(ground, "config", "--version", "3", "r") == ["router"]


async def test_the_value_of_an_option_is_completed_in_both_spellings(ground: FakeCompletionSource) -> None:
    assert await offered(ground, "--host", "") == ["local", "sim", "xen1"]
    assert await offered(ground, "list", "--host", "x") == ["xen1"]
    assert await offered(ground, "--host=s") == ["--host=sim"]
    assert await offered(ground, "list", "--state", "") == []


async def test_choices_are_offered(ground: FakeCompletionSource) -> None:
    assert await offered(ground, "autostart", "web1", "") == ["on", "off"]
    assert await offered(ground, "completion", "") == ["bash", "zsh", "fish"]
    assert await offered(ground, "help", "sta") == ["start"]


async def test_paths_are_those_of_the_host_and_folders_go_on(ground: FakeCompletionSource) -> None:
    assert await candidates(vocabulary(), ["new", "/etc/xen/"], ground) == [
        Candidate("/etc/xen/", "folder", final=False),
        Candidate("/etc/xen/web1.cfg"),
    ]


async def test_a_path_within_a_setting_is_completed(ground: FakeCompletionSource) -> None:
    assert await offered(ground, "block-attach", "web1", "file:/srv/") == ["file:/srv/my disk.img"]
    assert await offered(ground, "create", "x.cfg", "extra=/srv/m") == ["extra=/srv/my disk.img"]
    assert await offered(ground, "rename", "web1", "file:/srv/") == []


async def test_where_no_argument_is_left_the_options_are_shown(ground: FakeCompletionSource) -> None:
    assert "--json" in await offered(ground, "info", "")
    assert await offered(ground, "info", "x") == []


async def test_after_an_unknown_verb_nothing_is_offered(ground: FakeCompletionSource) -> None:
    assert await offered(ground, "nosuch", "") == []
    assert ground.asked == []


def test_the_options_offered_for_every_verb_are_those_it_takes() -> None:
    taken = {
        name
        for action in parser(verbs()["show"], global_options)._actions
        for name in action.option_strings
        if name != "--json"
    }
    assert {name for option in (HOST_OPTION, HOSTS_OPTION, *EVERY_VERB) for name in option.names} == taken


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("new", "/etc"), ["/etc/xen/", "/etc/xen/web1.cfg"]),
        (("new", "lo"), ["local:"]),
        (("create", "local:/home"), ["local:/home/bob/web9.cfg"]),
        (("import", "local:her"), ["local:here.cfg"]),
        (("convert", "her"), ["here.cfg"]),
        (("convert", "ho"), ["host:"]),
        (("convert", "host:/etc/xen/w"), ["host:/etc/xen/web1.cfg"]),
        (("edit", "web1", "--text", "/home"), ["/home/bob/web9.cfg"]),
        (("restore", "lo"), []),
    ],
)
async def test_files_of_the_host_and_of_this_machine_are_offered(
    ground: FakeCompletionSource, words: tuple[str, ...], expected: list[str]
) -> None:
    assert await offered(ground, *words) == expected

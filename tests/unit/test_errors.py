"""Errors as a person reads them: what happened, to what, the tool's words, what to do."""

from __future__ import annotations

import pytest

from xentui.agent.errors import CODES
from xentui.errors import (
    CommandError,
    ConfigError,
    ExitStatus,
    HostError,
    NoSuchDomainError,
    NotAllowedError,
    StoreCode,
    StoreError,
    Suggest,
    UsageError,
    XentuiError,
    joined,
)


def test_an_error_is_a_sentence_the_tools_words_and_a_hint() -> None:
    error = HostError(
        "the login was refused", subject="xen1", hint="check your key", details=("Permission denied.",)
    )
    assert error.account() == ["xen1: the login was refused", "  Permission denied.", "→ check your key"]
    assert str(error) == "the login was refused"


def test_a_hint_suggests_commands_that_a_front_end_words() -> None:
    first = (Suggest("domain.shutdown", "-w", "web1"), " first")
    error = NotAllowedError("it is running", subject="web1", hint=first)
    assert error.report(lambda given: f"<{given.command} {' '.join(given.words)}>") == [
        "web1: it is running",
        "→ <domain.shutdown -w web1> first",
    ]
    assert error.account() == ["web1: it is running"]
    assert error.plain_hint == ""
    assert joined("; ", "wait", "", first) == ("wait", "; ", *first)
    assert joined("; ", "wait", "look") == "wait; look"
    assert joined("; ", "", "") == ""


def test_what_is_not_known_is_left_out() -> None:
    assert HostError("the host has gone").account() == ["the host has gone"]


def test_an_error_of_a_configuration_names_its_place() -> None:
    assert ConfigError("expected a value", source="/x.cfg", line=3, column=7).account() == [
        "/x.cfg:3:7: expected a value"
    ]
    assert ConfigError("has no name", source="/x.cfg").account() == ["/x.cfg: has no name"]


def test_an_error_of_a_word_that_is_in_no_file_names_none() -> None:
    assert ConfigError("the name '12' is all digits").account() == ["the name '12' is all digits"]


def test_errors_carry_what_callers_decide_by() -> None:
    command = CommandError("failed", argv=["xl", "list"], exit_code=3)
    assert (command.argv, command.exit_code) == (("xl", "list"), 3)
    assert StoreError("no room", code=StoreCode.FULL).code == "full"
    assert StoreError("broken").code == "io"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (XentuiError("x"), 1),
        (UsageError("x"), 2),
        (NoSuchDomainError("x"), 3),
        (NotAllowedError("x"), 1),
        (ConfigError("x"), 1),
        (StoreError("x"), 1),
        (HostError("x"), 1),
        (CommandError("x", argv=(), exit_code=77), 1),
    ],
)
def test_exit_statuses_are_xms(error: XentuiError, status: int) -> None:
    assert error.exit_status == status
    assert error.exit_status in set(ExitStatus)


def test_the_codes_of_the_store_are_those_of_the_agent() -> None:
    assert {code.value for code in StoreCode} == set(CODES)
    assert [StoreCode.of(word) for word in ("busy", "made up", "")] == [
        StoreCode.BUSY,
        StoreCode.INTERNAL,
        StoreCode.INTERNAL,
    ]


def test_a_word_of_any_length_is_echoed_cut() -> None:
    long = "x" * 10_000
    error = UsageError(
        f"no such thing as {long}", subject=f"begin{long}end", hint=f"not {long}", details=[long]
    )
    head, *rest = error.account()
    assert head.startswith("beginxxx") and "xxxend: no such thing as xxx" in head
    assert all(len(line) < 2600 for line in (head, *rest))
    assert UsageError("is odd", subject="y" * 500).headline == f"{'y' * 500}: is odd"

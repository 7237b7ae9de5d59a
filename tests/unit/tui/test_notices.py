"""What the line of notices says, how long, and what is kept of it to be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.tui.looks import style_of
from tests.unit.tui.stage import NARROW, StageHost, stage
from xentui.errors import ConfigError, HostError, Suggest, XentuiError


async def test_it_names_the_domain_the_reason_and_the_key(host: StageHost) -> None:
    async with stage(host) as it:
        error = XentuiError(
            "xvda is in use by oldbox",
            subject="web1",
            hint=(Suggest("domain.disk-detach", "oldbox"), " frees it"),
        )
        it.app.notify_error(error)
        await it.until(
            lambda: it.notice.startswith(" error  web1: xvda is in use by oldbox → - (Drop disk) on oldbox")
        )


@pytest.mark.parametrize("width", [80, 120])
async def test_it_names_the_domain_and_no_file_of_the_store(host: StageHost, width: int) -> None:
    async with stage(host, size=(width, 24)) as it:
        web1 = it.domain("web1")
        assert web1 is not None
        path = it.app.here.hypervisor.session.store.config_path(web1.uuid)
        it.app.notify_error(ConfigError("memory is a number", source=path, line=3, column=1))
        await it.until(lambda: "web1: memory is a number" in it.notice)
        await it.press("E")
        # The path is as long as the folder's; it may end in any column, with the blank behind it or without.
        await it.until(
            lambda: (
                "config.cfg:3:1:memoryisanumber"
                in re.sub(r" *│[^\n]*\n[^│]*│ ", "", it.screen).replace(" ", "")
            )
        )


async def test_the_paths_of_the_simulated_host_are_shown_as_they_are_on_a_real_one(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("db1")
        await it.shows("drift   /etc/xen/db1.cfg has changed since it was stored")
        await it.press("e")
        await it.until(lambda: "db1" in it.lines[0] and "from /etc/xen/db1.cfg" in it.lines[0])
        await it.press("escape", "escape")
        await it.until(lambda: it.in_list)
        await it.press("n")
        await it.shows("New: store a file")
        await it.fill("/etc/xen/nothing.cfg")
        await it.shows("/etc/xen/nothing.cfg: the configuration file cannot be read: no such")
        assert str(Path(host.host_path("/etc/xen"))) not in it.screen


async def test_what_is_too_long_is_cut_at_its_end_and_says_where_the_rest_is(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        it.app.notify_error(XentuiError("the beginning " + "and more " * 20, subject="web1"))
        await it.until(lambda: it.notice.startswith(" error  web1: the beginning and more"))
        assert it.notice.rstrip().endswith("… (E tells more)")
        assert len(it.notice) <= 80


async def test_an_error_a_warning_and_a_note_differ_by_word_and_look(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        looks = []
        for severity, word in (("error", "error"), ("warning", "warning"), ("information", "note")):
            it.app.notify(f"text of {severity}", severity=severity)
            await it.until(lambda: f" {word}  text of {severity}" in it.notice)  # noqa: B023
            looks.append(style_of(it.app, it.app.main.notice.region.y, "text of").color)
        assert len(set(looks)) == 3


async def test_it_is_gone_with_the_next_action_or_success(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("archive")
        await it.press("c")
        await it.until(lambda: " warning  archive: cannot open the console" in it.notice)
        await it.press("space")
        await it.until(lambda: "warning" not in it.notice)
        await it.press("escape")
        await it.go("archive")
        await it.press("c")
        await it.until(lambda: " warning  archive: " in it.notice)
        await it.go("web1")
        await it.command("pause web1")
        await it.until(lambda: " note  " in it.notice and "warning" not in it.notice)


async def test_the_last_errors_are_kept_with_their_time_the_newest_first(host: StageHost) -> None:
    async with stage(host) as it:
        it.app.notify_error(XentuiError("the first", subject="web1", details=["what xl said"]))
        it.app.notify_error(XentuiError("the first", subject="web1", details=["what xl said"]))
        it.app.notify("only a note")
        it.app.notify_error(XentuiError("the second", subject="web2"))
        await it.until(lambda: "the second" in it.notice)
        await it.press("E")
        await it.shows("What went wrong", "web1: the first", "what xl said", "web2: the second")
        assert it.screen.index("web2: the second") < it.screen.index("web1: the first")
        assert it.screen.count("the first") == 1
        assert "only a note" not in it.screen.split("What went wrong")[1]


async def test_a_host_that_is_away_is_told_of_with_sshs_own_words(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        away = HostError(
            "nothing answers SSH there, nor on the way to it, as far as this machine can tell of it",
            subject="xen1",
            hint="check the port, and that sshd runs",
            details=["ssh: connect to host xen1 port 22: Connection refused"],
        )

        def refused(_argv: object) -> None:
            raise away

        host.answer = refused
        it.app.here.poller.poke()
        await it.until(lambda: it.app.here.host_state.trouble and "next try in" in it.lines[0])
        assert it.lines[0].index("as of") < it.lines[0].index("next try in") < it.lines[0].index("nothing")
        it.app.notify_error(XentuiError("something else", subject="web1"))
        await it.until(lambda: "something else" in it.notice and it.app.here.host_state.trouble)
        await it.press("E")
        await it.shows(
            "xen1: nothing answers", "port 22: Connection refused", "→ check the port", "web1: some"
        )
        dialog = it.screen.partition("What went wrong")[2]
        assert dialog.index("as of ") < dialog.index("Connection refused") < dialog.index("web1: something")

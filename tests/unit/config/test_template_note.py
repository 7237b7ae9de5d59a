"""The line that makes a configuration a template, and what is asked by it."""

from __future__ import annotations

import pytest

from xentui import config as language
from xentui.errors import ConfigError, UsageError

TEXT = "name = 'base'    # kept\nmemory = 512\ndisk = [ '/srv/a.img,raw,xvda,w' ]\n"


def test_a_template_is_told_by_its_first_line_and_is_a_configuration_still() -> None:
    made = language.with_blanks(
        language.parse(TEXT), language.read_blanks(["memory", "xvdb=20G", "xvdc=shared"])
    )
    assert made.text == f"# xentui: template: memory, xvdb={20 << 30}B, xvdc=shared\n{TEXT}"
    assert language.is_template(made) and made.string("name") == "base"
    assert language.blanks_of(made).words == ("memory", f"xvdb={20 << 30}B", "xvdc=shared")
    assert language.with_blanks(made, None).text == TEXT


def test_it_has_one_such_line() -> None:
    once = language.with_blanks(language.parse(TEXT), language.read_blanks(["memory"]))
    again = language.with_blanks(language.parse(f"{once.text}# xentui: template: vcpus\n"), language.Blanks())
    assert again.text == f"# xentui: template\n{TEXT}"


@pytest.mark.parametrize(
    "line",
    [
        "# xentui: templates are fine",
        "# a xentui: template",
        "x = 1 # xentui: template",
        "# xentui: template x",
    ],
)
def test_what_only_speaks_of_templates_is_none(line: str) -> None:
    assert not language.is_template(language.parse(f"{line}\n{TEXT}"))


def test_a_note_that_makes_no_sense_is_told_by_its_line() -> None:
    document = language.parse(f"\n# xentui: template: memory, xvda=huge\n{TEXT}", source="base")
    assert language.is_template(document)
    with pytest.raises(ConfigError, match="what the template asks is not valid") as caught:
        language.blanks_of(document)
    assert caught.value.line == 2


@pytest.mark.parametrize(
    "word", ["name", "uuid", "vif", "disk", "nonsense", "xvda=", "xvda=copy,copy", "xvda=-1", "xvda=0", "xvda=1e3",
             "xvda=10", "xvda=20G,/srv/x.img", "memory=2G", "/srv=copy", "\x1b[31m", "xvda=shared,20G"],
)  # fmt: skip
def test_what_nobody_can_be_asked_for_is_refused(word: str) -> None:
    with pytest.raises(UsageError) as caught:
        language.read_blanks([word])
    assert "\x1b" not in str(caught.value)


def test_more_than_anybody_answers_is_refused() -> None:
    with pytest.raises(UsageError):
        language.read_blanks(["memory"] * 101)


def test_values_are_read_as_on_a_command_line() -> None:
    made = language.filled(language.parse(TEXT), {"memory": "2G", "extra": "a b'c", "vcpus": "2"})
    assert (made.get("memory"), made.get("extra"), made.get("vcpus")) == (2048, "a b'c", 2)
    assert "# kept" in made.text and language.filled(made, {"extra": " "}).get("extra") is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("name", "x"), ("disk", "['/a']"), ("nonsense", "1"), ("memory", "lots"), ("memory", "-1")),
        *(("vcpus", "0"), ("memory", "1e3"), ("type", "xen"), ("pci", "[['a']]")),
    ],
)
def test_a_value_that_is_none_is_refused(key: str, value: str) -> None:
    with pytest.raises((UsageError, ConfigError)):
        language.filled(language.parse(TEXT), {key: value})

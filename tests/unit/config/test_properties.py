"""Properties that hold for every text: lossless reading, narrow edits, nothing but ConfigError."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

from hypothesis import given, settings, strategies as st

from tests.unit.config.generator import Generator
from xentui.config import (
    Document,
    format_disk,
    format_vif,
    identity,
    lint,
    override,
    parse,
    parse_disk,
    parse_disk_words,
    parse_vif,
    to_libxl,
    vdev_name,
    vdev_number,
    with_identity,
)
from xentui.errors import ConfigError

SEEDS = st.integers(0, 2**32)
TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=30)
KEYS = st.sampled_from(["name", "memory", "disk", "vif", "extra", "fresh"])


def document(seed: int) -> Document | None:
    try:
        return parse(Generator(seed).configuration())
    except ConfigError:
        return None


@given(SEEDS)
@settings(deadline=None)
def test_what_parses_is_kept(seed: int) -> None:
    text = Generator(seed).configuration()
    try:
        parsed = parse(text)
    except ConfigError as error:
        assert 1 <= error.line <= text.count("\n") + 1
        return
    assert parsed.text == text
    for assignment in parsed.assignments:
        assert text[assignment.start :].startswith(assignment.key)
        assert parse(text[assignment.start : assignment.end]).keys() == (assignment.key,)


@given(SEEDS, KEYS, TEXTS | st.integers(-5, 5000) | st.lists(TEXTS, max_size=4))
@settings(deadline=None)
def test_set_sets_and_leaves_every_other_key_alone(seed: int, key: str, value: str | int | list[str]) -> None:
    before = document(seed)
    if before is None:
        return
    after = before.set(key, value)
    if isinstance(value, int):
        assert after.number(key) == value
    elif isinstance(value, str):
        assert after.string(key) == value
    else:
        assert list(after.strings(key)) == value
    assert after.set(key, value).text == after.text
    for other in before.keys():  # noqa: SIM118
        if other != key:
            assert after.get(other) == before.get(other)


@given(SEEDS, KEYS, st.integers(1, 5000))
@settings(deadline=None)
def test_a_single_value_changes_only_its_own_lines(seed: int, key: str, value: int) -> None:
    before = document(seed)
    if before is None or len(before.parts(key)) != 1:
        return
    part = before.parts(key)[0]
    after = before.set(key, value).text
    assert after.startswith(before.text[: part.start])
    assert after.endswith(before.text[part.end :])


@given(SEEDS, st.sampled_from(["disk", "vif", "vfb", "pci"]), st.integers(0, 3), TEXTS)
@settings(deadline=None)
def test_list_edits_do_what_a_python_list_does(seed: int, key: str, index: int, text: str) -> None:
    before = document(seed)
    if before is None or not before.items(key):
        return
    model = before.get(key)
    assert isinstance(model, list)
    appended = before.append_item(key, text)
    assert appended.get(key) == [*model, text]
    if index < len(model):
        removed = before.remove_item(key, index)
        assert removed.get(key) == model[:index] + model[index + 1 :]
        replaced = before.replace_item(key, index, text)
        assert replaced.get(key) == [*model[:index], text, *model[index + 1 :]]
        inserted = before.insert_item(key, index, text)
        assert inserted.get(key) == [*model[:index], text, *model[index:]]
    comments = re.findall("# c\n", before.text)
    assert len(re.findall("# c\n", appended.text)) == len(comments)


def _layout(draw: st.DrawFn) -> str:
    """A list laid out in any way, each item with ``# NUMBER`` or none, and lines of comments between."""
    gap = st.sampled_from(["", " ", "\n", "\n    ", "  # own\n", "\n  # own\n "])
    pieces = [draw(gap)]
    count = draw(st.integers(0, 4))
    for number in range(count):
        last = number == count - 1
        comma = draw(st.sampled_from(["", ","])) if last else ","
        behind = draw(st.sampled_from(["", " ", f"  # {number}\n", "\n", "\n  "]))
        around = [comma, behind] if draw(st.booleans()) else [behind, comma]
        pieces += [draw(st.sampled_from([f"'i{number}'", f'"i{number}"'])), *around, draw(gap)]
    end = draw(st.sampled_from(["\n", " # end\n", "; b = 1 # end\n", ""]))
    return f"a = [{''.join(pieces)}]{end}"


LAYOUTS = st.composite(_layout)()


@given(LAYOUTS, st.integers(0, 3), st.integers(0, 3))
@settings(deadline=None, max_examples=150)
def test_items_moved_there_and_back_leave_every_byte(text: str, index: int, other: int) -> None:
    before = parse(text)
    model = list(before.strings("a"))
    if max(index, other) >= len(model):
        return
    after = before.swap_items("a", index, other)
    model[index], model[other] = model[other], model[index]
    assert list(after.strings("a")) == model
    assert sorted(after.text) == sorted(text)
    assert after.swap_items("a", index, other).text == text


@given(LAYOUTS)
@settings(deadline=None, max_examples=150)
def test_an_appended_item_that_is_removed_leaves_every_byte(text: str) -> None:
    before = parse(text)
    count = len(before.items("a"))
    assert before.append_item("a", "n").remove_item("a", count).text == text


@given(LAYOUTS, st.integers(0, 3))
@settings(deadline=None, max_examples=150)
def test_a_removed_item_takes_no_comment_but_its_own(text: str, index: int) -> None:
    before = parse(text)
    model = list(before.strings("a"))
    if index >= len(model):
        return
    after = before.remove_item("a", index)
    assert list(after.strings("a")) == model[:index] + model[index + 1 :]
    comments, left = re.findall(r"# \w+", text), re.findall(r"# \w+", after.text)
    behind = re.search(rf"{model[index]}['\"][ \t,\]]*(# \w+)", text)
    kept = list(comments)
    if len(left) < len(comments):
        assert behind
        kept.pop(text.count("#", 0, behind.start(1)))
    assert left == kept


@given(SEEDS, KEYS)
@settings(deadline=None)
def test_remove_removes_one_key(seed: int, key: str) -> None:
    before = document(seed)
    if before is None:
        return
    after = before.remove(key)
    assert after.keys() == tuple(other for other in before.keys() if other != key)  # noqa: SIM118
    assert all(after.get(other) == before.get(other) for other in after.keys())  # noqa: SIM118


@given(SEEDS)
@settings(deadline=None)
def test_checks_agree_with_the_translation(seed: int) -> None:
    parsed = document(seed)
    if parsed is None:
        return
    problems = lint(parsed)
    assert all(problem.message for problem in problems)
    errors = [problem for problem in problems if problem.severity == "error"]
    try:
        to_libxl(parsed)
    except ConfigError as error:
        assert error.message in [problem.message for problem in errors]
    assert problems == lint(parse(parsed.text))


@given(SEEDS)
@settings(deadline=None)
def test_an_identity_is_added_once(seed: int) -> None:
    parsed = document(seed)
    if parsed is None:
        return
    uuid = "6a4c2f2e-0e6d-4b9c-9b62-0c2f9f1d5f00"
    done = with_identity(parsed, uuid, lambda index: f"00:16:3e:00:00:{index:02x}")
    assert done.string("uuid") == parsed.string("uuid", uuid)
    assert all("mac=" in spec for spec in done.strings("vif"))
    assert with_identity(done, uuid, lambda index: "x").text == done.text


@given(SEEDS)
@settings(deadline=None)
def test_disks_are_written_as_they_are_read(seed: int) -> None:
    spec = Generator(seed).disk()
    try:
        disk = parse_disk(spec, allow_shared=True)
    except ConfigError:
        return
    assert parse_disk(format_disk(disk), allow_shared=True) == disk


@given(SEEDS)
@settings(deadline=None)
def test_interfaces_are_written_as_they_are_read(seed: int) -> None:
    spec = Generator(seed).vif()
    try:
        vif = parse_vif(spec)
    except ConfigError:
        return
    assert parse_vif(format_vif(vif)) == vif


@given(st.integers(0, (1 << 20) - 1), st.integers(0, 255))
@settings(deadline=None)
def test_device_numbers_have_names(disk: int, part: int) -> None:
    number = vdev_number(f"d{disk}p{part}" if part else f"d{disk}")
    assert vdev_number(vdev_name(number)) == number


@given(st.binary(max_size=80) | TEXTS.map(str.encode))
@settings(max_examples=300, deadline=None)
def test_hostile_bytes_raise_nothing_but_config_errors(data: bytes) -> None:
    texts = [data.decode("latin-1"), data.decode("utf-8", "surrogateescape")]
    inputs: tuple[str | bytes, ...] = (data, *texts)
    for text in inputs:
        with contextlib.suppress(ConfigError):
            parsed = parse(text)
            lint(parsed)
            identity(parsed)
    for word in texts:
        functions: tuple[Callable[[str], object], ...] = (parse_disk, parse_vif, vdev_number, _attach)
        for function in functions:
            with contextlib.suppress(ConfigError):
                function(word)
        with contextlib.suppress(ConfigError):
            override(parse(""), [f"extra={word}"])


def _attach(word: str) -> None:
    parse_disk_words([word, "xvda", "w"])


@given(TEXTS)
@settings(deadline=None)
def test_any_text_survives_quoting(text: str) -> None:
    assert parse("").set("a", text).string("a") == text
    assert override(parse(""), [f"a={text}"]).parts("a")

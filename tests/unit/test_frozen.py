"""Frozen, slotted dataclasses: the same as the standard library's, made in less time."""

from __future__ import annotations

import ast
import copy
import dataclasses
import pickle
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import pytest

from xentui import frozen

PACKAGE = Path(frozen.__file__).parent
STANDARD = {
    "config/convert/nodes.py",  # classes that derive from each other
    "terminal/style.py",  # the same
}
"""Who makes frozen, slotted classes with the standard library."""
SENT_TO_HOSTS = ("agent/", "bootmenu/", "domuloader/")


def _classes(dataclass: Any) -> list[Any]:
    @dataclass(frozen=True, slots=True)
    class Plain:
        """Fields with and without defaults, and of those that do not count."""

        name: str
        size: int = 3
        notes: list[str] = field(default_factory=list)
        seed: float = field(default=0.5, compare=False, repr=False)

        @property
        def label(self) -> str:
            """What it is called."""
            return f"<{self.name}>"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named:
        """Given by name only."""

        early: str
        late: int = 1

    @dataclass(frozen=True, slots=True)
    class Checked:
        """Looks at itself."""

        low: int
        high: int

        def __post_init__(self) -> None:
            if self.low > self.high:
                raise ValueError("upside down")

    @dataclass(frozen=True, slots=True)
    class Own:  # noqa: PLW1641 - it is given one
        """Has some methods of its own."""

        words: tuple[str, ...]

        def __init__(self, *words: str) -> None:
            object.__setattr__(self, "words", words)

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own) and sorted(self.words) == sorted(other.words)

        def __repr__(self) -> str:
            return "its own"

    return [Plain, Named, Checked, Own]


OURS, THEIRS = _classes(frozen.dataclass), _classes(dataclasses.dataclass)
PLAIN, NAMED, CHECKED, OWN = OURS
MADE = [
    (0, ("a",), {}),
    (0, ("a", 4, ["x"], 1.5), {}),
    (0, (), {"name": "b", "notes": ["y"]}),
    (1, (), {"early": "c"}),
    (2, (1, 2), {}),
    (3, ("v", "w"), {}),
]
"""Which class, and what it is made from."""


@pytest.mark.parametrize(("number", "words", "named"), MADE)
def test_an_object_is_what_the_standard_library_makes(
    number: int, words: tuple[object, ...], named: dict[str, object]
) -> None:
    ours, theirs = (classes[number](*words, **named) for classes in (OURS, THEIRS))
    assert repr(ours) == repr(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert not hasattr(ours, "__dict__")
    assert type(ours).__slots__ == type(theirs).__slots__
    assert type(ours).__match_args__ == type(theirs).__match_args__
    assert type(ours).__doc__ == type(theirs).__doc__
    assert copy.copy(ours) == ours
    assert ours == type(ours)(*words, **named)
    assert (ours == theirs, ours != theirs, ours == object()) == (False, True, False)


@pytest.mark.parametrize(("number", "words", "named"), MADE)
def test_nothing_can_be_assigned_or_deleted(
    number: int, words: tuple[object, ...], named: dict[str, object]
) -> None:
    one = OURS[number](*words, **named)
    name = dataclasses.fields(one)[0].name
    for name_or_not in (name, "nothing_of_it"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, name_or_not, 1)
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(one, name_or_not)


@pytest.mark.parametrize(
    ("number", "words", "named"),
    [(0, (), {}), (0, ("a",), {"unknown": 1}), (0, (1, 2, [], 4, 5), {}), (1, ("early",), {}), (1, (), {})],
)
def test_wrong_arguments_are_refused(
    number: int, words: tuple[object, ...], named: dict[str, object]
) -> None:
    for classes in (OURS, THEIRS):
        with pytest.raises(TypeError, match=r"__init__\(\)"):
            classes[number](*words, **named)


def test_objects_compare_and_hash_by_the_fields_that_count() -> None:
    assert PLAIN("a", seed=1.0) == PLAIN("a", seed=2.0) != PLAIN("b")
    assert PLAIN("a") == PLAIN("a"), "once more, compiled"
    assert hash(CHECKED(1, 2)) == hash(CHECKED(1, 2)) == hash((1, 2))
    assert len({CHECKED(1, 2), CHECKED(1, 2), CHECKED(1, 3)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(PLAIN("a"))
    assert OWN("v", "w") == OWN("w", "v")
    assert hash(OWN("v")) == hash(THEIRS[3]("v"))


def test_each_object_gets_defaults_of_its_own() -> None:
    first, second = PLAIN("a"), PLAIN("a")
    assert first.notes is not second.notes
    assert PLAIN("a", notes=first.notes).notes is first.notes


def test_replacing_makes_another_and_looks_at_it() -> None:
    assert replace(PLAIN("a"), size=9) == PLAIN("a", 9)
    assert PLAIN("a").label == "<a>"
    with pytest.raises(ValueError, match="upside down"):
        replace(CHECKED(1, 2), low=3)


def test_an_object_that_holds_itself_can_be_shown() -> None:
    one = PLAIN("a")
    one.notes.append(one)
    assert repr(one).endswith("notes=[...])")


@frozen.dataclass(frozen=True, slots=True)
class Sent:
    """Found by its name, as pickles need it."""

    text: str
    more: tuple[int, ...] = ()


def test_objects_survive_a_pickle() -> None:
    assert pickle.loads(pickle.dumps(Sent("a", (1,)))) == Sent("a", (1,))  # noqa: S301 - our own


def test_what_is_not_frozen_is_the_standard_library_s() -> None:
    @frozen.dataclass(slots=True)
    class Open:
        """Can be assigned to."""

        count: int = 0

    @frozen.dataclass
    class Bare:
        """Without options."""

        count: int = 0

    for one in (Open(), Bare()):
        one.count = 2
        assert one.count == 2


def test_what_it_cannot_make_is_refused_where_it_is_declared() -> None:
    with pytest.raises(TypeError, match="derives from another"):

        @frozen.dataclass(frozen=True, slots=True)
        class Derived(Sent):
            """Of another."""

            third: int = 0

    with pytest.raises(TypeError, match="init=False"):

        @frozen.dataclass(frozen=True, slots=True)
        class Hidden:
            """With a field nobody gives."""

            inner: int = field(default=0, init=False)


def test_frozen_classes_are_made_so_everywhere() -> None:
    standard = set()
    for path in PACKAGE.rglob("*.py"):
        name = str(path.relative_to(PACKAGE))
        text = path.read_text()
        imports = [node for node in ast.parse(text).body if isinstance(node, ast.ImportFrom)]
        names = {alias.name for node in imports if node.module == "dataclasses" for alias in node.names}
        if "dataclass" in names and "frozen=True, slots=True" in text and not name.startswith(SENT_TO_HOSTS):
            standard.add(name)
    assert standard == STANDARD | {"frozen.py"}

"""Frozen, slotted dataclasses: the same as the standard library's, made in less time."""

from __future__ import annotations

import ast
import copy
import dataclasses
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, field, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.sources import parsed
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

    @dataclass(frozen=True, slots=True)
    class Mixed:
        """Has what is no field, and fields given by name behind others."""

        LIMIT: ClassVar[int] = 9
        first: str
        _: KW_ONLY
        last: str = "z"

    @dataclass(frozen=True, slots=True)
    class ByName:
        """One of its fields is given by name."""

        tail: int = field(kw_only=True)
        head: int = 1

    @dataclass(frozen=True, slots=True)
    class Hidden:
        """With fields nobody gives."""

        given: int
        inner: int = field(default=0, init=False)
        more: list[int] = field(default_factory=list, init=False)

    return [Plain, Named, Checked, Own, Mixed, ByName, Hidden]


OURS, THEIRS = _classes(frozen.dataclass), _classes(dataclasses.dataclass)
PLAIN, NAMED, CHECKED, OWN, MIXED, BY_NAME, HIDDEN = OURS
MADE = [
    (0, ("a",), {}),
    (0, ("a", 4, ["x"], 1.5), {}),
    (0, (), {"name": "b", "notes": ["y"]}),
    (1, (), {"early": "c"}),
    (2, (1, 2), {}),
    (3, ("v", "w"), {}),
    (4, ("a",), {"last": "b"}),
    (5, (2,), {"tail": 3}),
    (6, (1,), {}),
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
    assert [_described(each) for each in (ours, theirs)].count(_described(ours)) == 2
    assert copy.copy(ours) == ours
    assert ours == type(ours)(*words, **named)
    assert (ours == theirs, ours != theirs, ours == object()) == (False, True, False)


@pytest.mark.parametrize(("number", "words", "named"), MADE)
def test_the_first_objects_are_what_those_after_them_are(
    number: int, words: tuple[object, ...], named: dict[str, object]
) -> None:
    made = _classes(frozen.dataclass)[number]
    first, *others = [made(*words, **named) for _ in range(frozen._FEW + 2)]
    assert [each == first for each in others] == [True] * len(others)
    assert {repr(each) for each in others} == {repr(first)} == {repr(THEIRS[number](*words, **named))}


def test_the_first_object_looks_at_itself_too() -> None:
    with pytest.raises(ValueError, match="upside down"):
        _classes(frozen.dataclass)[2](3, 2)


def _described(one: Any) -> list[tuple[object, ...]]:
    """What is known of the fields of an object."""
    return [
        (each.name, each.type, each.default, each.init, each.compare, each.repr, each.kw_only)
        for each in dataclasses.fields(one)
    ]


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
    [
        (0, (), {}),
        (0, ("a",), {"unknown": 1}),
        (0, ("a",), {"name": "b"}),
        (0, (1, 2, [], 4, 5), {}),
        (1, ("early",), {}),
        (1, (), {}),
        (6, (1, 2), {}),
        (6, (1,), {"inner": 2}),
    ],
)
def test_wrong_arguments_are_refused(
    number: int, words: tuple[object, ...], named: dict[str, object]
) -> None:
    for classes in (OURS, THEIRS, _classes(frozen.dataclass)):
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


@pytest.mark.parametrize("objects", [1, frozen._FEW + 1])
def test_one_that_is_not_frozen_can_be_assigned_to_and_is_itself_alone(objects: int) -> None:
    @frozen.dataclass(slots=True, repr=False, eq=False)
    class Open:
        """Changes."""

        name: str
        steps: list[str] = field(default_factory=list)
        later: int = field(init=False)

        def __post_init__(self) -> None:
            self.later = len(self.name)

    one = [Open("a") for _ in range(objects)][-1]
    one.name, one.later = "bc", one.later + 1
    assert (one.name, one.steps, one.later) == ("bc", [], 2)
    assert one != Open("bc")
    assert len({one, Open("bc")}) == 2
    assert not hasattr(one, "__dict__")
    assert copy.copy(one).later == 2
    assert replace(one, steps=["x"]).later == 2
    assert repr(one) == object.__repr__(one)


def test_what_it_cannot_make_is_refused_where_it_is_declared() -> None:
    with pytest.raises(TypeError, match="derives from another"):

        @frozen.dataclass(frozen=True, slots=True)
        class Derived(Sent):
            """Of another."""

            third: int = 0

    with pytest.raises(TypeError, match="no fields"):

        @frozen.dataclass(frozen=True, slots=True)
        class Empty:
            """Nothing in it."""

    with pytest.raises(TypeError, match="no type annotation"):

        @frozen.dataclass(frozen=True, slots=True)
        class Unsaid:
            """A field of no type."""

            inner: int
            outer = field(default=1)

    with pytest.raises(ValueError, match="default_factory"):

        @frozen.dataclass(frozen=True, slots=True)
        class Shared:
            """A list that all would have."""

            inner: list[str] = []


def test_nothing_is_compiled_for_a_class_nobody_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    compiled = frozen._compiled

    def watched(made: Any, source: str, known: dict[str, Any] | None = None) -> Any:
        asked.append(source.partition("(")[0])
        return compiled(made, source, known)

    monkeypatch.setattr(frozen, "_compiled", watched)
    plain = _classes(frozen.dataclass)[2]
    one, other, _last = [plain(1, 2) for _ in range(frozen._FEW)]
    assert asked == [], "nor for a few objects"
    assert one == other
    assert hash(one) == hash(other)
    assert plain(1, 2) == one
    assert asked == ["__eq__", "__hash__", "__init__"]


def test_threads_may_be_the_first_together() -> None:
    for _ in range(20):
        plain = _classes(frozen.dataclass)[0]
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda number, plain=plain: plain("a", number, seed=number), range(8)))
            assert all(pool.map(lambda one, plain=plain: one == plain("a", one.size), made))
        assert [field.compare for field in dataclasses.fields(plain)] == [True, True, True, False]


def test_a_class_that_derives_from_one_is_made_by_that() -> None:
    class Louder(PLAIN):  # type: ignore[misc,valid-type]
        """Says more."""

        __slots__ = ()

    assert Louder("a").label == "<a>"
    assert Louder("a") == Louder("a")
    assert repr(Louder("a")).endswith("Louder(name='a', size=3, notes=[])")


def test_frozen_classes_are_made_so_everywhere() -> None:
    standard = set()
    for path in PACKAGE.rglob("*.py"):
        name = str(path.relative_to(PACKAGE))
        text = path.read_text()
        imports = [node for node in parsed(path).body if isinstance(node, ast.ImportFrom)]
        names = {alias.name for node in imports if node.module == "dataclasses" for alias in node.names}
        if "dataclass" in names and "frozen=True, slots=True" in text and not name.startswith(SENT_TO_HOSTS):
            standard.add(name)
    assert standard == STANDARD | {"frozen.py"}


def test_no_signature_is_written_for_a_class_without_a_docstring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard library does; it takes longer than all the rest."""

    @frozen.dataclass(frozen=True, slots=True)
    class Bare:
        name: str

    def refuse(_made: object) -> None:
        raise AssertionError

    monkeypatch.setattr("inspect.signature", refuse)
    assert Bare("web1").name == "web1"
    assert Bare.__doc__ is None

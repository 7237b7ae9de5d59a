"""Frozen, slotted dataclasses that take a quarter of the time those of the standard library take to be made.

:func:`dataclasses.dataclass` writes and compiles up to eight methods of each class whenever its module is imported.
Here that is done to the constructor alone; ``==`` and ``hash`` are compiled when a class is first asked, and the others
are shared by all.  The thirty classes that ``xentui list`` needs were a sixth of what it takes beyond Python itself.
For a type checker both are the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from dataclasses import dataclass as standard
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

__all__ = ["dataclass"]

_Class = TypeVar("_Class", bound=type[Any])
_NOT_GIVEN = object()


def _made(cls: _Class, *, kw_only: bool = False) -> _Class:
    """Make a class what ``@dataclass(frozen=True, slots=True)`` makes of it.

    Raises TypeError where it derives from another, or has fields that are no arguments of the constructor, or none.
    """
    if cls.__bases__ != (object,):
        raise TypeError(f"{cls.__qualname__} derives from another class; use dataclasses.dataclass")
    made: Any = standard(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
    parts: tuple[Field[Any], ...] = fields(made)
    if not parts or not all(part.init for part in parts):
        raise TypeError(
            f"{cls.__qualname__} has no fields, or some with init=False; use dataclasses.dataclass"
        )
    own = vars(made)
    compared = [part.name for part in parts if part.compare]
    if "__init__" not in own:
        made.__init__ = _constructor(made, parts)
    if "__eq__" not in own:
        made.__eq__ = _equality(made, compared)
    if own.get("__hash__") is None:  # Python gives None to a class that has an __eq__
        made.__hash__ = _hashing(made, compared)
    if "__repr__" not in own:
        made.__repr__ = _repr
    made.__getstate__, made.__setstate__ = _state, _restore
    made.__setattr__, made.__delattr__ = _refuse_assignment, _refuse_deletion
    return made  # type: ignore[no-any-return]


def _constructor(made: Any, parts: Sequence[Field[Any]]) -> Callable[..., None]:
    """``__init__``, which stores into the slots themselves: assignment is refused."""
    known: dict[str, Any] = {"_not_given": _NOT_GIVEN}
    arguments: list[str] = ["self"]
    named: list[str] = []
    lines: list[str] = []
    for part in parts:
        name, argument, value = part.name, part.name, part.name
        known[f"_set_{name}"] = vars(made)[name].__set__
        if part.default_factory is not MISSING:
            known[f"_make_{name}"] = part.default_factory
            argument, value = f"{name}=_not_given", f"_make_{name}() if {name} is _not_given else {name}"
        elif part.default is not MISSING:
            known[f"_default_{name}"] = part.default
            argument = f"{name}=_default_{name}"
        (named if part.kw_only else arguments).append(argument)
        lines.append(f" _set_{name}(self, {value})\n")
    if hasattr(made, "__post_init__"):
        lines.append(" self.__post_init__()\n")
    words = ", ".join([*arguments, *(["*", *named] if named else [])])
    return _compiled(made, f"__init__({words}):\n" + "".join(lines), known)


def _equality(made: Any, compared: Sequence[str]) -> Callable[[Any, object], Any]:
    """``__eq__``, which compiles itself when it is first asked."""

    def equal(self: Any, other: object) -> Any:
        mine, others = ("".join(f"{whose}.{name}, " for name in compared) for whose in ("self", "other"))
        made.__eq__ = _compiled(
            made,
            "__eq__(self, other):\n"
            f" return ({mine}) == ({others}) if other.__class__ is self.__class__ else NotImplemented\n",
        )
        return made.__eq__(self, other)

    return equal


def _hashing(made: Any, compared: Sequence[str]) -> Callable[[Any], int]:
    """``__hash__``, which compiles itself when it is first asked."""

    def hashed(self: Any) -> int:
        mine = "".join(f"self.{name}, " for name in compared)
        made.__hash__ = _compiled(made, f"__hash__(self):\n return hash(({mine}))\n")
        return int(made.__hash__(self))

    return hashed


def _compiled(made: Any, source: str, known: dict[str, Any] | None = None) -> Callable[..., Any]:
    """A method of a class from its source, in which stand names of fields and what is written here."""
    namespace = {} if known is None else known
    exec(f"def {source}", namespace)  # noqa: S102 - as dataclasses does
    method: Callable[..., Any] = namespace[source[: source.index("(")]]
    method.__qualname__ = f"{made.__qualname__}.{method.__name__}"
    method.__module__ = made.__module__
    return method


@recursive_repr()
def _repr(self: Any) -> str:
    shown = ", ".join(f"{part.name}={getattr(self, part.name)!r}" for part in fields(self) if part.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _state(self: Any) -> list[Any]:
    """For copies and pickles, which would assign."""
    return [getattr(self, part.name) for part in fields(self)]


def _restore(self: Any, state: Sequence[Any]) -> None:
    for part, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, part.name, value)


def _refuse_assignment(_self: Any, name: str, _value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_self: Any, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, slots=False, kw_only=False, **others):
        """Decorate a class as :func:`dataclasses.dataclass` does, and let that do it but for the frozen and slotted."""
        if frozen and slots and not others:
            return lambda decorated: _made(decorated, kw_only=kw_only)
        return standard(cls, frozen=frozen, slots=slots, kw_only=kw_only, **others)

"""Slotted dataclasses that take a tenth of the time those of the standard library take to be made, frozen as a rule.

:func:`dataclasses.dataclass` describes each field, and writes and compiles up to eight methods of each class, whenever
its module is imported.  Here a class gets its slots, and the rest when it is first asked for: fields are described
and ``==`` and ``hash`` compiled then, the constructor as soon as more than a few objects are made; the other methods
are shared by all.  Of the hundred such classes that are imported for the first list on the screen, few are used for it,
and most of those for one object.
For a type checker both are the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass as standard, field, fields
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

__all__ = ["dataclass"]

_Class = TypeVar("_Class", bound=type[Any])
_NOT_GIVEN = object()
_WITHOUT_SLOTS: Final = frozenset({"__dict__", "__weakref__"})
"""What a class has only as long as it has no slots."""
_FEW: Final = 3
"""Objects made before their constructor is compiled, which takes as long as to make thirty."""
_NO_FIELDS: Final = ("ClassVar", "InitVar", "KW_ONLY")
"""In annotations of what is no field."""


def _made(cls: _Class, *, frozen: bool, kw_only: bool) -> _Class:
    """Make a class what ``@dataclass(frozen=True, slots=True)`` makes of it.

    One that is not ``frozen`` becomes what ``@dataclass(slots=True, repr=False, eq=False)`` makes.  Raises TypeError
    where it derives from another, or has no fields; ValueError where a default can be changed.
    """
    if cls.__bases__ != (object,):
        raise TypeError(f"{cls.__qualname__} derives from another class; use dataclasses.dataclass")
    own = _own(cls)
    if all(map(_is_field, cls.__annotations__.values())):
        names = tuple(cls.__annotations__)
        _check(cls, names, own)
        own |= {name: _Later(name, own, kw_only=kw_only) for name in _DESCRIPTIONS}
        own["__match_args__"] = () if kw_only else tuple(name for name in names if _has_place(own.get(name)))
    else:
        described: Any = standard(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
        names = tuple(part.name for part in fields(described))
        own = _own(described)
        _check(cls, names, {part.name: part for part in fields(described)})
    members = {name: value for name, value in own.items() if name not in names}
    for name, first in _FIRST.items() if frozen else [("__init__", _first_made)]:
        if own.get(name) is None:  # Python gives None for a hash to a class that has an __eq__
            members[name] = first
    members |= _SHARED if frozen else {}
    members |= {"__slots__": names, "__qualname__": cls.__qualname__}
    kind: Any = type(cls)
    return kind(cls.__name__, cls.__bases__, members)  # type: ignore[no-any-return]


def _own(cls: type[Any]) -> dict[str, Any]:
    return {name: value for name, value in vars(cls).items() if name not in _WITHOUT_SLOTS}


def _is_field(annotation: object) -> bool:
    """Return whether an annotation is surely a field's, without a look at what it names."""
    return isinstance(annotation, str) and not any(word in annotation for word in _NO_FIELDS)


def _has_place(default: object) -> bool:
    """Return whether a field may be given without its name."""
    return not isinstance(default, Field) or (default.init and default.kw_only is not True)


def _check(cls: type[Any], names: Sequence[str], own: Mapping[str, Any]) -> None:
    """Refuse where it is declared what cannot be made."""
    if not names:
        raise TypeError(f"{cls.__qualname__} has no fields; use dataclasses.dataclass")
    for name, value in own.items():
        if isinstance(value, Field) and name not in names:
            raise TypeError(f"{name!r} is a field but has no type annotation")
        default = value.default if isinstance(value, Field) else value
        if name in names and type(default).__hash__ is None:
            raise ValueError(f"{cls.__qualname__}.{name} has a default that can change; use default_factory")


class _Later:
    """What the standard library knows of a dataclass by a name, found out when it is first asked for."""

    __slots__ = ("_kw_only", "_name", "_own")

    def __init__(self, name: str, own: Mapping[str, Any], *, kw_only: bool) -> None:
        self._name, self._own, self._kw_only = name, dict(own), kw_only

    def __get__(self, _one: object, cls: type[Any]) -> Any:
        # A class of the same fields that is not used for anything else; two threads may do it at once.
        # With a docstring: for one without, the standard library writes the signature, which takes 2 ms.
        like: Any = standard(init=False, repr=False, eq=False, kw_only=self._kw_only)(
            type(cls.__name__, (), dict(self._own) | {"__doc__": cls.__name__})
        )
        known = getattr(like, self._name)
        setattr(_maker(cls), self._name, known)
        return known

    def parts(self) -> list[Field[Any]]:
        """Return the fields as far as the methods made here need them: a twentieth of what there is to find out."""
        made: list[Field[Any]] = []
        for name in self._own["__annotations__"]:
            given = self._own.get(name, MISSING)
            part: Field[Any] = given if isinstance(given, Field) else field(default=given)
            part.name = name
            if part.kw_only is MISSING:
                part.kw_only = self._kw_only
            made.append(part)
        return made


def _maker(cls: type[Any]) -> Any:
    """Return the class made here from which one derives, or which it is."""
    return next(each for each in cls.__mro__ if "__dataclass_fields__" in vars(each))


def _parts(made: type[Any]) -> Sequence[Field[Any]]:
    """Return the fields of a class made here."""
    known = vars(made)["__dataclass_fields__"]
    return known.parts() if isinstance(known, _Later) else fields(made)


def _first_made(self: Any, /, *given: Any, **named: Any) -> None:
    """``__init__`` as long as no object was made."""
    made = _maker(type(self))
    made.__init__ = _of_few(made, _parts(made))
    made.__init__(self, *given, **named)


def _of_few(made: Any, parts: Sequence[Field[Any]]) -> Callable[..., None]:
    """``__init__`` for a few objects; the real one is compiled for the next, and to say what argument is wrong."""
    stores = [(part, vars(made)[part.name].__set__) for part in parts]
    places = [part.name for part in parts if part.init and not part.kw_only]
    left = _FEW

    def make(self: Any, /, *given: Any, **named: Any) -> None:
        nonlocal left
        left -= 1
        values = dict(zip(places, given, strict=False))
        wrong = len(given) > len(places) or not values.keys().isdisjoint(named)
        values |= named
        for part, store in stores:
            if part.init and part.name in values:
                store(self, values.pop(part.name))
            elif part.default_factory is not MISSING:
                store(self, part.default_factory())
            elif part.default is not MISSING:
                store(self, part.default)
            elif part.init:
                wrong = True
        if wrong or values or left < 0:
            made.__init__ = _constructor(made, parts)
            made.__init__(self, *given, **named)
        elif hasattr(made, "__post_init__"):
            self.__post_init__()

    return make


def _first_compared(self: Any, other: object) -> Any:
    """``__eq__`` as long as nobody has compared."""
    made = _maker(type(self))
    mine, others = (
        "".join(f"{whose}.{part.name}, " for part in _parts(made) if part.compare)
        for whose in ("self", "other")
    )
    made.__eq__ = _compiled(
        made,
        "__eq__(self, other):\n"
        f" return ({mine}) == ({others}) if other.__class__ is self.__class__ else NotImplemented\n",
    )
    return made.__eq__(self, other)


def _first_hashed(self: Any) -> int:
    """``__hash__`` as long as nobody has asked."""
    made = _maker(type(self))
    mine = "".join(f"self.{part.name}, " for part in _parts(made) if part.compare)
    made.__hash__ = _compiled(made, f"__hash__(self):\n return hash(({mine}))\n")
    return int(made.__hash__(self))


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
        if part.init:
            (named if part.kw_only else arguments).append(argument)
        elif part.default_factory is not MISSING:
            value = f"_make_{name}()"
        elif part.default is not MISSING:
            value = f"_default_{name}"
        else:
            continue
        lines.append(f" _set_{name}(self, {value})\n")
    if hasattr(made, "__post_init__"):
        lines.append(" self.__post_init__()\n")
    words = ", ".join([*arguments, *(["*", *named] if named else [])])
    return _compiled(made, f"__init__({words}):\n" + "".join(lines), known)


def _compiled(made: Any, source: str, known: dict[str, Any] | None = None) -> Callable[..., Any]:
    """Return a method of a class from its source, in which stand names of fields and what is written here."""
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


_DESCRIPTIONS: Final = ("__dataclass_fields__", "__dataclass_params__")
_FIRST: Final[Mapping[str, Any]] = {
    "__init__": _first_made,
    "__eq__": _first_compared,
    "__hash__": _first_hashed,
    "__repr__": _repr,
}
"""What a class may have its own of."""
_SHARED: Final[Mapping[str, Any]] = {
    "__getstate__": _state,
    "__setstate__": _restore,
    "__setattr__": _refuse_assignment,
    "__delattr__": _refuse_deletion,
}

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, slots=False, kw_only=False, **others):
        """Decorate a class as :func:`dataclasses.dataclass` does, and let that do it but for what :func:`_made` can."""
        if slots and others == ({} if frozen else {"repr": False, "eq": False}):
            return lambda decorated: _made(decorated, frozen=frozen, kw_only=kw_only)
        return standard(cls, frozen=frozen, slots=slots, kw_only=kw_only, **others)

"""``typing.NamedTuple`` as far as it is used here, without ``typing``, which takes long to import.

``TYPE_CHECKING`` is there for the same reason: type checkers take it for true by its name.
"""

from __future__ import annotations

from collections import namedtuple

__all__ = ("TYPE_CHECKING", "NamedTuple")
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:

    class _Maker(type):
        """Makes a named tuple of a class that has the names and defaults."""

        def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, space)
            fields = list(space.get("__annotations__", ()))
            made = namedtuple(
                name,
                fields,
                defaults=[space[field] for field in fields if field in space],
                module=space["__module__"],
            )
            for key, value in space.items():
                if key not in fields and key != "__annotations__":
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Maker):
        """A class of it has fields with types, and methods."""

"""Packages whose modules are loaded when they are first named.

A start loads only what it needs.  In a package that says so, by ``__getattr__ = modules_of(__name__)``, a module named
as an attribute (``service.cloning.Cloning``) is loaded at that moment; one that is imported, as everywhere else, at
once.  The package imports its late modules for the type checker alone.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from types import ModuleType

_P = ParamSpec("_P")
_R = TypeVar("_R")


def modules_of(package: str) -> Callable[[str], ModuleType]:
    """Return the ``__getattr__`` (PEP 562) of a package, which loads a module of it by its name."""

    def load(name: str) -> ModuleType:
        whole = f"{package}.{name}"
        if not name.startswith("_"):
            try:
                return import_module(whole)
            except ModuleNotFoundError as error:
                if error.name != whole:
                    raise
        raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name)

    return load


def later(named: Callable[[], Callable[_P, _R]]) -> Callable[_P, _R]:
    """Return a function that calls another, which ``named`` names, and so loads, at each call.

    >>> show = later(lambda: commands.ganeti_session.show)
    """

    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        return named()(*args, **kwargs)

    return call

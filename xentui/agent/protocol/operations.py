"""The operations of the agent: each is declared beside its function, and checked before any of it runs.

::

    @store_operation("find", name=arguments.NAME)
    def find(root: str, *, name: str) -> Optional[str]:

What a caller may ask for is what has been declared by then: :mod:`xentui.agent.catalogue` imports all there is.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Callable, Dict, NamedTuple, TypeVar

from xentui.agent.errors import AgentError, from_os_error

_F = TypeVar("_F", bound=Callable[..., Any])


class ArgumentCheck(NamedTuple):
    """How an argument is checked, and whether a caller may leave it out."""

    check: Callable[[Any], Any]
    optional: bool = False


class Operation(NamedTuple):
    """A function that a caller may have run, and what it may be given, by keyword.

    ``on_store`` tells whether it works on the store: it is given the root of that first.
    """

    function: Callable[..., Any]
    on_store: bool
    arguments: Dict[str, ArgumentCheck]


#: The operations declared so far, by name.
declared: Dict[str, Operation] = {}


def store_operation(__name: str, **arguments: ArgumentCheck) -> Callable[[_F], _F]:
    """Declare a function of the store as an operation; its first argument is the store's root."""
    return _declaring(__name, True, arguments)


def host_operation(__name: str, **arguments: ArgumentCheck) -> Callable[[_F], _F]:
    """Declare a function as an operation that needs no store."""
    return _declaring(__name, False, arguments)


def _declaring(name: str, on_store: bool, arguments: Dict[str, ArgumentCheck]) -> Callable[[_F], _F]:
    def declare(function: _F) -> _F:
        declared[name] = Operation(function, on_store, arguments)
        return function

    return declare


def dispatch(root: str, operation: str, arguments: Dict[str, Any], module: str = "") -> Any:
    """Run one operation on the store at ``root``; returns what JSON can say, or bytes.

    ``module`` is where it is declared, for a caller that knows it: no other is imported then.  Raises
    :class:`AgentError` for everything that can go wrong; nothing has changed then.
    """
    known = _found(operation, module)
    checked = {}
    for name, value in arguments.items():
        argument = known.arguments.get(name)
        if argument is None:
            raise AgentError("invalid", f"{operation} takes no argument {name!r}")
        try:
            checked[name] = argument.check(value)
        except (TypeError, ValueError) as error:
            raise AgentError("invalid", f"{operation}: {name} {error}") from None
    missing = [
        name for name, argument in known.arguments.items() if not argument.optional and name not in checked
    ]
    if missing:
        raise AgentError("invalid", f"{operation} needs {', '.join(sorted(missing))}")
    try:
        return known.function(root, **checked) if known.on_store else known.function(**checked)
    except OSError as error:
        raise from_os_error(error) from error
    except UnicodeEncodeError:
        raise AgentError("invalid", f"{operation}: the text is not Unicode") from None


def _found(operation: str, module: str) -> Operation:
    """Return the operation of that name; the module that declares it is imported at the first use."""
    known = declared.get(operation)
    if known is None and all(part.isidentifier() for part in module.split(".")):
        with_it = f"xentui.agent.{module}"
        try:
            import_module(with_it)
        except ModuleNotFoundError as error:
            if not f"{with_it}.".startswith(f"{error.name}."):
                raise
        known = declared.get(operation)
    if known is None:
        import_module("xentui.agent.catalogue")
        known = declared.get(operation)
    if known is None:
        raise AgentError("invalid", f"the agent knows no operation {operation!r}")
    return known

"""The operations of the agent by name, and the check of what is asked before any of it runs."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Callable, Dict, Set, Tuple

from xentui.agent import entry, layout
from xentui.agent.errors import AgentError, from_os_error

Check = Callable[[Any], Any]


def dispatch(root: str, operation: str, arguments: Dict[str, Any]) -> Any:
    """Run one operation on the store at ``root``; returns what JSON can say, or bytes.

    Raises :class:`AgentError` for everything that can go wrong; nothing has changed then.
    """
    known = table().get(operation)
    if known is None:
        raise AgentError("invalid", f"the agent knows no operation {operation!r}")
    place, takes_root, checks = known
    function = find(place)
    checked = {}
    for name, value in arguments.items():
        check = checks.get(name)
        if check is None:
            raise AgentError("invalid", f"{operation} takes no argument {name!r}")
        try:
            checked[name] = check(value)
        except (TypeError, ValueError) as error:
            raise AgentError("invalid", f"{operation}: {name} {error}") from None
    missing = _required(function) - set(checked) - {"root"}
    if missing:
        raise AgentError("invalid", f"{operation} needs {', '.join(sorted(missing))}")
    try:
        return function(root, **checked) if takes_root else function(**checked)
    except OSError as error:
        raise from_os_error(error) from error
    except UnicodeEncodeError:
        raise AgentError("invalid", f"{operation}: the text is not Unicode") from None


def find(place: str) -> Callable[..., Any]:
    """The function at ``module.function`` of the agent; its module is imported at the first use."""
    module, _, name = place.partition(".")
    function: Callable[..., Any] = getattr(import_module(f"xentui.agent.{module}"), name)
    return function


def _required(function: Callable[..., Any]) -> Set[str]:
    """The arguments a function cannot do without."""
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount - len(function.__defaults__ or ())]
    keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return {*positional, *keywords} - set(function.__kwdefaults__ or ())


def table() -> Dict[str, Tuple[str, bool, Dict[str, Check]]]:
    """Each operation: where its function is, whether it takes the root of the store, and its arguments."""
    uuid: Dict[str, Check] = {"uuid": _uuid}
    name: Dict[str, Check] = {"name": _name}
    text: Dict[str, Check] = {"text": _text}
    who: Dict[str, Check] = {"user": _words, "reason": _words}
    new: Dict[str, Check] = {**uuid, **name, **text, **who, "source": _source}
    expect: Dict[str, Check] = {"expect_version": _maybe(_count), "expect_sha256": _maybe(_string)}
    auto: Dict[str, Check] = {"auto_dir": _path}
    job: Dict[str, Check] = {"job": _string}
    return {
        "list": ("listing.list_domains", True, {"cache": _cache, "summaries": bool, "after": _string}),
        "put_summaries": ("listing.put_summaries", True, {"summaries": _table_of_objects}),
        "create": ("changes.create", True, new),
        "put": ("changes.put", True, {**new, **expect}),
        "restore": ("changes.restore", True, {**uuid, **who, "version": _count, "name": _maybe(_name)}),
        "settle": ("changes.settle", True, uuid),
        "delete": ("trash.delete", True, {**uuid, **who, **auto}),
        "undelete": ("trash.undelete", True, {"name_or_uuid": _name, "user": _words, **auto}),
        "list_trash": ("trash.list_trash", True, {}),
        "read": ("reading.read", True, {**uuid, "version": _maybe(_count)}),
        "history": ("reading.history", True, uuid),
        "find": ("reading.find", True, name),
        "mark_running": ("memory.mark_running", True, {**uuid, "record": _maybe(_object)}),
        "write_oneoff": ("memory.write_oneoff", True, {**uuid, **text}),
        "boot_begin": ("memory.boot_begin", True, uuid),
        "put_aside": ("xendomains.put_aside", False, {**auto, **uuid}),
        "put_back": ("xendomains.put_back", False, {"path": _path}),
        "checkpoint_begin": ("memory.checkpoint_begin", True, uuid),
        "checkpoint_commit": ("memory.checkpoint_commit", True, {**uuid, "part": _path}),
        "checkpoint_abort": ("memory.checkpoint_abort", True, {**uuid, "part": _path}),
        "resume_begin": ("memory.resume_begin", True, uuid),
        "resume_commit": ("memory.resume_commit", True, uuid),
        "remove_file": ("memory.remove_file", True, {"path": _path}),
        "start_job": (
            "jobs.start_job",
            True,
            {
                **job,
                "kind": _string,
                "program": _bytes,
                "prefix": _argv,
                "uuid": _maybe_empty(_uuid),
                "domid": _count,
                "path": _string,
                "paused": bool,
                **dict.fromkeys(("subject", "user", "host"), _words),
                "auto_dir": _string,
            },
        ),
        "settle_job": ("jobs.settle_job", True, {**job, "program": _bytes}),
        "look_job": ("jobs.look_job", True, job),
        "list_jobs": ("jobs.list_jobs", True, {}),
        "settle_spent": ("xendomains.settle_spent", True, {**uuid, "runs": bool}),
        "surroundings": ("surroundings.surroundings", True, auto),
        "audit_append": ("audit.audit_append", True, {"record": _object}),
        "audit_open": ("audit.audit_open", True, {"record": _object, "id": _string}),
        "audit_close": ("audit.audit_close", True, {"record": _object, "id": _string}),
        "audit_tail": ("audit.audit_tail", True, {"limit": _count}),
        "link_autostart": (
            "xendomains.link_autostart",
            True,
            {**auto, **name, "target": _path, "order": _maybe(_count), "keep_order": bool},
        ),
        "unlink_autostart": ("xendomains.unlink_autostart", True, {**auto, **uuid}),
        "withhold_autostart": ("autostart.withhold_autostart", True, {**auto, **uuid}),
        "return_autostart": ("autostart.return_autostart", True, {**auto, **uuid}),
        "list_autostart": ("autostart.list_autostart", True, auto),
        "read_file": ("files.read_file", False, {"path": _path, "limit": _count}),
        "read_head": ("files.read_head", False, {"path": _path, "limit": _count}),
        "read_tail": ("files.read_tail", False, {"path": _path, "limit": _count}),
        "stat": ("files.stat_paths", False, {"paths": _paths}),
        "look_at_disks": ("disks.look_at_disks", False, {"paths": _paths, "chained": _paths}),
        "list_dir": ("files.list_dir", False, {"path": _path, "limit": _count}),
        "complete": ("files.complete", False, {"prefix": _string, "limit": _count}),
        "write_file": ("files.write_file", False, {"path": _path, "data": _bytes, "exclusive": bool}),
        "write_scratch": ("scratch.write_scratch", False, text),
        "put_program": ("programs.put_program", True, {**name, "data": _bytes}),
        "remove_scratch": ("scratch.remove_scratch", False, {"path": _path}),
    }


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("is not a text")
    if "\0" in value:
        raise ValueError("holds a NUL character")
    return value


def _text(value: Any) -> str:
    if len(_string(value).encode("utf-8")) > entry.TEXT_LIMIT:
        raise ValueError(f"is longer than {entry.TEXT_LIMIT} bytes")
    return str(value)


def _path(value: Any) -> str:
    if not _string(value):
        raise ValueError("is empty")
    return str(value)


def _paths(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or len(value) > 10_000:
        raise TypeError("is not a list of at most 10000 paths")
    return [_path(item) for item in value]


def _argv(value: Any) -> Any:
    if not isinstance(value, list) or len(value) > 100:
        raise TypeError("is not a list of at most 100 words")
    return [_string(item) for item in value]


def _uuid(value: Any) -> str:
    uuid = _string(value).lower()
    if not layout.UUID.match(uuid):
        raise ValueError("is not a UUID")
    return uuid


def _name(value: Any) -> str:
    if not _string(value) or not value.isprintable():
        raise ValueError("is empty or holds control characters")
    return str(value)


def _words(value: Any) -> str:
    return "".join(character if character.isprintable() else " " for character in _string(value))[:500]


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("is not a whole number")
    return value


def _object(value: Any) -> Any:
    if not isinstance(value, dict):
        raise TypeError("is not an object")
    return value


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("is not bytes")
    return value


def _source(value: Any) -> Any:
    if value is None:
        return None
    return {"path": _path(_object(value).get("path")), "sha256": _string(value.get("sha256"))}


def _cache(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return _object(value)


def _table_of_objects(value: Any) -> Any:
    return {_string(key): _object(item) for key, item in _object(value).items()}


def _maybe_empty(check: Check) -> Check:
    return lambda value: "" if value == "" else check(value)


def _maybe(check: Check) -> Check:
    return lambda value: None if value is None else check(value)

"""The state of one simulated host: a small database shared by all processes that use it.

SQLite keeps a change of one domain from rewriting thousands, makes every change atomic, and lets a killed
process leave nothing half-done.  A row's ``serial`` tells a process which rows changed since it last looked.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import wraps
from operator import attrgetter
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from xentui.errors import HostError, Suggest
from xentui.simulator.guest import NO_REASON, REASON_LETTERS, Guest
from xentui.simulator.private_file import make_private
from xentui.text import printable

_COLUMNS = tuple(field.name for field in fields(Guest))
_values = attrgetter(*_COLUMNS)
_BOOLEANS = tuple(index for index, field in enumerate(fields(Guest)) if field.type == "bool")
_SCHEMA = f"""
create table if not exists meta (key text primary key, value text) without rowid;
create table if not exists guests (
  {", ".join(name + (" integer primary key" if name == "domid" else "") for name in _COLUMNS)},
  listing text not null, serial integer not null);
create index if not exists guests_serial on guests (serial);
create index if not exists guests_name on guests (name);
create table if not exists events (
  id integer primary key, due real not null, domid integer not null, kind text not null, data text not null);
create index if not exists events_due on events (due);
create table if not exists news (id integer primary key autoincrement, at real, path text);
"""
_LAYOUT = zlib.crc32(_SCHEMA.encode()) & 0x7FFFFFFF
_KEPT_NEWS = 2000


_KINDS: tuple[tuple[type, ...], ...] = tuple(
    {"str": (str,), "float": (int, float)}.get(str(field.type), (int,)) for field in fields(Guest)
)
_REASON = _COLUMNS.index("reason")
_Arguments = ParamSpec("_Arguments")
_Found = TypeVar("_Found")


class _DamageError(ValueError):
    """A row of the database holds what nobody has written there."""


def _told(
    read: Callable[Concatenate[State, _Arguments], _Found],
) -> Callable[Concatenate[State, _Arguments], _Found]:
    """Return a method of a state that reads it; what cannot be read is a fault of the host."""

    @wraps(read)
    def reading(self: State, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Found:
        with self._faults():
            return read(self, *args, **kwargs)

    return reading


class State:
    """The database of one host.  Safe to use from several threads; changes happen inside :meth:`change`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._guests: dict[int, Guest] = {}
        self._seen = -1
        self._serial = 0
        self._version = -1
        self._listings: dict[int, str] = {}
        with self._faults():
            make_private(path)
            self._database = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._database.execute("pragma synchronous=off")
            if self._database.execute("pragma user_version").fetchone()[0] != _LAYOUT:
                self._make()

    @staticmethod
    def set_aside(path: Path) -> None:
        """Take a damaged database away, so that the next state is new; it is kept beside."""
        for ending in ("-journal", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        path.replace(path.with_name(path.name + ".damaged"))

    def _make(self) -> None:
        """Make the tables; those of another version of the simulator are dropped, and the host is made anew."""
        with self._lock:
            self._database.execute("begin immediate")
            if self._database.execute("pragma user_version").fetchone()[0] != _LAYOUT:
                for name in ("meta", "guests", "events", "news"):
                    self._database.execute(f"drop table if exists {name}")
                for statement in _SCHEMA.split(";"):
                    self._database.execute(statement)
                self._database.execute(f"pragma user_version={_LAYOUT}")
            self._database.execute("commit")

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._database.close()

    @contextmanager
    def change(self) -> Iterator[State]:
        """A transaction: all of the block's changes or none.  Only one process changes a host at a time."""
        with self._lock, self._faults():
            if self._depth:
                self._depth += 1
                try:
                    yield self
                finally:
                    self._depth -= 1
                return
            self._database.execute("begin immediate")
            try:
                self._refresh(force=True)
                self._serial = first = int(self.get("serial", 0))
                self._depth = 1
                try:
                    yield self
                finally:
                    self._depth = 0
                if self._serial != first:
                    self.put("serial", self._serial)
                self._database.execute("commit")
            except BaseException:
                if self._database.in_transaction:  # a full disk has rolled it back already
                    self._database.execute("rollback")
                self._seen = self._version = -1
                self._guests.clear()
                self._listings.clear()
                raise

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process out, readers too: one that is stopped meanwhile stops without a lock.

        Not within :meth:`change`.
        """
        with self._lock, self._faults():
            self._database.execute("begin exclusive")
            try:
                yield
            finally:
                self._database.execute("rollback")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """A database that cannot be read or written is a fault of the host."""
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError, json.JSONDecodeError, _DamageError) as error:
            # sqlite3's own words may be no text either, where they cite a damaged file.
            raise self.damage("it is damaged" if isinstance(error, ValueError) else str(error)) from error

    def damage(self, words: str) -> HostError:
        """Return the error for a database that cannot be used."""
        return HostError(
            f"the simulated host's state cannot be read or written: {printable(words)[:200]}",
            subject=str(self.path),
            hint=("is its file system full? ", Suggest("host.sim", "reset"), " makes a damaged state new"),
        )

    # -- what the host remembers besides its domains ---------------------------------------------------------

    @_told
    def get(self, key: str, default: Any = None) -> Any:
        """Return a remembered value (JSON), or ``default``."""
        with self._lock:
            row = self._database.execute("select value from meta where key=?", (key,)).fetchone()
        return default if row is None else json.loads(row[0])

    def put(self, key: str, value: Any) -> None:
        """Remember a value (JSON)."""
        with self._lock:
            self._database.execute(
                "insert into meta values (?, ?) on conflict (key) do update set value=excluded.value",
                (key, json.dumps(value)),
            )

    # -- domains --------------------------------------------------------------------------------------------

    @_told
    def guests(self) -> list[Guest]:
        """Return all domains in order of their domid, Domain-0 first."""
        with self._lock:
            self._refresh()
            return [self._guests[domid] for domid in sorted(self._guests)]

    @_told
    def guest(self, domid: int) -> Guest | None:
        """Return the domain with that domid."""
        with self._lock:
            self._refresh()
            return self._guests.get(domid)

    def named(self, name: str) -> Guest | None:
        """Return the first domain of that name; names are unique except for a moment during a migration."""
        return next((guest for guest in self.guests() if guest.name == name), None)

    def add(self, guest: Guest, listing: str) -> None:
        """Add a domain and its entry in ``xl list -l``."""
        marks = ", ".join("?" * (len(_COLUMNS) + 2))
        self._database.execute(
            f"insert into guests values ({marks})",  # noqa: S608 - column count only
            (*_values(guest), listing, self._next_serial()),
        )
        self._guests[guest.domid] = guest
        self._listings[guest.domid] = listing

    def update(self, guest: Guest, listing: str | None = None) -> Guest:
        """Replace a domain's record, and its entry in ``xl list -l`` where given; returns ``guest``."""
        names = [*_COLUMNS, "serial"]
        values: list[Any] = [*_values(guest), self._next_serial()]
        if listing is not None:
            names.append("listing")
            values.append(listing)
            self._listings[guest.domid] = listing
        assigned = ", ".join(f"{name}=?" for name in names)
        self._database.execute(
            f"update guests set {assigned} where domid=?",  # noqa: S608 - fixed column names
            (*values, guest.domid),
        )
        self._guests[guest.domid] = guest
        return guest

    def remove(self, domid: int) -> None:
        """Forget a domain and what was still to happen to it."""
        self._database.execute("delete from guests where domid=?", (domid,))
        self._database.execute("delete from events where domid=?", (domid,))
        self._guests.pop(domid, None)
        self._listings.pop(domid, None)

    def clear(self) -> None:
        """Forget every domain and all that was still to happen; what is remembered by name stays."""
        for table in ("guests", "events", "news"):
            self._database.execute(f"delete from {table}")  # noqa: S608 - fixed names
        self._guests.clear()
        self._listings.clear()

    @_told
    def listing(self, domid: int) -> str:
        """Return a domain's entry in ``xl list -l``, indented as there."""
        with self._lock:
            self._refresh()
            if domid not in self._listings:
                row = self._database.execute("select listing from guests where domid=?", (domid,)).fetchone()
                self._listings[domid] = row[0] if row else ""
            return self._listings[domid]

    @_told
    def listings(self) -> list[str]:
        """Return all entries of ``xl list -l`` in order of the domid."""
        with self._lock:
            self._refresh()
            if len(self._listings) < len(self._guests):
                self._listings = dict(self._database.execute("select domid, listing from guests"))
            return [self._listings[domid] for domid in sorted(self._guests)]

    @_told
    def config(self, domid: int) -> dict[str, Any]:
        """Return a domain's libxl configuration, as ``xl list -l`` shows it under ``config``."""
        config: dict[str, Any] = json.loads(self.listing(domid))["config"]
        return config

    # -- what is still to happen ----------------------------------------------------------------------------

    def schedule(self, due: float, domid: int, kind: str, data: Any = None) -> None:
        """Let ``kind`` happen to a domain at ``due``; domid -1 stands for no domain."""
        self._database.execute(
            "insert into events (due, domid, kind, data) values (?, ?, ?, ?)",
            (due, domid, kind, json.dumps(data)),
        )

    def cancel(self, domid: int, kind: str) -> None:
        """Drop all events of that kind that wait for a domain."""
        self._database.execute("delete from events where domid=? and kind=?", (domid, kind))

    @_told
    def waiting(self, domid: int, kind: str) -> float | None:
        """Return when an event of that kind is due for a domain."""
        with self._lock:
            row = self._database.execute(
                "select min(due) from events where domid=? and kind=?", (domid, kind)
            ).fetchone()
        return None if row is None else row[0]

    @_told
    def due(self) -> float | None:
        """Return when the next event happens."""
        with self._lock:
            row = self._database.execute("select min(due) from events").fetchone()
        return None if row is None else row[0]

    def take_due(self, now: float) -> tuple[float, int, str, Any] | None:
        """Remove and return the earliest event due by ``now``: when, to which domain, what, and its data."""
        row = self._database.execute(
            "select id, due, domid, kind, data from events where due<=? order by due, id limit 1", (now,)
        ).fetchone()
        if row is None:
            return None
        self._database.execute("delete from events where id=?", (row[0],))
        return row[1], row[2], row[3], json.loads(row[4])

    # -- what watchers are told -----------------------------------------------------------------------------

    def announce(self, at: float, path: str) -> None:
        """Tell watchers of a xenstore path that it fired."""
        cursor = self._database.execute("insert into news (at, path) values (?, ?)", (at, path))
        if (cursor.lastrowid or 0) % 500 == 0:
            self._database.execute("delete from news where id<=?", ((cursor.lastrowid or 0) - _KEPT_NEWS,))

    @_told
    def news(self, after: int) -> list[tuple[int, str]]:
        """Return the numbers and paths of what fired after news item ``after``."""
        with self._lock:
            return list(self._database.execute("select id, path from news where id>? order by id", (after,)))

    @_told
    def last_news(self) -> int:
        """Return the number of the latest news item."""
        with self._lock:
            row = self._database.execute("select max(id) from news").fetchone()
        return row[0] or 0

    @_told
    def changed(self) -> int:
        """Return a number that differs whenever another process has changed the host since it was last asked."""
        with self._lock:
            version: int = self._database.execute("pragma data_version").fetchone()[0]
        return version

    # -- caches ---------------------------------------------------------------------------------------------

    def _next_serial(self) -> int:
        # Written down when the transaction ends, which is once for however many changes.
        self._serial += 1
        self._seen = self._serial
        return self._serial

    def _refresh(self, *, force: bool = False) -> None:
        """Bring the cache up to what other processes have done."""
        if self._depth:
            return
        version = self.changed()
        if version == self._version and not force:
            return
        self._version = version
        names = ", ".join(_COLUMNS)
        rows = self._database.execute(
            f"select {names}, serial from guests where serial>?",  # noqa: S608 - fixed column names
            (self._seen,),
        ).fetchall()
        present = {row[0] for row in self._database.execute("select domid from guests")}
        for domid in self._guests.keys() - present:
            del self._guests[domid]
            self._listings.pop(domid, None)
        seen = self._seen
        for row in rows:
            values = list(row)
            serial = values.pop()
            sound = all(type(value) in kinds for value, kinds in zip(values, _KINDS, strict=True))
            if not sound or type(serial) is not int or not NO_REASON <= values[_REASON] < len(REASON_LETTERS):
                raise _DamageError
            seen = max(seen, serial)
            for index in _BOOLEANS:
                values[index] = bool(values[index])
            guest = Guest(*values)
            self._guests[guest.domid] = guest
            self._listings.pop(guest.domid, None)
        self._seen = seen

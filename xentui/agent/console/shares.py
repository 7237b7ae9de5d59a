"""Consoles that somebody of this host shares with others who may have them: where, who it is, and asking for one.

Who holds a console listens on a socket beside the store (:mod:`xentui.agent.console.share_server`), in a folder for
its owner only.  A line says what is wanted: to watch it, to have it let go of, or to be told who holds it.  A watcher
gets frames (:mod:`xentui.agent.console.line_frames`), so that no guest can say how its console has ended.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import socket
from typing import Dict, Iterator, List, Union

from xentui.agent.errors import AgentError
from xentui.agent.files import safe_folder
from xentui.agent.protocol.arguments import WORD_LIST, WORDS
from xentui.agent.protocol.operations import store_operation

#: What is wanted: the first word of the line.
WATCH, TAKE, WHO = "view", "take", "who"
#: The folder beside the store.
FOLDER = "shared"
#: Bytes of a request, and of an answer that tells who it is.
REQUEST = 300
#: Seconds to say what is wanted, and to be answered.
PATIENCE = 5.0
#: What is said of a console whose holder has ended without a word, as a process that was killed does.
GONE = "who held the console is gone"
_WORDS = 200
_NOBODY = (FileNotFoundError, ConnectionRefusedError)


def of_domid(domid: int) -> str:
    """Return the name of the console of a domain that runs."""
    return f"{domid}.sock"


def of_boot(uuid: str) -> str:
    """Return the name of the console of a domain that is being booted, whose domid nobody knows yet.

    The domain may be given another name while its console is open, and another domain its old one: not so its uuid.
    """
    digest = hashlib.sha256(uuid.encode("utf-8", "surrogatepass")).hexdigest()
    return f"boot-{digest[:32]}.sock"


def folder_of(root: str) -> str:
    """Return the folder for a store."""
    return os.path.join(root, FOLDER)


def shown(text: str) -> str:
    """Words of somebody else, as they may be told: in a line, and not too long."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_WORDS])


def connected(folder: str, names: List[str], word: str, who: str) -> socket.socket:
    """Connect to who shares the first of these names that somebody does, and say what is wanted.

    Raises OSError where nobody does.
    """
    nobody = OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    try:
        with entered(folder) as opened:
            for name in names:
                made = _unconnected()
                try:
                    _connect(made, opened, name, word, who)
                    made.settimeout(None)
                    return made
                except _NOBODY as error:
                    made.close()
                    nobody = error
                except BaseException:
                    made.close()
                    raise
    except AgentError as error:
        raise OSError(errno.EACCES, error.message) from error
    raise nobody


def _unconnected() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(PATIENCE)
    return made


def _connect(made: socket.socket, folder: int, name: str, word: str, who: str) -> None:
    if "/" in name:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    made.connect(address(folder, name))
    made.sendall(f"{word} {shown(who)}\n".encode("utf-8", "replace")[:REQUEST])


@store_operation("console_holder", names=WORD_LIST)
def console_holder(root: str, *, names: List[str]) -> Dict[str, Union[str, int]]:
    """Return who shares the first of these names that somebody does: ``name`` ("" for nobody), ``who``, and ``seconds``
    since.

    Who does not tell is "": then nothing is known but that it is shared.
    """
    told: Dict[str, Union[str, int]] = {"name": "", "who": "", "seconds": 0}
    with contextlib.suppress(OSError, AgentError), entered(folder_of(root)) as folder:
        for name in names:
            with _unconnected() as asked:
                try:
                    _connect(asked, folder, name, WHO, "")
                    seconds, _, who = _answer(asked).partition(" ")
                except _NOBODY:
                    continue
                except OSError:
                    seconds = who = ""  # somebody listens who has no room for another, or lets nobody in
            told["name"] = name
            if seconds.isdigit() and len(seconds) < 10:
                told["who"], told["seconds"] = shown(who), int(seconds)
            break
    return told


def _answer(asked: socket.socket) -> str:
    answer = b""
    while len(answer) < 2 * REQUEST:
        piece = asked.recv(REQUEST)
        if not piece:
            break
        answer += piece
    return answer.decode("utf-8", "replace").strip()


@store_operation("ask_for_console", names=WORD_LIST, who=WORDS)
def ask_for_console(root: str, *, names: List[str], who: str) -> bool:
    """Ask for a console; whether somebody was there to ask.  It is let go of when nobody shares it any more."""
    try:
        connected(folder_of(root), names, TAKE, who).close()
    except OSError:
        return False
    return True


def address(folder: int, name: str) -> str:
    """Return the address of a socket in an open folder: paths of sockets have 107 bytes at most."""
    return f"/proc/self/fd/{folder}/{name}"


def answers(folder: int, name: str) -> bool:
    """Return whether somebody listens; one with no room for another does, too.  Raises OSError where this process has
    none.
    """
    if "/" in name:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PATIENCE)
        try:
            probe.connect(address(folder, name))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            return True
        return True


@contextlib.contextmanager
def entered(path: str) -> Iterator[int]:
    """The folder, where there is one of one's own.  Raises OSError and AgentError."""
    with safe_folder.open_folder(path) as folder:
        if os.fstat(folder.fd).st_uid != os.geteuid():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), folder.path)
        yield folder.fd

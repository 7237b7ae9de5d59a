"""Who a configuration is about: the domain's name and uuid, and giving it a lasting identity."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from xentui.config.devices.vif import tokens
from xentui.config.document import Document
from xentui.config.refusal import RefusedError, printable
from xentui.errors import ConfigError
from xentui.frozen import dataclass

MAX_NAME = 128
_NAME = re.compile(r"[A-Za-z0-9_.:+][A-Za-z0-9_.:+-]*")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
UUID_DIGITS = re.compile(r"(?:-*[0-9a-fA-F]){32}-*")
"""The digits of a uuid with dashes anywhere, or none: xend passed over them."""
_DOMAIN_0 = "00000000-0000-0000-0000-000000000000"
NO_NAME = "the configuration has no domain name"


@dataclass(frozen=True, slots=True)
class Identity:
    """The name, and the uuid in lower case; None where the configuration has none."""

    name: str
    uuid: str | None


def identity(document: Document) -> Identity:
    """Return the name and uuid a configuration gives; raises ConfigError for no name, or a uuid that is none."""
    name = document.string("name")
    if name is None:
        raise RefusedError(
            NO_NAME,
            source=document.source,
            hint='Add a line such as name = "web1".',
            words=("Domain name must be specified.",),
        )
    uuid = document.string("uuid")
    return Identity(name, None if uuid is None else check_uuid(document, uuid))


def dashed(uuid: str) -> str:
    """Return the digits of :data:`UUID_DIGITS` as xl wants them: 8-4-4-4-12."""
    digits = uuid.replace("-", "")
    return "-".join(digits[start:end] for start, end in pairwise((0, 8, 12, 16, 20, 32)) if digits)


def is_uuid(text: str) -> bool:
    """Return whether libxl reads a text as a uuid."""
    return _UUID.fullmatch(text) is not None


def check_uuid(document: Document, uuid: str) -> str:
    """Return the uuid in lower case; raises ConfigError at the place of ``uuid`` in the document for one no guest can
    have.

    That is what is not a uuid, and the nil uuid: Xen gives it to Domain-0.
    """
    if not is_uuid(uuid):
        line, column = document.place("uuid")
        raise RefusedError(
            f"'{printable(uuid)}' is not a uuid",
            source=document.source,
            line=line,
            column=column,
            hint=f'Write uuid = "{dashed(uuid)}".'
            if UUID_DIGITS.fullmatch(uuid)
            else "Write 8-4-4-4-12 hexadecimal digits, or leave the line out to get a new one.",
            words=(f"Failed to parse UUID: {uuid}",),
        )
    if uuid == _DOMAIN_0:
        line, column = document.place("uuid")
        raise RefusedError(
            f"the uuid {uuid} belongs to Domain-0",
            source=document.source,
            line=line,
            column=column,
            hint="Leave the line out to get a new one.",
        )
    return uuid.lower()


def check_name(name: str) -> str:
    """Return the name, if a managed domain may have it; raises ConfigError with the reason otherwise.

    xm's rule: letters, digits and ``_ . : + -``.  A name of digits only is refused because xl reads it as
    a domid.
    """
    shown = printable(name)
    if not name:
        problem, hint = "a domain's name cannot be empty", "Give it a name such as web1."
    elif len(name) > MAX_NAME:
        problem, hint = f"the name '{shown}' is longer than {MAX_NAME} characters", "Choose a shorter name."
    elif name.isdigit():
        problem = f"the name '{shown}' is all digits, and xl would take it for a domain number"
        hint = "Put a letter in the name."
    elif name == "Domain-0":
        problem, hint = "Domain-0 is the host's own domain", "Choose another name."
    elif name.startswith("-"):
        problem = f"the name '{shown}' begins with '-' and would be taken for an option"
        hint = "Begin the name with a letter or digit."
    elif not _NAME.fullmatch(name):
        problem = f"the name '{shown}' has a character that domain names cannot have"
        hint = "Use letters, digits and _ . : + - only."
    else:
        return name
    raise ConfigError(problem, hint=hint)


def checked_name(document: Document) -> str:
    """Return the name a configuration gives; raises ConfigError at its place for one a managed domain cannot have."""
    name = identity(document).name
    try:
        return check_name(name)
    except ConfigError as error:
        line, column = document.place("name")
        raise ConfigError(
            error.message, source=document.source, line=line, column=column, hint=error.hint
        ) from error


def with_identity(document: Document, uuid: str, mac: Callable[[int], str]) -> Document:
    """Return the document with ``uuid``, and a MAC address for each interface without; nothing else is touched.

    ``mac`` is called with the position of each such interface.  An empty item (``vif = ['']``) becomes
    ``mac=…``.
    """
    if document.string("uuid") is None:
        document = document.append_text(f'uuid = "{uuid}"')
    given: dict[int, str] = {}
    for index, spec in enumerate(document.strings("vif")):
        words = [word for word in tokens(spec) if word]
        if not any(word.startswith("mac=") for word in words):
            given[index] = f"mac={mac(index)},{spec}" if words else f"mac={mac(index)}"
    return document.replace_items("vif", given)

"""Passwords as a guest stores them: SHA-512 crypt, which Python has no module for any more.

https://www.akkadia.org/drepper/SHA-crypt.txt; what crypt(3) of glibc and musl make too.
"""

from __future__ import annotations

import hashlib
import re
import secrets

from xentui.errors import UsageError

_SIGNS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ROUNDS, _SALT, _LONGEST = 5000, 16, 256
_HASHED = re.compile(r"\$(?:5|6|7|y|gy|2[aby])\$[./0-9A-Za-z$=,+-]{20,200}")


def is_hash(text: str) -> bool:
    """Return whether a text is a password as crypt(5) stores it; what is weaker than SHA-256 is none."""
    return _HASHED.fullmatch(text) is not None


def hashed(password: str, salt: str = "") -> str:
    """Return a password as ``/etc/shadow`` holds it; a random ``salt`` where none is given.

    Raises UsageError for one that is empty, longer than 256 bytes, or holds what no login can be given.
    """
    data = password.encode("utf-8", "surrogatepass")
    if not 0 < len(data) <= _LONGEST or not password.isprintable():
        # The message must not tell the password.
        raise UsageError(
            "is empty, too long, or has characters nobody can type",
            subject="the password",
            hint=f"1 to {_LONGEST} letters, digits and signs",
        )
    salt = salt or "".join(secrets.choice(_SIGNS) for _ in range(_SALT))
    return f"$6${salt}${_encoded(_digest(data, salt.encode('ascii')))}"


def _sha(*parts: bytes) -> bytes:
    return hashlib.sha512(b"".join(parts)).digest()


def _stretched(data: bytes, length: int) -> bytes:
    return (data * (length // len(data) + 1))[:length]


def _digest(key: bytes, salt: bytes) -> bytes:
    """Return the digest that steps 1 to 21 of the specification make."""
    size = len(key)
    other = _sha(key, salt, key)
    parts = [key, salt, _stretched(other, size)]
    left = size
    while left:
        parts.append(other if left & 1 else key)
        left >>= 1
    digest = _sha(*parts)
    keys = _stretched(_sha(key * size), size)
    salts = _stretched(_sha(salt * (16 + digest[0])), len(salt))
    for turn in range(_ROUNDS):
        digest = _sha(
            keys if turn & 1 else digest,
            salts if turn % 3 else b"",
            keys if turn % 7 else b"",
            digest if turn & 1 else keys,
        )
    return digest


def _encoded(digest: bytes) -> str:
    """Return a digest as text (step 22): three bytes at a time, in an order of their own, as four signs of six bits."""
    found = []
    for number in range(21):
        places = [number, number + 21, number + 42]
        turn = number % 3
        high, middle, low = (digest[place] for place in places[turn:] + places[:turn])
        value = high << 16 | middle << 8 | low
        found += [_SIGNS[value >> shift & 63] for shift in (0, 6, 12, 18)]
    found += [_SIGNS[digest[63] >> shift & 63] for shift in (0, 6)]
    return "".join(found)

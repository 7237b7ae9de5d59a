"""Reads the answers of an agent; a remote host is not trusted."""

from __future__ import annotations

import json
from typing import Any

from xentui import agent
from xentui.hosts.agent_errors import as_store_error

_MESSAGE_LIMIT = 4096
_CODE_LIMIT = 32


class AnswerError(Exception):
    """A line is not the expected answer; says why in a few words."""


def read_answer(line: bytes, number: int) -> Any:
    """Return the answer to the request with that number.

    Raises StoreError as the agent reports it, :class:`AnswerError` for anything that is no answer to that request.
    """
    answer = _object(line)
    given = answer.get("id")
    if type(given) is not int or given != number:
        raise AnswerError("it is not the answer to what was asked")
    if "error" in answer:
        raise _reported(answer["error"])
    if "ok" not in answer:
        raise AnswerError("it is neither a result nor an error")
    try:
        return agent.decode(answer["ok"])
    except ValueError:
        raise AnswerError("its bytes cannot be read") from None


def _object(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise AnswerError("it is not UTF-8 text") from None
    except RecursionError:
        raise AnswerError("it is nested too deeply") from None
    except ValueError:  # a number of thousands of digits is one, too
        raise AnswerError("it is not JSON") from None
    if not isinstance(answer, dict):
        raise AnswerError("it is not an object")
    return answer


def _reported(error: object) -> Exception:
    """Return the error that an agent reports."""
    table = error if isinstance(error, dict) else {}
    code, message, path = table.get("code"), table.get("message"), table.get("path", "")
    if not (isinstance(code, str) and isinstance(message, str) and isinstance(path, str)):
        return AnswerError("its error is not described")
    return as_store_error(code[:_CODE_LIMIT], message[:_MESSAGE_LIMIT], path[:_MESSAGE_LIMIT])

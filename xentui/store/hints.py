"""What to do about an error of the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xentui.errors import Hint, StoreCode, StoreError, Suggest

_HINTS: dict[str, Hint] = {
    "exists": ("choose another name or uuid, or see which domain has it with ", Suggest("host.list")),
    "missing": (
        Suggest("host.list"),
        " shows what is stored; ",
        Suggest("host.undelete"),
        " brings a deleted one back",
    ),
    "conflict": "somebody changed it meanwhile; check it and try again",
    "damaged": (
        Suggest("config.history"),
        " shows its versions, ",
        Suggest("config.restore-version"),
        " brings one back",
    ),
    "full": "nothing was changed; free some space on that file system and try again",
    "permission": "xentui needs root on the host, and a file system that is not read-only; check that path",
    "untrusted": "use a folder that only root may write to, or run this as its owner",
    "uncertain": (
        "look at it again (",
        Suggest("config.history"),
        "), and at the kernel log of that host for errors of its disk",
    ),
    "busy": "another xentui is changing it, or its memory image is in use; try again",
    "io": "nothing was changed; look at the kernel log of that host for errors of its disk",
}
_SUSPENDING: Hint = (
    Suggest("host.list"),
    " shows when it is suspended; ",
    Suggest("domain.resume"),
    " continues it then",
)
_AFTER: Hint = ("the steps before it are done; ", Suggest("domain.show"), " shows the state of the domain")
_BY_OPERATION: dict[tuple[str, str], Hint] = {
    ("delete", "busy"): "resume it and shut it down first, or remove its memory image",
    ("boot_begin", "busy"): _SUSPENDING,
    ("write_oneoff", "busy"): _SUSPENDING,
    ("remove_file", "busy"): (
        "wait until the save or restore has ended; ",
        Suggest("domain.show"),
        " shows what is left",
    ),
    **{
        (operation, code): _AFTER
        for operation in ("mark_running", "audit_close")
        for code in ("full", "io", "permission")
    },
    ("start_install", "busy"): (
        "only one operation at a time: ",
        Suggest("domain.show"),
        " shows what is in progress",
    ),
    ("start_install", "missing"): "start it again, with what its installer boots from",
    ("start_image_job", "exists"): "choose another name: xentui does not overwrite what is there",
    ("start_image_job", "missing"): "create the folder first, or correct the path",
    ("start_image_job", "full"): "free some space there, make it smaller or sparse, or choose another folder",
    ("start_image_job", "busy"): "wait until that has ended, or choose another name",
    ("start_guest_job", "exists"): "choose another name: xentui does not overwrite what is there",
    ("start_guest_job", "missing"): "create the folder first, or correct the path",
    ("start_guest_job", "full"): "free some space there, or make its images sparse",
    ("start_guest_job", "untrusted"): "use a folder that only root may write to",
    ("start_guest_job", "busy"): "wait until that has ended, or choose another name",
    ("start_clone_job", "busy"): "wait until that has ended",
    ("start_clone_job", "exists"): "choose another name: xentui does not overwrite what is there",
    ("start_delete_job", "busy"): "resume it and shut it down first, or remove its memory image",
    ("start_delete_job", "conflict"): "check it and try again",
    ("start_drain_job", "busy"): (Suggest("fleet.drain"), " again follows it"),
    ("start_drain_job", "conflict"): "run it again: it looks at everything anew",
    ("write_drain", "conflict"): "wait until that is done, then run it again: it continues from there",
    (
        "read_drain",
        "damaged",
    ): "move that file away on the host: the record of what was taken off the host is lost then",
    ("undelete", "exists"): "rename or delete the domain that now has the name",
    ("undelete", "missing"): (Suggest("host.undelete"), " lists the deleted domains"),
    ("restore", "missing"): (Suggest("config.history"), " shows its versions"),
    (
        "link_autostart",
        "conflict",
    ): "turn the autostart of that domain off, and on again, under its present name",
    (
        "link_autostart",
        "untrusted",
    ): "what is in that folder starts with the host: `chown root` that folder and `chmod go-w` it",
    ("link_autostart", "exists"): "that file is not xentui's: move it away first",
}


def explained(error: StoreError, operation: str, arguments: Mapping[str, Any]) -> StoreError:
    """Return the error with the domain or file it is about as subject, and a hint."""
    hint = _BY_OPERATION.get((operation, error.code)) or _HINTS.get(error.code, "") or error.hint
    subject = error.subject
    for key in ("name", "name_or_uuid"):
        if isinstance(arguments.get(key), str) and error.code in (StoreCode.EXISTS, StoreCode.MISSING):
            subject = str(arguments[key])
    return StoreError(error.message, code=error.code, subject=subject, hint=hint, details=error.details)

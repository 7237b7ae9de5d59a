"""Letting a guest go on that was stopped for its memory to be saved, and whose save has come to nothing.

``xl`` has no verb for it: ``xl unpause`` says ``Invalid argument`` and ends with status 0 (seen with 4.17).  What xl
does itself after a save that failed is ``libxl_domain_resume`` (libxl.h), called here by way of ctypes.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import glob
import sys
from typing import List

_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib64",
    "/usr/local/lib",
    "/usr/lib/xen-*/lib",
    "/usr/lib/xen*/lib/*",
)
#: The guest is told that its suspend was cancelled: Linux has understood that since 2.6.18 (features of its kernel).
_FAST = 1
NO_LIBRARY, NO_LOG, NO_CONTEXT = 3, 4, 5


def wake(domid: int) -> int:
    """Let the domain go on; returns 0, or what libxl answers as a positive number, said on standard error too.

    Crashes where the library is not what it should be: run it in a process of its own.
    """
    light, log = _library("xenlight"), _library("xentoollog")
    if light is None or log is None:
        return _failed("the host has no libxenlight that can be loaded", NO_LIBRARY)
    libc = ctypes.CDLL(None)
    create = log.xtl_createlogger_stdiostream
    create.restype = ctypes.c_void_p
    create.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint]
    logger = create(ctypes.c_void_p.in_dll(libc, "stderr"), 4, 0)
    if not logger:
        return _failed("libxentoollog makes no logger", NO_LOG)
    context = ctypes.c_void_p()
    if light.libxl_ctx_alloc(ctypes.byref(context), 0, 0, ctypes.c_void_p(logger)):
        return _failed("libxl gives no context: xentui needs root on the host", NO_CONTEXT)
    code = int(light.libxl_domain_resume(context, ctypes.c_uint32(domid), ctypes.c_int(_FAST), None))
    return 0 if code == 0 else _failed(f"libxl_domain_resume answers {code}", min(255, abs(code)))


def _library(name: str) -> "ctypes.CDLL | None":
    """Return the library of that name: as the linker finds it, else from where distributions keep it."""
    for path in _candidates(name):
        try:
            return ctypes.CDLL(path)
        except OSError:
            continue
    return None


def _candidates(name: str) -> List[str]:
    # Its name has the version of Xen in it, which only the link for developers has not.
    found = [
        path for folder in _FOLDERS for path in sorted(glob.glob(f"{folder}/lib{name}.so*"), reverse=True)
    ]
    known = ctypes.util.find_library(name)
    return [*([known] if known else []), *found]


def _failed(why: str, code: int) -> int:
    sys.stderr.write(f"xentui: {why}\n")
    sys.stderr.flush()
    return code

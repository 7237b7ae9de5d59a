"""A domain of ``xl list -l`` as the service knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xentui.model.libxl import from_libxl
from xentui.model.listed import RunningDetails

_TIES = {"pcidevs": "pci", "dtdevs": "dtdev", "usbdevs": "usbdev", "vtpms": "vtpm"}


def details(config: Mapping[str, Any]) -> RunningDetails:
    """Return what libxl's JSON object says of a domain."""
    return RunningDetails(true_name(config), from_libxl(config), ties(config))


def ties(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parameters by which a domain has devices of the host itself, and vNUMA, which libxl cannot save
    (libxl_types.idl, libxl_dom_save.c).
    """
    build = config.get("b_info")
    vnuma = isinstance(build, Mapping) and bool(build.get("vnuma_nodes"))
    return (*(word for key, word in _TIES.items() if config.get(key)), *(("vnuma",) if vnuma else ()))


def true_name(config: Mapping[str, Any]) -> str:
    """Return the name as it is: what :func:`from_libxl` tells is fit to be shown."""
    create = config.get("c_info")
    name = create.get("name") if isinstance(create, Mapping) else None
    return name if isinstance(name, str) else ""

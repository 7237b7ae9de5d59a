"""The verbs, by what they are about."""

from __future__ import annotations

from functools import cache

from xentui.cli.verb import Verb


@cache
def table() -> dict[str, Verb]:
    """Every verb by name, in the order help shows them."""
    from xentui.cli.verbs import (  # noqa: PLC0415 - start-up reads them once, and only when needed
        consoles,
        definitions,
        devices,
        host,
        lifecycle,
        listing,
        memory,
        resources,
        simulator,
    )

    modules = (listing, definitions, lifecycle, memory, resources, devices, consoles, host, simulator)
    return {verb.name: verb for module in modules for verb in module.VERBS}


ALIASES = {"ls": "list", "vm-start": "start", "vm-delete": "delete", "edit-config": "config"}
"""Other spellings people type."""

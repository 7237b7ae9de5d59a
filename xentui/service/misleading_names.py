"""Names of domains that are not what they look like, or those of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xentui.model.domain import Domain
from xentui.model.state import DomainState

_OTHERS = 3


def _handles(domains: Sequence[Domain]) -> dict[str, list[str]]:
    """Return the handles of the domains of each name."""
    handles: dict[str, list[str]] = {}
    for domain in domains:
        # A domain that is rebuilt has two rows for a moment.
        if domain.name and domain.state is not DomainState.DYING:
            handles.setdefault(domain.name, []).append(domain.handle)
    return handles


def there_are(domains: Sequence[Domain]) -> bool:
    """Return whether a name is not what it looks like, or that of several."""
    return any(domain.odd_name for domain in domains) or any(
        len(handles) > 1 for handles in _handles(domains).values()
    )


def marked(domains: Sequence[Domain]) -> tuple[Domain, ...]:
    """Return the domains; those with misleading names are marked."""
    handles = _handles(domains)
    return tuple(_warned(domain, handles.get(domain.name, ())) for domain in domains)


def _warned(domain: Domain, handles: Sequence[str]) -> Domain:
    others = tuple(handle for handle in handles if handle != domain.handle)
    if domain.odd_name:
        words = f"its name is misleading; call it {domain.handle}"
    elif others and domain.handle in handles:
        words = f"{' and '.join(others[:_OTHERS])} is of this name too; call this one {domain.handle}"
    else:
        return domain
    return replace(domain, namesakes=others, notice=f"{words}; {domain.notice}" if domain.notice else words)

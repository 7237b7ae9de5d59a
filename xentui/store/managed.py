"""The managed domains of one host, as the layers above use them."""

from __future__ import annotations

from xentui.store.attached import AttachedTexts
from xentui.store.boots import Boots
from xentui.store.configurations import Configurations
from xentui.store.domain_list import DomainList
from xentui.store.drains import Drains
from xentui.store.host_jobs import HostJobs
from xentui.store.host_records import HostRecords


class ManagedStore(DomainList, Configurations, AttachedTexts, Boots, HostJobs, HostRecords, Drains):
    """The store of one host; it keeps what the last :meth:`list` told, so that the next asks for less.

    Every method raises :class:`~xentui.errors.StoreError` (its ``code`` says why) with nothing changed, or
    :class:`~xentui.errors.HostError` where the host is out of reach: a change may then have happened or not,
    but never in part.
    """

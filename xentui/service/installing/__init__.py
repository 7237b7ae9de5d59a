"""Installing a managed domain: its installer boots from a text of its own, and at its end what is stored is booted."""

from __future__ import annotations

from xentui.service.installing.discarding import Discard
from xentui.service.installing.installing import Installing, InstallPlan
from xentui.service.installing.texts import InstallBoot, install_text

__all__ = ["Discard", "InstallBoot", "InstallPlan", "Installing", "install_text"]

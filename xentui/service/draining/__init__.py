"""Drains a host, one guest after the other, and brings back exactly the guests that were taken off it."""

from __future__ import annotations

from xentui.service.draining.draining import Draining
from xentui.service.draining.job_sequence import HostSequence
from xentui.service.draining.plan import HostPlan, HostStep, StepKind
from xentui.service.draining.undraining import Undraining

__all__ = ["Draining", "HostPlan", "HostSequence", "HostStep", "StepKind", "Undraining"]

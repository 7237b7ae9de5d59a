"""What a guest can be called as a host (RFC 1123, 2.1)."""

from __future__ import annotations

import re

LONGEST_LABEL = 63
"""Signs between two dots."""
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z")

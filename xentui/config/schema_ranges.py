"""The numbers that make sense: xl takes any, so this is narrower than what it accepts."""

from __future__ import annotations

_MEMORY = 128 << 20
"""MiB: what the largest hosts that Xen runs on have, 128 TiB."""
_VCPUS = 8192
"""What Xen has for one domain (``MAX_VIRT_CPUS``)."""
_INT = (1 << 31) - 1
_PORT = 65535

RANGES: dict[str, tuple[int, int]] = {
    "memory": (1, _MEMORY),
    "maxmem": (1, _MEMORY),
    "shadow_memory": (0, _MEMORY),
    "videoram": (0, _MEMORY),
    "stubdomain_memory": (0, _MEMORY),
    "rdm_mem_boundary": (0, _MEMORY),
    "vcpus": (1, _VCPUS),
    "maxvcpus": (1, _VCPUS),
    "cpu_weight": (1, 65535),
    "cap": (0, 100 * _VCPUS),
    "period": (10, _INT),
    "max_grant_frames": (0, _INT),
    "max_maptrack_frames": (0, _INT),
    "max_grant_version": (0, 2),
    "max_event_channels": (1, 131_072),
    "vmtrace_buf_kb": (0, _INT),
    "vncdisplay": (0, _PORT - 5900),
    "spiceport": (0, _PORT),
    "spicetls_port": (0, _PORT),
    "usbversion": (0, 3),
}
"""The least and the most of each."""

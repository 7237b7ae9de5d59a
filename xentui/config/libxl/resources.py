"""What a domain gets of the host, as libxl's JSON writes it: memory, virtual CPUs, scheduling."""

from __future__ import annotations

from xentui.config.libxl import vnuma
from xentui.config.libxl.affinity import AffinityError, parse_cpus
from xentui.config.libxl.devices import Json
from xentui.config.libxl.reader import Reader
from xentui.config.numbers import c_int
from xentui.config.refusal import printable

MAX_VCPUS = 16_384
VUARTS = ("unknown", "sbsa_uart")
_UINT64 = 1 << 64


def resources(reader: Reader, b_info: Json, host_cpus: int, host_nodes: int) -> None:
    """Fill in memory, CPUs, affinity, scheduling and grant frames; raises RefusedError as xl does."""
    sched: Json = {}
    for key, field in (("cpu_weight", "weight"), ("cap", "cap"), ("period", "period"), ("slice", "slice")):
        sched[field] = _scheduler(reader, key)
    sched["latency"], sched["extratime"] = _scheduler(reader, "latency"), _scheduler(reader, "extratime")
    order = ("weight", "cap", "period", "extratime", "slice", "latency")
    b_info["sched_params"] = {key: sched[key] for key in order if sched[key] is not None}
    b_info["target_memkb"] = mebibytes(reader, "memory")
    b_info["max_memkb"] = mebibytes(reader, "maxmem")
    vcpus = reader.number("vcpus") or 0
    if vcpus < 0 or vcpus > MAX_VCPUS:
        reader.refuse(f"{vcpus} virtual CPUs are not possible", "Unable to allocate cpumap", key="vcpus")
    b_info["avail_vcpus"] = list(range(vcpus)) or None
    maximum = c_int(reader.number("maxvcpus") or 0)
    b_info["vuart"] = enumerated(reader, "vuart", VUARTS, 'ERROR: invalid value "{}" for "vuart"')
    maximum = vnuma.nodes(reader, b_info, maximum, host_cpus, host_nodes)
    if b_info["max_memkb"] is None:
        b_info["max_memkb"] = b_info["target_memkb"]
    maximum = maximum or vcpus
    if maximum < vcpus:
        reader.refuse(
            "maxvcpus is less than vcpus",
            "xl: maxvcpus < vcpus",
            key="maxvcpus",
            hint="Raise maxvcpus, or lower vcpus.",
        )
    if maximum > MAX_VCPUS:
        reader.refuse(f"{maximum} virtual CPUs are not possible", "", key="maxvcpus")
    b_info["max_vcpus"] = maximum or None
    for key in ("cpus", "cpus_soft"):
        _affinity(reader, b_info, key, maximum, host_cpus)
    for key in ("max_grant_frames", "max_maptrack_frames", "max_grant_version"):
        _bounded(reader, b_info, key)


def check_affinity(reader: Reader, b_info: Json) -> None:
    """Refuses virtual CPUs that may run nowhere; xl looks at this last of all."""
    maps = b_info.get("vcpu_hard_affinity")
    if isinstance(maps, list) and not all(maps):
        reader.refuse(
            "cpus leaves a virtual CPU without any physical CPU",
            "vcpu hard affinity map is empty",
            key="cpus",
            hint="Name CPUs that the host has.",
        )


def _bounded(reader: Reader, b_info: Json, key: str) -> None:
    if not reader.is_set(key):
        return
    number = reader.number(key, warn=False)
    if number is None or not 0 <= number < 1 << 31:
        reader.refuse(f"{key} is not a number from 0 to 2147483647", "", key=key)
    b_info[key] = number


def _scheduler(reader: Reader, key: str) -> int | None:
    number = reader.number(key)
    return None if number is None or c_int(number) == -1 else c_int(number)


def mebibytes(reader: Reader, key: str) -> int | None:
    """Return a size in MiB as libxl's KiB, in its 64 unsigned bits; None when not set."""
    number = reader.number(key)
    return None if number is None else number * 1024 % _UINT64


def _affinity(reader: Reader, b_info: Json, key: str, vcpus: int, host_cpus: int) -> None:
    items = reader.scalars(key, warn=False)
    try:
        if items is not None:
            maps = [parse_cpus(item.text, host_cpus) for item in items[: max(vcpus, 0)]]
            b_info["numa_placement"] = "False"
        else:
            text = reader.string(key)
            if text is None:
                return
            maps = [parse_cpus(text, host_cpus)] * max(vcpus, 0)
            if key == "cpus_soft":
                b_info["numa_placement"] = "False"
    except AffinityError as error:
        reader.refuse(
            f"{key}: {error}", str(error), key=key, hint="Write CPUs as 0-3,^1, or all, or nodes:0."
        )
    b_info["vcpu_soft_affinity" if key == "cpus_soft" else "vcpu_hard_affinity"] = maps or None


def enumerated(
    reader: Reader, key: str, names: tuple[str, ...], words: str, exit_code: int = 1, *, warn: bool = True
) -> str | None:
    """Return one of the names of an enumeration, in lower case; None for the first, which is the default."""
    text = reader.string(key, warn=warn)
    if text is None:
        return None
    if text.lower() not in names:
        reader.refuse(
            f"{key} has an invalid value '{printable(text)}'",
            words.format(text),
            key=key,
            hint=f"Write one of {', '.join(names)}.",
            exit_code=exit_code,
        )
    return None if text.lower() == names[0] else text.lower()

"""A configuration as libxl sees it: the object that ``xl create -n`` prints.

The rules of libxl's JSON: what holds its default is left out, switches are ``"True"`` and ``"False"``,
memory is in KiB, the settings of one type lie under ``type.pv``, ``type.pvh`` or ``type.hvm`` (Xen 4.17).
The parameters are read in xl's order, so the first complaint is the one xl has.

Left out of the object is what xl makes up: the uuid of a configuration without, and ``ms_vm_genid``.
"""

from __future__ import annotations

from xentui.config.document import Document
from xentui.config.guest_type import built_type, named_type
from xentui.config.identities import NO_NAME, check_uuid
from xentui.config.libxl import build, cpuid, devices, hvm, media, nics, passthrough, shared, usb
from xentui.config.libxl.affinity import ANY_HOST, ANY_NODES
from xentui.config.libxl.devices import Json, vfb_json, without_none
from xentui.config.libxl.reader import Reader
from xentui.config.libxl.resources import check_affinity, resources
from xentui.config.numbers import c_int
from xentui.config.refusal import RefusedError, printable
from xentui.frozen import dataclass

ACTIONS = {
    "destroy": "destroy",
    "restart": "restart",
    "rename-restart": "restart_rename",
    "preserve": "preserve",
    "coredump-destroy": "coredump_destroy",
    "coredump-restart": "coredump_restart",
    "soft-reset": "soft_reset",
}
ON_KEYS = {
    "on_poweroff": "destroy",
    "on_reboot": "restart",
    "on_watchdog": "destroy",
    "on_crash": "destroy",
    "on_soft_reset": "soft-reset",
}
_C_INFO = (
    "type", "hap", "oos", "ssid_label", "name", "uuid", "pool_name", "run_hotplug_scripts",
    "driver_domain", "passthrough", "xend_suspend_evtchn_compat",
)  # fmt: skip
_B_INFO = (
    "max_vcpus", "avail_vcpus", "vcpu_hard_affinity", "vcpu_soft_affinity", "numa_placement",
    "tsc_mode", "max_memkb", "target_memkb", "video_memkb", "shadow_memkb", "rtc_timeoffset",
    "exec_ssid_label", "localtime", "disable_migrate", "cpuid", "vnuma_nodes",
    "max_grant_frames", "max_maptrack_frames",
    "max_grant_version", "device_model_version", "device_model_stubdomain", "stubdomain_memkb",
    "stubdomain_kernel", "stubdomain_cmdline", "stubdomain_ramdisk", "device_model",
    "device_model_ssid_label", "device_model_user", "extra", "extra_pv", "extra_hvm", "sched_params",
    "ioports", "irqs", "iomem", "claim_mode", "event_channels", "kernel", "cmdline", "ramdisk",
    "device_tree", "acpi", "bootloader", "bootloader_args", "timer_mode", "nested_hvm", "apic",
    "dm_restrict", "tee", "type.pv", "type.pvh", "type.hvm", "arch_arm", "arch_x86", "altp2m",
    "vmtrace_buf_kb", "vpmu",
)  # fmt: skip
_DEVICES = (
    "disks", "nics", "pcidevs", "dtdevs", "vfbs", "vkbs", "vtpms", "p9s", "pvcallsifs", "vdispls", "vsnds",
    "channels", "usbctrls", "usbdevs",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Translation:
    """What ``xl create -n`` answers: the object on standard output, and the lines on standard error."""

    config: dict[str, object]
    warnings: tuple[str, ...]


def to_libxl(
    document: Document, *, host_cpus: int = ANY_HOST, host_nodes: int = ANY_NODES
) -> dict[str, object]:
    """Return the object ``xl create -n`` prints for this configuration, keys in libxl's order.

    Without ``uuid`` in the configuration xl makes one up; here the key is left out.  ``host_cpus`` bounds CPU
    affinity, ``host_nodes`` the nodes of ``vnuma``.  Raises :class:`~xentui.config.refusal.RefusedError` where xl
    refuses, with its words and exit status.
    """
    return translate(document, host_cpus=host_cpus, host_nodes=host_nodes).config


def translate(document: Document, *, host_cpus: int = ANY_HOST, host_nodes: int = ANY_NODES) -> Translation:
    """As :func:`to_libxl`, with the warnings xl prints on the way."""
    reader = Reader(document)
    c_info: Json = {}
    b_info: Json = {"sched_params": {}, "claim_mode": "True", "arch_x86": {}}
    c_info |= create_info(reader)
    b_info["exec_ssid_label"] = c_info.pop("exec_ssid_label")
    kind = str(c_info["type"])
    specific: Json = {}
    if kind == "pvh":
        specific["pvshim"] = reader.flag("pvshim")
        for key in ("pvshim_path", "pvshim_cmdline", "pvshim_extra"):
            specific[key] = reader.string(key)
    resources(reader, b_info, host_cpus, host_nodes)
    actions = _actions(reader)
    if kind == "pv":
        specific["e820_host"] = reader.flag("e820_host")
    devices = _devices_of_host(reader, kind, specific)
    build.build_info(reader, c_info, b_info, kind)
    if kind == "hvm":
        specific |= build.hvm_firmware(reader, b_info)
    else:
        build.pv_kernel(reader, b_info)
    build.platform(reader, b_info)
    b_info |= passthrough.host_resources(reader)
    devices |= _virtual_devices(reader)
    b_info["cpuid"] = cpuid.policy(reader)
    build.device_model(reader, b_info, kind)
    vfbs = devices["vfbs"]
    if kind == "pv" and not vfbs:
        vfbs = devices["vfbs"] = _top_level_vfb(reader)
    else:
        specific_vnc, specific_sdl = _vnc(reader), _sdl(reader)
        if kind == "hvm":
            specific["vnc"], specific["sdl"] = specific_vnc, specific_sdl
    b_info["dm_restrict"] = reader.flag("dm_restrict")
    if kind == "hvm":
        specific = hvm.devices(reader, specific)
    build.arm(reader, b_info)
    keyboards: list[Json] = [{"devid": index} for index in range(len(vfbs))]
    devices["vkbs"] = [*keyboards, *media.keyboards(reader, len(vfbs))]
    c_info["xend_suspend_evtchn_compat"] = reader.flag("xend_suspend_evtchn_compat")
    build.x86(reader, b_info)
    b_info[f"type.{kind}"] = without_none(specific)
    check_affinity(reader, b_info)
    config: dict[str, object] = {
        "c_info": {key: c_info[key] for key in _C_INFO if c_info.get(key) is not None},
        "b_info": {key: b_info[key] for key in _B_INFO if b_info.get(key) is not None},
        **{key: devices[key] for key in _DEVICES if devices.get(key)},
        **actions,
    }
    return Translation(config, reader.spoken())


def _devices_of_host(reader: Reader, kind: str, specific: Json) -> dict[str, list[Json]]:
    """PCI devices and device tree nodes, which xl reads before all others."""
    pci = _pci(reader, kind, specific)
    if pci and kind == "pv":
        specific["e820_host"] = "True"
    return {"pcidevs": pci, "dtdevs": passthrough.device_tree_nodes(reader)}


def _virtual_devices(reader: Reader) -> dict[str, list[Json]]:
    """Return all that is made for the guest, in the order xl reads it."""
    made = {
        "disks": devices.disks(reader),
        "p9s": shared.folders(reader),
        "vtpms": shared.tpms(reader),
        "vdispls": media.displays(reader),
        "pvcallsifs": shared.pv_calls(reader),
        "vsnds": media.sound_cards(reader),
        "channels": shared.channels(reader),
        "nics": nics.nics(reader),
    }
    if reader.list("vif2") is not None:
        reader.warn("WARNING: vif2: netchannel2 is deprecated and not supported by xl")
    made["vfbs"] = devices.vfbs(reader)
    made["usbctrls"] = usb.controllers(reader)
    made["usbdevs"] = usb.devices(reader)
    return made


def create_info(reader: Reader) -> Json:
    """Type, name, uuid and labels; raises RefusedError as xl does."""
    c_info: Json = {}
    init_label = reader.string("init_seclabel")
    label = reader.string("seclabel")
    c_info["ssid_label"] = init_label if init_label is not None else label
    c_info["exec_ssid_label"] = label if init_label is not None else None
    c_info["type"] = domain_type(reader)
    c_info["run_hotplug_scripts"] = "True"
    c_info["hap"] = reader.flag("hap")
    name = reader.string("name")
    if name is None:
        reader.refuse(
            NO_NAME,
            "Domain name must be specified.",
            hint='Add a line such as name = "web1".',
        )
    c_info["name"] = name
    uuid = reader.string("uuid")
    if uuid is not None:
        try:
            c_info["uuid"] = check_uuid(reader.document, uuid)
        except RefusedError as error:
            error.words = reader.spoken(*error.words)
            raise
    c_info["oos"] = reader.flag("oos")
    c_info["pool_name"] = reader.string("pool")
    return c_info


def domain_type(reader: Reader) -> str:
    """``pv``, ``pvh`` or ``hvm`` from ``type`` and the older ``builder``; each may be shortened, as in xl."""
    kind = ""
    text = reader.string("type")
    if text is not None:
        kind = named_type(text)
        if not kind:
            hint = "The type is pv, pvh or hvm."
            reader.refuse(
                f"'{printable(text)}' is not a domain type",
                f"Invalid domain type {text}.",
                key="type",
                hint=hint,
            )
    builder = reader.string("builder")
    if builder is not None:
        built = built_type(builder)
        if not built:
            reader.refuse(
                f"'{printable(builder)}' is not a builder that xl knows",
                f"Invalid domain type {builder}.",
                key="builder",
                hint='Leave builder out and write type = "pv", "pvh" or "hvm".',
            )
        if kind and kind != built:
            reader.refuse(
                "builder and type contradict each other",
                'Contradicting "builder" and "type" options specified.',
                key="builder",
                hint="Leave builder out; type says it.",
            )
        kind = built
    return kind or "pv"


def _actions(reader: Reader) -> Json:
    actions = {key: action(reader, key) for key in ON_KEYS}
    return {key: ACTIONS[value] for key, value in actions.items() if value != "destroy"}


def action(reader: Reader, key: str) -> str:
    """Return what ``on_poweroff`` and its like ask for, as xl spells it; raises RefusedError for anything else."""
    text = reader.string(key)
    value = ON_KEYS[key] if text is None else text
    if value not in ACTIONS:
        reader.refuse(
            f"{key} has an unknown action '{printable(value)}'",
            f'Unknown {key} action "{value}" specified',
            key=key,
            hint=f"Write one of {', '.join(ACTIONS)}.",
        )
    return value


def _pci(reader: Reader, kind: str, specific: Json) -> list[Json]:
    names = ("msitranslate", "power_mgmt", "permissive", "seize")
    defaults = {name: bool(reader.number(f"pci_{name}")) for name in names}
    reservation = passthrough.reservation(reader)
    if reservation and kind == "hvm":
        specific["rdm"] = reservation
    # Only HVM knows a reservation policy; for the others libxl prints whatever 0 means there, and whatever lay in
    # memory where rdm was given.
    policy = "strict" if kind != "hvm" and reservation is None else None
    return devices.pci_devices(reader, defaults, policy)


def _vnc(reader: Reader) -> Json:
    enable = reader.flag("vnc")
    listen, password = reader.string("vnclisten"), reader.string("vncpasswd")
    display = reader.number("vncdisplay")
    return without_none(
        {
            "enable": enable,
            "listen": listen,
            "passwd": password,
            "display": None if display is None else c_int(display) or None,
            "findunused": reader.flag("vncunused"),
        }
    )


def _sdl(reader: Reader) -> Json:
    return without_none(
        {
            "enable": reader.flag("sdl"),
            "opengl": reader.flag("opengl"),
            "display": reader.string("display"),
            "xauthority": reader.string("xauthority"),
        }
    )


def _top_level_vfb(reader: Reader) -> list[Json]:
    """Return the frame buffer of a PV guest without a ``vfb`` list, when ``vnc`` is on."""
    if not reader.number("vnc"):
        return []
    vnc, sdl = _vnc(reader), _sdl(reader)
    return [vfb_json(0, vnc=vnc, sdl=sdl, keymap=reader.string("keymap"))]

"""The object xl create -n prints, as real answers of xl 4.17 have it."""

from __future__ import annotations

import json

import pytest

from xentui.config import RefusedError, parse, to_libxl, translate

UUID = "6a4c2f2e-0e6d-4b9c-9b62-0c2f9f1d5f00"
SMALLEST = {
    "c_info": {"type": "pv", "name": "a", "run_hotplug_scripts": "True"},
    "b_info": {
        "sched_params": {},
        "claim_mode": "True",
        "kernel": "k",
        "type.pv": {},
        "arch_arm": {},
        "arch_x86": {},
    },
    "on_reboot": "restart",
    "on_soft_reset": "soft_reset",
}


def b_info(lines: str, **options: int) -> dict[str, object]:
    found = to_libxl(parse(f"name='a'\nkernel='k'\n{lines}\n"), **options)["b_info"]
    assert isinstance(found, dict)
    return found


def refusal(text: str) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        to_libxl(parse(text, source="t.cfg"))
    return caught.value


def test_the_smallest_configuration() -> None:
    found = to_libxl(parse('name="a"\nkernel="k"\n'))
    assert json.dumps(found) == json.dumps(SMALLEST)


@pytest.mark.parametrize("kind", ["pv", "pvh", "hvm"])
def test_only_a_pv_guest_with_a_device_of_the_host_sees_its_memory_map(kind: str) -> None:
    """As xl's parse_config_data: PCI passthrough sets u.pv.e820_host, which the other types have not."""
    specific = b_info(f"type='{kind}'\npci=['01:00.0']")[f"type.{kind}"]
    assert isinstance(specific, dict)
    assert specific.get("e820_host") == ("True" if kind == "pv" else None)
    without = b_info(f"type='{kind}'")[f"type.{kind}"]
    assert isinstance(without, dict)
    assert "e820_host" not in without


def test_a_pv_guest() -> None:
    found = to_libxl(
        parse(
            f"""
name="a"
kernel="/boot/vmlinuz"
memory=128
maxmem=256
vcpus=2
cpus="0,^1"
on_crash="preserve"
disk=["file:/x.img,xvda,w", "phy:/dev/vg/x,hdc:cdrom,r", ",hdd:cdrom,r", "format=qcow2,vdev=xvdb,access=ro,target=/a b"]
vif=["bridge=xenbr0","mac=00:16:3e:01:02:03,ip=1.2.3.4,model=e1000,script=foo,vifname=vv,rate=10Mb/s"]
vfb=["vnc=1,vncdisplay=2"]
uuid="{UUID.upper()}"
pci=["01:00.0"]
"""
        )
    )
    assert found == {
        "c_info": {"type": "pv", "name": "a", "uuid": UUID, "run_hotplug_scripts": "True"},
        "b_info": {
            "max_vcpus": 2,
            "avail_vcpus": [0, 1],
            "vcpu_hard_affinity": [[0], [0]],
            "max_memkb": 262144,
            "target_memkb": 131072,
            "sched_params": {},
            "claim_mode": "True",
            "kernel": "/boot/vmlinuz",
            "type.pv": {"e820_host": "True"},
            "arch_arm": {},
            "arch_x86": {},
        },
        "disks": [
            {"pdev_path": "/x.img", "vdev": "xvda", "format": "raw", "readwrite": 1},
            {"pdev_path": "/dev/vg/x", "vdev": "hdc", "format": "raw", "removable": 1, "is_cdrom": 1},
            {"pdev_path": "", "vdev": "hdd", "format": "empty", "removable": 1, "is_cdrom": 1},
            {"pdev_path": "/a b", "vdev": "xvdb", "format": "qcow2"},
        ],
        "nics": [
            {"devid": 0, "bridge": "xenbr0"},
            {
                "devid": 1,
                "model": "e1000",
                "mac": "00:16:3e:01:02:03",
                "ip": "1.2.3.4",
                "ifname": "vv",
                "script": "foo",
                "rate_bytes_per_interval": 62500,
                "rate_interval_usecs": 50000,
            },
        ],
        "pcidevs": [{"bus": 1, "vfunc_mask": 1, "rdm_policy": "strict"}],
        "vfbs": [{"devid": 0, "vnc": {"enable": "True", "display": 2}, "sdl": {}}],
        "vkbs": [{"devid": 0}],
        "on_reboot": "restart",
        "on_crash": "preserve",
        "on_soft_reset": "soft_reset",
    }


def test_an_hvm_guest() -> None:
    found = to_libxl(
        parse(
            """
name="a"
type="hvm"
kernel="/usr/lib/hvmloader"
memory="-1"
vcpus=3
cpus=["0","1-3"]
vnc=1
vnclisten="192.0.2.1"
vncunused=0
serial="pty"
boot="cd"
usb=1
usbdevice=["tablet","mouse"]
apic=0
viridian=["all","!base"]
firmware="uefi"
vga="stdvga"
videoram=16
gfx_passthru="igd"
hdtype="ahci"
altp2m="external"
rtc_timeoffset="-3600"
mmio_hole=256
timer_mode=1
tsc_mode="native"
spice=1
spiceport=5
device_model_version="qemu-xen"
pci=["01:00.0,permissive=1","0000:02:1f.3@4"]
"""
        )
    )
    info = found["b_info"]
    assert isinstance(info, dict)
    assert info["target_memkb"] == 18446744073709550592
    assert info["vcpu_hard_affinity"] == [[0], [1, 2, 3]]
    assert info["numa_placement"] == "False"
    assert info["rtc_timeoffset"] == 4294963696
    assert "kernel" not in info
    assert (info["tsc_mode"], info["timer_mode"]) == ("native", "no_delay_for_missed_ticks")
    assert info["type.hvm"] == {
        "bios": "ovmf",
        "viridian_enable": list(range(1, 64)),
        "viridian_disable": [0],
        "mmio_hole_memkb": 262144,
        "hdtype": "ahci",
        "vga": {"kind": "std"},
        "vnc": {"enable": "True", "listen": "192.0.2.1", "findunused": "False"},
        "sdl": {},
        "spice": {"enable": "True", "port": 5},
        "gfx_passthru": "True",
        "gfx_passthru_kind": "igd",
        "serial": "pty",
        "boot": "cd",
        "usb": "True",
        "usbdevice_list": ["tablet", "mouse"],
        "rdm": {},
    }
    assert found["pcidevs"] == [
        {"bus": 1, "vfunc_mask": 1, "permissive": True},
        {"func": 3, "dev": 31, "bus": 2, "vdevfn": 32, "vfunc_mask": 1},
    ]


def test_a_pvh_guest() -> None:
    info = b_info("type='pvh'\npvshim=1\npvshim_path='/p'\nvnc=1")
    assert info["type.pvh"] == {"pvshim": "True", "pvshim_path": "/p"}


@pytest.mark.parametrize(
    ("lines", "cmdline"),
    [
        ("root='/dev/xvda1'", "root=/dev/xvda1"),
        ("root='/dev/xvda1'\nextra='ro'", "root=/dev/xvda1 ro"),
        ("extra='ro'", "ro"),
        ("cmdline='x'\nextra='ro'", "x"),
    ],
)
def test_the_command_line(lines: str, cmdline: str) -> None:
    assert b_info(lines)["cmdline"] == cmdline


@pytest.mark.parametrize(
    ("cpus", "chosen"),
    [
        ("0-3,^1", [0, 2, 3]),
        ("all", list(range(8))),
        ("nodes:0", list(range(8))),
        ("7-99999999999", [7]),
        ("1-3,node:1", [1, 2, 3]),
    ],
)
def test_affinity_within_the_cpus_of_the_host(cpus: str, chosen: list[int]) -> None:
    assert b_info(f"vcpus=1\ncpus='{cpus}'", host_cpus=8)["vcpu_hard_affinity"] == [chosen]


@pytest.mark.parametrize("cpus", ["'^0'", "'8'", "''", "['0', '^0']", "'node:1'", "'all,^nodes:0'"])
def test_a_virtual_cpu_must_have_somewhere_to_run(cpus: str) -> None:
    document = parse(f"name='a'\nkernel='k'\nvcpus=2\ncpus={cpus}\n")
    with pytest.raises(RefusedError) as caught:
        to_libxl(document, host_cpus=8)
    assert caught.value.words == ("vcpu hard affinity map is empty",)


@pytest.mark.parametrize("cpus", ["'200'", "'node:3'", "'all,^nodes:0'"])
def test_without_a_host_its_cpus_and_nodes_get_the_benefit_of_the_doubt(cpus: str) -> None:
    assert b_info(f"vcpus=1\ncpus={cpus}")["vcpu_hard_affinity"]


def test_soft_affinity_may_be_empty() -> None:
    assert b_info("vcpus=1\ncpus_soft='^0'")["vcpu_soft_affinity"] == [[]]


def test_resources_of_the_host() -> None:
    lines = "ioports=['3f8-3ff','2e8']\nirqs=['5','6']\niomem=['a0000,20@5','b0,1']\ndtdev=['/soc/x']"
    found = to_libxl(parse(f"name='a'\nkernel='k'\n{lines}\n"))
    info = found["b_info"]
    assert isinstance(info, dict)
    assert info["ioports"] == [{"first": 1016, "number": 8}, {"first": 744, "number": 1}]
    assert info["irqs"] == [5, 6]
    assert info["iomem"] == [{"start": 655360, "number": 32, "gfn": 5}, {"start": 176, "number": 1}]
    assert found["dtdevs"] == [{"path": "/soc/x"}]


def test_maximum_memory_is_memory_unless_said() -> None:
    assert b_info("memory=64")["max_memkb"] == 65536


def test_firmware_of_a_pv_guest_is_a_kernel() -> None:
    info = to_libxl(parse("name='a'\nfirmware='pvgrub64'\n"))["b_info"]
    assert isinstance(info, dict)
    assert info["kernel"] == "/usr/lib/xen-4.17/boot/pvgrub64.bin"


def test_vnc_at_top_level_makes_a_frame_buffer_of_a_pv_guest() -> None:
    found = to_libxl(parse("name='a'\nkernel='k'\nvnc=1\nvncdisplay=3\nsdl=0\nkeymap='de'\n"))
    vfb = {"devid": 0, "vnc": {"enable": "True", "display": 3}, "sdl": {"enable": "False"}, "keymap": "de"}
    assert found["vfbs"] == [vfb]
    assert found["vkbs"] == [{"devid": 0}]


@pytest.mark.parametrize(
    ("text", "words", "exit_code"),
    [
        ("kernel='k'\n", "Domain name must be specified.", 1),
        ("name='a'\n", "Neither kernel nor bootloader specified", 1),
        ("name='a'\nkernel='k'\nuuid='xyz'\n", "Failed to parse UUID: xyz", 1),
        ("name='a'\nbuilder='linux'\n", "Invalid domain type linux.", 1),
        ("name='a'\ntype='pv'\nbuilder='hvm'\n", 'Contradicting "builder" and "type" options specified.', 1),
        ("name='a'\nkernel='k'\ncpus='foo'\n", "Invalid pcpu range: foo.", 1),
        ("name='a'\nkernel='k'\ncpus='^all'\n", 'Can\'t combine "^" and "all".', 1),
        ("name='a'\nkernel='k'\nvcpus=2\nmaxvcpus=1\n", "xl: maxvcpus < vcpus", 1),
        ("name='a'\nkernel='k'\non_crash='x'\n", 'Unknown on_crash action "x" specified', 1),
        ("name='a'\nkernel='k'\ntimer_mode=1\n", 'ERROR: "timer_mode" option is not supported for PV guests.', 3),
        ("name='a'\nkernel='k'\npci=['x']\n", "unable to parse PCI_SPEC_STRING `x' for passthrough", 6),
        ("name='a'\nkernel='k'\nvif=['devid=x']\n", 'xl: failed to convert "x" to number', 1),
        ("name='a'\nkernel='k'\ndevice_model_args='x'\n", "xl: Unable to parse device_model_args.", 3),
        ("name='a'\nkernel='k'\ndevice_model_version='x'\n", 'Unknown device_model_version "x" specified', 1),
        ("name='a'\nkernel='k'\nioports=['zz']\n", "xl: Invalid argument parsing ioport: zz", 1),
        ("name='a'\nkernel='k'\nioports=['1-']\n", "xl: Invalid argument parsing ioport: 1-", 1),
        ("name='a'\nkernel='k'\nioports=['ffffffff']\n", "xl: ioport ffffffff too big", 1),
        ("name='a'\nkernel='k'\nioports=['1',[2]]\n", "xl: Unable to get element #1 in ioport list", 1),
        ("name='a'\nkernel='k'\nirqs=['5x']\n", "xl: Invalid argument parsing irq: 5x", 1),
        ("name='a'\nkernel='k'\nirqs=['4294967295']\n", "xl: irq ffffffff too big", 1),
        ("name='a'\nkernel='k'\niomem=['5']\n", "xl: Invalid argument parsing iomem: 5", 1),
        ("name='a'\nkernel='k'\naltp2m=9\n", 'ERROR: invalid value 9 for "altp2m"', 1),
        ("name='a'\nkernel='k'\nfirmware='pvgrub64'\n", "ERROR: both kernel and firmware specified", 1),
        ("name='a'\nfirmware='x'\n", "ERROR: only pvgrub{32|64} supported as firmware options", 1),
        ("name='a'\ntype='hvm'\nvga='x'\n", 'Unknown vga "x" specified', 1),
        ("name='a'\ntype='hvm'\nbios='x'\n", 'ERROR: invalid value "x" for "bios"', 1),
        ("name='a'\ntype='hvm'\nmmio_hole=1\n", 'ERROR: invalid value 1 for "mmio_hole"', 1),
        ("name='a'\ntype='hvm'\nviridian=['x']\n", "xl: unknown viridian enlightenment 'x'", 3),
        ("name='a'\ntype='hvm'\nvendor_device='x'\n", "xl: unknown vendor_device 'x'", 3),
        ("name='a'\ntype='hvm'\nvncdisplay=1\nvnclisten='a:1'\n",
         "ERROR: Display specified both in vnclisten and vncdisplay!", 1),
        ("name='a'\ntype='hvm'\nms_vm_genid='x'\n",
         'ERROR: "ms_vm_genid" option must be "generate" or "none"', 1),
    ],
)  # fmt: skip
def test_what_xl_refuses(text: str, words: str, exit_code: int) -> None:
    error = refusal(text)
    assert error.words[-1] == words
    assert error.exit_code == exit_code
    assert error.message


def test_a_silent_refusal() -> None:
    assert refusal("name='a'\nkernel='k'\nmax_grant_frames='x'\n").words == ()


def test_absurd_cpu_counts_are_refused_before_they_cost_memory() -> None:
    for line in ("vcpus=99999999", "vcpus='-1'", "maxvcpus=99999999"):
        assert refusal(f"name='a'\nkernel='k'\n{line}\n").line == 3


def test_warnings_come_in_xl_order() -> None:
    text = "name='a'\nkernel='k'\nmemory='512M'\nvif=['foo=1']\nbootloader='b'\nbootloader_args='-q x'\nhap=[1]\n"
    translation = translate(parse(text, source="t.cfg"))
    assert translation.warnings == (
        "t.cfg:7: warning: parameter `hap' is a list but should be a single value",
        "t.cfg:3: warning: parameter `memory' is not a valid number",
        'WARNING: Specifying "bootloader_args" as a string is deprecated. Please use a list of arguments.',
        "unrecognized argument `foo=1'",
    )
    assert translation.config["b_info"]["bootloader_args"] == ["-q", "x"]  # type: ignore[index]


def test_warnings_precede_the_words_of_a_refusal() -> None:
    error = refusal("name='a'\nkernel='k'\nmemory='x'\ndisk=['x']\n")
    assert error.words == (
        "t.cfg:3: warning: parameter `memory' is not a valid number",
        "t.cfg: config parsing error in disk specification: no vdev specified in `x'",
    )
    assert (error.line, error.column) == (4, 7)

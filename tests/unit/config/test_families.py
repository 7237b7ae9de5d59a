"""The rarer device lists, cpuid and vnuma: as xl 4.17 reads them, said at once where it would refuse them."""

from __future__ import annotations

import pytest

from xentui.config import RefusedError, Severity, lint, parse, to_libxl, translate

HEAD = "name = 'a'\nkernel = '/k'\nmemory = 128\n"


def made(line: str, key: str) -> object:
    return to_libxl(parse(f"{HEAD}{line}\n"), host_cpus=4, host_nodes=1)[key]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("p9 = ['tag=share,path=/srv/share']", "9pfs spec missing required field!"),
        ("p9 = ['tag=t,path=/p,security_model=none,x=1']", "Unknown string `x' in 9pfs spec"),
        ("pvcalls = ['x=1']", "Unknown string `x' in pvcalls spec"),
        ("channel = ['name=x']", "channel has unknown 'connection'"),
        ("channel = ['connection=socket']", "channel connection 'socket' requires path=.."),
        ("channel = ['connection=tcp']", "unknown channel connection 'tcp'"),
        ("usbctrl = ['type=ehci']", "Invalid usb controller type 'ehci'"),
        ("usbdev = ['bus=1']", "Unknown string `bus=1' in usbdev spec"),
        ("vkb = ['width=3']", "backend-type should be set in vkb spec"),
        ("vkb = ['backend-type=x']", 'Unknown backend_type "x" in vkb spec'),
        ("vdispl = ['backend=d']", "At least one connector should be specified."),
        ("vsnd = ['card']", "Failed to get vsnd card list: Invalid argument"),
        ("vsnd = [['kart']]", "Invalid key: kart"),
        ("vsnd = [['pcm, sample-formats=x']]", "Invalid pcm format: x"),
        ("vnuma = [['pnode=1']]", "xl: invalid pnode number: 1"),
        ("vnuma = [['size=64','vcpus=0']]\nmaxvcpus = 2", "xl: vnuma vcpus and maxvcpus= mismatch"),
        ("vnuma = [['size=64','vcpus=0']]\nmaxmem = 65", "xl: maxmem and vnuma memory size mismatch"),
        ("type = 'hvm'\nmca_caps = ['x']", "ERROR: unrecognized MCA capability 'x'."),
        ("type = 'hvm'\nmca_caps = 'lmce'", "ERROR: unable to parse mca_caps."),
    ],
)
def test_what_xl_refuses_is_refused_in_its_words(line: str, words: str) -> None:
    with pytest.raises(RefusedError) as caught:
        made(line, "b_info")
    assert caught.value.words[-1] == words
    errors = [
        problem
        for problem in lint(parse(f"{HEAD}{line}\n"))
        if problem.severity is Severity.ERROR and problem.line > 3
    ]
    # A host's nodes are not known to the checks.
    assert errors or "pnode" in words


@pytest.mark.parametrize(
    "line",
    ["channel = ['']", "vdispl = ['connectors=']", "vdispl = ['connectors=a']", "vnuma = [['vcpus= ']]"],
)
def test_what_xl_crashes_at_is_refused(line: str) -> None:
    with pytest.raises(RefusedError, match="makes xl crash"):
        made(line, "b_info")


def test_a_sound_card_is_a_list_within_the_list() -> None:
    line = "vsnd = [ ['card, short-name=Main', 'pcm, name=Main', 'stream, unique-id=0, type=p'] ]"
    stream = {"unique_id": "0", "type": "p", "params": {}}
    card = {"short_name": "Main", "params": {}, "pcms": [{"name": "Main", "params": {}, "streams": [stream]}]}
    assert made(line, "vsnds") == [{"devid": 0, **card}]
    assert lint(parse(f"{HEAD}{line}\n")) == ()


def test_what_an_item_of_p9_does_not_say_it_has_from_the_one_before() -> None:
    found = made("p9 = ['tag=a,path=/p,security_model=none', 'tag=b']", "p9s")
    assert found == [{"tag": tag, "path": "/p", "security_model": "none"} for tag in "ab"]


def test_keyboards_are_counted_after_those_of_frame_buffers() -> None:
    found = made("vkb = ['backend-type=qemu,feature-abs-pointer=1']\nvfb = ['vnc=1']", "vkbs")
    assert found == [{"devid": 0}, {"devid": 1, "backend_type": "qemu", "feature_abs_pointer": True}]


def test_what_xl_only_complains_of_is_a_warning() -> None:
    text = f'{HEAD}cpuid = "host,avx2=0,nonsense=1"\nchannel = ["connection=pty,colour=red"]\n'
    assert [problem.message for problem in lint(parse(text))] == [
        'xl goes on without this: while parsing CPUID flag: "nonsense=1": error #2: unknown CPUID flag name',
        "xl goes on without this: unknown channel parameter 'colour', ignoring",
    ]


@pytest.mark.parametrize(
    "mac", ["00-16-3e-00-00-01", "00.16.3e.0.0.1", "00:16:3e:00:00:00000001", "0 16 3e 0 0 1"]
)
def test_a_mac_address_is_six_numbers_with_any_character_between(mac: str) -> None:
    text = f"{HEAD}vif = ['mac={mac}']\n"
    found = to_libxl(parse(text))["nics"]
    assert found == [{"devid": 0, "mac": "00:16:3e:00:00:01"}]
    assert lint(parse(text)) == ()


def test_a_number_out_of_range_spoils_the_rates_that_follow() -> None:
    """xl looks at an errno that nobody cleared; a number in range clears it."""
    rate = "vif = ['rate=10Mb/s']"
    with pytest.raises(RefusedError, match="rate overflow"):
        made(f"shadow_memory = 99999999999999999999\n{rate}", "nics")
    assert made(f"shadow_memory = 99999999999999999999\nvideoram = 8\n{rate}", "nics")


def test_a_device_by_name_or_by_words() -> None:
    found = made("pci = ['bdf=01:00.0,vslot=5', 'name=gpu']", "pcidevs")
    address = {"bus": 1, "vdevfn": 40, "vfunc_mask": 1}
    assert found == [{**address, "rdm_policy": "strict"}, {"rdm_policy": "strict", "name": "gpu"}]
    with pytest.raises(RefusedError):
        made("pci = ['01:00.0,name=gpu']", "pcidevs")


def test_memory_kept_for_devices_is_only_asked_for_without_a_policy() -> None:
    """xl's check of the policy is the wrong way round: a known one makes it forget rdm."""
    for text, found in (("strategy=host", {"strategy": "host"}), ("strategy=host,policy=strict", {})):
        translation = translate(parse(f"{HEAD}type = 'hvm'\nrdm = '{text}'\n"))
        b_info = translation.config["b_info"]
        assert isinstance(b_info, dict)
        assert b_info["type.hvm"]["rdm"] == found

"""Shapes of configurations that are public – libvirt's test data, Xen's examples, what tools write –, in our own words.

Each is a whole file for xl.  The values are ours; what counts is which parameters stand together, and how they are
written.
"""

from __future__ import annotations

_HVM = 'name = "guest"\ntype = "hvm"\nmemory = 579\nmaxmem = 579\nvcpus = 1\n'
_PV = 'name = "guest"\nkernel = "/boot/vmlinuz"\nmemory = 256\nvcpus = 2\n'
_PVH = 'name = "guest"\ntype = "pvh"\nkernel = "/boot/vmlinuz"\nmemory = 512\n'

CORPUS = {
    "an HVM guest as a manager of guests writes it": _HVM
    + """uuid = "c7a5fdb2-cdaf-9455-926a-d65c16db1809"
pae = 1
acpi = 1
apic = 1
viridian = 0
rtc_timeoffset = 0
localtime = 0
on_poweroff = "destroy"
on_reboot = "restart"
on_crash = "restart"
device_model_override = "/usr/lib/xen/bin/qemu-system-i386"
sdl = 0
vnc = 1
vncunused = 1
vnclisten = "127.0.0.1"
vif = [ "mac=00:16:3e:66:92:9c,bridge=xenbr1,script=vif-bridge,model=e1000" ]
parallel = "none"
serial = "none"
builder = "hvm"
boot = "d"
disk = [ "format=raw,vdev=hda,access=rw,target=/dev/vg/guest", "/srv/cd.iso,raw,hdc,r,cdrom" ]
""",
    "firmware by name": _HVM + 'firmware = "ovmf"\nbios_path_override = "/usr/share/ovmf/OVMF.fd"\n',
    "a list of enlightenments": _HVM + 'viridian = [ "base", "freq", "time_ref_count", "!synic" ]\n',
    "processor features": _HVM + 'cpuid = "host,tm=0,sse3=0,tsc=1,svm=x"\n',
    "processor features as bits": _HVM + f'cpuid = [ "1:ecx={"x" * 12}0{"x" * 19},edx={"x" * 32}" ]\n',
    "nodes of memory": _HVM.replace("vcpus = 1", "vcpus = 4").replace("579", "1024")
    + 'vnuma = [ [ "pnode=0", "size=512", "vcpus=0-1", "vdistances=10,20" ],\n'
    '          [ "pnode=0", "size=512", "vcpus=2-3", "vdistances=20,10" ] ]\n',
    "devices of the host": _PV + 'pci = [ "0000:01:1a.1", "01:02.0,permissive=1" ]\ne820_host = 1\n',
    "USB": _HVM
    + """usb = 1
usbdevice = [ "tablet", "mouse" ]
usbctrl = [ "type=devicemodel,version=2,ports=4", "type=pv,version=1,ports=8" ]
usbdev = [ "type=hostdev,hostbus=1,hostaddr=3,controller=0,port=1" ]
""",
    "SPICE": _HVM
    + """spice = 1
spicehost = "0.0.0.0"
spiceport = 590
spicetls_port = 500
spicedisable_ticketing = 0
spicepasswd = "thebeast"
spiceagent_mouse = 0
spicevdagent = 1
spice_clipboard_sharing = 1
""",
    "channels": _PV
    + 'channel = [ "connection=socket,path=/run/org.guest,name=org.guest", "connection=pty,name=console2" ]\n',
    "a frame buffer": _PV + 'vfb = [ "vnc=1,vnclisten=127.0.0.1,vncdisplay=3,vncpasswd=secret,keymap=ja" ]\n',
    "an old boot loader": 'name = "guest"\nmemory = 256\nbootloader = "/usr/bin/pygrub"\nbootargs = "-q"\n'
    "disk = [ 'phy:/dev/vg/guest,xvda,w', 'tap:aio:/srv/data.img,xvdb1,w!' ]\n",
    "a rate": _PV + 'vif = [ "bridge=br0,rate=10Mb/s@50ms", "mac=00-16-3e-00-00-02,rate=1GB/s" ]\n',
    "disks of other formats": _HVM
    + """disk = [
  "/srv/a.qcow2,qcow2,hda,w", "/srv/b.vhd,vhd,hdb,w",
  "format=qcow2,vdev=xvdc,access=rw,backendtype=qdisk,target=/srv/a b,c.img",
  "script=block-drbd,vdev=xvdd,access=w,target=data", "backend=stor,vdev=xvde,format=raw,target=/dev/x,",
]
""",
    "network disks": _HVM
    + 'disk = [ "format=raw,vdev=hda,access=rw,backendtype=qdisk,target=rbd:pool/image:id=x" ]\n',
    "a PVH guest": _PVH
    + 'cmdline = "root=/dev/xvda1 ro console=hvc0"\nramdisk = "/boot/initrd"\non_crash = "preserve"\n',
    "a shim": _PVH
    + 'pvshim = 1\npvshim_path = "/usr/lib/xen/boot/xen-shim"\npvshim_cmdline = "loglvl=all"\n',
    "sound and displays": _PVH
    + """vsnd = [ [ "card, backend=DomD, buffer-size=65536, short-name=VCard",
           "pcm, name=dev1", "stream, unique-id=0, type=P", "stream, unique-id=1, type=C" ],
         [ "card, short-name=Other" ] ]
vdispl = [ "backend=DomD,be-alloc=1,connectors=id0:1920x1080;id1:800x600" ]
vkb = [ "backend-type=linux,unique-id=k0,backend=DomD,feature-multi-touch=1,multi-touch-width=800,"
        ]
""",
    "a shared folder": _PVH + 'p9 = [ "tag=share,path=/srv/share,security_model=none" ]\n',
    "a shared folder that says too little": _PVH + 'p9 = [ "tag=share,path=/srv/share" ]\n',
    "a driver domain": _PV
    + 'driver_domain = 1\nioports = [ "2f8-2ff", "3f8" ]\nirqs = [ 4, 9 ]\niomem = [ "a0,20" ]\n',
    "grants": _PV + "max_grant_frames = 64\nmax_maptrack_frames = 1024\nmax_grant_version = 1\n",
    "a TPM": _PV + 'vtpm = [ "backend=vtpm-mgr,uuid=ac0a5b9e-cbe2-4c07-b43b-1d69e46fb839" ]\n',
    "affinity": _PV
    + 'cpus = [ "0", "1-2,^1" ]\ncpus_soft = "all,^0"\ncpu_weight = 512\ncap = 50\npool = "Pool-1"\n',
    "graphics passed through": _HVM
    + 'gfx_passthru = "igd"\nrdm = "strategy=host,policy=relaxed"\npci = [ "00:02.0" ]\n',
    "a stub domain": _HVM
    + 'device_model_version = "qemu-xen-traditional"\ndevice_model_stubdomain_override = 1\n',
    "serial ports": _HVM + 'serial = [ "pty", "file:/tmp/a b.log" ]\n',
    "a left-over word of xm": _PV
    + 'dhcp = "dhcp"\non_xend_start = "start"\ndescription = "web"\nbootargs = "x"\n',
    "several lines on one": "name='g'; kernel='/k'; memory=64; disk=['phy:/d,xvda,w',]; extra='a';extra+=' b'",
    "machine checks": _HVM
    + 'mca_caps = [ "lmce" ]\nms_vm_genid = "generate"\nmmio_hole = 2048\nnestedhvm = 1\n',
}

#!/bin/bash
# Builds the lab in $XENTUI_LAB; run it as `lab build`.  A build that is there already and made from the same parts
# is kept; the Debian packages (the long part) are kept as rootfs.tar as long as they are the same ones.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
L=$XENTUI_LAB
SUITE=bookworm
HOST_TOOLS=(qemu-system-x86:qemu-system-x86_64 qemu-utils:qemu-img mmdebstrap:mmdebstrap e2fsprogs:mke2fs
  busybox-static:/bin/busybox cpio:cpio openssh-client:ssh)
DOM0_PACKAGES=(linux-image-amd64 xen-hypervisor-4.17-amd64 xen-utils-4.17 xenstore-utils xen-utils-common xen-tools
  grub-xen-host grub-pc-bin memtest86+ qemu-system-xen systemd-sysv dbus udev kmod openssh-server iproute2 ifupdown
  bridge-utils iputils-ping procps python3 python3-venv e2fsprogs qemu-utils nfs-kernel-server busybox-static
  libvirt-daemon-system libvirt-daemon-driver-xen libvirt-clients lvm2)
# What a host of a minute's life does not need; what is disabled is so for boot speed only and can be started by hand.
MASKED=(e2scrub_reap.service systemd-pstore.service systemd-logind.service getty@.service nfs-blkmap.service
  apt-daily.timer apt-daily-upgrade.timer fstrim.timer lvm2-monitor.service
  blk-availability.service lvm2-lvmpolld.socket e2scrub_all.timer dpkg-db-backup.timer)
DISABLED=(nfs-server.service rpcbind.service rpcbind.socket libvirtd.service libvirtd.socket libvirtd-ro.socket
  libvirtd-admin.socket libvirt-guests.service virtlogd.service virtlogd.socket virtlogd-admin.socket
  virtlockd.service virtlockd.socket virtlockd-admin.socket)

say() { echo "lab build: $*"; }

install_tools() {
  local missing=() entry
  for entry in "${HOST_TOOLS[@]}"; do
    command -v "${entry#*:}" >/dev/null || missing+=("${entry%%:*}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" >/dev/null
}

debian() { # the dom0's packages, as rootfs.tar
  local wanted="$SUITE ${DOM0_PACKAGES[*]}"
  if [ -f rootfs.tar ] && [ "$(cat rootfs.packages 2>/dev/null)" = "$wanted" ]; then
    say "using the packages in $L/rootfs.tar"
    return 0
  fi
  say "fetching the dom0's packages"
  mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --include="$(IFS=,; echo "${DOM0_PACKAGES[*]}")" \
    "$SUITE" rootfs.part.tar
  mv rootfs.part.tar rootfs.tar
  echo "$wanted" >rootfs.packages
}

configure_dom0() { # key login, static addresses, the host's name from the kernel command line (lab=NAME,IP/PREFIX)
  local s
  install -d -m700 root/root/.ssh
  cp ../id.pub root/root/.ssh/authorized_keys
  install -m600 ../id root/root/.ssh/id_ed25519
  printf 'Host *\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n LogLevel ERROR\n' >root/root/.ssh/config
  echo '/dev/vda / ext4 defaults,noatime 0 1' >root/etc/fstab
  echo xen >root/etc/hostname
  cat >root/etc/network/interfaces <<'END'
auto lo
iface lo inet loopback
auto eth0
iface eth0 inet static
 address 10.0.2.15/24
 gateway 10.0.2.2
auto xenbr0
iface xenbr0 inet static
 bridge_ports none
 address 192.0.2.1/24
END
  cat >root/usr/local/sbin/lab-net <<'END'
#!/bin/sh -e
v=$(sed -n 's/.*\blab=\([^ ]*\).*/\1/p' /proc/cmdline)
[ -n "$v" ] || exit 0
hostname "${v%%,*}"
echo "${v%%,*}" > /etc/hostname
ip addr add "${v##*,}" dev eth1
ip link set eth1 up
printf '127.0.0.1 localhost\n192.168.77.1 xen-a\n192.168.77.2 xen-b\n' > /etc/hosts
END
  chmod +x root/usr/local/sbin/lab-net
  cat >root/etc/systemd/system/lab-net.service <<'END'
[Unit]
BindsTo=sys-subsystem-net-devices-eth1.device
After=network-pre.target sys-subsystem-net-devices-eth1.device
Before=ssh.service xen.service
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/lab-net
[Install]
WantedBy=multi-user.target
END
  mkdir -p root/etc/systemd/system/multi-user.target.wants
  ln -sf ../lab-net.service root/etc/systemd/system/multi-user.target.wants/lab-net.service
  # An emulated machine finds its devices late.
  install -d root/etc/systemd/system.conf.d
  printf '[Manager]\nDefaultDeviceTimeoutSec=600\n' >root/etc/systemd/system.conf.d/slow.conf
  # Emulation has no VME, which every CPU libvirt knows has: its driver would not start.
  sed -i "/name='vme'/d" root/usr/share/libvirt/cpu_map/x86_486.xml
  for s in "${MASKED[@]}"; do
    rm -f root/etc/systemd/system/*.wants/"$s"
    ln -sf /dev/null "root/etc/systemd/system/$s"
  done
  for s in "${DISABLED[@]}"; do rm -f root/etc/systemd/system/*.wants/"$s"; done
}

initramfs() { # OUT INIT KERNEL MODULE...: busybox, an init script, and the modules with what they need
  local out=$1 init=$2 kernel=$3 module file
  shift 3
  rm -rf i
  mkdir -p i/bin i/dev i/proc i/sys i/mnt "i/lib/modules/$kernel"
  cp /bin/busybox i/bin/
  install -m755 "$init" i/init
  for module in "$@"; do
    grep -E "/$module\.ko:" "root/lib/modules/$kernel/modules.dep" | tr -d : | tr ' ' '\n' | while read -r file; do
      [ -z "$file" ] || install -D "root/lib/modules/$kernel/$file" "i/lib/modules/$kernel/$file"
    done
  done
  cp "root/lib/modules/$kernel"/modules.{dep,alias,symbols,softdep,builtin,order} "i/lib/modules/$kernel/"
  (cd i && find . | cpio -o -H newc --quiet | gzip -9) >"$out"
  rm -rf i
}

bios_disk() { # FILE: a partitioned disk that a BIOS boots (HVM), with GRUB 2 on its serial line
  rm -rf g
  mkdir -p g/boot/grub
  cp vmlinuz g/boot/vmlinuz-xen
  cp guest-initrd.gz g/boot/initrd-xen
  cp root/boot/memtest86+x64.bin g/boot/memtest # small: a BIOS reads a kernel word by word
  cp "$here/bios.cfg" g/boot/grub/grub.cfg
  truncate -s 65M "$1"
  mke2fs -q -t ext4 -E offset=1048576 -d g "$1" 64M >/dev/null
  rm -rf g
  chroot root grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o /core.img \
    biosdisk part_msdos ext2 normal configfile linux serial terminal
  # GRUB's first sector reads the second one by default; behind its code stands the table of partitions.
  head -c 440 root/usr/lib/grub/i386-pc/boot.img | dd of="$1" conv=notrunc status=none
  dd if=root/core.img of="$1" bs=512 seek=1 conv=notrunc status=none
  rm root/core.img
  printf '\200\0\0\0\203\0\0\0\0\010\0\0\0\0\002\0' | dd of="$1" bs=1 seek=446 conv=notrunc status=none
  printf '\125\252' | dd of="$1" bs=1 seek=510 conv=notrunc status=none
}

guests() { # a disk with a legacy menu.lst (pygrub), one with a grub.cfg (GRUB 2 for PVH), one for a BIOS; data disks
  local boot kernel
  python3 "$here/quick_kernel.py" vmlinuz vmlinuz.quick
  for boot in menulst:menu.lst:vmlinuz.quick grubcfg:grub.cfg:vmlinuz; do
    kernel=${boot##*:} boot=${boot%:*}
    rm -rf g
    mkdir -p g/boot/grub
    cp "$kernel" g/boot/vmlinuz
    cp guest-initrd.gz g/boot/initrd
    cp "$here/${boot#*:}" g/boot/grub/
    mke2fs -q -t ext4 -d g "guest-${boot%%:*}.img" 64M >/dev/null
  done
  rm -rf g
  mkdir g
  echo 'the data disk' >g/README
  mke2fs -q -t ext4 -L data -d g data.img 16M >/dev/null
  rm -rf g
  bios_disk guest-bios.img
  install -d root/srv/guests
  cp guest-initrd.gz guest-*.img data.img root/srv/guests/
  cp vmlinuz.quick root/srv/guests/vmlinuz
}

parts() { # what a build is made from, as one line
  cat "$here"/{build.sh,quick_kernel.py,dom0-init,guest-init,menu.lst,grub.cfg,bios.cfg} | sha256sum
}

mkdir -p "$L"
cd "$L"
if [ -f dom0.img ] && [ "$(cat build.stamp 2>/dev/null)" = "$(parts)" ]; then
  say "up to date in $L"
  exit 0
fi
if "$here/lab" status | grep -q ' runs'; then
  echo "lab build: a host runs on the image in $L, which is out of date; run 'lab down' first" >&2
  exit 1
fi
install_tools
[ -f id ] || ssh-keygen -q -t ed25519 -N '' -f id
debian
say "making the disk image and the guests"
rm -rf work build.stamp
mkdir work
cd work
mkdir root
tar -xf ../rootfs.tar -C root
kernel=$(ls root/lib/modules)
zcat root/boot/xen-4.17-amd64.gz >xen.elf
cp "root/boot/vmlinuz-$kernel" vmlinuz
configure_dom0
initramfs dom0-initrd.gz "$here/dom0-init" "$kernel" virtio_pci virtio_blk ext4 crc32c_generic crc32c-intel
initramfs guest-initrd.gz "$here/guest-init" "$kernel" xen-blkfront xen-netfront ext4 crc32c_generic
guests
mke2fs -q -t ext4 -L dom0 -d root dom0.img 6G >/dev/null
rm -f ../{a,b}.{qcow2,booted} ../known_hosts
mv xen.elf vmlinuz dom0-initrd.gz dom0.img ..
cd ..
rm -rf work
parts >build.stamp
say "done in $L"

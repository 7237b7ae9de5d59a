#!/bin/bash
# Builds a cloud image of Debian 12 in $XENTUI_LAB/cloud; run it as `lab cloud HOST DIR`.  It has what Debian's own has
# that matters to a guest: one partition with a boot menu as update-grub writes it, the cloud kernel, cloud-init with
# no setting of ours, no host key, no machine-id, and nobody who could log in.
set -euo pipefail
L=$XENTUI_LAB/cloud
SUITE=bookworm
PACKAGES=(linux-image-cloud-amd64 systemd-sysv udev dbus cloud-init cloud-guest-utils fdisk openssh-server sudo netplan.io
  systemd-resolved iproute2 netbase e2fsprogs)
IMAGE=debian-12.qcow2
UUID=6d0a7c0e-3f86-4b8f-9a5e-6c2d4a1b7e90

cat_menu() { # KERNEL
  cat <<END
set default="0"
set timeout=1
menuentry 'Debian GNU/Linux' {
	insmod part_msdos
	insmod ext2
	search --no-floppy --fs-uuid --set=root $UUID
	linux	/boot/vmlinuz-$1 root=UUID=$UUID ro console=tty0 console=ttyS0,115200 console=hvc0
	initrd	/boot/initrd.img-$1
}
END
}

mkdir -p "$L"
cd "$L"
if [ -f "$IMAGE" ] && [ "$(cat stamp 2>/dev/null)" = "$(sha256sum <"${BASH_SOURCE[0]}")" ]; then exit 0; fi
echo "lab cloud: fetching the packages" >&2
rm -rf root stamp "$IMAGE"
mkdir root
mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --include="$(IFS=,; echo "${PACKAGES[*]}")" "$SUITE" root.tar
tar -xf root.tar -C root
rm root.tar
rm -f root/etc/ssh/ssh_host_* root/var/lib/dbus/machine-id root/etc/hostname
: >root/etc/machine-id
echo "UUID=$UUID / ext4 rw,discard,errors=remount-ro 0 1" >root/etc/fstab
mkdir -p root/boot/grub
cat_menu "$(ls root/lib/modules)" >root/boot/grub/grub.cfg
rm -f disk.raw
truncate -s 1537M disk.raw
mke2fs -q -t ext4 -U "$UUID" -E offset=1048576 -d root disk.raw 1536M >/dev/null
rm -rf root
printf '\200\0\0\0\203\0\0\0\0\010\0\0\0\0\060\0' | dd of=disk.raw bs=1 seek=446 conv=notrunc status=none
printf '\125\252' | dd of=disk.raw bs=1 seek=510 conv=notrunc status=none
qemu-img convert -O qcow2 disk.raw "$IMAGE.part"
rm disk.raw
mv "$IMAGE.part" "$IMAGE"
sha256sum <"${BASH_SOURCE[0]}" >stamp

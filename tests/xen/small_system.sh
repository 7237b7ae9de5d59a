#!/bin/sh
# small_system.sh ARCHIVE [GETTY]: the root file system of a small guest as a tar archive, made of what a dom0 of the
# lab has: its kernel, an initrd that mounts the root the kernel's line names, busybox with its init, a login, a shell.
# Without GETTY, a terminal, its inittab has no login: xentui adds one.  What stands for apt and dpkg says that it has
# done what it does not: xen-create-image has it install a kernel that is there.
set -eu
guests=/srv/guests
tree=$(mktemp -d)
work=$(mktemp -d)
trap 'rm -rf "$tree" "$work"' EXIT
cd "$tree"
mkdir -p bin sbin usr/bin usr/sbin boot/grub dev proc sys root tmp run mnt var/log etc/ssh etc/init.d etc/default \
  etc/network etc/apt lib/modules
cp /bin/busybox bin/busybox
for name in $(bin/busybox --list); do [ -e "bin/$name" ] || ln -s busybox "bin/$name"; done
for name in init getty ifconfig; do ln -s ../bin/busybox "sbin/$name"; done
for verb in poweroff reboot; do
  printf '#!/bin/sh\nsync; exec /bin/busybox %s -f\n' $verb >sbin/$verb
  rm -f bin/$verb
  chmod 755 sbin/$verb
done
for name in usr/bin/apt-get usr/bin/apt-cache usr/bin/dpkg usr/sbin/update-rc.d usr/sbin/shadowconfig sbin/shadowconfig; do
  printf '#!/bin/sh\nexit 0\n' >$name
  chmod 755 $name
done
printf 'root:x:0:0:root:/root:/bin/sh\n' >etc/passwd
printf 'root:x:0:\n' >etc/group
printf 'root:*:19000:0:99999:7:::\n' >etc/shadow
chmod 640 etc/shadow
printf 'Small 1 \\n \\l\n' >etc/issue
printf 'Small GNU/Linux\n' >etc/issue.net
printf '::sysinit:/etc/init.d/rcS\n' >etc/inittab
if [ -n "${2:-}" ]; then echo "$2::respawn:/sbin/getty 38400 $2" >>etc/inittab; fi
cat >etc/init.d/rcS <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -o remount,rw /
hostname -F /etc/hostname
END
chmod 755 etc/init.d/rcS
cp $guests/vmlinuz boot/vmlinuz-6.1-small
# An archive behind another replaces what that has.
cat >"$work/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev
for m in crc32c_generic ext4 xen-blkfront xen-netfront; do modprobe $m 2>/dev/null; done
for word in $(cat /proc/cmdline); do case $word in root=*) root=${word#root=} ;; esac; done
case $root in UUID=*) root=$(findfs "$root") ;; esac
mount -t ext4 -o ro "$root" /mnt || exec sh
umount /proc /sys
mount --move /dev /mnt/dev
exec switch_root /mnt /sbin/init
END
chmod 755 "$work/init"
(cat $guests/guest-initrd.gz; cd "$work" && echo init | /bin/busybox cpio -o -H newc 2>/dev/null | gzip) >boot/initrd.img-6.1-small
tar -C "$tree" -cf "$1" .

#!/bin/sh
# The first process in the virtual machine.  Its root is the host's, read-only; words of
# the kernel's command line such as VENV=… arrive as environment variables.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run
export PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
mount -t tmpfs tmpfs /run
mkdir -p /run/disk
cd "$CODE" || exit 1
device=/dev/ubdb
if [ -b /dev/ubdc ]; then
  size=$(blockdev --getsz $device)
  dmsetup create rec --noudevsync --table "0 $size log-writes $device /dev/ubdc"
  device=/dev/mapper/rec
  [ -e $device ] || device=/dev/dm-0
else
  e2fsck -p $device >/run/fsck 2>&1 || [ $? -le 1 ] || { echo "LAB fsck"; cat /run/fsck; }
fi
mount -t ext4 -o noatime,errors=remount-ro $device /run/disk || echo "LAB mount failed"
"$VENV/bin/python" -m tests.vm.session /run/disk/state $SCRIPT || echo "LAB failed $?"
umount /run/disk
if [ -b /dev/ubdc ]; then dmsetup remove --noudevsync rec; fi
sync
exec "$VENV/bin/python" -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)'

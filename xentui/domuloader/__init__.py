"""domUloader for xl: a boot loader program that takes kernel and ramdisk out of a guest's partition.

xend's domUloader went with xend.  This one takes the same arguments, is run by libxl as pygrub is
(libxl_bootloader.c), and mounts nothing where a tool of the host can read the file system.  It is standard-library
Python (3.9 or later) that imports nothing of xentui but itself: :mod:`.packing` makes one file of it for hosts
that have no xentui.
"""

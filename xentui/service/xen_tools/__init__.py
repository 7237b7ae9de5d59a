"""Guests made by xen-create-image of xen-tools, where a host has it.

What is said here of xen-tools was read in, and tried with, Debian 12's 4.9.2: xen-create-image itself,
``Xen/Tools/Common.pm``, the hooks in ``/usr/share/xen-tools/common`` and the template ``xm.tmpl``.
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.service.xen_tools import guests as guests
else:
    __getattr__ = modules_of(__name__)

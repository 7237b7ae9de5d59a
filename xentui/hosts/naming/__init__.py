"""Which hosts are meant: lists, groups of config.toml, names of ssh_config(5), inventories of Ansible.

OpenSSH's own configuration is read where nothing else has a name (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.hosts.naming import ssh_config as ssh_config
else:
    __getattr__ = modules_of(__name__)

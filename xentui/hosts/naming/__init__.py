"""Which hosts are meant: lists, groups of config.toml, names of ssh_config(5), inventories of Ansible."""

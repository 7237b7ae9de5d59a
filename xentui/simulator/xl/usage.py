"""What ``xl help VERB`` says, word for word as xl 4.17 prints it, and the names of all its verbs."""

# ruff: noqa: E501, W291 - the text is xl's, to the letter

from __future__ import annotations

#: Every sub-command of xl 4.17; an unambiguous beginning of one stands for it.
NAMES = (
    "create",
    "config-update",
    "list",
    "destroy",
    "shutdown",
    "reboot",
    "pci-attach",
    "pci-detach",
    "pci-list",
    "pci-assignable-add",
    "pci-assignable-remove",
    "pci-assignable-list",
    "pause",
    "unpause",
    "console",
    "vncviewer",
    "save",
    "migrate",
    "restore",
    "migrate-receive",
    "dump-core",
    "cd-insert",
    "cd-eject",
    "mem-max",
    "mem-set",
    "button-press",
    "vcpu-list",
    "vcpu-pin",
    "vcpu-set",
    "vm-list",
    "info",
    "sharing",
    "sched-credit",
    "sched-credit2",
    "sched-rtds",
    "domid",
    "domname",
    "rename",
    "trigger",
    "sysrq",
    "debug-keys",
    "set-parameters",
    "dmesg",
    "top",
    "network-attach",
    "network-list",
    "network-detach",
    "channel-list",
    "block-attach",
    "block-list",
    "block-detach",
    "vtpm-attach",
    "vtpm-list",
    "vtpm-detach",
    "vkb-attach",
    "vkb-list",
    "vkb-detach",
    "vdispl-attach",
    "vdispl-list",
    "vdispl-detach",
    "vsnd-attach",
    "vsnd-list",
    "vsnd-detach",
    "uptime",
    "claims",
    "cpupool-create",
    "cpupool-list",
    "cpupool-destroy",
    "cpupool-rename",
    "cpupool-cpu-add",
    "cpupool-cpu-remove",
    "cpupool-migrate",
    "cpupool-numa-split",
    "getenforce",
    "setenforce",
    "loadpolicy",
    "remus",
    "devd",
    "psr-hwinfo",
    "psr-cmt-attach",
    "psr-cmt-detach",
    "psr-cmt-show",
    "psr-cat-set",
    "psr-cat-show",
    "psr-mba-set",
    "psr-mba-show",
    "usbctrl-attach",
    "usbctrl-detach",
    "usbdev-attach",
    "usbdev-detach",
    "usb-list",
    "qemu-monitor-command",
)

#: The help of the verbs the simulator answers, without the leading ``Usage: xl ``.
HELP = {
    "create": """[-vtTfN] create <ConfigFile> [options] [vars]

Create a domain from config file <filename>.

Options:

-c                      Connect to the console after the domain is created.
-d                      Enable debug messages.
-e                      Do not wait in the background for the death of the domain.
-F                      Run in foreground until death of the domain.
-f FILE, --defconfig=FILE
                     Use the given configuration file.
-h                      Print this help.
-n, --dryrun            Dry run - prints the resulting configuration
                         (deprecated in favour of global -N option).
-p                      Leave the domain paused after it is created.
-q, --quiet             Quiet.
-V, --vncviewer         Connect to the VNC display after the domain is created.
-A, --vncviewer-autopass
                        Pass VNC password to viewer via stdin.
--ignore-global-affinity-masks Ignore global masks in xl.conf.
""",
    "list": """[-vtT] list [options] [Domain]


List information about all/some domains.

Options:

-l, --long              Output all VM details
-v, --verbose           Prints out UUIDs and security context
-Z, --context           Prints out security context
-c, --cpupool           Prints the cpupool the domain is in
-n, --numa              Prints out NUMA node affinity
""",
    "destroy": """[-vtTf] destroy [options] <Domain>


Terminate a domain immediately.

Options:

-f                      Permit destroying domain 0, which will only succeed
                        when run from disaggregated toolstack domain with a
                        hardware domain distinct from domain 0.
""",
    "shutdown": """[-vtTf] shutdown [options] <-a|Domain>

Issue a shutdown signal to a domain.

Options:

-a, --all               Shutdown all guest domains.
-h                      Print this help.
-F                      Fallback to ACPI power event for HVM guests with
                        no PV drivers.
-w, --wait              Wait for guest(s) to shutdown.

""",
    "reboot": """[-vtTf] reboot [options] <-a|Domain>

Issue a reboot signal to a domain.

Options:

-a, --all               Shutdown all guest domains.
-h                      Print this help.
-F                      Fallback to ACPI reset event for HVM guests with
                        no PV drivers.
-w, --wait              Wait for guest(s) to reboot.

""",
    "pause": """[-vtTf] pause <Domain>

Pause execution of a domain.

""",
    "unpause": """[-vtTf] unpause <Domain>

Unpause a paused domain.

""",
    "console": """[-vtT] console [options] <Domain>
-t <type>       console type, pv , serial or vuart
-n <number>     console number

Attach to domain's console.

""",
    "save": """[-vtTf] save [options] <Domain> <CheckpointFile> [<ConfigFile>]

Save a domain state to restore later.

Options:

-h  Print this help.
-c  Leave domain running after creating the snapshot.
-p  Leave domain paused after creating the snapshot.
-D  Store the domain id in the configuration.
""",
    "migrate": """[-vtTf] migrate [options] <Domain> <host>

Migrate a domain to another host.

Options:

-h              Print this help.
-C <config>     Send <config> instead of config file from creation.
-s <sshcommand> Use <sshcommand> instead of ssh.  String will be passed
                to sh. If empty, run <host> instead of ssh <host> xl
                migrate-receive [-d -e]
-e              Do not wait in the background (on <host>) for the death
                of the domain.
--debug         Print huge (!) amount of debug during the migration process.
-p              Do not unpause domain after migrating it.
-D              Preserve the domain id
""",
    "restore": """[-vtTf] restore [options] [<ConfigFile>] <CheckpointFile>

Restore a domain from a saved state.

Options:

-h                       Print this help.
-p                       Do not unpause domain after restoring it.
-e                       Do not wait in the background for the death of the domain.
-d                       Enable debug messages.
-V, --vncviewer          Connect to the VNC display after the domain is created.
-A, --vncviewer-autopass Pass VNC password to viewer via stdin.
""",
    "dump-core": """[-vtTf] dump-core <Domain> <filename>

Core dump a domain.

""",
    "mem-max": """[-vtTf] mem-max <Domain> <MemMB['b'[bytes]|'k'[KB]|'m'[MB]|'g'[GB]|'t'[TB]]>

Set the maximum amount reservation for a domain.

""",
    "mem-set": """[-vtTf] mem-set <Domain> <MemMB['b'[bytes]|'k'[KB]|'m'[MB]|'g'[GB]|'t'[TB]]>

Set the current memory usage for a domain.

""",
    "vcpu-list": """[-vtT] vcpu-list [Domain, ...]

List the VCPUs for all/some domains.

""",
    "vcpu-set": """[-vtTf] vcpu-set [option] <Domain> <vCPUs>

Set the number of active VCPUs allowed for the domain.

Options:

-i, --ignore-host  Don't limit the vCPU based on the host CPU count
""",
    "vm-list": """[-vtT] vm-list 

List guest domains, excluding dom0, stubdoms, etc..

""",
    "info": """[-vtT] info -n, --numa         List host NUMA topology information

Get information about Xen host.

""",
    "domid": """[-vtT] domid <DomainName>

Convert a domain name to domain id.

""",
    "domname": """[-vtT] domname <DomainId>

Convert a domain id to domain name.

""",
    "rename": """[-vtTf] rename <Domain> <NewDomainName>

Rename a domain.

""",
    "trigger": """[-vtTf] trigger <Domain> <nmi|reset|init|power|sleep|s3resume> [<VCPU>]

Send a trigger to a domain.

""",
    "sysrq": """[-vtTf] sysrq <Domain> <letter>

Send a sysrq to a domain.

""",
    "dmesg": """[-vtT] dmesg [-c]

Read and/or clear dmesg buffer.

Options:

  -c                        Clear dmesg buffer as well as printing it
""",
    "network-attach": """[-vtTfN] network-attach <Domain> [type=<type>] [mac=<mac>] [bridge=<bridge>] [ip=<ip>] [script=<script>] [backend=<BackDomain>] [vifname=<name>] [rate=<rate>] [model=<model>] [accel=<accel>] [mtu=<mtu>]

Create a new virtual network device.

""",
    "network-list": """[-vtT] network-list <Domain(s)>

List virtual network interfaces for a domain.

""",
    "network-detach": """[-vtTf] network-detach <Domain> <DevId|mac>

Destroy a domain's virtual network device.

""",
    "block-attach": """[-vtTfN] block-attach <Domain> <disk-spec-component(s)>...

Create a new virtual block device.

""",
    "block-list": """[-vtT] block-list <Domain(s)>

List virtual block devices for a domain.

""",
    "block-detach": """[-vtTf] block-detach [option] <Domain> <DevId>

Destroy a domain's virtual block device.

Options:

-f, --force        do not wait for the domain to release the device
""",
    "uptime": """[-vtT] uptime [-s] [Domain]

Print uptime for all/some domains.

""",
}

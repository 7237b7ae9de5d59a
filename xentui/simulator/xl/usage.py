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
    "cd-insert": """[-vtTfN] cd-insert <Domain> <VirtualDevice> <path>

Insert a cdrom into a guest's cd drive.

""",
    "cd-eject": """[-vtTfN] cd-eject <Domain> <VirtualDevice>

Eject a cdrom from a guest's cd drive.

""",
    "uptime": """[-vtT] uptime [-s] [Domain]

Print uptime for all/some domains.

""",
    "config-update": """[-vtTfN] config-update <Domain> <ConfigFile> [options] [vars]

Update a running domain's saved configuration, used when rebuilding the domain after reboot.
WARNING: xl now has better capability to manage domain configuration, avoid using this command when possible.

Options:

-h                      Print this help.
-f FILE, --defconfig=FILE
                     Use the given configuration file.
-d                      Enable debug messages.

""",
}

#: What ``xl help`` says.
OVERVIEW = """Usage xl [-vfNtT] <subcommand> [args]

xl full list of subcommands:

 create              Create a domain from config file <filename>
 config-update       Update a running domain's saved configuration, used when rebuilding the domain after reboot.
WARNING: xl now has better capability to manage domain configuration, avoid using this command when possible
 list                List information about all/some domains
 destroy             Terminate a domain immediately
 shutdown            Issue a shutdown signal to a domain
 reboot              Issue a reboot signal to a domain
 pci-attach          Insert a new pass-through pci device
 pci-detach          Remove a domain's pass-through pci device
 pci-list            List pass-through pci devices for a domain
 pci-assignable-add  Make a device assignable for pci-passthru
 pci-assignable-remove 
                     Remove a device from being assignable
 pci-assignable-list List all the assignable pci devices
 pause               Pause execution of a domain
 unpause             Unpause a paused domain
 console             Attach to domain's console
 vncviewer           Attach to domain's VNC server.
 save                Save a domain state to restore later
 migrate             Migrate a domain to another host
 restore             Restore a domain from a saved state
 migrate-receive     Restore a domain from a saved state
 dump-core           Core dump a domain
 cd-insert           Insert a cdrom into a guest's cd drive
 cd-eject            Eject a cdrom from a guest's cd drive
 mem-max             Set the maximum amount reservation for a domain
 mem-set             Set the current memory usage for a domain
 button-press        Indicate an ACPI button press to the domain
 vcpu-list           List the VCPUs for all/some domains
 vcpu-pin            Set which CPUs a VCPU can use
 vcpu-set            Set the number of active VCPUs allowed for the domain
 vm-list             List guest domains, excluding dom0, stubdoms, etc.
 info                Get information about Xen host
 sharing             Get information about page sharing
 sched-credit        Get/set credit scheduler parameters
 sched-credit2       Get/set credit2 scheduler parameters
 sched-rtds          Get/set rtds scheduler parameters
 domid               Convert a domain name to domain id
 domname             Convert a domain id to domain name
 rename              Rename a domain
 trigger             Send a trigger to a domain
 sysrq               Send a sysrq to a domain
 debug-keys          Send debug keys to Xen
 set-parameters      Set hypervisor parameters
 dmesg               Read and/or clear dmesg buffer
 top                 Monitor a host and the domains in real time
 network-attach      Create a new virtual network device
 network-list        List virtual network interfaces for a domain
 network-detach      Destroy a domain's virtual network device
 channel-list        List virtual channel devices for a domain
 block-attach        Create a new virtual block device
 block-list          List virtual block devices for a domain
 block-detach        Destroy a domain's virtual block device
 vtpm-attach         Create a new virtual TPM device
 vtpm-list           List virtual TPM devices for a domain
 vtpm-detach         Destroy a domain's virtual TPM device
 vkb-attach          Create a new virtual keyboard device
 vkb-list            List virtual keyboard devices for a domain
 vkb-detach          Destroy a domain's virtual keyboard device
 vdispl-attach       Create a new virtual display device
 vdispl-list         List virtual display devices for a domain
 vdispl-detach       Destroy a domain's virtual display device
 vsnd-attach         Create a new virtual sound device
 vsnd-list           List virtual display devices for a domain
 vsnd-detach         Destroy a domain's virtual sound device
 uptime              Print uptime for all/some domains
 claims              List outstanding claim information about all domains
 cpupool-create      Create a new CPU pool
 cpupool-list        List CPU pools on host
 cpupool-destroy     Deactivates a CPU pool
 cpupool-rename      Renames a CPU pool
 cpupool-cpu-add     Adds a CPU to a CPU pool
 cpupool-cpu-remove  Removes a CPU from a CPU pool
 cpupool-migrate     Moves a domain into a CPU pool
 cpupool-numa-split  Splits up the machine into one CPU pool per NUMA node
 getenforce          Returns the current enforcing mode of the Flask Xen security module
 setenforce          Sets the current enforcing mode of the Flask Xen security module
 loadpolicy          Loads a new policy into the Flask Xen security module
 remus               Enable Remus HA for domain
 devd                Daemon that listens for devices and launches backends
 psr-hwinfo          Show hardware information for Platform Shared Resource
 psr-cmt-attach      Attach Cache Monitoring Technology service to a domain
 psr-cmt-detach      Detach Cache Monitoring Technology service from a domain
 psr-cmt-show        Show Cache Monitoring Technology information
 psr-cat-set         Set cache capacity bitmasks(CBM) for a domain
 psr-cat-show        Show Cache Allocation Technology information
 psr-mba-set         Set throttling value (THRTL) for a domain
 psr-mba-show        Show Memory Bandwidth Allocation information
 usbctrl-attach      Create a virtual USB controller for a domain
 usbctrl-detach      Remove the virtual USB controller specified by <DevId> for a domain
 usbdev-attach       Attach a USB device to a domain
 usbdev-detach       Detach a USB device from a domain
 usb-list            List information about all USB controllers and devices for a domain
 qemu-monitor-command 
                     Issue a qemu monitor command to the device model of a domain
"""

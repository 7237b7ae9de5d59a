/*
 * libvirt's own conversion between xl.cfg and its XML, without a Xen: the functions behind
 * `virsh domxml-from-native xen-xl` and `domxml-to-native xen-xl`, called in the driver's library.
 *
 *     gcc -o native native.c -ldl; ./native from <web1.cfg; ./native to <web1.xml
 *
 * They are private to one version: made for libvirt 9.0.0 as Debian 12 has it
 * (libvirt-daemon-driver-xen, libvirt0).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRIVER "/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_libxl.so"
#define FORMAT_INACTIVE (1 << 1)
#define PARSE_INACTIVE (1 << 0)
#define PARSE_SKIP_VALIDATE (1 << 8) /* it asks the running hypervisor */

#define OF(library, result, name, ...)                     \
    result (*name)(__VA_ARGS__) = dlsym(library, #name);   \
    if (!name) {                                           \
        fprintf(stderr, "no %s in this libvirt\n", #name); \
        return 2;                                          \
    }

static char text[1 << 20];

int main(int count, char **words)
{
    void *virt = dlopen("libvirt.so.0", RTLD_NOW | RTLD_GLOBAL);
    void *libxl = virt ? dlopen(DRIVER, RTLD_LAZY | RTLD_GLOBAL) : NULL;
    if (!libxl || count != 2) {
        fprintf(stderr, "%s\n", libxl ? "usage: native from|to" : dlerror());
        return 2;
    }
    OF(virt, int, virInitialize, void)
    OF(virt, void *, virCapabilitiesNew, int, bool, bool)
    OF(virt, void *, virCapabilitiesAddGuest, void *, int, int, const char *, const char *, int, void *)
    OF(virt, void *, virCapabilitiesAddGuestDomain, void *, int, const char *, const char *, int, void *)
    OF(virt, void *, virConfReadString, const char *, unsigned)
    OF(virt, int, virConfWriteMem, char *, int *, void *)
    OF(virt, char *, virDomainDefFormat, void *, void *, unsigned)
    OF(virt, void *, virDomainDefParseString, const char *, void *, void *, unsigned)
    OF(virt, int, virArchFromString, const char *)
    OF(virt, int, virDomainVirtTypeFromString, const char *)
    OF(virt, int, virDomainOSTypeFromString, const char *)
    OF(libxl, void *, xenParseXL, void *, void *, void *)
    OF(libxl, void *, xenFormatXL, void *, void *)
    OF(libxl, void *, libxlCreateXMLConf, void *)

    virInitialize();
    void *options = libxlCreateXMLConf(calloc(1, 8192));
    int arch = virArchFromString("x86_64"), xen = virDomainVirtTypeFromString("xen");
    void *capabilities = virCapabilitiesNew(arch, false, true);
    const char *kinds[] = {"xen", "hvm", "xenpvh"};
    for (int i = 0; i < 3; i++) {
        void *guest = virCapabilitiesAddGuest(capabilities, virDomainOSTypeFromString(kinds[i]), arch,
                                              "/usr/lib/xen-4.17/bin/qemu-system-i386",
                                              i == 1 ? "/usr/lib/xen-4.17/boot/hvmloader" : NULL, 0, NULL);
        virCapabilitiesAddGuestDomain(guest, xen, NULL, NULL, 0, NULL);
    }
    text[fread(text, 1, sizeof text - 1, stdin)] = 0;
    if (!strcmp(words[1], "from")) {
        void *config = virConfReadString(text, 0);
        void *domain = config ? xenParseXL(config, capabilities, options) : NULL;
        char *xml = domain ? virDomainDefFormat(domain, options, FORMAT_INACTIVE) : NULL;
        return xml ? fputs(xml, stdout) < 0 : 1;
    }
    void *domain = virDomainDefParseString(text, options, NULL, PARSE_INACTIVE | PARSE_SKIP_VALIDATE);
    void *config = domain ? xenFormatXL(domain, NULL) : NULL;
    int length = sizeof text;
    char *out = malloc(length);
    if (!config || virConfWriteMem(out, &length, config) < 0)
        return 1;
    return fwrite(out, 1, length, stdout) != (size_t)length;
}

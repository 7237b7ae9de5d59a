/*
 * What `xl create -n` asks of a hypervisor, answered without one.  Preloaded into Debian's own xl, unpacked and
 * not installed (tests/oracle/build), it makes xl say what it says of a configuration on a real host.
 *
 * It also keeps xl in a loop: starting the program anew for every file would take ten times as long.  Run as
 * `xl FOLDER`, it reads FOLDER/0.cfg, FOLDER/1.cfg, … and leaves N.out, N.err and N.rc (the exit status, 128 more
 * than the signal that ended it) for each.
 *
 * Only what parsing needs is here.  Anything else of libxenctrl or libxenstore would be called with a handle that
 * is none, and crash: better than a made-up answer.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NODES 1
#define SECONDS 10

static int handle; /* its address is what xl holds for a connection */

static int cpus(void)
{
    const char *text = getenv("XENTUI_ORACLE_CPUS");
    return text ? atoi(text) : 1;
}

/* libxenctrl.  The structs are those of xen/include/public/sysctl.h, of Xen 4.17. */

struct physinfo {
    uint32_t threads_per_core, cores_per_socket, nr_cpus, max_cpu_id, nr_nodes, max_node_id, cpu_khz;
    uint32_t capabilities, arch_capabilities, pad;
    uint64_t total_pages, free_pages, scrub_pages, outstanding_pages, max_mfn;
    uint32_t hw_cap[8];
};

struct cputopo {
    uint32_t core, socket, node;
};

void *xc_interface_open(void *logger, void *dombuild_logger, unsigned flags)
{
    (void)logger, (void)dombuild_logger, (void)flags;
    return &handle;
}

int xc_interface_close(void *xch)
{
    (void)xch;
    return 0;
}

int xc_physinfo(void *xch, struct physinfo *info)
{
    (void)xch;
    memset(info, 0, sizeof(*info));
    info->threads_per_core = info->cores_per_socket = 1;
    info->nr_cpus = cpus();
    info->max_cpu_id = cpus() - 1;
    info->nr_nodes = NODES;
    info->max_node_id = NODES - 1;
    info->total_pages = info->free_pages = 1 << 20;
    return 0;
}

long xc_sharing_freed_pages(void *xch)
{
    (void)xch;
    return 0;
}

long xc_sharing_used_frames(void *xch)
{
    (void)xch;
    return 0;
}

int xc_get_max_cpus(void *xch)
{
    (void)xch;
    return cpus();
}

int xc_get_online_cpus(void *xch)
{
    (void)xch;
    return cpus();
}

int xc_get_max_nodes(void *xch)
{
    (void)xch;
    return NODES;
}

int xc_cputopoinfo(void *xch, unsigned *count, struct cputopo *topology)
{
    (void)xch;
    if (topology)
        for (unsigned cpu = 0; cpu < *count; cpu++)
            topology[cpu] = (struct cputopo){.core = cpu, .socket = 0, .node = 0};
    *count = cpus();
    return 0;
}

/* XENVER_*: 0 is the version, 7 the page size, 10 the build's id; all others are texts, of these sizes at most. */
int xc_version(void *xch, int what, void *into)
{
    static const size_t sizes[] = {0, 16, 64 + 16 + 32 + 32, 1024, 64, sizeof(long), 0, 0, 0, 1024};
    (void)xch;
    if (what == 0)
        return 4 << 16 | 17;
    if (what == 7)
        return 4096;
    if (what < 0 || (size_t)what >= sizeof(sizes) / sizeof(*sizes)) {
        errno = ENODATA;
        return -ENODATA;
    }
    memset(into, 0, sizes[what]);
    return 0;
}

/* libxenstore: xl opens it and asks nothing. */

void *xs_open(unsigned long flags)
{
    (void)flags;
    return &handle;
}

void xs_close(void *xsh)
{
    (void)xsh;
}

/* libxl: the host's /etc/xen/xl.conf is an empty one. */

int libxl_read_file_contents(void *ctx, const char *name, void **data, int *length)
{
    static int (*original)(void *, const char *, void **, int *);
    if (!strcmp(name, "/etc/xen/xl.conf")) {
        *data = calloc(1, 1);
        *length = 0;
        return 0;
    }
    if (!original)
        *(void **)&original = dlsym(RTLD_NEXT, "libxl_read_file_contents");
    return original(ctx, name, data, length);
}

/* The loop. */

typedef int (*program)(int, char **, char **);

static program xl;

static void redirect(int to, const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || dup2(fd, to) < 0)
        _exit(126);
    close(fd);
}

static int answer(const char *file, int number, char **environment)
{
    char name[32];
    int status;
    pid_t child = fork();
    if (child < 0)
        return 126;
    if (!child) {
        /* Some ranges of vnuma would keep xl busy, and growing, for centuries. */
        struct rlimit time = {SECONDS, SECONDS}, space = {1l << 30, 1l << 30}, none = {0, 0};
        char *arguments[] = {"xl", "create", "-n", (char *)file, NULL};
        setrlimit(RLIMIT_CPU, &time);
        setrlimit(RLIMIT_AS, &space);
        setrlimit(RLIMIT_CORE, &none);
        snprintf(name, sizeof(name), "%d.out", number);
        redirect(1, name);
        snprintf(name, sizeof(name), "%d.err", number);
        redirect(2, name);
        exit(xl(4, arguments, environment));
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 126;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int loop(int argc, char **argv, char **environment)
{
    char file[32], result[32];
    if (argc != 2 || chdir(argv[1])) {
        fprintf(stderr, "xl FOLDER, with 0.cfg, 1.cfg, … in it\n");
        return 2;
    }
    for (int number = 0;; number++) {
        snprintf(file, sizeof(file), "%d.cfg", number);
        if (access(file, R_OK))
            return 0;
        int status = answer(file, number, environment);
        snprintf(result, sizeof(result), "%d.rc", number);
        FILE *stream = fopen(result, "w");
        if (!stream || fprintf(stream, "%d\n", status) < 0 || fclose(stream))
            return 3;
    }
}

/* The first function a program calls: it is given main(). */
int __libc_start_main(program main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack_end)
{
    int (*original)(program, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
    *(void **)&original = dlsym(RTLD_NEXT, "__libc_start_main");
    xl = main;
    return original(loop, argc, argv, init, fini, loader_fini, stack_end);
}

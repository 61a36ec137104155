/*
 * tools/tp/doctor/look_host.c - limits, memory, huge pages, CPUs, clocks and socket buffers of
 * this host.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

#include "doctor/checks.h"
#include "doctor/look.h"

/* "Name:   123" of a file of /proc; false: it has no such line. */
static bool read_field(const char *path, const char *name, int base, uint64_t *out,
                       char trouble[TP_DOCTOR_TROUBLE])
{
    char line[256];
    const size_t len = strlen(name);
    bool found = false;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        tp_doctor_trouble(trouble, path);
        return false;
    }
    while (!found && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, len) == 0 && line[len] == ':') {
            *out = strtoull(line + len + 1, NULL, base);
            found = true;
        }
    }
    fclose(file);
    if (!found) {
        snprintf(trouble, TP_DOCTOR_TROUBLE, "%s has no %s", path, name);
    }
    return found;
}

static int64_t driver_pid(const tp_doctor_facts_t *facts)
{
    const tp_driver_options_t *driver = facts->config.driver;
    for (size_t i = 0; driver != NULL && i < facts->epochs.count; i++) {
        const tp_doctor_epoch_t *epoch = &facts->epochs.list[i];
        if (driver->instance_id != NULL && strcmp(epoch->instance, driver->instance_id) == 0 &&
            tp_doctor_epoch_is_live(facts, epoch)) {
            return (int64_t)epoch->pid;
        }
    }
    return 0;
}

static uint64_t limit_of(const struct rlimit *limit)
{
    return limit->rlim_cur == RLIM_INFINITY ? TP_DOCTOR_UNLIMITED : limit->rlim_cur;
}

static void look_at_limits(tp_doctor_facts_t *facts)
{
    enum { CAP_IPC_LOCK_BIT = 14 };
    tp_doctor_limits_t *out = &facts->limits;
    struct rlimit locked;
    struct rlimit files;
    char path[64] = "/proc/self/status";
    char ignored[TP_DOCTOR_TROUBLE];
    uint64_t capabilities = 0;
    out->pid = driver_pid(facts);
    if (out->pid > 0 && (prlimit((pid_t)out->pid, RLIMIT_MEMLOCK, NULL, &locked) != 0 ||
                         prlimit((pid_t)out->pid, RLIMIT_NOFILE, NULL, &files) != 0)) {
        out->pid = 0; /* another user's */
    }
    if (out->pid == 0 &&
        (getrlimit(RLIMIT_MEMLOCK, &locked) != 0 || getrlimit(RLIMIT_NOFILE, &files) != 0)) {
        tp_doctor_trouble(out->trouble, "getrlimit");
        return;
    }
    out->memlock_bytes = limit_of(&locked);
    out->nofile = limit_of(&files);
    if (out->pid > 0) {
        snprintf(path, sizeof path, "/proc/%lld/status", (long long)out->pid);
    }
    out->may_lock = read_field(path, "CapEff", 16, &capabilities, ignored) &&
                    (capabilities >> CAP_IPC_LOCK_BIT & 1) != 0;
    (void)tp_doctor_read_number("/proc/sys/vm/max_map_count", &out->max_maps, ignored);
}

/* ---- memory ---- */

/* The tightest limit from this group up to the root; a group without the file has none. */
static void look_at_group(tp_doctor_memory_t *out, const char *root, const char *group,
                          const char *limit_name, const char *used_name)
{
    char dir[TP_DOCTOR_PATH];
    char file[TP_DOCTOR_PATH + 64];
    char ignored[TP_DOCTOR_TROUBLE];
    char text[64];
    snprintf(dir, sizeof dir, "%s%s", root, strcmp(group, "/") == 0 ? "" : group);
    for (;;) {
        uint64_t limit;
        uint64_t used = 0;
        snprintf(file, sizeof file, "%s/%s", dir, limit_name);
        const bool is_limited = tp_doctor_read_line(file, text, sizeof text, ignored) &&
                                tp_doctor_read_number(file, &limit, ignored) &&
                                limit < UINT64_C(1) << 60; /* v1 says a huge number for none */
        if (is_limited && (out->group[0] == '\0' || limit < out->group_limit_bytes)) {
            snprintf(file, sizeof file, "%s/%s", dir, used_name);
            (void)tp_doctor_read_number(file, &used, ignored);
            snprintf(out->group, sizeof out->group, "%s", dir);
            out->group_limit_bytes = limit;
            out->group_used_bytes = used;
        }
        char *slash = strrchr(dir, '/');
        if (slash == NULL || strlen(dir) <= strlen(root)) {
            return;
        }
        *slash = '\0';
    }
}

static void look_at_groups(tp_doctor_memory_t *out, int64_t pid)
{
    char path[64] = "/proc/self/cgroup";
    char line[TP_DOCTOR_PATH];
    if (pid > 0) {
        snprintf(path, sizeof path, "/proc/%lld/cgroup", (long long)pid);
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        tp_doctor_trouble(out->group_trouble, path);
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "0::/", 4) == 0) {
            look_at_group(out, "/sys/fs/cgroup", line + 3, "memory.max", "memory.current");
        } else if (strstr(line, ":memory:/") != NULL) {
            look_at_group(out, "/sys/fs/cgroup/memory", strstr(line, ":memory:/") + 8,
                          "memory.limit_in_bytes", "memory.usage_in_bytes");
        }
    }
    fclose(file);
}

static void look_at_memory(tp_doctor_facts_t *facts)
{
    tp_doctor_memory_t *out = &facts->memory;
    uint64_t available = 0;
    uint64_t swap = 0;
    char ignored[TP_DOCTOR_TROUBLE];
    if (read_field("/proc/meminfo", "MemAvailable", 10, &available, out->trouble)) {
        (void)read_field("/proc/meminfo", "SwapFree", 10, &swap, ignored);
        out->available_bytes = (available + swap) * 1024;
    }
    look_at_groups(out, facts->limits.pid);
}

static void look_at_hugepages(tp_doctor_facts_t *facts)
{
    tp_doctor_hugepages_t *out = &facts->hugepages;
    const tp_driver_options_t *driver = facts->config.driver;
    uint64_t page = 0;
    if (driver == NULL) {
        return;
    }
    if (facts->base_fs.kind == TP_DOCTOR_HUGETLBFS) {
        page = facts->base_fs.page_bytes;
    } else if (driver->require_hugepages) {
        page = driver->page_size_bytes > 65536 ? driver->page_size_bytes : UINT64_C(2097152);
    }
    if (page == 0) {
        return;
    }
    static const char *const names[] = { "nr_hugepages", "free_hugepages", "resv_hugepages" };
    uint64_t *const to[] = { &out->total, &out->free, &out->reserved };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "/sys/kernel/mm/hugepages/hugepages-%llukB/%s",
                 (unsigned long long)(page / 1024), names[i]);
        if (!tp_doctor_read_number(path, to[i], out->trouble)) {
            return;
        }
    }
    out->page_bytes = page;
}

/* ---- CPUs, clocks, network ---- */

static void look_at_cpus(tp_doctor_facts_t *facts)
{
    tp_doctor_cpus_t *out = &facts->cpus;
    cpu_set_t set;
    char text[64];
    char ignored[TP_DOCTOR_TROUBLE];
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        tp_doctor_trouble(out->trouble, "sched_getaffinity");
        return;
    }
    out->usable = (uint32_t)CPU_COUNT(&set);
    const int core = facts->config.task_core;
    out->task_core_usable = core >= 0 && core < CPU_SETSIZE && CPU_ISSET((size_t)core, &set);
    /* A container's own group is the root that it sees. */
    unsigned long long quota;
    unsigned long long period;
    if (tp_doctor_read_line("/sys/fs/cgroup/cpu.max", text, sizeof text, ignored) &&
        sscanf(text, "%llu %llu", &quota, &period) == 2 && period > 0 && quota < UINT32_MAX) {
        out->quota_milli = quota * 1000 / period;
    }
    (void)tp_doctor_read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
                              out->governor, sizeof out->governor, ignored);
}

static void look_at_clocks(tp_doctor_clocks_t *out)
{
    (void)tp_doctor_read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                              out->source, sizeof out->source, out->trouble);
    char all[256];
    char ignored[TP_DOCTOR_TROUBLE];
    out->has_tsc = tp_doctor_read_line("/sys/devices/system/clocksource/clocksource0/"
                                       "available_clocksource",
                                       all, sizeof all, ignored) &&
                   strstr(all, "tsc ") != NULL;
    struct timex state;
    memset(&state, 0, sizeof state);
    if (adjtimex(&state) < 0) { /* modes 0: it only reads */
        tp_doctor_trouble(out->sync_trouble, "adjtimex");
        return;
    }
    out->is_synchronized = (state.status & STA_UNSYNC) == 0;
    out->error_us = state.esterror;
}

void tp_doctor_look_host(tp_doctor_facts_t *facts)
{
    look_at_limits(facts);
    look_at_memory(facts);
    look_at_hugepages(facts);
    look_at_cpus(facts);
    look_at_clocks(&facts->clocks);
    if (tp_doctor_read_number("/proc/sys/net/core/rmem_max", &facts->net.rmem_max,
                              facts->net.trouble)) {
        (void)tp_doctor_read_number("/proc/sys/net/core/wmem_max", &facts->net.wmem_max,
                                    facts->net.trouble);
    }
}

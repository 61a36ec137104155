#include "bench/machine.h"

#include <math.h>
#include <mntent.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/clock.h"

#define STALL_NS 5000.0
#define LOOK_NS 2e8

static void read_line(const char *path, char *out, size_t cap)
{
    out[0] = '\0';
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(out, (int)cap, file) != NULL) {
            out[strcspn(out, "\n")] = '\0';
        }
        (void)fclose(file);
    }
}

static void read_cpu_name(char *out, size_t cap)
{
    char line[256];
    (void)snprintf(out, cap, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "re");
    if (file == NULL) {
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
            (void)snprintf(out, cap, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    (void)fclose(file);
}

/* The huge= option of the tmpfs that the pools lie on; none means never. */
static void read_huge_option(char *out, size_t cap)
{
    struct mntent entry;
    char strings[1024];
    (void)snprintf(out, cap, "never");
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    if (mounts == NULL) {
        return;
    }
    while (getmntent_r(mounts, &entry, strings, sizeof strings) != NULL) {
        const char *huge = hasmntopt(&entry, "huge");
        if (strcmp(entry.mnt_dir, "/dev/shm") == 0 && huge != NULL) {
            huge += strlen("huge=");
            (void)snprintf(out, cap, "%.*s", (int)strcspn(huge, ","), huge);
        }
    }
    (void)endmntent(mounts);
}

/* A process that only reads the clock: each jump in it is time the core was taken away. */
static void look_for_stalls(tp_bench_machine_t *machine)
{
    const uint64_t from = tp_bench_now();
    const uint64_t until = from + tp_bench_ticks(LOOK_NS);
    const uint64_t limit = tp_bench_ticks(STALL_NS);
    uint64_t before = from, now = from, stalls = 0, stalled = 0;
    while (now < until) {
        now = tp_bench_now();
        if (now - before > limit) {
            stalls++;
            stalled += now - before;
        }
        before = now;
    }
    machine->idle_stalls_per_s = (double)stalls / (tp_bench_ns(now - from) / 1e9);
    machine->idle_stall_ns = stalls > 0 ? tp_bench_ns(stalled) / (double)stalls : 0;
}

void tp_bench_machine_look(tp_bench_run_t *run)
{
    tp_bench_machine_t *machine = &run->results->machine;
    struct utsname name;
    cpu_set_t allowed;
    read_cpu_name(machine->cpu, sizeof machine->cpu);
    if (uname(&name) == 0) {
        (void)snprintf(machine->kernel, sizeof machine->kernel, "%.20s %.60s", name.sysname,
                       name.release);
    }
    machine->cpus =
        sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? (unsigned)CPU_COUNT(&allowed) : 1;
    machine->sender_cpu = run->cores.sender;
    machine->receiver_cpu = run->cores.nreceivers > 0 ? run->cores.receivers[0] : -1;
    if (tp_bench_clock.is_tsc) {
        (void)snprintf(machine->clock, sizeof machine->clock, "TSC, %.3f GHz",
                       1.0 / tp_bench_clock.ns_per_tick);
    } else {
        (void)snprintf(machine->clock, sizeof machine->clock, "CLOCK_MONOTONIC");
    }
    machine->clock_cost_ns = tp_bench_clock.cost_ns;
    read_line("/sys/kernel/mm/transparent_hugepage/shmem_enabled", machine->thp,
              sizeof machine->thp);
    (void)snprintf(machine->memory, sizeof machine->memory,
                   "pools on tmpfs, prefaulted by the driver and by each client");
    char huge[32];
    read_huge_option(huge, sizeof huge);
    (void)snprintf(machine->page_policy, sizeof machine->page_policy,
                   "%ld-byte pages; huge pages of the pools' tmpfs: %s", sysconf(_SC_PAGESIZE),
                   huge);
    look_for_stalls(machine);
}

void tp_bench_load_read(tp_bench_load_t *out)
{
    unsigned long long user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0;
    char line[256];
    read_line("/proc/stat", line, sizeof line);
    (void)sscanf(line, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle,
                 &iowait, &irq, &softirq);
    const double tick_s = 1.0 / (double)sysconf(_SC_CLK_TCK);
    out->busy_s = (double)(user + nice + system + irq + softirq) * tick_s;
    out->own_s = 0;
    for (int i = 0; i < 2; i++) {
        struct rusage usage;
        (void)getrusage(i == 0 ? RUSAGE_SELF : RUSAGE_CHILDREN, &usage);
        out->own_s += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                      (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
    out->at = tp_bench_now();
}

double tp_bench_load_foreign(const tp_bench_load_t *from, const tp_bench_load_t *to)
{
    const double seconds = tp_bench_ns(to->at - from->at) / 1e9;
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    const double foreign = to->busy_s - from->busy_s - (to->own_s - from->own_s);
    return seconds > 0 && foreign > 0 ? foreign / (seconds * (double)(cpus > 0 ? cpus : 1)) : 0;
}

void tp_bench_machine_warn(tp_bench_run_t *run)
{
    tp_bench_results_t *results = run->results;
    const tp_bench_machine_t *machine = &results->machine;
    unsigned most = 0;
    for (int i = 0; i < results->nrows; i++) {
        most = results->rows[i].consumers > most ? results->rows[i].consumers : most;
    }
    if (machine->cpus < 2) {
        tp_bench_warn(results,
                      "one core: sender and consumer take turns on it, so hand-offs are the "
                      "scheduler's, not the memory's");
    } else if (1 + most > machine->cpus) {
        tp_bench_warn(results,
                      "%u cores: rows with more than %u consumer%s have more processes than cores, "
                      "which therefore yield; such rows measure the scheduler as well",
                      machine->cpus, machine->cpus - 1, machine->cpus == 2 ? "" : "s");
    }
    if (machine->idle_stalls_per_s > 50) {
        tp_bench_warn(results,
                      "a process that only spins loses its core %.0f times a second for %.0f us "
                      "(timer, hypervisor): no p99.9 below that can be seen here",
                      machine->idle_stalls_per_s, machine->idle_stall_ns / 1e3);
    }
    double nearest = INFINITY, farthest = 0;
    for (int i = 0; i < results->nrows; i++) {
        for (unsigned k = 0; k < results->rows[i].nsamples; k++) {
            const double distance = results->rows[i].samples[k].distance_ns;
            nearest = distance > 0 && distance < nearest ? distance : nearest;
            farthest = distance > farthest ? distance : farthest;
        }
    }
    if (farthest > 1.25 * nearest) {
        tp_bench_warn(
            results,
            "the two cores were between %.0f and %.0f ns from each other (a cache line, one "
            "way): the machine is a virtual one and was moved; rounds in which the distance "
            "was another for two rows are left out of their ratio",
            nearest, farthest);
    }
    if (machine->foreign_cpu > 0.05) {
        tp_bench_warn(results,
                      "others used %.0f %% of the cores during the run: look at ratios, not "
                      "at times",
                      machine->foreign_cpu * 100);
    }
    if (!tp_bench_clock.is_tsc) {
        tp_bench_warn(results, "no trusted TSC: stamps are clock_gettime, which takes %.0f ns",
                      machine->clock_cost_ns);
    }
}

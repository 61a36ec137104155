/*
 * tools/tp/doctor/check_memory.c - memory, limits, hugepages: is there room for what is
 * configured?
 */
#include <string.h>

#include "doctor/checks.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

static const tp_driver_options_t *configured(tp_doctor_report_t *report,
                                             const tp_doctor_facts_t *facts)
{
    if (facts->config.driver == NULL) {
        (void)tp_doctor_blind(report, "there is no valid configuration", facts->config.trouble);
    }
    return facts->config.driver;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* ---- memory ---- */

static void remount(tp_doctor_finding_t *finding, const tp_doctor_fs_t *fs, uint64_t missing)
{
    char word[TP_DOCTOR_WORD];
    const uint64_t wanted = plus(fs->total_bytes, missing);
    if (fs->kind == TP_DOCTOR_FS_OTHER) {
        return;
    }
    tp_doctor_word(word, fs->mount_point);
    if (word[0] == '\0' || wanted > UINT64_MAX - GIB) {
        return;
    }
    if (wanted >= GIB) {
        tp_doctor_command(finding, "mount -o remount,size=%lluG %s",
                          (unsigned long long)((wanted + GIB - 1) / GIB), word);
    } else {
        tp_doctor_command(finding, "mount -o remount,size=%lluM %s",
                          (unsigned long long)((wanted + MIB - 1) / MIB), word);
    }
}

static void judge_room(tp_doctor_report_t *report, const tp_doctor_facts_t *facts,
                       const tp_doctor_need_t *need)
{
    const tp_doctor_fs_t *fs = &facts->base_fs;
    const tp_driver_options_t *driver = facts->config.driver;
    char a[TP_DOCTOR_SIZE];
    char b[TP_DOCTOR_SIZE];
    char c[TP_DOCTOR_SIZE];
    char d[TP_DOCTOR_SIZE];
    const uint64_t room = plus(fs->free_bytes, need->there_bytes);
    const char *profile = need->largest_profile != NULL ? need->largest_profile : "none";
    tp_doctor_size(a, need->bytes);
    tp_doctor_size(b, fs->free_bytes);
    tp_doctor_size(c, need->there_bytes);
    tp_doctor_size(d, need->largest_profile_bytes);
    if (need->bytes > room) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_ERROR,
            "%zu streams need %s in %s; %s (%s) has %s free and holds %s of them already. The "
            "largest profile is %s with %s",
            driver->nstreams, a, facts->base.path, fs->mount_point, fs->name, b, c, profile, d);
        tp_doctor_expected(f, "free: %s more",
                           tp_doctor_size(b, plus(need->bytes - room, need->largest_stream)));
        remount(f, fs, plus(need->bytes - room, need->largest_stream));
        return;
    }
    const uint64_t with_one_more = plus(need->bytes, need->largest_stream);
    if (with_one_more > room) {
        char e[TP_DOCTOR_SIZE];
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_WARNING,
            "%zu streams fit (%s; %s has %s free and holds %s of them), but a producer that comes "
            "back finds no room for the new epoch of its stream, up to %s (profile %s)",
            driver->nstreams, a, fs->mount_point, b, c, tp_doctor_size(e, need->largest_stream),
            profile);
        tp_doctor_expected(f, "room for every stream and one epoch more: %s",
                           tp_doctor_size(e, with_one_more));
        remount(f, fs, with_one_more - room);
        return;
    }
    (void)tp_doctor_find(report, TP_DOCTOR_OK,
                         "%zu streams need %s; %s (%s) has %s free and holds %s of them; the "
                         "largest profile is %s with %s",
                         driver->nstreams, a, fs->mount_point, fs->name, b, c, profile, d);
}

static void judge_dynamic(tp_doctor_report_t *report, const tp_doctor_facts_t *facts,
                          const tp_doctor_need_t *need)
{
    const tp_driver_options_t *driver = facts->config.driver;
    const tp_driver_profile_t *profile = tp_doctor_profile(driver, driver->default_profile);
    const tp_id_range_t range = driver->stream_id_range;
    if (!driver->allow_dynamic_streams || profile == NULL || range.first == 0 ||
        facts->base_fs.free_bytes == TP_DOCTOR_UNLIMITED) {
        return;
    }
    char a[TP_DOCTOR_SIZE];
    const uint64_t bytes = tp_doctor_profile_bytes(profile, facts->base_fs.page_bytes);
    const uint64_t left = less(facts->base_fs.free_bytes, less(need->bytes, need->there_bytes));
    const uint64_t ids = (uint64_t)range.last - range.first + 1;
    if (bytes > 0 && left / bytes < ids) {
        (void)tp_doctor_find(report, TP_DOCTOR_NOTE,
                             "%llu dynamic streams are allowed, each %s of profile %s; beside the "
                             "configured streams there is room for %llu",
                             (unsigned long long)ids, tp_doctor_size(a, bytes), profile->name,
                             (unsigned long long)(left / bytes));
    }
}

static void judge_ram(tp_doctor_report_t *report, const tp_doctor_facts_t *facts,
                      const tp_doctor_need_t *need)
{
    const tp_doctor_memory_t *memory = &facts->memory;
    char a[TP_DOCTOR_SIZE];
    char b[TP_DOCTOR_SIZE];
    const uint64_t to_come = less(need->bytes, need->there_bytes);
    if (!tp_doctor_blind(report, "memory", memory->trouble) && to_come > memory->available_bytes) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_WARNING, "the streams need %s more of memory, %s are available",
            tp_doctor_size(a, to_come), tp_doctor_size(b, memory->available_bytes));
        tp_doctor_expected(f, "memory for all configured streams: shared memory is memory");
        tp_doctor_setting(f, "profiles.%s: fewer header_nslots or smaller strides",
                          need->largest_profile);
    }
    if (tp_doctor_blind(report, "control group", memory->group_trouble) ||
        memory->group[0] == '\0') {
        return;
    }
    /* Pages of shared memory count for the group that touches them first. */
    const bool never_fits = need->bytes > memory->group_limit_bytes;
    if (!never_fits && plus(memory->group_used_bytes, to_come) <= memory->group_limit_bytes) {
        (void)tp_doctor_find(report, TP_DOCTOR_OK, "control group %s: limit %s, in use %s",
                             memory->group, tp_doctor_size(a, memory->group_limit_bytes),
                             tp_doctor_size(b, memory->group_used_bytes));
        return;
    }
    char word[TP_DOCTOR_WORD];
    char c[TP_DOCTOR_SIZE];
    tp_doctor_finding_t *f = tp_doctor_find(
        report, never_fits ? TP_DOCTOR_ERROR : TP_DOCTOR_WARNING,
        "control group %s has a memory limit of %s, %s in use; the streams need %s more",
        memory->group, tp_doctor_size(a, memory->group_limit_bytes),
        tp_doctor_size(b, memory->group_used_bytes), tp_doctor_size(c, to_come));
    const uint64_t wanted = plus(plus(memory->group_used_bytes, to_come), need->largest_stream);
    tp_doctor_expected(f, "a limit of %s at least: shared memory counts for the group",
                       tp_doctor_size(c, wanted));
    if (tp_doctor_word(word, memory->group)[0] != '\0' && word[0] != '\'') {
        tp_doctor_command(f, "echo %llu > %s/memory.max", (unsigned long long)wanted, word);
    }
}

void tp_doctor_check_memory(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    if (configured(report, facts) == NULL ||
        tp_doctor_blind(report, "file system of shm.base_dir", facts->base_fs.trouble)) {
        return;
    }
    const bool is_huge = facts->base_fs.kind == TP_DOCTOR_HUGETLBFS;
    const tp_doctor_need_t need = tp_doctor_need(facts, facts->base_fs.page_bytes);
    judge_room(report, facts, &need);
    judge_dynamic(report, facts, &need);
    if (!is_huge) { /* huge pages are set aside already */
        judge_ram(report, facts, &need);
    }
}

/* ---- limits ---- */

static const char *whose(const tp_doctor_limits_t *limits)
{
    return limits->pid > 0 ? "of the running driver" : "of this process";
}

static void judge_locked(tp_doctor_report_t *report, const tp_doctor_facts_t *facts,
                         const tp_doctor_need_t *need)
{
    const tp_doctor_limits_t *limits = &facts->limits;
    char a[TP_DOCTOR_SIZE];
    char b[TP_DOCTOR_SIZE];
    if (!facts->config.driver->mlock_shm) {
        return;
    }
    tp_doctor_size(a, limits->memlock_bytes);
    tp_doctor_size(b, need->bytes);
    if (limits->may_lock || limits->memlock_bytes >= need->bytes) {
        (void)tp_doctor_find(
            report, TP_DOCTOR_OK, "policies.mlock_shm locks %s; RLIMIT_MEMLOCK %s is %s%s", b,
            whose(limits), a, limits->may_lock ? " and does not count (CAP_IPC_LOCK)" : "");
        return;
    }
    tp_doctor_finding_t *f = tp_doctor_find(
        report, TP_DOCTOR_ERROR,
        "policies.mlock_shm locks %s, RLIMIT_MEMLOCK %s is %s: the driver ends at the attach that "
        "goes beyond it",
        b, whose(limits), a);
    tp_doctor_expected(f, "%s or unlimited (for a service: LimitMEMLOCK=)", b);
    if (limits->pid > 0) {
        tp_doctor_command(f, "prlimit --pid %lld --memlock=%llu:%llu", (long long)limits->pid,
                          (unsigned long long)need->bytes, (unsigned long long)need->bytes);
    } else {
        tp_doctor_command(f, "ulimit -l %llu", (unsigned long long)(need->bytes / 1024 + 1));
    }
}

static void judge_files(tp_doctor_report_t *report, const tp_doctor_facts_t *facts,
                        const tp_doctor_need_t *need)
{
    const tp_doctor_limits_t *limits = &facts->limits;
    const uint64_t others = 64; /* the program's own, an epoch in the making, looking around */
    const uint64_t nstreams = facts->config.driver->nstreams;
    /* One lock file each; regions are mapped and closed. */
    const uint64_t wanted = nstreams + others;
    if (limits->nofile < wanted) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_ERROR, "%llu streams keep a file open each; RLIMIT_NOFILE %s is %llu",
            (unsigned long long)nstreams, whose(limits), (unsigned long long)limits->nofile);
        tp_doctor_expected(f, "%llu at least (for a service: LimitNOFILE=)",
                           (unsigned long long)wanted);
        if (limits->pid > 0) {
            tp_doctor_command(f, "prlimit --pid %lld --nofile=%llu:%llu", (long long)limits->pid,
                              (unsigned long long)wanted, (unsigned long long)wanted);
        } else {
            tp_doctor_command(f, "ulimit -n %llu", (unsigned long long)wanted);
        }
    } else if (limits->nofile == TP_DOCTOR_UNLIMITED) {
        (void)tp_doctor_find(report, TP_DOCTOR_OK, "RLIMIT_NOFILE %s is unlimited", whose(limits));
    } else {
        (void)tp_doctor_find(report, TP_DOCTOR_OK, "RLIMIT_NOFILE %s is %llu, %llu are needed",
                             whose(limits), (unsigned long long)limits->nofile,
                             (unsigned long long)wanted);
    }
    const uint64_t maps = need->files + 1024; /* libraries, threads, Aeron's logs */
    if (limits->max_maps > 0 && limits->max_maps < maps) {
        tp_doctor_finding_t *f =
            tp_doctor_find(report, TP_DOCTOR_ERROR,
                           "%llu region files are mapped at once; vm.max_map_count is %llu",
                           (unsigned long long)need->files, (unsigned long long)limits->max_maps);
        tp_doctor_expected(f, "%llu at least", (unsigned long long)maps);
        tp_doctor_command(f, "sysctl -w vm.max_map_count=%llu", (unsigned long long)maps);
    }
}

void tp_doctor_check_limits(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    if (configured(report, facts) == NULL ||
        tp_doctor_blind(report, "limits", facts->limits.trouble)) {
        return;
    }
    const tp_doctor_need_t need = tp_doctor_need(facts, facts->base_fs.page_bytes);
    judge_locked(report, facts, &need);
    judge_files(report, facts, &need);
}

/* ---- hugepages ---- */

static void judge_strides(tp_doctor_report_t *report, const tp_driver_options_t *driver,
                          uint64_t page_bytes)
{
    char a[TP_DOCTOR_SIZE];
    for (size_t p = 0; p < driver->nprofiles; p++) {
        for (size_t i = 0; i < driver->profiles[p].npools; i++) {
            const tp_driver_pool_t *pool = &driver->profiles[p].pools[i];
            if (page_bytes == 0 || pool->stride_bytes % page_bytes == 0) {
                continue;
            }
            tp_doctor_finding_t *f = tp_doctor_find(
                report, TP_DOCTOR_ERROR, "profiles.%s: pool %u has strides of %u bytes",
                driver->profiles[p].name, pool->pool_id, pool->stride_bytes);
            tp_doctor_expected(f, "a multiple of the page size, %s", tp_doctor_size(a, page_bytes));
            tp_doctor_setting(
                f, "stride_bytes = %llu",
                (unsigned long long)((pool->stride_bytes / page_bytes + 1) * page_bytes));
        }
    }
}

static void judge_free_pages(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_doctor_hugepages_t *huge = &facts->hugepages;
    char a[TP_DOCTOR_SIZE];
    if (tp_doctor_blind(report, "huge pages", huge->trouble) || huge->page_bytes == 0) {
        return;
    }
    const tp_doctor_need_t need = tp_doctor_need(facts, huge->page_bytes);
    const uint64_t to_come = less(need.pages, need.there_bytes / huge->page_bytes);
    const uint64_t free_pages = less(huge->free, huge->reserved);
    if (to_come <= free_pages) {
        (void)tp_doctor_find(report, TP_DOCTOR_OK,
                             "%llu huge pages of %s are free, %llu are needed",
                             (unsigned long long)free_pages, tp_doctor_size(a, huge->page_bytes),
                             (unsigned long long)to_come);
        return;
    }
    tp_doctor_finding_t *f = tp_doctor_find(
        report, TP_DOCTOR_ERROR, "%llu huge pages of %s are free, the streams need %llu",
        (unsigned long long)free_pages, tp_doctor_size(a, huge->page_bytes),
        (unsigned long long)to_come);
    const uint64_t wanted = huge->total + (to_come - free_pages);
    tp_doctor_expected(f, "%llu huge pages in all", (unsigned long long)wanted);
    if (huge->page_bytes == 2 * MIB) {
        tp_doctor_command(f, "sysctl -w vm.nr_hugepages=%llu", (unsigned long long)wanted);
    } else {
        tp_doctor_command(f, "echo %llu > /sys/kernel/mm/hugepages/hugepages-%llukB/nr_hugepages",
                          (unsigned long long)wanted,
                          (unsigned long long)(huge->page_bytes / 1024));
    }
}

static void judge_not_huge(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_driver_options_t *driver = facts->config.driver;
    const uint64_t page = driver->page_size_bytes > 65536 ? driver->page_size_bytes : 2 * MIB;
    char word[TP_DOCTOR_WORD];
    char a[TP_DOCTOR_SIZE];
    if (driver->require_hugepages) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_ERROR, "shm.require_hugepages: %s is on %s, not on hugetlbfs",
            facts->base.path, facts->base_fs.name);
        tp_doctor_expected(f, "hugetlbfs with pages of %s", tp_doctor_size(a, page));
        if (tp_doctor_word(word, facts->base.path)[0] != '\0') {
            tp_doctor_command(f,
                              "mkdir -p %s && mount -t hugetlbfs -o "
                              "pagesize=%lluK,uid=%u,mode=2770 none %s",
                              word, (unsigned long long)(page / 1024), facts->uid, word);
        }
        judge_strides(report, driver, page);
        return;
    }
    const tp_doctor_need_t need = tp_doctor_need(facts, facts->base_fs.page_bytes);
    const char *huge = facts->base_fs.huge;
    const bool is_small = huge[0] == '\0' || strcmp(huge, "never") == 0;
    if (facts->base_fs.kind == TP_DOCTOR_TMPFS && is_small && !driver->no_transparent_hugepages &&
        !driver->no_prefault_shm && need.bytes >= 64 * MIB) {
        tp_doctor_finding_t *f = tp_doctor_find(
            report, TP_DOCTOR_NOTE, "%s of streams in 4 KiB pages: %s is mounted without huge=",
            tp_doctor_size(a, need.bytes), facts->base_fs.mount_point);
        tp_doctor_expected(f, "huge=advise gives most of what huge pages bring");
        if (tp_doctor_word(word, facts->base_fs.mount_point)[0] != '\0') {
            tp_doctor_command(f, "mount -o remount,huge=advise %s", word);
        }
        return;
    }
    (void)tp_doctor_find(report, TP_DOCTOR_OK, "no huge pages are asked for");
}

void tp_doctor_check_hugepages(tp_doctor_report_t *report, const tp_doctor_facts_t *facts)
{
    const tp_driver_options_t *driver = configured(report, facts);
    const tp_doctor_fs_t *fs = &facts->base_fs;
    char a[TP_DOCTOR_SIZE];
    char b[TP_DOCTOR_SIZE];
    if (driver == NULL || tp_doctor_blind(report, "file system of shm.base_dir", fs->trouble)) {
        return;
    }
    if (fs->kind != TP_DOCTOR_HUGETLBFS) {
        judge_not_huge(report, facts);
        judge_free_pages(report, facts);
        return;
    }
    if (driver->page_size_bytes > 65536 && driver->page_size_bytes != fs->page_bytes) {
        tp_doctor_finding_t *f = tp_doctor_find(report, TP_DOCTOR_WARNING,
                                                "shm.page_size_bytes is %s, %s has pages of %s",
                                                tp_doctor_size(a, driver->page_size_bytes),
                                                fs->mount_point, tp_doctor_size(b, fs->page_bytes));
        tp_doctor_expected(f, "the same; the file system's counts");
        tp_doctor_setting(f, "page_size_bytes = %llu", (unsigned long long)fs->page_bytes);
    } else {
        (void)tp_doctor_find(report, TP_DOCTOR_OK, "%s is on hugetlbfs with pages of %s",
                             facts->base.path, tp_doctor_size(a, fs->page_bytes));
    }
    judge_strides(report, driver, fs->page_bytes);
    judge_free_pages(report, facts);
}

/*
 * The files of a producer without a driver: numbers that only grow, one owner at a time, and what
 * is removed of earlier runs.
 */
#include "standalone/files.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tensorpool/error.h"
#include "tp_test.h"

#define STREAM 7u
#define TIME_OF_DAY UINT64_C(1700000000000000000)
#define STALE INT64_C(5000000000)

static tpi_local_files_t files;
static tpi_bases_t *bases;
static tp_local_pool_t two_pools[] = { { 1, 4096 }, { 2, 8192 } };

static tp_local_stream_t wanted(void)
{
    tp_local_stream_t local = TP_LOCAL_STREAM_INIT;
    local.shm_namespace = "ns";
    local.instance = "3b4a2f0e-8a5a-4d2c-9a51-0242ac120002";
    local.nslots = 8;
    local.pools = two_pools;
    local.npools = 2;
    return local;
}

static int open_as(tpi_local_files_t *f, const tp_local_stream_t *local)
{
    const char *dir = tp_test_shm_dir();
    if (bases == NULL) {
        TP_CHECK_EQ_I64(tpi_bases_create(&bases, &dir, 1), TP_OK);
    }
    return tpi_local_files_open(f, local, STREAM, dir, bases);
}

static uint64_t make_at(const tp_local_stream_t *local, uint64_t realtime_ns, int64_t now_ns)
{
    TP_CHECK_EQ_I64(open_as(&files, local), TP_OK);
    TP_CHECK_EQ_I64(tpi_local_files_make(&files, false, STREAM, realtime_ns, now_ns), TP_OK);
    return files.epoch;
}

static void end(void)
{
    tpi_local_files_close(&files);
    tpi_bases_destroy(bases);
    bases = NULL;
}

static bool exists(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool exists(const char *format, ...)
{
    char path[2048];
    va_list args;
    struct stat info;
    int at = snprintf(path, sizeof path, "%s/ns/%s/", tp_test_shm_dir(), wanted().instance);
    va_start(args, format);
    vsnprintf(path + at, sizeof path - (size_t)at, format, args);
    va_end(args);
    return lstat(path, &info) == 0;
}

/* Proves: W-77, W-112, W-14, W-15, W-66 */
TP_TEST(an_epoch_has_its_own_files_in_the_suggested_layout_and_can_be_mapped)
{
    const tp_local_stream_t local = wanted();
    make_at(&local, TIME_OF_DAY, 1000);
    TP_CHECK_EQ_U64(files.epoch, TIME_OF_DAY); /* nothing was there */
    TP_CHECK(exists("epoch-%llu/header.ring", (unsigned long long)files.epoch));
    TP_CHECK(exists("epoch-%llu/payload-1.pool", (unsigned long long)files.epoch));
    TP_CHECK(exists("epoch-%llu/payload-2.pool", (unsigned long long)files.epoch));
    const tpi_pool_layout_t pools[] = {
        { 1, 8, 4096, files.pools[0].uri, (uint32_t)strlen(files.pools[0].uri) },
        { 2, 8, 8192, files.pools[1].uri, (uint32_t)strlen(files.pools[1].uri) },
    };
    const tpi_stream_layout_t layout = {
        .stream_id = STREAM,
        .epoch = files.epoch,
        .layout_version = 1,
        .nslots = 8,
        .header_slot_bytes = 256,
        .header_uri = files.ring.uri,
        .header_uri_len = (uint32_t)strlen(files.ring.uri),
        .pools = pools,
        .npools = 2,
    };
    tpi_mapping_t mapping;
    TP_CHECK_EQ_I64(tpi_mapping_open(&mapping, bases, &layout, TPI_MAP_READ, false), TP_OK);
    TP_CHECK_EQ_U64(tpi_mapping_activity_ns(&mapping), 1000);
    TP_CHECK_EQ_U64(mapping.ring.superblock.pid, (uint64_t)getpid());
    tpi_local_files_touch(&files, 2000);
    TP_CHECK_EQ_U64(tpi_mapping_activity_ns(&mapping), 2000);
    TP_CHECK_EQ_U64(tpi_superblock_activity(mapping.pools[1].base), 2000);
    tpi_mapping_close(&mapping);
    end();
}

/* Proves: W-110 */
TP_TEST(each_run_has_a_higher_epoch_whatever_the_clock_says)
{
    const tp_local_stream_t local = wanted();
    const uint64_t first = make_at(&local, TIME_OF_DAY, 1000);
    tpi_local_files_close(&files);
    TP_CHECK_EQ_U64(make_at(&local, TIME_OF_DAY - 5000, 2000), first + 1); /* the clock went back */
    tpi_local_files_unlink(&files); /* a clean stop: the number is still known */
    tpi_local_files_close(&files);
    TP_CHECK_EQ_U64(make_at(&local, 1, 3000), first + 2);
    tpi_local_files_close(&files);
    end();
}

static void write_number(const char *text)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/ns/%s/epoch", tp_test_shm_dir(), wanted().instance);
    FILE *file = fopen(path, "w");
    TP_CHECK(file != NULL);
    fputs(text, file);
    fclose(file);
}

/* Proves: W-110, W-23 */
TP_TEST(a_number_file_that_is_not_ours_is_no_number_and_an_epoch_on_disk_counts)
{
    static const char *const texts[] = {
        "", "12", "0x10\n", "-1\n", "007\n", "12 \n", "99999999999999999999999\n"
    };
    const tp_local_stream_t local = wanted();
    uint64_t last = make_at(&local, TIME_OF_DAY, 1000);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        tpi_local_files_close(&files);
        write_number(texts[i]);
        const uint64_t next = make_at(&local, 100, 1000); /* the time of day would be too low */
        TP_CHECK_EQ_U64(next, last + 1);
        last = next;
    }
    tpi_local_files_close(&files);
    write_number("18446744073709551614\n");
    TP_CHECK_EQ_I64(open_as(&files, &local), TP_OK);
    TP_CHECK_EQ_I64(tpi_local_files_make(&files, false, STREAM, TIME_OF_DAY, 1), TP_ERANGE);
    TP_CHECK_CONTAINS(tp_errmsg(), "no epoch is left");
    end();
}

/* A stream has one writer (W-41): the lock sees to it, also between processes. */
TP_TEST(an_instance_has_one_producer_at_a_time)
{
    const tp_local_stream_t local = wanted();
    tpi_local_files_t second;
    make_at(&local, TIME_OF_DAY, 1000);
    TP_CHECK_EQ_I64(open_as(&second, &local), TP_EBUSY);
    TP_CHECK_CONTAINS(tp_errmsg(), "is in use");
    const pid_t pid = fork();
    if (pid == 0) {
        tpi_local_files_t other;
        _exit(open_as(&other, &local) == TP_EBUSY ? 0 : 1);
    }
    TP_CHECK_CHILD(pid, 0, 10000);
    tp_local_stream_t elsewhere = local;
    elsewhere.instance = "another";
    TP_CHECK_EQ_I64(open_as(&second, &elsewhere), TP_OK);
    tpi_local_files_close(&second);
    tpi_local_files_close(&files);
    TP_CHECK_EQ_I64(open_as(&files, &local), TP_OK);
    end();
}

/* A run that died: its epoch has the pid of a process which is gone. */
static uint64_t crashed_run(const tp_local_stream_t *local, int64_t now_ns)
{
    int out[2];
    uint64_t number = 0;
    TP_CHECK_EQ_I64(pipe(out), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        const bool is_made =
            open_as(&files, local) == TP_OK &&
            tpi_local_files_make(&files, false, STREAM, TIME_OF_DAY, now_ns) == TP_OK;
        _exit(is_made && write(out[1], &files.epoch, 8) == 8 ? 0 : 1);
    }
    TP_CHECK_CHILD(pid, 0, 10000);
    TP_CHECK_EQ_I64(read(out[0], &number, 8), 8);
    close(out[0]);
    close(out[1]);
    return number;
}

/* Proves: W-78, W-119 */
TP_TEST(an_earlier_epoch_goes_when_it_is_stale_and_its_process_is_gone)
{
    const tp_local_stream_t local = wanted();
    size_t left = 0;
    const uint64_t old = crashed_run(&local, 1000);
    const uint64_t ours = make_at(&local, TIME_OF_DAY, 2000);
    TP_CHECK_EQ_I64(tpi_local_files_collect(&files, 1000 + STALE, STALE, &left), 0);
    TP_CHECK_EQ_U64(left, 1); /* not stale yet */
    TP_CHECK(exists("epoch-%llu", (unsigned long long)old));
    TP_CHECK_EQ_I64(tpi_local_files_collect(&files, 1001 + STALE, STALE, &left), 1);
    TP_CHECK(!exists("epoch-%llu", (unsigned long long)old));
    TP_CHECK_EQ_I64(tpi_local_files_collect(&files, 1001 + STALE, STALE, &left), 0);
    TP_CHECK_EQ_U64(left, 0);
    TP_CHECK(exists("epoch-%llu/header.ring", (unsigned long long)ours));
    /* Of a time before a reboot: an activity in the future is stale. */
    tpi_local_files_close(&files);
    const uint64_t future = crashed_run(&local, INT64_C(900000000000));
    make_at(&local, TIME_OF_DAY, 5000);
    TP_CHECK_EQ_I64(tpi_local_files_collect(&files, 5000, STALE, &left), 1);
    TP_CHECK(!exists("epoch-%llu", (unsigned long long)future));
    end();
}

/* Proves: W-78 */
TP_TEST(an_epoch_whose_process_runs_stays_however_stale)
{
    const tp_local_stream_t local = wanted();
    int hold[2];
    int made[2];
    char byte = 0;
    size_t left = 0;
    TP_CHECK_EQ_I64(pipe(hold) + pipe(made), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        close(hold[1]);
        const bool is_made =
            open_as(&files, &local) == TP_OK &&
            tpi_local_files_make(&files, false, STREAM, TIME_OF_DAY, 1000) == TP_OK;
        tpi_local_files_close(&files); /* the lock, too: it runs, but holds nothing */
        (void)!write(made[1], is_made ? "y" : "n", 1);
        (void)!read(hold[0], &byte, 1);
        _exit(0);
    }
    close(hold[0]);
    TP_CHECK_EQ_I64(read(made[0], &byte, 1), 1);
    TP_CHECK_EQ_I64(byte, 'y');
    make_at(&local, TIME_OF_DAY, 2000);
    TP_CHECK_EQ_I64(tpi_local_files_collect(&files, 100 * STALE, STALE, &left), 0);
    TP_CHECK_EQ_U64(left, 1);
    close(hold[1]);
    TP_CHECK_CHILD(pid, 0, 10000);
    TP_CHECK_EQ_I64(tpi_local_files_collect(&files, 100 * STALE, STALE, &left), 1);
    close(made[0]);
    close(made[1]);
    end();
}

static void path_in_instance(char *out, size_t cap, const char *name)
{
    snprintf(out, cap, "%s/ns/%s/%s", tp_test_shm_dir(), wanted().instance, name);
}

/* Proves: W-78 */
TP_TEST(what_is_removed_has_our_names_and_is_reached_through_no_link)
{
    const tp_local_stream_t local = wanted();
    char path[1024];
    char victim[1024];
    size_t left = 0;
    const uint64_t old = crashed_run(&local, 1000);
    make_at(&local, TIME_OF_DAY, 2000);
    snprintf(victim, sizeof victim, "%s/victim", tp_test_shm_dir());
    TP_CHECK_EQ_I64(mkdir(victim, 0700), 0);
    snprintf(path, sizeof path, "%s/victim/header.ring", tp_test_shm_dir());
    TP_CHECK_GE_I64(open(path, O_CREAT | O_CLOEXEC, 0600), 0);
    path_in_instance(path, sizeof path, "epoch-1");
    TP_CHECK_EQ_I64(symlink(victim, path), 0);
    path_in_instance(path, sizeof path, "epoch-02"); /* not how we write a number */
    TP_CHECK_EQ_I64(mkdir(path, 0700), 0);
    char note[64];
    snprintf(note, sizeof note, "epoch-%llu/notes", (unsigned long long)old);
    path_in_instance(path, sizeof path, note);
    TP_CHECK_GE_I64(open(path, O_CREAT | O_CLOEXEC, 0600), 0);

    path_in_instance(path, sizeof path, "epoch-3"); /* half an epoch */
    TP_CHECK_EQ_I64(mkdir(path, 0700), 0);
    const int64_t later_ns = 10 * STALE;
    /* The one with a stranger's file stays, and keeps nobody else. */
    TP_CHECK_EQ_I64(tpi_local_files_collect(&files, later_ns, STALE, &left), 1);
    TP_CHECK(!exists("epoch-3"));
    TP_CHECK_LT_I64(tpi_local_files_collect(&files, later_ns, STALE, &left), 0); /* not empty */
    TP_CHECK(exists("epoch-%llu/notes", (unsigned long long)old));
    TP_CHECK(!exists("epoch-%llu/header.ring", (unsigned long long)old));
    TP_CHECK(exists("epoch-1"));
    TP_CHECK(exists("epoch-02"));
    snprintf(path, sizeof path, "%s/victim/header.ring", tp_test_shm_dir());
    TP_CHECK_EQ_I64(access(path, F_OK), 0);
    end();
}

/* Proves: W-76 */
TP_TEST(modes_are_restrictive_and_do_not_depend_on_the_umask)
{
    static const struct {
        uint32_t asked;
        uint32_t file;
        uint32_t dir;
    } rows[] = { { 0, 0600, 0700 }, { 0660, 0660, 02770 } };
    const mode_t before = umask(0077);
    for (size_t i = 0; i < 2; i++) {
        tp_local_stream_t local = wanted();
        char instance[8];
        char path[2048];
        struct stat info;
        snprintf(instance, sizeof instance, "i%zu", i);
        local.instance = instance;
        local.permissions_mode = rows[i].asked;
        make_at(&local, TIME_OF_DAY, 1000);
        TP_CHECK_EQ_I64(stat(files.ring.uri + strlen("shm:file?path="), &info), 0);
        TP_CHECK_EQ_U64(info.st_mode & 07777, rows[i].file);
        snprintf(path, sizeof path, "%s/epoch-%llu", files.path, (unsigned long long)files.epoch);
        TP_CHECK_EQ_I64(stat(path, &info), 0);
        TP_CHECK_EQ_U64(info.st_mode & 07777, rows[i].dir);
        TP_CHECK_EQ_I64(stat(files.path, &info), 0);
        TP_CHECK_EQ_U64(info.st_mode & 07777, rows[i].dir);
        tpi_local_files_close(&files);
    }
    (void)umask(before);
    end();
}

/* Proves: W-112 */
TP_TEST(a_creation_that_fails_leaves_no_epoch)
{
    static tp_local_pool_t huge[] = { { 1, 4096 }, { 2, UINT32_C(1) << 31 } };
    tp_local_stream_t local = wanted();
    local.pools = huge;
    local.nslots = 1u << 20; /* 2 PiB */
    TP_CHECK_EQ_I64(open_as(&files, &local), TP_OK);
    const int rc = tpi_local_files_make(&files, false, STREAM, TIME_OF_DAY, 1000);
    TP_CHECK_MSG(rc == TP_ENOSPC || rc == TP_ENOMEM, "%d: %s", rc, tp_errmsg());
    TP_CHECK_EQ_U64(files.epoch, 0);
    TP_CHECK(!exists("epoch-%llu", (unsigned long long)TIME_OF_DAY));
    end();
}

/* Proves: W-74 */
TP_TEST(what_cannot_be_is_refused_by_name_before_anything_is_made)
{
    static tp_local_pool_t twice[] = { { 3, 4096 }, { 3, 8192 } };
    static tp_local_pool_t odd[] = { { 3, 5000 } };
    static tp_local_pool_t zero[] = { { 0, 4096 } };
    const tp_local_stream_t good = wanted();
    static const struct {
        const char *shm_namespace, *instance, *base_dir;
        uint32_t nslots, mode;
        bool hugepages;
        tp_local_pool_t *pools;
        size_t npools;
        int rc;
        const char *text;
    } rows[] = {
        { .shm_namespace = "a/b", .rc = TP_EINVAL, .text = "shm_namespace \"a/b\"" },
        { .shm_namespace = "", .rc = TP_EINVAL, .text = "shm_namespace \"\"" },
        { .instance = "..", .rc = TP_EINVAL, .text = "instance \"..\"" },
        { .instance = "a?b", .rc = TP_EINVAL, .text = "instance \"a?b\"" },
        { .nslots = 24, .rc = TP_EINVAL, .text = "nslots 24" },
        { .mode = 0400, .rc = TP_EINVAL, .text = "permissions_mode 0400" },
        { .mode = 0700, .rc = TP_EINVAL, .text = "permissions_mode 0700" },
        { .pools = twice, .npools = 2, .rc = TP_EINVAL, .text = "pools[1].pool_id 3" },
        { .pools = odd, .npools = 1, .rc = TP_EINVAL, .text = "stride_bytes 5000" },
        { .pools = zero, .npools = 1, .rc = TP_EINVAL, .text = "pool_id 0" },
        { .pools = zero, .npools = 0, .rc = TP_EINVAL, .text = "npools 0" },
        { .hugepages = true, .rc = TP_EINVAL, .text = "not on hugetlbfs" }, /* here is a tmpfs */
        { .base_dir = "/", .rc = TP_EPATH, .text = "not inside" },
        { .base_dir = "/nonexistent-base", .rc = TP_ENOENT, .text = "/nonexistent-base" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tp_local_stream_t local = good;
        local.shm_namespace = rows[i].shm_namespace != NULL ? rows[i].shm_namespace : "ns";
        local.instance = rows[i].instance != NULL ? rows[i].instance : good.instance;
        local.base_dir = rows[i].base_dir;
        local.nslots = rows[i].nslots != 0 ? rows[i].nslots : 8;
        local.permissions_mode = rows[i].mode;
        local.require_hugepages = rows[i].hugepages;
        if (rows[i].pools != NULL) {
            local.pools = rows[i].pools;
            local.npools = rows[i].npools;
        }
        const int rc = open_as(&files, &local);
        TP_CHECK_MSG(rc == rows[i].rc, "row %zu: %d: %s", i, rc, tp_errmsg());
        TP_CHECK_CONTAINS(tp_errmsg(), rows[i].text);
    }
    TP_CHECK(!exists("epoch"));
    end();
}

TP_TEST_MAIN()

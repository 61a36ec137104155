/*
 * The fault ladder of a producer's own files: the nth call to the operating system fails, for n = 0,
 * 1, 2 ... until the epoch is made. Each time: a code of ours with a text, no descriptor and no
 * mapping left, no epoch in the directory, the instance free for the next try, and its number still
 * above all before it.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "os_faults.h"
#include "standalone/files.h"
#include "tensorpool/error.h"
#include "tp_test.h"

#define STREAM 9u
#define TIME_OF_DAY UINT64_C(1700000000000000000)

static tpi_local_files_t files;
static tpi_bases_t *bases;

static size_t count_entries(const char *path, const char *prefix)
{
    size_t count = 0;
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return count;
}

static size_t count_maps(void)
{
    size_t count = 0;
    char line[1024];
    FILE *maps = fopen("/proc/self/maps", "re");
    TP_CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) {
        count += strstr(line, tp_test_shm_dir()) != NULL;
    }
    fclose(maps);
    return count;
}

static int make_all(void)
{
    static const tp_local_pool_t pools[] = { { 1, 4096 }, { 2, 8192 } };
    tp_local_stream_t local = TP_LOCAL_STREAM_INIT;
    local.shm_namespace = "ns";
    local.instance = "i";
    local.nslots = 4;
    local.pools = pools;
    local.npools = 2;
    int rc = tpi_local_files_open(&files, &local, STREAM, tp_test_shm_dir(), bases);
    if (rc == TP_OK) {
        rc = tpi_local_files_make(&files, false, STREAM, TIME_OF_DAY, 1000);
        if (rc != TP_OK) {
            tpi_local_files_close(&files);
        }
    }
    return rc;
}

static void climb(int error)
{
    const char *dir = tp_test_shm_dir();
    char instance[600];
    snprintf(instance, sizeof instance, "%s/ns/i", dir);
    TP_CHECK_EQ_I64(tpi_bases_create(&bases, &dir, 1), TP_OK);
    const size_t fds = count_entries("/proc/self/fd", "");
    uint64_t last = 0;
    int n = 0;
    for (;; n++) {
        os_faults_arm(NULL, n, error);
        const int rc = make_all();
        (void)os_faults_disarm();
        const char *failed = os_faults_failed();
        if (rc == TP_OK) {
            TP_CHECK_MSG(failed == NULL, "call %d, %s, failed and nobody said so", n, failed);
            break;
        }
        TP_CHECK_MSG(failed != NULL, "%d without a fault: %s", rc, tp_errmsg());
        TP_CHECK_GT_U64(strlen(tp_errmsg()), 0);
        TP_CHECK_EQ_U64(count_entries("/proc/self/fd", ""), fds);
        TP_CHECK_EQ_U64(count_maps(), 0);
        TP_CHECK_MSG(count_entries(instance, "epoch-") == 0, "call %d, %s: an epoch is left", n,
                     failed);
        TP_CHECK_LT_I64(n, 200);
        if (n % 3 == 0) { /* a try that gets through in between: numbers only grow */
            TP_CHECK_EQ_I64(make_all(), TP_OK);
            TP_CHECK_GT_U64(files.epoch, last);
            last = files.epoch;
            tpi_local_files_unlink(&files);
            tpi_local_files_close(&files);
        }
    }
    printf("%d calls, each failed once\n", n);
    TP_CHECK_GT_I64(n, 20);
    TP_CHECK_GT_U64(files.epoch, last);
    tpi_local_files_close(&files);
    tpi_bases_destroy(bases);
}

/* Proves: W-112 */
TP_TEST(a_failing_call_leaves_no_epoch_and_holds_nothing)
{
    climb(EIO);
}

/* Proves: W-112 */
TP_TEST(a_full_file_system_leaves_no_epoch_and_holds_nothing)
{
    climb(ENOSPC);
}

/* Proves: W-22 */
TP_TEST(refreshing_the_activity_is_stores_and_no_call)
{
    const char *dir = tp_test_shm_dir();
    TP_CHECK_EQ_I64(tpi_bases_create(&bases, &dir, 1), TP_OK);
    TP_CHECK_EQ_I64(make_all(), TP_OK);
    os_faults_arm(NULL, 1000000, EIO);
    for (int64_t i = 0; i < 1000; i++) {
        tpi_local_files_touch(&files, i);
    }
    TP_CHECK_EQ_I64(os_faults_disarm(), 0);
    TP_CHECK_EQ_U64(tpi_superblock_activity(files.pools[1].region.base), 999);
    tpi_local_files_close(&files);
    tpi_bases_destroy(bases);
}

TP_TEST_MAIN()

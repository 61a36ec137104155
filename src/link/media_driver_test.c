#include "tensorpool/media_driver.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "link/counters.h"
#include "link/link_test_util.h"

/* What the linker makes of statvfs here (--wrap): so many bytes are free, 0 for the truth. */
static uint64_t free_bytes;
int __real_statvfs(const char *path, struct statvfs *out);
int __wrap_statvfs(const char *path, struct statvfs *out);

int __wrap_statvfs(const char *path, struct statvfs *out)
{
    const int rc = __real_statvfs(path, out);
    if (rc == 0 && free_bytes > 0) {
        out->f_bavail = free_bytes / out->f_frsize;
    }
    return rc;
}

static int count_threads(void)
{
    DIR *dir = opendir("/proc/self/task");
    TP_CHECK(dir != NULL);
    int count = 0;
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    closedir(dir);
    return count;
}

static bool exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

TP_TEST(the_directory_goes_with_the_driver_unless_it_is_to_stay)
{
    const char *dir = tp_test_aeron_dir();
    tp_media_driver_t *driver = start_driver(false);
    TP_CHECK_EQ_STR(tp_media_driver_dir(driver), dir);
    TP_CHECK_EQ_I64(tpi_media_driver_is_alive(dir, 2000000000), 1);
    tp_media_driver_destroy(driver);
    TP_CHECK(!exists(dir));
    TP_CHECK_EQ_I64(tpi_media_driver_is_alive(dir, 2000000000), 0);

    tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    options.aeron_dir = dir;
    options.invoker = true;
    options.keep_dir = true;
    TP_CHECK_EQ_I64(tp_media_driver_create(&driver, &options), TP_OK);
    TP_CHECK_GE_I64(tp_media_driver_do_work(driver), 0);
    tp_media_driver_destroy(driver);
    TP_CHECK(exists(dir));
    TP_CHECK_EQ_I64(tpi_media_driver_is_alive(dir, 2000000000), 0);
    /* Shut down cleanly: the next one starts at once. */
    driver = start_driver(true);
    tp_media_driver_destroy(driver);
    tp_media_driver_destroy(NULL);
}

TP_TEST(a_live_drivers_directory_is_busy_and_is_left_alone)
{
    tp_media_driver_t *driver = start_driver(false);
    tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    options.aeron_dir = tp_test_aeron_dir();
    tp_media_driver_t *second = NULL;
    TP_CHECK_EQ_I64(tp_media_driver_create(&second, &options), TP_EBUSY);
    TP_CHECK(second == NULL);
    char pid[32];
    snprintf(pid, sizeof(pid), "pid %ld", (long)getpid());
    TP_CHECK_CONTAINS(tp_errmsg(), pid);
    TP_CHECK_CONTAINS(tp_errmsg(), tp_test_aeron_dir());
    TP_CHECK_EQ_I64(tpi_media_driver_is_alive(tp_test_aeron_dir(), 2000000000), 1);
    tp_media_driver_destroy(driver);
}

TP_TEST(a_directory_with_other_peoples_files_is_never_deleted)
{
    char path[512];
    TP_CHECK_EQ_I64(mkdir(tp_test_aeron_dir(), 0755), 0);
    snprintf(path, sizeof(path), "%s/thesis.tex", tp_test_aeron_dir());
    FILE *file = fopen(path, "w");
    TP_CHECK(file != NULL);
    fclose(file);
    tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    options.aeron_dir = tp_test_aeron_dir();
    tp_media_driver_t *driver = NULL;
    TP_CHECK_EQ_I64(tp_media_driver_create(&driver, &options), TP_EEXIST);
    TP_CHECK(exists(path));
    /* An empty one is fine. */
    remove(path);
    driver = start_driver(true);
    tp_media_driver_destroy(driver);
}

TP_TEST(options_are_checked)
{
    tp_media_driver_t *driver = NULL;
    tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    options.aeron_dir = tp_test_aeron_dir();
    options.ipc_term_length = 100000;
    TP_CHECK_EQ_I64(tp_media_driver_create(&driver, &options), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "100000");
    options.ipc_term_length = 0;
    options.counters_buffer_length = 1000;
    TP_CHECK_EQ_I64(tp_media_driver_create(&driver, &options), TP_EINVAL);
    options.counters_buffer_length = 0;
    options.timer_interval_ns = 1000000000;
    options.client_liveness_timeout_ns = 1000000000;
    TP_CHECK_EQ_I64(tp_media_driver_create(&driver, &options), TP_EINVAL);
    struct {
        tp_media_driver_options_t known;
        uint64_t later;
    } newer = { TP_MEDIA_DRIVER_OPTIONS_INIT, 1 };
    newer.known.size = sizeof(newer);
    newer.known.aeron_dir = tp_test_aeron_dir();
    TP_CHECK_EQ_I64(tp_media_driver_create(&driver, &newer.known), TP_EINVAL);
    newer.later = 0;
    newer.known.invoker = true;
    TP_CHECK_EQ_I64(tp_media_driver_create(&driver, &newer.known), TP_OK);
    tp_media_driver_destroy(driver);
    options = (tp_media_driver_options_t){ .size = 3 };
    TP_CHECK_EQ_I64(tp_media_driver_create(&driver, &options), TP_EINVAL);
    TP_CHECK(!exists(tp_test_aeron_dir()));
}

TP_TEST(too_little_space_is_an_error_with_numbers)
{
    tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    options.aeron_dir = tp_test_aeron_dir();
    free_bytes = 12 << 20;
    tp_media_driver_t *driver = NULL;
    TP_CHECK_EQ_I64(tp_media_driver_create(&driver, &options), TP_ENOSPC);
    TP_CHECK_CONTAINS(tp_errmsg(), "needs 13312 KiB, 12288 KiB are free");
    TP_CHECK(!exists(tp_test_aeron_dir()));
    free_bytes = 0;
    driver = start_driver(true);
    tp_media_driver_destroy(driver);
}

TP_TEST(variables_of_the_environment_change_nothing)
{
    setenv("AERON_THREADING_MODE", "DEDICATED", 1);
    setenv("AERON_SHARED_IDLE_STRATEGY", "spin", 1);
    setenv("AERON_IPC_TERM_BUFFER_LENGTH", "64m", 1);
    setenv("AERON_TERM_BUFFER_SPARSE_FILE", "1", 1);
    setenv("AERON_COUNTERS_BUFFER_LENGTH", "16m", 1);
    setenv("AERON_CLIENT_LIVENESS_TIMEOUT", "20s", 1);
    setenv("AERON_TIMER_INTERVAL", "30s", 1);
    setenv("AERON_DIR_DELETE_ON_SHUTDOWN", "0", 1);
    setenv("AERON_PRINT_CONFIGURATION", "1", 1);
    setenv("AERON_DIR", "/nonexistent/aeron", 1);
    setenv("AERON_DRIVER_TIMEOUT", "1", 1);
    setenv("AERON_CLIENT_NAME", "somebody", 1);

    tp_media_driver_t *driver = start_driver(false);
    TP_CHECK_EQ_I64(count_threads(), 2);
    tpi_link_t *link = make_link(0);
    tpi_publication_t *pub;
    TP_CHECK_EQ_I64(tpi_link_add_publication(link, &pub, "aeron:ipc", 7, true), TP_OK);
    TP_CHECK_SOON((turn(NULL, link, NULL), tpi_publication_is_ready(pub)), 5000);
    TP_CHECK_EQ_I64(count_threads(), 2);
    char path[512];
    struct stat info;
    snprintf(path, sizeof(path), "%s/cnc.dat", tp_test_aeron_dir());
    TP_CHECK_EQ_I64(stat(path, &info), 0);
    TP_CHECK_LT_I64(info.st_size, 12 << 20);
    snprintf(path, sizeof(path), "%s/publications", tp_test_aeron_dir());
    DIR *dir = opendir(path);
    TP_CHECK(dir != NULL);
    const struct dirent *entry;
    int logs = 0;
    while ((entry = readdir(dir)) != NULL) {
        TP_CHECK_EQ_I64(fstatat(dirfd(dir), entry->d_name, &info, 0), 0);
        if (S_ISREG(info.st_mode)) {
            logs++;
            /* Three terms of 1 MiB and the meta data, and all of it is there. */
            TP_CHECK_EQ_I64(info.st_size, (3 << 20) + 4096);
            TP_CHECK_GE_I64(info.st_blocks * 512, info.st_size);
        }
    }
    closedir(dir);
    TP_CHECK_EQ_I64(logs, 1);
    tpi_link_destroy(link);
    tp_media_driver_destroy(driver);
    TP_CHECK(!exists(tp_test_aeron_dir()));

    TP_CHECK_EQ_I64(tpi_link_create_aeron(&link, NULL), TP_OK);
    TP_CHECK(strstr(tpi_link_aeron_dir(link), "nonexistent") == NULL);
    tpi_link_destroy(link);
}

TP_TEST(only_an_invoker_is_driven)
{
    tp_media_driver_t *driver = start_driver(false);
    TP_CHECK_EQ_I64(tp_media_driver_do_work(driver), TP_ESTATE);
    tp_media_driver_destroy(driver);
}

TP_TEST_MAIN()

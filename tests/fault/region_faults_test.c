/*
 * The fault ladder of regions: the nth call to the operating system fails, for n = 0, 1, 2 ...
 * until the operation gets through. Each time: a code of ours with a text, no file, descriptor or
 * mapping left behind, the result zeroed, and the next try succeeds.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "os_faults.h"
#include "shm/shm_test_util.h"

#define NSLOTS 4u
#define STRIDE 4096u

static size_t count_fds(void)
{
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    TP_CHECK(dir != NULL);
    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count;
}

static size_t count_maps(void)
{
    size_t count = 0;
    char line[1024];
    FILE *maps = fopen("/proc/self/maps", "re");
    TP_CHECK(maps != NULL);
    while (fgets(line, sizeof(line), maps) != NULL) {
        count += strstr(line, tp_test_shm_dir()) != NULL;
    }
    fclose(maps);
    return count;
}

static test_set_t set;
static int dir_fd;

/* An operation: returns its code and undoes its success; *out_is_zero tells what a failure left. */
typedef int (*operation_t)(bool *out_is_zero);

static bool is_zero(const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    while (len > 0 && *p == 0) {
        p++;
        len--;
    }
    return len == 0;
}

static int make_bases(bool *out_is_zero)
{
    const char *const dirs[] = { tp_test_shm_dir(), "/tmp", "/" };
    tpi_bases_t *bases = set.bases;
    const int rc = tpi_bases_create(&bases, dirs, 3);
    *out_is_zero = bases == NULL;
    tpi_bases_destroy(bases);
    return rc;
}

static int open_region(bool *out_is_zero)
{
    tpi_region_t region;
    const tpi_superblock_t ring = test_ring_superblock(NSLOTS);
    memset(&region, 0x5a, sizeof(region));
    const int rc =
        tpi_region_open(&region, set.bases, set.uris[0], strlen(set.uris[0]), TPI_MAP_READ, &ring);
    *out_is_zero = is_zero(&region, sizeof(region));
    tpi_region_close(&region);
    return rc;
}

static int open_mapping(bool *out_is_zero)
{
    static tpi_mapping_t map;
    memset(&map, 0x5a, sizeof(map));
    const int rc = tpi_mapping_open(&map, set.bases, &set.layout, TPI_MAP_READ_WRITE, true);
    *out_is_zero = is_zero(&map, sizeof(map));
    tpi_mapping_close(&map);
    return rc;
}

static tpi_create_options_t create_options;

static int create_region(bool *out_is_zero)
{
    tpi_region_t region;
    const tpi_superblock_t pool = test_pool_superblock(NSLOTS, 9, STRIDE);
    memset(&region, 0x5a, sizeof(region));
    const int rc = tpi_region_create(&region, dir_fd, "new.pool", &pool, &create_options);
    *out_is_zero = is_zero(&region, sizeof(region));
    struct stat info;
    const bool is_there = fstatat(dir_fd, "new.pool", &info, 0) == 0;
    TP_CHECK_MSG(is_there == (rc == TP_OK), "after %d the file is%s there", rc,
                 is_there ? "" : " not");
    (void)unlinkat(dir_fd, "new.pool", 0);
    tpi_region_close(&region);
    return rc;
}

static void climb(const char *what, operation_t operation)
{
    const size_t fds = count_fds();
    const size_t maps = count_maps();
    const size_t files = tp_test_count_files(tp_test_shm_dir());
    int n = 0;
    for (;; n++) {
        bool left_zero = false;
        os_faults_arm(NULL, n, EIO);
        const int rc = operation(&left_zero);
        (void)os_faults_disarm();
        const char *failed = os_faults_failed();
        TP_CHECK_EQ_U64(count_fds(), fds);
        TP_CHECK_EQ_U64(count_maps(), maps);
        TP_CHECK_EQ_U64(tp_test_count_files(tp_test_shm_dir()), files);
        if (rc == TP_OK) {
            TP_CHECK_MSG(failed == NULL, "%s: call %d, %s, failed and nobody said so", what, n,
                         failed);
            break;
        }
        TP_CHECK_MSG(failed != NULL, "%s: %d without a fault: %s", what, rc, tp_errmsg());
        TP_CHECK_MSG(left_zero, "%s: result not zeroed after call %d, %s", what, n, failed);
        TP_CHECK_MSG(rc == TP_EIO || rc == TP_EPATH || rc == TP_ENOMEM, "%s: call %d, %s: %d %s",
                     what, n, failed, rc, tp_errmsg());
        TP_CHECK_GT_U64(strlen(tp_errmsg()), 0);
        TP_CHECK_LT_I64(n, 200);
    }
    printf("%s: %d calls, each failed once\n", what, n);
    TP_CHECK_GT_I64(n, 2);
}

static void prepare(void)
{
    const uint32_t strides[] = { STRIDE, 2 * STRIDE };
    test_set_create(&set, NSLOTS, strides, 2);
    dir_fd = open(tp_test_shm_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    TP_CHECK_GE_I64(dir_fd, 0);
}

static void finish(void)
{
    close(dir_fd);
    test_set_destroy(&set);
}

/* Proves: W-67 */
TP_TEST(bases_survive_a_fault_in_every_call)
{
    prepare();
    climb("bases", make_bases);
    finish();
}

/* Proves: W-70, W-72 */
TP_TEST(opening_a_region_survives_a_fault_in_every_call)
{
    prepare();
    climb("open", open_region);
    finish();
}

/* Proves: W-61, D-98 */
TP_TEST(opening_a_region_set_survives_a_fault_in_every_call)
{
    prepare();
    climb("open set", open_mapping);
    finish();
}

/* Proves: W-112, D-87 */
TP_TEST(creating_a_region_survives_a_fault_in_every_call)
{
    prepare();
    create_options = (tpi_create_options_t){ .file_mode = 0600 };
    climb("create sparse", create_region);
    create_options.prefault = true;
    create_options.lock_memory = true;
    climb("create prefaulted", create_region);
    finish();
}

typedef struct fault_row {
    operation_t operation;
    const char *call;
    int n;
    int error;
    int code;
    const char *text;
} fault_row_t;

/* Proves: D-90, D-97, D-98 - each cause has its own code */
TP_TEST(a_fault_is_reported_by_its_cause)
{
    static const fault_row_t rows[] = {
        { create_region, "openat", 0, EACCES, TP_EACCES, "create \"new.pool\"" },
        { create_region, "openat", 0, EEXIST, TP_EEXIST, "create \"new.pool\"" },
        { create_region, "openat", 0, ENOENT, TP_ENOENT, NULL },
        { create_region, "openat", 0, EROFS, TP_EACCES, NULL },
        { create_region, "openat", 0, ENOSPC, TP_ENOSPC, NULL },
        { create_region, "ftruncate", 0, ENOSPC, TP_ENOSPC, "needs 16448 bytes" },
        { create_region, "ftruncate", 0, EFBIG, TP_EIO, "set length" },
        { create_region, "posix_fallocate", 0, ENOSPC, TP_ENOSPC, "are free" },
        { create_region, "posix_fallocate", 0, EDQUOT, TP_ENOSPC, NULL },
        { create_region, "posix_fallocate", 0, EINTR, TP_OK, NULL }, /* tried again */
        { create_region, "mmap", 0, ENOMEM, TP_ENOMEM, "map 16448 bytes" },
        { create_region, "mlock", 0, ENOMEM, TP_ENOMEM, "lock 16448 bytes" },
        { create_region, "mlock", 0, EAGAIN, TP_ENOMEM, NULL },
        { create_region, "mlock", 0, EPERM, TP_EACCES, NULL },
        { create_region, "fsync", 0, EINVAL, TP_OK, NULL }, /* a file system without it */
        { create_region, "fchmod", 0, EPERM, TP_EACCES, "set mode 0600" },
        { open_region, "lstat", 0, EACCES, TP_EACCES, "header.ring" },
        { open_region, "lstat", 0, ENAMETOOLONG, TP_EPATH, NULL },
        { open_region, "realpath", 0, ELOOP, TP_EPATH, NULL },
        { open_region, "realpath", 0, ENOENT, TP_ENOENT, NULL },
        { open_region, "syscall", 0, ENOSYS, TP_OK, NULL }, /* the other way of opening */
        { open_region, "syscall", 1, EACCES, TP_EACCES, NULL },
        { open_region, "syscall", 1, ELOOP, TP_EPATH, NULL },
        { open_region, "syscall", 1, EXDEV, TP_EPATH, NULL },
        { open_region, "syscall", 1, ENXIO, TP_EPATH, NULL },
        { open_region, "syscall", 1, EMFILE, TP_EIO, NULL },
        { open_region, "mmap", 0, ENOMEM, TP_ENOMEM, NULL },
        { open_mapping, "mlock", 1, EPERM, TP_EACCES, "pool 1: lock" },
        { open_mapping, "mlock", 2, ENOMEM, TP_ENOMEM, "pool 2: lock" },
        { open_mapping, "mlock", 0, EAGAIN, TP_ENOMEM, "header ring: lock" },
        { make_bases, "calloc", 0, ENOMEM, TP_ENOMEM, NULL },
        { make_bases, "strdup", 2, ENOMEM, TP_ENOMEM, NULL },
        { make_bases, "realpath", 1, EACCES, TP_EPATH, "/tmp" },
    };
    prepare();
    create_options =
        (tpi_create_options_t){ .file_mode = 0600, .prefault = true, .lock_memory = true };
    const size_t fds = count_fds();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const fault_row_t *row = &rows[i];
        bool left_zero;
        os_faults_arm(row->call, row->n, row->error);
        const int rc = row->operation(&left_zero);
        (void)os_faults_disarm();
        TP_CHECK_MSG(os_faults_failed() != NULL, "row %zu: %s was not called", i, row->call);
        TP_CHECK_MSG(rc == row->code, "row %zu: %s %s: %d, expected %d: %s", i, row->call,
                     strerror(row->error), rc, row->code, tp_errmsg());
        TP_CHECK_MSG(row->text == NULL || strstr(tp_errmsg(), row->text) != NULL, "row %zu: \"%s\"",
                     i, tp_errmsg());
        TP_CHECK_EQ_U64(count_fds(), fds);
        TP_CHECK_EQ_U64(count_maps(), 0);
    }
    finish();
}

TP_TEST_MAIN()

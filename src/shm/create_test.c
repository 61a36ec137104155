/* Making region files: what lies on disk afterwards, and what does not after a failure. */
#include "shm/shm_test_util.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/bytes.h"

#define NSLOTS 8u
#define STRIDE 65536u
#define POOL_LEN (64 + (uint64_t)NSLOTS * STRIDE)

static int open_dir(const char *path)
{
    const int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    TP_CHECK_MSG(dir >= 0, "%s: %s", path, strerror(errno));
    return dir;
}

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

static int create_in(int dir, const char *name, const tpi_superblock_t *superblock,
                     const tpi_create_options_t *options, tpi_region_t *region)
{
    memset(region, 0x5a, sizeof(*region));
    const size_t fds = count_fds();
    const int rc = tpi_region_create(region, dir, name, superblock, options);
    TP_CHECK_EQ_U64(count_fds(), fds); /* the mapping alone stays */
    if (rc != TP_OK) {
        const tpi_region_t zero = { .base = NULL };
        TP_CHECK_EQ_MEM(region, &zero, sizeof(zero));
    }
    return rc;
}

/* Proves: D-87, D-88, D-90, D-96, W-13, W-14, W-15, W-112 */
TP_TEST(a_created_region_has_its_length_superblock_mode_and_zeros)
{
    static const uint32_t modes[] = { 0600, 0640, 0660 };
    const int dir = open_dir(tp_test_shm_dir());
    umask(077); /* must not matter */
    for (size_t i = 0; i < 12; i++) {
        const bool is_ring = i % 2 == 0;
        const tpi_create_options_t options = {
            .file_mode = modes[i % 3],
            .prefault = i / 2 % 2 == 0,
        };
        const tpi_superblock_t superblock =
            is_ring ? test_ring_superblock(NSLOTS) : test_pool_superblock(NSLOTS, 1, STRIDE);
        const uint64_t len = is_ring ? 64 + 256 * NSLOTS : POOL_LEN;
        char name[16];
        snprintf(name, sizeof(name), "file-%zu", i);
        tpi_region_t region;
        TP_CHECK_EQ_I64(create_in(dir, name, &superblock, &options, &region), TP_OK);
        TP_CHECK_EQ_U64(region.needed_len, len);
        TP_CHECK_EQ_U64(region.mapped_len, len);
        struct stat info;
        TP_CHECK_EQ_I64(fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW), 0);
        TP_CHECK(S_ISREG(info.st_mode));
        TP_CHECK_EQ_U64(info.st_mode & 07777, modes[i % 3]);
        TP_CHECK_EQ_U64((uint64_t)info.st_size, len);
        if (options.prefault) { /* every byte has space behind it */
            TP_CHECK_GE_U64((uint64_t)info.st_blocks * 512, len);
        } else if (!is_ring) {
            TP_CHECK_LE_U64((uint64_t)info.st_blocks * 512, len / 4);
        }
        uint8_t expected[64];
        tpi_superblock_encode(expected, &superblock);
        TP_CHECK_EQ_MEM(region.base, expected, 64);
        for (uint64_t k = 64; k < len; k++) {
            TP_CHECK_MSG(region.base[k] == 0, "byte %llu", (unsigned long long)k);
        }
        region.base[len - 1] = 1;
        tpi_region_close(&region);
    }
    close(dir);
}

/* Proves: W-12 */
TP_TEST(the_magic_is_filled_in)
{
    const int dir = open_dir(tp_test_shm_dir());
    tpi_superblock_t superblock = test_ring_superblock(NSLOTS);
    superblock.magic = 0;
    const tpi_create_options_t options = { .file_mode = 0600 };
    tpi_region_t region;
    TP_CHECK_EQ_I64(create_in(dir, "ring", &superblock, &options, &region), TP_OK);
    TP_CHECK_EQ_U64(tpi_get_u64(region.base), TPI_SUPERBLOCK_MAGIC);
    TP_CHECK_EQ_U64(region.superblock.magic, TPI_SUPERBLOCK_MAGIC);
    tpi_region_close(&region);
    close(dir);
}

/* Proves: D-67, D-87, W-112 */
TP_TEST(files_are_made_exclusively_and_never_through_a_link)
{
    const int dir = open_dir(tp_test_shm_dir());
    const tpi_superblock_t superblock = test_pool_superblock(NSLOTS, 1, STRIDE);
    tpi_create_options_t options = { .file_mode = 0600 };
    tpi_region_t region;
    TP_CHECK_EQ_I64(create_in(dir, "pool", &superblock, &options, &region), TP_OK);
    tpi_region_close(&region);
    struct stat before;
    TP_CHECK_EQ_I64(fstatat(dir, "pool", &before, 0), 0);
    TP_CHECK_EQ_I64(create_in(dir, "pool", &superblock, &options, &region), TP_EEXIST);
    TP_CHECK_CONTAINS(tp_errmsg(), "create \"pool\"");
    struct stat after;
    TP_CHECK_EQ_I64(fstatat(dir, "pool", &after, 0), 0); /* not removed, not touched */
    TP_CHECK_EQ_U64(before.st_ino, after.st_ino);

    TP_CHECK_EQ_I64(symlinkat("elsewhere", dir, "link"), 0);
    for (int reuse = 0; reuse < 2; reuse++) {
        options.reuse_existing = reuse;
        TP_CHECK_LT_I64(create_in(dir, "link", &superblock, &options, &region), 0);
        TP_CHECK_EQ_I64(fstatat(dir, "elsewhere", &after, 0), -1);
        TP_CHECK_EQ_I64(fstatat(dir, "link", &after, AT_SYMLINK_NOFOLLOW), 0);
    }
    static const char *const names[] = { "", ".", "..", "a/b", "/tmp/x", "../x" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        TP_CHECK_EQ_I64(create_in(dir, names[i], &superblock, &options, &region), TP_EINVAL);
    }
    close(dir);
}

/* Proves: D-91 */
TP_TEST(an_existing_file_is_taken_over_if_it_is_large_enough)
{
    const int dir = open_dir(tp_test_shm_dir());
    const tpi_superblock_t pool = test_pool_superblock(NSLOTS, 1, STRIDE);
    const tpi_superblock_t ring = test_ring_superblock(NSLOTS);
    tpi_create_options_t options = { .file_mode = 0600 };
    tpi_region_t region;
    TP_CHECK_EQ_I64(create_in(dir, "pool", &pool, &options, &region), TP_OK);
    region.base[POOL_LEN - 1] = 0x77;
    tpi_region_close(&region);
    TP_CHECK_EQ_I64(create_in(dir, "ring", &ring, &options, &region), TP_OK);
    memset(region.base + 64, 0xff, 256 * NSLOTS); /* committed words of long ago */
    tpi_region_close(&region);

    options.reuse_existing = true;
    options.file_mode = 0640;
    tpi_superblock_t next = pool;
    next.epoch = 4;
    TP_CHECK_EQ_I64(create_in(dir, "pool", &next, &options, &region), TP_OK);
    TP_CHECK_EQ_U64(region.base[POOL_LEN - 1], 0x77); /* not truncated */
    tpi_superblock_t found;
    tpi_superblock_load(region.base, &found);
    TP_CHECK_EQ_U64(found.epoch, 4);
    tpi_region_close(&region);
    struct stat info;
    TP_CHECK_EQ_I64(fstatat(dir, "pool", &info, 0), 0);
    TP_CHECK_EQ_U64(info.st_mode & 07777, 0640);

    next = ring;
    next.epoch = 4;
    TP_CHECK_EQ_I64(create_in(dir, "ring", &next, &options, &region), TP_OK);
    for (size_t i = 64; i < 64 + 256 * NSLOTS; i++) { /* they would pass for frames of epoch 4 */
        TP_CHECK_EQ_U64(region.base[i], 0);
    }
    tpi_region_close(&region);

    /* too small: an error, and the file is left alone */
    next = test_pool_superblock(NSLOTS * 2, 1, STRIDE);
    TP_CHECK_EQ_I64(create_in(dir, "pool", &next, &options, &region), TP_EEXIST);
    TP_CHECK_EQ_I64(fstatat(dir, "pool", &info, 0), 0);
    TP_CHECK_EQ_U64((uint64_t)info.st_size, POOL_LEN);
    TP_CHECK_EQ_I64(mkfifoat(dir, "fifo", 0600), 0);
    TP_CHECK_LT_I64(create_in(dir, "fifo", &pool, &options, &region), 0);
    TP_CHECK_EQ_I64(create_in(dir, "fresh", &pool, &options, &region), TP_OK);
    tpi_region_close(&region);
    close(dir);
}

/* Proves: W-14, W-15, W-19, W-6 */
TP_TEST(superblocks_that_no_reader_would_accept_are_not_written)
{
    const int dir = open_dir(tp_test_shm_dir());
    const tpi_create_options_t options = { .file_mode = 0600 };
    const tpi_superblock_t ring = test_ring_superblock(NSLOTS);
    const tpi_superblock_t pool = test_pool_superblock(NSLOTS, 1, STRIDE);
    for (int row = 0; row < 10; row++) {
        tpi_superblock_t bad = row < 4 ? ring : pool;
        switch (row) {
        case 0:
            bad.nslots = 7;
            break;
        case 1:
            bad.slot_bytes = 128;
            break;
        case 2:
            bad.stride_bytes = 256;
            break;
        case 3:
            bad.pool_id = 1;
            break;
        case 4:
            bad.nslots = 0;
            break;
        case 5:
            bad.stride_bytes = bad.slot_bytes = 100000;
            break;
        case 6:
            bad.stride_bytes = bad.slot_bytes = 32;
            break;
        case 7:
            bad.slot_bytes = 256;
            break;
        case 8:
            bad.region_type = 3;
            break;
        default:
            bad.region_type = 0;
            break;
        }
        tpi_region_t region;
        TP_CHECK_MSG(create_in(dir, "x", &bad, &options, &region) == TP_EINVAL, "row %d", row);
    }
    TP_CHECK_EQ_U64(tp_test_count_files(tp_test_shm_dir()), 0);
    close(dir);
}

/* Proves: D-97 */
TP_TEST(memory_is_locked_or_the_file_is_gone)
{
    const int dir = open_dir(tp_test_shm_dir());
    const tpi_superblock_t pool = test_pool_superblock(NSLOTS, 1, STRIDE);
    const tpi_create_options_t options = { .file_mode = 0600, .lock_memory = true };
    tpi_region_t region;
    const int rc = create_in(dir, "pool", &pool, &options, &region);
    if (rc == TP_OK) {
        tpi_region_close(&region);
    } else {
        TP_CHECK_CONTAINS(tp_errmsg(), "lock");
    }
#ifdef TP_TEST_SANITIZED
    /* Sanitizers turn mlock into a call that does nothing, and succeeds. */
    close(dir);
    return;
#endif
    /* with no memory to lock and no privilege to pass that limit */
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = { 0, 0 };
        TP_CHECK_EQ_I64(setrlimit(RLIMIT_MEMLOCK, &none), 0);
        TP_CHECK_EQ_I64(fchmod(dir, 0777), 0);
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            TP_FAIL("setuid: %s", strerror(errno));
        }
        const int refused = create_in(dir, "locked", &pool, &options, &region);
        TP_CHECK_MSG(refused == TP_EACCES || refused == TP_ENOMEM, "%d: %s", refused, tp_errmsg());
        TP_CHECK_CONTAINS(tp_errmsg(), "lock 524352 bytes");
        _exit(0);
    }
    TP_CHECK_CHILD(child, 0, 10000);
    struct stat info;
    TP_CHECK_EQ_I64(fstatat(dir, "locked", &info, 0), -1);
    close(dir);
}

/* Proves: D-93, W-59, W-75 */
TP_TEST(a_file_system_says_what_is_free_and_how_large_its_pages_are)
{
    const int dir = open_dir(tp_test_shm_dir());
    uint64_t free_bytes = 0;
    bool is_hugetlbfs = true;
    size_t page_bytes = 0;
    TP_CHECK_EQ_I64(tpi_fs_probe(dir, &free_bytes, &is_hugetlbfs, &page_bytes), TP_OK);
    TP_CHECK_GT_U64(free_bytes, 0);
    TP_CHECK(!is_hugetlbfs);
    TP_CHECK_EQ_U64(page_bytes, (uint64_t)sysconf(_SC_PAGESIZE));
    TP_CHECK_EQ_I64(tpi_fs_probe(dir, NULL, NULL, NULL), TP_OK);
    close(dir);
    TP_CHECK_EQ_I64(tpi_fs_probe(-1, &free_bytes, &is_hugetlbfs, &page_bytes), TP_EIO);
}

/* ---- file systems of our own, in a mount namespace that ends with the test ---- */

static int mount_own(const char *type, const char *options, char *path, size_t size)
{
    tp_test_path(path, size, "mnt");
    TP_CHECK_EQ_I64(mkdir(path, 0755), 0);
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", path, type, 0, options) != 0) {
        TP_SKIP("no %s of our own: %s", type, strerror(errno));
    }
    return open_dir(path);
}

/* Proves: D-90, D-102 */
TP_TEST(a_full_file_system_is_an_error_with_numbers_and_no_sigbus)
{
    char path[512];
    const int dir = mount_own("tmpfs", "size=1m", path, sizeof(path));
    const tpi_superblock_t large = test_pool_superblock(32, 1, STRIDE); /* 2 MiB */
    const tpi_superblock_t half = test_pool_superblock(8, 1, STRIDE);   /* 0.5 MiB */
    tpi_create_options_t options = { .file_mode = 0600 };
    tpi_region_t region;
    for (int prefault = 0; prefault < 2; prefault++) {
        options.prefault = prefault;
        TP_CHECK_EQ_I64(create_in(dir, "large", &large, &options, &region), TP_ENOSPC);
        TP_CHECK_CONTAINS(tp_errmsg(), "create \"large\": needs 2097216 bytes");
        TP_CHECK_CONTAINS(tp_errmsg(), "1048576 are free");
        TP_CHECK_EQ_U64(tp_test_count_files(path), 0);
    }
    options.reserve_bytes = 1 << 20;
    TP_CHECK_EQ_I64(create_in(dir, "half", &half, &options, &region), TP_ENOSPC);
    TP_CHECK_CONTAINS(tp_errmsg(), "1048576 for what follows");
    options.reserve_bytes = 0;

    /* a prefaulted file keeps its room, whatever fills the rest */
    options.prefault = true;
    TP_CHECK_EQ_I64(create_in(dir, "half", &half, &options, &region), TP_OK);
    const int filler = openat(dir, "filler", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    static uint8_t block[4096];
    while (write(filler, block, sizeof(block)) > 0) {
    }
    TP_CHECK_EQ_I64(errno, ENOSPC);
    memset(region.base + 64, 0xab, region.needed_len - 64); /* would be the SIGBUS */
    tpi_region_t other;
    TP_CHECK_EQ_I64(create_in(dir, "none", &half, &options, &other), TP_ENOSPC);
    TP_CHECK_CONTAINS(tp_errmsg(), "0 are free");
    /* also a sparse one: its superblock alone finds no page */
    options.prefault = false;
    const tpi_superblock_t tiny = test_ring_superblock(1);
    TP_CHECK_EQ_I64(create_in(dir, "tiny", &tiny, &options, &other), TP_ENOSPC);
    TP_CHECK_EQ_U64(tp_test_count_files(path), 2);
    tpi_region_close(&region);
    close(filler);
    close(dir);
}

/* Proves: D-90 - two sparse files that together promise more than there is: found by prefaulting */
TP_TEST(sparse_files_promise_and_prefaulted_ones_hold)
{
    char path[512];
    const int dir = mount_own("tmpfs", "size=1m", path, sizeof(path));
    const tpi_superblock_t pool = test_pool_superblock(8, 1, STRIDE); /* 0.5 MiB and a page */
    tpi_create_options_t options = { .file_mode = 0600 };
    tpi_region_t regions[3];
    TP_CHECK_EQ_I64(create_in(dir, "a", &pool, &options, &regions[0]), TP_OK);
    TP_CHECK_EQ_I64(create_in(dir, "b", &pool, &options, &regions[1]), TP_OK);
    options.prefault = true;
    TP_CHECK_EQ_I64(create_in(dir, "c", &pool, &options, &regions[2]), TP_OK);
    TP_CHECK_EQ_I64(create_in(dir, "d", &pool, &options, &regions[2]), TP_ENOSPC);
    close(dir);
}

/** Bytes of the mapping at `base` which are mapped by huge page table entries. */
static uint64_t huge_mapped_bytes(const void *base)
{
    char line[512];
    unsigned long from = 0;
    unsigned long to = 0;
    unsigned long long kib = 0;
    bool is_here = false;
    FILE *file = fopen("/proc/self/smaps", "re");
    TP_CHECK(file != NULL);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2) {
            is_here = (uintptr_t)base >= from && (uintptr_t)base < to;
        } else if (is_here && sscanf(line, "ShmemPmdMapped: %llu kB", &kib) == 1) {
            break;
        }
    }
    (void)fclose(file);
    return kib * 1024;
}

/* Proves: D-90, D-96 */
TP_TEST(prefaulted_files_are_made_of_huge_pages_where_the_file_system_hands_them_out)
{
    char path[512];
    const int dir = mount_own("tmpfs", "size=64m,huge=advise", path, sizeof(path));
    const tpi_superblock_t pool = test_pool_superblock(4, 1, 2u << 20);
    const tpi_superblock_t small = test_pool_superblock(16, 1, STRIDE); /* half a huge page */
    tpi_create_options_t options = { .file_mode = 0600, .prefault = true, .superblock_only = true };
    struct stat info;
    tpi_region_t region;
    tpi_bases_t *bases = NULL;
    const char *base = path;
    TP_CHECK_EQ_I64(tpi_bases_create(&bases, &base, 1), TP_OK);
    uint64_t huge[2];
    for (int on = 0; on < 2; on++) {
        char uri[600];
        options.transparent_huge_pages = on;
        TP_CHECK_EQ_I64(create_in(dir, on ? "huge" : "plain", &pool, &options, &region), TP_OK);
        TP_CHECK_EQ_U64(region.mapped_len, region.page_bytes);
        tpi_region_close(&region);
        snprintf(uri, sizeof(uri), "shm:file?path=%s/%s", path, on ? "huge" : "plain");
        TP_CHECK_EQ_I64(
            tpi_region_open(&region, bases, uri, strlen(uri), TPI_MAP_READ_WRITE, &pool), TP_OK);
        TP_CHECK_EQ_I64(fstatat(dir, on ? "huge" : "plain", &info, 0), 0);
        /* all of it has memory, and no huge page hangs out behind the end */
        TP_CHECK_GE_U64((uint64_t)info.st_blocks * 512, region.needed_len);
        TP_CHECK_LE_U64((uint64_t)info.st_blocks * 512, region.needed_len + 4096);
        memset(region.base + 64, 0xab, region.needed_len - 64);
        huge[on] = huge_mapped_bytes(region.base);
        tpi_region_close(&region);
    }
    TP_CHECK_EQ_U64(huge[0], 0);
    TP_CHECK_EQ_I64(create_in(dir, "small", &small, &options, &region), TP_OK);
    tpi_region_close(&region);
    TP_CHECK_EQ_I64(fstatat(dir, "small", &info, 0), 0);
    TP_CHECK_LE_U64((uint64_t)info.st_blocks * 512, 64 + 16 * STRIDE + 4096);
    tpi_bases_destroy(bases);
    close(dir);
    if (huge[1] == 0) {
        TP_SKIP("this machine has no transparent huge pages, or none free");
    }
    TP_CHECK_EQ_U64(huge[1], 8u << 20);
}

TP_TEST(a_cancelled_creation_leaves_no_file)
{
    char path[512];
    tp_test_path(path, sizeof(path), "cancelled");
    TP_CHECK_EQ_I64(mkdir(path, 0700), 0);
    const int dir = open_dir(path);
    const atomic_bool cancel = true;
    const tpi_superblock_t pool = test_pool_superblock(NSLOTS, 1, STRIDE);
    const tpi_create_options_t options = { .file_mode = 0600, .prefault = true, .cancel = &cancel };
    tpi_region_t region;
    TP_CHECK_EQ_I64(create_in(dir, "pool", &pool, &options, &region), TP_ECLOSED);
    TP_CHECK_EQ_U64(tp_test_count_files(path), 0);
    close(dir);
}

/* Proves: W-59, W-74, W-75, D-93, D-94, D-95 */
TP_TEST(huge_pages_are_rounded_up_to_and_verified)
{
    char path[512];
    const int dir = mount_own("hugetlbfs", "pagesize=2M", path, sizeof(path));
    bool is_hugetlbfs = false;
    size_t page_bytes = 0;
    TP_CHECK_EQ_I64(tpi_fs_probe(dir, NULL, &is_hugetlbfs, &page_bytes), TP_OK);
    TP_CHECK(is_hugetlbfs);
    TP_CHECK_EQ_U64(page_bytes, 2u << 20);

    tpi_create_options_t options = { .file_mode = 0600, .prefault = true };
    tpi_region_t region;
    const tpi_superblock_t small = test_pool_superblock(2, 1, 1u << 20);
    TP_CHECK_EQ_I64(create_in(dir, "small", &small, &options, &region), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "multiple of the huge page");
    /* far more than any pool of huge pages of a test machine: no SIGBUS, an error */
    const tpi_superblock_t huge = test_pool_superblock(1u << 20, 1, 2u << 20);
    TP_CHECK_EQ_I64(create_in(dir, "huge", &huge, &options, &region), TP_ENOSPC);
    TP_CHECK_CONTAINS(tp_errmsg(), "huge pages");
    TP_CHECK_EQ_U64(tp_test_count_files(path), 0);

    /*
     * The rest needs 3 huge pages: ring 1, pool 64 + 2*2 MiB. Reserved where the machine lets us.
     */
    const tpi_superblock_t ring = test_ring_superblock(NSLOTS);
    const tpi_superblock_t pool = test_pool_superblock(1, 1, 2u << 20);
    const int rc = create_in(dir, "ring", &ring, &options, &region);
    if (rc == TP_ENOSPC) {
        TP_SKIP("no free huge pages (sysctl vm.nr_hugepages=8): %s", tp_errmsg());
    }
    TP_CHECK_MSG(rc == TP_OK, "%s", tp_errmsg());
    TP_CHECK_EQ_U64(region.mapped_len, 2u << 20);
    TP_CHECK_EQ_U64(region.needed_len, 64 + 256 * NSLOTS);
    tpi_region_close(&region);
    struct stat info;
    TP_CHECK_EQ_I64(fstatat(dir, "ring", &info, 0), 0);
    TP_CHECK_EQ_I64(info.st_size, 2 << 20);
    TP_CHECK_EQ_I64(create_in(dir, "pool", &pool, &options, &region), TP_OK);
    TP_CHECK_EQ_U64(region.mapped_len, 4u << 20);
    tpi_region_close(&region);

    const char *base = path;
    tpi_bases_t *bases = NULL;
    TP_CHECK_EQ_I64(tpi_bases_create(&bases, &base, 1), TP_OK);
    char uri[600];
    for (int flag = 0; flag < 2; flag++) {
        snprintf(uri, sizeof(uri), "shm:file?path=%s/pool|require_hugepages=%s", path,
                 flag ? "true" : "false");
        TP_CHECK_MSG(tpi_region_open(&region, bases, uri, strlen(uri), TPI_MAP_READ, &pool) ==
                         TP_OK,
                     "%s", tp_errmsg());
        TP_CHECK_EQ_U64(region.page_bytes, 2u << 20);
        TP_CHECK_EQ_U64(region.mapped_len, 4u << 20);
        tpi_region_close(&region);
        TP_CHECK(region.base == NULL);
    }
    tpi_bases_destroy(bases);
    close(dir);
}

TP_TEST_MAIN()

/* Opening one region: everything that must hold of a file before and after it is mapped. */
#include "shm/shm_test_util.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/bytes.h"

#define NSLOTS 8u
#define STRIDE 4096u

static tpi_bases_t *test_bases(void)
{
    const char *dir = tp_test_shm_dir();
    tpi_bases_t *bases = NULL;
    TP_CHECK_MSG(tpi_bases_create(&bases, &dir, 1) == TP_OK, "%s", tp_errmsg());
    return bases;
}

/* Open file `name` of the test's directory; `tail` is put behind the URI. */
static int open_region(tpi_region_t *region, const char *name, const char *tail,
                       tpi_map_mode_t mode, const tpi_superblock_t *expected)
{
    char uri[512];
    tpi_bases_t *bases = test_bases();
    snprintf(uri, sizeof(uri), "shm:file?path=%s/%s%s", tp_test_shm_dir(), name, tail);
    memset(region, 0x5a, sizeof(*region));
    const int rc = tpi_region_open(region, bases, uri, strlen(uri), mode, expected);
    tpi_bases_destroy(bases);
    if (rc != TP_OK) {
        const tpi_region_t zero = { .base = NULL };
        TP_CHECK_EQ_MEM(region, &zero, sizeof(zero));
    }
    return rc;
}

static void write_file(const char *name, const void *bytes, size_t len, off_t file_len)
{
    char path[512];
    const int fd =
        open(tp_test_path(path, sizeof(path), name), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    TP_CHECK_GE_I64(fd, 0);
    TP_CHECK_EQ_I64(write(fd, bytes, len), (long)len);
    TP_CHECK_EQ_I64(ftruncate(fd, file_len), 0);
    close(fd);
}

static void write_region(const char *name, const tpi_superblock_t *superblock, int64_t more)
{
    uint8_t bytes[64];
    tpi_superblock_encode(bytes, superblock);
    write_file(name, bytes, sizeof(bytes), (off_t)tpi_region_needed_len(superblock) + (off_t)more);
}

/* Proves: W-20 */
TP_TEST(a_file_may_be_longer_than_needed_but_not_shorter)
{
    const tpi_superblock_t ring = test_ring_superblock(NSLOTS);
    const tpi_superblock_t pool = test_pool_superblock(NSLOTS, 1, STRIDE);
    TP_CHECK_EQ_U64(tpi_region_needed_len(&ring), 64 + 8 * 256);
    TP_CHECK_EQ_U64(tpi_region_needed_len(&pool), 64 + 8 * 4096);
    static const struct {
        int64_t more;
        int code;
    } rows[] = { { 0, TP_OK },
                 { 1, TP_OK },
                 { 100000, TP_OK },
                 { -1, TP_ELAYOUT },
                 { -4096, TP_ELAYOUT },
                 { -8 * 4096, TP_ELAYOUT },
                 { -8 * 4096 - 1, TP_ELAYOUT },
                 { -8 * 4096 - 64, TP_ELAYOUT } };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        write_region("pool", &pool, rows[i].more);
        tpi_region_t region;
        const int rc = open_region(&region, "pool", "", TPI_MAP_READ, &pool);
        TP_CHECK_MSG(rc == rows[i].code, "%lld more: %d %s", (long long)rows[i].more, rc,
                     tp_errmsg());
        if (rc == TP_OK) {
            TP_CHECK_EQ_U64(region.needed_len, 64 + 8 * 4096);
            TP_CHECK_EQ_U64(region.mapped_len, 64 + 8 * 4096);
            tpi_region_close(&region);
            TP_CHECK(region.base == NULL);
            tpi_region_close(&region);
        } else {
            TP_CHECK_CONTAINS(tp_errmsg(), "needed are 32832");
        }
    }
}

/* Proves: W-20 - sizes are computed in 64 bits: 2^31 slots of 2^31 bytes are not 0 */
TP_TEST(required_sizes_do_not_wrap)
{
    tpi_superblock_t pool = test_pool_superblock(1u << 31, 1, 1u << 31);
    TP_CHECK_EQ_U64(tpi_region_needed_len(&pool), 64 + (UINT64_C(1) << 62));
    uint8_t bytes[64];
    tpi_superblock_encode(bytes, &pool);
    write_file("pool", bytes, sizeof(bytes), 4096);
    tpi_region_t region;
    TP_CHECK_EQ_I64(open_region(&region, "pool", "", TPI_MAP_READ, &pool), TP_ELAYOUT);
    pool = test_pool_superblock(1u << 16, 1, 1u << 16);
    TP_CHECK_EQ_U64(tpi_region_needed_len(&pool), 64 + (UINT64_C(1) << 32));
    TP_CHECK_EQ_I64(open_region(&region, "pool", "", TPI_MAP_READ, &pool), TP_ELAYOUT);
}

/* Proves: W-11, W-12, W-16, W-17, W-137, D-35 */
TP_TEST(a_superblock_that_says_something_else_is_rejected)
{
    const tpi_superblock_t expected = test_pool_superblock(NSLOTS, 1, STRIDE);
    tpi_region_t region;
#define REFUSED(member, value, text)                                                               \
    do {                                                                                           \
        tpi_superblock_t written = expected;                                                       \
        written.member = value;                                                                    \
        uint8_t bytes[64];                                                                         \
        tpi_superblock_encode(bytes, &written);                                                    \
        write_file("pool", bytes, 64, (off_t)tpi_region_needed_len(&expected));                    \
        TP_CHECK_EQ_I64(open_region(&region, "pool", "", TPI_MAP_READ, &expected), TP_ELAYOUT);    \
        TP_CHECK_CONTAINS(tp_errmsg(), text);                                                      \
        TP_CHECK_CONTAINS(tp_errmsg(), "/pool\"");                                                 \
    } while (0)
    REFUSED(magic, 0, "magic");
    REFUSED(magic, UINT64_C(0x54504f4c53484d31), "magic");
    REFUSED(layout_version, 2, "layoutVersion");
    REFUSED(layout_version, 0, "layoutVersion");
    REFUSED(epoch, 2, "epoch");
    REFUSED(stream_id, 1, "streamId");
    REFUSED(region_type, TPI_REGION_HEADER_RING, "regionType");
    REFUSED(region_type, 77, "regionType");
    REFUSED(pool_id, 2, "poolId");
    REFUSED(nslots, NSLOTS / 2, "nslots");
    REFUSED(nslots, NSLOTS * 2, "nslots");
    REFUSED(slot_bytes, 256, "slotBytes");
    REFUSED(stride_bytes, STRIDE * 2, "strideBytes");

    write_region("pool", &expected, 0);
    TP_CHECK_EQ_I64(open_region(&region, "pool", "", TPI_MAP_READ, &expected), TP_OK);
    TP_CHECK_EQ_U64(region.superblock.pid, 4242);
    tpi_region_close(&region);
}

TP_TEST(files_of_nothing_are_rejected)
{
    const tpi_superblock_t expected = test_pool_superblock(NSLOTS, 1, STRIDE);
    tpi_region_t region;
    write_file("empty", "", 0, 0);
    TP_CHECK_EQ_I64(open_region(&region, "empty", "", TPI_MAP_READ, &expected), TP_ELAYOUT);
    write_file("zeros", "", 0, 1 << 20);
    TP_CHECK_EQ_I64(open_region(&region, "zeros", "", TPI_MAP_READ, &expected), TP_ELAYOUT);
    TP_CHECK_CONTAINS(tp_errmsg(), "magic");
    write_file("cut", "\x31\x4d\x48\x53\x4c\x50\x4f", 7, 7);
    TP_CHECK_EQ_I64(open_region(&region, "cut", "", TPI_MAP_READ, &expected), TP_ELAYOUT);
    TP_CHECK_EQ_I64(open_region(&region, "missing", "", TPI_MAP_READ, &expected), TP_ENOENT);
    TP_CHECK_EQ_I64(open_region(&region, "empty", "|x", TPI_MAP_READ, &expected), TP_EURI);
    TP_CHECK_EQ_I64(open_region(&region, "../..", "", TPI_MAP_READ, &expected), TP_EPATH);
}

/* Proves: W-59, X-4 */
TP_TEST(strides_of_either_dialect_are_accepted)
{
    static const struct {
        uint32_t stride;
        bool ok;
    } rows[] = { { 64, true },         { 128, true },   { 2048, true },     { 4096, true },
                 { 8192, true },       { 65536, true }, { 1u << 20, true }, { 0, false },
                 { 1, false },         { 32, false },   { 63, false },      { 65, false },
                 { 96, false },        { 4095, false }, { 4160, false },    { 12288, false },
                 { UINT32_MAX, false } };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint32_t stride = rows[i].stride;
        const tpi_superblock_t pool = test_pool_superblock(2, 1, stride);
        uint8_t bytes[64];
        tpi_superblock_encode(bytes, &pool);
        /* long enough for any of them: what is refused is the stride */
        write_file("pool", bytes, 64, (off_t)(64 + 2 * (uint64_t)stride));
        tpi_region_t region;
        const int rc = open_region(&region, "pool", "", TPI_MAP_READ, &pool);
        TP_CHECK_MSG(rc == (rows[i].ok ? TP_OK : TP_ELAYOUT), "stride %u: %d", stride, rc);
        if (rc == TP_OK) {
            tpi_region_close(&region);
        } else {
            TP_CHECK_CONTAINS(tp_errmsg(), "stride");
        }
        /* "and its file really is that large" */
        write_file("pool", bytes, 64, (off_t)(64 + 2 * (uint64_t)stride - 1));
        TP_CHECK_EQ_I64(open_region(&region, "pool", "", TPI_MAP_READ, &pool), TP_ELAYOUT);
    }
}

/* Proves: W-19 */
TP_TEST(nslots_is_a_power_of_two)
{
    static const uint32_t bad[] = { 0, 3, 6, 7, 100, UINT32_MAX };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const tpi_superblock_t ring = test_ring_superblock(bad[i]);
        uint8_t bytes[64];
        tpi_superblock_encode(bytes, &ring);
        write_file("ring", bytes, 64, (off_t)(64 + 256 * (uint64_t)bad[i]));
        tpi_region_t region;
        TP_CHECK_EQ_I64(open_region(&region, "ring", "", TPI_MAP_READ, &ring), TP_ELAYOUT);
        TP_CHECK_CONTAINS(tp_errmsg(), "power of two");
    }
    const tpi_superblock_t ring = test_ring_superblock(1);
    write_region("ring", &ring, 0);
    tpi_region_t region;
    TP_CHECK_EQ_I64(open_region(&region, "ring", "", TPI_MAP_READ, &ring), TP_OK);
    tpi_region_close(&region);
}

/* Proves: W-74 */
TP_TEST(huge_pages_are_not_downgraded)
{
    const tpi_superblock_t pool = test_pool_superblock(2, 1, 1u << 21);
    write_region("pool", &pool, 0);
    tpi_region_t region;
    TP_CHECK_EQ_I64(open_region(&region, "pool", "|require_hugepages=true", TPI_MAP_READ, &pool),
                    TP_ELAYOUT);
    TP_CHECK_CONTAINS(tp_errmsg(), "not on hugetlbfs");
    TP_CHECK_EQ_I64(open_region(&region, "pool", "|require_hugepages=false", TPI_MAP_READ, &pool),
                    TP_OK);
    TP_CHECK_EQ_U64(region.page_bytes, (uint64_t)sysconf(_SC_PAGESIZE));
    tpi_region_close(&region);
}

/* Permissions of the mapping that holds `address`, from /proc/self/maps. */
static void mapping_permissions(const void *address, char out[5])
{
    FILE *maps = fopen("/proc/self/maps", "re");
    TP_CHECK(maps != NULL);
    char line[1024];
    memset(out, 0, 5);
    while (fgets(line, sizeof(line), maps) != NULL) {
        unsigned long from;
        unsigned long to;
        char permissions[5];
        if (sscanf(line, "%lx-%lx %4s", &from, &to, permissions) == 3 &&
            (uintptr_t)address >= from && (uintptr_t)address < to) {
            memcpy(out, permissions, 5);
        }
    }
    fclose(maps);
}

/* Proves: W-73 */
TP_TEST(readers_map_without_write_permission)
{
    const tpi_superblock_t pool = test_pool_superblock(NSLOTS, 1, STRIDE);
    write_region("pool", &pool, 0);
    char permissions[5];
    tpi_region_t region;
    TP_CHECK_EQ_I64(open_region(&region, "pool", "", TPI_MAP_READ, &pool), TP_OK);
    mapping_permissions(region.base, permissions);
    TP_CHECK_EQ_STR(permissions, "r--s");
    /* and cannot be made writable: the file was opened read-only */
    TP_CHECK_EQ_I64(mprotect(region.base, region.mapped_len, PROT_READ | PROT_WRITE), -1);
    tpi_region_close(&region);
    TP_CHECK_EQ_I64(open_region(&region, "pool", "", TPI_MAP_READ_WRITE, &pool), TP_OK);
    mapping_permissions(region.base, permissions);
    TP_CHECK_EQ_STR(permissions, "rw-s");
    tpi_region_close(&region);
}

TP_TEST(a_file_that_may_not_be_read_is_access_denied)
{
    if (geteuid() == 0) {
        TP_CHECK_EQ_I64(chmod(tp_test_shm_dir(), 0755), 0);
    }
    const tpi_superblock_t pool = test_pool_superblock(NSLOTS, 1, STRIDE);
    write_region("pool", &pool, 0);
    char path[512];
    TP_CHECK_EQ_I64(chmod(tp_test_path(path, sizeof(path), "pool"), 0), 0);
    const pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            TP_FAIL("setuid: %s", strerror(errno));
        }
        tpi_region_t region;
        TP_CHECK_EQ_I64(open_region(&region, "pool", "", TPI_MAP_READ, &pool), TP_EACCES);
        _exit(0);
    }
    TP_CHECK_CHILD(child, 0, 10000);
}

TP_TEST_MAIN()

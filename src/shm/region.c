#include "shm/region.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "shm/create.h"
#include "shm/shown.h"

#define MIN_STRIDE_BYTES 64u /* Rule: X-4 */

/* Everything about the open file that must hold before it is mapped. */
static int check_file(int fd, const tpi_region_uri_t *uri, const tpi_superblock_t *expected,
                      tpi_region_t *region)
{
    bool is_hugetlbfs = false;
    struct stat info;
    /* Rule: W-72 - all of it from the one handle. */
    const int rc = tpi_fs_probe(fd, NULL, &is_hugetlbfs, &region->page_bytes);
    if (rc != TP_OK) {
        return rc;
    }
    if (uri->require_hugepages && !is_hugetlbfs) { /* Rule: W-74, W-75 - no silent downgrade */
        return tpi_fail(TP_ELAYOUT,
                        "region \"%s\": require_hugepages, but the file is not on hugetlbfs",
                        tpi_show_path(uri->path).text);
    }
    if (!tpi_is_power_of_two(expected->nslots)) { /* Rule: W-19 */
        return tpi_fail(TP_ELAYOUT, "region \"%s\": nslots %u is not a power of two",
                        tpi_show_path(uri->path).text, expected->nslots);
    }
    if (expected->region_type == TPI_REGION_PAYLOAD_POOL) {
        const uint32_t stride = expected->stride_bytes;
        /*
         * Rule: W-59, X-4 - the page multiple of v1.1 is the stricter of the two dialects' rules; a
         * mapping works for either. Where huge pages are demanded, the stride must be made of them.
         */
        if (!tpi_is_power_of_two(stride) || stride < MIN_STRIDE_BYTES) {
            return tpi_fail(TP_ELAYOUT,
                            "region \"%s\": stride %u is not a power of two of at least %u",
                            tpi_show_path(uri->path).text, stride, MIN_STRIDE_BYTES);
        }
        if (uri->require_hugepages && stride % region->page_bytes != 0) {
            return tpi_fail(
                TP_ELAYOUT,
                "region \"%s\": stride %u is not a multiple of the huge page, %zu bytes",
                tpi_show_path(uri->path).text, stride, region->page_bytes);
        }
    }
    region->needed_len = tpi_region_needed_len(expected);
    if (fstat(fd, &info) != 0) {
        return tpi_fail_errno("region \"%s\": fstat", tpi_show_path(uri->path).text);
    }
    /* Rule: W-20 - checked before mapping, for a short file is a SIGBUS. A larger one is fine. */
    if (info.st_size < 0 || (uint64_t)info.st_size < region->needed_len) {
        return tpi_fail(TP_ELAYOUT, "region \"%s\": file has %lld bytes, needed are %llu",
                        tpi_show_path(uri->path).text, (long long)info.st_size,
                        (unsigned long long)region->needed_len);
    }
    /* Rule: W-75 - hugetlbfs maps and unmaps whole huge pages. */
    uint64_t mapped_len = region->needed_len;
    if (is_hugetlbfs) {
        mapped_len =
            (mapped_len + region->page_bytes - 1) / region->page_bytes * region->page_bytes;
    }
    if (mapped_len > SIZE_MAX / 2) {
        return tpi_fail(TP_ENOMEM, "region \"%s\": %llu bytes cannot be mapped",
                        tpi_show_path(uri->path).text, (unsigned long long)mapped_len);
    }
    region->mapped_len = (size_t)mapped_len;
    return TP_OK;
}

int tpi_region_open(tpi_region_t *out, const tpi_bases_t *bases, const char *uri_text,
                    size_t uri_len, tpi_map_mode_t mode, const tpi_superblock_t *expected)
{
    memset(out, 0, sizeof(*out));
    tpi_region_t region;
    memset(&region, 0, sizeof(region));
    tpi_region_uri_t uri;
    int fd = -1;

    int rc = tpi_region_uri_parse(uri_text, uri_len, &uri);
    if (rc != TP_OK) {
        return rc;
    }
    rc = tpi_bases_open(bases, uri.path, mode == TPI_MAP_READ_WRITE, &fd);
    if (rc != TP_OK) {
        return rc;
    }
    rc = check_file(fd, &uri, expected, &region);
    if (rc != TP_OK) {
        goto out;
    }
    /* Rule: W-73 */
    const int protection = mode == TPI_MAP_READ_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
    void *mapped = mmap(NULL, region.mapped_len, protection, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) {
        rc = tpi_fail_errno("region \"%s\": map %zu bytes", tpi_show_path(uri.path).text,
                            region.mapped_len);
        goto out;
    }
    region.base = mapped;
    tpi_superblock_load(mapped, &region.superblock);
    rc = tpi_superblock_check(&region.superblock, expected); /* Rule: W-17 - mismatch is REJECT */
    if (rc != TP_OK) {
        tpi_note("region \"%s\"", tpi_show_path(uri.path).text);
        tpi_region_close(&region);
        goto out;
    }
    *out = region;
out:
    close(fd);
    return rc;
}

void tpi_region_blank(tpi_region_t *region)
{
    if (region->base == NULL) {
        return;
    }
    void *blank = mmap(region->base, region->mapped_len, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    if (blank == MAP_FAILED) {
        tpi_region_close(region);
    }
}

void tpi_region_close(tpi_region_t *region)
{
    if (region->base != NULL) {
        (void)munmap(region->base, region->mapped_len);
    }
    memset(region, 0, sizeof(*region));
}

/*
 * shm/create.c - make one region file, in an order in which nobody ever sees half of one:
 *
 *   open exclusively, mode 0600 -> room there? -> full length -> map -> space allocated
 *   -> superblock, magic last -> locked -> fsync -> final mode
 *
 * Only then does the caller tell anyone the path.
 *
 * Prefaulting gives every page of the file memory and leaves it at that: the maker neither reads nor writes payload, so page
 * table entries in its address space would be built (half of the time it takes) and torn down for nobody. Whoever works in
 * the file has its own to build. Where the file system hands out huge pages to who asks (tmpfs mounted with huge=advise or
 * more), a whole one is taken at a time, an order of magnitude faster for us and for every process that maps the file later.
 */
#include "shm/create.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fail.h"
#include "shm/words.h"

#define HUGETLBFS_TYPE 0x958458F6u          /* Rule: W-75 */
#define HUGE_PAGE_BYTES ((uint64_t)2 << 20) /* transparent ones; elsewhere it is just not found */
#define ALLOCATE_STEP_BYTES ((uint64_t)16 << 20) /* between looks at options->cancel */
/* The kernel keeps the address space locked while it populates: other threads that map or unmap wait for a step. */
#define POPULATE_STEP_BYTES HUGE_PAGE_BYTES

int tpi_fs_probe(int fd, uint64_t *out_free_bytes, bool *out_is_hugetlbfs, size_t *out_page_bytes)
{
    struct statfs info;
    if (fstatfs(fd, &info) != 0) {
        return tpi_fail_errno("fstatfs");
    }
    const bool is_hugetlbfs = (uint32_t)info.f_type == HUGETLBFS_TYPE; /* Rule: W-75, D-93 */
    const uint64_t unit = (uint64_t)(info.f_frsize > 0 ? info.f_frsize : info.f_bsize);
    if (out_free_bytes != NULL) {
        /* tmpfs and hugetlbfs mounted without a size report no blocks at all. */
        uint64_t free_bytes = UINT64_MAX;
        if (info.f_blocks != 0 &&
            __builtin_mul_overflow((uint64_t)info.f_bavail, unit, &free_bytes)) {
            free_bytes = UINT64_MAX;
        }
        *out_free_bytes = free_bytes;
    }
    if (out_is_hugetlbfs != NULL) {
        *out_is_hugetlbfs = is_hugetlbfs;
    }
    if (out_page_bytes != NULL) {
        *out_page_bytes =
            is_hugetlbfs ? (size_t)info.f_bsize : (size_t)sysconf(_SC_PAGESIZE); /* Rule: W-59 */
    }
    return TP_OK;
}

/* What one creation knows while it goes on. */
typedef struct job {
    const char *name;
    const tpi_create_options_t *options;
    tpi_region_t region;
    int fd;
    bool is_ours; /* the file was made here: a failure removes it */
    bool is_hugetlbfs;
    uint64_t file_len;
    uint64_t reserved_len; /* bytes from the start which get memory now */
    uint64_t missing;      /* bytes of it which have no space behind them yet */
    uint64_t kept_len;     /* bytes from the start which were taken off the promise */
} job_t;

uint64_t tpi_promise_make(tpi_promise_t *promise, atomic_uint_fast64_t *all, uint64_t bytes)
{
    *promise = (tpi_promise_t){ .all = all, .left = bytes };
    /* pairs with the release in tpi_promise_keep: who does not find a promise any more finds its memory taken */
    return atomic_fetch_add_explicit(all, bytes, memory_order_acq_rel);
}

void tpi_promise_keep(tpi_promise_t *promise, uint64_t bytes)
{
    const uint64_t kept = bytes < promise->left ? bytes : promise->left;
    promise->left -= kept;
    (void)atomic_fetch_sub_explicit(promise->all, kept, memory_order_release);
}

/** There is memory behind [0, len) now, in whole pages. */
static void keep_promise(job_t *job, uint64_t len)
{
    const uint64_t page = job->region.page_bytes;
    const uint64_t pages_len = (len + page - 1) / page * page;
    if (job->options->promise != NULL && pages_len > job->kept_len) {
        tpi_promise_keep(job->options->promise, pages_len - job->kept_len);
        job->kept_len = pages_len;
    }
}

static int no_space(const job_t *job)
{
    uint64_t free_bytes = UINT64_MAX;
    char text[64] = "free: unknown";
    if (tpi_fs_probe(job->fd, &free_bytes, NULL, NULL) == TP_OK && free_bytes != UINT64_MAX) {
        (void)snprintf(text, sizeof(text), "%llu are free", (unsigned long long)free_bytes);
    }
    return tpi_fail(
        TP_ENOSPC,
        "create \"%s\": needs %llu bytes, and %llu for what follows or is promised; %s%s",
        job->name, (unsigned long long)job->missing,
        (unsigned long long)job->options->reserve_bytes, text,
        job->is_hugetlbfs ? " (huge pages)" : "");
}

static int check_arguments(const char *name, const tpi_superblock_t *superblock)
{
    if (name[0] == '\0' || strchr(name, '/') != NULL || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0) {
        return tpi_fail(TP_EINVAL, "create \"%s\": not a file name", name);
    }
    if (!tpi_is_power_of_two(superblock->nslots)) { /* Rule: W-19 */
        return tpi_fail(TP_EINVAL, "create \"%s\": nslots %u is not a power of two", name,
                        superblock->nslots);
    }
    if (superblock->region_type == TPI_REGION_HEADER_RING) { /* Rule: W-14 */
        if (superblock->pool_id != 0 || superblock->slot_bytes != TPI_HEADER_SLOT_BYTES ||
            superblock->stride_bytes != 0) {
            return tpi_fail(TP_EINVAL,
                            "create \"%s\": a ring has poolId 0, slotBytes 256, strideBytes 0; "
                            "given %u, %u, %u",
                            name, superblock->pool_id, superblock->slot_bytes,
                            superblock->stride_bytes);
        }
        return TP_OK;
    }
    if (superblock->region_type != TPI_REGION_PAYLOAD_POOL) { /* Rule: W-6 */
        return tpi_fail(TP_EINVAL, "create \"%s\": regionType %d is unknown", name,
                        superblock->region_type);
    }
    if (!tpi_is_power_of_two(superblock->stride_bytes) ||
        superblock->stride_bytes < 64 || /* Rule: W-15, W-59, X-4 */
        superblock->slot_bytes != superblock->stride_bytes) {
        return tpi_fail(TP_EINVAL,
                        "create \"%s\": a pool's strideBytes is a power of two of at least 64 and "
                        "equal to slotBytes; given %u and %u",
                        name, superblock->stride_bytes, superblock->slot_bytes);
    }
    return TP_OK;
}

/*
 * Rule: D-67, D-87, W-112 - exclusively, never through a link; Rule: D-91 - or take over what is
 * there, if told to.
 */
static int open_file(job_t *job, int dirfd)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    job->fd = openat(dirfd, job->name, flags | O_CREAT | O_EXCL, 0600);
    if (job->fd >= 0) {
        job->is_ours = true;
        return TP_OK;
    }
    if (errno != EEXIST || !job->options->reuse_existing) {
        return tpi_fail_errno("create \"%s\"", job->name);
    }
    job->fd = openat(dirfd, job->name, flags);
    if (job->fd < 0) {
        return tpi_fail_errno("take over \"%s\"", job->name);
    }
    return TP_OK;
}

/* Bytes that get memory at creation, and what the file system must have free for them. */
static int check_room(job_t *job, const struct stat *info, uint64_t free_bytes)
{
    /* Readers look at every slot of a ring, and reading a hole of tmpfs takes a page, too. */
    const bool whole =
        job->options->prefault || job->region.superblock.region_type == TPI_REGION_HEADER_RING;
    job->reserved_len = whole ? job->file_len : TPI_SUPERBLOCK_BYTES;
    /*
     * Rule: D-90 - one look first, also when prefaulting: filling a file system to the brim hurts
     * whoever else uses it.
     */
    const uint64_t wanted = job->options->never_written ? job->reserved_len : job->file_len;
    const uint64_t reserve = job->options->reserve_bytes;
    const uint64_t present = (uint64_t)info->st_blocks * 512;
    job->missing = wanted > present ? wanted - present : 0;
    return free_bytes < job->missing || free_bytes - job->missing < reserve ? no_space(job) : TP_OK;
}

static int set_length(job_t *job)
{
    struct stat info;
    uint64_t free_bytes = UINT64_MAX;
    int rc = tpi_fs_probe(job->fd, &free_bytes, &job->is_hugetlbfs, &job->region.page_bytes);
    if (rc != TP_OK) {
        return rc;
    }
    if (fstat(job->fd, &info) != 0) {
        return tpi_fail_errno("create \"%s\": fstat", job->name);
    }
    job->file_len = job->region.needed_len;
    if (job->is_hugetlbfs) { /* Rule: D-94 */
        const uint64_t page = job->region.page_bytes;
        job->file_len = (job->file_len + page - 1) / page * page;
        const uint32_t stride = job->region.superblock.stride_bytes;
        if (stride % page != 0) { /* Rule: D-95 */
            return tpi_fail(
                TP_EINVAL,
                "create \"%s\": stride %u is not a multiple of the huge page, %llu bytes",
                job->name, stride, (unsigned long long)page);
        }
    }
    if (job->file_len > SIZE_MAX / 2 || job->file_len > INT64_MAX) {
        return tpi_fail(TP_ENOMEM, "create \"%s\": %llu bytes cannot be mapped", job->name,
                        (unsigned long long)job->file_len);
    }
    if (!job->is_ours &&
        (!S_ISREG(info.st_mode) || (uint64_t)info.st_size < job->file_len)) { /* Rule: D-91 */
        return tpi_fail(TP_EEXIST, "take over \"%s\": %lld bytes, needed is a regular file of %llu",
                        job->name, (long long)info.st_size, (unsigned long long)job->file_len);
    }
    rc = check_room(job, &info, free_bytes);
    if (rc == TP_OK && job->is_ours && ftruncate(job->fd, (off_t)job->file_len) != 0) {
        rc = errno == ENOSPC || errno == EDQUOT
                 ? no_space(job)
                 : tpi_fail_errno("create \"%s\": set length", job->name);
    }
    return rc;
}

static int map(job_t *job)
{
    tpi_region_t *region = &job->region;
    region->mapped_len = (size_t)(job->is_hugetlbfs ? job->file_len : region->needed_len);
    void *mapped = mmap(NULL, region->mapped_len, PROT_READ | PROT_WRITE, MAP_SHARED, job->fd, 0);
    if (mapped == MAP_FAILED) {
        /* Huge pages are reserved by mmap. */
        return job->is_hugetlbfs && errno == ENOMEM
                   ? no_space(job)
                   : tpi_fail_errno("create \"%s\": map %zu bytes", job->name, region->mapped_len);
    }
    region->base = mapped;
    return TP_OK;
}

static bool is_cancelled(const job_t *job)
{
    return job->options->cancel != NULL &&
           atomic_load_explicit(job->options->cancel, memory_order_relaxed);
}

/*
 * The file's whole huge pages, not its tail: a huge page that reaches beyond the end would be memory which nobody
 * accounted for. Whether the file system hands them out shows at the first: one byte written, 2 MiB allocated.
 * That a page cannot be had is an error of madvise here, not a SIGBUS (D-90).
 */
static int populate_huge_pages(job_t *job)
{
#if defined(MADV_HUGEPAGE) && defined(MADV_POPULATE_WRITE)
    tpi_region_t *region = &job->region;
    const uint64_t len = job->file_len / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
    struct stat info;
    if (!job->options->prefault || !job->options->transparent_huge_pages || !job->is_ours ||
        job->is_hugetlbfs || len == 0 || madvise(region->base, len, MADV_HUGEPAGE) != 0 ||
        madvise(region->base, region->page_bytes, MADV_POPULATE_WRITE) != 0 ||
        fstat(job->fd, &info) != 0 || (uint64_t)info.st_blocks * 512 < HUGE_PAGE_BYTES) {
        return TP_OK; /* then in small ones */
    }
    for (uint64_t at = 0; at < len; at += POPULATE_STEP_BYTES) {
        const uint64_t left = len - at;
        const uint64_t step = left < POPULATE_STEP_BYTES ? left : POPULATE_STEP_BYTES;
        if (is_cancelled(job)) {
            return tpi_fail(TP_ECLOSED, "cancelled");
        }
        if (madvise(region->base + at, step, MADV_POPULATE_WRITE) != 0) {
            return errno == EFAULT || errno == ENOMEM
                       ? no_space(job)
                       : tpi_fail_errno("create \"%s\": allocate huge pages", job->name);
        }
        /* The file has the memory; this mapping needs none of it. */
        (void)madvise(region->base + at, step, MADV_DONTNEED);
        keep_promise(job, at + step);
    }
#else
    (void)job;
#endif
    return TP_OK;
}

/*
 * Rule: D-90, D-96 - afterwards no store into [0, needed) of a prefaulted file, or into the superblock of a sparse
 * one, can lack a page. Memory that is there already is left alone.
 */
static int allocate(job_t *job)
{
    const int rc = populate_huge_pages(job);
    if (rc != TP_OK) {
        return rc;
    }
    for (uint64_t at = 0; at < job->reserved_len; at += ALLOCATE_STEP_BYTES) {
        const uint64_t left = job->reserved_len - at;
        const uint64_t step = left < ALLOCATE_STEP_BYTES ? left : ALLOCATE_STEP_BYTES;
        if (is_cancelled(job)) {
            return tpi_fail(TP_ECLOSED, "cancelled");
        }
        int err = EINTR;
        for (int tries = 0; err == EINTR && tries < 100; tries++) {
            err = posix_fallocate(job->fd, (off_t)at, (off_t)step);
        }
        if (err != 0) {
            errno = err;
            return err == ENOSPC || err == EDQUOT
                       ? no_space(job)
                       : tpi_fail_errno("create \"%s\": allocate %llu bytes", job->name,
                                        (unsigned long long)job->reserved_len);
        }
        keep_promise(job, at + step);
    }
    return TP_OK;
}

/* What is not needed any more is given back; on failure it stays mapped, which costs address space and nothing else. */
static void keep_superblock_only(job_t *job)
{
    tpi_region_t *region = &job->region;
    if (region->mapped_len > region->page_bytes &&
        munmap(region->base + region->page_bytes, region->mapped_len - region->page_bytes) == 0) {
        region->mapped_len = region->page_bytes;
    }
}

static int lock_pages(const job_t *job)
{
    const tpi_region_t *region = &job->region;
    if (mlock(region->base, region->mapped_len) == 0) { /* Rule: D-97 */
        return TP_OK;
    }
    const int err = errno;
    const int rc =
        tpi_fail_errno("create \"%s\": lock %zu bytes of memory", job->name, region->mapped_len);
    return err == EAGAIN ? TP_ENOMEM : rc;
}

static int run(job_t *job, int dirfd)
{
    int rc = open_file(job, dirfd);
    if (rc != TP_OK) {
        return rc;
    }
    rc = set_length(job);
    rc = rc != TP_OK ? rc : map(job);
    rc = rc != TP_OK ? rc : allocate(job);
    if (rc != TP_OK) {
        return rc;
    }
    tpi_region_t *region = &job->region;
    if (!job->is_ours && region->superblock.region_type == TPI_REGION_HEADER_RING) {
        /* Rule: D-91 - committed words left there would pass for frames of the new epoch. */
        tpi_shm_store(region->base, 0, 0);
        memset(region->base + TPI_SUPERBLOCK_BYTES, 0,
               (size_t)(region->needed_len - TPI_SUPERBLOCK_BYTES));
    }
    tpi_superblock_publish(region->base, &region->superblock); /* Rule: W-13, D-7 */
    if (job->options->lock_memory) {
        rc = lock_pages(job);
        if (rc != TP_OK) {
            return rc;
        }
    } else if (job->options->superblock_only) {
        keep_superblock_only(job);
    }
    if (fsync(job->fd) != 0 && errno != EINVAL &&
        errno != EROFS) { /* Rule: W-112; not every file system has it */
        return tpi_fail_errno("create \"%s\": fsync", job->name);
    }
    if (fchmod(job->fd, (mode_t)job->options->file_mode) != 0) { /* Rule: D-87, D-88 */
        return tpi_fail_errno("create \"%s\": set mode 0%o", job->name, job->options->file_mode);
    }
    return TP_OK;
}

int tpi_region_create(tpi_region_t *out, int dirfd, const char *name,
                      const tpi_superblock_t *superblock, const tpi_create_options_t *options)
{
    memset(out, 0, sizeof(*out));
    int rc = check_arguments(name, superblock);
    if (rc != TP_OK) {
        return rc;
    }
    job_t job;
    memset(&job, 0, sizeof(job));
    job.name = name;
    job.options = options;
    job.fd = -1;
    job.region.superblock = *superblock;
    job.region.superblock.magic = TPI_SUPERBLOCK_MAGIC; /* Rule: W-12 */
    job.region.needed_len = tpi_region_needed_len(superblock);

    rc = run(&job, dirfd);
    if (rc == TP_OK) {
        *out = job.region;
    } else {
        tpi_region_close(&job.region);
        if (job.is_ours) {
            (void)unlinkat(dirfd, name, 0);
        }
    }
    if (job.fd >= 0) {
        close(job.fd);
    }
    return rc;
}

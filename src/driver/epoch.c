/*
 * Making, checking and removing the files of one epoch.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "driver/store_internal.h"
#include "shm/create.h"

enum { FILE_NAME_MAX = 32 };
static const char ring_name[] = "header.ring";

static void epoch_name(char *out, size_t size, uint64_t number)
{
    (void)snprintf(out, size, "epoch-%llu", (unsigned long long)number);
}

static void pool_name(char *out, size_t size, uint16_t pool_id)
{
    (void)snprintf(out, size, "payload-%u.pool", pool_id);
}

/* ---- making ---- */

/* Rule: D-93 - the flag says what the files are on, nothing else. */
static int make_uri(const tpi_store_t *store, const tpi_epoch_plan_t *plan, const char *file,
                    char **out)
{
    char path[TPI_REGION_PATH_MAX];
    char uri[TPI_REGION_PATH_MAX];
    const int len =
        snprintf(path, sizeof(path), "%s/stream-%u/%s/epoch-%llu/%s",
                 strcmp(store->base, "/") == 0 ? "" : store->base, plan->stream_id,
                 store->instance_id, (unsigned long long)plan->number, file); /* Rule: D-86 */
    if (len < 0 || (size_t)len >= sizeof(path)) {
        return tpi_fail(TP_ERANGE, "path of \"%s\" is too long", file);
    }
    const int rc = tpi_region_uri_format(uri, sizeof(uri), path, store->is_hugetlbfs);
    if (rc != TP_OK) {
        return rc;
    }
    *out = strdup(uri);
    return *out != NULL ? TP_OK : tpi_fail(TP_ENOMEM, "no memory for a URI");
}

/* Rule: D-7, W-14, W-15 */
static tpi_superblock_t superblock_of(const tpi_epoch_plan_t *plan)
{
    return (tpi_superblock_t){
        .magic = TPI_SUPERBLOCK_MAGIC,
        .layout_version = TPI_LAYOUT_VERSION,
        .epoch = plan->number,
        .stream_id = plan->stream_id,
        .nslots = plan->profile->nslots,
        .pid = (uint64_t)getpid(),
        .start_timestamp_ns = (uint64_t)plan->now_ns,
        .activity_timestamp_ns = (uint64_t)plan->now_ns,
    };
}

/** Bytes with memory behind them; of `len` in a file that is allocated as a whole or in its first page only. */
static uint64_t allocated(const tpi_store_t *store, uint64_t len, bool whole)
{
    const uint64_t page = store->page_bytes;
    return whole ? (len + page - 1) / page * page : page;
}

uint64_t tpi_store_bytes_to_allocate(const tpi_store_t *store, const tpi_epoch_plan_t *plan)
{
    const tpi_driver_profile_t *profile = plan->profile;
    const bool whole = plan->prefault || plan->mlock;
    uint64_t bytes = allocated(
        store, TPI_SUPERBLOCK_BYTES + (uint64_t)profile->nslots * TPI_HEADER_SLOT_BYTES, true);
    for (size_t i = 0; i < profile->npools; i++) {
        const uint64_t slots_bytes = (uint64_t)profile->nslots * profile->pools[i].stride_bytes;
        bytes += allocated(store, TPI_SUPERBLOCK_BYTES + slots_bytes, whole);
    }
    return bytes;
}

typedef struct making {
    const tpi_store_t *store;
    const tpi_epoch_plan_t *plan;
    const atomic_bool *cancel;
    int dir_fd;
    uint64_t left_bytes; /* of this epoch, not made yet */
    tpi_promise_t promise;
    uint64_t
        /* looked at with the first file; from then on the promise is ours, and who comes later looks at it */
        promised_before;
    bool mlock_failed;
} making_t;

static int make_region(making_t *making, const char *file, const tpi_superblock_t *superblock,
                       tpi_epoch_region_t *out)
{
    if (making->cancel != NULL && atomic_load_explicit(making->cancel, memory_order_relaxed)) {
        return tpi_fail(TP_ECLOSED, "cancelled");
    }
    making->left_bytes -= tpi_region_needed_len(superblock);
    /* Rule: D-90 - the first look already asks for the room of all of them; Rule: D-68 - of a sparse epoch that nobody will write, what is allocated. */
    const bool whole = making->plan->prefault || making->plan->mlock ||
                       superblock->region_type == TPI_REGION_HEADER_RING;
    const uint64_t now_bytes = allocated(making->store, tpi_region_needed_len(superblock), whole);
    const uint64_t to_follow = making->plan->for_producer         ? making->left_bytes
                               : making->promise.left > now_bytes ? making->promise.left - now_bytes
                                                                  : 0;
    const uint64_t promised_before = making->promised_before;
    making->promised_before = 0;
    const tpi_create_options_t options = {
        .file_mode = making->store->file_mode,
        .prefault = making->plan->prefault,
        .transparent_huge_pages = making->plan->transparent_hugepages,
        .superblock_only = !making->plan->mlock,
        .cancel = making->cancel,
        .reuse_existing = making->plan->reuse_existing,
        .never_written = !making->plan->for_producer, /* Rule: D-68 */
        .reserve_bytes = to_follow + promised_before,
        .promise = &making->promise,
    };
    int rc = make_uri(making->store, making->plan, file, &out->uri);
    rc = rc != TP_OK ? rc
                     : tpi_region_create(&out->region, making->dir_fd, file, superblock, &options);
    struct stat info;
    if (rc == TP_OK && fstatat(making->dir_fd, file, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        rc = tpi_fail_errno("\"%s\"", file);
    }
    if (rc != TP_OK) {
        return rc;
    }
    out->device = info.st_dev;
    out->inode = info.st_ino;
    if (!making->plan->mlock) {
        return TP_OK;
    }
    if (mlock(out->region.base, out->region.mapped_len) != 0) { /* Rule: D-97 */
        if (errno == ENOSYS) {
            return TP_OK;
        }
        making->mlock_failed = true;
        return tpi_fail_errno("\"%s\": policies.mlock_shm: lock %zu bytes of memory", file,
                              out->region.mapped_len);
    }
    return TP_OK;
}

static int make_regions(making_t *making, tpi_epoch_t *epoch)
{
    const tpi_driver_profile_t *profile = making->plan->profile;
    tpi_superblock_t ring = superblock_of(making->plan);
    ring.region_type = TPI_REGION_HEADER_RING;
    ring.slot_bytes = TPI_HEADER_SLOT_BYTES;
    int rc = make_region(making, ring_name, &ring, &epoch->ring);
    if (rc != TP_OK) {
        return rc;
    }
    epoch->ring_path = strchr(epoch->ring.uri, '=') + 1;
    for (size_t i = 0; i < profile->npools; i++) {
        char name[FILE_NAME_MAX];
        tpi_superblock_t pool = superblock_of(making->plan);
        pool.region_type = TPI_REGION_PAYLOAD_POOL;
        pool.pool_id = profile->pools[i].pool_id;
        pool.stride_bytes = pool.slot_bytes = profile->pools[i].stride_bytes;
        pool_name(name, sizeof(name), pool.pool_id);
        epoch->npools = i + 1;
        rc = make_region(making, name, &pool, &epoch->pools[i]);
        if (rc != TP_OK) {
            return rc;
        }
    }
    return TP_OK;
}

/** Remove what bears our names. Returns the number of other entries; the first one's name in `other`. */
static size_t remove_files(int dir_fd, char *other, size_t size)
{
    DIR *dir = tpi_store_list(dir_fd);
    size_t others = 0;
    if (dir == NULL) {
        return 0;
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char name[FILE_NAME_MAX];
        unsigned pool_id = 0;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        const bool is_pool =
            sscanf(entry->d_name, "payload-%5u.pool", &pool_id) == 1 && pool_id <= UINT16_MAX;
        pool_name(name, sizeof(name), (uint16_t)pool_id);
        const bool is_ours =
            strcmp(entry->d_name, ring_name) == 0 || (is_pool && strcmp(entry->d_name, name) == 0);
        if (!is_ours || unlinkat(dir_fd, entry->d_name, 0) != 0) { /* Rule: D-103 */
            if (others++ == 0) {
                (void)snprintf(other, size, "%s", entry->d_name);
            }
        }
    }
    closedir(dir);
    return others;
}

int tpi_store_make_epoch(tpi_store_t *store, int instance_fd, const tpi_epoch_plan_t *plan,
                         const atomic_bool *cancel, tpi_epoch_t **out, bool *out_mlock_failed)
{
    char name[FILE_NAME_MAX];
    char other[FILE_NAME_MAX];
    making_t making = { .store = store,
                        .plan = plan,
                        .cancel = cancel,
                        .dir_fd = -1,
                        .left_bytes = plan->profile->total_bytes };
    *out_mlock_failed = false;
    making.promised_before = tpi_promise_make(&making.promise, &store->promised_bytes,
                                              tpi_store_bytes_to_allocate(store, plan));
    tpi_epoch_t *epoch =
        calloc(1, sizeof(*epoch) + plan->profile->npools * sizeof(epoch->pools[0]));
    if (epoch == NULL) {
        tpi_promise_keep(&making.promise, making.promise.left);
        return tpi_fail(TP_ENOMEM, "no memory for an epoch");
    }
    epoch->number = plan->number;
    epoch->nslots = plan->profile->nslots;
    epoch_name(name, sizeof(name), plan->number);
    int rc = TP_OK;
    /* Rule: D-67, D-91 - a directory of its own; one left by hand only if we were told to take it. */
    const bool made = mkdirat(instance_fd, name, 0700) == 0;
    if (!made && (errno != EEXIST || !plan->reuse_existing)) {
        rc = tpi_fail_errno("directory \"%s\"", name);
        goto out;
    }
    rc = tpi_store_enter(store, instance_fd, name, false, &making.dir_fd);
    rc = rc != TP_OK ? rc : make_regions(&making, epoch);
    if (rc == TP_OK &&
        fchmod(making.dir_fd, store->dir_mode) != 0) { /* last: nobody looks into half an epoch */
        rc = tpi_fail_errno("directory \"%s\": mode 0%o", name, store->dir_mode);
    }
    if (rc != TP_OK && made) { /* Rule: D-69 - partial files are removed. */
        if (making.dir_fd >= 0) {
            (void)remove_files(making.dir_fd, other, sizeof(other));
        }
        (void)unlinkat(instance_fd, name, AT_REMOVEDIR);
    }
out:
    if (making.dir_fd >= 0) {
        close(making.dir_fd);
    }
    tpi_promise_keep(&making.promise,
                     making.promise.left); /* behind the removal of a half epoch, if it failed */
    if (rc != TP_OK) {
        *out_mlock_failed = making.mlock_failed;
        tpi_epoch_close(epoch);
        return rc;
    }
    *out = epoch;
    return TP_OK;
}

void tpi_epoch_close(tpi_epoch_t *epoch)
{
    if (epoch == NULL) {
        return;
    }
    tpi_region_close(&epoch->ring.region);
    free(epoch->ring.uri);
    for (size_t i = 0; i < epoch->npools; i++) {
        tpi_region_close(&epoch->pools[i].region);
        free(epoch->pools[i].uri);
    }
    free(epoch);
}

bool tpi_epoch_is_mapped_whole(const tpi_epoch_t *epoch)
{
    bool is_whole = epoch->ring.region.mapped_len > epoch->ring.region.page_bytes;
    for (size_t i = 0; i < epoch->npools; i++) {
        const tpi_region_t *region = &epoch->pools[i].region;
        is_whole = is_whole || region->mapped_len > region->page_bytes;
    }
    return is_whole;
}

/* ---- watching ---- */

static int check_region(const tpi_epoch_region_t *part)
{
    struct stat info;
    char path[TPI_REGION_PATH_MAX];
    const char *start = strchr(part->uri, '=') + 1;
    (void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(start, "|"), start);
    if (lstat(path, &info) != 0) {
        return tpi_fail(TP_ELAYOUT, "\"%s\" is gone", path);
    }
    if (info.st_dev != part->device || info.st_ino != part->inode) {
        return tpi_fail(TP_ELAYOUT, "\"%s\" is another file", path);
    }
    if ((uint64_t)info.st_size < part->region.needed_len) {
        return tpi_fail(TP_ELAYOUT, "\"%s\" was cut to %lld bytes", path, (long long)info.st_size);
    }
    tpi_superblock_t found;
    tpi_superblock_load(part->region.base, &found);
    int rc = tpi_superblock_check(&found, &part->region.superblock);
    if (rc == TP_OK && found.pid != part->region.superblock.pid) {
        rc = tpi_fail(TP_ELAYOUT, "superblock: pid %llu, written was %llu",
                      (unsigned long long)found.pid,
                      (unsigned long long)part->region.superblock.pid);
    }
    if (rc != TP_OK) {
        tpi_note("\"%s\"", path);
    }
    return rc;
}

/* Rule: D-60 */
int tpi_epoch_check(const tpi_epoch_t *epoch)
{
    int rc = check_region(&epoch->ring);
    for (size_t i = 0; rc == TP_OK && i < epoch->npools; i++) {
        rc = check_region(&epoch->pools[i]);
    }
    return rc;
}

/* Rule: D-6 */
void tpi_epoch_touch(tpi_epoch_t *epoch, int64_t now_ns)
{
    tpi_superblock_touch(epoch->ring.region.base, (uint64_t)now_ns);
    for (size_t i = 0; i < epoch->npools; i++) {
        tpi_superblock_touch(epoch->pools[i].region.base, (uint64_t)now_ns);
    }
}

/* ---- old ones ---- */

static int enter_epoch(const tpi_store_t *store, uint32_t stream_id, uint64_t number,
                       int *out_instance_fd, int *out_fd)
{
    char name[FILE_NAME_MAX];
    int rc = tpi_store_enter_instance(store, stream_id, false, out_instance_fd);
    if (rc != TP_OK) {
        return rc;
    }
    epoch_name(name, sizeof(name), number);
    rc = tpi_store_enter(store, *out_instance_fd, name, false, out_fd);
    if (rc != TP_OK) {
        close(*out_instance_fd);
    }
    return rc;
}

int tpi_store_epoch_superblock(const tpi_store_t *store, uint32_t stream_id, uint64_t number,
                               tpi_superblock_t *out)
{
    *out = (tpi_superblock_t){ 0 };
    int instance_fd = -1;
    int dir_fd = -1;
    const int rc = enter_epoch(store, stream_id, number, &instance_fd, &dir_fd);
    if (rc != TP_OK) {
        return rc;
    }
    uint8_t bytes[TPI_SUPERBLOCK_BYTES];
    struct stat info;
    const int fd = openat(dir_fd, ring_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
        pread(fd, bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes)) {
        tpi_superblock_decode(bytes, out);
        if (out->magic != TPI_SUPERBLOCK_MAGIC) {
            *out = (tpi_superblock_t){ 0 };
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    close(dir_fd);
    close(instance_fd);
    return TP_OK;
}

/* Rule: D-103 */
int tpi_store_remove_epoch(const tpi_store_t *store, uint32_t stream_id, uint64_t number)
{
    char name[FILE_NAME_MAX];
    char other[NAME_MAX + 1] = "";
    int instance_fd = -1;
    int dir_fd = -1;
    int rc = enter_epoch(store, stream_id, number, &instance_fd, &dir_fd);
    if (rc != TP_OK) {
        return rc == TP_ENOENT ? TP_OK : rc;
    }
    epoch_name(name, sizeof(name), number);
    const size_t others = remove_files(dir_fd, other, sizeof(other));
    close(dir_fd);
    if (others > 0) {
        rc =
            tpi_fail(TP_EBUSY, "stream %u: \"%s\" holds %zu unknown files, e.g. \"%s\": left alone",
                     stream_id, name, others, other);
    } else if (unlinkat(instance_fd, name, AT_REMOVEDIR) != 0 && errno != ENOENT) {
        rc = tpi_fail_errno("stream %u: remove \"%s\"", stream_id, name);
    }
    close(instance_fd);
    return rc;
}

void tpi_store_remove_stream(const tpi_store_t *store, uint32_t stream_id)
{
    char name[FILE_NAME_MAX];
    int fd = -1;
    if (tpi_store_enter_stream(store, stream_id, false, &fd) != TP_OK) {
        return;
    }
    (void)unlinkat(fd, store->instance_id, AT_REMOVEDIR);
    /* The lock goes only if nothing else is there: other instances may have their epochs beside ours. */
    bool is_empty = true;
    DIR *dir = tpi_store_list(fd);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        is_empty =
            is_empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                         strcmp(entry->d_name, TPI_STORE_LOCK) == 0);
    }
    if (dir != NULL) {
        closedir(dir);
        if (is_empty) {
            (void)unlinkat(fd, TPI_STORE_LOCK, 0);
        }
    }
    close(fd);
    (void)snprintf(name, sizeof(name), "stream-%u", stream_id);
    (void)unlinkat(store->base_fd, name, AT_REMOVEDIR);
}

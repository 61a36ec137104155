#include "standalone/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "shm/create.h"

#define EPOCH_FILE "epoch"
#define RING_FILE "header.ring"
#define DEFAULT_NSLOTS 64u
#define DEFAULT_STRIDE (1u << 20)
#define DEFAULT_MODE 0600u
#define SCAN_MAX 100000 /* entries looked at: a directory is a stranger's, too */

enum { NAME_BYTES = 48 };

/* ---- what is asked for ---- */

static int check_component(const char *field, const char *name)
{
    const char *c = name;
    while ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
           *c == '_' || *c == '-' || (*c == '.' && c != name)) {
        c++;
    }
    if (*c != '\0' || c == name || c - name > 64) {
        return tpi_fail(TP_EINVAL,
                        "local.%s \"%.80s\": 1 to 64 of A-Z a-z 0-9 . _ -, the first not a dot",
                        field, name);
    }
    return TP_OK;
}

static int check_pools(const tpi_local_files_t *f)
{
    if (!tpi_is_power_of_two(f->nslots)) {
        return tpi_fail(TP_EINVAL, "local.nslots %u: not a power of two", f->nslots);
    }
    for (size_t i = 0; i < f->npools; i++) {
        if (f->pool_ids[i] == 0 || f->pool_ids[i] == UINT16_MAX) { /* Rule: W-60 */
            return tpi_fail(TP_EINVAL, "local.pools[%zu].pool_id %u: 1..65534", i, f->pool_ids[i]);
        }
        if (!tpi_is_power_of_two(f->strides[i]) || f->strides[i] < 64) {
            return tpi_fail(TP_EINVAL,
                            "local.pools[%zu].stride_bytes %u: a power of two, at least 64", i,
                            f->strides[i]);
        }
        for (size_t k = 0; k < i; k++) {
            if (f->pool_ids[k] == f->pool_ids[i]) {
                return tpi_fail(TP_EINVAL, "local.pools[%zu].pool_id %u: is pools[%zu]'s, too", i,
                                f->pool_ids[i], k);
            }
        }
    }
    return TP_OK;
}

static int read_layout(tpi_local_files_t *f, const tp_local_stream_t *local)
{
    f->nslots = local->nslots != 0 ? local->nslots : DEFAULT_NSLOTS;
    if ((local->pools == NULL) != (local->npools == 0) || local->npools > TP_LOCAL_MAX_POOLS) {
        return tpi_fail(TP_EINVAL, "local.npools %zu: with pools 1..%d, without them 0",
                        local->npools, TP_LOCAL_MAX_POOLS);
    }
    f->npools = local->npools != 0 ? local->npools : 1;
    f->pool_ids[0] = 1;
    f->strides[0] = DEFAULT_STRIDE;
    for (size_t i = 0; i < local->npools; i++) {
        f->pool_ids[i] = local->pools[i].pool_id;
        f->strides[i] = local->pools[i].stride_bytes;
    }
    /* Rule: W-76 */
    const uint32_t mode = local->permissions_mode != 0 ? local->permissions_mode : DEFAULT_MODE;
    if ((mode & ~0666u) != 0 || (mode & 0600) != 0600) {
        return tpi_fail(TP_EINVAL,
                        "local.permissions_mode 0%o: read and write bits, among them the owner's, "
                        "as 0600 or 0660",
                        mode);
    }
    f->file_mode = mode;
    f->dir_mode = mode | ((mode & 0444) >> 2) | ((mode & 0070) != 0 ? 02000 : 0);
    return check_pools(f);
}

/* ---- directories and the lock ---- */

/* Rule: W-76, W-78 never through a link; what is made gets its mode whatever the umask */
static int enter(int parent, const char *name, bool create, uint32_t mode, int *out_fd)
{
    const bool made = create && mkdirat(parent, name, 0700) == 0;
    if (create && !made && errno != EEXIST) {
        return tpi_fail_errno("directory \"%s\"", name);
    }
    const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        const bool is_odd = errno == ELOOP || errno == ENOTDIR;
        const int rc = tpi_fail_errno("directory \"%s\"", name);
        return is_odd ? TP_EPATH : rc;
    }
    if (made && fchmod(fd, mode) != 0) {
        const int rc = tpi_fail_errno("directory \"%s\": mode 0%o", name, mode);
        close(fd);
        (void)unlinkat(parent, name, AT_REMOVEDIR); /* the next one makes it with its mode */
        return rc;
    }
    *out_fd = fd;
    return TP_OK;
}

/* A listing with a position of its own; NULL with errno. */
static DIR *list(int dir_fd)
{
    const int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL && fd >= 0) {
        close(fd);
    }
    return dir;
}

static int find_base(const tp_local_stream_t *local, const char *base, const tpi_bases_t *bases,
                     char *out)
{
    char inside[PATH_MAX + 2];
    const char *wanted = local->base_dir != NULL ? local->base_dir : base;
    if (wanted == NULL) {
        return tpi_fail(TP_EINVAL,
                        "local.base_dir is needed where the client has no allowed base directory");
    }
    if (realpath(wanted, out) == NULL) {
        return tpi_fail_errno("local.base_dir \"%s\"", wanted);
    }
    /* Rule: W-66, W-68 what consumers could not map need not be made */
    snprintf(inside, sizeof inside, "%s/x", strcmp(out, "/") == 0 ? "" : out);
    if (!tpi_bases_contain(bases, inside)) {
        return tpi_fail(TP_EPATH,
                        "local.base_dir \"%s\": not inside the client's allowed_base_dirs", out);
    }
    return TP_OK;
}

static int lock(tpi_local_files_t *f)
{
    struct stat info;
    f->epoch_fd = openat(f->instance_fd, EPOCH_FILE,
                         O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (f->epoch_fd < 0 || fstat(f->epoch_fd, &info) != 0) {
        return tpi_fail_errno("\"%s/%s\"", f->path, EPOCH_FILE);
    }
    if (!S_ISREG(info.st_mode)) {
        return tpi_fail(TP_EPATH, "\"%s/%s\": not a regular file", f->path, EPOCH_FILE);
    }
    if (flock(f->epoch_fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK
                   ? tpi_fail(TP_EBUSY,
                              "\"%s\" is in use: a stream has one producer; another one needs "
                              "another instance",
                              f->path)
                   : tpi_fail_errno("lock \"%s/%s\"", f->path, EPOCH_FILE);
    }
    return TP_OK;
}

int tpi_local_files_open(tpi_local_files_t *f, const tp_local_stream_t *local, uint32_t stream_id,
                         const char *base, const tpi_bases_t *bases)
{
    char canonical[PATH_MAX];
    char namespace[NAME_BYTES];
    char instance[NAME_BYTES];
    int base_fd = -1;
    int namespace_fd = -1;
    memset(f, 0, sizeof *f);
    f->instance_fd = f->epoch_fd = -1;
    snprintf(namespace, sizeof namespace, "tensorpool-%u", (unsigned)getuid());
    /* a UUID of version 8 */
    snprintf(instance, sizeof instance, "%08x-0000-8000-8000-000000000000", stream_id);
    const char *ns = local->shm_namespace != NULL ? local->shm_namespace : namespace;
    const char *in = local->instance != NULL ? local->instance : instance;
    int rc = check_component("shm_namespace", ns);
    rc = rc != TP_OK ? rc : check_component("instance", in);
    rc = rc != TP_OK ? rc : read_layout(f, local);
    rc = rc != TP_OK ? rc : find_base(local, base, bases, canonical);
    if (rc != TP_OK) {
        return rc;
    }
    /* Rule: W-77 */
    const int len = snprintf(f->path, sizeof f->path, "%s/%s/%s",
                             strcmp(canonical, "/") == 0 ? "" : canonical, ns, in);
    if (len < 0 || (size_t)len + 64 >= sizeof f->path) {
        return tpi_fail(TP_EPATH,
                        "local.base_dir \"%.80s...\": region paths would be longer than %d bytes",
                        canonical, TPI_REGION_PATH_MAX - 1);
    }
    base_fd = open(canonical, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (base_fd < 0) {
        rc = tpi_fail_errno("local.base_dir \"%s\"", canonical);
        goto out;
    }
    rc = tpi_fs_probe(base_fd, NULL, &f->is_hugetlbfs, NULL);
    if (rc == TP_OK && local->require_hugepages && !f->is_hugetlbfs) { /* Rule: W-74 */
        rc = tpi_fail(TP_EINVAL, "local.require_hugepages: base_dir \"%s\" is not on hugetlbfs",
                      canonical);
    }
    rc = rc != TP_OK ? rc : enter(base_fd, ns, true, f->dir_mode, &namespace_fd);
    rc = rc != TP_OK ? rc : enter(namespace_fd, in, true, f->dir_mode, &f->instance_fd);
    rc = rc != TP_OK ? rc : lock(f);
out:
    if (namespace_fd >= 0) {
        close(namespace_fd);
    }
    if (base_fd >= 0) {
        close(base_fd);
    }
    if (rc != TP_OK) {
        tpi_local_files_close(f);
    }
    return rc;
}

static void close_region(tpi_local_region_t *r)
{
    tpi_region_close(&r->region);
    free(r->uri);
    r->uri = NULL;
}

static void close_epoch(tpi_local_files_t *f)
{
    close_region(&f->ring);
    for (size_t i = 0; i < f->npools; i++) {
        close_region(&f->pools[i]);
    }
    f->epoch = 0;
}

void tpi_local_files_close(tpi_local_files_t *f)
{
    close_epoch(f);
    if (f->epoch_fd >= 0) {
        close(f->epoch_fd); /* the only handle of that open: the lock goes with it */
    }
    if (f->instance_fd >= 0) {
        close(f->instance_fd);
    }
    f->instance_fd = f->epoch_fd = -1;
}

/* ---- numbers ---- */

/* `prefix` and a decimal number as we write it, up to `max`. Returns what follows it, or NULL: not
 * such a name. */
static const char *read_number(const char *text, const char *prefix, uint64_t max, uint64_t *out)
{
    const size_t skip = strlen(prefix);
    if (strncmp(text, prefix, skip) != 0) {
        return NULL;
    }
    const char *c = text + skip;
    uint64_t value = 0;
    if (*c < '0' || *c > '9' || (c[0] == '0' && c[1] >= '0' && c[1] <= '9')) {
        return NULL;
    }
    for (; *c >= '0' && *c <= '9'; c++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*c - '0'), &value)) {
            return NULL;
        }
    }
    *out = value;
    return value <= max ? c : NULL;
}

static bool read_epoch_name(const char *name, uint64_t *out)
{
    const char *end = read_number(name, "epoch-", UINT64_MAX, out);
    return end != NULL && *end == '\0';
}

/* Rule: W-110 persisted + 1; where nothing is known, the time of day, which is above what a
 * directory had that is gone. */
static int next_epoch(const tpi_local_files_t *f, uint64_t realtime_ns, uint64_t *out)
{
    char text[32] = "";
    uint64_t last = 0;
    uint64_t on_disk = 0;
    const ssize_t len = pread(f->epoch_fd, text, sizeof text - 1, 0);
    if (len < 0) {
        return tpi_fail_errno("\"%s/%s\"", f->path, EPOCH_FILE);
    }
    const char *end = len > 0 ? read_number(text, "", UINT64_MAX, &last) : NULL;
    if (end == NULL || strcmp(end, "\n") != 0) {
        last = realtime_ns - 1; /* nothing, or not what we write */
    }
    DIR *dir = list(f->instance_fd);
    if (dir == NULL) {
        return tpi_fail_errno("\"%s\"", f->path);
    }
    int left = SCAN_MAX;
    for (struct dirent *entry; left > 0 && (entry = readdir(dir)) != NULL; left--) {
        if (read_epoch_name(entry->d_name, &on_disk) && on_disk > last) {
            last = on_disk; /* of a run that made it and lived no longer, or from another place */
        }
    }
    closedir(dir);
    if (last >= UINT64_MAX - 1) { /* Rule: W-23; the largest is the null value */
        return tpi_fail(TP_ERANGE, "\"%s\": no epoch is left above %llu", f->path,
                        (unsigned long long)last);
    }
    *out = last + 1;
    return TP_OK;
}

/* In place and of one length, so that a crash leaves the old number or the new one. */
static int keep_number(const tpi_local_files_t *f, uint64_t number)
{
    char text[32];
    const int len = snprintf(text, sizeof text, "%llu\n", (unsigned long long)number);
    if (pwrite(f->epoch_fd, text, (size_t)len, 0) != len || ftruncate(f->epoch_fd, len) != 0 ||
        (fsync(f->epoch_fd) != 0 && errno != EINVAL)) {
        return tpi_fail_errno("\"%s/%s\": keep number %llu", f->path, EPOCH_FILE,
                              (unsigned long long)number);
    }
    return TP_OK;
}

/* ---- making ---- */

static int make_region(tpi_local_files_t *f, bool sparse, int dir_fd, const char *name,
                       const tpi_superblock_t *superblock, uint64_t to_follow,
                       tpi_local_region_t *out)
{
    char path[TPI_REGION_PATH_MAX];
    char uri[TPI_REGION_PATH_MAX + 64];
    const tpi_create_options_t options = {
        .file_mode = f->file_mode,
        .prefault = !sparse,
        .transparent_huge_pages = true,
        .superblock_only = true,
        .reserve_bytes = to_follow,
    };
    const int len = snprintf(path, sizeof path, "%s/epoch-%llu/%s", f->path,
                             (unsigned long long)superblock->epoch, name);
    if (len < 0 || (size_t)len >= sizeof path) {
        return tpi_fail(TP_ERANGE, "path of \"%s\" is too long", name);
    }
    int rc = tpi_region_uri_format(uri, sizeof uri, path, f->is_hugetlbfs); /* Rule: W-66 */
    if (rc == TP_OK && (out->uri = strdup(uri)) == NULL) {
        rc = tpi_fail(TP_ENOMEM, "no memory for a URI");
    }
    /* Rule: W-112 */
    return rc != TP_OK ? rc : tpi_region_create(&out->region, dir_fd, name, superblock, &options);
}

static int make_regions(tpi_local_files_t *f, bool sparse, int dir_fd,
                        const tpi_superblock_t *common)
{
    tpi_superblock_t ring = *common;
    uint64_t to_follow = 0;
    ring.region_type = TPI_REGION_HEADER_RING;
    ring.slot_bytes = TPI_HEADER_SLOT_BYTES; /* Rule: W-14 */
    for (size_t i = 0; i < f->npools && !sparse; i++) {
        to_follow += TPI_SUPERBLOCK_BYTES + (uint64_t)f->nslots * f->strides[i];
    }
    int rc = make_region(f, sparse, dir_fd, RING_FILE, &ring, to_follow, &f->ring);
    for (size_t i = 0; i < f->npools && rc == TP_OK; i++) {
        char name[NAME_BYTES];
        tpi_superblock_t pool = *common;
        pool.region_type = TPI_REGION_PAYLOAD_POOL;
        pool.pool_id = f->pool_ids[i];
        pool.stride_bytes = pool.slot_bytes = f->strides[i]; /* Rule: W-15 */
        to_follow -= sparse ? 0 : TPI_SUPERBLOCK_BYTES + (uint64_t)f->nslots * f->strides[i];
        snprintf(name, sizeof name, "payload-%u.pool", pool.pool_id);
        rc = make_region(f, sparse, dir_fd, name, &pool, to_follow, &f->pools[i]);
    }
    return rc;
}

/* Remove what bears our names; the directory then is empty, or it stays. */
static int remove_epoch(const tpi_local_files_t *f, uint64_t number)
{
    char name[NAME_BYTES];
    int fd = -1;
    snprintf(name, sizeof name, "epoch-%llu", (unsigned long long)number);
    const int rc = enter(f->instance_fd, name, false, 0, &fd);
    if (rc != TP_OK) {
        return rc;
    }
    DIR *dir = list(fd);
    int left = dir != NULL ? SCAN_MAX : 0;
    for (struct dirent *entry; left > 0 && (entry = readdir(dir)) != NULL; left--) {
        uint64_t pool_id = 0;
        const char *end = read_number(entry->d_name, "payload-", UINT16_MAX, &pool_id);
        if (strcmp(entry->d_name, RING_FILE) == 0 || (end != NULL && strcmp(end, ".pool") == 0)) {
            (void)unlinkat(fd, entry->d_name, 0); /* what cannot be removed keeps its directory */
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    close(fd);
    return unlinkat(f->instance_fd, name, AT_REMOVEDIR) == 0
               ? TP_OK
               : tpi_fail_errno("remove \"%s/%s\"", f->path, name);
}

int tpi_local_files_make(tpi_local_files_t *f, bool sparse, uint32_t stream_id,
                         uint64_t realtime_ns, int64_t now_ns)
{
    uint64_t number = 0;
    char name[NAME_BYTES];
    int fd = -1;
    int rc = next_epoch(f, realtime_ns, &number);
    close_epoch(f);
    rc = rc != TP_OK ? rc : keep_number(f, number); /* before anybody hears of it */
    if (rc != TP_OK) {
        return rc;
    }
    snprintf(name, sizeof name, "epoch-%llu", (unsigned long long)number);
    if (mkdirat(f->instance_fd, name, 0700) != 0) { /* Rule: W-112 new files, exclusively */
        return tpi_fail_errno("directory \"%s/%s\"", f->path, name);
    }
    const tpi_superblock_t common = {
        .magic = TPI_SUPERBLOCK_MAGIC,
        .layout_version = TPI_LAYOUT_VERSION,
        .epoch = number,
        .stream_id = stream_id,
        .nslots = f->nslots,
        .pid = (uint64_t)getpid(),
        .start_timestamp_ns = (uint64_t)now_ns, /* Rule: W-119 the announce's clock */
        .activity_timestamp_ns = (uint64_t)now_ns,
    };
    rc = enter(f->instance_fd, name, false, 0, &fd);
    rc = rc != TP_OK ? rc : make_regions(f, sparse, fd, &common);
    if (rc == TP_OK && fchmod(fd, f->dir_mode) != 0) { /* last: nobody looks into half an epoch */
        rc = tpi_fail_errno("directory \"%s/%s\": mode 0%o", f->path, name, f->dir_mode);
    }
    if (fd >= 0) {
        close(fd);
    }
    if (rc != TP_OK) {
        char why[256];
        snprintf(why, sizeof why, "%s", tp_errmsg());
        close_epoch(f);
        (void)remove_epoch(f, number);
        return tpi_fail(rc, "%s", why);
    }
    f->epoch = number;
    return TP_OK;
}

void tpi_local_files_touch(tpi_local_files_t *f, int64_t now_ns)
{
    tpi_superblock_touch(f->ring.region.base, (uint64_t)now_ns); /* Rule: W-22 */
    for (size_t i = 0; i < f->npools; i++) {
        tpi_superblock_touch(f->pools[i].region.base, (uint64_t)now_ns);
    }
}

/* ---- removing ---- */

static bool is_running(uint64_t pid)
{
    if (pid == 0 || pid > INT32_MAX || pid == (uint64_t)getpid()) {
        return false; /* ours were ours, and we hold the lock */
    }
    return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

/* Rule: W-78, W-119 */
static bool may_go(const tpi_local_files_t *f, uint64_t number, int64_t now_ns, int64_t stale_ns)
{
    char name[NAME_BYTES];
    uint8_t bytes[TPI_SUPERBLOCK_BYTES];
    tpi_superblock_t superblock;
    int dir_fd = -1;
    snprintf(name, sizeof name, "epoch-%llu", (unsigned long long)number);
    if (enter(f->instance_fd, name, false, 0, &dir_fd) != TP_OK) {
        return false; /* a link, a file: not what we made */
    }
    const int fd = openat(dir_fd, RING_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    close(dir_fd);
    if (fd < 0) {
        return errno == ENOENT; /* half an epoch of a process that died over it */
    }
    const ssize_t len = pread(fd, bytes, sizeof bytes, 0);
    close(fd);
    if (len != (ssize_t)sizeof bytes) {
        return len >= 0;
    }
    tpi_superblock_decode(bytes, &superblock);
    const int64_t age_ns = (int64_t)((uint64_t)now_ns - superblock.activity_timestamp_ns);
    return (age_ns > stale_ns || age_ns < 0) && !is_running(superblock.pid);
}

int tpi_local_files_collect(tpi_local_files_t *f, int64_t now_ns, int64_t stale_ns,
                            size_t *out_left)
{
    uint64_t number = 0;
    int stuck = 0;
    bool is_removed = false;
    *out_left = 0;
    DIR *dir = list(f->instance_fd);
    if (dir == NULL) {
        return tpi_fail_errno("\"%s\"", f->path);
    }
    int left = SCAN_MAX;
    for (struct dirent *entry; !is_removed && left > 0 && (entry = readdir(dir)) != NULL; left--) {
        if (!read_epoch_name(entry->d_name, &number) || number == f->epoch) {
            continue;
        }
        if (!may_go(f, number, now_ns, stale_ns)) {
            ++*out_left;
            continue;
        }
        const int rc = remove_epoch(f, number);
        is_removed = rc == TP_OK;
        stuck = is_removed ? stuck : rc; /* and on to the next: one must not keep the others */
    }
    closedir(dir);
    return is_removed ? 1 : stuck;
}

void tpi_local_files_unlink(tpi_local_files_t *f)
{
    const uint64_t number = f->epoch;
    close_epoch(f);
    if (number != 0) {
        (void)remove_epoch(f, number);
    }
}

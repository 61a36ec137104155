#include "driver/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "driver/store_internal.h"
#include "shm/create.h"

/* ---- opening ---- */

/** Make what is missing of `path`. *out_made: how many last components were made. */
static int make_path(char *path, uint32_t mode, int *out_made)
{
    *out_made = 0;
    for (char *at = path + 1;; at++) {
        if (*at != '/' && *at != '\0') {
            continue;
        }
        const char end = *at;
        *at = '\0';
        const bool made = mkdir(path, 0700) == 0;
        const int err = errno;
        const int rc = made && chmod(path, mode) != 0 ? -1 : 0;
        *at = end;
        if ((!made && err != EEXIST) || rc != 0) {
            errno = made ? errno : err;
            return tpi_fail_errno("shm.base_dir \"%s\": cannot be made", path);
        }
        *out_made = made ? *out_made + 1 : 0;
        if (end == '\0') {
            return TP_OK;
        }
    }
}

static void unmake_path(char *path, int made)
{
    for (; made > 0; made--) {
        (void)rmdir(path);
        char *slash = strrchr(path, '/');
        if (slash == NULL || slash == path) {
            return;
        }
        *slash = '\0';
    }
}

size_t tpi_store_longest_uri(const tpi_store_t *store)
{
    return strlen("shm:file?path=") + strlen(store->base) + strlen("/stream-4294967294/") +
           strlen(store->instance_id) + strlen("/epoch-18446744073709551615/payload-65534.pool") +
           (store->is_hugetlbfs ? strlen("|require_hugepages=true") : 0);
}

/* Rule: D-89 */
static int check_base_text(const tpi_store_t *store)
{
    for (const char *c = store->base; *c != '\0'; c++) {
        if (*c < 0x21 || *c > 0x7e || *c == '?' || *c == '|') {
            return tpi_fail(TP_ECONFIG,
                            "shm.base_dir \"%s\": visible ASCII without \"?\" and \"|\" only",
                            store->base);
        }
    }
    if (tpi_store_longest_uri(store) >= TPI_REGION_PATH_MAX) {
        return tpi_fail(TP_ECONFIG,
                        "shm.base_dir: region URIs would have %zu bytes, at most are 1023: \"%s\"",
                        tpi_store_longest_uri(store), store->base);
    }
    return TP_OK;
}

/* Rule: D-85 - the driver keeps to the containment it asks of others. */
static int check_contained(const tpi_store_t *store, const tpi_driver_config_t *config)
{
    tpi_bases_t *bases = NULL;
    int rc = tpi_bases_create(&bases, (const char *const *)config->allowed_base_dirs,
                              config->allowed_base_dirs_count);
    if (rc != TP_OK) {
        tpi_note("shm.allowed_base_dirs");
        return rc == TP_ENOMEM ? rc : TP_ECONFIG;
    }
    char inside[TPI_REGION_PATH_MAX + 2];
    (void)snprintf(inside, sizeof(inside), "%s/x",
                   strcmp(store->base, "/") == 0 ? "" : store->base);
    if (!tpi_bases_contain(bases, inside)) {
        rc = tpi_fail(TP_ECONFIG, "shm.base_dir \"%s\": not inside shm.allowed_base_dirs",
                      store->base);
    }
    tpi_bases_destroy(bases);
    return rc;
}

static int open_base(tpi_store_t *store, const tpi_driver_config_t *config)
{
    char canonical[PATH_MAX];
    if (realpath(config->base_dir, canonical) == NULL) {
        return tpi_fail_errno("shm.base_dir \"%s\"", config->base_dir);
    }
    if (strlen(canonical) >= sizeof(store->base)) {
        return tpi_fail(TP_ECONFIG, "shm.base_dir \"%s\": too long", canonical);
    }
    memcpy(store->base, canonical, strlen(canonical) + 1);
    int rc = check_contained(store, config);
    if (rc != TP_OK) {
        return rc;
    }
    store->base_fd = open(store->base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (store->base_fd < 0) {
        return tpi_fail_errno("shm.base_dir \"%s\"", store->base);
    }
    rc = tpi_fs_probe(store->base_fd, NULL, &store->is_hugetlbfs, &store->page_bytes);
    if (rc != TP_OK) {
        return rc;
    }
    rc = check_base_text(store);
    if (rc != TP_OK) {
        return rc;
    }
    if (config->require_hugepages && !store->is_hugetlbfs) { /* Rule: D-93 */
        return tpi_fail(TP_ECONFIG,
                        "shm.require_hugepages: shm.base_dir \"%s\" is not on hugetlbfs",
                        store->base);
    }
    return tpi_driver_config_check_pages(config, store->is_hugetlbfs ? store->page_bytes : 0);
}

int tpi_store_open(tpi_store_t *store, const tpi_driver_config_t *config)
{
    memset(store, 0, sizeof(*store));
    store->base_fd = -1;
    store->file_mode = config->file_mode;
    store->dir_mode = config->dir_mode;
    (void)snprintf(store->instance_id, sizeof(store->instance_id), "%s", config->instance_id);
    char *path = strdup(config->base_dir);
    if (path == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for a path");
    }
    /* "/a/b/" is "/a/b"; otherwise the last component would count as there already. */
    for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--) {
        path[len - 1] = '\0';
    }
    int made = 0;
    int rc = make_path(path, store->dir_mode, &made);
    rc = rc != TP_OK ? rc : open_base(store, config);
    if (rc != TP_OK) {
        tpi_store_close(store);
        unmake_path(path, made);
    }
    free(path);
    return rc;
}

void tpi_store_close(tpi_store_t *store)
{
    if (store->base_fd >= 0) {
        close(store->base_fd);
    }
    store->base_fd = -1;
}

/** The base may have been removed under a long-running driver, e.g. by hand: make it again. */
static int refresh_base(tpi_store_t *store)
{
    struct stat info;
    if (fstat(store->base_fd, &info) == 0 && info.st_nlink > 0) {
        return TP_OK;
    }
    char path[TPI_REGION_PATH_MAX];
    memcpy(path, store->base, sizeof(path));
    int made = 0;
    const int rc = make_path(path, store->dir_mode, &made);
    if (rc != TP_OK) {
        return rc;
    }
    const int fd = open(store->base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return tpi_fail_errno("shm.base_dir \"%s\"", store->base);
    }
    /* Under the same number: helper threads may be using it. */
    const bool is_set = dup3(fd, store->base_fd, O_CLOEXEC) == store->base_fd;
    const int fault = is_set ? TP_OK : tpi_fail_errno("shm.base_dir \"%s\"", store->base);
    close(fd);
    return fault;
}

/* ---- walking ---- */

/* Rule: D-87, D-88, W-76 - never through a link; what is made gets its mode whatever the umask. */
int tpi_store_enter(const tpi_store_t *store, int parent, const char *name, bool create,
                    int *out_fd)
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
    if (made && fchmod(fd, store->dir_mode) != 0) {
        const int rc = tpi_fail_errno("directory \"%s\": mode 0%o", name, store->dir_mode);
        close(fd);
        return rc;
    }
    *out_fd = fd;
    return TP_OK;
}

int tpi_store_enter_stream(const tpi_store_t *store, uint32_t stream_id, bool create, int *out_fd)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "stream-%u", stream_id); /* Rule: D-86 */
    const int rc = tpi_store_enter(store, store->base_fd, name, create, out_fd);
    if (rc != TP_OK) {
        tpi_note("\"%s\"", store->base);
    }
    return rc;
}

int tpi_store_enter_instance(const tpi_store_t *store, uint32_t stream_id, bool create, int *out_fd)
{
    int stream_fd = -1;
    int rc = tpi_store_enter_stream(store, stream_id, create, &stream_fd);
    if (rc != TP_OK) {
        return rc;
    }
    rc = tpi_store_enter(store, stream_fd, store->instance_id, create, out_fd);
    close(stream_fd);
    return rc;
}

/* ---- the lock ---- */

static int open_lock(const tpi_store_t *store, int stream_fd, int *out_fd)
{
    const int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    int fd = openat(stream_fd, TPI_STORE_LOCK, flags | O_CREAT | O_EXCL, 0600);
    if (fd >= 0) {
        (void)fchmod(fd, store->file_mode);
    } else if (errno == EEXIST) {
        fd = openat(stream_fd, TPI_STORE_LOCK, flags);
    }
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        const int rc = errno == ENOENT ? TP_EAGAIN : tpi_fail_errno("\"%s\"", TPI_STORE_LOCK);
        if (fd >= 0) {
            close(fd);
        }
        return rc;
    }
    if (!S_ISREG(info.st_mode)) {
        close(fd);
        return tpi_fail(TP_EPATH, "\"%s\": not a regular file", TPI_STORE_LOCK);
    }
    *out_fd = fd;
    return TP_OK;
}

/** Another driver may have removed the file on its way out, just before we locked it. */
static bool is_still_there(int stream_fd, int fd)
{
    struct stat ours;
    struct stat there;
    return fstat(fd, &ours) == 0 &&
           fstatat(stream_fd, TPI_STORE_LOCK, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

/* Rule: D-4 */
int tpi_store_lock(tpi_store_t *store, uint32_t stream_id, int *out_fd)
{
    int rc = refresh_base(store);
    for (int tries = 0; rc == TP_OK && tries < 16; tries++) {
        int stream_fd = -1;
        int fd = -1;
        rc = tpi_store_enter_stream(store, stream_id, true, &stream_fd);
        if (rc != TP_OK) {
            return rc;
        }
        rc = open_lock(store, stream_fd, &fd);
        if (rc == TP_OK) {
            if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
                rc = errno == EWOULDBLOCK ? TP_EBUSY
                                          : tpi_fail_errno("lock of stream %u", stream_id);
            } else if (is_still_there(stream_fd, fd)) {
                close(stream_fd);
                *out_fd = fd;
                return TP_OK;
            }
            close(fd);
        } else if (rc == TP_EAGAIN) {
            rc = TP_OK;
        }
        close(stream_fd);
    }
    return rc == TP_OK ? tpi_fail(TP_EIO, "lock of stream %u: removed again and again", stream_id)
                       : rc;
}

bool tpi_store_is_locked(const tpi_store_t *store, uint32_t stream_id, int fd)
{
    int stream_fd = -1;
    if (fd < 0 || tpi_store_enter_stream(store, stream_id, false, &stream_fd) != TP_OK) {
        return false;
    }
    const bool is_locked = is_still_there(stream_fd, fd);
    close(stream_fd);
    return is_locked;
}

void tpi_store_unlock(int fd)
{
    if (fd >= 0) {
        close(fd); /* the only handle of that open: the lock goes with it */
    }
}

/* ---- looking ---- */

bool tpi_store_parse_name(const char *name, const char *prefix, uint64_t max, uint64_t *out)
{
    const size_t skip = strlen(prefix);
    if (strncmp(name, prefix, skip) != 0) {
        return false;
    }
    const char *digits = name + skip;
    uint64_t value = 0;
    /* Decimal as we write it: no leading zeros, so that one number has one name. */
    if (digits[0] == '\0' || (digits[0] == '0' && digits[1] != '\0')) {
        return false;
    }
    for (; *digits != '\0'; digits++) {
        if (*digits < '0' || *digits > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*digits - '0'), &value)) {
            return false;
        }
    }
    *out = value;
    return value <= max;
}

DIR *tpi_store_list(int dir_fd)
{
    const int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL && fd >= 0) {
        close(fd);
    }
    return dir;
}

static int add_number(tpi_epoch_list_t *list, uint64_t number)
{
    if ((list->count & (list->count - 1)) == 0) { /* 0, 1, 2, 4, ...: full */
        const size_t capacity = list->count == 0 ? 1 : list->count * 2;
        uint64_t *numbers = realloc(list->numbers, capacity * sizeof(numbers[0]));
        if (numbers == NULL) {
            return tpi_fail(TP_ENOMEM, "no memory for %zu epochs", capacity);
        }
        list->numbers = numbers;
    }
    list->numbers[list->count++] = number;
    return TP_OK;
}

static int ascending(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int scan_instance(const tpi_store_t *store, int stream_fd, const char *name,
                         tpi_epoch_list_t *list)
{
    int fd = -1;
    int rc = tpi_store_enter(store, stream_fd, name, false, &fd);
    if (rc != TP_OK) {
        /* A file, a link, somebody else's private directory: no epochs of ours in it. */
        return strcmp(name, store->instance_id) == 0 ? rc : TP_OK;
    }
    DIR *dir = tpi_store_list(fd);
    if (dir == NULL) {
        rc = tpi_fail_errno("\"%s\"", name);
        close(fd);
        return rc;
    }
    const bool is_ours = strcmp(name, store->instance_id) == 0;
    size_t left = TPI_STORE_SCAN_MAX;
    for (struct dirent *entry; rc == TP_OK && left > 0 && (entry = readdir(dir)) != NULL; left--) {
        uint64_t number = 0;
        if (!tpi_store_parse_name(entry->d_name, "epoch-", UINT64_MAX, &number)) {
            continue;
        }
        list->highest = number > list->highest ? number : list->highest;
        rc = is_ours ? add_number(list, number) : TP_OK;
    }
    closedir(dir);
    close(fd);
    return rc;
}

int tpi_store_scan(const tpi_store_t *store, uint32_t stream_id, tpi_epoch_list_t *out)
{
    *out = (tpi_epoch_list_t){ 0 };
    int stream_fd = -1;
    int rc = tpi_store_enter_stream(store, stream_id, false, &stream_fd);
    if (rc != TP_OK) {
        return rc == TP_ENOENT ? TP_OK : rc;
    }
    DIR *dir = tpi_store_list(stream_fd);
    if (dir == NULL) {
        rc = tpi_fail_errno("stream-%u", stream_id);
        close(stream_fd);
        return rc;
    }
    size_t left = TPI_STORE_SCAN_MAX;
    for (struct dirent *entry; rc == TP_OK && left > 0 && (entry = readdir(dir)) != NULL; left--) {
        if (entry->d_name[0] != '.') {
            rc = scan_instance(store, stream_fd, entry->d_name,
                               out); /* Rule: D-66 - whoever made them */
        }
    }
    closedir(dir);
    close(stream_fd);
    if (rc != TP_OK) {
        free(out->numbers);
        *out = (tpi_epoch_list_t){ 0 };
        return rc;
    }
    if (out->count > 1) {
        qsort(out->numbers, out->count, sizeof(out->numbers[0]), ascending);
    }
    return TP_OK;
}

int tpi_store_each_stream(const tpi_store_t *store,
                          void (*handler)(void *clientd, uint32_t stream_id), void *clientd)
{
    DIR *dir = tpi_store_list(store->base_fd);
    if (dir == NULL) {
        return tpi_fail_errno("\"%s\"", store->base);
    }
    int count = 0;
    for (struct dirent *entry; count < TPI_STORE_SCAN_MAX && (entry = readdir(dir)) != NULL;) {
        uint64_t stream_id = 0;
        int fd = -1;
        if (tpi_store_parse_name(entry->d_name, "stream-", UINT32_MAX - 1, &stream_id) &&
            tpi_store_enter_instance(store, (uint32_t)stream_id, false, &fd) == TP_OK) {
            close(fd);
            handler(clientd, (uint32_t)stream_id);
            count++;
        }
    }
    closedir(dir);
    return count;
}

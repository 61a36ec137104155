/*
 * shm/bases.c - which files a stranger may make us open.
 *
 * A path from a message is resolved, and its canonical form must lie inside one of the bases that
 * the operator named. The file is then opened by its canonical path, from the base's directory,
 * with no link followed on the way: what changes between resolving and opening makes the open fail,
 * and never leads outside. The inode is compared at the end, because a regular file may have been
 * exchanged for another.
 */
#include "shm/region.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fail.h"
#include "shm/shown.h"

struct tpi_bases {
    size_t count;
    char *dirs[]; /* canonical, owned */
};

int tpi_bases_create(tpi_bases_t **out, const char *const *dirs, size_t ndirs)
{
    *out = NULL;
    tpi_bases_t *bases = calloc(1, sizeof(*bases) + ndirs * sizeof(bases->dirs[0]));
    if (bases == NULL) {
        return tpi_fail(TP_ENOMEM, "allowed base directories: no memory for %zu entries", ndirs);
    }
    int rc = TP_OK;
    for (size_t i = 0; i < ndirs; i++) {
        char canonical[PATH_MAX];
        struct stat info;
        if (dirs[i] == NULL || dirs[i][0] != '/') {
            rc = tpi_fail(TP_EPATH, "allowed base directory \"%s\": not absolute",
                          dirs[i] == NULL ? "" : dirs[i]);
            goto out;
        }
        if (realpath(dirs[i], canonical) == NULL || stat(canonical, &info) != 0) { /* Rule: W-67 */
            rc = tpi_fail_errno("allowed base directory \"%s\"", dirs[i]);
            rc = rc == TP_ENOMEM ? rc : TP_EPATH;
            goto out;
        }
        if (!S_ISDIR(info.st_mode)) {
            rc = tpi_fail(TP_EPATH, "allowed base directory \"%s\": not a directory", dirs[i]);
            goto out;
        }
        bases->dirs[i] = strdup(canonical);
        if (bases->dirs[i] == NULL) {
            rc = tpi_fail(TP_ENOMEM, "allowed base directory \"%s\": no memory", dirs[i]);
            goto out;
        }
        bases->count = i + 1;
    }
    *out = bases;
    bases = NULL;
out:
    tpi_bases_destroy(bases);
    return rc;
}

const char *tpi_bases_first(const tpi_bases_t *bases)
{
    return bases->count > 0 ? bases->dirs[0] : NULL;
}

void tpi_bases_destroy(tpi_bases_t *bases)
{
    if (bases == NULL) {
        return;
    }
    for (size_t i = 0; i < bases->count; i++) {
        free(bases->dirs[i]);
    }
    free(bases);
}

/*
 * The part of `path` below `base`, NULL if it is not strictly inside. Rule: W-68 - whole
 * components.
 */
static const char *below(const char *base, const char *path)
{
    const size_t len = strcmp(base, "/") == 0 ? 0 : strlen(base);
    if (strncmp(path, base, len) != 0 || path[len] != '/' || path[len + 1] == '\0') {
        return NULL;
    }
    return path + len + 1;
}

static const char *find_base(const tpi_bases_t *bases, const char *canonical, const char **out_rest)
{
    for (size_t i = 0; i < bases->count; i++) {
        *out_rest = below(bases->dirs[i], canonical);
        if (*out_rest != NULL) {
            return bases->dirs[i];
        }
    }
    return NULL;
}

bool tpi_bases_contain(const tpi_bases_t *bases, const char *canonical_path)
{
    const char *rest;
    return bases != NULL && canonical_path != NULL &&
           find_base(bases, canonical_path, &rest) != NULL;
}

/*
 * Codes for what can go wrong on a path: a link, a missing component's kind, a device are all "not
 * accepted".
 */
static int fail_path(const char *what, const char *path)
{
    const int err = errno;
    const int rc = tpi_fail_errno("region \"%s\": %s", tpi_show_path(path).text, what);
    switch (err) {
    case ELOOP:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ENXIO:
    case EXDEV:
    case EISDIR:
    case ENODEV:
        return TP_EPATH;
    default:
        return rc;
    }
}

static int open_beneath(int dir, const char *path, int flags, uint64_t resolve)
{
    struct open_how how;
    memset(&how, 0, sizeof(how));
    how.flags = (unsigned)flags;
    how.resolve = resolve;
    /*
     * EAGAIN: the kernel saw a rename on the way and could not tell. A few tries, then the other
     * way of opening.
     */
    long fd = -1;
    for (int tries = 0; tries < 4; tries++) {
        fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
        if (fd >= 0 || errno != EAGAIN) {
            break;
        }
    }
    return (int)fd;
}

/*
 * Rule: W-71 - component by component, each without following a link. `rest` has neither "." nor
 * "..": it is canonical.
 */
static int open_stepwise(int start, const char *rest, int flags)
{
    int dir = start;
    for (;;) {
        const char *end = strchr(rest, '/');
        if (end == NULL) {
            break;
        }
        char name[NAME_MAX + 1];
        const size_t len = (size_t)(end - rest);
        int next = -1;
        if (len == 0 || len > NAME_MAX) {
            errno = ENAMETOOLONG;
        } else {
            memcpy(name, rest, len);
            name[len] = '\0';
            next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
        if (dir != start) {
            const int err = errno;
            close(dir);
            errno = err;
        }
        if (next < 0) {
            return -1;
        }
        dir = next;
        rest = end + 1;
    }
    const int fd = openat(dir, rest, flags | O_NOFOLLOW);
    if (dir != start) {
        const int err = errno;
        close(dir);
        errno = err;
    }
    return fd;
}

/* The kernel has no openat2, or a filter forbids it. */
static bool is_openat2_missing(void)
{
    return errno == ENOSYS || errno == EPERM || errno == EAGAIN || errno == EINVAL ||
           errno == E2BIG;
}

/* Rule: W-70, W-71 */
static int open_canonical(const char *base, const char *rest, int flags)
{
    const int dir_flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    /*
     * The base's path is opened anew each time: its directory may have been removed and made again
     * since start-up.
     */
    int dir = open_beneath(AT_FDCWD, base, dir_flags, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
    if (dir < 0 && is_openat2_missing()) {
        const int root = openat(AT_FDCWD, "/", dir_flags);
        if (root < 0) {
            return -1;
        }
        dir = strcmp(base, "/") == 0 ? root : open_stepwise(root, base + 1, dir_flags);
        if (dir != root) {
            const int err = errno;
            close(root);
            errno = err;
        }
    }
    if (dir < 0) {
        return -1;
    }
    int fd = open_beneath(dir, rest, flags,
                          RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
    if (fd < 0 && is_openat2_missing()) {
        fd = open_stepwise(dir, rest, flags);
    }
    const int err = errno;
    close(dir);
    errno = err;
    return fd;
}

int tpi_bases_open(const tpi_bases_t *bases, const char *path, bool is_writable, int *out_fd)
{
    char canonical[PATH_MAX];
    struct stat seen;
    struct stat opened;
    const char *rest = NULL;

    if (bases == NULL || bases->count == 0) { /* Rule: W-67 */
        return tpi_fail(TP_EPATH, "region \"%s\": no base directory is allowed",
                        tpi_show_path(path).text);
    }
    if (path[0] != '/') { /* Rule: W-68, D-119 - of everybody, trusted or not */
        return tpi_fail(TP_EPATH, "region \"%s\": path is not absolute", tpi_show_path(path).text);
    }
    if (lstat(path, &seen) != 0) {
        return fail_path("look", path);
    }
    if (S_ISLNK(seen.st_mode)) { /* Rule: W-71 - the announced last component */
        return tpi_fail(TP_EPATH, "region \"%s\": is a symbolic link", tpi_show_path(path).text);
    }
    if (realpath(path, canonical) == NULL) {
        return fail_path("resolve", path);
    }
    const char *base = find_base(bases, canonical, &rest);
    if (base == NULL) { /* Rule: W-68 */
        return tpi_fail(TP_EPATH,
                        "region \"%s\": resolves to \"%s\", outside the allowed base directories",
                        tpi_show_path(path).text, tpi_show_path(canonical).text);
    }
    if (lstat(canonical, &seen) != 0) {
        return fail_path("stat", path);
    }
    if (!S_ISREG(
            seen.st_mode)) { /* Rule: W-69 - before opening: a FIFO or device may act on open */
        return tpi_fail(TP_EPATH, "region \"%s\": not a regular file (mode 0%o)",
                        tpi_show_path(path).text, (unsigned)seen.st_mode);
    }
    const int fd = open_canonical(base, rest,
                                  (is_writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC |
                                      O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return fail_path("open", path);
    }
    int rc = TP_OK;
    if (fstat(fd, &opened) != 0) {
        rc = fail_path("fstat", path);
    } else if (!S_ISREG(opened.st_mode) || opened.st_dev != seen.st_dev ||
               opened.st_ino != seen.st_ino) {
        /* Rule: W-70 */
        rc = tpi_fail(TP_EPATH, "region \"%s\": the file was exchanged while it was opened",
                      tpi_show_path(path).text);
    }
    if (rc != TP_OK) {
        close(fd);
        return rc;
    }
    *out_fd = fd;
    return TP_OK;
}

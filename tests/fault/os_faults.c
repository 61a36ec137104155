#include "os_faults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>

static struct {
    bool is_armed;
    const char *only;
    int at;
    int error;
    int calls;
    const char *failed;
} faults;

void os_faults_arm(const char *name, int n, int error)
{
    faults.only = name;
    faults.at = n;
    faults.error = error;
    faults.calls = 0;
    faults.failed = NULL;
    faults.is_armed = true;
}

int os_faults_disarm(void)
{
    faults.is_armed = false;
    return faults.calls;
}

const char *os_faults_failed(void)
{
    return faults.failed;
}

static bool is_chosen(const char *name)
{
    if (!faults.is_armed || (faults.only != NULL && strcmp(faults.only, name) != 0)) {
        return false;
    }
    if (faults.calls++ != faults.at) {
        return false;
    }
    faults.failed = name;
    errno = faults.error;
    return true;
}

#define WRAP(result, name, parameters, arguments, failure)                                         \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    result __wrap_##name parameters                                                                \
    {                                                                                              \
        return is_chosen(#name) ? (failure) : __real_##name arguments;                             \
    }

WRAP(int, stat, (const char *path, struct stat *info), (path, info), -1)
WRAP(int, lstat, (const char *path, struct stat *info), (path, info), -1)
WRAP(int, fstat, (int fd, struct stat *info), (fd, info), -1)
WRAP(int, fstatfs, (int fd, struct statfs *info), (fd, info), -1)
WRAP(char *, realpath, (const char *path, char *out), (path, out), NULL)
WRAP(void *, mmap, (void *at, size_t len, int protection, int flags, int fd, off_t offset),
     (at, len, protection, flags, fd, offset), MAP_FAILED)
WRAP(int, ftruncate, (int fd, off_t len), (fd, len), -1)
WRAP(int, posix_fallocate, (int fd, off_t at, off_t len), (fd, at, len), faults.error)
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
WRAP(int, fsync, (int fd), (fd), -1)
WRAP(int, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode), -1)
WRAP(ssize_t, pread, (int fd, void *to, size_t len, off_t at), (fd, to, len, at), -1)
WRAP(ssize_t, pwrite, (int fd, const void *from, size_t len, off_t at), (fd, from, len, at), -1)
WRAP(int, flock, (int fd, int what), (fd, what), -1)
WRAP(DIR *, fdopendir, (int fd), (fd), NULL)
WRAP(int, mlock, (const void *at, size_t len), (at, len), -1)
WRAP(void *, calloc, (size_t count, size_t size), (count, size), NULL)
WRAP(char *, strdup, (const char *text), (text), NULL)
/* openat2 has no wrapper in libc: it comes through here, with four arguments. */
WRAP(long, syscall, (long number, long a, long b, long c, long d), (number, a, b, c, d), -1)

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);

int __wrap_openat(int dir, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    return is_chosen("openat") ? -1 : __real_openat(dir, path, flags, mode);
}

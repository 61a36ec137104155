/*
 * tools/tp/doctor/look_files.c - directories, file systems, and the epochs below the base
 * directory.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "doctor/look.h"
#include "regions/region_view.h"

#define HUGETLBFS_NUMBER 0x958458f6
#define TMPFS_NUMBER 0x01021994

enum { ENTRIES_MAX = 100000 }; /* a directory is a stranger's, too */

void tp_doctor_trouble(char trouble[TP_DOCTOR_TROUBLE], const char *path)
{
    const int err = errno;
    snprintf(trouble, TP_DOCTOR_TROUBLE, "%.200s: %s", path, strerror(err));
}

bool tp_doctor_read_line(const char *path, char *out, size_t cap, char trouble[TP_DOCTOR_TROUBLE])
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const ssize_t got = fd >= 0 ? read(fd, out, cap - 1) : -1;
    if (got < 0) {
        tp_doctor_trouble(trouble, path);
    }
    if (fd >= 0) {
        close(fd);
    }
    out[got > 0 ? got : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    return got >= 0;
}

bool tp_doctor_read_number(const char *path, uint64_t *out, char trouble[TP_DOCTOR_TROUBLE])
{
    char line[64];
    char *end;
    if (!tp_doctor_read_line(path, line, sizeof line, trouble)) {
        return false;
    }
    errno = 0;
    const unsigned long long value = strtoull(line, &end, 10);
    if (end == line || *end != '\0' || line[0] == '-' || errno != 0) {
        snprintf(trouble, TP_DOCTOR_TROUBLE, "%.200s: '%.60s' is no number", path, line);
        return false;
    }
    *out = value;
    return true;
}

/* ---- directories ---- */

static bool is_usable(const char *path)
{
    return faccessat(AT_FDCWD, path, R_OK | W_OK | X_OK, AT_EACCESS) == 0;
}

static void look_above(tp_doctor_dir_t *dir)
{
    struct stat info;
    snprintf(dir->above, sizeof dir->above, "%s", dir->path);
    do {
        char *slash = strrchr(dir->above, '/');
        if (slash == NULL || strcmp(dir->above, "/") == 0) {
            dir->above[0] = '\0';
            return;
        }
        slash[slash == dir->above ? 1 : 0] = '\0';
    } while (stat(dir->above, &info) != 0);
    dir->above_mode = info.st_mode & 07777;
    dir->above_is_usable = S_ISDIR(info.st_mode) && is_usable(dir->above);
}

void tp_doctor_look_dir(tp_doctor_dir_t *out, const char *path)
{
    char resolved[PATH_MAX];
    struct stat info;
    snprintf(out->path, sizeof out->path, "%s", path);
    for (size_t len = strlen(out->path); len > 1 && out->path[len - 1] == '/'; len--) {
        out->path[len - 1] = '\0';
    }
    if (strlen(path) >= sizeof out->path) {
        snprintf(out->trouble, sizeof out->trouble, "a path of %zu bytes", strlen(path));
        return;
    }
    if (realpath(path, resolved) == NULL || stat(resolved, &info) != 0) {
        if (errno != ENOENT && errno != ENOTDIR) {
            tp_doctor_trouble(out->trouble, path);
            return;
        }
    } else if (strlen(resolved) >= sizeof out->path) {
        snprintf(out->trouble, sizeof out->trouble, "a path of %zu bytes", strlen(resolved));
        return;
    } else {
        memcpy(out->path, resolved, strlen(resolved) + 1);
        out->exists = true;
        out->is_dir = S_ISDIR(info.st_mode);
        out->mode = info.st_mode & 07777;
        out->uid = info.st_uid;
        out->is_ours = info.st_uid == geteuid();
        out->is_usable = is_usable(resolved);
    }
    look_above(out);
}

/* ---- file systems ---- */

/* "\040" and such, in place. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *c = text; *c != '\0'; c++) {
        if (c[0] == '\\' && c[1] >= '0' && c[1] <= '3' && c[2] >= '0' && c[2] <= '7' &&
            c[3] >= '0' && c[3] <= '7') {
            *to++ = (char)((c[1] - '0') * 64 + (c[2] - '0') * 8 + (c[3] - '0'));
            c += 3;
        } else {
            *to++ = *c;
        }
    }
    *to = '\0';
}

static bool is_below(const char *path, const char *mount)
{
    const size_t len = strlen(mount);
    return len == 1 || (strncmp(path, mount, len) == 0 && (path[len] == '/' || path[len] == '\0'));
}

/* The last mount whose point is the longest above the path. */
static void look_at_mount(tp_doctor_fs_t *out, const char *path)
{
    char *line = NULL;
    size_t cap = 0;
    size_t best = 0;
    FILE *file = fopen("/proc/self/mountinfo", "re");
    if (file == NULL) {
        tp_doctor_trouble(out->trouble, "/proc/self/mountinfo");
        return;
    }
    while (getline(&line, &cap, file) > 0) {
        char *rest = NULL;
        char *field = strtok_r(line, " \n", &rest);
        for (int i = 0; i < 4 && field != NULL; i++) {
            field = strtok_r(NULL, " \n", &rest);
        }
        char *point = field;
        while (field != NULL && strcmp(field, "-") != 0) {
            field = strtok_r(NULL, " \n", &rest);
        }
        char *name = field != NULL ? strtok_r(NULL, " \n", &rest) : NULL;
        (void)(name != NULL ? strtok_r(NULL, " \n", &rest) : NULL);
        const char *options = name != NULL ? strtok_r(NULL, " \n", &rest) : NULL;
        if (name == NULL || point == NULL) {
            continue;
        }
        unescape(point);
        if (strlen(point) < best || strlen(point) >= sizeof out->mount_point ||
            !is_below(path, point)) {
            continue;
        }
        best = strlen(point);
        memcpy(out->mount_point, point, best + 1);
        snprintf(out->name, sizeof out->name, "%s", name);
        const char *huge = options != NULL ? strstr(options, "huge=") : NULL;
        const char *value = huge != NULL ? huge + 5 : "";
        snprintf(out->huge, sizeof out->huge, "%.*s", (int)strcspn(value, ","), value);
    }
    free(line);
    fclose(file);
}

void tp_doctor_look_fs(tp_doctor_fs_t *out, const char *path)
{
    struct statfs info;
    if (statfs(path, &info) != 0) {
        tp_doctor_trouble(out->trouble, path);
        return;
    }
    const uint64_t block = (uint64_t)(info.f_frsize > 0 ? info.f_frsize : info.f_bsize);
    const bool is_limited = info.f_blocks > 0;
    out->kind = (uint32_t)info.f_type == HUGETLBFS_NUMBER ? TP_DOCTOR_HUGETLBFS
                : (uint32_t)info.f_type == TMPFS_NUMBER   ? TP_DOCTOR_TMPFS
                                                          : TP_DOCTOR_FS_OTHER;
    const uint64_t system_page = (uint64_t)sysconf(_SC_PAGESIZE);
    out->page_bytes = out->kind == TP_DOCTOR_HUGETLBFS ? (uint64_t)info.f_bsize : system_page;
    out->total_bytes = is_limited ? block * (uint64_t)info.f_blocks : TP_DOCTOR_UNLIMITED;
    out->free_bytes = is_limited ? block * (uint64_t)info.f_bavail : TP_DOCTOR_UNLIMITED;
    snprintf(out->mount_point, sizeof out->mount_point, "%s", path);
    snprintf(out->name, sizeof out->name, "a file system");
    look_at_mount(out, path);
}

void tp_doctor_look_dirs(tp_doctor_facts_t *facts)
{
    const tp_driver_options_t *driver = facts->config.driver;
    if (driver == NULL || driver->base_dir == NULL) {
        return;
    }
    tp_doctor_dir_t *base = &facts->base;
    tp_doctor_look_dir(base, driver->base_dir);
    const char *fs = base->exists ? base->path : base->above;
    if (base->trouble[0] != '\0' || fs[0] == '\0') {
        snprintf(facts->base_fs.trouble, sizeof facts->base_fs.trouble, "%.300s",
                 base->trouble[0] != '\0' ? base->trouble : base->path);
    } else {
        tp_doctor_look_fs(&facts->base_fs, fs);
    }
    const size_t most = sizeof facts->allowed / sizeof facts->allowed[0];
    for (size_t i = 0; i < driver->allowed_base_dirs_count && i < most; i++) {
        tp_doctor_allowed_t *allowed = &facts->allowed[facts->nallowed++];
        char resolved[PATH_MAX];
        snprintf(allowed->path, sizeof allowed->path, "%s", driver->allowed_base_dirs[i]);
        allowed->exists = realpath(allowed->path, resolved) != NULL;
        allowed->holds_base = allowed->exists && is_below(base->path, resolved);
    }
    for (size_t i = 0; i < facts->config.nclient_dirs; i++) {
        char resolved[PATH_MAX];
        facts->clients_allow_base = facts->clients_allow_base ||
                                    (realpath(facts->config.client_dirs[i], resolved) != NULL &&
                                     is_below(base->path, resolved)) ||
                                    is_below(base->path, facts->config.client_dirs[i]);
    }
}

/* ---- epochs ---- */

typedef struct scan {
    tp_doctor_epochs_t *out;
    char path[TP_DOCTOR_PATH]; /* of the directory we are in, for people */
    size_t cap, entries;
    uint32_t stream_id;
    const char *instance;
} scan_t;

/* A decimal number as we write it: no sign, no leading zero. */
static bool read_name(const char *name, const char *prefix, uint64_t most, uint64_t *out)
{
    const size_t len = strlen(prefix);
    uint64_t value = 0;
    if (strncmp(name, prefix, len) != 0 || name[len] < '1' || name[len] > '9') {
        return false;
    }
    for (const char *c = name + len; *c != '\0'; c++) {
        const uint64_t digit = (uint64_t)(*c - '0');
        if (*c < '0' || *c > '9' || value > (most - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

static void say_odd(scan_t *scan, const char *name)
{
    if (scan->out->odd++ == 0) {
        snprintf(scan->out->odd_path, sizeof scan->out->odd_path, "%.600s/%.255s", scan->path,
                 name);
    }
}

/* Of files in the epoch's directory; what is no file holds nothing. */
static uint64_t allocated_in(int dir_fd)
{
    uint64_t bytes = 0;
    const int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return 0;
    }
    int n = 0;
    for (struct dirent *entry; n < 1000 && (entry = readdir(dir)) != NULL; n++) {
        struct stat info;
        if (fstatat(fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode)) {
            bytes += (uint64_t)info.st_blocks * 512;
        }
    }
    closedir(dir);
    return bytes;
}

static void look_at_ring(scan_t *scan, tp_doctor_epoch_t *epoch, int dir_fd)
{
    tp_region_view_t view;
    const int fd =
        openat(dir_fd, "header.ring", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        if (errno == ELOOP) {
            say_odd(scan, "header.ring");
        }
        return;
    }
    if (tp_region_view_open_fd(&view, fd, "header.ring") != TP_OK) {
        say_odd(scan, "header.ring");
        return;
    }
    const tpi_superblock_t *s = &view.superblock;
    if (view.has_superblock && s->magic == TPI_SUPERBLOCK_MAGIC &&
        s->stream_id == epoch->stream_id && s->epoch == epoch->number) {
        epoch->has_superblock = true;
        epoch->pid = s->pid;
        epoch->pid_alive = view.owner_alive;
        epoch->activity_ns = s->activity_timestamp_ns;
    }
    tp_region_view_close(&view);
}

static void look_at_epoch(scan_t *scan, int dir_fd, uint64_t number)
{
    tp_doctor_epochs_t *out = scan->out;
    struct stat info;
    struct timespec now;
    if (out->count == scan->cap) {
        const size_t cap = scan->cap == 0 ? 64 : scan->cap * 2;
        void *larger = cap <= TP_DOCTOR_EPOCHS ? realloc(out->list, cap * sizeof *out->list) : NULL;
        if (larger == NULL) {
            out->skipped++;
            return;
        }
        out->list = larger;
        scan->cap = cap;
    }
    tp_doctor_epoch_t *epoch = &out->list[out->count++];
    memset(epoch, 0, sizeof *epoch);
    epoch->stream_id = scan->stream_id;
    epoch->number = number;
    snprintf(epoch->instance, sizeof epoch->instance, "%s", scan->instance);
    epoch->allocated_bytes = allocated_in(dir_fd);
    if (fstat(dir_fd, &info) == 0 && clock_gettime(CLOCK_REALTIME, &now) == 0) {
        epoch->dir_age_ns = ((int64_t)now.tv_sec - info.st_mtim.tv_sec) * 1000000000 +
                            (now.tv_nsec - info.st_mtim.tv_nsec);
    }
    look_at_ring(scan, epoch, dir_fd);
}

/* Directories only, links never: -1 is for one of another kind. */
static int enter(int dir_fd, const char *name)
{
    return openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* 0: the base, 1: a stream, 2: an instance. Takes the descriptor over. */
static void walk(scan_t *scan, int dir_fd, int depth)
{
    DIR *dir = fdopendir(dir_fd);
    if (dir == NULL) {
        close(dir_fd);
        return;
    }
    const size_t path_len = strlen(scan->path);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL && ++scan->entries < ENTRIES_MAX;) {
        const char *name = entry->d_name;
        uint64_t number = 0;
        const bool is_wanted = depth == 0   ? read_name(name, "stream-", UINT32_MAX, &number)
                               : depth == 1 ? name[0] != '.' && strlen(name) < 64
                                            : read_name(name, "epoch-", UINT64_MAX, &number);
        if (!is_wanted) {
            continue;
        }
        const int fd = enter(dir_fd, name);
        if (fd < 0) {
            /* Other files may be beside instances; under our own names nothing else is. */
            if ((errno == ELOOP || errno == ENOTDIR) && depth != 1) {
                say_odd(scan, name);
            }
            continue;
        }
        snprintf(scan->path + path_len, sizeof scan->path - path_len, "/%s", name);
        if (depth == 0) {
            scan->stream_id = (uint32_t)number;
            walk(scan, fd, 1);
        } else if (depth == 1) {
            scan->instance = name;
            walk(scan, fd, 2);
        } else {
            look_at_epoch(scan, fd, number);
            close(fd);
        }
        scan->path[path_len] = '\0';
    }
    closedir(dir);
}

static int by_place(const void *a, const void *b)
{
    const tp_doctor_epoch_t *x = a;
    const tp_doctor_epoch_t *y = b;
    if (x->stream_id != y->stream_id) {
        return x->stream_id < y->stream_id ? -1 : 1;
    }
    const int order = strcmp(x->instance, y->instance);
    if (order != 0) {
        return order;
    }
    return (x->number > y->number) - (x->number < y->number);
}

void tp_doctor_look_epochs(tp_doctor_facts_t *facts)
{
    if (facts->base.trouble[0] != '\0') {
        memcpy(facts->epochs.trouble, facts->base.trouble, sizeof facts->epochs.trouble);
        return;
    }
    if (!facts->base.exists || !facts->base.is_dir) {
        return;
    }
    static scan_t scan;
    scan = (scan_t){ .out = &facts->epochs };
    snprintf(scan.path, sizeof scan.path, "%s",
             strcmp(facts->base.path, "/") == 0 ? "" : facts->base.path);
    const int fd = open(facts->base.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        tp_doctor_trouble(facts->epochs.trouble, facts->base.path);
        return;
    }
    walk(&scan, fd, 0);
    if (facts->epochs.count > 1) {
        qsort(facts->epochs.list, facts->epochs.count, sizeof *facts->epochs.list, by_place);
    }
}

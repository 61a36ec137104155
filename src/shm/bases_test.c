/* Which paths lead to a file, and which do not: a tree of traps below the test's directory. */
#include "shm/shm_test_util.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static char root[256];

/* openat2 goes through here, so that the way without it is walked as well. */
static long openat2_errno;
static long openat2_calls;
long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, const void *b, const void *c, size_t d);

long __wrap_syscall(long number, long a, const void *b, const void *c, size_t d)
{
    openat2_calls++;
    if (openat2_errno != 0) {
        errno = (int)openat2_errno;
        return -1;
    }
    return __real_syscall(number, a, b, c, d);
}

static const char *in_root(const char *name)
{
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, 512, "%s/%s", root, name);
    return path;
}

static void make_dir(const char *name)
{
    TP_CHECK_EQ_I64(mkdir(in_root(name), 0755), 0);
}

static void make_file(const char *name)
{
    const int fd = open(in_root(name), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    TP_CHECK_GE_I64(fd, 0);
    close(fd);
}

static void make_link(const char *target, const char *name)
{
    TP_CHECK_EQ_I64(symlink(target[0] == '/' ? target : in_root(target), in_root(name)), 0);
}

static void make_socket(const char *name)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", in_root(name));
    TP_CHECK_EQ_I64(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
}

static tpi_bases_t *make_bases(const char *name)
{
    const char *dir = in_root(name);
    tpi_bases_t *bases = NULL;
    TP_CHECK_MSG(tpi_bases_create(&bases, &dir, 1) == TP_OK, "%s", tp_errmsg());
    return bases;
}

/* base/ is allowed; base-sibling/ and outside/ are not. */
static void make_tree(void)
{
    snprintf(root, sizeof(root), "%s", tp_test_shm_dir());
    make_dir("base");
    make_dir("base/sub");
    make_dir("base/sub/deep");
    make_dir("base-sibling");
    make_dir("outside");
    make_file("file-in-root");
    make_file("base/file");
    make_file("base/sub/deep/file");
    make_file("base-sibling/file");
    make_file("outside/file");
    make_link("base/file", "base/link-to-file");
    make_link("outside/file", "base/link-out");
    make_link("base/sub", "base/link-to-sub");
    make_link("outside", "base/link-to-outside");
    make_link("base", "link-to-base");
    make_link("base/sub/deep/file", "outside/link-in");
    make_link("base/loop", "base/loop");
    make_link("/proc/self/fd", "base/magic");
    TP_CHECK_EQ_I64(mkfifo(in_root("base/fifo"), 0600), 0);
    make_socket("base/socket");
}

typedef struct path_row {
    const char *path; /* below the root unless absolute */
    int code;
    const char *text;
} path_row_t;

static void check_paths(void)
{
    static const path_row_t rows[] = {
        { "base/file", TP_OK, NULL },
        { "base/sub/deep/file", TP_OK, NULL },
        { "base//file", TP_OK, NULL },
        { "base/./sub/../file", TP_OK, NULL },
        { "outside/../base/file", TP_OK, NULL },
        { "base/link-to-sub/deep/file", TP_OK, NULL }, /* a parent may be a link, if contained */
        { "link-to-base/file", TP_OK, NULL },
        { "base/link-to-sub/../file", TP_OK, NULL },
        { "base/link-to-outside/../base/file", TP_OK, NULL },
        { "base-sibling/file", TP_EPATH, "outside the allowed base" },
        { "outside/file", TP_EPATH, "outside the allowed base" },
        { "file-in-root", TP_EPATH, "outside the allowed base" },
        { "base/../outside/file", TP_EPATH, "outside the allowed base" },
        { "base/../file-in-root", TP_EPATH, "outside" },
        { "base/link-to-outside/file", TP_EPATH, "outside" },
        { "base/link-to-file", TP_EPATH, "symbolic link" },
        { "base/link-out", TP_EPATH, "symbolic link" },
        { "outside/link-in", TP_EPATH, "symbolic link" },
        { "base/loop", TP_EPATH, "symbolic link" },
        { "base/loop/file", TP_EPATH, NULL },
        { "base", TP_EPATH, "outside" },
        { "base/", TP_EPATH, "outside" },
        { "base/.", TP_EPATH, "outside" },
        { "base/sub/..", TP_EPATH, "outside" },
        { "base/sub", TP_EPATH, "not a regular file" },
        { "base/sub/deep/..", TP_EPATH, "not a regular file" },
        { "base/fifo", TP_EPATH, "not a regular file" },
        { "base/socket", TP_EPATH, "not a regular file" },
        { "base/file/", TP_EPATH, NULL },
        { "base/file/x", TP_EPATH, NULL },
        { "base/missing", TP_ENOENT, "missing" },
        { "base/missing/../file", TP_ENOENT, NULL },
        { "/dev/null", TP_EPATH, "outside" },
        { "/", TP_EPATH, "outside" },
        { "base/magic/0", TP_EPATH, NULL },
    };
    make_tree();
    tpi_bases_t *bases = make_bases("base");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int is_writable = 0; is_writable < 2; is_writable++) {
            const char *path = rows[i].path[0] == '/' ? rows[i].path : in_root(rows[i].path);
            int fd = -7;
            const int rc = tpi_bases_open(bases, path, is_writable, &fd);
            TP_CHECK_MSG(rc == rows[i].code, "%s: %d, expected %d: %s", rows[i].path, rc,
                         rows[i].code, tp_errmsg());
            if (rc == TP_OK) {
                const int flags = fcntl(fd, F_GETFL);
                TP_CHECK_EQ_I64(flags & O_ACCMODE, is_writable ? O_RDWR : O_RDONLY);
                TP_CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
                close(fd);
            } else {
                TP_CHECK_EQ_I64(fd, -7);
                if (rows[i].text != NULL) {
                    TP_CHECK_CONTAINS(tp_errmsg(), rows[i].text);
                }
            }
        }
    }
    int fd = -7;
    TP_CHECK_EQ_I64(tpi_bases_open(bases, "base/file", false, &fd), TP_EPATH);
    TP_CHECK_CONTAINS(tp_errmsg(), "not absolute");
    TP_CHECK_EQ_I64(fd, -7);
    tpi_bases_destroy(bases);
}

/* Proves: W-64, W-68 - a path has no limit but the system's, and a refusal still says why */
TP_TEST(paths_of_thousands_of_bytes_are_opened_and_refused_with_a_reason)
{
    char path[4096];
    snprintf(root, sizeof(root), "%s", tp_test_shm_dir());
    make_dir("base");
    size_t len = (size_t)snprintf(path, sizeof(path), "%s/base", root);
    while (len < 3000) {
        path[len++] = '/';
        memset(path + len, 'd', 200);
        len += 200;
        path[len] = '\0';
        TP_CHECK_EQ_I64(mkdir(path, 0755), 0);
    }
    tpi_bases_t *bases = make_bases("base");
    int fd = -7;
    snprintf(path + len, sizeof(path) - len, "/file");
    const int made = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    TP_CHECK_GE_I64(made, 0);
    close(made);
    TP_CHECK_MSG(tpi_bases_open(bases, path, false, &fd) == TP_OK, "%s", tp_errmsg());
    close(fd);

    snprintf(path + len, sizeof(path) - len, "/missing");
    TP_CHECK_EQ_I64(tpi_bases_open(bases, path, false, &fd), TP_ENOENT);
    TP_CHECK_CONTAINS(tp_errmsg(), "dd/missing\": look: No such file");
    snprintf(path + len, sizeof(path) - len, "/link");
    TP_CHECK_EQ_I64(symlink("file", path), 0);
    TP_CHECK_EQ_I64(tpi_bases_open(bases, path, false, &fd), TP_EPATH);
    TP_CHECK_CONTAINS(tp_errmsg(), "dd/link\": is a symbolic link");
    make_dir("other");
    tpi_bases_t *other = make_bases("other");
    snprintf(path + len, sizeof(path) - len, "/file");
    TP_CHECK_EQ_I64(tpi_bases_open(other, path, false, &fd), TP_EPATH);
    TP_CHECK_CONTAINS(tp_errmsg(), "outside the allowed base directories");
    tpi_bases_destroy(other);
    tpi_bases_destroy(bases);
}

/* Proves: W-67, W-68, W-69, W-71, D-119 */
TP_TEST(only_regular_files_inside_a_base_are_opened)
{
    check_paths();
    TP_CHECK_GT_I64(openat2_calls, 0);
}

/* Proves: W-71 */
TP_TEST(without_openat2_the_same_paths_are_opened_and_refused)
{
    openat2_errno = ENOSYS;
    check_paths();
}

/* Proves: W-71 */
TP_TEST(with_openat2_forbidden_the_same_paths_are_opened_and_refused)
{
    openat2_errno = EPERM;
    check_paths();
}

TP_TEST(with_openat2_always_interrupted_the_same_paths_are_opened_and_refused)
{
    openat2_errno = EAGAIN;
    check_paths();
}

/* Proves: W-69 */
TP_TEST(devices_are_refused_inside_a_base)
{
    snprintf(root, sizeof(root), "%s", tp_test_shm_dir());
    const char *dir = "/dev";
    tpi_bases_t *bases = NULL;
    TP_CHECK_EQ_I64(tpi_bases_create(&bases, &dir, 1), TP_OK);
    int fd = -1;
    TP_CHECK_EQ_I64(tpi_bases_open(bases, "/dev/null", false, &fd), TP_EPATH);
    TP_CHECK_CONTAINS(tp_errmsg(), "not a regular file");
    tpi_bases_destroy(bases);
}

/* Proves: W-67 */
TP_TEST(an_empty_list_of_bases_rejects_everything)
{
    make_tree();
    tpi_bases_t *bases = NULL;
    TP_CHECK_EQ_I64(tpi_bases_create(&bases, NULL, 0), TP_OK);
    int fd;
    TP_CHECK_EQ_I64(tpi_bases_open(bases, in_root("base/file"), false, &fd), TP_EPATH);
    TP_CHECK(!tpi_bases_contain(bases, in_root("base/file")));
    tpi_bases_destroy(bases);
    tpi_bases_destroy(NULL);
    TP_CHECK_EQ_I64(tpi_bases_open(NULL, in_root("base/file"), false, &fd), TP_EPATH);
}

/* Proves: W-67 */
TP_TEST(a_base_that_cannot_be_resolved_is_an_error)
{
    make_tree();
    static const char *const bad[] = { "missing", "base/file", "base/loop" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *dirs[] = { in_root("base"), in_root(bad[i]) };
        tpi_bases_t *bases = (tpi_bases_t *)root;
        TP_CHECK_MSG(tpi_bases_create(&bases, dirs, 2) == TP_EPATH, "%s", bad[i]);
        TP_CHECK(bases == NULL);
        TP_CHECK_CONTAINS(tp_errmsg(), bad[i]);
    }
    const char *relative = "base";
    tpi_bases_t *bases;
    TP_CHECK_EQ_I64(tpi_bases_create(&bases, &relative, 1), TP_EPATH);
}

/* Proves: W-67, W-68 */
TP_TEST(containment_compares_canonical_bases_by_whole_components)
{
    make_tree();
    /* a base given through a link and with dots is the directory it leads to */
    const char *dirs[] = { in_root("outside"), in_root("link-to-base/./sub/..") };
    tpi_bases_t *bases = NULL;
    TP_CHECK_EQ_I64(tpi_bases_create(&bases, dirs, 2), TP_OK);
    TP_CHECK(tpi_bases_contain(bases, in_root("base/file")));
    TP_CHECK(tpi_bases_contain(bases, in_root("base/a/b/c")));
    TP_CHECK(tpi_bases_contain(bases, in_root("outside/x")));
    TP_CHECK(!tpi_bases_contain(bases, in_root("base")));
    TP_CHECK(!tpi_bases_contain(bases, in_root("base/")));
    TP_CHECK(!tpi_bases_contain(bases, in_root("base-sibling/x")));
    TP_CHECK(!tpi_bases_contain(bases, in_root("bas")));
    TP_CHECK(!tpi_bases_contain(bases, "/"));
    TP_CHECK(!tpi_bases_contain(bases, ""));
    tpi_bases_destroy(bases);

    const char *all = "/";
    TP_CHECK_EQ_I64(tpi_bases_create(&bases, &all, 1), TP_OK);
    TP_CHECK(tpi_bases_contain(bases, "/etc"));
    TP_CHECK(!tpi_bases_contain(bases, "/"));
    int fd = -1;
    TP_CHECK_EQ_I64(tpi_bases_open(bases, in_root("base/file"), false, &fd), TP_OK);
    close(fd);
    tpi_bases_destroy(bases);
}

TP_TEST(a_base_removed_and_made_again_still_works)
{
    make_tree();
    make_dir("again");
    tpi_bases_t *bases = make_bases("again");
    TP_CHECK_EQ_I64(rmdir(in_root("again")), 0);
    int fd = -1;
    TP_CHECK_EQ_I64(tpi_bases_open(bases, in_root("again/file"), false, &fd), TP_ENOENT);
    make_dir("again");
    make_file("again/file");
    TP_CHECK_EQ_I64(tpi_bases_open(bases, in_root("again/file"), false, &fd), TP_OK);
    close(fd);
    tpi_bases_destroy(bases);
}

/* ---- a file that is exchanged while it is opened ---- */

static atomic_bool stop;

/* Plays foul: base/target is in turn a file inside, a link to a file outside, and nothing. */
static void *exchange(void *unused)
{
    (void)unused;
    char target[512];
    char file[512];
    char link[512];
    snprintf(target, sizeof(target), "%s/base/target", root);
    snprintf(file, sizeof(file), "%s/base/spare-file", root);
    snprintf(link, sizeof(link), "%s/base/spare-link", root);
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        const int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
        if (fd >= 0) {
            close(fd);
        }
        (void)rename(file, target);
        if (symlink(in_root("outside/file"), link) == 0) {
            (void)rename(link, target);
        }
    }
    return NULL;
}

/* The same with a directory on the way. */
static void *exchange_parent(void *unused)
{
    (void)unused;
    char dir[512];
    char aside[512];
    snprintf(dir, sizeof(dir), "%s/base/sub", root);
    snprintf(aside, sizeof(aside), "%s/base/sub-aside", root);
    char outside[512];
    snprintf(outside, sizeof(outside), "%s/outside", root);
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        if (rename(dir, aside) == 0) {
            (void)symlink(outside, dir);
            (void)unlink(dir);
            (void)rename(aside, dir);
        }
    }
    return NULL;
}

static void race(void *(*player)(void *), const char *path)
{
    struct stat outside;
    TP_CHECK_EQ_I64(stat(in_root("outside/file"), &outside), 0);
    tpi_bases_t *bases = make_bases("base");
    pthread_t thread;
    atomic_store(&stop, false);
    TP_CHECK_EQ_I64(pthread_create(&thread, NULL, player, NULL), 0);
    size_t opened = 0;
    size_t refused = 0;
    const int64_t deadline = tp_test_now_ns() + INT64_C(20000000000);
    while ((opened < 200 || refused < 200) && tp_test_now_ns() < deadline) {
        int fd = -1;
        if (tpi_bases_open(bases, path, false, &fd) == TP_OK) {
            struct stat info;
            TP_CHECK_EQ_I64(fstat(fd, &info), 0);
            TP_CHECK_MSG(info.st_ino != outside.st_ino, "a file outside the base was opened");
            close(fd);
            opened++;
        } else {
            refused++;
        }
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    printf("%s: %zu opened, %zu refused, none outside\n", path, opened, refused);
    TP_CHECK_GT_U64(opened, 0);
    TP_CHECK_GT_U64(refused, 0);
    tpi_bases_destroy(bases);
}

/* Proves: W-70, W-71 */
TP_TEST(a_file_exchanged_for_a_link_never_leads_outside)
{
    make_tree();
    make_file("base/target");
    char path[512];
    snprintf(path, sizeof(path), "%s/base/target", root);
    race(exchange, path);
}

/* Proves: W-70, W-71 */
TP_TEST(a_directory_exchanged_for_a_link_never_leads_outside)
{
    make_tree();
    make_file("base/sub/file");
    char path[512];
    snprintf(path, sizeof(path), "%s/base/sub/file", root);
    race(exchange_parent, path);
}

/* Proves: W-70, W-71 */
TP_TEST(without_openat2_a_file_exchanged_for_a_link_never_leads_outside)
{
    openat2_errno = ENOSYS;
    make_tree();
    make_file("base/target");
    char path[512];
    snprintf(path, sizeof(path), "%s/base/target", root);
    race(exchange, path);
}

/* Proves: W-70, W-71 */
TP_TEST(without_openat2_a_directory_exchanged_for_a_link_never_leads_outside)
{
    openat2_errno = ENOSYS;
    make_tree();
    make_file("base/sub/file");
    char path[512];
    snprintf(path, sizeof(path), "%s/base/sub/file", root);
    race(exchange_parent, path);
}

TP_TEST_MAIN()

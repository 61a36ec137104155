/*
 * Directories, modes, links, locks, collection of old epochs, clean-up.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "driver/driver_test_util.h"

static uint32_t mode_of(const char *path)
{
    struct stat info;
    TP_CHECK_MSG(lstat(path, &info) == 0, "no \"%s\"", path);
    return info.st_mode & 07777;
}

/* Proves: D-87, D-88, W-76 */
TP_TEST(modes_are_as_configured_whatever_the_umask)
{
    static const struct {
        uint32_t option, file, dir;
    } rows[] = { { 0, 0660, 02770 },
                 { 0660, 0660, 02770 },
                 { 0600, 0600, 0700 },
                 { 0640, 0640, 02750 },
                 { 0664, 0664, 02775 } };
    static const mode_t umasks[] = { 0, 022, 0777 };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t u = 0; u < 3; u++) {
            rig_t rig;
            rig_prepare(&rig);
            rig.options.permissions_mode = rows[i].option;
            const mode_t before = umask(umasks[u]);
            rig_start(&rig);
            tpi_attach_response_t ok;
            rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &ok);
            umask(before);
            char rest[256];
            TP_CHECK_EQ_U64(mode_of(rig.base), rows[i].dir);
            snprintf(rest, sizeof(rest), "stream-%u/unit/epoch-%llu", STREAM_A,
                     (unsigned long long)ok.epoch);
            TP_CHECK_EQ_U64(mode_of(rig_path(&rig, rest)), rows[i].dir);
            *strrchr(rest, '/') = '\0';
            TP_CHECK_EQ_U64(mode_of(rig_path(&rig, rest)), rows[i].dir);
            *strrchr(rest, '/') = '\0';
            TP_CHECK_EQ_U64(mode_of(rig_path(&rig, rest)), rows[i].dir);
            snprintf(rest, sizeof(rest), "%.*s", (int)ok.header_region_uri.len,
                     (const char *)ok.header_region_uri.data);
            TP_CHECK_EQ_U64(mode_of(strchr(rest, '=') + 1), rows[i].file);
            snprintf(rest, sizeof(rest), "%.*s", (int)ok.pools[0].region_uri.len,
                     (const char *)ok.pools[0].region_uri.data);
            TP_CHECK_EQ_U64(mode_of(strchr(rest, '=') + 1), rows[i].file);
            TP_CHECK_EQ_I64(strstr(rig.log, "open to everybody") != NULL, (rows[i].file & 07) != 0);
            rig_close(&rig);
            tp_test_remove_tree(rig.base);
        }
    }
}

/* Proves: D-85, D-87 - links below the base are never followed */
TP_TEST(a_link_in_place_of_any_of_our_directories_is_refused)
{
    for (int depth = 0; depth < 3; depth++) {
        rig_t rig;
        rig_open(&rig);
        char outside[256];
        char rest[256];
        tp_test_path(outside, sizeof(outside), "outside");
        TP_CHECK_EQ_I64(mkdir(outside, 0700), 0);
        snprintf(rest, sizeof(rest), "stream-%u", STREAM_A);
        if (depth > 0) {
            TP_CHECK_EQ_I64(mkdir(rig_path(&rig, rest), 0700), 0);
            snprintf(rest, sizeof(rest), depth == 1 ? "stream-%u/unit" : "stream-%u/.driver.lock",
                     STREAM_A);
        }
        if (depth == 2) {
            strncat(outside, "/lock", sizeof(outside) - strlen(outside) - 1);
        }
        TP_CHECK_EQ_I64(symlink(outside, rig_path(&rig, rest)), 0);
        tpi_attach_response_t response;
        const tpi_attach_request_t r = rig_request(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER);
        rig_ask(&rig, TPI_DIALECT_V11, &r, &response);
        TP_CHECK_MSG(response.code == TPI_CODE_INTERNAL_ERROR, "depth %d: code %d", depth,
                     response.code);
        tp_test_path(outside, sizeof(outside), "outside");
        TP_CHECK_EQ_U64(tp_test_count_files(outside), 0);
        TP_CHECK_EQ_I64(rmdir(outside), 0); /* still empty */
        rig_close(&rig);
        tp_test_remove_tree(rig.base);
    }
}

/* Proves: D-85 - what we hand out passes the checks of the wire document; D-34 as a client does them */
TP_TEST(a_client_may_map_what_the_driver_hands_out)
{
    rig_t rig;
    rig_prepare(&rig);
    /* The configured path goes through a link; what is handed out does not. */
    char link_path[256];
    char real[256];
    tp_test_path(link_path, sizeof(link_path), "link");
    tp_test_path(real, sizeof(real), "real");
    TP_CHECK_EQ_I64(mkdir(real, 0700), 0);
    TP_CHECK_EQ_I64(symlink(real, link_path), 0);
    strncat(link_path, "/base/", sizeof(link_path) - strlen(link_path) - 1);
    rig.options.base_dir = link_path;
    rig_start(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_B, 1, TPI_ROLE_PRODUCER, &ok);
    tpi_bases_t *bases = NULL;
    const char *dirs[] = { real };
    TP_CHECK_EQ_I64(tpi_bases_create(&bases, dirs, 1), TP_OK);
    tpi_pool_layout_t pools[2];
    for (size_t i = 0; i < 2; i++) {
        pools[i] =
            (tpi_pool_layout_t){ ok.pools[i].pool_id, ok.pools[i].nslots, ok.pools[i].stride_bytes,
                                 (const char *)ok.pools[i].region_uri.data,
                                 ok.pools[i].region_uri.len };
    }
    const tpi_stream_layout_t layout = { .stream_id = STREAM_B,
                                         .epoch = ok.epoch,
                                         .layout_version = ok.layout_version,
                                         .nslots = ok.header_nslots,
                                         .header_slot_bytes = ok.header_slot_bytes,
                                         .header_uri = (const char *)ok.header_region_uri.data,
                                         .header_uri_len = ok.header_region_uri.len,
                                         .pools = pools,
                                         .npools = 2 };
    tpi_mapping_t mapping;
    const int rc = tpi_mapping_open(&mapping, bases, &layout, TPI_MAP_READ_WRITE, false);
    TP_CHECK_MSG(rc == TP_OK, "map: %s", tp_errmsg());
    tpi_mapping_close(&mapping);
    tpi_bases_destroy(bases);
    rig_close(&rig);
}

static void create_fails(rig_t *rig, int code, const char *text)
{
    tp_driver_t *driver = NULL;
    const int rc = tpi_driver_create_with_link(&driver, &rig->options, rig->driver_link);
    TP_CHECK_MSG(rc == code, "code %d: %s", rc, tp_errmsg());
    TP_CHECK(driver == NULL);
    TP_CHECK_CONTAINS(tp_errmsg(), text);
}

/* Proves: D-85, D-89, D-93, D-95 */
TP_TEST(base_directories_that_will_not_do_are_named_at_creation)
{
    rig_t rig;
    char path[2048];
    char other[256];
    rig_prepare(&rig);
    tp_test_path(other, sizeof(other), "other");
    TP_CHECK_EQ_I64(mkdir(other, 0700), 0);
    const char *allowed[] = { other };
    rig.options.allowed_base_dirs = allowed;
    rig.options.allowed_base_dirs_count = 1;
    create_fails(&rig, TP_ECONFIG, "not inside shm.allowed_base_dirs");
    TP_CHECK(!rig_exists(&rig, "")); /* nothing left behind */
    rig.options.allowed_base_dirs = NULL;
    rig.options.allowed_base_dirs_count = 0;
    snprintf(path, sizeof(path), "%s/with space", rig.base);
    rig.options.base_dir = path;
    create_fails(&rig, TP_ECONFIG, "visible ASCII");
    TP_CHECK(!rig_exists(&rig, ""));
    snprintf(path, sizeof(path), "%s/what?", rig.base);
    create_fails(&rig, TP_ECONFIG, "visible ASCII");
    snprintf(path, sizeof(path), "%s", rig.base);
    for (int i = 0; i < 5; i++) {
        const size_t len = strlen(path);
        memset(path + len, 'x', 190);
        path[len] = '/';
        path[len + 190] = '\0';
    }
    create_fails(&rig, TP_ECONFIG, "at most are 1023");
    TP_CHECK(!rig_exists(&rig, ""));
    rig.options.base_dir = rig.base;
    rig.options.require_hugepages = true;
    create_fails(&rig, TP_ECONFIG, "not on hugetlbfs");
    rig.options.require_hugepages = false;
    rig.options.page_size_bytes = 8192;
    create_fails(&rig, TP_ECONFIG, "multiple of the page size, 8192 bytes");
    rig.options.page_size_bytes = 0;
    rig.options.base_dir = "relative/path";
    create_fails(&rig, TP_ECONFIG, "must be absolute");
    rig.options.base_dir = "/proc/tensorpool";
    TP_CHECK_LT_I64(tpi_driver_create_with_link(&rig.driver, &rig.options, rig.driver_link), 0);
    rig.options.base_dir = rig.base;
    rig_start(&rig);
    rig_close(&rig);
}

/* Proves: D-4 */
TP_TEST(the_lock_is_held_while_the_stream_has_regions_and_gone_with_the_driver)
{
    rig_t rig;
    rig_open(&rig);
    char rest[64];
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_CONSUMER, &ok);
    snprintf(rest, sizeof(rest), "stream-%u/.driver.lock", STREAM_A);
    const int fd = open(rig_path(&rig, rest), O_RDONLY);
    TP_CHECK_GE_I64(fd, 0);
    TP_CHECK_EQ_I64(flock(fd, LOCK_EX | LOCK_NB), -1);
    rig_advance(&rig, 4 * SEC); /* the lease is gone, the regions are not */
    TP_CHECK_EQ_I64(flock(fd, LOCK_EX | LOCK_NB), -1);
    rig_stop_driver(&rig);
    TP_CHECK_EQ_I64(flock(fd, LOCK_EX | LOCK_NB), 0);
    close(fd);
    rig_close(&rig);
}

/* ---- collection ---- */

/** A producer comes and goes: two epochs. */
static void produce(rig_t *rig, uint64_t *out_epoch)
{
    tpi_attach_response_t p;
    rig_attach(rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &p);
    rig_send_detach(rig, p.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_step(rig);
    *out_epoch = p.epoch;
}

static uint64_t current(rig_t *rig)
{
    return tpi_stream_find(rig->driver, STREAM_A)->epoch->number;
}

/* Proves: D-99, D-100, D-101 */
TP_TEST(old_epochs_go_by_rank_and_age_counted_from_their_successors_announce)
{
    rig_t rig;
    rig_open(&rig); /* keep 2, min age 3 s */
    uint64_t e1 = 0;
    uint64_t e3 = 0;
    produce(&rig, &e1);
    rig_advance(&rig, 1 * SEC);
    produce(&rig, &e3);
    const uint64_t e4 = current(&rig);
    rig_advance(&rig, 1900 * MS);
    TP_CHECK(rig_has_epoch(&rig, STREAM_A, e1)); /* 2.9 s after e2 was announced */
    rig_advance(&rig, 1100 * MS);
    TP_CHECK(!rig_has_epoch(&rig, STREAM_A, e1));
    rig_advance(&rig, 20 * SEC);
    TP_CHECK(rig_has_epoch(&rig, STREAM_A, e3)); /* the newest two stay for ever */
    TP_CHECK(rig_has_epoch(&rig, STREAM_A, e4));
    TP_CHECK_EQ_U64(rig.driver->stats.epochs_collected, 2);
    rig_close(&rig);
}

/** Write into an old epoch's ring, as its last producer might. */
static void bend_ring(const rig_t *rig, uint64_t epoch, size_t offset, uint64_t value)
{
    char rest[256];
    snprintf(rest, sizeof(rest), "stream-%u/unit/epoch-%llu/header.ring", STREAM_A,
             (unsigned long long)epoch);
    const int fd = open(rig_path(rig, rest), O_RDWR);
    TP_CHECK_GE_I64(fd, 0);
    TP_CHECK_EQ_I64(pwrite(fd, &value, 8, (off_t)offset), 8);
    close(fd);
}

/* Proves: D-101 */
TP_TEST(fresh_activity_and_a_living_foreign_pid_protect_an_old_epoch)
{
    const pid_t child = fork();
    TP_CHECK_GE_I64(child, 0);
    if (child == 0) {
        for (;;) {
            pause();
        }
    }
    rig_t rig;
    rig_open(&rig);
    uint64_t e1 = 0;
    uint64_t e3 = 0;
    uint64_t e5 = 0;
    produce(&rig, &e1);
    produce(&rig, &e3);
    produce(&rig, &e5);
    bend_ring(&rig, e1, 40, (uint64_t)child);
    bend_ring(&rig, e3, 56, (uint64_t)(rig.now_ns + 10 * SEC - 1));
    rig_advance(&rig, 9 * SEC);
    TP_CHECK(rig_has_epoch(&rig, STREAM_A, e1));
    /* Activity of the future is of before a reboot: stale. Rule W-119. Then it is past and fresh, then old. */
    rig_advance(&rig, 1 * SEC);
    TP_CHECK(!rig_has_epoch(&rig, STREAM_A, e3));
    TP_CHECK(rig_has_epoch(&rig, STREAM_A, e5));
    TP_CHECK_EQ_I64(kill(child, SIGKILL), 0);
    TP_CHECK_EQ_I64(waitpid(child, NULL, 0), child);
    rig_advance(&rig, 2 * SEC);
    TP_CHECK(!rig_has_epoch(&rig, STREAM_A, e1));
    rig_close(&rig);
}

/* Proves: D-101 */
TP_TEST(fresh_activity_keeps_an_epoch_until_it_is_old)
{
    rig_t rig;
    rig_open(&rig);
    uint64_t e1 = 0;
    uint64_t e3 = 0;
    produce(&rig, &e1);
    produce(&rig, &e3);
    for (int i = 0; i < 8; i++) { /* its producer does not know yet and goes on */
        bend_ring(&rig, e1, 56, (uint64_t)rig.now_ns);
        rig_advance(&rig, 1 * SEC);
    }
    TP_CHECK(rig_has_epoch(&rig, STREAM_A, e1));
    rig_advance(&rig, 4 * SEC);
    TP_CHECK(!rig_has_epoch(&rig, STREAM_A, e1));
    rig_close(&rig);
}

/* Proves: D-103 */
TP_TEST(unknown_files_and_links_are_left_and_reported)
{
    rig_t rig;
    rig_open(&rig);
    char rest[256];
    char outside[256];
    tp_test_path(outside, sizeof(outside), "precious");
    const int fd = open(outside, O_CREAT | O_RDWR, 0600);
    TP_CHECK_GE_I64(fd, 0);
    close(fd);
    uint64_t e1 = 0;
    uint64_t e3 = 0;
    produce(&rig, &e1);
    const uint64_t e2 = current(&rig);
    produce(&rig, &e3);
    /* In e1 somebody's notes; in place of e2's ring a link to somebody's file. */
    snprintf(rest, sizeof(rest), "stream-%u/unit/epoch-%llu/notes.txt", STREAM_A,
             (unsigned long long)e1);
    TP_CHECK_GE_I64(creat(rig_path(&rig, rest), 0600), 0);
    snprintf(rest, sizeof(rest), "stream-%u/unit/epoch-%llu/header.ring", STREAM_A,
             (unsigned long long)e2);
    TP_CHECK_EQ_I64(unlink(rig_path(&rig, rest)), 0);
    TP_CHECK_EQ_I64(symlink(outside, rig_path(&rig, rest)), 0);
    rig_advance(&rig, 10 * SEC);
    TP_CHECK(rig_has_epoch(&rig, STREAM_A, e1));
    TP_CHECK_CONTAINS(rig.log, "notes.txt");
    TP_CHECK(strstr(strstr(rig.log, "notes.txt") + 1, "notes.txt") == NULL); /* once */
    TP_CHECK(!rig_has_epoch(&rig, STREAM_A, e2));
    TP_CHECK_EQ_I64(access(outside, F_OK), 0);
    rig_close(&rig);
}

/* Proves: D-103, D-87 - an epoch directory that is a link is not entered */
TP_TEST(an_epoch_directory_which_is_a_link_is_not_followed)
{
    rig_t rig;
    rig_open(&rig);
    uint64_t e1 = 0;
    uint64_t e3 = 0;
    char rest[256];
    char moved[256];
    produce(&rig, &e1);
    produce(&rig, &e3);
    tp_test_path(moved, sizeof(moved), "moved");
    snprintf(rest, sizeof(rest), "stream-%u/unit/epoch-%llu", STREAM_A, (unsigned long long)e1);
    TP_CHECK_EQ_I64(rename(rig_path(&rig, rest), moved), 0);
    TP_CHECK_EQ_I64(symlink(moved, rig_path(&rig, rest)), 0);
    rig_advance(&rig, 10 * SEC);
    TP_CHECK_EQ_U64(tp_test_count_files(moved), 2);
    rig_close(&rig);
}

/* Proves: D-100 */
TP_TEST(at_start_old_files_go_only_if_asked_for)
{
    for (int on = 0; on < 2; on++) {
        rig_t rig;
        rig_prepare(&rig);
        rig.options.no_epoch_gc = true;
        rig_start(&rig);
        uint64_t e1 = 0;
        uint64_t e3 = 0;
        uint64_t e5 = 0;
        produce(&rig, &e1);
        produce(&rig, &e3);
        produce(&rig, &e5);
        const uint64_t e6 = current(&rig);
        rig_advance(&rig, 10 * SEC);
        TP_CHECK_EQ_U64(rig.driver->stats.epochs_collected, 0);
        rig_stop_driver(&rig);
        rig.options.no_epoch_gc = false;
        rig.options.epoch_gc_on_startup = on != 0;
        rig_start(&rig);
        TP_CHECK_EQ_I64(rig_has_epoch(&rig, STREAM_A, e1), on == 0);
        TP_CHECK_EQ_I64(rig_has_epoch(&rig, STREAM_A, e3), on == 0);
        TP_CHECK(rig_has_epoch(&rig, STREAM_A, e5));
        TP_CHECK(rig_has_epoch(&rig, STREAM_A, e6));
        /* The next epoch: left-overs go by the same rule in any case, once the stream is in use. */
        uint64_t e7 = 0;
        produce(&rig, &e7);
        rig_advance(&rig, 10 * SEC);
        TP_CHECK(!rig_has_epoch(&rig, STREAM_A, e5));
        TP_CHECK(!rig_has_epoch(&rig, STREAM_A, e6));
        TP_CHECK(rig_has_epoch(&rig, STREAM_A, e7));
        rig_close(&rig);
        tp_test_remove_tree(rig.base);
    }
}

/* Proves: D-92 */
TP_TEST(clean_up_on_exit_removes_what_this_process_made_and_nothing_else)
{
    rig_t rig;
    rig_open(&rig);
    uint64_t e1 = 0;
    uint64_t e2 = 0;
    produce(&rig, &e1);
    rig_stop_driver(&rig);
    rig.options.cleanup_shm_on_exit = true;
    rig.options.no_epoch_gc = true;
    rig_start(&rig);
    tpi_attach_response_t ok;
    produce(&rig, &e2);
    rig_attach(&rig, STREAM_B, 9, TPI_ROLE_CONSUMER, &ok);
    char rest[256];
    snprintf(rest, sizeof(rest), "stream-%u/unit/other", STREAM_A);
    TP_CHECK_GE_I64(creat(rig_path(&rig, rest), 0600), 0);
    tp_driver_request_shutdown(rig.driver, 0, "");
    tp_driver_request_shutdown(rig.driver, 0, "");
    rig_advance(&rig, 2 * SEC);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_STOPPED);
    TP_CHECK(rig_has_epoch(&rig, STREAM_A, e1));
    TP_CHECK(!rig_has_epoch(&rig, STREAM_A, e2));
    TP_CHECK(rig_exists(&rig, rest));
    snprintf(rest, sizeof(rest), "stream-%u", STREAM_B);
    TP_CHECK(!rig_exists(&rig, rest)); /* with its lock */
    rig_close(&rig);
}

/* Proves: D-92 */
TP_TEST(without_clean_up_files_stay)
{
    rig_t rig;
    rig_open(&rig);
    uint64_t e1 = 0;
    produce(&rig, &e1);
    tp_driver_request_shutdown(rig.driver, 0, "");
    rig_advance(&rig, 4 * SEC);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_STOPPED);
    TP_CHECK(rig_has_epoch(&rig, STREAM_A, e1));
    rig_close(&rig);
}

/* Proves: D-91, D-67 */
TP_TEST(a_path_left_by_hand_is_an_error_or_taken_over_as_configured)
{
    for (int reuse = 0; reuse < 2; reuse++) {
        rig_t rig;
        rig_prepare(&rig);
        rig.options.reuse_existing_shm = reuse != 0;
        rig_start(&rig);
        tpi_attach_response_t response;
        rig_attach(&rig, STREAM_A, 1, TPI_ROLE_CONSUMER, &response);
        /* After the driver looked, somebody makes the directory of the next epoch. */
        char rest[256];
        snprintf(rest, sizeof(rest), "stream-%u/unit/epoch-%llu", STREAM_A,
                 (unsigned long long)response.epoch + 1);
        TP_CHECK_EQ_I64(mkdir(rig_path(&rig, rest), 0700), 0);
        snprintf(rest, sizeof(rest), "stream-%u/unit/epoch-%llu/header.ring", STREAM_A,
                 (unsigned long long)response.epoch + 1);
        const int fd = open(rig_path(&rig, rest), O_CREAT | O_RDWR, 0600);
        TP_CHECK_GE_I64(fd, 0);
        static char junk[8192];
        memset(junk, 0x55, sizeof(junk));
        TP_CHECK_EQ_I64(write(fd, junk, sizeof(junk)), (int64_t)sizeof(junk));
        close(fd);
        const tpi_attach_request_t r = rig_request(&rig, STREAM_A, 2, TPI_ROLE_PRODUCER);
        rig_ask(&rig, TPI_DIALECT_V11, &r, &response);
        TP_CHECK_EQ_I64(response.code, reuse != 0 ? TPI_CODE_OK : TPI_CODE_INTERNAL_ERROR);
        TP_CHECK(rig_exists(&rig, rest)); /* not ours to remove */
        rig_close(&rig);
        tp_test_remove_tree(rig.base);
    }
}

TP_TEST_MAIN()

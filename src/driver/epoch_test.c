/*
 * Epochs: when there is a new one, how it is numbered, what happens when it cannot be made. jobs_test.c has how they are made.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include "driver/driver_test_util.h"

/** A small file system of the test's own at rig->base, gone with its process. */
static void mount_small(rig_t *rig, const char *size)
{
    char options[64];
    (void)tp_test_shm_dir();
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        TP_SKIP("needs root for a small tmpfs");
    }
    TP_CHECK_EQ_I64(mkdir(rig->base, 0700), 0);
    snprintf(options, sizeof(options), "size=%s", size);
    if (mount("tmpfs", rig->base, "tmpfs", 0, options) != 0) {
        TP_SKIP("cannot mount a tmpfs");
    }
}

static void detach(rig_t *rig, const tpi_attach_response_t *lease, uint32_t client, uint8_t role)
{
    rig_send_detach(rig, lease->lease_id, lease->stream_id, client, role);
    rig_step(rig);
}

static uint64_t announced_epoch(const rig_t *rig, uint32_t stream_id)
{
    tpi_shm_pool_announce_t announce;
    rig_last_announce(rig, stream_id, &announce);
    return announce.epoch;
}

/* Proves: D-65, D-66, D-70 */
TP_TEST(the_epoch_grows_at_each_producer_attach_and_each_producer_end_and_at_nothing_else)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t c1;
    tpi_attach_response_t p1;
    tpi_attach_response_t c2;
    tpi_attach_response_t p2;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_CONSUMER, &c1);
    rig_attach(&rig, STREAM_A, 2, TPI_ROLE_PRODUCER, &p1);
    TP_CHECK_EQ_U64(p1.epoch, c1.epoch + 1); /* the clock stands: previous + 1 */
    rig_attach(&rig, STREAM_A, 3, TPI_ROLE_CONSUMER, &c2);
    TP_CHECK_EQ_U64(c2.epoch, p1.epoch);
    detach(&rig, &c2, 3, TPI_ROLE_CONSUMER);
    rig_advance(&rig, 2 * SEC);
    TP_CHECK_EQ_U64(announced_epoch(&rig, STREAM_A), p1.epoch);
    rig_send_keepalive(&rig, c1.lease_id, STREAM_A, 1, TPI_ROLE_CONSUMER);
    rig_advance(&rig, 1 * SEC); /* the producer falls silent */
    const uint64_t idle = announced_epoch(&rig, STREAM_A);
    TP_CHECK_GT_U64(idle, p1.epoch);
    TP_CHECK_GE_U64(idle, (uint64_t)rig.real_ns);
    TP_CHECK(tpi_leases_find_id(&rig.driver->leases, c1.lease_id) != NULL);
    rig_attach(&rig, STREAM_A, 4, TPI_ROLE_PRODUCER, &p2);
    TP_CHECK_GT_U64(p2.epoch, idle);
    rig_close(&rig);
}

/* Proves: D-66, D-84 */
TP_TEST(a_restarted_driver_starts_above_everything_on_disk)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &ok);
    const uint64_t old_epoch = ok.epoch;
    const uint64_t old_lease = ok.lease_id;
    rig_stop_driver(&rig); /* as a crash: nothing is cleaned up */
    TP_CHECK(rig_has_epoch(&rig, STREAM_A, old_epoch));
    rig_forget(&rig);
    rig.real_ns = 12345; /* the clock was set back */
    rig_start(&rig);
    /* The old lease means nothing to it. */
    rig_send_keepalive(&rig, old_lease, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_step(&rig);
    TP_CHECK_EQ_U64(rig.driver->stats.keepalives_ignored, 1);
    TP_CHECK_EQ_U64(rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE),
                    0); /* Proves: D-75 - no regions, no announce */
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_CONSUMER, &ok);
    TP_CHECK_EQ_U64(ok.epoch, old_epoch + 1);
    rig_close(&rig);
}

/* Proves: D-66, W-23 */
TP_TEST(an_epoch_directory_at_the_end_of_numbers_is_an_error_and_no_wrap_around)
{
    rig_t rig;
    rig_open(&rig);
    char rest[128];
    snprintf(rest, sizeof(rest), "stream-%u", STREAM_A);
    TP_CHECK_EQ_I64(mkdir(rig_path(&rig, rest), 0700), 0);
    snprintf(rest, sizeof(rest), "stream-%u/unit", STREAM_A);
    TP_CHECK_EQ_I64(mkdir(rig_path(&rig, rest), 0700), 0);
    snprintf(rest, sizeof(rest), "stream-%u/unit/epoch-18446744073709551614", STREAM_A);
    TP_CHECK_EQ_I64(mkdir(rig_path(&rig, rest), 0700), 0);
    tpi_attach_response_t response;
    const tpi_attach_request_t r = rig_request(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_ask(&rig, TPI_DIALECT_V11, &r, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_INTERNAL_ERROR);
    rig_close(&rig);
}

/* Proves: D-66 - names that are not ours do not count */
TP_TEST(odd_names_beside_epochs_are_ignored)
{
    static const char *const names[] = { "epoch-",
                                         "epoch-007",
                                         "epoch-99999999999999999999999",
                                         "epoch-5x",
                                         "epoch--5",
                                         "Epoch-9000000000000000000",
                                         "epoch-9000000000000000000.old" };
    rig_t rig;
    rig_open(&rig);
    char rest[128];
    snprintf(rest, sizeof(rest), "stream-%u", STREAM_A);
    TP_CHECK_EQ_I64(mkdir(rig_path(&rig, rest), 0700), 0);
    snprintf(rest, sizeof(rest), "stream-%u/unit", STREAM_A);
    TP_CHECK_EQ_I64(mkdir(rig_path(&rig, rest), 0700), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(rest, sizeof(rest), "stream-%u/unit/%s", STREAM_A, names[i]);
        TP_CHECK_EQ_I64(mkdir(rig_path(&rig, rest), 0700), 0);
    }
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &ok);
    TP_CHECK_EQ_U64(ok.epoch, (uint64_t)rig.real_ns);
    rig_close(&rig);
}

static void epoch_file(const rig_t *rig, uint64_t epoch, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/stream-%u/unit/epoch-%llu/%s", rig->base, STREAM_A,
             (unsigned long long)epoch, name);
}

/* Proves: D-67, D-68, D-7, D-90 */
TP_TEST(each_epoch_has_its_own_files_and_a_producerless_one_is_sparse)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t p;
    char path[512];
    char old[512];
    struct stat before;
    struct stat info;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &p);
    epoch_file(&rig, p.epoch, "payload-1.pool", old, sizeof(old));
    TP_CHECK_EQ_I64(stat(old, &before), 0);
    TP_CHECK_GE_I64(before.st_blocks * 512, 64 + 4 * 4096); /* prefaulted */
    size_t len = 0;
    char *bytes = tp_test_read_file(old, &len);
    detach(&rig, &p, 1, TPI_ROLE_PRODUCER);
    const uint64_t idle = announced_epoch(&rig, STREAM_A);
    epoch_file(&rig, idle, "payload-1.pool", path, sizeof(path));
    TP_CHECK_EQ_I64(stat(path, &info), 0);
    TP_CHECK_EQ_I64(info.st_size, 64 + 4 * 4096);
    TP_CHECK_LE_I64(info.st_blocks * 512, 4096); /* the superblock's page */
    TP_CHECK(info.st_ino != before.st_ino);
    /* The old one is as it was, and still there. */
    size_t len_after = 0;
    char *after = tp_test_read_file(old, &len_after);
    TP_CHECK_EQ_U64(len_after, len);
    TP_CHECK_EQ_MEM(after, bytes, len);
    free(bytes);
    free(after);
    bytes = tp_test_read_file(path, &len);
    tpi_superblock_t superblock;
    tpi_superblock_decode(bytes, &superblock);
    free(bytes);
    TP_CHECK_EQ_U64(superblock.magic, TPI_SUPERBLOCK_MAGIC);
    TP_CHECK_EQ_U64(superblock.epoch, idle);
    TP_CHECK_EQ_U64(superblock.pid, (uint64_t)getpid());
    TP_CHECK_EQ_U64(superblock.start_timestamp_ns, (uint64_t)rig.now_ns);
    TP_CHECK_EQ_U64(superblock.activity_timestamp_ns, (uint64_t)rig.now_ns);
    rig_close(&rig);
}

/* Proves: D-69, D-90, D-102 */
TP_TEST(without_space_after_a_producer_loss_the_notice_goes_out_and_announces_stop)
{
    rig_t rig;
    rig_prepare(&rig);
    mount_small(&rig, "128k");
    rig.options.epoch_gc_keep = 5;
    rig_start(&rig);
    tpi_attach_response_t p;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &p);
    /* Somebody fills the rest. */
    const int fd = open(rig_path(&rig, "filler"), O_CREAT | O_RDWR, 0600);
    TP_CHECK_GE_I64(fd, 0);
    static char chunk[4096];
    while (write(fd, chunk, sizeof(chunk)) > 0) {
    }
    rig_forget(&rig);
    rig_send_detach(&rig, p.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_step(&rig);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_LEASE_REVOKED), 1);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_DETACH_RESPONSE), 1);
    TP_CHECK_EQ_U64(rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE), 0);
    TP_CHECK_EQ_I64(tpi_stream_find(rig.driver, STREAM_A)->state, TPI_STREAM_BROKEN);
    rig_advance(&rig, 3 * SEC);
    TP_CHECK_EQ_U64(rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE), 0);
    const uint64_t failed = tpi_stream_find(rig.driver, STREAM_A)->last_epoch;
    TP_CHECK(!rig_has_epoch(&rig, STREAM_A, failed)); /* no half epochs */
    tpi_attach_response_t refused;
    const tpi_attach_request_t r = rig_request(&rig, STREAM_A, 2, TPI_ROLE_PRODUCER);
    rig_ask(&rig, TPI_DIALECT_V11, &r, &refused);
    TP_CHECK_EQ_I64(refused.code, TPI_CODE_INTERNAL_ERROR);
    char text[1024];
    snprintf(text, sizeof(text), "%.*s", (int)refused.error_message.len,
             (const char *)refused.error_message.data);
    TP_CHECK_CONTAINS(text, "failed to provision SHM: ");
    TP_CHECK_CONTAINS(text, "are free"); /* with numbers */
    /* Space again: the next tick makes the epoch and announces it. */
    TP_CHECK_EQ_I64(ftruncate(fd, 0), 0);
    close(fd);
    rig_advance(&rig, 1 * SEC);
    TP_CHECK_GT_U64(announced_epoch(&rig, STREAM_A), failed);
    TP_CHECK_EQ_I64(tpi_stream_find(rig.driver, STREAM_A)->state, TPI_STREAM_IDLE);
    rig_close(&rig);
}

/* Proves: D-68, D-102 - an epoch without a producer takes no room of slots, and one kept for the curious makes room */
TP_TEST(a_stream_larger_than_half_of_the_space_is_renewed)
{
    rig_t rig;
    rig_prepare(&rig);
    mount_small(&rig, "48k"); /* an epoch is 20 KiB and a page or two */
    rig.options.epoch_gc_keep = 3;
    rig_start(&rig);
    tpi_attach_response_t p;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &p);
    detach(&rig, &p, 1, TPI_ROLE_PRODUCER);
    TP_CHECK_EQ_I64(tpi_stream_find(rig.driver, STREAM_A)->state, TPI_STREAM_IDLE);
    rig_advance(&rig, 4 * SEC); /* the old epoch is no longer looked at by anybody */
    rig_attach(&rig, STREAM_A, 2, TPI_ROLE_PRODUCER, &p);
    TP_CHECK_EQ_I64(tpi_stream_find(rig.driver, STREAM_A)->state, TPI_STREAM_LIVE);
    rig_close(&rig);
}

/* Proves: D-101, D-102 */
TP_TEST(a_lack_of_space_collects_old_epochs_and_tries_once_more)
{
    rig_t rig;
    rig_prepare(&rig);
    mount_small(&rig, "128k"); /* room for a few epochs of 20 KiB */
    rig.options.epoch_gc_keep = 1;
    rig.options.epoch_gc_min_age_ns = -1;
    rig_start(&rig);
    for (uint32_t i = 0; i < 50; i++) {
        tpi_attach_response_t p;
        rig_attach(&rig, STREAM_A, i + 1, TPI_ROLE_PRODUCER, &p);
        detach(&rig, &p, i + 1, TPI_ROLE_PRODUCER);
        rig_forget(&rig);
    }
    TP_CHECK_GE_U64(rig.driver->stats.epochs_collected, 90);
    rig_close(&rig);
}

/* Proves: D-60, D-6 */
TP_TEST(a_region_that_somebody_changed_ends_the_producers_lease_and_the_epoch)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t p;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &p);
    char path[512];
    epoch_file(&rig, p.epoch, "payload-1.pool", path, sizeof(path));
    rig_advance(&rig, 1100 * MS);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_LEASE_REVOKED), 0);
    size_t len = 0;
    char *bytes = tp_test_read_file(path, &len);
    TP_CHECK_GT_I64(tpi_get_i64(bytes + 56), tpi_get_i64(bytes + 48)); /* refreshed */
    free(bytes);
    const int fd = open(path, O_RDWR);
    TP_CHECK_GE_I64(fd, 0);
    const uint32_t other_stream = 1;
    TP_CHECK_EQ_I64(pwrite(fd, &other_stream, 4, 20), 4);
    close(fd);
    rig_advance(&rig, 1 * SEC);
    tpi_lease_revoked_t notice;
    rig_revoked(&rig, 0, &notice);
    TP_CHECK_EQ_U64(notice.reason, TPI_REVOKE_REVOKED);
    TP_CHECK_GT_U64(announced_epoch(&rig, STREAM_A), p.epoch);
    /* Files removed by hand: the same, without a lease to end. */
    const uint64_t idle = announced_epoch(&rig, STREAM_A);
    tp_test_remove_tree(rig.base);
    rig_advance(&rig, 1100 * MS);
    TP_CHECK_GT_U64(announced_epoch(&rig, STREAM_A), idle);
    TP_CHECK(rig_has_epoch(&rig, STREAM_A, announced_epoch(&rig, STREAM_A)));
    rig_close(&rig);
}

/* Proves: D-60 - a stranger with write permission cuts a file short: no SIGBUS in the driver */
TP_TEST(a_file_that_was_cut_short_or_exchanged_ends_the_epoch_and_not_the_driver)
{
    static const char *const files[] = { "header.ring", "payload-1.pool" };
    for (int how = 0; how < 4; how++) {
        rig_t rig;
        rig_open(&rig);
        tpi_attach_response_t p;
        rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &p);
        char path[512];
        epoch_file(&rig, p.epoch, files[how % 2], path, sizeof(path));
        if (how < 2) {
            TP_CHECK_EQ_I64(truncate(path, 0), 0);
        } else {
            size_t len = 0;
            char *bytes = tp_test_read_file(path, &len);
            TP_CHECK_EQ_I64(unlink(path), 0);
            const int fd = open(path, O_CREAT | O_RDWR, 0600);
            TP_CHECK_EQ_I64(write(fd, bytes, len), (int64_t)len);
            close(fd);
            free(bytes);
        }
        rig_advance(&rig, 1100 * MS);
        tpi_lease_revoked_t notice;
        rig_revoked(&rig, 0, &notice);
        TP_CHECK_EQ_U64(notice.reason, TPI_REVOKE_REVOKED);
        TP_CHECK_GT_U64(announced_epoch(&rig, STREAM_A), p.epoch);
        rig_close(&rig);
        tp_test_remove_tree(rig.base);
    }
}

TP_TEST_MAIN()

/*
 * Epochs in the making: helper threads make them, the duty cycle never does, and what is asked meanwhile is answered in order.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include "driver/driver_test_util.h"

/* mlock as the driver sees it (--wrap): fails while told to. */
static bool fail_mlock;
static int mlocks;
int __wrap_mlock(const void *addr, size_t len);
int __wrap_mlock(const void *addr, size_t len)
{
    (void)addr;
    (void)len;
    mlocks++;
    if (fail_mlock) {
        errno = ENOMEM;
        return -1;
    }
    return 0;
}

/* posix_fallocate as the driver sees it (--wrap): every new file passes here, while its epoch is made. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool is_closed; /* whoever comes waits */
    int fault;      /* what it returns instead; 0: nothing */
    int calls;
    pthread_t owner; /* of the driver: must not come here */
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER };
int __real_posix_fallocate(int fd, off_t offset, off_t len);
int __wrap_posix_fallocate(int fd, off_t offset, off_t len);
int __wrap_posix_fallocate(int fd, off_t offset, off_t len)
{
    pthread_mutex_lock(&gate.lock);
    gate.calls++;
    TP_CHECK(gate.owner == 0 || !pthread_equal(gate.owner, pthread_self()));
    while (gate.is_closed) {
        pthread_cond_wait(&gate.opened, &gate.lock);
    }
    const int fault = gate.fault;
    pthread_mutex_unlock(&gate.lock);
    return fault != 0 ? fault : __real_posix_fallocate(fd, offset, len);
}

static void set_gate(bool is_closed, int fault)
{
    pthread_mutex_lock(&gate.lock);
    gate.is_closed = is_closed;
    gate.fault = fault;
    pthread_cond_broadcast(&gate.opened);
    pthread_mutex_unlock(&gate.lock);
}

static int gate_calls(void)
{
    pthread_mutex_lock(&gate.lock);
    const int calls = gate.calls;
    pthread_mutex_unlock(&gate.lock);
    return calls;
}

/** Duty cycles that wait for no helper. */
static void only_turn(rig_t *rig, int cycles)
{
    for (int i = 0; i < cycles; i++) {
        (void)tp_driver_do_work(rig->driver);
        rig_listen(rig);
    }
}

/** Read what waits and do nothing else: the jobs that start are there afterwards, finished or not. */
static void only_poll(rig_t *rig)
{
    tpi_link_do_work(rig->driver_link, rig->now_ns);
    (void)tpi_subscription_poll(rig->driver->control_sub, tpi_driver_on_message, rig->driver, 100);
}

static uint64_t announced_epoch(const rig_t *rig, uint32_t stream_id)
{
    tpi_shm_pool_announce_t announce;
    rig_last_announce(rig, stream_id, &announce);
    return announce.epoch;
}

static void open_dynamic(rig_t *rig)
{
    rig_prepare(rig);
    rig->options.allow_dynamic_streams = true;
    rig->options.stream_id_range = (tp_id_range_t){ 20000, 20009 };
    rig_start(rig);
}

static bool is_answered(const rig_t *rig, int64_t correlation_id)
{
    for (size_t i = 0; i < rig->heard_count; i++) {
        const heard_t *h = &rig->heard[i];
        if (h->schema == 901 && h->template_id == TPI_ATTACH_RESPONSE &&
            tpi_get_i64(h->data + 8) == correlation_id) {
            return true;
        }
    }
    return false;
}

/* Proves: D-96 */
TP_TEST(an_epoch_is_made_beside_the_loop_and_answered_when_it_is_there)
{
    rig_t rig;
    open_dynamic(&rig);
    tpi_attach_response_t response;
    const tpi_attach_request_t p = rig_request(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &p);
    TP_CHECK_SOON((rig_step(&rig), is_answered(&rig, p.correlation_id)), 5000);
    rig_response(&rig, p.correlation_id, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    TP_CHECK_EQ_U64(announced_epoch(&rig, STREAM_A), response.epoch);
    TP_CHECK_EQ_I64(tpi_stream_find(rig.driver, STREAM_A)->state, TPI_STREAM_LIVE);
    rig_close(&rig);
}

/* Proves: D-28, D-30, D-96 */
TP_TEST(while_an_epoch_is_made_others_wait_or_are_refused)
{
    rig_t rig;
    open_dynamic(&rig);
    tpi_attach_response_t response;
    const tpi_attach_request_t p = rig_request(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &p);
    /* Everything in one poll: the job cannot be finished in between. */
    const tpi_attach_request_t other = rig_request(&rig, STREAM_A, 2, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &other);
    const tpi_attach_request_t consumer = rig_request(&rig, STREAM_A, 3, TPI_ROLE_CONSUMER);
    rig_send_attach(&rig, TPI_DIALECT_V12, &consumer);
    rig_send_attach(&rig, TPI_DIALECT_V12, &consumer); /* its retry */
    const tpi_attach_request_t same_client = rig_request(&rig, STREAM_B, 1, TPI_ROLE_CONSUMER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &same_client);
    rig_send_attach(&rig, TPI_DIALECT_V11, &p); /* retry of the producer: no second answer */
    tpi_attach_request_t newer = p;             /* it gave up and asks anew */
    newer.correlation_id = 4000;
    rig_send_attach(&rig, TPI_DIALECT_V11, &newer);
    TP_CHECK_SOON(
        (rig_step(&rig), is_answered(&rig, 4000) && is_answered(&rig, consumer.correlation_id)),
        5000);
    rig_response(&rig, other.correlation_id, &response);
    rig_view_is(response.error_message, "producer already attached");
    rig_response(&rig, same_client.correlation_id, &response);
    rig_view_is(response.error_message, "client_id already attached");
    rig_response(&rig, consumer.correlation_id, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    TP_CHECK(!is_answered(&rig, p.correlation_id));
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_ATTACH_RESPONSE), 4);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 2);
    TP_CHECK_EQ_U64(rig.driver->stats.epochs, 1);
    rig_close(&rig);
}

/* Proves: D-50, D-54, D-68, D-96 */
TP_TEST(a_duty_cycle_makes_no_files_and_what_needs_them_is_answered_in_order)
{
    rig_t rig;
    rig_prepare(&rig);
    rig.options.announce_stream_id = CONTROL; /* one stream, so that the order can be seen */
    rig_start(&rig);
    gate.owner = pthread_self();
    tpi_attach_response_t p;
    tpi_attach_response_t c;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &p);
    const tpi_attach_request_t first = rig_request(&rig, STREAM_A, 2, TPI_ROLE_CONSUMER);
    rig_ask(&rig, TPI_DIALECT_V11, &first, &c);
    rig_forget(&rig);
    set_gate(true, 0);
    const int64_t detach_id = rig_send_detach(&rig, p.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    only_turn(&rig, 3);
    TP_CHECK_EQ_U64(rig.heard_count, 1); /* the notice, at once */
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_LEASE_REVOKED), 1);
    TP_CHECK_EQ_I64(tpi_stream_find(rig.driver, STREAM_A)->state, TPI_STREAM_RENEWING);
    /* Whatever is asked of the stream waits; the old epoch is announced no more. */
    rig_send_attach(&rig, TPI_DIALECT_V11, &first); /* a retry of a live lease's */
    const tpi_attach_request_t producer = rig_request(&rig, STREAM_A, 3, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &producer);
    const tpi_attach_request_t consumer = rig_request(&rig, STREAM_A, 4, TPI_ROLE_CONSUMER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &consumer);
    rig.now_ns += 1100 * MS;
    only_turn(&rig, 3);
    TP_CHECK_EQ_U64(rig.heard_count, 1);
    /* The loop goes on meanwhile. */
    rig_send_keepalive(&rig, c.lease_id, STREAM_A, 2, TPI_ROLE_CONSUMER);
    const tpi_attach_request_t nobody = rig_request(&rig, 1, 5, TPI_ROLE_CONSUMER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &nobody);
    only_turn(&rig, 1);
    TP_CHECK_EQ_U64(rig.driver->stats.keepalives, 1);
    TP_CHECK(is_answered(&rig, nobody.correlation_id));
    rig_forget(&rig);

    set_gate(false, 0);
    rig_step(&rig);
    tpi_shm_pool_announce_t announce;
    tpi_detach_response_t detached;
    tpi_attach_response_t response;
    rig_announce(&rig, 0, &announce);
    TP_CHECK_EQ_U64(announce.producer_id, 0);
    TP_CHECK_EQ_U64(announce.epoch, p.epoch + 1);
    rig_detach_response(&rig, detach_id, &detached);
    TP_CHECK_EQ_I64(detached.code, TPI_CODE_OK);
    TP_CHECK_EQ_U64(rig_index(&rig, rig_nth(&rig, 900, TPI_SHM_POOL_ANNOUNCE, 0)), 0);
    TP_CHECK_EQ_U64(rig_index(&rig, rig_nth(&rig, 901, TPI_DETACH_RESPONSE, 0)), 1);
    rig_response(&rig, first.correlation_id, &response);
    TP_CHECK_EQ_U64(response.lease_id, c.lease_id);
    TP_CHECK_EQ_U64(response.epoch, announce.epoch);
    rig_response(&rig, consumer.correlation_id, &response);
    TP_CHECK_EQ_U64(response.epoch, announce.epoch);
    rig_response(&rig, producer.correlation_id, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    TP_CHECK_GT_U64(response.epoch, announce.epoch);
    TP_CHECK_EQ_U64(announced_epoch(&rig, STREAM_A), response.epoch);
    TP_CHECK_EQ_U64(rig.driver->parked_clients.count, 0);
    TP_CHECK_GT_I64(gate.calls, 0);
    gate.owner = 0;
    rig_close(&rig);
}

/* Proves: D-30, D-120 - a request that gave way to a newer one takes room until its stream's job is done */
TP_TEST(a_client_that_asks_for_two_streams_in_turn_makes_no_endless_queue)
{
    rig_t rig;
    rig_open(&rig);
    set_gate(true, 0);
    const tpi_attach_request_t a = rig_request(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &a);
    const tpi_attach_request_t b = rig_request(&rig, STREAM_B, 2, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &b);
    tpi_attach_request_t last = a;
    for (uint32_t i = 0; i < TPI_DRIVER_MAX_PARKED + 10; i++) {
        last = rig_request(&rig, i % 2 == 0 ? STREAM_A : STREAM_B, 3, TPI_ROLE_CONSUMER);
        rig_send_attach(&rig, TPI_DIALECT_V11, &last);
        if (i % 1000 == 999) {
            only_turn(&rig, 1);
        }
    }
    only_turn(&rig, 1);
    TP_CHECK_EQ_U64(rig.driver->parked_count, TPI_DRIVER_MAX_PARKED);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_ATTACH_RESPONSE), 10);
    tpi_attach_response_t response;
    rig_response(&rig, last.correlation_id, &response);
    rig_view_is(response.error_message, "too many requests are waiting");
    set_gate(false, 0);
    rig_step(&rig);
    TP_CHECK_EQ_U64(rig.driver->parked_count, 0);
    rig_attach(&rig, STREAM_A, 3, TPI_ROLE_CONSUMER, &response);
    rig_close(&rig);
}

/* Proves: D-29 - who has gone is not let in again by a request from before */
TP_TEST(a_retry_that_waits_is_void_when_its_lease_ends)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t p;
    tpi_attach_response_t c;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &p);
    const tpi_attach_request_t consumer = rig_request(&rig, STREAM_A, 2, TPI_ROLE_CONSUMER);
    rig_ask(&rig, TPI_DIALECT_V11, &consumer, &c);
    set_gate(true, 0);
    rig_send_detach(&rig, p.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    only_turn(&rig, 1);
    rig_send_attach(&rig, TPI_DIALECT_V11, &consumer);
    only_turn(&rig, 1);
    TP_CHECK_EQ_U64(rig.driver->parked_count, 1);
    rig_send_detach(&rig, c.lease_id, STREAM_A, 2, TPI_ROLE_CONSUMER);
    only_turn(&rig, 1);
    rig_forget(&rig);
    set_gate(false, 0);
    rig_step(&rig);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_ATTACH_RESPONSE), 0);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 0);
    TP_CHECK_EQ_U64(rig.driver->parked_count, 0);
    rig_close(&rig);
}

/* Proves: D-29, D-30, D-107 - the driver chooses one id for one request, however often it is sent */
TP_TEST(a_consumer_that_asks_again_while_its_stream_is_made_gets_one_stream)
{
    rig_t rig;
    open_dynamic(&rig);
    set_gate(true, 0);
    const tpi_attach_request_t r = rig_request(&rig, 0, 1, TPI_ROLE_CONSUMER);
    for (int i = 0; i < 3; i++) {
        rig_send_attach(&rig, TPI_DIALECT_V11, &r);
        only_turn(&rig, 1);
    }
    TP_CHECK_EQ_U64(rig.heard_count, 0);
    set_gate(false, 0);
    rig_step(&rig);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_ATTACH_RESPONSE), 1);
    TP_CHECK_EQ_U64(rig.driver->dynamic_streams, 1);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 1);
    rig_close(&rig);
}

/* Proves: D-69, D-102, D-108 */
TP_TEST(when_an_epoch_cannot_be_made_all_who_wait_for_it_are_told)
{
    for (int dynamic = 0; dynamic < 2; dynamic++) {
        rig_t rig;
        open_dynamic(&rig);
        set_gate(true, ENOSPC);
        const uint32_t stream_id = dynamic ? 20004 : STREAM_A;
        tpi_attach_request_t requests[5];
        for (uint32_t i = 0; i < 5; i++) {
            requests[i] =
                rig_request(&rig, stream_id, i + 1, i == 4 ? TPI_ROLE_PRODUCER : TPI_ROLE_CONSUMER);
            rig_send_attach(&rig, TPI_DIALECT_V11, &requests[i]);
        }
        only_turn(&rig, 2);
        TP_CHECK_EQ_U64(rig.driver->parked_clients.count, 4);
        set_gate(false, ENOSPC);
        rig_step(&rig);
        for (int i = 0; i < 5; i++) {
            tpi_attach_response_t response;
            rig_response(&rig, requests[i].correlation_id, &response);
            TP_CHECK_EQ_I64(response.code, TPI_CODE_INTERNAL_ERROR);
        }
        TP_CHECK_EQ_U64(rig.driver->parked_clients.count, 0);
        TP_CHECK(rig.driver->jobs == NULL);
        TP_CHECK_EQ_U64(rig.driver->dynamic_streams, 0); /* it never had a file */
        set_gate(false, 0);
        tpi_attach_response_t ok;
        rig_attach(&rig, stream_id, 9, TPI_ROLE_CONSUMER, &ok);
        rig_close(&rig);
        tp_test_remove_tree(rig.base);
    }
}

/** A small file system of the test's own at rig->base, gone with its process. */
static void mount_small(rig_t *rig, const char *options)
{
    (void)tp_test_shm_dir();
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        TP_SKIP("needs root for a small tmpfs");
    }
    TP_CHECK_EQ_I64(mkdir(rig->base, 0700), 0);
    if (mount("tmpfs", rig->base, "tmpfs", 0, options) != 0) {
        TP_SKIP("cannot mount a tmpfs");
    }
}

/* Proves: D-90, D-102 */
TP_TEST(of_two_epochs_made_at_a_time_with_room_for_one_the_first_gets_it)
{
    rig_t rig;
    rig_prepare(&rig);
    mount_small(&rig, "size=40k"); /* an epoch of the profile is 24 KiB */
    rig.streams[1].profile = "small";
    rig_start(&rig);
    /* In the first file of the first epoch: next to nothing is allocated yet. */
    set_gate(true, 0);
    const tpi_attach_request_t a = rig_request(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &a);
    only_turn(&rig, 1);
    TP_CHECK_SOON(gate_calls() == 1, 5000);
    const tpi_attach_request_t b = rig_request(&rig, STREAM_B, 2, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &b);
    TP_CHECK_SOON((only_turn(&rig, 1), is_answered(&rig, b.correlation_id)), 5000);
    tpi_attach_response_t response;
    rig_response(&rig, b.correlation_id, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_INTERNAL_ERROR);
    TP_CHECK_EQ_I64(gate_calls(), 1);
    set_gate(false, 0);
    rig_step(&rig);
    rig_response(&rig, a.correlation_id, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    TP_CHECK_EQ_U64(rig.driver->store.promised_bytes, 0);
    struct statfs info;
    TP_CHECK_EQ_I64(statfs(rig.base, &info), 0);
    TP_CHECK_GT_U64(info.f_bavail, 0);
    rig_close(&rig);
}

/* Proves: D-102 - who lacks room tries again one after the other: what the first gets is not there for the next */
TP_TEST(several_that_lack_space_try_again_one_at_a_time)
{
    enum { MANY = 4 };
    rig_t rig;
    open_dynamic(&rig);
    set_gate(false, ENOSPC);
    tpi_attach_request_t requests[MANY];
    for (uint32_t i = 0; i < MANY; i++) {
        requests[i] = rig_request(&rig, 20000 + i, i + 1, TPI_ROLE_PRODUCER);
        rig_send_attach(&rig, TPI_DIALECT_V11, &requests[i]);
    }
    only_poll(&rig);
    (void)tpi_helpers_wait(&rig.driver->helpers); /* all have failed once */
    set_gate(true, 0);
    const int before = gate_calls();
    TP_CHECK_SOON((only_turn(&rig, 1), gate_calls() == before + 1), 5000);
    only_turn(&rig, 10);
    TP_CHECK_EQ_U64(rig.driver->waiting_jobs, MANY - 1);
    set_gate(false, 0);
    rig_step(&rig);
    for (int i = 0; i < MANY; i++) {
        tpi_attach_response_t response;
        rig_response(&rig, requests[i].correlation_id, &response);
        TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    }
    rig_close(&rig);
}

/* Proves: D-54, D-61 - a repetition is no way around the order */
TP_TEST(a_detach_that_is_repeated_during_the_renewal_has_one_answer_at_its_end)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t p;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &p);
    rig_forget(&rig);
    set_gate(true, 0);
    rig_send_detach(&rig, p.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    only_turn(&rig, 1);
    const int64_t again = rig_send_detach(&rig, p.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    only_turn(&rig, 2);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_DETACH_RESPONSE), 0);
    set_gate(false, 0);
    rig_step(&rig);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_DETACH_RESPONSE), 1);
    tpi_detach_response_t response;
    rig_detach_response(&rig, again, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    /* Later it is remembered and answered at once. */
    const int64_t late = rig_send_detach(&rig, p.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    only_turn(&rig, 1);
    rig_detach_response(&rig, late, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    rig_close(&rig);
}

/* Proves: D-54, D-74 - a producer that is quicker than the duty cycle which let it in. Without the announce of its epoch
 * nobody would ever read what it published. */
TP_TEST(an_epoch_that_ends_in_the_cycle_it_began_is_announced_before_its_end)
{
    rig_t rig;
    rig_open(&rig);
    tpi_lease_revoked_t notice;
    tpi_shm_pool_announce_t announce;
    const tpi_attach_request_t p = rig_request(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &p);
    only_turn(&rig, 1);
    TP_CHECK(tpi_driver_settle(rig.driver)); /* the epoch is there, and not granted yet */
    const uint64_t lease_id = rig.driver->leases.next_id;
    rig_send_detach(&rig, lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_step(&rig);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_LEASE_REVOKED), 1);
    rig_revoked(&rig, 0, &notice);
    TP_CHECK_EQ_U64(notice.lease_id, lease_id);
    tpi_attach_response_t ok;
    rig_response(&rig, p.correlation_id, &ok);
    TP_CHECK_EQ_U64(rig_count(&rig, TPI_WIRE_SCHEMA_ID, TPI_SHM_POOL_ANNOUNCE), 2);
    rig_announce(&rig, 0, &announce);
    TP_CHECK_EQ_U64(announce.epoch, ok.epoch);
    TP_CHECK_EQ_U64(announce.producer_id, 1);
    TP_CHECK_LE_U64(announce.announce_timestamp_ns, notice.timestamp_ns);
    rig_announce(&rig, 1, &announce);
    TP_CHECK_GT_U64(announce.epoch, ok.epoch);
    rig_close(&rig);
}

/* Proves: D-28, X-2 - two ask for one node id while the epochs of both are made */
TP_TEST(a_node_id_that_went_to_another_meanwhile_is_refused)
{
    rig_t rig;
    rig_open(&rig);
    set_gate(true, 0);
    tpi_attach_request_t requests[2];
    for (uint32_t i = 0; i < 2; i++) {
        requests[i] = rig_request(&rig, i == 0 ? STREAM_A : STREAM_B, i + 1, TPI_ROLE_PRODUCER);
        requests[i].desired_node_id = 4242;
        rig_send_attach(&rig, TPI_DIALECT_V12, &requests[i]);
    }
    only_turn(&rig, 1);
    set_gate(false, 0);
    rig_step(&rig);
    int granted = 0;
    for (int i = 0; i < 2; i++) { /* whichever was done first */
        tpi_attach_response_t response;
        rig_response(&rig, requests[i].correlation_id, &response);
        granted += response.code == TPI_CODE_OK;
        if (response.code != TPI_CODE_OK) {
            TP_CHECK_EQ_I64(response.code, TPI_CODE_REJECTED);
            rig_view_is(response.error_message, "node_id already in use");
        }
    }
    TP_CHECK_EQ_I64(granted, 1);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 1);
    rig_close(&rig);
}

/* Proves: D-54, D-77 */
TP_TEST(a_driver_that_ends_during_a_renewal_still_answers_the_detach)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t p;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &p);
    set_gate(true, 0);
    const int64_t detach_id = rig_send_detach(&rig, p.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    only_turn(&rig, 1);
    tp_driver_request_shutdown(rig.driver, 0, "");
    tp_driver_request_shutdown(rig.driver, 0, "");
    only_turn(&rig, 1);
    tpi_detach_response_t detached;
    rig_detach_response(&rig, detach_id, &detached);
    TP_CHECK_EQ_I64(detached.code, TPI_CODE_OK);
    TP_CHECK(rig_index(&rig, rig_nth(&rig, 901, TPI_DETACH_RESPONSE, 0)) <
             rig_index(&rig, rig_nth(&rig, 901, TPI_DRIVER_SHUTDOWN, 0)));
    set_gate(false, 0);
    rig_step(&rig);
    TP_CHECK_EQ_U64(tp_test_count_files(rig.base), 3); /* the producer's epoch and the lock */
    rig_close(&rig);
}

/* Proves: D-82, D-96 */
TP_TEST(an_epoch_made_while_aeron_was_lost_is_removed)
{
    rig_t rig;
    open_dynamic(&rig);
    const tpi_attach_request_t p = rig_request(&rig, 20003, 1, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &p);
    const tpi_attach_request_t q = rig_request(&rig, STREAM_A, 2, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &q);
    only_poll(&rig);
    const tpi_job_t *job = tpi_stream_find(rig.driver, STREAM_A)->job;
    TP_CHECK(job != NULL);
    const uint64_t number = job->plan.number;
    TP_CHECK(tpi_driver_settle(rig.driver));
    TP_CHECK(rig_has_epoch(&rig, STREAM_A, number));
    tpi_fake_bus_set_up(rig.bus, false);
    TP_CHECK_SOON((rig_step(&rig), rig.driver->jobs == NULL), 5000);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_INIT);
    TP_CHECK(!rig_has_epoch(&rig, STREAM_A, number));
    rig_close(&rig);
}

/* Proves: D-96, D-97 */
TP_TEST(destroying_a_driver_in_the_middle_of_a_job_leaves_no_half_epoch)
{
    rig_t rig;
    open_dynamic(&rig);
    for (uint32_t i = 0; i < 8; i++) { /* more than there are helper threads */
        const tpi_attach_request_t p = rig_request(&rig, 20000 + i, i + 1, TPI_ROLE_PRODUCER);
        rig_send_attach(&rig, TPI_DIALECT_V11, &p);
    }
    only_poll(&rig);
    rig_stop_driver(&rig);
    TP_CHECK_EQ_U64(tp_test_count_files(rig.base), 8); /* locks */
    rig_close(&rig);
}

/* Proves: D-97, D-81 */
TP_TEST(a_failing_mlock_refuses_the_attach_and_ends_the_driver)
{
    rig_t rig;
    rig_prepare(&rig);
    rig.options.mlock_shm = true;
    rig_start(&rig);
    tpi_attach_response_t response;
    fail_mlock = false;
    mlocks = 0;
    rig_attach(&rig, STREAM_B, 9, TPI_ROLE_CONSUMER, &response);
    TP_CHECK_EQ_I64(mlocks, 0); /* Proves: D-68 */
    fail_mlock = true;
    const tpi_attach_request_t p = rig_request(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &p);
    TP_CHECK_SOON((rig_step(&rig), tp_driver_state(rig.driver) == TP_DRIVER_STOPPED), 5000);
    rig_listen(&rig);
    rig_response(&rig, p.correlation_id, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_INTERNAL_ERROR);
    tpi_driver_shutdown_t notice;
    const heard_t *h = rig_nth(&rig, 901, TPI_DRIVER_SHUTDOWN, 0);
    TP_CHECK_EQ_I64(tpi_driver_shutdown_decode(h->data, h->len, &notice), TP_OK);
    TP_CHECK_EQ_U64(notice.reason, TPI_SHUTDOWN_ERROR);
    TP_CHECK_LT_I64(tp_driver_result(rig.driver), 0);
    TP_CHECK_CONTAINS(tp_driver_reason(rig.driver), "mlock_shm");
    TP_CHECK_EQ_U64(tp_test_count_files(rig.base), 5); /* B's files and lock, A's lock */
    rig_close(&rig);
}

/* Proves: D-97, D-81 */
TP_TEST(after_a_fatal_failure_no_lease_is_granted)
{
    rig_t rig;
    rig_prepare(&rig);
    rig.options.mlock_shm = true;
    rig_start(&rig);
    fail_mlock = true;
    const tpi_attach_request_t a = rig_request(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &a);
    only_poll(&rig);
    TP_CHECK(tpi_driver_settle(rig.driver));
    fail_mlock = false;
    const tpi_attach_request_t b = rig_request(&rig, STREAM_B, 2, TPI_ROLE_PRODUCER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &b);
    only_poll(&rig);
    TP_CHECK(tpi_driver_settle(rig.driver)); /* both are there, the failure first */
    only_turn(&rig, 1);
    TP_CHECK_LT_I64(tp_driver_result(rig.driver), 0);
    TP_CHECK_EQ_U64(rig.driver->stats.leases_issued, 0);
    rig_step(&rig);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_STOPPED);
    TP_CHECK_EQ_U64(tp_test_count_files(rig.base), 2); /* locks */
    rig_close(&rig);
}

TP_TEST_MAIN()

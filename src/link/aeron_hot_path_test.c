/*
 * Claim, commit, offer and poll allocate nothing and make no system call, also when the log goes round and round.
 */
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "link/link_test_util.h"

/* The linker sends every call of these, Aeron's included, here (--wrap). */
static _Atomic long allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    allocations++;
    return __real_realloc(old, size);
}

static void count_message(void *clientd, const uint8_t *data, size_t len,
                          const tpi_message_info_t *info)
{
    (void)data;
    (void)info;
    *(size_t *)clientd += len;
}

static tp_media_driver_t *driver;
static tpi_link_t *link_a;
static tpi_publication_t *pub;
static tpi_subscription_t *sub;
static tpi_counter_t *counter;

static void set_up(bool invoker, bool exclusive)
{
    driver = start_driver(invoker);
    link_a = make_link(0);
    TP_CHECK_EQ_I64(tpi_link_add_publication(link_a, &pub, CHANNEL, 7, exclusive), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(link_a, &sub, "aeron:ipc", 7, NULL, NULL), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_counter(link_a, &counter, 2103, "k", 1, "count"), TP_OK);
    TP_CHECK_SOON((turn(invoker ? driver : NULL, link_a, NULL),
                   tpi_publication_is_connected(pub) && tpi_subscription_image_count(sub) == 1),
                  5000);
}

static void tear_down(void)
{
    tpi_link_destroy(link_a);
    tp_media_driver_destroy(driver);
}

/* One message there and back. False: back-pressure, as the driver has not moved the limit yet. */
static bool exchange(size_t len, size_t *received)
{
    tpi_claim_buffer_t claim;
    tpi_send_t result = tpi_publication_claim(pub, len, &claim);
    if (result == TPI_SEND_OK) {
        memset(claim.data, 1, claim.len);
        tpi_publication_commit(pub, &claim);
        tpi_counter_add(counter, 1);
    }
    tpi_subscription_poll(sub, count_message, received, 10);
    return result == TPI_SEND_OK;
}

static void no_allocation(bool exclusive)
{
    set_up(true, exclusive);
    size_t received = 0;
    for (int i = 0; i < 1000; i++) {
        exchange(200, &received);
        turn(driver, link_a, NULL);
    }
    received = 0;
    const long before = allocations;
    TP_CHECK_GT_I64(before, 0);
    int sent = 0;
    /* Driving included: 20 terms. */
    for (int i = 0; i < 20000; i++) {
        sent += exchange(32, &received);
        if (i % 16 == 0) {
            tpi_link_do_work(link_a, tp_test_now_ns());
            tp_media_driver_do_work(driver);
        }
    }
    TP_CHECK_EQ_I64(allocations - before, 0);
    TP_CHECK_GT_I64(sent, 19000);
    tear_down();
}

TP_TEST(sending_polling_and_driving_allocate_nothing)
{
    no_allocation(true);
}

TP_TEST(a_shared_publication_allocates_nothing_either)
{
    no_allocation(false);
}

TP_TEST(sending_and_polling_make_no_system_call)
{
    set_up(false, true);
    const pid_t pid = fork();
    if (pid == 0) {
        size_t received = 0;
        /* Strict mode: read, write, exit and sigreturn; any other call kills. */
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
            _exit(77);
        }
        /* The driver's thread moves the limit meanwhile. */
        int sent = 0;
        for (long i = 0; i < 2000000000L && sent < 5000; i++) {
            sent += exchange(64, &received);
        }
        syscall(SYS_exit, sent == 5000 && received > 4000 * 64 ? 0 : 1);
    }
    TP_CHECK_CHILD(pid, 0, 20000);
    tear_down();
}

TP_TEST_MAIN()

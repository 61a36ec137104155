/*
 * The nth allocation fails, for n = 0, 1, 2 ...: nothing crashes, leaks or stays half done, and the next try works.
 */
#include "driver/driver_test_util.h"

static int countdown = -1; /* allocations until the one that fails; -1: none does */
static bool failed;

static bool is_failing(void)
{
    if (countdown < 0) {
        return false;
    }
    failed = countdown == 0;
    countdown--;
    return failed;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return is_failing() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_failing() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_failing() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return is_failing() ? NULL : __real_strdup(text);
}

TP_TEST(creation_fails_cleanly_at_each_allocation)
{
    rig_t rig;
    rig_prepare(&rig);
    int rc = TP_ENOMEM;
    int n = 0;
    for (; rc != TP_OK && n < 1000; n++) {
        failed = false;
        countdown = n;
        rc = tpi_driver_create_with_link(&rig.driver, &rig.options, rig.driver_link);
        countdown = -1;
        TP_CHECK_MSG(rc == TP_OK || rc == TP_ENOMEM || rc == TP_ECONFIG, "n %d: %s", n,
                     tp_errmsg());
        TP_CHECK((rc == TP_OK) == (rig.driver != NULL));
    }
    TP_CHECK_GT_I64(n, 10);
    rig_step(&rig);
    rig_step(&rig);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_RUNNING);
    rig_close(&rig);
}

/** Deliver one message with the nth allocation failing inside. Returns whether one failed. */
static bool deliver(rig_t *rig, const uint8_t *data, size_t len, int n)
{
    const tpi_message_info_t info = { .session_id = 1, .joined_ns = 0 };
    failed = false;
    countdown = n;
    tpi_driver_on_message(rig->driver, data, len, &info);
    while (tpi_driver_settle(rig->driver)) { /* what helper threads do is meant, too */
        (void)tpi_provision_poll(rig->driver);
        (void)tpi_driver_run_parked(rig->driver);
    }
    (void)tpi_streams_announce_due(rig->driver);
    countdown = -1;
    return failed;
}

/* Proves: D-28, D-69 */
TP_TEST(an_attach_that_runs_out_of_memory_is_an_error_or_granted_and_a_retry_works)
{
    static const uint32_t stream_ids[] = { STREAM_B, 0 };
    for (int which = 0; which < 2; which++) {
        bool any = true;
        int n = 0;
        for (; any && n < 1000; n++) {
            rig_t rig;
            rig_prepare(&rig);
            rig.options.allow_dynamic_streams = true;
            rig.options.stream_id_range = (tp_id_range_t){ 20000, 20003 };
            rig_start(&rig);
            uint8_t buf[64];
            const tpi_attach_request_t r =
                rig_request(&rig, stream_ids[which], 5, TPI_ROLE_PRODUCER);
            const int len = tpi_attach_request_encode(buf, sizeof(buf), TPI_DIALECT_V12, &r);
            any = deliver(&rig, buf, (size_t)len, n);
            tp_driver_stats_t stats;
            tp_driver_stats(rig.driver, &stats);
            if (stats.leases_live ==
                0) { /* refused: nothing of it is left but what the next one uses */
                TP_CHECK_EQ_U64(stats.attach_refused, 1);
                TP_CHECK_LE_U64(tp_test_count_files(rig.base), stats.epochs * 3 + 1);
            }
            tpi_attach_response_t response;
            rig_ask(&rig, TPI_DIALECT_V12, &r, &response);
            TP_CHECK_MSG(response.code == TPI_CODE_OK, "n %d: code %d", n, response.code);
            /* And its end, with allocations failing there as well. */
            const tpi_detach_request_t d = { .correlation_id = 9,
                                             .lease_id = response.lease_id,
                                             .stream_id = response.stream_id,
                                             .client_id = 5,
                                             .role = TPI_ROLE_PRODUCER };
            const int detach_len = tpi_detach_request_encode(buf, sizeof(buf), &d);
            any = deliver(&rig, buf, (size_t)detach_len, n) || any;
            TP_CHECK_EQ_U64(rig.driver->leases.count, 0);
            rig_advance(&rig, 2 * SEC); /* BROKEN heals */
            const tpi_stream_t *stream = tpi_stream_find(rig.driver, STREAM_B);
            TP_CHECK_EQ_I64(stream->state, which == 0 ? TPI_STREAM_IDLE : TPI_STREAM_KNOWN);
            rig_close(&rig);
            tp_test_remove_tree(rig.base);
        }
        TP_CHECK_GT_I64(n, 10);
        TP_CHECK_LT_I64(n, 1000);
    }
}

TP_TEST_MAIN()

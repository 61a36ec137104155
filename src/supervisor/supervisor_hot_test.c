/*
 * After create a supervisor allocates nothing, whatever it hears; and a create for which there is no memory leaves
 * nothing behind.
 */
#include <stdlib.h>

#include "supervisor/supervisor_test_util.h"

static uint64_t allocations;
static uint64_t fail_at; /* that allocation; 0: none */

static bool fails(void)
{
    return ++allocations == fail_at;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

/* The fake bus allocates for each message it carries, and this client's clock turns the fake driver: so what is
 * heard is handed over directly, and the parts of a turn are called one by one. */
static uint64_t hear_and_check(const uint8_t *data, int len)
{
    const tpi_message_info_t info = { .session_id = 4711 };
    TP_CHECK_GT_I64(len, 0);
    const uint64_t before = allocations;
    tpi_supervisor_on_message(scene.supervisor, data, (size_t)len, &info);
    tpi_supervisor_check(scene.supervisor);
    tpi_supervisor_count(scene.supervisor);
    return allocations - before;
}

TP_TEST(what_is_heard_and_judged_allocates_nothing)
{
    tp_supervisor_options_t options = TP_SUPERVISOR_OPTIONS_INIT;
    options.consumer_capacity = 50;
    options.producer_capacity = 20;
    set_up_with(&options);
    run_ms(100);
    TP_CHECK_GT_U64(allocations, 10); /* create does: the counter counts */
    uint8_t buf[1024];
    uint64_t count = 0;
    for (uint32_t id = 1; id < 200; id++) { /* more than there is room for */
        const tpi_consumer_hello_t hello = a_hello(id);
        count += hear_and_check(buf, tpi_consumer_hello_encode(buf, sizeof buf, &hello));
        const tpi_qos_consumer_t consumer = a_qos_consumer(id);
        count += hear_and_check(buf, tpi_qos_consumer_encode(buf, sizeof buf, &consumer));
        tpi_qos_producer_t producer = a_qos_producer(id);
        producer.stream_id = id;
        count += hear_and_check(buf, tpi_qos_producer_encode(buf, sizeof buf, &producer));
        scene.supervisor->now_ns += 100 * FAKE_MS;
        scene.events[0] = '\0';
    }
    TP_CHECK_GT_U64(stats().table_full + stats().evicted, 0);
    TP_CHECK_GT_U64(stats().stale, 0);
    TP_CHECK_EQ_U64(count, 0);
    tear_down();
}

TP_TEST(a_create_without_memory_fails_and_leaves_nothing)
{
    static const tp_supervisor_rule_t rules[] = { { .payload_fallback_uri = "bridge://1" } };
    static const tp_id_range_t streams[] = { { 1, 2 } };
    tp_supervisor_options_t options = TP_SUPERVISOR_OPTIONS_INIT;
    options.rules = rules;
    options.nrules = 1;
    options.streams = streams;
    options.nstreams = 1;
    set_up();
    int rc = TP_ENOMEM;
    int rungs = 0;
    for (; rc != TP_OK; rungs++) {
        tp_supervisor_t *out = NULL;
        fail_at = allocations + (uint64_t)rungs + 1;
        rc = tp_supervisor_create(&out, scene.client, &options);
        fail_at = 0;
        TP_CHECK(rc == TP_OK || rc == TP_ENOMEM);
        TP_CHECK((rc == TP_OK) == (out != NULL));
        tp_supervisor_destroy(out);
        run_ms(20);
    }
    TP_CHECK_GT_I64(rungs, 12); /* tables, options, four subscriptions, eight counters */
    tear_down();
}

TP_TEST_MAIN()

/*
 * A frame that passes a rate limiter, or a bridge's sender and receiver, costs neither an allocation nor a system call, over
 * real Aeron. The bridge's payload stream is IPC here: for clients a UDP stream is the same log in shared memory, and its sockets
 * are the media driver's. Allowed is what belongs to no frame: the Aeron client's own turn (tp_client_do_work: keepalives and
 * timers, in which Aeron allocates), and the wake of a consumer that sleeps (hot_path_test.c).
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "no_syscalls.h"
#include "tensorpool/tensorpool.h"
#include "tp_test.h"

enum { SOURCE = 1001, DEST = 2001, PAYLOAD = 3000, FRAMES = 200 };

/* The linker sends every call of these, Aeron's included, here (--wrap). */
static _Atomic long allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *old);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *old);
int __real_tp_client_do_work(tp_client_t *client);
int __wrap_tp_client_do_work(tp_client_t *client);

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

void __wrap_free(void *old)
{
    allocations += old != NULL;
    __real_free(old);
}

static bool is_measuring; /* clients stand still */

int __wrap_tp_client_do_work(tp_client_t *client)
{
    return is_measuring ? 0 : __real_tp_client_do_work(client);
}

static tp_media_driver_t *media;
static tp_driver_t *driver;
static tp_client_t *client, *role_client;
static tp_producer_t *producer;
static tp_consumer_t *consumer;
static tp_rate_limiter_t *limiter;
static tp_bridge_t *bridge;
static tp_frame_info_t info;
static char base_dir[512];

static void turn(void)
{
    if (!is_measuring) {
        tp_media_driver_do_work(media);
        tp_driver_do_work(driver);
        tp_client_do_work(client);
    }
    if (limiter != NULL) {
        (void)tp_rate_limiter_do_work(limiter);
    }
    if (bridge != NULL) {
        (void)tp_bridge_do_work(bridge);
    }
}

static tp_client_t *make_client(void)
{
    tp_client_t *made = NULL;
    tp_client_options_t options = TP_CLIENT_OPTIONS_INIT;
    const char *dirs[] = { base_dir };
    options.aeron_dir = tp_test_aeron_dir();
    options.allowed_base_dirs = dirs;
    options.allowed_base_dirs_count = 1;
    TP_CHECK_EQ_I64(tp_client_create(&made, &options), TP_OK);
    return made;
}

static void set_up(void)
{
    static const tp_driver_pool_t pools[] = { { 1, 4096 } };
    static const tp_driver_profile_t profiles[] = { { "raw", 64, pools, 1 } };
    static const tp_driver_stream_t streams[] = { { "a", SOURCE, "raw" }, { "b", DEST, "raw" } };
    const char *dirs[] = { base_dir };
    tp_test_path(base_dir, sizeof base_dir, "pools");
    tp_media_driver_options_t media_options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    media_options.aeron_dir = tp_test_aeron_dir();
    media_options.invoker = true;
    TP_CHECK_EQ_I64(tp_media_driver_create(&media, &media_options), TP_OK);
    tp_driver_options_t o = TP_DRIVER_OPTIONS_INIT;
    o.aeron_dir = tp_test_aeron_dir();
    o.base_dir = base_dir;
    o.allowed_base_dirs = dirs;
    o.allowed_base_dirs_count = 1;
    o.profiles = profiles;
    o.nprofiles = 1;
    o.streams = streams;
    o.nstreams = 2;
    TP_CHECK_EQ_I64(tp_driver_create(&driver, &o), TP_OK);
    client = make_client();
    role_client = make_client();
    tp_producer_options_t source = TP_PRODUCER_OPTIONS_INIT;
    source.stream_id = SOURCE;
    TP_CHECK_EQ_I64(tp_producer_create(&producer, client, &source), TP_OK);
    tp_consumer_options_t sink = TP_CONSUMER_OPTIONS_INIT;
    sink.stream_id = DEST;
    TP_CHECK_EQ_I64(tp_consumer_create(&consumer, client, &sink), TP_OK);
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, (int32_t[]){ PAYLOAD }), TP_OK);
}

static void tear_down(void)
{
    is_measuring = false;
    tp_driver_destroy(driver); /* first, until that is noticed: then nobody waits for its answers */
    driver = NULL;
    TP_CHECK_SOON((tp_media_driver_do_work(media), tp_client_do_work(client),
                   tp_client_do_work(role_client),
                   !tp_consumer_is_ready(consumer) && !tp_producer_is_ready(producer)),
                  8000);
    tp_rate_limiter_destroy(limiter);
    tp_bridge_destroy(bridge);
    limiter = NULL;
    bridge = NULL;
    tp_consumer_destroy(consumer);
    tp_producer_destroy(producer);
    tp_client_destroy(role_client);
    tp_client_destroy(client);
    tp_media_driver_destroy(media);
}

/* One frame from end to end. */
static bool pass(void)
{
    static const uint8_t payload[PAYLOAD] = { 1, 2, 3 };
    tp_frame_t frame;
    if (tp_producer_offer(producer, payload, PAYLOAD, &info) != TP_OK) {
        return false;
    }
    for (int i = 0; i < 10; i++) {
        turn();
        if (tp_consumer_try_next(consumer, &frame) == 1) {
            return frame.length == PAYLOAD && memcmp(frame.data, payload, PAYLOAD) == 0 &&
                   tp_frame_is_valid(consumer, &frame);
        }
    }
    return false;
}

static bool is_announced(void)
{
    tp_bridge_mapping_status_t status;
    return bridge == NULL ||
           (tp_bridge_mapping(bridge, 0, &status, NULL) == TP_OK && status.announced_epoch != 0);
}

static void frames_cost_nothing(void)
{
    TP_CHECK_SOON((turn(), tp_producer_is_ready(producer) && tp_consumer_is_ready(consumer) &&
                               is_announced()),
                  8000);
    TP_CHECK_SOON(pass(), 8000); /* the role has its leases */
    for (int i = 0; i < 100; i++) {
        TP_CHECK(pass()); /* fragment assemblers, counters, whatever is there once */
    }
    const bool is_clock_allowed = tp_test_is_clock_a_system_call();
    is_measuring = true;
    const long before = allocations;
    TP_CHECK_GT_I64(before, 0);
    for (int i = 0; i < FRAMES; i++) {
        TP_CHECK(pass());
    }
    TP_CHECK_EQ_I64(allocations - before, 0);
    const pid_t pid = fork();
    if (pid == 0) {
        bool is_good = true;
        tp_test_forbid_system_calls(is_clock_allowed);
        for (int i = 0; i < FRAMES; i++) {
            is_good = pass() && is_good;
        }
        syscall(SYS_exit, is_good ? 0 : 1);
    }
    TP_CHECK_CHILD(pid, 0, 20000);
    tear_down();
}

/* Proves: C-3 */
TP_TEST(a_frame_through_a_rate_limiter_costs_neither_an_allocation_nor_a_system_call)
{
    static const tp_rate_mapping_t mapping = { .source_stream_id = SOURCE,
                                               .dest_stream_id = DEST,
                                               .max_rate_hz = TP_RATE_INHERIT };
    set_up();
    tp_rate_limiter_options_t options = TP_RATE_LIMITER_OPTIONS_INIT;
    options.instance_id = "hot";
    options.mappings = &mapping;
    options.nmappings = 1;
    TP_CHECK_EQ_I64(tp_rate_limiter_create(&limiter, role_client, &options), TP_OK);
    frames_cost_nothing();
}

/* Proves: C-3, B-28 */
TP_TEST(a_frame_through_a_bridge_costs_neither_an_allocation_nor_a_system_call)
{
    static const tp_bridge_mapping_t mapping = { .source_stream_id = SOURCE,
                                                 .dest_stream_id = DEST };
    set_up();
    tp_bridge_options_t options = TP_BRIDGE_OPTIONS_INIT;
    options.instance_id = "hot";
    /* nobody turns the media driver meanwhile */
    options.payload_channel = "aeron:ipc?term-length=16m";
    options.payload_stream_id = 3000;
    options.control_channel = "aeron:ipc?term-length=64k";
    options.control_stream_id = 3001;
    options.forward_metadata = TP_BRIDGE_OFF;
    options.mappings = &mapping;
    options.mappings_count = 1;
    TP_CHECK_EQ_I64(tp_bridge_create(&bridge, role_client, &options), TP_OK);
    frames_cost_nothing();
}

TP_TEST_MAIN()

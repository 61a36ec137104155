/*
 * Fail the nth allocation, for n = 0, 1, 2 ... until nothing fails: each time the call says
 * TP_ENOMEM and leaves nothing behind (the sanitizers look), and what failed inside do_work heals
 * by itself.
 */
#include "fake_driver.h"

/* The linker sends every call of these here (--wrap). */
static long to_failure = -1;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool fails_now(void)
{
    return to_failure >= 0 && to_failure-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

static fake_driver_t driver;

TP_TEST(a_client_is_made_whole_or_not_at_all)
{
    const char *dir = tp_test_shm_dir();
    tp_client_options_t options = TP_CLIENT_OPTIONS_INIT;
    options.allowed_base_dirs = &dir;
    options.allowed_base_dirs_count = 1;
    options.announce_stream_id = 1001;
    fake_driver_init(&driver);
    long n = 0;
    for (;; n++) {
        tpi_link_t *link = NULL;
        tp_client_t *client = NULL;
        TP_CHECK_EQ_I64(tpi_link_create_fake(&link, driver.bus), TP_OK);
        to_failure = n;
        const int rc = tpi_client_create_with_link(&client, &options, link);
        const bool has_failed = to_failure < 0;
        to_failure = -1;
        if (rc == TP_OK) {
            TP_CHECK(!has_failed);
            tp_client_destroy(client);
            break;
        }
        TP_CHECK_EQ_I64(rc, TP_ENOMEM);
        TP_CHECK(client == NULL);
        tpi_link_destroy(link); /* still the caller's */
    }
    TP_CHECK_GE_I64(n, 5);
    fake_driver_fini(&driver);
}

TP_TEST(producers_and_consumers_are_made_whole_or_not_at_all)
{
    fake_driver_init(&driver);
    tp_client_t *client = fake_driver_client(&driver, NULL);
    tp_local_stream_t local = TP_LOCAL_STREAM_INIT;
    local.nslots = 4;
    /* With a lease, then without: a producer of its own memory, a consumer that follows. */
    for (int kind = 0; kind < 4; kind++) {
        long n = 0;
        for (;; n++) {
            tp_producer_options_t producer_options = TP_PRODUCER_OPTIONS_INIT;
            tp_consumer_options_t consumer_options = TP_CONSUMER_OPTIONS_INIT;
            tp_producer_t *producer = NULL;
            tp_consumer_t *consumer = NULL;
            producer_options.stream_id = FAKE_STREAM;
            consumer_options.stream_id = FAKE_STREAM;
            consumer_options.use_descriptors = true;
            consumer_options.without_driver = kind == 3;
            producer_options.local = kind == 2 ? &local : NULL;
            to_failure = n;
            const int rc = kind % 2 == 0 ? tp_producer_create(&producer, client, &producer_options)
                                         : tp_consumer_create(&consumer, client, &consumer_options);
            to_failure = -1;
            if (rc == TP_OK) {
                tp_producer_destroy(producer);
                tp_consumer_destroy(consumer);
                break;
            }
            TP_CHECK_EQ_I64(rc, TP_ENOMEM);
            TP_CHECK(producer == NULL && consumer == NULL);
            TP_CHECK(client->attachments == NULL);
        }
        TP_CHECK_GE_I64(n, 2);
    }
    tp_client_destroy(client);
    fake_driver_fini(&driver);
}

/* Proves: D-32, W-61 */
TP_TEST(what_fails_for_want_of_memory_while_working_is_tried_again)
{
    for (long n = 0; n < 12; n++) {
        fake_driver_init(&driver);
        tp_client_t *client = fake_driver_client(&driver, NULL);
        tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
        tp_consumer_t *consumer = NULL;
        options.stream_id = FAKE_STREAM;
        TP_CHECK_EQ_I64(tp_consumer_create(&consumer, client, &options), TP_OK);
        fake_driver_run(&driver, client, 10);
        /* The driver's own work is done first, so that it is the client that fails. */
        for (int i = 0; i < 300; i++) {
            fake_driver_pump(&driver);
            driver.is_pumping = true;
            to_failure = i == 0 ? n : -1;
            (void)tp_client_do_work(client);
            to_failure = -1;
            driver.is_pumping = false;
            if (i == 5) {
                fake_driver_new_epoch(&driver, FAKE_EPOCH0 + 1);
                fake_driver_announce(&driver);
            }
            driver.now_ns += 10 * FAKE_MS;
        }
        tp_attach_status_t status;
        tp_consumer_status(consumer, &status);
        TP_CHECK_EQ_U64(status.epoch, FAKE_EPOCH0 + 1);
        tp_consumer_destroy(consumer);
        tp_client_destroy(client);
        fake_driver_fini(&driver);
    }
}

TP_TEST_MAIN()

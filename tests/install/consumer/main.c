/*
 * What a user may write: everything in one process, against the installed tree and nothing else. Aeron's media driver, the
 * SHM driver, a producer and a consumer; 100 frames go through shared memory and are compared.
 */
#include <tensorpool/tensorpool.h>

#include <stdio.h>
#include <string.h>

#define FRAMES 100u
#define FRAME_LEN 1000u
#define STREAM_ID 1001u

/* A global of Aeron's has this name too: the library must neither call ours nor clash with it. */
void on_error(void);
static int on_error_calls;
void on_error(void)
{
    on_error_calls++;
}

typedef struct parts {
    tp_media_driver_t *media;
    tp_driver_t *driver;
    tp_client_t *client;
    tp_producer_t *producer;
    tp_consumer_t *consumer;
} parts_t;

static int create(parts_t *parts, const char *aeron_dir, const char *shm_dir)
{
    tp_media_driver_options_t media_options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    media_options.aeron_dir = aeron_dir;
    media_options.invoker = true;

    const tp_driver_pool_t pool = { 1, 4096 };
    const tp_driver_profile_t profile = { "small", 256, &pool, 1 };
    const tp_driver_stream_t stream = { "consumer-test", STREAM_ID, "small" };
    tp_driver_options_t driver_options = TP_DRIVER_OPTIONS_INIT;
    driver_options.instance_id = "consumer-test";
    driver_options.aeron_dir = aeron_dir;
    driver_options.base_dir = shm_dir;
    driver_options.cleanup_shm_on_exit = true;
    driver_options.shutdown_timeout_ms = 200;
    driver_options.profiles = &profile;
    driver_options.nprofiles = 1;
    driver_options.streams = &stream;
    driver_options.nstreams = 1;

    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    client_options.aeron_dir = aeron_dir;
    client_options.allowed_base_dirs = &shm_dir;
    client_options.allowed_base_dirs_count = 1;

    tp_producer_options_t producer_options = TP_PRODUCER_OPTIONS_INIT;
    producer_options.stream_id = STREAM_ID;
    tp_consumer_options_t consumer_options = TP_CONSUMER_OPTIONS_INIT;
    consumer_options.stream_id = STREAM_ID;

    int rc = tp_media_driver_create(&parts->media, &media_options);
    rc = rc == TP_OK ? tp_driver_create(&parts->driver, &driver_options) : rc;
    rc = rc == TP_OK ? tp_client_create(&parts->client, &client_options) : rc;
    rc = rc == TP_OK ? tp_producer_create(&parts->producer, parts->client, &producer_options) : rc;
    rc = rc == TP_OK ? tp_consumer_create(&parts->consumer, parts->client, &consumer_options) : rc;
    return rc;
}

/* One turn of everybody; no thread is needed, and none is made. */
static int turn(parts_t *parts)
{
    return tp_media_driver_do_work(parts->media) + tp_driver_do_work(parts->driver) +
           tp_client_do_work(parts->client);
}

static int run(parts_t *parts)
{
    static uint8_t bytes[FRAME_LEN];
    const int32_t dims[] = { FRAME_LEN };
    tp_frame_info_t info = { 0 };
    uint32_t idle = 0;
    if (tp_tensor_init(&info.tensor, TP_UINT8, 1, dims) != TP_OK) {
        return 1;
    }
    const int64_t deadline_ns = tp_client_now_ns(parts->client) + 20000000000;
    while (!tp_producer_is_ready(parts->producer) || !tp_consumer_is_ready(parts->consumer)) {
        tp_idle(&idle, turn(parts));
        if (tp_client_now_ns(parts->client) > deadline_ns) {
            tp_attach_status_t status;
            tp_producer_status(parts->producer, &status);
            printf("producer: %s, %s\n", tp_attach_state_name(status.state), status.text);
            tp_consumer_status(parts->consumer, &status);
            printf("consumer: %s, %s\n", tp_attach_state_name(status.state), status.text);
            return 1;
        }
    }
    for (uint32_t sent = 0, received = 0; received < FRAMES; tp_idle(&idle, turn(parts))) {
        if (sent == received) {
            memset(bytes, (int)(sent + 1), FRAME_LEN);
            sent += tp_producer_offer(parts->producer, bytes, FRAME_LEN, &info) == TP_OK;
        }
        tp_frame_t frame;
        if (tp_consumer_try_next(parts->consumer, &frame) == 1) {
            const int differs =
                frame.length != FRAME_LEN || memcmp(frame.data, bytes, FRAME_LEN) != 0;
            if (differs || !tp_frame_is_valid(parts->consumer, &frame)) {
                printf("frame %llu is not what was sent\n", (unsigned long long)frame.seq);
                return 1;
            }
            received++;
        }
        if (tp_client_now_ns(parts->client) > deadline_ns) {
            printf("%u of %u frames in time\n", received, FRAMES);
            return 1;
        }
    }
    printf("tensorpool %s: %u frames\n", tp_version(), FRAMES);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        puts("usage: consumer AERON_DIR SHM_DIR");
        return 2;
    }
    if (strcmp(tp_version(), TP_VERSION_STRING) != 0) {
        printf("header %s, library %s\n", TP_VERSION_STRING, tp_version());
        return 1;
    }
    parts_t parts = { 0 };
    int result = 1;
    if (create(&parts, argv[1], argv[2]) != TP_OK) {
        printf("create: %s\n", tp_errmsg());
    } else {
        result = run(&parts);
    }
    /* In order: the driver tells its clients, waits for them, and removes its regions. */
    if (parts.driver != NULL) {
        tp_driver_request_shutdown(parts.driver, 0, "done");
        while (tp_driver_state(parts.driver) != TP_DRIVER_STOPPED) {
            turn(&parts);
        }
    }
    tp_consumer_destroy(parts.consumer);
    tp_producer_destroy(parts.producer);
    tp_client_destroy(parts.client);
    tp_driver_destroy(parts.driver);
    tp_media_driver_destroy(parts.media);
    if (on_error_calls != 0) {
        puts("the library called the application's on_error");
        result = 1;
    }
    return result;
}

/*
 * Everything in one process and one thread, no program beside it: the Aeron media driver, the SHM
 * driver, a stream that it owns and a stream that its producer owns itself, and a consumer of each.
 * Usage: example_embedded AERON_DIR SHM_DIR [FRAMES]; both directories are this program's own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tensorpool/tensorpool.h>

enum { LEASED = 1001, OWN = 2001, ROWS = 48, COLUMNS = 64, FRAME = ROWS * COLUMNS };

static int failed(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, tp_errmsg());
    return 1;
}

static void publish(tp_producer_t *producer, const tp_frame_info_t *info, unsigned *published)
{
    tp_claim_t claim;
    if (tp_producer_claim(producer, FRAME, &claim) == TP_OK) { /* else not ready yet */
        memset(claim.data, (int)claim.seq, FRAME);
        *published += tp_producer_commit(producer, &claim, FRAME, info) == TP_OK;
    }
}

static void take(tp_consumer_t *consumer, unsigned *seen)
{
    tp_frame_t frame;
    while (tp_consumer_try_next(consumer, &frame) == 1) {
        const bool is_right = frame.length == FRAME && frame.data[FRAME - 1] == (frame.seq & 0xff);
        *seen += tp_frame_is_valid(consumer, &frame) && is_right;
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s AERON_DIR SHM_DIR [FRAMES]\n", argv[0]);
        return 2;
    }
    const unsigned wanted = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 100;
    const char *shm_dir = argv[2];

    tp_media_driver_options_t media_options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    tp_media_driver_t *media = NULL;
    media_options.aeron_dir = argv[1];
    media_options.invoker = true;
    if (tp_media_driver_create(&media, &media_options) != TP_OK) {
        return failed("media driver");
    }

    const tp_driver_pool_t pool = { .pool_id = 1, .stride_bytes = 4096 };
    const tp_driver_profile_t profile = {
        .name = "small", .header_nslots = 64, .pools = &pool, .npools = 1
    };
    const tp_driver_stream_t stream = { .name = "a", .stream_id = LEASED, .profile = "small" };
    tp_driver_options_t driver_options = TP_DRIVER_OPTIONS_INIT;
    tp_driver_t *driver = NULL;
    driver_options.aeron_dir = argv[1];
    driver_options.base_dir = shm_dir;
    driver_options.allowed_base_dirs = &shm_dir;
    driver_options.allowed_base_dirs_count = 1;
    driver_options.cleanup_shm_on_exit = true;
    driver_options.shutdown_timeout_ms = -1; /* nobody to wait for */
    driver_options.profiles = &profile;
    driver_options.nprofiles = 1;
    driver_options.streams = &stream;
    driver_options.nstreams = 1;

    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_producer_options_t producer_options[2] = { TP_PRODUCER_OPTIONS_INIT,
                                                  TP_PRODUCER_OPTIONS_INIT };
    tp_consumer_options_t consumer_options[2] = { TP_CONSUMER_OPTIONS_INIT,
                                                  TP_CONSUMER_OPTIONS_INIT };
    tp_local_stream_t local = TP_LOCAL_STREAM_INIT;
    tp_client_t *client = NULL;
    tp_producer_t *producers[2] = { NULL, NULL };
    tp_consumer_t *consumers[2] = { NULL, NULL };
    client_options.aeron_dir = argv[1];
    client_options.allowed_base_dirs = &shm_dir;
    client_options.allowed_base_dirs_count = 1;
    local.unlink_at_end = true;
    producer_options[0].stream_id = consumer_options[0].stream_id = LEASED;
    producer_options[1].stream_id = consumer_options[1].stream_id = OWN;
    producer_options[1].local = &local;        /* these two lines ... */
    consumer_options[1].without_driver = true; /* ... are all the difference */

    const int32_t dims[] = { ROWS, COLUMNS };
    tp_frame_info_t info = { 0 };
    unsigned published[2] = { 0, 0 };
    unsigned seen[2] = { 0, 0 };
    uint32_t idle = 0;
    int rc = tp_tensor_init(&info.tensor, TP_UINT8, 2, dims);
    rc = rc == TP_OK ? tp_driver_create(&driver, &driver_options) : rc;
    rc = rc == TP_OK ? tp_client_create(&client, &client_options) : rc;
    for (int i = 0; i < 2; i++) {
        rc = rc == TP_OK ? tp_producer_create(&producers[i], client, &producer_options[i]) : rc;
        rc = rc == TP_OK ? tp_consumer_create(&consumers[i], client, &consumer_options[i]) : rc;
    }
    while (rc == TP_OK && (seen[0] < wanted || seen[1] < wanted)) {
        int work = tp_media_driver_do_work(media);
        work += tp_driver_do_work(driver) + tp_client_do_work(client);
        for (int i = 0; i < 2; i++) {
            publish(producers[i], &info, &published[i]);
            take(consumers[i], &seen[i]);
        }
        tp_idle(&idle, work);
    }
    if (rc != TP_OK) {
        return failed("set-up"); /* a program that goes on would destroy what there is */
    }
    printf("with a driver %u of %u, without %u of %u\n", seen[0], published[0], seen[1],
           published[1]);
    /* The driver first: from this thread it could not answer to clients that end. */
    tp_driver_request_shutdown(driver, 0, "done");
    while (tp_driver_state(driver) != TP_DRIVER_STOPPED) {
        const int work = tp_media_driver_do_work(media);
        tp_idle(&idle, work + tp_driver_do_work(driver) + tp_client_do_work(client));
    }
    for (int i = 0; i < 2; i++) {
        tp_consumer_destroy(consumers[i]);
        tp_producer_destroy(producers[i]);
    }
    tp_client_destroy(client);
    tp_driver_destroy(driver);
    tp_media_driver_destroy(media);
    return 0;
}

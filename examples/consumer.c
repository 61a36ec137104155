/* Read 100 frames of stream 1001, without copying them. Start it before the producer, which is done
 * in less than a second. */
#include <stdio.h>
#include <stdlib.h>

#include <tensorpool/tensorpool.h>

int main(void)
{
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = 1001;
    client_options.aeron_dir = getenv("AERON_DIR"); /* NULL: Aeron's default */
    tp_client_t *client = NULL;
    tp_consumer_t *consumer = NULL;

    if (tp_client_create(&client, &client_options) ||
        tp_consumer_create(&consumer, client, &options)) {
        fprintf(stderr, "consumer: %s\n", tp_errmsg());
        return 1;
    }
    for (uint32_t n = 0; n < 100;) {
        tp_frame_t frame;
        const int got = tp_consumer_try_next(consumer, &frame); /* TP_ESTATE while attaching */
        if (got == 1) {
            const unsigned first = frame.data[0];      /* use it in place ... */
            if (tp_frame_is_valid(consumer, &frame)) { /* ... and ask whether it held still */
                printf("seq %llu: %d x %d, first byte %u\n", (unsigned long long)frame.seq,
                       frame.tensor.dims[0], frame.tensor.dims[1], first);
                n++;
            }
        }
        tp_client_do_work(client);
        tp_consumer_wait(consumer, 20000000); /* until there is a frame, at most 20 ms */
    }
    tp_consumer_destroy(consumer);
    tp_client_destroy(client);
    return 0;
}

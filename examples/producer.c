/* Publish 1000 frames on stream 1001. Run `tp driver` first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tensorpool/tensorpool.h>

int main(void)
{
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = 1001;
    client_options.aeron_dir = getenv("AERON_DIR"); /* NULL: Aeron's default */
    tp_client_t *client = NULL;
    tp_producer_t *producer = NULL;
    tp_frame_info_t info = { 0 };
    const int32_t dims[] = { 480, 640 }; /* rows, columns */

    if (tp_tensor_init(&info.tensor, TP_UINT8, 2, dims) ||
        tp_client_create(&client, &client_options) ||
        tp_producer_create(&producer, client, &options) ||
        tp_producer_await_ready(producer, 10000000000)) {
        fprintf(stderr, "producer: %s\n", tp_errmsg());
        return 1;
    }
    for (uint32_t idle = 0, n = 0; n < 1000; tp_idle(&idle, tp_client_do_work(client))) {
        tp_claim_t claim;
        /* Anything but TP_OK: not attached at the moment, and reattaching by itself. */
        if (tp_producer_claim(producer, 480 * 640, &claim) == TP_OK) {
            memset(claim.data, (int)n, 480 * 640); /* the camera writes here */
            n += tp_producer_commit(producer, &claim, 480 * 640, &info) == TP_OK;
        }
    }
    tp_producer_destroy(producer);
    tp_client_destroy(client);
    return 0;
}

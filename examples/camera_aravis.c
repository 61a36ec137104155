/*
 * A GenICam camera which writes straight into shared memory: nobody copies a frame on its way to the
 * consumers. Run `tp driver` first; `camera_aravis 192.168.1.20 1001 500` publishes 500 frames,
 * `camera_aravis fake 1001 500` those of Aravis' own GigE camera, here on loopback.
 *
 * The camera has IN_FLIGHT claimed slots to write to. One that is complete is committed, and another
 * claimed in its place. Frames become visible in the order in which their slots were claimed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arv.h>
#include <tensorpool/tensorpool.h>

#define IN_FLIGHT 4

static void give_slot(ArvStream *stream, tp_producer_t *producer, guint payload)
{
    tp_claim_t *claim = g_new(tp_claim_t, 1);
    if (tp_producer_claim(producer, payload, claim) != TP_OK) { /* not attached: later */
        g_free(claim);
        return;
    }
    arv_stream_push_buffer(stream, arv_buffer_new_full(payload, claim->data, claim, g_free));
}

/* Returns 1 when it became a frame. */
static int take_back(ArvBuffer *buffer, tp_producer_t *producer, guint payload)
{
    const tp_claim_t *claim = arv_buffer_get_user_data(buffer);
    int good = 0;
    if (arv_buffer_get_status(buffer) == ARV_BUFFER_STATUS_SUCCESS) {
        const int32_t dims[] = { arv_buffer_get_image_height(buffer),
                                 arv_buffer_get_image_width(buffer) }; /* rows, columns */
        tp_frame_info_t info = { 0 }; /* no capture time: the camera has a clock of its own */
        good = tp_tensor_init(&info.tensor, TP_UINT8, 2, dims) == TP_OK &&
               tp_producer_commit(producer, claim, payload, &info) == TP_OK;
    }
    if (!good) {
        tp_producer_abort(producer, claim); /* packets were lost, or the lease: a counted gap */
    }
    g_object_unref(buffer);
    return good;
}

static int publish(ArvCamera *camera, tp_client_t *client, tp_producer_t *producer, long count)
{
    GError *error = NULL;
    const guint payload = arv_camera_get_payload(camera, &error);
    ArvStream *stream = error == NULL ? arv_camera_create_stream(camera, NULL, NULL, &error) : NULL;
    int given = 0;
    long published = 0;
    if (stream != NULL) {
        arv_camera_start_acquisition(camera, &error);
    }
    while (error == NULL && published < count) {
        for (; given < IN_FLIGHT && tp_producer_is_ready(producer); given++) {
            give_slot(stream, producer, payload);
        }
        ArvBuffer *buffer = arv_stream_timeout_pop_buffer(stream, 20000);
        if (buffer != NULL) {
            given--;
            published += take_back(buffer, producer, payload);
        }
        /* a claim's memory stays good to write to, whatever happens here */
        tp_client_do_work(client);
    }
    if (error != NULL) {
        fprintf(stderr, "camera: %s\n", error->message);
        g_clear_error(&error);
    }
    if (stream != NULL) {
        arv_camera_stop_acquisition(camera, NULL);
        g_object_unref(stream); /* ends its thread, and with it the last writes */
    }
    printf("published %ld\n", published);
    return published == count ? 0 : 1;
}

int main(int argc, char **argv)
{
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    tp_client_t *client = NULL;
    tp_producer_t *producer = NULL;
    GError *error = NULL;
    int status = 1;
    if (argc != 4) {
        fprintf(stderr, "usage: camera_aravis ADDRESS|fake STREAM COUNT\n");
        return 2;
    }
    const gboolean is_fake = strcmp(argv[1], "fake") == 0;
    ArvGvFakeCamera *fake = is_fake ? arv_gv_fake_camera_new("127.0.0.1", "tensorpool") : NULL;
    ArvCamera *camera = arv_camera_new(is_fake ? "127.0.0.1" : argv[1], &error);
    client_options.aeron_dir = getenv("AERON_DIR");
    options.stream_id = (uint32_t)strtoul(argv[2], NULL, 10);
    options.publish_mode = TP_EXISTING_OR_CREATE;
    if (camera == NULL) {
        fprintf(stderr, "camera %s: %s\n", argv[1], error->message);
        g_clear_error(&error);
    } else if (tp_client_create(&client, &client_options) ||
               tp_producer_create(&producer, client, &options) ||
               tp_producer_await_ready(producer, 10000000000)) {
        fprintf(stderr, "producer: %s\n", tp_errmsg());
    } else {
        status = publish(camera, client, producer, strtol(argv[3], NULL, 10));
    }
    tp_producer_destroy(producer);
    tp_client_destroy(client);
    g_clear_object(&camera);
    g_clear_object(&fake);
    return status;
}

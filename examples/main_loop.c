/*
 * tensorpool inside a server's own loop: one thread, one poll(2), no thread of ours. The server reads
 * commands from standard input ("start", "stop", "quit"), and while it is started it publishes a frame
 * each 10 ms on the stream that its argument names, and follows the same stream. Run `tp driver` first.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tensorpool/tensorpool.h>

typedef struct server {
    tp_client_t *client;
    tp_producer_t *producer;
    tp_consumer_t *consumer;
    int is_started;
    int64_t due_ns;
    unsigned long published, seen;
} server_t;

static int on_frame(void *clientd, const tp_frame_t *frame)
{
    server_t *server = clientd;
    server->seen += frame->length == 4096;
    return 0;
}

/* One turn beside the server's other work: bounded, never blocks. */
static void turn(server_t *server)
{
    tp_client_do_work(server->client);
    tp_consumer_poll(server->consumer, on_frame, server, 16);
    const int64_t now_ns = tp_client_now_ns(server->client);
    if (!server->is_started || now_ns < server->due_ns) {
        return;
    }
    static unsigned char picture[64][64];
    static const int32_t dims[] = { 64, 64 };
    tp_frame_info_t info = { 0 };
    tp_tensor_init(&info.tensor, TP_UINT8, 2, dims);
    server->due_ns = now_ns + 10000000;
    memset(picture, (int)server->published, sizeof picture);
    server->published +=
        tp_producer_offer(server->producer, picture, sizeof picture, &info) == TP_OK;
}

/* Returns 0 at "quit" and at the end of the input. */
static int command(server_t *server)
{
    char text[64] = { 0 };
    if (read(STDIN_FILENO, text, sizeof text - 1) <= 0 || strncmp(text, "quit", 4) == 0) {
        return 0;
    }
    server->is_started = strncmp(text, "start", 5) == 0;
    printf("%s\n", server->is_started ? "started" : "stopped");
    fflush(stdout);
    return 1;
}

int main(int argc, char **argv)
{
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_producer_options_t producer_options = TP_PRODUCER_OPTIONS_INIT;
    tp_consumer_options_t consumer_options = TP_CONSUMER_OPTIONS_INIT;
    server_t server = { 0 };
    client_options.aeron_dir = getenv("AERON_DIR");
    producer_options.stream_id = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1001;
    consumer_options.stream_id = producer_options.stream_id;
    producer_options.publish_mode = TP_EXISTING_OR_CREATE;
    if (tp_client_create(&server.client, &client_options) ||
        tp_producer_create(&server.producer, server.client, &producer_options) ||
        tp_consumer_create(&server.consumer, server.client, &consumer_options)) {
        fprintf(stderr, "main_loop: %s\n", tp_errmsg());
        return 1;
    }
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    do {
        turn(&server);
        poll(&input, 1, 1); /* the server's own descriptors would be here, too */
    } while (input.revents == 0 || command(&server));
    for (int i = 0; i < 100 && server.seen < server.published; i++) {
        turn(&server);
    }
    printf("published %lu, seen %lu\n", server.published, server.seen);
    tp_consumer_destroy(server.consumer);
    tp_producer_destroy(server.producer);
    tp_client_destroy(server.client);
    return 0;
}

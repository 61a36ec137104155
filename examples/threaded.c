/*
 * A consumer on a thread of its own, for programs whose main thread has something else to do: the
 * client belongs to the runner's thread, and what the main thread wants of it is handed over in an
 * atomic. Counts the frames of a stream for some seconds. Run `tp driver` and `tp pub --stream 1001` first.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <tensorpool/tensorpool.h>

typedef struct counter {
    tp_consumer_t *consumer;
    atomic_ullong frames; /* written by the runner's thread, read by main; guards nothing else */
} counter_t;

static int on_frame(void *clientd, const tp_frame_t *frame)
{
    counter_t *counter = clientd;
    (void)frame;
    atomic_fetch_add_explicit(&counter->frames, 1, memory_order_relaxed);
    return 0;
}

/* On the runner's thread, after each tp_client_do_work. */
static int duty(void *clientd, tp_client_t *client)
{
    counter_t *counter = clientd;
    (void)client;
    const int polled = tp_consumer_poll(counter->consumer, on_frame, counter, 64);
    return polled > 0 ? polled : 0;
}

int main(int argc, char **argv)
{
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    tp_client_t *client = NULL;
    tp_runner_t *runner = NULL;
    counter_t counter = { .consumer = NULL };
    client_options.aeron_dir = getenv("AERON_DIR");
    options.stream_id = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1001;
    const int seconds = argc > 2 ? atoi(argv[2]) : 5;
    if (tp_client_create(&client, &client_options) ||
        tp_consumer_create(&counter.consumer, client, &options) ||
        tp_runner_start(&runner, client, duty, &counter)) {
        fprintf(stderr, "threaded: %s\n", tp_errmsg());
        return 1;
    }
    for (int i = 0; i < seconds; i++) {
        const struct timespec second = { .tv_sec = 1 };
        nanosleep(&second, NULL); /* the main thread's own work */
        printf("%llu frames so far\n", atomic_load_explicit(&counter.frames, memory_order_relaxed));
        fflush(stdout);
    }
    tp_runner_stop(runner); /* joined: the client is ours again */
    tp_consumer_destroy(counter.consumer);
    tp_client_destroy(client);
    return 0;
}

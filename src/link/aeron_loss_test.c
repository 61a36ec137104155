/*
 * What a link does when its media driver goes away, in each of the ways in which it can.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "link/counters.h"
#include "link/link_test_util.h"

static heard_t heard;

/* A process that is nothing but a media driver with a thread. Returns when it runs. */
static pid_t fork_driver(bool delete_on_start)
{
    const char *dir = tp_test_aeron_dir();
    int ready[2];
    TP_CHECK_EQ_I64(pipe(ready), 0);
    const pid_t pid = fork();
    TP_CHECK(pid >= 0);
    if (pid == 0) {
        close(ready[0]);
        tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
        options.aeron_dir = dir;
        options.delete_on_start = delete_on_start;
        options.timer_interval_ns = 10000000;
        options.client_liveness_timeout_ns = 1000000000;
        tp_media_driver_t *driver = NULL;
        TP_CHECK_MSG(tp_media_driver_create(&driver, &options) == TP_OK, "%s", tp_errmsg());
        TP_CHECK_EQ_I64(write(ready[1], "r", 1), 1);
        for (;;) {
            pause();
        }
    }
    close(ready[1]);
    char byte;
    TP_CHECK_EQ_I64(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void kill_driver(pid_t pid)
{
    TP_CHECK_EQ_I64(kill(pid, SIGKILL), 0);
    TP_CHECK_EQ_I64(waitpid(pid, NULL, 0), pid);
}

typedef struct pair {
    tpi_link_t *link;
    tpi_publication_t *pub;
    tpi_publication_t *shared;
    tpi_subscription_t *sub;
    tpi_counter_t *counter;
} pair_t;

static pair_t make_pair(int64_t driver_timeout_ns)
{
    pair_t pair = { .link = make_link(driver_timeout_ns) };
    TP_CHECK_EQ_I64(tpi_link_add_publication(pair.link, &pair.pub, CHANNEL, 7, true), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_publication(pair.link, &pair.shared, CHANNEL, 8, false), TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_subscription(pair.link, &pair.sub, "aeron:ipc", 7, on_image, &heard), TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_counter(pair.link, &pair.counter, TPI_COUNTER_DRIVER, "k", 1, "count"), TP_OK);
    return pair;
}

static void check_traffic(pair_t *pair, const char *text)
{
    TP_CHECK_SOON((turn(NULL, pair->link, NULL), tpi_publication_is_connected(pair->pub) &&
                                                     tpi_publication_is_ready(pair->shared) &&
                                                     tpi_subscription_image_count(pair->sub) == 1),
                  10000);
    TP_CHECK_EQ_I64(tpi_link_state(pair->link), TPI_LINK_UP);
    TP_CHECK_EQ_I64(tpi_publication_offer(pair->pub, text, strlen(text)), TPI_SEND_OK);
    TP_CHECK_SOON((turn(NULL, pair->link, NULL),
                   tpi_subscription_poll(pair->sub, on_message, &heard, 10) == 1),
                  1000);
    TP_CHECK_EQ_U64(heard.last_len, strlen(text));
    TP_CHECK_EQ_MEM(heard.last, text, heard.last_len);
    static uint8_t big[4000];
    TP_CHECK_EQ_I64(tpi_publication_offer(pair->pub, big, sizeof(big)), TPI_SEND_OK);
    TP_CHECK_SOON((turn(NULL, pair->link, NULL),
                   tpi_subscription_poll(pair->sub, on_message, &heard, 10) == 1),
                  1000);
}

static void check_void(pair_t *pair)
{
    tpi_claim_buffer_t claim;
    TP_CHECK_EQ_I64(tpi_publication_offer(pair->pub, "x", 1), TPI_SEND_NOT_READY);
    TP_CHECK_EQ_I64(tpi_publication_claim(pair->shared, 1, &claim), TPI_SEND_NOT_READY);
    TP_CHECK(!tpi_publication_is_connected(pair->pub));
    TP_CHECK(!tpi_publication_is_ready(pair->pub));
    TP_CHECK(!tpi_subscription_is_ready(pair->sub));
    TP_CHECK_EQ_U64(tpi_subscription_image_count(pair->sub), 0);
    TP_CHECK_EQ_I64(tpi_subscription_poll(pair->sub, on_message, &heard, 10), 0);
}

static void count_driver_counters(void *clientd, const tpi_counter_view_t *counter)
{
    int64_t *value = clientd;
    if (counter->type_id == TPI_COUNTER_DRIVER) {
        *value = counter->value;
    }
}

TP_TEST(a_driver_that_stops_and_comes_back_is_a_new_generation_with_all_handles)
{
    tp_media_driver_t *driver = start_driver(false);
    pair_t pair = make_pair(0);
    check_traffic(&pair, "first");
    TP_CHECK_EQ_U64(tpi_link_generation(pair.link), 1);
    tpi_counter_add(pair.counter, 5);

    const int64_t stopped_ns = tp_test_now_ns();
    tp_media_driver_destroy(driver);
    TP_CHECK_SOON((turn(NULL, pair.link, NULL), tpi_link_state(pair.link) == TPI_LINK_LOST), 5000);
    /* Told by the driver itself: one keepalive interval, whatever the driver timeout. */
    TP_CHECK_LT_I64(tp_test_now_ns() - stopped_ns, 1500000000);
    TP_CHECK_EQ_I64(heard.unavailable, 1);
    TP_CHECK_CONTAINS(tpi_link_error(pair.link), "shutdown");
    check_void(&pair);
    tpi_counter_add(pair.counter, 1);
    TP_CHECK_EQ_I64(tpi_counter_get(pair.counter), 6);
    for (int i = 0; i < 50; i++) {
        turn(NULL, pair.link, NULL);
    }

    driver = start_driver(false);
    check_traffic(&pair, "second");
    TP_CHECK_EQ_U64(tpi_link_generation(pair.link), 2);
    TP_CHECK_EQ_I64(heard.available, 2);
    TP_CHECK_EQ_I64(heard.unavailable, 1);
    int64_t value = 0;
    TP_CHECK_SOON((turn(NULL, pair.link, NULL),
                   tpi_counters_foreach(tp_test_aeron_dir(), count_driver_counters, &value),
                   value == 6),
                  5000);
    tpi_link_destroy(pair.link);
    tp_media_driver_destroy(driver);
    TP_CHECK_EQ_U64(tp_test_count_files(tp_test_aeron_dir()), 0);
}

TP_TEST(a_killed_driver_is_noticed_within_its_timeout_and_its_successor_found)
{
    pid_t pid = fork_driver(false);
    pair_t pair = make_pair(800000000);
    check_traffic(&pair, "first");
    kill_driver(pid);
    const int64_t killed_ns = tp_test_now_ns();
    TP_CHECK_SOON((turn(NULL, pair.link, NULL), tpi_link_state(pair.link) == TPI_LINK_LOST), 5000);
    /* The timeout and one keepalive interval, a quarter of it; the rest is for a busy machine. */
    TP_CHECK_LT_I64(tp_test_now_ns() - killed_ns, 1800000000);
    TP_CHECK_EQ_I64(heard.unavailable, 1);
    check_void(&pair);
    TP_CHECK_SOON(
        (turn(NULL, pair.link, NULL), strstr(tpi_link_error(pair.link), "silent") != NULL), 5000);

    pid = fork_driver(true);
    check_traffic(&pair, "second");
    TP_CHECK_EQ_U64(tpi_link_generation(pair.link), 2);
    kill_driver(pid);
    tpi_link_destroy(pair.link);
}

TP_TEST(a_driver_replaced_behind_our_back_is_noticed_before_the_old_one_times_out)
{
    pid_t pid = fork_driver(false);
    pair_t pair = make_pair(30000000000);
    check_traffic(&pair, "first");
    kill_driver(pid);
    pid = fork_driver(true);
    const int64_t replaced_ns = tp_test_now_ns();
    TP_CHECK_SOON((turn(NULL, pair.link, NULL), tpi_link_generation(pair.link) == 2), 5000);
    TP_CHECK_LT_I64(tp_test_now_ns() - replaced_ns, 3000000000);
    check_traffic(&pair, "second");
    tpi_link_destroy(pair.link);
    kill_driver(pid);
}

TP_TEST(a_new_link_does_not_come_up_in_a_dead_drivers_directory)
{
    const pid_t pid = fork_driver(false);
    kill_driver(pid);
    tpi_link_t *link = make_link(0);
    const int64_t until_ns = tp_test_now_ns() + 2000000000;
    TP_CHECK_SOON((turn(NULL, link, NULL), strstr(tpi_link_error(link), "silent") != NULL ||
                                               tpi_link_state(link) == TPI_LINK_UP),
                  10000);
    /* Killed this moment, it cannot be told from a live one; but a second later it can. */
    while (tp_test_now_ns() < until_ns) {
        tp_test_pause();
    }
    tpi_link_destroy(link);
    link = make_link(0);
    turn(NULL, link, NULL);
    TP_CHECK_EQ_I64(tpi_link_state(link), TPI_LINK_CONNECTING);
    TP_CHECK_CONTAINS(tpi_link_error(link), "waiting for a heartbeat");
    tpi_link_destroy(link);
}

TP_TEST(a_link_that_was_not_driven_for_too_long_starts_over)
{
    tp_media_driver_t *driver = start_driver(false);
    pair_t pair = make_pair(0);
    check_traffic(&pair, "first");
    /* The driver takes a client for dead after 1 s. */
    const int64_t until_ns = tp_test_now_ns() + 1500000000;
    while (tp_test_now_ns() < until_ns) {
        tp_test_pause();
    }
    TP_CHECK_SOON((turn(NULL, pair.link, NULL), tpi_link_state(pair.link) == TPI_LINK_LOST), 5000);
    TP_CHECK_EQ_I64(heard.unavailable, 1);
    printf("text: %s\n", tpi_link_error(pair.link));
    check_traffic(&pair, "second");
    TP_CHECK_EQ_U64(tpi_link_generation(pair.link), 2);
    tpi_link_destroy(pair.link);
    tp_media_driver_destroy(driver);
}

TP_TEST(a_link_is_destroyed_cleanly_whatever_its_driver_does)
{
    /* Lost and not yet noticed, with everything open; adds pending at a driver that never answers. */
    pid_t pid = fork_driver(false);
    pair_t pair = make_pair(0);
    check_traffic(&pair, "first");
    TP_CHECK_EQ_I64(kill(pid, SIGSTOP), 0);
    tpi_publication_t *pending;
    tpi_subscription_t *sub;
    TP_CHECK_EQ_I64(tpi_link_add_publication(pair.link, &pending, CHANNEL, 9, true), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(pair.link, &sub, CHANNEL, 9, NULL, NULL), TP_OK);
    turn(NULL, pair.link, NULL);
    tpi_publication_close(pending);
    kill_driver(pid);
    tpi_link_destroy(pair.link);
}

TP_TEST(an_add_the_driver_does_not_answer_is_cancelled_and_tried_again)
{
    /* An invoker that is not invoked: alive, because its heartbeat is young, and deaf. */
    tp_media_driver_t *driver = start_driver(true);
    tpi_link_t *link = make_link(400000000);
    TP_CHECK_SOON((turn(driver, link, NULL), tpi_link_state(link) == TPI_LINK_UP), 5000);
    tpi_publication_t *pub;
    TP_CHECK_EQ_I64(tpi_link_add_publication(link, &pub, CHANNEL, 7, true), TP_OK);
    TP_CHECK_SOON((turn(NULL, link, NULL), tpi_publication_error(pub)[0] != '\0'), 5000);
    TP_CHECK_CONTAINS(tpi_publication_error(pub), "did not answer");
    TP_CHECK_SOON((turn(driver, link, NULL), tpi_publication_is_ready(pub)), 10000);
    /* The first add came late and was taken back: one log, not two. */
    TP_CHECK_SOON((turn(driver, link, NULL), tp_test_count_files(tp_test_aeron_dir()) == 3), 10000);
    tpi_link_destroy(link);
    tp_media_driver_destroy(driver);
}

TP_TEST_MAIN()

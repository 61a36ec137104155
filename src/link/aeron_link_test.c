/*
 * The Aeron link over an embedded media driver in invoker mode: everything on one thread, so nothing depends on timing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "link/aeron_link.h"
#include "link/counters.h"
#include "link/link_test_util.h"

static tp_media_driver_t *driver;
static tpi_link_t *a;
static tpi_link_t *b;
static heard_t heard;

static void set_up(void)
{
    driver = start_driver(true);
    a = make_link(0);
    b = make_link(0);
    TP_CHECK_SOON(
        (turn(driver, a, b), tpi_link_state(a) == TPI_LINK_UP && tpi_link_state(b) == TPI_LINK_UP),
        5000);
}

static void tear_down(void)
{
    tpi_link_destroy(a);
    tpi_link_destroy(b);
    tp_media_driver_destroy(driver);
    TP_CHECK_EQ_U64(tp_test_count_files(tp_test_aeron_dir()), 0);
}

/* Proves: W-10, D-18 */
static void exchange(bool exclusive)
{
    set_up();
    tpi_publication_t *pub;
    tpi_subscription_t *sub;
    TP_CHECK_EQ_I64(tpi_link_add_publication(a, &pub, CHANNEL, 7, exclusive), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(b, &sub, "aeron:ipc", 7, on_image, &heard), TP_OK);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "x", 1), TPI_SEND_NOT_READY);
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 10), 0);
    TP_CHECK_SOON((turn(driver, a, b), tpi_publication_is_connected(pub) && heard.available == 1),
                  5000);
    TP_CHECK(tpi_publication_is_ready(pub));
    TP_CHECK(tpi_subscription_is_ready(sub));
    TP_CHECK_EQ_STR(tpi_publication_error(pub), "");
    TP_CHECK_EQ_I64(heard.session_id, tpi_publication_session_id(pub));
    TP_CHECK_EQ_U64(tpi_subscription_image_count(sub), 1);

    tpi_claim_buffer_t claim;
    TP_CHECK_EQ_I64(tpi_publication_claim(pub, 5, &claim), TPI_SEND_OK);
    TP_CHECK_EQ_U64(claim.len, 5);
    memcpy(claim.data, "hello", 5);
    tpi_publication_commit(pub, &claim);
    TP_CHECK_EQ_I64(tpi_publication_claim(pub, 4, &claim), TPI_SEND_OK);
    tpi_publication_abort(pub, &claim);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "there", 5), TPI_SEND_OK);
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 1), 1);
    TP_CHECK_EQ_MEM(heard.last, "hello", 5);
    TP_CHECK_EQ_I64(heard.info.session_id, tpi_publication_session_id(pub));
    TP_CHECK(heard.info.joined_ns > 0 && heard.info.joined_ns <= tp_test_now_ns());
    /* The abort left padding, which is no message. */
    TP_CHECK_SOON(tpi_subscription_poll(sub, on_message, &heard, 10) == 1, 1000);
    TP_CHECK_EQ_MEM(heard.last, "there", 5);

    /* Larger than a fragment: claim says so, offer splits, the other side puts together. */
    static uint8_t big[8000];
    for (size_t i = 0; i < sizeof(big); i++) {
        big[i] = (uint8_t)(i * 7 + i / 256);
    }
    TP_CHECK_EQ_I64(tpi_publication_claim(pub, sizeof(big), &claim), TPI_SEND_ERROR);
    TP_CHECK_CONTAINS(tp_errmsg(), "8000");
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, big, 20000), TPI_SEND_ERROR);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, big, sizeof(big)), TPI_SEND_OK);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "after", 5), TPI_SEND_OK);
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 1), 1);
    TP_CHECK_EQ_U64(heard.last_len, sizeof(big));
    TP_CHECK_EQ_MEM(heard.last, big, sizeof(big));
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 10), 1);

    /* Enough for the log to go round: each time a term is full, the retry happens inside. */
    for (int i = 0; i < 5000; i++) {
        tpi_send_t result = TPI_SEND_BACK_PRESSURED;
        for (int tries = 0; tries < 1000 && result == TPI_SEND_BACK_PRESSURED; tries++) {
            result = tpi_publication_claim(pub, 100, &claim);
            if (result == TPI_SEND_BACK_PRESSURED) {
                turn(driver, a, b);
            }
        }
        TP_CHECK_EQ_I64(result, TPI_SEND_OK);
        memset(claim.data, i, claim.len);
        tpi_publication_commit(pub, &claim);
        /* A poll ends at the end of a term, so one in a hundred finds padding alone. */
        TP_CHECK_SOON(tpi_subscription_poll(sub, on_message, &heard, 10) == 1, 1000);
    }

    tpi_publication_close(pub);
    TP_CHECK_SOON((turn(driver, a, b), heard.unavailable == 1), 5000);
    TP_CHECK_EQ_U64(tpi_subscription_image_count(sub), 0);
    tpi_subscription_close(sub);
    tear_down();
}

TP_TEST(messages_of_an_exclusive_publication_arrive_whole)
{
    exchange(true);
}

TP_TEST(messages_of_a_shared_publication_arrive_whole)
{
    exchange(false);
}

TP_TEST(a_link_without_driver_waits_without_blocking_and_says_why)
{
    a = make_link(0);
    turn(NULL, a, NULL);
    TP_CHECK_EQ_I64(tpi_link_state(a), TPI_LINK_CONNECTING);
    TP_CHECK_CONTAINS(tpi_link_error(a), "no media driver in");
    TP_CHECK_EQ_STR(tpi_link_aeron_dir(a), tp_test_aeron_dir());
    /* Files that are no cnc files: empty, and too short. */
    TP_CHECK_EQ_I64(mkdir(tp_test_aeron_dir(), 0755), 0);
    char path[512];
    snprintf(path, sizeof(path), "%s/cnc.dat", tp_test_aeron_dir());
    FILE *file = fopen(path, "w");
    TP_CHECK(file != NULL);
    fflush(file);
    TP_CHECK_SOON((turn(NULL, a, NULL), strstr(tpi_link_error(a), "is empty") != NULL), 1000);
    fprintf(file, "short");
    fflush(file);
    TP_CHECK_SOON((turn(NULL, a, NULL), strstr(tpi_link_error(a), "incomplete") != NULL), 1000);
    for (int i = 0; i < 5000; i++) {
        fprintf(file, "garbage ");
    }
    fflush(file);
    TP_CHECK_SOON((turn(NULL, a, NULL), strstr(tpi_link_error(a), "version") != NULL), 1000);
    fclose(file);
    remove(path);
    /* Handles may be added and closed in any state. */
    tpi_publication_t *pub;
    tpi_subscription_t *sub;
    TP_CHECK_EQ_I64(tpi_link_add_publication(a, &pub, CHANNEL, 7, true), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(a, &sub, CHANNEL, 7, NULL, NULL), TP_OK);
    turn(NULL, a, NULL);
    tpi_subscription_close(sub);
    driver = start_driver(true);
    TP_CHECK_SOON((turn(driver, a, NULL), tpi_publication_is_ready(pub)), 5000);
    TP_CHECK_EQ_STR(tpi_link_error(a), "");
    TP_CHECK_EQ_U64(tpi_link_generation(a), 1);
    tpi_link_destroy(a);
    tp_media_driver_destroy(driver);
}

TP_TEST(wrong_arguments_are_named)
{
    const tpi_link_options_t options = { .driver_timeout_ns = -1 };
    TP_CHECK_EQ_I64(tpi_link_create_aeron(&a, &options), TP_EINVAL);
    a = make_link(0);
    tpi_publication_t *pub;
    tpi_subscription_t *sub;
    tpi_counter_t *counter;
    TP_CHECK_EQ_I64(tpi_link_add_publication(a, &pub, "", 7, true), TP_EINVAL);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(a, &sub, NULL, 7, NULL, NULL), TP_EINVAL);
    static const char key[200];
    TP_CHECK_EQ_I64(tpi_link_add_counter(a, &counter, 2101, key, sizeof(key), "x"), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "200");
    tpi_link_destroy(a);
    tpi_link_destroy(NULL);
}

/* The peer that everyone fears: it subscribes and never polls. */
TP_TEST(a_subscriber_that_never_polls_presses_back_and_never_blocks)
{
    set_up();
    tpi_publication_t *pub;
    tpi_subscription_t *sub;
    TP_CHECK_EQ_I64(tpi_link_add_publication(a, &pub, CHANNEL, 7, true), TP_OK);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "x", 1), TPI_SEND_NOT_READY);
    TP_CHECK_SOON((turn(driver, a, b), tpi_publication_is_ready(pub)), 5000);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "x", 1), TPI_SEND_NOT_CONNECTED);
    TP_CHECK(!tpi_publication_is_connected(pub));
    TP_CHECK_EQ_I64(tpi_link_add_subscription(b, &sub, "aeron:ipc", 7, NULL, NULL), TP_OK);
    TP_CHECK_SOON((turn(driver, a, b), tpi_publication_is_connected(pub)), 5000);
    int results[TPI_SEND_RESULTS] = { 0 };
    const int64_t start = tp_test_now_ns();
    for (int i = 0; i < 20000; i++) {
        tpi_claim_buffer_t claim;
        const tpi_send_t result = tpi_publication_claim(pub, 64, &claim);
        results[result]++;
        if (result == TPI_SEND_OK) {
            tpi_publication_commit(pub, &claim);
        }
        if (i % 100 == 0) {
            turn(driver, a, b);
        }
    }
    TP_CHECK_LT_I64(tp_test_now_ns() - start, 2000000000);
    /* Half a term of 96-byte frames at most, then nothing more. */
    TP_CHECK_LE_I64(results[TPI_SEND_OK], 32768 / 96 + 1);
    TP_CHECK_GT_I64(results[TPI_SEND_OK], 100);
    TP_CHECK_EQ_I64(results[TPI_SEND_OK] + results[TPI_SEND_BACK_PRESSURED], 20000);
    tear_down();
}

TP_TEST(another_term_length_on_the_stream_is_explained_and_retried)
{
    set_up();
    tpi_publication_t *first;
    tpi_publication_t *second;
    TP_CHECK_EQ_I64(tpi_link_add_publication(a, &first, "aeron:ipc?term-length=64k", 7, false), 0);
    TP_CHECK_SOON((turn(driver, a, b), tpi_publication_is_ready(first)), 5000);
    TP_CHECK_EQ_I64(tpi_link_add_publication(b, &second, "aeron:ipc?term-length=1m", 7, false), 0);
    TP_CHECK_SOON((turn(driver, a, b), tpi_publication_error(second)[0] != '\0'), 5000);
    const char *error = tpi_publication_error(second);
    TP_CHECK_CONTAINS(error, "aeron:ipc?term-length=1m stream 7");
    TP_CHECK_CONTAINS(error, "term-length");
    TP_CHECK_CONTAINS(error, "65536");
    TP_CHECK_CONTAINS(error, "1048576");
    TP_CHECK(strstr(error, "registration error") == NULL);
    TP_CHECK(strchr(error, '\n') == NULL);
    TP_CHECK(!tpi_publication_is_ready(second));
    TP_CHECK_EQ_I64(tpi_publication_offer(second, "x", 1), TPI_SEND_NOT_READY);
    printf("text: %s\n", error);
    /* It becomes ready by itself when the other one is gone. */
    tpi_publication_close(first);
    TP_CHECK_SOON((turn(driver, a, b), tpi_publication_is_ready(second)), 20000);
    TP_CHECK_EQ_STR(tpi_publication_error(second), "");
    tear_down();
}

TP_TEST(a_channel_that_cannot_be_parsed_is_an_error_of_the_handle_alone)
{
    set_up();
    tpi_subscription_t *sub;
    tpi_publication_t *pub;
    TP_CHECK_EQ_I64(tpi_link_add_subscription(a, &sub, "nonsense", 7, NULL, NULL), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_publication(a, &pub, "aeron:ipc?term-length=65k", 7, true), TP_OK);
    TP_CHECK_SOON((turn(driver, a, b),
                   tpi_subscription_error(sub)[0] != '\0' && tpi_publication_error(pub)[0] != '\0'),
                  5000);
    TP_CHECK_CONTAINS(tpi_subscription_error(sub), "nonsense stream 7");
    printf("text: %s\ntext: %s\n", tpi_subscription_error(sub), tpi_publication_error(pub));
    TP_CHECK_EQ_I64(tpi_link_state(a), TPI_LINK_UP);
    tear_down();
}

TP_TEST(handles_are_closed_safely_while_their_add_is_pending)
{
    set_up();
    for (int i = 0; i < 50; i++) {
        tpi_publication_t *exclusive;
        tpi_publication_t *shared;
        tpi_subscription_t *sub;
        tpi_counter_t *counter;
        TP_CHECK_EQ_I64(tpi_link_add_publication(a, &exclusive, CHANNEL, 7, true), TP_OK);
        TP_CHECK_EQ_I64(tpi_link_add_publication(a, &shared, CHANNEL, 7, false), TP_OK);
        TP_CHECK_EQ_I64(tpi_link_add_subscription(a, &sub, CHANNEL, 7, on_image, &heard), TP_OK);
        TP_CHECK_EQ_I64(tpi_link_add_counter(a, &counter, 2103, "k", 1, "c"), TP_OK);
        /* Nothing sent yet, sent, answered, or taken. */
        if (i % 4 >= 1) {
            tpi_link_do_work(a, tp_test_now_ns());
        }
        if (i % 4 >= 2) {
            tp_media_driver_do_work(driver);
        }
        if (i % 4 >= 3) {
            tpi_link_do_work(a, tp_test_now_ns());
        }
        tpi_publication_close(exclusive);
        tpi_publication_close(shared);
        tpi_subscription_close(sub);
        tpi_counter_close(counter);
    }
    TP_CHECK_EQ_I64(heard.available, heard.unavailable);
    for (int i = 0; i < 100; i++) {
        turn(driver, a, b);
    }
    /* The media driver has kept nothing of ours: no counter of a cancelled add is left. */
    tpi_publication_t *pub;
    TP_CHECK_EQ_I64(tpi_link_add_publication(a, &pub, CHANNEL, 7, true), TP_OK);
    TP_CHECK_SOON((turn(driver, a, b), tpi_publication_is_ready(pub)), 5000);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "x", 1), TPI_SEND_NOT_CONNECTED);
    tear_down();
}

typedef struct closer {
    tpi_subscription_t *sub;
    tpi_publication_t *pub;
    int messages;
    int images;
} closer_t;

static void close_in_message(void *clientd, const uint8_t *data, size_t len,
                             const tpi_message_info_t *info)
{
    (void)data;
    (void)len;
    (void)info;
    closer_t *closer = clientd;
    closer->messages++;
    tpi_subscription_close(closer->sub);
    tpi_publication_close(closer->pub);
}

static void close_in_image(void *clientd, int32_t session_id, bool available)
{
    (void)session_id;
    closer_t *closer = clientd;
    closer->images++;
    TP_CHECK(available);
    tpi_subscription_close(closer->sub);
}

TP_TEST(handles_may_be_closed_inside_callbacks)
{
    set_up();
    closer_t in_message = { 0 };
    closer_t in_image = { 0 };
    TP_CHECK_EQ_I64(tpi_link_add_publication(a, &in_message.pub, CHANNEL, 7, true), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(a, &in_message.sub, CHANNEL, 7, NULL, NULL), TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_subscription(a, &in_image.sub, CHANNEL, 7, close_in_image, &in_image), TP_OK);
    TP_CHECK_SOON((turn(driver, a, b),
                   in_image.images == 1 && tpi_subscription_image_count(in_message.sub) == 1),
                  5000);
    TP_CHECK_EQ_I64(tpi_publication_offer(in_message.pub, "x", 1), TPI_SEND_OK);
    TP_CHECK_EQ_I64(tpi_publication_offer(in_message.pub, "y", 1), TPI_SEND_OK);
    TP_CHECK_EQ_I64(tpi_subscription_poll(in_message.sub, close_in_message, &in_message, 10), 1);
    for (int i = 0; i < 100; i++) {
        turn(driver, a, b);
    }
    TP_CHECK_EQ_I64(in_message.messages, 1);
    TP_CHECK_EQ_I64(in_image.images, 1);
    tear_down();
}

typedef struct found {
    int count;
    tpi_counter_view_t view;
    uint8_t key[TPI_COUNTER_KEY_MAX];
    char label[400];
} found_t;

static void find_lease(void *clientd, const tpi_counter_view_t *counter)
{
    found_t *found = clientd;
    if (counter->type_id == TPI_COUNTER_LEASE) {
        found->count++;
        found->view = *counter;
        memcpy(found->key, counter->key, counter->key_len);
        snprintf(found->label, sizeof(found->label), "%s", counter->label);
    }
}

/* Nobody reads the media driver's command buffer meanwhile: more adds at once would overfill it, which Aeron's client
 * does not survive. */
TP_TEST(thousands_of_handles_made_at_once_are_added_in_turns)
{
    enum { HANDLES = 6000 };
    static tpi_counter_t *counters[HANDLES];
    char label[301];
    memset(label, 'x', sizeof(label) - 1);
    label[sizeof(label) - 1] = '\0';
    set_up();
    for (uint32_t i = 0; i < HANDLES; i++) {
        TP_CHECK_EQ_I64(
            tpi_link_add_counter(a, &counters[i], TPI_COUNTER_DRIVER, &i, sizeof(i), label), TP_OK);
    }
    for (int i = 0; i < 100; i++) {
        (void)tpi_link_do_work(a, tp_test_now_ns());
        TP_CHECK_LE_I64(((tpi_aeron_link_t *)a)->adding, TPI_MAX_ADDING);
    }
    TP_CHECK_EQ_I64(((tpi_aeron_link_t *)a)->adding, TPI_MAX_ADDING);
    TP_CHECK_SOON((turn(driver, a, b), ((tpi_aeron_link_t *)a)->unready == 0), 30000);
    for (int i = 0; i < HANDLES; i++) {
        tpi_counter_close(counters[i]);
    }
    tear_down();
}

TP_TEST(counters_are_seen_from_outside)
{
    TP_CHECK_EQ_I64(tpi_counters_foreach(tp_test_aeron_dir(), find_lease, NULL), TP_ENOENT);
    TP_CHECK_EQ_I64(tpi_media_driver_is_alive(tp_test_aeron_dir(), 1000000000), 0);
    set_up();
    TP_CHECK_EQ_I64(tpi_media_driver_is_alive(tp_test_aeron_dir(), 1000000000), 1);
    found_t found = { 0 };
    tpi_counter_t *counter;
    static const uint8_t key[17] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 };
    TP_CHECK_EQ_I64(
        tpi_link_add_counter(a, &counter, TPI_COUNTER_LEASE, key, sizeof(key), "lease 1"), TP_OK);
    tpi_counter_set(counter, 40);
    tpi_counter_add(counter, 2);
    TP_CHECK_EQ_I64(tpi_counter_get(counter), 42);
    TP_CHECK_SOON((turn(driver, a, b),
                   tpi_counters_foreach(tp_test_aeron_dir(), find_lease, &found) == TP_OK &&
                       found.count > 0 && found.view.value == 42),
                  5000);
    TP_CHECK_EQ_MEM(found.key, key, sizeof(key));
    TP_CHECK_GE_U64(found.view.key_len, sizeof(key));
    TP_CHECK_EQ_STR(found.label, "lease 1");
    tpi_counter_add(counter, -2);
    found = (found_t){ 0 };
    TP_CHECK_EQ_I64(tpi_counters_foreach(tp_test_aeron_dir(), find_lease, &found), TP_OK);
    TP_CHECK_EQ_I64(found.view.value, 40);
    tpi_counter_close(counter);
    TP_CHECK_SOON((turn(driver, a, b), found = (found_t){ 0 },
                   tpi_counters_foreach(tp_test_aeron_dir(), find_lease, &found) == TP_OK &&
                       found.count == 0),
                  5000);
    tear_down();
    char dir[300];
    TP_CHECK_EQ_I64(tpi_default_aeron_dir(dir, sizeof(dir)), TP_OK);
    TP_CHECK_CONTAINS(dir, "aeron-");
    TP_CHECK_EQ_I64(tpi_default_aeron_dir(dir, 5), TP_EINVAL);
}

TP_TEST(a_counter_of_another_client_is_found_and_its_word_written)
{
    set_up();
    static const uint8_t key[4] = { 1, 2, 3, 4 };
    tpi_counter_t *counter;
    tpi_counter_t *other;
    tpi_counter_ref_t ref;
    TP_CHECK_EQ_I64(tpi_link_add_counter(a, &other, TPI_COUNTER_WAKE, "other", 5, "other"), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_counter(a, &counter, TPI_COUNTER_WAKE, key, sizeof key, "wake"),
                    TP_OK);
    tpi_counter_set(counter, 40);
    _Atomic int64_t *const *word = tpi_counter_word(counter);
    _Atomic int64_t *const before = *word;
    TP_CHECK_EQ_I64(atomic_load(before), 40);
    TP_CHECK(!tpi_link_find_counter(b, TPI_COUNTER_WAKE, key, sizeof key, -1, &ref));
    TP_CHECK_SOON((turn(driver, a, b),
                   tpi_link_find_counter(b, TPI_COUNTER_WAKE, key, 3, -1, &ref) && *word != before),
                  5000);
    TP_CHECK(!tpi_link_find_counter(b, TPI_COUNTER_LEASE, key, sizeof key, -1, &ref));
    _Atomic int64_t *seen = tpi_link_counter_word(b, &ref);
    TP_CHECK(seen != NULL);
    TP_CHECK(seen != *word); /* two mappings of one file */
    TP_CHECK_EQ_I64(atomic_load(seen), 40);
    atomic_store(seen, 41);
    TP_CHECK_EQ_I64(tpi_counter_get(counter), 41);

    /* Both, in turn, where the key is not asked for. */
    tpi_counter_ref_t next = ref;
    TP_CHECK_SOON((turn(driver, a, b),
                   tpi_link_find_counter(b, TPI_COUNTER_WAKE, key, 0, ref.counter_id, &next) &&
                       next.counter_id != ref.counter_id),
                  5000);
    TP_CHECK(tpi_link_find_counter(b, TPI_COUNTER_WAKE, key, 0, next.counter_id, &next));
    TP_CHECK_EQ_I64(next.registration_id, ref.registration_id);
    TP_CHECK(tpi_link_find_counter(b, TPI_COUNTER_WAKE, key, 3, ref.counter_id, &next));
    TP_CHECK_EQ_I64(next.registration_id, ref.registration_id);

    tpi_counter_ref_t wrong = ref;
    wrong.registration_id++;
    TP_CHECK(tpi_link_counter_word(b, &wrong) == NULL);
    wrong = ref;
    wrong.type_id = TPI_COUNTER_LEASE;
    TP_CHECK(tpi_link_counter_word(b, &wrong) == NULL);
    wrong = ref;
    wrong.counter_id = INT32_MAX;
    TP_CHECK(tpi_link_counter_word(b, &wrong) == NULL);

    tpi_counter_close(counter);
    TP_CHECK_SOON((turn(driver, a, b), tpi_link_counter_word(b, &ref) == NULL), 5000);
    tear_down();
}

/* A cap on what one link has under way does not help here: what is given up before it is answered is under way no more, and its commands are still
 * in the ring, as are those of other clients. */
TP_TEST(adds_wait_while_the_media_drivers_command_ring_is_nearly_full)
{
    enum { ROUNDS = 300, COUNTERS = 30 }; /* of some 330 bytes each in a ring of 1 MiB */
    tpi_counter_t *counters[COUNTERS];
    char label[280];
    memset(label, 'x', sizeof(label) - 1);
    label[sizeof(label) - 1] = '\0';
    set_up();
    for (int round = 0; round < ROUNDS; round++) { /* the media driver does nothing meanwhile */
        for (uint32_t i = 0; i < COUNTERS; i++) {
            TP_CHECK_EQ_I64(
                tpi_link_add_counter(a, &counters[i], TPI_COUNTER_LEASE, &i, sizeof(i), label),
                TP_OK);
        }
        (void)turn(NULL, a, b);
        for (uint32_t i = 0; i < COUNTERS; i++) {
            tpi_counter_close(counters[i]);
        }
    }
    TP_CHECK_EQ_I64(tpi_link_state(a), TPI_LINK_UP);
    TP_CHECK_EQ_STR(tpi_link_error(a), "");
    tpi_counter_t *last;
    TP_CHECK_EQ_I64(tpi_link_add_counter(a, &last, TPI_COUNTER_LEASE, "last", 4, "last"), TP_OK);
    found_t found = { 0 };
    TP_CHECK_SOON((turn(driver, a, b), found = (found_t){ 0 },
                   tpi_counters_foreach(tp_test_aeron_dir(), find_lease, &found) == TP_OK &&
                       found.count == 1 && strcmp(found.label, "last") == 0),
                  20000);
    tpi_counter_close(last);
    tear_down();
}

TP_TEST_MAIN()

#include "link/fake_link.h"

#include <string.h>

#include "tp_test.h"

typedef struct heard {
    int messages;
    char last[64];
    tpi_message_info_t info;
    int available;
    int unavailable;
    tpi_subscription_t *close_me;
} heard_t;

static void on_message(void *clientd, const uint8_t *data, size_t len,
                       const tpi_message_info_t *info)
{
    heard_t *heard = clientd;
    heard->messages++;
    memcpy(heard->last, data, len < 63 ? len : 63);
    heard->last[len < 63 ? len : 63] = '\0';
    heard->info = *info;
    if (heard->close_me != NULL) {
        tpi_subscription_close(heard->close_me);
        heard->close_me = NULL;
    }
}

static void on_image(void *clientd, int32_t session_id, bool available)
{
    (void)session_id;
    heard_t *heard = clientd;
    if (available) {
        heard->available++;
    } else {
        heard->unavailable++;
    }
}

static tpi_fake_bus_t *bus;
static tpi_link_t *a;
static tpi_link_t *b;
static tpi_publication_t *pub;
static tpi_subscription_t *sub;
static heard_t heard;

static void set_up(void)
{
    TP_CHECK_EQ_I64(tpi_fake_bus_create(&bus), 0);
    TP_CHECK_EQ_I64(tpi_link_create_fake(&a, bus), 0);
    TP_CHECK_EQ_I64(tpi_link_create_fake(&b, bus), 0);
    TP_CHECK_EQ_I64(tpi_link_add_publication(a, &pub, "aeron:ipc?term-length=64k", 7, true), 0);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(b, &sub, "aeron:ipc", 7, on_image, &heard), 0);
}

static void tear_down(void)
{
    tpi_link_destroy(a);
    tpi_link_destroy(b);
    tpi_fake_bus_destroy(bus);
}

static void turn(int64_t now_ns)
{
    tpi_link_do_work(a, now_ns);
    tpi_link_do_work(b, now_ns);
}

TP_TEST(handles_are_ready_after_the_first_turn_and_messages_arrive_with_session_and_join_time)
{
    set_up();
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "x", 1), TPI_SEND_NOT_READY);
    TP_CHECK_EQ_I64(tpi_link_state(a), TPI_LINK_CONNECTING);
    turn(100);
    TP_CHECK_EQ_I64(tpi_link_state(a), TPI_LINK_UP);
    TP_CHECK_EQ_U64(tpi_link_generation(a), 1);
    TP_CHECK(tpi_publication_is_connected(pub));
    TP_CHECK_EQ_I64(heard.available, 1);
    TP_CHECK_EQ_U64(tpi_subscription_image_count(sub), 1);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "hello", 5), TPI_SEND_OK);
    tpi_claim_buffer_t claim;
    TP_CHECK_EQ_I64(tpi_publication_claim(pub, 3, &claim), TPI_SEND_OK);
    memcpy(claim.data, "two", 3);
    tpi_publication_commit(pub, &claim);
    TP_CHECK_EQ_I64(tpi_publication_claim(pub, 3, &claim), TPI_SEND_OK);
    tpi_publication_abort(pub, &claim);
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 1), 1);
    TP_CHECK_EQ_STR(heard.last, "hello");
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 10), 1);
    TP_CHECK_EQ_STR(heard.last, "two");
    TP_CHECK_EQ_I64(heard.info.joined_ns, 100);
    TP_CHECK_EQ_I64(heard.info.session_id, tpi_publication_session_id(pub));
    TP_CHECK_EQ_U64(tpi_fake_bus_sent(bus, 7), 2);
    tear_down();
}

TP_TEST(an_image_is_gone_only_after_its_messages_were_read)
{
    set_up();
    turn(1);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "last", 4), TPI_SEND_OK);
    tpi_publication_close(pub);
    turn(2);
    TP_CHECK_EQ_I64(heard.unavailable, 0);
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 10), 1);
    turn(3);
    TP_CHECK_EQ_I64(heard.unavailable, 1);
    TP_CHECK_EQ_U64(tpi_subscription_image_count(sub), 0);
    tear_down();
}

TP_TEST(an_outage_voids_handles_and_the_next_generation_has_them_again)
{
    set_up();
    turn(1);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "old", 3), TPI_SEND_OK);
    tpi_fake_bus_set_up(bus, false);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "no", 2), TPI_SEND_NOT_READY);
    turn(2);
    TP_CHECK_EQ_I64(tpi_link_state(a), TPI_LINK_LOST);
    TP_CHECK_EQ_I64(heard.unavailable, 1);
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 10), 0);
    tpi_fake_bus_set_up(bus, true);
    turn(3);
    TP_CHECK_EQ_I64(tpi_link_state(b), TPI_LINK_UP);
    TP_CHECK_EQ_U64(tpi_link_generation(b), 2);
    TP_CHECK_EQ_I64(heard.available, 2);
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 10), 0);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "new", 3), TPI_SEND_OK);
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 10), 1);
    TP_CHECK_EQ_STR(heard.last, "new");
    /* Down and up between two turns is still an outage. */
    tpi_fake_bus_set_up(bus, false);
    tpi_fake_bus_set_up(bus, true);
    turn(4);
    TP_CHECK_EQ_I64(tpi_link_state(b), TPI_LINK_LOST);
    turn(5);
    TP_CHECK_EQ_U64(tpi_link_generation(b), 3);
    tear_down();
}

TP_TEST(faults_are_counted_down_and_a_full_subscriber_presses_back)
{
    set_up();
    turn(1);
    tpi_fake_bus_force_send(bus, 7, TPI_SEND_BACK_PRESSURED, 2);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "a", 1), TPI_SEND_BACK_PRESSURED);
    tpi_claim_buffer_t claim;
    TP_CHECK_EQ_I64(tpi_publication_claim(pub, 1, &claim), TPI_SEND_BACK_PRESSURED);
    tpi_fake_bus_lose(bus, 7, 1);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "lost", 4), TPI_SEND_OK);
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 10), 0);
    TP_CHECK_EQ_U64(tpi_fake_bus_sent(bus, 7), 1);
    int sent = 0;
    while (tpi_publication_offer(pub, "x", 1) == TPI_SEND_OK) {
        sent++;
    }
    TP_CHECK_EQ_I64(sent, TPI_FAKE_QUEUE_MAX);
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 1), 1);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "x", 1), TPI_SEND_OK);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "x", 1), TPI_SEND_BACK_PRESSURED);
    tpi_subscription_close(sub);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "x", 1), TPI_SEND_NOT_CONNECTED);
    TP_CHECK_EQ_I64(tpi_publication_claim(pub, TPI_FAKE_MAX_CLAIM + 1, &claim), TPI_SEND_ERROR);
    tear_down();
}

TP_TEST(a_subscription_may_be_closed_inside_its_own_message)
{
    set_up();
    turn(1);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "a", 1), TPI_SEND_OK);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, "b", 1), TPI_SEND_OK);
    heard.close_me = sub;
    TP_CHECK_EQ_I64(tpi_subscription_poll(sub, on_message, &heard, 10), 1);
    TP_CHECK(!tpi_publication_is_connected(pub));
    tear_down();
}

static void count_counters(void *clientd, const tpi_counter_view_t *counter)
{
    int64_t *sum = clientd;
    TP_CHECK_EQ_STR(counter->label, "things");
    TP_CHECK_EQ_U64(counter->key_len, 2);
    *sum += counter->value;
}

TP_TEST(counters_count_before_they_are_ready_and_are_listed_then)
{
    set_up();
    tpi_counter_t *counter;
    int64_t sum = 0;
    TP_CHECK_EQ_I64(tpi_link_add_counter(a, &counter, 2103, "ab", 2, "things"), 0);
    tpi_counter_add(counter, 5);
    tpi_fake_bus_foreach_counter(bus, count_counters, &sum);
    TP_CHECK_EQ_I64(sum, 0);
    turn(1);
    tpi_counter_add(counter, 2);
    TP_CHECK_EQ_I64(tpi_counter_get(counter), 7);
    tpi_fake_bus_foreach_counter(bus, count_counters, &sum);
    TP_CHECK_EQ_I64(sum, 7);
    tear_down();
}

TP_TEST(a_counter_is_found_by_the_start_of_its_key_and_its_word_is_shared_until_it_goes)
{
    set_up();
    tpi_counter_t *counter;
    tpi_counter_ref_t ref;
    TP_CHECK_EQ_I64(tpi_link_add_counter(a, &counter, 2106, "abc", 3, "word"), 0);
    TP_CHECK(!tpi_link_find_counter(b, 2106, "ab", 2, -1, &ref)); /* not ready */
    turn(1);
    TP_CHECK(!tpi_link_find_counter(b, 2105, "ab", 2, -1, &ref));
    TP_CHECK(!tpi_link_find_counter(b, 2106, "b", 1, -1, &ref));
    TP_CHECK(!tpi_link_find_counter(b, 2106, "abcd", 4, -1, &ref));
    TP_CHECK(tpi_link_find_counter(b, 2106, "ab", 2, -1, &ref));
    tpi_counter_set(counter, 5);
    _Atomic int64_t *word = tpi_link_counter_word(b, &ref);
    TP_CHECK(word != NULL && word == *tpi_counter_word(counter));
    atomic_store(word, 6);
    TP_CHECK_EQ_I64(tpi_counter_get(counter), 6);
    tpi_counter_close(counter);
    TP_CHECK(tpi_link_counter_word(b, &ref) == NULL);
    TP_CHECK(!tpi_link_find_counter(b, 2106, "ab", 2, -1, &ref));
    tear_down();
}

TP_TEST(of_several_counters_with_that_key_each_has_its_turn)
{
    set_up();
    tpi_counter_t *counters[3];
    tpi_counter_ref_t ref = { .counter_id = -1 };
    for (int i = 0; i < 3; i++) {
        TP_CHECK_EQ_I64(tpi_link_add_counter(a, &counters[i], 2106, i == 1 ? "x" : "k", 1, ""), 0);
    }
    turn(1);
    for (int i = 0; i < 6; i++) {
        TP_CHECK(tpi_link_find_counter(b, 2106, "k", 1, ref.counter_id, &ref));
        TP_CHECK(tpi_link_counter_word(b, &ref) == *tpi_counter_word(counters[i % 2 * 2]));
    }
    TP_CHECK(tpi_link_find_counter(b, 2106, "k", 1, INT32_MAX, &ref)); /* none is behind it */
    TP_CHECK(tpi_link_counter_word(b, &ref) == *tpi_counter_word(counters[0]));
    tear_down();
}

TP_TEST(after_an_outage_a_found_counter_is_void)
{
    set_up();
    tpi_counter_t *counter;
    tpi_counter_ref_t ref;
    TP_CHECK_EQ_I64(tpi_link_add_counter(a, &counter, 2106, "abc", 3, "word"), 0);
    turn(1);
    TP_CHECK(tpi_link_find_counter(b, 2106, "abc", 3, -1, &ref));
    tpi_fake_bus_set_up(bus, false);
    turn(2);
    TP_CHECK(tpi_link_counter_word(b, &ref) == NULL);
    TP_CHECK(!tpi_link_find_counter(b, 2106, "abc", 3, -1, &ref));
    tpi_fake_bus_set_up(bus, true);
    turn(3);
    TP_CHECK(tpi_link_counter_word(b, &ref) == NULL); /* of an earlier generation */
    TP_CHECK(tpi_link_find_counter(b, 2106, "abc", 3, -1, &ref));
    TP_CHECK(tpi_link_counter_word(b, &ref) != NULL);
    tear_down();
}

TP_TEST_MAIN()

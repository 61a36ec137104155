/*
 * The model of `tp top` on counters made by hand.
 */
#include "top/model.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "tp_test.h"

enum { SECOND = 1000000000 };

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-6;
}

static void add(tp_top_snapshot_t *snapshot, int32_t type_id, const uint8_t *key, size_t key_len,
                int64_t value, const char *label)
{
    const tpi_counter_view_t view = { .counter_id = (int32_t)snapshot->ncounters,
                                      .type_id = type_id,
                                      .value = value,
                                      .key = key,
                                      .key_len = key_len,
                                      .label = label };
    tp_top_add(snapshot, &view);
}

static void add_stream(tp_top_snapshot_t *snapshot, uint32_t stream_id, uint32_t nslots,
                       int64_t epoch)
{
    uint8_t key[TPI_COUNTER_KEY_MAX] = { 0 };
    tpi_put_u32(key, stream_id);
    tpi_put_u32(key + 4, nslots);
    tpi_put_u16(key + 8, 2);
    memcpy(key + 10, "/dev/shm/ring", 13);
    add(snapshot, TPI_COUNTER_STREAM, key, 10 + 13, epoch, "tensorpool stream");
}

static void add_value(tp_top_snapshot_t *snapshot, int32_t type_id, uint32_t which,
                      uint32_t stream_id, uint32_t client_id, int64_t value)
{
    uint8_t key[12];
    tpi_put_u32(key, which);
    tpi_put_u32(key + 4, stream_id);
    tpi_put_u32(key + 8, client_id);
    add(snapshot, type_id, key, sizeof key, value, "tp");
}

static void add_lease(tp_top_snapshot_t *snapshot, uint64_t lease_id, uint32_t stream_id,
                      uint32_t client_id, uint8_t role, int64_t expires_ns)
{
    uint8_t key[17];
    tpi_put_u64(key, lease_id);
    tpi_put_u32(key + 8, stream_id);
    tpi_put_u32(key + 12, client_id);
    key[16] = role;
    add(snapshot, TPI_COUNTER_LEASE, key, sizeof key, expires_ns, "lease");
}

static void add_consumer(tp_top_snapshot_t *snapshot, uint32_t client_id, int64_t accepted,
                         int64_t overrun, int64_t lag)
{
    add_value(snapshot, TPI_COUNTER_CONSUMER, TP_TOP_ACCEPTED, 7, client_id, accepted);
    add_value(snapshot, TPI_COUNTER_CONSUMER, TP_TOP_OVERRUN, 7, client_id, overrun);
    add_value(snapshot, TPI_COUNTER_CONSUMER, TP_TOP_CONSUMER_BYTES, 7, client_id,
              (int64_t)((uint64_t)accepted * 1048576)); /* accepted may be anything */
    add_value(snapshot, TPI_COUNTER_CONSUMER, TP_TOP_LAG, 7, client_id, lag);
}

static tp_top_snapshot_t before, now;

/* Stream 7 of 64 slots, a producer at 100 frames/s of 1 MiB, two seconds between the snapshots. */
static void take(tp_top_snapshot_t *snapshot, int64_t second, int64_t published, uint64_t newest)
{
    tp_top_begin(snapshot, second * SECOND);
    add_stream(snapshot, 7, 64, 55);
    add_value(snapshot, TPI_COUNTER_PRODUCER, TP_TOP_PUBLISHED, 7, 1, published);
    add_value(snapshot, TPI_COUNTER_PRODUCER, TP_TOP_PRODUCER_BYTES, 7, 1, published * 1048576);
    snapshot->streams[0].has_newest = true;
    snapshot->streams[0].newest_seq = newest;
}

static const tp_top_client_t *client(uint32_t client_id)
{
    for (size_t i = 0; i < now.nclients; i++) {
        if (now.clients[i].client_id == client_id) {
            return &now.clients[i];
        }
    }
    TP_CHECK(false);
    return NULL;
}

static void done(void)
{
    tp_top_fini(&before);
    tp_top_fini(&now);
}

/* Proves: OP-6 */
TP_TEST(rates_are_what_two_snapshots_differ_by_over_their_time)
{
    take(&before, 10, 1000, 999);
    take(&now, 12, 1200, 1199);
    tp_top_compare(&now, &before);
    TP_CHECK_EQ_U64(now.nclients, 1);
    TP_CHECK(client(1)->has_rate && client(1)->is_producer);
    TP_CHECK(is_near(client(1)->frames_per_s, 100));
    TP_CHECK(is_near(client(1)->mib_per_s, 100));
    TP_CHECK(now.streams[0].has_rate);
    TP_CHECK(is_near(now.streams[0].frames_per_s, 100));
    TP_CHECK_EQ_U64(now.streams[0].nslots, 64);
    TP_CHECK_EQ_U64(now.streams[0].npools, 2);
    TP_CHECK_EQ_STR(now.streams[0].header_path, "/dev/shm/ring");
    done();
}

TP_TEST(one_snapshot_alone_knows_no_rates)
{
    take(&now, 12, 1200, 1199);
    add_consumer(&now, 2, 10, 0, 3);
    tp_top_compare(&now, NULL);
    TP_CHECK(!client(1)->has_rate);
    TP_CHECK(!client(2)->has_rate);
    TP_CHECK(!now.streams[0].has_rate);
    TP_CHECK_EQ_I64(now.streams[0].margin, 61);
    done();
}

TP_TEST(the_margin_is_that_of_the_slowest_consumer)
{
    take(&before, 10, 1000, 999);
    take(&now, 12, 1200, 1199);
    add_consumer(&now, 2, 10, 0, 3);
    add_consumer(&now, 3, 10, 0, 60);
    tp_top_compare(&now, &before);
    TP_CHECK_EQ_U64(now.streams[0].nconsumers, 2);
    TP_CHECK(now.streams[0].has_margin);
    TP_CHECK_EQ_I64(now.streams[0].margin, 4);
    TP_CHECK_EQ_U64(now.streams[0].slowest_client_id, 3);
    take(&now, 12, 1200, 1199);
    add_consumer(&now, 2, 10, 0, 64);
    tp_top_compare(&now, &before);
    TP_CHECK_EQ_I64(now.streams[0].margin, 0);
    done();
}

TP_TEST(drops_are_kept_by_cause_and_summed_for_the_rate)
{
    take(&before, 10, 1000, 999);
    add_consumer(&before, 2, 10, 5, 0);
    add_value(&before, TPI_COUNTER_CONSUMER, TP_TOP_DROPS_REMAP, 7, 2, 1);
    take(&now, 12, 1200, 1199);
    add_consumer(&now, 2, 20, 15, 0);
    add_value(&now, TPI_COUNTER_CONSUMER, TP_TOP_DROPS_REMAP, 7, 2, 3);
    tp_top_compare(&now, &before);
    TP_CHECK_EQ_I64(tp_top_drops(client(2), TP_DROP_OVERRUN), 15);
    TP_CHECK_EQ_I64(tp_top_drops(client(2), TP_DROP_REMAP), 3);
    TP_CHECK_EQ_I64(tp_top_drops(client(2), TP_DROP_PAYLOAD), 0);
    TP_CHECK(is_near(client(2)->drops_per_s, 6));
    TP_CHECK(is_near(client(2)->mib_per_s, 5));
    done();
}

TP_TEST(a_consumer_whose_counters_stand_still_falls_behind_by_what_the_ring_went_on)
{
    take(&before, 10, 1000, 999);
    add_consumer(&before, 2, 10, 0, 3);
    add_consumer(&before, 3, 10, 0, 3);
    tp_top_compare(&before, NULL);
    take(&now, 12, 1200, 1019);
    add_consumer(&now, 2, 10, 0, 3);
    add_consumer(&now, 3, 30, 0, 3);
    tp_top_compare(&now, &before);
    TP_CHECK(client(2)->is_silent);
    TP_CHECK_EQ_I64(client(2)->lag, 23);
    TP_CHECK(!client(3)->is_silent);
    TP_CHECK_EQ_I64(client(3)->lag, 3);
    TP_CHECK_EQ_I64(now.streams[0].margin, 41);
    done();
}

TP_TEST(a_stream_that_stands_still_silences_nobody)
{
    take(&before, 10, 1000, 999);
    add_consumer(&before, 2, 10, 0, 0);
    tp_top_compare(&before, NULL);
    take(&now, 12, 1000, 999);
    add_consumer(&now, 2, 10, 0, 0);
    tp_top_compare(&now, &before);
    TP_CHECK(!client(2)->is_silent);
    TP_CHECK_EQ_I64(client(2)->lag, 0);
    /* Nor does a new epoch, whose seqs are not those of the old one. */
    take(&now, 12, 1000, 5000);
    add_consumer(&now, 2, 10, 0, 0);
    now.streams[0].epoch = 56;
    tp_top_compare(&now, &before);
    TP_CHECK(!client(2)->is_silent);
    done();
}

TP_TEST(a_role_that_started_anew_counts_from_nothing)
{
    take(&before, 10, 1000, 999);
    take(&now, 12, 50, 49);
    tp_top_compare(&now, &before);
    TP_CHECK(is_near(client(1)->frames_per_s, 25));
    done();
}

TP_TEST(leases_belong_to_their_client_in_its_role)
{
    take(&now, 12, 50, 49);
    add_consumer(&now, 1, 20, 0, 0); /* the id of the producer, as a consumer */
    add_lease(&now, 90, 7, 1, 1, 13 * (int64_t)SECOND);
    add_lease(&now, 91, 7, 1, 2, 14 * (int64_t)SECOND);
    add_lease(&now, 92, 8, 5, 2, 14 * (int64_t)SECOND); /* no figures, no stream counter */
    tp_top_compare(&now, NULL);
    TP_CHECK_EQ_U64(now.nclients, 3);
    TP_CHECK(now.clients[0].is_producer);
    TP_CHECK_EQ_U64(now.clients[0].lease_id, 90);
    TP_CHECK_EQ_U64(now.clients[1].lease_id, 91);
    TP_CHECK_EQ_U64(now.clients[2].stream_id, 8);
    TP_CHECK(!now.clients[2].has_lag);
    TP_CHECK_EQ_U64(now.nstreams, 2);
    TP_CHECK(!now.streams[1].has_counter);
    done();
}

TP_TEST(a_consumer_that_publishes_fewer_counters_has_no_lag)
{
    take(&now, 12, 50, 49);
    add_value(&now, TPI_COUNTER_CONSUMER, TP_TOP_ACCEPTED, 7, 2, 10);
    tp_top_compare(&now, NULL);
    TP_CHECK(!client(2)->has_lag);
    TP_CHECK(!now.streams[0].has_margin);
    done();
}

TP_TEST(keys_that_are_too_short_and_values_out_of_range_are_survived)
{
    uint8_t key[TPI_COUNTER_KEY_MAX];
    memset(key, 0xff, sizeof key);
    tp_top_begin(&now, 1);
    const int32_t types[] = { TPI_COUNTER_LEASE,
                              TPI_COUNTER_STREAM,
                              TPI_COUNTER_DRIVER,
                              TPI_COUNTER_PRODUCER,
                              TPI_COUNTER_CONSUMER,
                              TPI_COUNTER_BRIDGE,
                              0 };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        for (size_t len = 0; len <= sizeof key; len++) {
            add(&now, types[i], key, len, INT64_MIN, "\x1b[2J");
        }
    }
    add_stream(&now, 7, 0, INT64_MIN);
    add_consumer(&now, 2, INT64_MAX, INT64_MIN, INT64_MIN);
    add_consumer(&now, 3, INT64_MIN, INT64_MAX, INT64_MAX);
    tp_top_begin(&before, 0);
    add_stream(&before, 7, 0, INT64_MIN);
    add_consumer(&before, 2, INT64_MIN, INT64_MAX, INT64_MAX);
    add_consumer(&before, 3, INT64_MIN, INT64_MAX, INT64_MAX);
    before.streams[0].has_newest = now.streams[0].has_newest = true;
    for (size_t i = 0; i < now.nstreams; i++) {
        now.streams[i].has_newest = true;
        now.streams[i].newest_seq = UINT64_MAX >> 1;
    }
    tp_top_compare(&now, &before);
    for (size_t i = 0; i < now.nclients; i++) {
        TP_CHECK(now.clients[i].lag >= 0);
    }
    for (size_t i = 0; i < now.nfigures; i++) {
        TP_CHECK_EQ_STR(now.figures[i].label, "?[2J"); /* no escape sequence reaches a terminal */
    }
    TP_CHECK(now.nfigures > 0);
    done();
}

TP_TEST(orders_are_what_their_names_say)
{
    take(&before, 10, 1000, 999);
    add_consumer(&before, 2, 0, 0, 0);
    add_consumer(&before, 3, 0, 0, 0);
    take(&now, 12, 1001, 1000);
    add_consumer(&now, 2, 100, 0, 9);
    add_consumer(&now, 3, 50, 4, 3);
    tp_top_compare(&now, &before);
    tp_top_sort(&now, TP_TOP_BY_RATE);
    TP_CHECK_EQ_U64(now.clients[0].client_id, 2);
    tp_top_sort(&now, TP_TOP_BY_DROPS);
    TP_CHECK_EQ_U64(now.clients[0].client_id, 3);
    tp_top_sort(&now, TP_TOP_BY_LAG);
    TP_CHECK_EQ_U64(now.clients[0].client_id, 2);
    tp_top_sort(&now, TP_TOP_BY_STREAM);
    TP_CHECK_EQ_U64(now.clients[0].client_id, 1);
    done();
}

TP_TEST(figures_of_drivers_are_summed_by_their_which)
{
    uint8_t key[4];
    tp_top_begin(&before, 0);
    tp_top_begin(&now, SECOND);
    tpi_put_u32(key, 10);
    add(&before, TPI_COUNTER_DRIVER, key, sizeof key, 5, "tensorpool driver a: announces");
    add(&now, TPI_COUNTER_DRIVER, key, sizeof key, 8, "tensorpool driver a: announces");
    add(&now, TPI_COUNTER_DRIVER, key, sizeof key, 100, "tensorpool driver b: announces");
    tp_top_compare(&now, &before);
    int64_t value;
    double per_s;
    TP_CHECK(tp_top_driver_sum(&now, 10, &value, &per_s));
    TP_CHECK_EQ_I64(value, 108);
    TP_CHECK(is_near(per_s, 3));
    TP_CHECK(!tp_top_driver_sum(&now, 11, &value, &per_s));
    done();
}

TP_TEST_MAIN()

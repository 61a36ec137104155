#include "relay.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tp_proc.h"
#include "tp_test.h"

enum { MANY = 10000 };

static uint32_t seen[4 * MANY];
static size_t nseen;
static uint8_t last[RELAY_MAX_DATAGRAM];

static void keep(void *clientd, const uint8_t *data, size_t length)
{
    (void)clientd;
    memcpy(last, data, length);
    memcpy(&seen[nseen++], data, sizeof seen[0]);
}

static relay_t relay;

static void start(const relay_options_t *options)
{
    nseen = 0;
    TP_CHECK(relay_init(&relay, options, keep, NULL));
}

static void send_numbers(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        relay_take(&relay, (const uint8_t *)&i, sizeof i);
    }
}

TP_TEST(a_good_network_changes_nothing)
{
    start(&(relay_options_t){ .seed = 1 });
    send_numbers(MANY);
    TP_CHECK_EQ_U64(nseen, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        TP_CHECK_EQ_U64(seen[i], i);
    }
    TP_CHECK_EQ_U64(relay.stats.sent, MANY);
    TP_CHECK_EQ_U64(relay.stats.bytes_sent, 4 * MANY);
    relay_free(&relay);
}

TP_TEST(the_seed_decides_what_is_lost_and_all_is_counted)
{
    static uint32_t first[MANY];
    const relay_options_t options = {
        .seed = 42, .loss = 0.1, .duplication = 0.05, .reordering = 0.05, .hold = 3
    };
    start(&options);
    send_numbers(MANY);
    relay_flush(&relay);
    const relay_stats_t stats = relay.stats;
    const size_t n = nseen;
    memcpy(first, seen, sizeof first);
    TP_CHECK_EQ_U64(stats.received, MANY);
    TP_CHECK_EQ_U64(stats.sent, stats.received - stats.lost + stats.duplicated);
    TP_CHECK_EQ_U64(stats.sent, n);
    /* within five standard deviations of what was asked for */
    TP_CHECK(stats.lost > 850 && stats.lost < 1150);
    TP_CHECK(stats.duplicated > 300 && stats.duplicated < 560);
    TP_CHECK(stats.reordered > 300 && stats.reordered < 560);
    relay_free(&relay);
    start(&options);
    send_numbers(MANY);
    relay_flush(&relay);
    TP_CHECK_EQ_U64(nseen, n);
    TP_CHECK(memcmp(first, seen, (n < MANY ? n : MANY) * sizeof first[0]) == 0);
    relay_free(&relay);
    relay_options_t other = options;
    other.seed = 43;
    start(&other);
    send_numbers(MANY);
    TP_CHECK(memcmp(first, seen, 1000 * sizeof first[0]) != 0);
    relay_free(&relay);
}

TP_TEST(what_is_held_comes_after_n_others_or_when_nothing_follows)
{
    start(&(relay_options_t){ .seed = 5, .reordering = 1.0, .hold = 2 });
    send_numbers(RELAY_MAX_HELD);
    TP_CHECK_EQ_U64(nseen, 0); /* all of them held: none went by */
    TP_CHECK(relay_is_holding(&relay));
    relay_flush(&relay);
    TP_CHECK_EQ_U64(nseen, RELAY_MAX_HELD);
    TP_CHECK(!relay_is_holding(&relay));
    relay_free(&relay);
    start(&(relay_options_t){ .seed = 5, .reordering = 0.01, .hold = 2 });
    send_numbers(MANY);
    relay_flush(&relay);
    TP_CHECK_EQ_U64(nseen, MANY);
    uint64_t late = 0;
    for (size_t i = 0; i + 1 < nseen; i++) {
        late += seen[i] > seen[i + 1];
    }
    TP_CHECK_GT_U64(late, 20);
    TP_CHECK(late <= relay.stats.reordered);
    relay_free(&relay);
}

/* An Aeron frame of `type` with `payload` bytes at `at`; the offset of the next one. */
static size_t put_frame(uint8_t *at, unsigned type, uint32_t payload)
{
    const uint32_t length = 32 + payload;
    memset(at, 0, (length + 31) / 32 * 32);
    memcpy(at, &length, sizeof length);
    at[6] = (uint8_t)type;
    return (length + 31) / 32 * 32;
}

TP_TEST(one_bit_of_a_payload_flips_and_never_one_of_an_aeron_header)
{
    uint8_t good[4096], bad[4096];
    size_t length = put_frame(good, 1, 100);
    const size_t second = length;
    length += put_frame(good + length, 1, 50);
    const size_t padding = length;
    length += put_frame(good + length, 0, 64);
    bool in_first = false, in_second = false;
    for (uint64_t random = 0; random < 20000; random++) {
        memcpy(bad, good, length);
        TP_CHECK(relay_corrupt(bad, length, random));
        unsigned bits = 0;
        size_t where = 0;
        for (size_t i = 0; i < length; i++) {
            for (unsigned diff = good[i] ^ bad[i]; diff != 0; diff &= diff - 1) {
                bits++;
                where = i;
            }
        }
        TP_CHECK_EQ_U64(bits, 1);
        in_first = in_first || where < second;
        in_second = in_second || where >= second;
        TP_CHECK((where >= 32 && where < 132) || (where >= second + 32 && where < second + 82));
    }
    TP_CHECK(in_first && in_second && padding > second);
    /* SETUP, a heartbeat, a length that lies, too short */
    length = put_frame(bad, 5, 8);
    TP_CHECK(!relay_corrupt(bad, length, 99));
    length = put_frame(bad, 1, 0);
    TP_CHECK(!relay_corrupt(bad, length, 99));
    length = put_frame(bad, 1, 64);
    TP_CHECK(!relay_corrupt(bad, length - 32, 99));
    TP_CHECK(!relay_corrupt(bad, 20, 99));
    TP_CHECK(!relay_corrupt(bad, 0, 99));
}

static int bound_socket(struct sockaddr_in *at)
{
    socklen_t length = sizeof *at;
    const struct timeval patience = { .tv_sec = 10 };
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    *at = (struct sockaddr_in){ .sin_family = AF_INET };
    at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    TP_CHECK(fd >= 0 && bind(fd, (struct sockaddr *)at, sizeof *at) == 0);
    TP_CHECK(getsockname(fd, (struct sockaddr *)at, &length) == 0);
    TP_CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    return fd;
}

static uint64_t field(const char *json, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(json, key);
    TP_CHECK_MSG(at != NULL, "no %s in %s", name, json);
    return strtoull(at + strlen(key), NULL, 10);
}

TP_TEST(the_program_forwards_answers_and_says_what_it_did)
{
    struct sockaddr_in receiver_at, sender_at, relay_at, from;
    socklen_t from_length = sizeof from;
    char to[64];
    uint8_t frame[64] = { 0 }, got[256];
    const int receiver = bound_socket(&receiver_at);
    const int sender = bound_socket(&sender_at);
    snprintf(to, sizeof to, "127.0.0.1:%d", ntohs(receiver_at.sin_port));
    tp_proc_t *proc = tp_proc_spawn((const char *[]){ TP_PROGRAM("net_relay"), "--listen",
                                                      "127.0.0.1:0", "--to", to, "--seed", "3",
                                                      "--duplicate", "1", "--corrupt", "1", NULL });
    relay_at = sender_at;
    relay_at.sin_port = htons((uint16_t)field(tp_proc_expect(proc, "ready", 10000), "port"));
    put_frame(frame, 1, 32);
    TP_CHECK(sendto(sender, frame, sizeof frame, 0, (struct sockaddr *)&relay_at,
                    sizeof relay_at) == (ssize_t)sizeof frame);
    for (int i = 0; i < 2; i++) { /* twice, and both times with the same bit flipped */
        TP_CHECK_EQ_I64(
            recvfrom(receiver, got, sizeof got, 0, (struct sockaddr *)&from, &from_length),
            (int64_t)sizeof frame);
        TP_CHECK(memcmp(got, frame, 32) == 0);
        TP_CHECK(memcmp(got + 32, frame + 32, 32) != 0);
    }
    TP_CHECK(sendto(receiver, "answer", 6, 0, (struct sockaddr *)&from, sizeof from) == 6);
    TP_CHECK_EQ_I64(recvfrom(sender, got, sizeof got, 0, (struct sockaddr *)&from, &from_length),
                    6);
    TP_CHECK(memcmp(got, "answer", 6) == 0);
    TP_CHECK_EQ_U64(from.sin_port, relay_at.sin_port);
    tp_proc_signal(proc, SIGTERM);
    const char *summary = tp_proc_expect(proc, "summary", 10000);
    TP_CHECK_EQ_U64(field(summary, "received"), 1);
    TP_CHECK_EQ_U64(field(summary, "sent"), 2);
    TP_CHECK_EQ_U64(field(summary, "duplicated"), 1);
    TP_CHECK_EQ_U64(field(summary, "corrupted"), 1);
    TP_CHECK_EQ_U64(field(summary, "back_received"), 1);
    TP_PROC_EXITS(proc, 0, 10000);
    tp_proc_free(proc);
    proc = tp_proc_spawn((const char *[]){ TP_PROGRAM("net_relay"), "--loss", "2", NULL });
    TP_PROC_EXITS(proc, 2, 10000);
    TP_CHECK_CONTAINS(tp_proc_stderr(proc), "'2', expected a number from 0 to 1");
    tp_proc_free(proc);
    close(receiver);
    close(sender);
}

TP_TEST_MAIN()

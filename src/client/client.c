/*
 * client/client.c - the connection that attachments share: one link, the control and announce
 * streams, ids, and the order of one turn.
 *
 * One turn (tp_client_do_work): the clock is read once; the link is driven; announces are heard
 * before control messages, so that a notice which was published before an announce is known when
 * roles act on that announce (driver.md D-54, D-57; roles act on announces in their tick, not in
 * the handler); then leases and roles whose time has come look at their deadlines. Deadlines come last: a process that
 * was stopped first hears what waited for it.
 */
#include "client/client_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/fail.h"

#define POLL_LIMIT 64
#define POLLS_MAX 8
#define CLAIM_MAX 1024u

static int64_t realtime(void *clientd)
{
    (void)clientd;
    return tpi_realtime_ns();
}

static bool have_same_stream(const tp_client_options_t *o)
{
    return o->announce_stream_id == o->control_stream_id &&
           strcmp(o->announce_channel, o->control_channel) == 0;
}

static bool is_heard(const tp_client_options_t *o, const char *channel, int32_t stream_id)
{
    return (stream_id == o->control_stream_id && strcmp(channel, o->control_channel) == 0) ||
           (stream_id == o->announce_stream_id && strcmp(channel, o->announce_channel) == 0);
}

static int add_streams(tp_client_t *client)
{
    const tp_client_options_t *o = &client->options;
    int rc = tpi_link_add_subscription(client->link, &client->control_sub, o->control_channel,
                                       o->control_stream_id, tpi_client_on_image, client);
    if (rc == TP_OK && !have_same_stream(o)) {
        rc = tpi_link_add_subscription(client->link, &client->announce_sub, o->announce_channel,
                                       o->announce_stream_id, NULL, NULL);
    }
    if (rc == TP_OK) {
        rc = tpi_link_add_publication(client->link, &client->control_pub, o->control_channel,
                                      o->control_stream_id, false);
    }
    return rc;
}

/* Everything but the link. */
static void release(tp_client_t *client)
{
    tpi_subscription_close(client->control_sub);
    tpi_subscription_close(client->announce_sub);
    tpi_subscription_close(client->qos_sub);
    tpi_publication_close(client->control_pub);
    tpi_publication_close(client->announce_pub);
    tpi_publication_close(client->qos_pub);
    tpi_publication_close(client->descriptor_pub);
    tpi_bases_destroy(client->bases);
    free(client->texts);
    free(client);
}

int tpi_client_create_with_link(tp_client_t **out, const tp_client_options_t *options,
                                tpi_link_t *link)
{
    int rc;
    tp_client_t *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return tpi_fail(TP_ENOMEM, "client");
    }
    rc = tpi_client_options_read(&client->options, &client->texts, options);
    if (rc == TP_OK) {
        rc = tpi_bases_create(&client->bases, client->options.allowed_base_dirs,
                              client->options.allowed_base_dirs_count);
    }
    /* The caller's array; the canonical copies in `bases` are what counts. */
    client->options.allowed_base_dirs = NULL;
    client->options.allowed_base_dirs_count = 0;
    client->realtime_clock = realtime;
    client->random_state = client->options.random_seed;
    if (rc == TP_OK && client->random_state == 0 &&
        getrandom(&client->random_state, sizeof client->random_state, 0) !=
            sizeof client->random_state) {
        rc = tpi_fail_errno("getrandom");
    }
    if (rc == TP_OK) {
        client->link = link;
        client->now_ns = tpi_client_clock(client);
        rc = add_streams(client);
    }
    if (rc != TP_OK) {
        release(client);
        return rc;
    }
    *out = client;
    return TP_OK;
}

int tp_client_create(tp_client_t **out, const tp_client_options_t *options)
{
    tp_client_options_t o;
    char *texts = NULL;
    tpi_link_t *link = NULL;
    if (out == NULL) {
        return tpi_fail(TP_EINVAL, "out is NULL");
    }
    int rc = tpi_client_options_read(&o, &texts, options);
    if (rc != TP_OK) {
        return rc;
    }
    const tpi_link_options_t link_options = {
        .aeron_dir = o.aeron_dir,
        .client_name = o.client_name,
        .driver_timeout_ns = o.media_driver_timeout_ns,
    };
    rc = tpi_link_create_aeron(&link, &link_options);
    free(texts);
    if (rc != TP_OK) {
        return rc;
    }
    rc = tpi_client_create_with_link(out, options, link);
    if (rc != TP_OK) {
        tpi_link_destroy(link);
    }
    return rc;
}

void tp_client_destroy(tp_client_t *client)
{
    if (client == NULL) {
        return;
    }
    tpi_link_t *link = client->link;
    while (client->adapters != NULL) {
        tp_control_adapter_destroy(client->adapters);
    }
    release(client);
    tpi_link_destroy(link);
}

int64_t tpi_client_clock(const tp_client_t *client)
{
    return client->options.clock(client->options.clock_clientd);
}

int64_t tp_client_now_ns(const tp_client_t *client)
{
    return tpi_client_clock(client);
}

/* splitmix64: ids need to differ, not to be secret. */
uint64_t tpi_client_random(tp_client_t *client)
{
    uint64_t z = client->random_state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static bool is_held(const tp_client_t *client, uint32_t id)
{
    for (const tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        if (a->client_id == id || a->fixed_client_id == id) {
            return true;
        }
    }
    return false;
}

uint32_t tpi_client_draw_id(tp_client_t *client)
{
    /* Rule: D-42, W-88 */
    for (;;) {
        const uint32_t id = (uint32_t)(tpi_client_random(client) >> 32);
        if (id != 0 && id != TPI_NULL_U32 && !is_held(client, id)) {
            return id;
        }
    }
}

int64_t tpi_client_draw_correlation(tp_client_t *client, uint32_t client_id)
{
    /* Rule: D-43 The low half starts at random and counts over all requests of this client. */
    if (client->correlation_low == 0) {
        client->correlation_low = (uint32_t)tpi_client_random(client);
    }
    do {
        client->correlation_low++;
    } while (client_id == UINT32_C(0x80000000) &&
             client->correlation_low == 0); /* would be the null value */
    const uint64_t id = ((uint64_t)client_id << 32) | client->correlation_low;
    int64_t out;
    memcpy(&out, &id, sizeof out);
    return out;
}

tpi_send_t tpi_client_send(tp_client_t *client, const void *data, size_t len)
{
    tpi_claim_buffer_t claim;
    if (len > CLAIM_MAX) {
        return tpi_publication_offer(client->control_pub, data, len);
    }
    const tpi_send_t sent =
        tpi_publication_claim(client->control_pub, len, &claim); /* Rule: D-18 */
    if (sent == TPI_SEND_OK) {
        memcpy(claim.data, data, len);
        tpi_publication_commit(client->control_pub, &claim);
    }
    return sent;
}

tpi_send_t tpi_client_send_qos(tp_client_t *client, const void *data, size_t len)
{
    tpi_claim_buffer_t claim;
    if (client->qos_pub == NULL &&
        tpi_link_add_publication(client->link, &client->qos_pub, client->options.qos_channel,
                                 client->options.qos_stream_id, false) != TP_OK) {
        return TPI_SEND_ERROR;
    }
    const tpi_send_t sent = tpi_publication_claim(client->qos_pub, len, &claim);
    if (sent == TPI_SEND_OK) {
        memcpy(claim.data, data, len);
        tpi_publication_commit(client->qos_pub, &claim);
    }
    return sent;
}

int tpi_client_hear_qos(tp_client_t *client)
{
    const tp_client_options_t *o = &client->options;
    if (client->qos_sub != NULL || is_heard(o, o->qos_channel, o->qos_stream_id)) {
        return TP_OK;
    }
    return tpi_link_add_subscription(client->link, &client->qos_sub, o->qos_channel,
                                     o->qos_stream_id, NULL, NULL);
}

int tpi_client_prepare_announces(tp_client_t *client)
{
    const tp_client_options_t *o = &client->options;
    if (client->announce_pub != NULL || have_same_stream(o)) {
        return TP_OK;
    }
    return tpi_link_add_publication(client->link, &client->announce_pub, o->announce_channel,
                                    o->announce_stream_id, false);
}

tpi_send_t tpi_client_send_announce(tp_client_t *client, const void *data, size_t len)
{
    return tpi_publication_offer(
        client->announce_pub != NULL ? client->announce_pub : client->control_pub, data, len);
}

int tpi_client_descriptor_publication(tp_client_t *client, tpi_publication_t **out)
{
    if (client->descriptor_pub == NULL) {
        const int rc = tpi_link_add_publication(client->link, &client->descriptor_pub,
                                                client->options.descriptor_channel,
                                                client->options.descriptor_stream_id, true);
        if (rc != TP_OK) {
            return rc;
        }
    }
    *out = client->descriptor_pub;
    return TP_OK;
}

bool tpi_client_is_connected(const tp_client_t *client, char *out_why, size_t cap)
{
    const char *why = "";
    if (tpi_link_state(client->link) != TPI_LINK_UP) {
        why = tpi_link_error(client->link);
        if (why[0] == '\0') {
            snprintf(out_why, cap, "no media driver in %s", tpi_link_aeron_dir(client->link));
            return false;
        }
    } else if (!tpi_publication_is_ready(client->control_pub)) {
        why = tpi_publication_error(client->control_pub);
        why = why[0] != '\0' ? why : "the control publication is not ready yet";
    } else if (!tpi_subscription_is_ready(client->control_sub)) {
        why = tpi_subscription_error(client->control_sub);
        why = why[0] != '\0' ? why : "the control subscription is not ready yet";
    } else if (client->announce_sub != NULL && !tpi_subscription_is_ready(client->announce_sub)) {
        why = tpi_subscription_error(client->announce_sub);
        why = why[0] != '\0' ? why : "the announce subscription is not ready yet";
    }
    if (why[0] == '\0') {
        out_why[0] = '\0';
        return true;
    }
    snprintf(out_why, cap, "%s", why);
    return false;
}

tp_client_state_t tp_client_state(const tp_client_t *client)
{
    switch (tpi_link_state(client->link)) {
    case TPI_LINK_UP:
        return TP_CLIENT_CONNECTED;
    case TPI_LINK_LOST:
        return TP_CLIENT_LOST;
    case TPI_LINK_CONNECTING:
        break;
    }
    return TP_CLIENT_CONNECTING;
}

const char *tp_client_reason(const tp_client_t *client)
{
    return client->reason;
}

/*
 * Those which have something to do. In most turns none has, and then none is looked at: a turn costs
 * the same with one attachment as with a thousand.
 */
static int tick_attachments(tp_client_t *client, int64_t now_ns)
{
    int work = 0;
    const bool is_everybody = client->generation != client->ticked_generation;
    if (!is_everybody && client->due_ns > now_ns) {
        return 0;
    }
    client->ticked_generation = client->generation;
    client->due_ns = TPI_NEVER;
    for (tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        if (is_everybody || a->due_ns <= now_ns) {
            work += tpi_attachment_tick(a, now_ns);
        }
    }
    /* After all of them: one may stir another. */
    for (const tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        client->due_ns = a->due_ns < client->due_ns ? a->due_ns : client->due_ns;
    }
    return work;
}

int tp_client_do_work(tp_client_t *client)
{
    const int64_t now_ns = tpi_client_clock(client);
    client->now_ns = now_ns;
    int work = tpi_link_do_work(client->link, now_ns);
    const bool is_up = tpi_link_state(client->link) == TPI_LINK_UP;
    client->generation = is_up ? tpi_link_generation(client->link) : 0;
    if (is_up) {
        if (client->announce_sub != NULL) {
            work += tpi_subscription_poll(client->announce_sub, tpi_client_on_message, client,
                                          POLL_LIMIT);
        }
        /* Deadlines are judged when what was waiting has been heard; bounded, should it never end.
         */
        int got = POLL_LIMIT;
        for (int i = 0; i < POLLS_MAX && got >= POLL_LIMIT; i++) {
            got = tpi_subscription_poll(client->control_sub, tpi_client_on_message, client,
                                        POLL_LIMIT);
            work += got;
        }
        if (client->qos_sub != NULL) {
            work +=
                tpi_subscription_poll(client->qos_sub, tpi_client_on_message, client, POLL_LIMIT);
        }
        work += tpi_client_leftovers_tick(client, now_ns);
    }
    work += tick_attachments(client, now_ns);
    (void)tpi_client_is_connected(client, client->reason, sizeof client->reason);
    return work;
}

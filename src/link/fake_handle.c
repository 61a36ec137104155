/*
 * A link without Aeron: publications, subscriptions and counters.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "link/fake_bus.h"

static bool is_live(const fake_link_t *link)
{
    return link->state == TPI_LINK_UP && link->bus->up && link->outage == link->bus->outages;
}

/* ---- who hears whom ---- */

static bool hears(const fake_sub_t *sub, const fake_pub_t *pub)
{
    return !sub->closed && sub->stream_id == pub->stream_id &&
           strcmp(sub->channel, pub->channel) == 0;
}

static fake_image_t *find_image(fake_sub_t *sub, uint64_t number)
{
    for (size_t i = 0; i < sub->image_count; i++) {
        if (sub->images[i].number == number) {
            return &sub->images[i];
        }
    }
    return NULL;
}

void tpi_fake_add_image(fake_sub_t *sub, const fake_pub_t *pub)
{
    if (!pub->ready || !hears(sub, pub) || find_image(sub, pub->image) != NULL) {
        return;
    }
    if (sub->image_count == sub->image_cap) {
        const size_t cap = sub->image_cap == 0 ? 4 : 2 * sub->image_cap;
        fake_image_t *images = realloc(sub->images, cap * sizeof(*images));
        if (images == NULL) {
            return;
        }
        sub->images = images;
        sub->image_cap = cap;
    }
    sub->images[sub->image_count++] =
        (fake_image_t){ .number = pub->image, .session_id = pub->session_id };
}

void tpi_fake_drop_messages(fake_sub_t *sub)
{
    while (sub->head != NULL) {
        fake_message_t *message = sub->head;
        sub->head = message->next;
        free(message);
    }
    sub->tail = &sub->head;
    sub->queued = 0;
}

void tpi_fake_free_sub(fake_sub_t *sub)
{
    fake_sub_t **at = &sub->link->bus->subs;
    while (*at != sub) {
        at = &(*at)->next;
    }
    *at = sub->next;
    tpi_fake_drop_messages(sub);
    free(sub->images);
    free(sub->channel);
    free(sub);
}

void tpi_fake_image_is_gone(tpi_fake_bus_t *bus, uint64_t number)
{
    for (fake_sub_t *sub = bus->subs; sub != NULL; sub = sub->next) {
        fake_image_t *image = find_image(sub, number);
        if (image != NULL) {
            image->gone = true;
        }
    }
}

bool tpi_fake_holds_message_of(const fake_sub_t *sub, uint64_t number)
{
    for (const fake_message_t *message = sub->head; message != NULL; message = message->next) {
        if (message->image == number) {
            return true;
        }
    }
    return false;
}

/* ---- publications ---- */

static bool is_heard(const fake_pub_t *pub, size_t *out_fullest)
{
    bool heard = false;
    *out_fullest = 0;
    for (const fake_sub_t *sub = pub->link->bus->subs; sub != NULL; sub = sub->next) {
        if (hears(sub, pub)) {
            heard = true;
            *out_fullest = sub->queued > *out_fullest ? sub->queued : *out_fullest;
        }
    }
    return heard;
}

static tpi_send_t may_send(fake_pub_t *pub)
{
    if (!pub->ready || !is_live(pub->link)) {
        return TPI_SEND_NOT_READY;
    }
    if (pub->stream->forced_left != 0) {
        pub->stream->forced_left -= pub->stream->forced_left > 0;
        return pub->stream->forced;
    }
    size_t fullest;
    if (!is_heard(pub, &fullest)) {
        return TPI_SEND_NOT_CONNECTED;
    }
    return fullest >= TPI_FAKE_QUEUE_MAX ? TPI_SEND_BACK_PRESSURED : TPI_SEND_OK;
}

static void deliver(fake_pub_t *pub, const void *data, size_t len)
{
    pub->stream->sent++;
    if (pub->stream->lose_left != 0) {
        pub->stream->lose_left -= pub->stream->lose_left > 0;
        return;
    }
    for (fake_sub_t *sub = pub->link->bus->subs; sub != NULL; sub = sub->next) {
        if (!hears(sub, pub)) {
            continue;
        }
        fake_message_t *message = malloc(sizeof(*message) + len);
        if (message != NULL) {
            tpi_fake_add_image(sub, pub);
            message->next = NULL;
            message->image = pub->image;
            message->len = len;
            memcpy(message->data, data, len);
            *sub->tail = message;
            sub->tail = &message->next;
            sub->queued++;
        }
    }
}

static tpi_send_t fake_offer(tpi_publication_t *base, const void *data, size_t len)
{
    fake_pub_t *pub = (fake_pub_t *)base;
    if (len > TPI_FAKE_MAX_MESSAGE) {
        return TPI_SEND_ERROR;
    }
    const tpi_send_t result = may_send(pub);
    if (result == TPI_SEND_OK) {
        deliver(pub, data, len);
    }
    return result;
}

static tpi_send_t fake_claim(tpi_publication_t *base, size_t len, tpi_claim_buffer_t *out_claim)
{
    fake_pub_t *pub = (fake_pub_t *)base;
    if (len > TPI_FAKE_MAX_CLAIM) {
        return TPI_SEND_ERROR;
    }
    const tpi_send_t result = may_send(pub);
    if (result == TPI_SEND_OK) {
        *out_claim = (tpi_claim_buffer_t){ .data = pub->claim, .len = len };
    }
    return result;
}

static void fake_commit(tpi_publication_t *base, tpi_claim_buffer_t *claim)
{
    fake_pub_t *pub = (fake_pub_t *)base;
    /* A claim held over an outage went into a log nobody reads any more. */
    if (pub->ready && is_live(pub->link)) {
        deliver(pub, claim->data, claim->len);
    }
    claim->data = NULL;
}

static void fake_abort(tpi_publication_t *base, tpi_claim_buffer_t *claim)
{
    (void)base;
    claim->data = NULL;
}

void tpi_fake_pub_close(tpi_publication_t *base)
{
    fake_pub_t *pub = (fake_pub_t *)base;
    fake_pub_t **at = &pub->link->bus->pubs;
    while (*at != pub) {
        at = &(*at)->next;
    }
    *at = pub->next;
    if (pub->ready) {
        tpi_fake_image_is_gone(pub->link->bus, pub->image);
    }
    free(pub->channel);
    free(pub);
}

static bool fake_pub_is_ready(const tpi_publication_t *base)
{
    const fake_pub_t *pub = (const fake_pub_t *)base;
    return pub->ready && is_live(pub->link);
}

static bool fake_is_connected(const tpi_publication_t *base)
{
    size_t fullest;
    return fake_pub_is_ready(base) && is_heard((const fake_pub_t *)base, &fullest);
}

static const char *fake_pub_error(const tpi_publication_t *base)
{
    (void)base;
    return "";
}

static int32_t fake_session_id(const tpi_publication_t *base)
{
    return ((const fake_pub_t *)base)->session_id;
}

static size_t fake_max_claim(const tpi_publication_t *base)
{
    return fake_pub_is_ready(base) ? TPI_FAKE_MAX_CLAIM : 0;
}

static size_t fake_max_offer(const tpi_publication_t *base)
{
    return fake_pub_is_ready(base) ? TPI_FAKE_MAX_MESSAGE : 0;
}

/* Queues are counted in messages, so each is taken for one of the largest claims. */
static int64_t fake_room(const tpi_publication_t *base)
{
    size_t fullest;
    if (!fake_pub_is_ready(base) || !is_heard((const fake_pub_t *)base, &fullest)) {
        return 0;
    }
    return ((int64_t)TPI_FAKE_QUEUE_MAX - (int64_t)fullest) * (TPI_FAKE_MAX_CLAIM + 32);
}

static const tpi_publication_ops_t pub_ops = {
    .claim = fake_claim,
    .commit = fake_commit,
    .abort = fake_abort,
    .offer = fake_offer,
    .close = tpi_fake_pub_close,
    .is_ready = fake_pub_is_ready,
    .is_connected = fake_is_connected,
    .error = fake_pub_error,
    .session_id = fake_session_id,
    .max_claim = fake_max_claim,
    .max_offer = fake_max_offer,
    .room = fake_room,
};

static char *channel_base(const char *channel)
{
    return strndup(channel, strcspn(channel, "?"));
}

int tpi_fake_add_publication(tpi_link_t *base, tpi_publication_t **out, const char *channel,
                             int32_t stream_id, bool exclusive)
{
    (void)exclusive;
    fake_link_t *link = (fake_link_t *)base;
    fake_pub_t *pub = calloc(1, sizeof(*pub));
    char *name = channel_base(channel);
    fake_stream_t *stream = tpi_fake_stream(link->bus, stream_id);
    if (pub == NULL || name == NULL || stream == NULL) {
        free(pub);
        free(name);
        return tpi_fail(TP_ENOMEM, "publication on %s stream %d", channel, stream_id);
    }
    const char *session = strstr(channel, "session-id=");
    pub->base.ops = &pub_ops;
    pub->link = link;
    pub->channel = name;
    pub->stream_id = stream_id;
    pub->stream = stream;
    pub->session_id = session != NULL ? (int32_t)strtol(session + strlen("session-id="), NULL, 10)
                                      : ++link->bus->sessions;
    /* At the end: the order of adding is the order in which images appear. */
    fake_pub_t **at = &link->bus->pubs;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = pub;
    *out = &pub->base;
    return TP_OK;
}

/* ---- subscriptions ---- */

static int fake_poll(tpi_subscription_t *base, tpi_message_handler_t handler, void *clientd,
                     int limit)
{
    fake_sub_t *sub = (fake_sub_t *)base;
    if (!sub->ready || !is_live(sub->link)) {
        return 0;
    }
    tpi_fake_bus_t *bus = sub->link->bus;
    int delivered = 0;
    tpi_fake_enter_callbacks(bus);
    fake_message_t **at = &sub->head;
    while (*at != NULL && delivered < limit && !sub->closed) {
        fake_message_t *message = *at;
        const fake_image_t *image = find_image(sub, message->image);
        if (image == NULL || !image->announced) {
            at = &message->next;
            continue;
        }
        *at = message->next;
        if (*at == NULL) {
            sub->tail = at;
        }
        sub->queued--;
        const tpi_message_info_t info = { .session_id = image->session_id,
                                          .joined_ns = image->joined_ns };
        handler(clientd, message->data, message->len, &info);
        free(message);
        delivered++;
    }
    tpi_fake_leave_callbacks(bus);
    return delivered;
}

static void fake_sub_close(tpi_subscription_t *base)
{
    fake_sub_t *sub = (fake_sub_t *)base;
    sub->closed = true;
    if (sub->link->bus->busy == 0) {
        tpi_fake_free_sub(sub);
    }
}

static bool fake_sub_is_ready(const tpi_subscription_t *base)
{
    const fake_sub_t *sub = (const fake_sub_t *)base;
    return sub->ready && is_live(sub->link);
}

static size_t fake_image_count(const tpi_subscription_t *base)
{
    const fake_sub_t *sub = (const fake_sub_t *)base;
    size_t count = 0;
    for (size_t i = 0; i < sub->image_count; i++) {
        count += sub->images[i].announced;
    }
    return fake_sub_is_ready(base) ? count : 0;
}

static const char *fake_sub_error(const tpi_subscription_t *base)
{
    (void)base;
    return "";
}

static const tpi_subscription_ops_t sub_ops = {
    .poll = fake_poll,
    .close = fake_sub_close,
    .is_ready = fake_sub_is_ready,
    .image_count = fake_image_count,
    .error = fake_sub_error,
};

int tpi_fake_add_subscription(tpi_link_t *base, tpi_subscription_t **out, const char *channel,
                              int32_t stream_id, tpi_image_handler_t on_image, void *clientd)
{
    fake_link_t *link = (fake_link_t *)base;
    fake_sub_t *sub = calloc(1, sizeof(*sub));
    char *name = channel_base(channel);
    if (sub == NULL || name == NULL) {
        free(sub);
        free(name);
        return tpi_fail(TP_ENOMEM, "subscription on %s stream %d", channel, stream_id);
    }
    sub->base.ops = &sub_ops;
    sub->link = link;
    sub->channel = name;
    sub->stream_id = stream_id;
    sub->on_image = on_image;
    sub->clientd = clientd;
    sub->tail = &sub->head;
    fake_sub_t **at = &link->bus->subs;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = sub;
    *out = &sub->base;
    return TP_OK;
}

/* ---- counters ---- */

void tpi_fake_counter_close(tpi_counter_t *base)
{
    fake_counter_t *counter = (fake_counter_t *)base;
    fake_counter_t **at = &counter->link->bus->counters;
    while (*at != counter) {
        at = &(*at)->next;
    }
    *at = counter->next;
    free(counter);
}

int tpi_fake_add_counter(tpi_link_t *base, tpi_counter_t **out, int32_t type_id, const void *key,
                         size_t key_len, const char *label)
{
    fake_link_t *link = (fake_link_t *)base;
    fake_counter_t *counter = calloc(1, sizeof(*counter));
    if (counter == NULL) {
        return tpi_fail(TP_ENOMEM, "counter of type %d", type_id);
    }
    counter->base.close = tpi_fake_counter_close;
    counter->base.word = &counter->base.own;
    counter->link = link;
    counter->type_id = type_id;
    counter->key_len = key_len;
    if (key_len > 0) {
        memcpy(counter->key, key, key_len);
    }
    (void)snprintf(counter->label, sizeof(counter->label), "%s", label);
    fake_counter_t **at = &link->bus->counters;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = counter;
    *out = &counter->base;
    return TP_OK;
}

static fake_counter_t *counter_behind(const fake_link_t *link, int32_t counter_id)
{
    for (fake_counter_t *counter = link->bus->counters; counter != NULL; counter = counter->next) {
        if (counter->ready && counter->id == counter_id) {
            return counter;
        }
    }
    return NULL;
}

bool tpi_fake_find_counter(tpi_link_t *base, int32_t type_id, const void *key, size_t key_len,
                           int32_t after_id, tpi_counter_ref_t *out)
{
    const fake_link_t *link = (const fake_link_t *)base;
    int32_t first = INT32_MAX;
    int32_t next = INT32_MAX; /* behind after_id */
    for (const fake_counter_t *counter = link->bus->counters; counter != NULL;
         counter = counter->next) {
        if (counter->ready && counter->type_id == type_id && counter->key_len >= key_len &&
            memcmp(counter->key, key, key_len) == 0) {
            first = counter->id < first ? counter->id : first;
            next = counter->id > after_id && counter->id < next ? counter->id : next;
        }
    }
    out->counter_id = next != INT32_MAX ? next : first;
    out->registration_id = out->counter_id; /* ids do not come back here */
    return first != INT32_MAX && is_live(link);
}

_Atomic int64_t *tpi_fake_counter_word(tpi_link_t *base, const tpi_counter_ref_t *ref)
{
    const fake_link_t *link = (const fake_link_t *)base;
    fake_counter_t *counter = is_live(link) ? counter_behind(link, ref->counter_id) : NULL;
    return counter != NULL && counter->type_id == ref->type_id ? counter->base.word : NULL;
}

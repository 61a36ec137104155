#include "producer/subscribers.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "shm/superblock.h"
#include "wire/codec.h"

#define SIGNS_MISSED 5                        /* Rule: W-99 */
#define USUAL_INTERVAL_NS INT64_C(1000000000) /* of hello and QoS: W-87, W-126 */
#define PROGRESS_INTERVAL_NS INT64_C(250000)  /* Rule: W-108, also the floors */
#define PROGRESS_BYTES 65536u

/* Ranges of a producer without a driver; the conventional ones (services.md 0.3). */
enum { DESCRIPTOR_IDS = 31000, CONTROL_IDS = 32000, IDS = 1000 };

void tpi_subscribers_init(tpi_subscribers_t *subs, tp_client_t *client, size_t capacity,
                          bool assigns)
{
    memset(subs, 0, sizeof *subs);
    subs->client = client;
    subs->capacity = capacity;
    subs->assigns = assigns;
}

/* With the first that is more than a reader of the ring: most producers never have one. */
static bool make_room(tpi_subscribers_t *subs)
{
    if (subs->list != NULL) {
        return true;
    }
    tpi_subscriber_t *list = calloc(subs->capacity, sizeof *list);
    tpi_subscriber_t **ready = calloc(2 * subs->capacity, sizeof *ready);
    if (list == NULL || ready == NULL) {
        free(list);
        free(ready);
        return false;
    }
    subs->list = list;
    subs->ready = ready;
    subs->progress = ready + subs->capacity;
    return true;
}

/* All that are there: none before the first. */
static size_t count_of(const tpi_subscribers_t *subs)
{
    return subs->list == NULL ? 0 : subs->capacity;
}

void tpi_subscribers_fini(tpi_subscribers_t *subs)
{
    for (size_t i = 0; i < count_of(subs); i++) {
        tpi_publication_close(subs->list[i].descriptor.pub);
        tpi_publication_close(subs->list[i].control.pub);
    }
    free(subs->list);
    free(subs->ready); /* and progress */
    memset(subs, 0, sizeof *subs);
}

static tpi_subscriber_t *find(tpi_subscribers_t *subs, uint32_t consumer_id)
{
    for (size_t i = 0; i < count_of(subs); i++) {
        if (subs->list[i].consumer_id == consumer_id) {
            return &subs->list[i];
        }
    }
    return NULL;
}

/* A new one, or NULL: it stays with what all have. */
static tpi_subscriber_t *add(tpi_subscribers_t *subs, uint32_t consumer_id, int64_t now_ns)
{
    tpi_subscriber_t *s = make_room(subs) ? find(subs, 0) : NULL;
    if (s != NULL) {
        *s = (tpi_subscriber_t){ .consumer_id = consumer_id, .is_fresh = true, .sign_ns = now_ns };
    }
    return s;
}

/* ---- what is wanted ---- */

/* Rule: W-98 aeron:ipc, with or without parameters, and nothing else */
static bool is_allowed(tpi_view_t channel)
{
    static const char ipc[] = "aeron:ipc";
    const size_t len = sizeof ipc - 1;
    return channel.len >= len && channel.len < TP_STREAM_CHANNEL_MAX &&
           memcmp(channel.data, ipc, len) == 0 && (channel.len == len || channel.data[len] == '?');
}

/* Only what is usable is a stream; half of one is none (Rule: W-95). */
static bool is_stream(tpi_view_t channel, uint32_t stream_id)
{
    return stream_id != 0 && stream_id <= INT32_MAX && is_allowed(channel);
}

static bool asks(tpi_view_t channel, uint32_t stream_id)
{
    return channel.len > 0 || (stream_id != 0 && stream_id != TPI_NULL_U32);
}

static void want(tpi_subscribers_t *subs, tpi_private_stream_t *stream, tpi_view_t channel,
                 uint32_t stream_id)
{
    const bool is_wanted = is_stream(channel, stream_id);
    const size_t len = is_wanted ? channel.len : 0;
    stream_id = is_wanted ? stream_id : 0;
    /* Rule: W-98 the same again changes nothing */
    if (stream->stream_id == stream_id && strlen(stream->channel) == len &&
        (len == 0 || memcmp(stream->channel, channel.data, len) == 0)) {
        return;
    }
    if (len > 0) {
        memcpy(stream->channel, channel.data, len);
    }
    stream->channel[len] = '\0';
    stream->stream_id = stream_id;
    stream->is_outdated = true;
    subs->is_dirty = true;
}

static const tpi_view_t no_channel = { NULL, 0 };

/* Rule: W-108 the smallest hints, and never below the floors */
static void combine_hints(tpi_subscribers_t *subs)
{
    subs->wants_progress = 0;
    subs->progress_interval_ns = INT64_MAX;
    subs->progress_bytes_delta = UINT32_MAX;
    for (size_t i = 0; i < count_of(subs); i++) {
        const tpi_subscriber_t *s = &subs->list[i];
        if (s->consumer_id == 0 || !s->supports_progress) {
            continue;
        }
        const int64_t interval_ns = s->progress_interval_us != 0
                                        ? (int64_t)s->progress_interval_us * 1000
                                        : PROGRESS_INTERVAL_NS;
        const uint32_t bytes =
            s->progress_bytes_delta != 0 ? s->progress_bytes_delta : PROGRESS_BYTES;
        subs->wants_progress++;
        subs->progress_interval_ns =
            interval_ns < subs->progress_interval_ns ? interval_ns : subs->progress_interval_ns;
        subs->progress_bytes_delta =
            bytes < subs->progress_bytes_delta ? bytes : subs->progress_bytes_delta;
    }
    if (subs->progress_interval_ns < PROGRESS_INTERVAL_NS) {
        subs->progress_interval_ns = PROGRESS_INTERVAL_NS;
    }
    if (subs->progress_bytes_delta < PROGRESS_BYTES) {
        subs->progress_bytes_delta = PROGRESS_BYTES;
    }
}

/* Rule: W-90 a rate counts only with mode RATE_LIMITED, and only on a stream of the consumer's own */
static void set_rate(tpi_subscriber_t *s)
{
    const bool is_capped =
        s->mode == TPI_MODE_RATE_LIMITED && s->max_rate_hz != 0 && s->max_rate_hz != TPI_NULL_U32;
    const int64_t interval_ns = is_capped ? INT64_C(1000000000) / s->max_rate_hz : 0;
    if (interval_ns != s->interval_ns) {
        s->interval_ns = interval_ns;
        s->is_fresh = true;
    }
}

/* ---- assigning, where there is no driver ---- */

/* An id of the range that no other subscriber of ours has: the one asked for, if it will do. */
static uint32_t take_id(const tpi_subscribers_t *subs, const tpi_subscriber_t *own, bool is_control,
                        uint32_t asked)
{
    const uint32_t base = is_control ? CONTROL_IDS : DESCRIPTOR_IDS;
    const uint32_t start =
        asked >= base && asked < base + IDS ? asked - base : own->consumer_id % IDS;
    for (uint32_t n = 0; n < IDS; n++) {
        const uint32_t id = base + (start + n) % IDS;
        bool is_taken = false;
        for (size_t i = 0; i < count_of(subs) && !is_taken; i++) {
            const tpi_subscriber_t *s = &subs->list[i];
            const tpi_private_stream_t *stream = is_control ? &s->control : &s->descriptor;
            is_taken = s != own && s->consumer_id != 0 && stream->stream_id == id;
        }
        if (!is_taken) {
            return id;
        }
    }
    return 0;
}

static void serve(tpi_subscribers_t *subs, tpi_subscriber_t *s, bool is_control, bool may_have,
                  tpi_view_t channel, uint32_t asked, tpi_view_t *out_channel, uint32_t *out_id)
{
    tpi_private_stream_t *stream = is_control ? &s->control : &s->descriptor;
    const bool is_asked = asks(channel, asked);
    *out_channel = no_channel;
    *out_id = 0;
    if (!may_have || !is_stream(channel, asked)) {
        subs->declined += is_asked;
        want(subs, stream, no_channel, 0); /* Rule: W-91, W-95 */
        return;
    }
    const uint32_t id =
        stream->stream_id != 0 ? stream->stream_id : take_id(subs, s, is_control, asked);
    want(subs, stream, channel, id);
    *out_channel = id != 0 ? channel : no_channel;
    *out_id = id;
}

/* Rule: W-91, W-95, W-96, W-98 */
static void answer(tpi_subscribers_t *subs, tpi_subscriber_t *s, const tpi_consumer_hello_t *hello)
{
    const uint32_t version = hello->expected_layout_version;
    const bool can_shm = hello->supports_shm == TPI_BOOL_TRUE &&
                         (version == 0 || version == TPI_NULL_U32 || version == TPI_LAYOUT_VERSION);
    tpi_consumer_config_t config = {
        .stream_id = hello->stream_id,
        .consumer_id = hello->consumer_id,
        .use_shm = can_shm ? TPI_BOOL_TRUE : TPI_BOOL_FALSE,
        .mode = s != NULL ? s->mode : hello->mode,
    };
    if (s != NULL) {
        serve(subs, s, false, can_shm, hello->descriptor_channel, hello->descriptor_stream_id,
              &config.descriptor_channel, &config.descriptor_stream_id);
        serve(subs, s, true, can_shm, hello->control_channel, hello->control_stream_id,
              &config.control_channel, &config.control_stream_id);
    } else {
        subs->declined++;
    }
    uint8_t buf[TPI_WIRE_HEADER_BYTES + 64 + 2 * TP_STREAM_CHANNEL_MAX];
    const int len = tpi_consumer_config_encode(buf, sizeof buf, &config);
    if (len > 0) {
        (void)tpi_client_send(subs->client, buf, (size_t)len); /* lost: the next hello asks again */
    }
}

/* ---- messages ---- */

void tpi_subscribers_on_hello(tpi_subscribers_t *subs, const tpi_consumer_hello_t *hello,
                              int64_t now_ns)
{
    if (hello->consumer_id == 0) {
        return;
    }
    const bool asks_descriptor = asks(hello->descriptor_channel, hello->descriptor_stream_id);
    const bool asks_control = asks(hello->control_channel, hello->control_stream_id);
    const bool asks_any = asks_descriptor || asks_control;
    tpi_subscriber_t *s = find(subs, hello->consumer_id);
    const bool wants_any = asks_any || hello->supports_progress == TPI_BOOL_TRUE;
    if (s == NULL && wants_any) {
        s = add(subs, hello->consumer_id, now_ns);
    }
    if (s != NULL) {
        s->sign_ns = now_ns;
        s->is_greeted = true;
        s->supports_progress = hello->supports_progress == TPI_BOOL_TRUE;
        s->progress_interval_us =
            hello->progress_interval_us == TPI_NULL_U32 ? 0 : hello->progress_interval_us;
        s->progress_bytes_delta =
            hello->progress_bytes_delta == TPI_NULL_U32 ? 0 : hello->progress_bytes_delta;
        /* Rule: W-92 a config's mode holds until the next config; a hello repeats what was asked for */
        if (hello->mode != s->asked_mode) {
            const bool is_config_first = s->asked_mode == 0 && s->mode != 0;
            s->mode = is_config_first ? s->mode : hello->mode;
            s->asked_mode = hello->mode;
        }
        s->max_rate_hz = hello->max_rate_hz;
        set_rate(s);
        combine_hints(subs);
        /* Rule: W-99 what was asked for and is not any more; not what somebody gave unasked */
        if (!asks_descriptor && s->descriptor.is_asked) {
            want(subs, &s->descriptor, no_channel, 0);
        }
        if (!asks_control && s->control.is_asked) {
            want(subs, &s->control, no_channel, 0);
        }
        s->descriptor.is_asked = asks_descriptor;
        s->control.is_asked = asks_control;
        subs->is_dirty = true; /* who wants progress may have changed */
    }
    const uint32_t version = hello->expected_layout_version;
    const bool needs_answer =
        asks_any || hello->supports_shm == TPI_BOOL_FALSE ||
        (version != 0 && version != TPI_NULL_U32 && version != TPI_LAYOUT_VERSION);
    if (subs->assigns && needs_answer) {
        answer(subs, s, hello);
    }
}

void tpi_subscribers_on_config(tpi_subscribers_t *subs, const tpi_consumer_config_t *config,
                               int64_t now_ns)
{
    const bool has_any = is_stream(config->descriptor_channel, config->descriptor_stream_id) ||
                         is_stream(config->control_channel, config->control_stream_id);
    tpi_subscriber_t *s = find(subs, config->consumer_id);
    if (config->consumer_id == 0 || (s == NULL && !has_any)) {
        return;
    }
    if (s == NULL) {
        s = add(subs, config->consumer_id, now_ns);
        if (s == NULL) {
            return;
        }
    }
    if (config->mode == TPI_MODE_STREAM || config->mode == TPI_MODE_RATE_LIMITED) {
        s->mode = config->mode;
        set_rate(s);
    }
    /* Rule: W-92, D-112 all of it, the last one counts; useShm=FALSE leaves nothing to describe */
    const bool is_shm = config->use_shm == TPI_BOOL_TRUE;
    want(subs, &s->descriptor, is_shm ? config->descriptor_channel : no_channel,
         is_shm ? config->descriptor_stream_id : 0);
    want(subs, &s->control, is_shm ? config->control_channel : no_channel,
         is_shm ? config->control_stream_id : 0);
}

void tpi_subscribers_on_qos(tpi_subscribers_t *subs, const tpi_qos_consumer_t *qos, int64_t now_ns)
{
    tpi_subscriber_t *s = qos->consumer_id != 0 ? find(subs, qos->consumer_id) : NULL;
    if (s != NULL) {
        s->sign_ns = now_ns; /* Rule: W-99 */
    }
}

void tpi_subscribers_set_open(tpi_subscribers_t *subs, bool is_open)
{
    if (subs->is_open != is_open) {
        subs->is_open = is_open;
        subs->is_dirty = true;
        subs->nready = 0;
        subs->nprogress = 0;
    }
}

/* ---- opening and closing ---- */

/* Rule: W-90 not before the rate is known: a config may come before the hello that it answers, to a
 * producer that attached in between. Until then the consumer follows the ring. */
static void update(tpi_subscribers_t *subs, tpi_private_stream_t *stream, bool is_greeted)
{
    const bool is_wanted = subs->is_open && is_greeted && stream->stream_id != 0;
    if (stream->pub != NULL && (stream->is_outdated || !is_wanted)) {
        tpi_publication_close(stream->pub);
        stream->pub = NULL;
        stream->was_connected = false;
    }
    stream->is_outdated = false;
    if (stream->pub == NULL && is_wanted) {
        (void)tpi_link_add_publication(subs->client->link, &stream->pub, stream->channel,
                                       (int32_t)stream->stream_id, true);
    }
}

/* Rule: W-99 its subscription went: closed until it is assigned again */
static void close_if_left(tpi_subscribers_t *subs, tpi_private_stream_t *stream)
{
    if (stream->pub == NULL) {
        return;
    }
    const bool is_connected = tpi_publication_is_connected(stream->pub);
    if (stream->was_connected && !is_connected) {
        want(subs, stream, no_channel, 0);
    }
    stream->was_connected = is_connected;
}

/* Rule: W-99 theirs is not said in any message, so it is taken for the usual one at least */
static int64_t patience_ns(const tpi_subscribers_t *subs)
{
    const int64_t own_ns = subs->client->options.qos_interval_ns;
    return SIGNS_MISSED * (own_ns > USUAL_INTERVAL_NS ? own_ns : USUAL_INTERVAL_NS);
}

static void sweep(tpi_subscribers_t *subs, int64_t now_ns)
{
    for (size_t i = 0; i < count_of(subs); i++) {
        tpi_subscriber_t *s = &subs->list[i];
        if (s->consumer_id == 0) {
            continue;
        }
        close_if_left(subs, &s->descriptor);
        close_if_left(subs, &s->control);
        if (now_ns - s->sign_ns > patience_ns(subs)) {
            tpi_publication_close(s->descriptor.pub);
            tpi_publication_close(s->control.pub);
            *s = (tpi_subscriber_t){ .consumer_id = 0 };
            combine_hints(subs);
            subs->is_dirty = true;
        }
    }
}

int tpi_subscribers_tick(tpi_subscribers_t *subs, int64_t now_ns)
{
    if (now_ns - subs->sweep_ns >= 0) {
        subs->sweep_ns = now_ns + INT64_C(100000000);
        sweep(subs, now_ns);
    }
    if (!subs->is_dirty) {
        return 0;
    }
    subs->is_dirty = false;
    subs->nready = 0;
    subs->nprogress = 0;
    subs->is_any_capped = false;
    for (size_t i = 0; i < count_of(subs); i++) {
        tpi_subscriber_t *s = &subs->list[i];
        if (s->consumer_id == 0) {
            continue;
        }
        update(subs, &s->descriptor, s->is_greeted);
        update(subs, &s->control, s->is_greeted);
        if (s->descriptor.pub != NULL) {
            /* Its signs of life are QoS messages, too. */
            (void)tpi_client_hear_qos(subs->client);
            subs->ready[subs->nready++] = s;
            subs->is_any_capped = subs->is_any_capped || s->interval_ns > 0;
        }
        if (s->control.pub != NULL && s->supports_progress) {
            subs->progress[subs->nprogress++] = s;
        }
    }
    return 1;
}

int64_t tpi_subscribers_next(const tpi_subscribers_t *subs, int64_t now_ns)
{
    if (subs->is_dirty) {
        return now_ns;
    }
    for (size_t i = 0; i < count_of(subs); i++) {
        if (subs->list[i].consumer_id != 0) {
            return subs->sweep_ns;
        }
    }
    return TPI_NEVER;
}

/* ---- sending ---- */

void tpi_subscribers_send(tpi_subscribers_t *subs, const uint8_t *descriptor, size_t len,
                          int64_t now_ns)
{
    for (size_t i = 0; i < subs->nready; i++) {
        tpi_subscriber_t *s = subs->ready[i];
        if (s->interval_ns > 0) {
            if (!s->is_fresh && now_ns - s->next_ns < 0) {
                subs->capped++; /* Rule: W-90 */
                continue;
            }
        }
        if (tpi_publication_offer(s->descriptor.pub, descriptor, len) == TPI_SEND_OK) {
            subs->sent++; /* Rule: W-100 */
            s->is_fresh = false;
            s->next_ns = now_ns + s->interval_ns;
        } else {
            subs->failed++;
        }
    }
}

void tpi_subscribers_send_progress(tpi_subscribers_t *subs, const uint8_t *message, size_t len)
{
    for (size_t i = 0; i < subs->nprogress; i++) {
        (void)tpi_publication_offer(subs->progress[i]->control.pub, message, len);
    }
}

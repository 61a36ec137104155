#include "consumer/streams.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "consumer/consumer_internal.h"
#include "wire/codec.h"

#define DESCRIPTOR_LIMIT 256
#define DEFAULT_CHANNEL "aeron:ipc?term-length=64k"
/* What the hello names; the answer says which one it is (D-109). */
enum { ASK_DESCRIPTOR = 31000, ASK_CONTROL = 32000, ASK_IDS = 1000 };

/* ---- asking ---- */

static int init_one(tpi_own_stream_t *stream, const char *name, bool is_wanted, const char *channel)
{
    stream->is_wanted = is_wanted;
    if (!is_wanted) {
        return TP_OK;
    }
    channel = channel != NULL ? channel : DEFAULT_CHANNEL;
    const size_t len = strlen(channel);
    /* Rule: W-94 half a request is never sent */
    if (strncmp(channel, "aeron:", 6) != 0 || len >= sizeof stream->ask_channel) {
        return tpi_fail(TP_EINVAL,
                        "%s is \"%.60s\", expected an Aeron channel of less than %zu bytes", name,
                        channel, sizeof stream->ask_channel);
    }
    memcpy(stream->ask_channel, channel, len + 1);
    return TP_OK;
}

int tpi_own_streams_init(tp_consumer_t *c)
{
    const tp_consumer_options_t *o = &c->options;
    c->streams.mode = o->max_rate_hz > 0 ? TPI_MODE_RATE_LIMITED : TPI_MODE_STREAM; /* Rule: W-89 */
    const int rc = init_one(&c->streams.descriptor, "private_descriptor_channel",
                            o->private_descriptors, o->private_descriptor_channel);
    return rc != TP_OK ? rc
                       : init_one(&c->streams.control, "private_control_channel",
                                  o->private_control, o->private_control_channel);
}

static void close_one(tpi_own_stream_t *stream)
{
    tpi_subscription_close(stream->sub);
    tpi_subscription_close(stream->next_sub);
    stream->sub = NULL;
    stream->next_sub = NULL;
}

void tpi_own_streams_fini(tp_consumer_t *c)
{
    close_one(&c->streams.descriptor);
    close_one(&c->streams.control);
}

static void ask_one(tpi_own_stream_t *stream, uint32_t base, uint32_t client_id,
                    tpi_view_t *out_channel, uint32_t *out_id)
{
    if (!stream->is_wanted) {
        return; /* Rule: W-94 neither channel nor id */
    }
    *out_channel =
        (tpi_view_t){ (const uint8_t *)stream->ask_channel, (uint32_t)strlen(stream->ask_channel) };
    *out_id = base + client_id % ASK_IDS;
    if (stream->state == TP_STREAM_NONE) {
        stream->state = TP_STREAM_ASKED;
    }
}

void tpi_own_streams_fill_hello(tp_consumer_t *c, tpi_consumer_hello_t *hello)
{
    const uint32_t client_id = c->attachment.client_id;
    ask_one(&c->streams.descriptor, ASK_DESCRIPTOR, client_id, &hello->descriptor_channel,
            &hello->descriptor_stream_id);
    ask_one(&c->streams.control, ASK_CONTROL, client_id, &hello->control_channel,
            &hello->control_stream_id);
}

/* ---- the answer ---- */

/* They are shown to people: no escape sequence reaches a terminal. */
static bool is_printable(tpi_view_t text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] >= 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_aeron_channel(tpi_view_t channel)
{
    return channel.len > 6 && memcmp(channel.data, "aeron:", 6) == 0 && is_printable(channel);
}

static void take_one(tpi_own_stream_t *stream, tpi_view_t channel, uint32_t stream_id)
{
    const bool is_stream = is_aeron_channel(channel) && channel.len < sizeof stream->channel &&
                           stream_id > 0 && stream_id <= INT32_MAX;
    const size_t len = is_stream ? channel.len : 0;
    stream_id = is_stream ? stream_id : 0;
    if (!is_stream) {
        stream->state = stream->is_wanted ? TP_STREAM_DECLINED : TP_STREAM_NONE; /* Rule: W-95 */
    }
    if (stream->stream_id == stream_id && strlen(stream->channel) == len &&
        (len == 0 || memcmp(stream->channel, channel.data, len) == 0)) {
        return;
    }
    if (len > 0) {
        memcpy(stream->channel, channel.data, len);
    }
    stream->channel[len] = '\0';
    stream->stream_id = stream_id;
    stream->is_changed = true;
    if (is_stream && stream->state != TP_STREAM_ACTIVE) {
        stream->state = TP_STREAM_ASSIGNED;
    }
}

/* Rule: W-93 what the application can make something of */
static bool is_known_scheme(tpi_view_t uri)
{
    return is_aeron_channel(uri) ||
           (uri.len > 9 && memcmp(uri.data, "bridge://", 9) == 0 && is_printable(uri));
}

void tpi_own_streams_on_config(tp_consumer_t *c, const tpi_consumer_config_t *config)
{
    tpi_consumer_streams_t *s = &c->streams;
    const tpi_view_t uri = config->payload_fallback_uri;
    const bool is_uri = config->use_shm == TPI_BOOL_FALSE && uri.len < sizeof s->fallback_uri &&
                        is_known_scheme(uri);
    /* Rule: W-92 all of it, the last one counts */
    take_one(&s->descriptor, config->descriptor_channel, config->descriptor_stream_id);
    take_one(&s->control, config->control_channel, config->control_stream_id);
    if (config->mode == TPI_MODE_STREAM || config->mode == TPI_MODE_RATE_LIMITED) {
        s->mode = config->mode;
    }
    if (is_uri) {
        memcpy(s->fallback_uri, uri.data, uri.len);
    }
    s->fallback_uri[is_uri ? uri.len : 0] = '\0';
}

void tpi_own_streams_on_lease_gone(tp_consumer_t *c)
{
    static const tpi_view_t none = { NULL, 0 };
    tpi_own_stream_t *const both[] = { &c->streams.descriptor, &c->streams.control };
    for (int i = 0; i < 2; i++) {
        take_one(both[i], none, 0);
        both[i]->state = TP_STREAM_NONE; /* asked for again under the next lease */
    }
    c->streams.fallback_uri[0] = '\0';
}

/* ---- descriptors of our own ---- */

static void push(tpi_consumer_streams_t *s, uint64_t seq)
{
    /* nobody reads: the oldest goes, and is counted when passed */
    if (s->count == TPI_DESCRIBED_MAX) {
        s->first = (s->first + 1) % TPI_DESCRIBED_MAX;
        s->count--;
        s->lost++;
    }
    s->seqs[(s->first + s->count++) % TPI_DESCRIBED_MAX] = seq;
}

static void forget(tpi_consumer_streams_t *s)
{
    s->first = 0;
    s->count = 0;
    s->lost = 0;
}

void tpi_own_streams_on_described(tp_consumer_t *c, uint64_t seq)
{
    tpi_consumer_streams_t *s = &c->streams;
    const uint64_t last =
        s->count > 0 ? s->seqs[(s->first + s->count - 1) % TPI_DESCRIBED_MAX] + 1 : 0;
    if (seq < last || seq < c->reader.next_seq) {
        c->stats.ignored_dup++;                        /* Rule: W-115 */
    } else if (tpi_ring_reader_has(&c->reader, seq)) { /* what the ring denies is not believed */
        push(s, seq);
    } else {
        c->stats.ignored_decode++;
    }
}

int tpi_own_streams_next(tp_consumer_t *c, tp_frame_t *out_frame)
{
    tpi_consumer_streams_t *s = &c->streams;
    while (s->count > 0) {
        const uint64_t seq = s->seqs[s->first];
        const uint64_t lost = s->lost;
        s->first = (s->first + 1) % TPI_DESCRIBED_MAX;
        s->count--;
        s->lost = 0;
        if (tpi_ring_reader_read_at(&c->reader, seq, lost, out_frame) == 1) {
            return 1;
        }
    }
    return 0;
}

/* Rule: W-90, W-96, W-124 - where the producer keeps to the rate, we do not do it a second time */
static void set_described(tp_consumer_t *c, bool is_described)
{
    if (c->streams.is_described == is_described) {
        return;
    }
    c->streams.is_described = is_described;
    forget(&c->streams);
    if (tpi_consumer_is_mapped(c)) {
        tpi_ring_reader_set_rate(&c->reader, tpi_own_streams_local_rate(c));
    }
}

uint32_t tpi_own_streams_local_rate(const tp_consumer_t *c)
{
    return c->streams.is_described || c->streams.mode == TPI_MODE_STREAM ? 0
                                                                         : c->options.max_rate_hz;
}

void tpi_own_streams_on_mapped(tp_consumer_t *c)
{
    forget(&c->streams);
    tpi_ring_reader_set_rate(&c->reader, tpi_own_streams_local_rate(c));
}

/* ---- opening and closing ---- */

static void open_one(tp_consumer_t *c, tpi_own_stream_t *stream)
{
    if (stream->is_changed) {
        stream->is_changed = false;
        tpi_subscription_close(stream->next_sub);
        stream->next_sub = NULL;
        if (stream->stream_id == 0) {
            tpi_subscription_close(stream->sub);
            stream->sub = NULL;
        } else {
            (void)tpi_link_add_subscription(c->client->link, &stream->next_sub, stream->channel,
                                            (int32_t)stream->stream_id, NULL, NULL);
        }
    }
    /* Rule: W-96 the one before stays until the new one is served */
    if (stream->next_sub != NULL &&
        (stream->sub == NULL || tpi_subscription_image_count(stream->next_sub) > 0)) {
        tpi_subscription_close(stream->sub);
        stream->sub = stream->next_sub;
        stream->next_sub = NULL;
    }
    if (stream->stream_id != 0) {
        const bool is_active = stream->sub != NULL && tpi_subscription_image_count(stream->sub) > 0;
        stream->state = is_active ? TP_STREAM_ACTIVE : TP_STREAM_ASSIGNED;
    }
}

static void on_control(void *clientd, const uint8_t *data, size_t len,
                       const tpi_message_info_t *info)
{
    tp_consumer_t *c = clientd;
    tpi_wire_header_t header;
    tpi_frame_progress_t m;
    (void)info;
    /* Rule: W-97 progress and nothing else; ours, and not the client's other consumers' */
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID ||
        header.template_id != TPI_FRAME_PROGRESS) {
        return;
    }
    if (tpi_frame_progress_decode(data, len, &m) != TP_OK) {
        c->stats.ignored_decode++;
    } else if (m.stream_id == c->attachment.stream_id) {
        tpi_consumer_on_progress(c, &m);
    }
}

/* The shared descriptor stream, for those who want it and have none of their own. */
static void open_shared(tp_consumer_t *c, bool has_own)
{
    if (!c->options.use_descriptors) {
        return;
    }
    if (has_own) {
        tpi_subscription_close(c->descriptor_sub);
        c->descriptor_sub = NULL;
    } else if (c->descriptor_sub == NULL) {
        (void)tpi_link_add_subscription(c->client->link, &c->descriptor_sub,
                                        c->client->options.descriptor_channel,
                                        c->client->options.descriptor_stream_id, NULL, NULL);
    }
}

int tpi_own_streams_tick(tp_consumer_t *c)
{
    tpi_consumer_streams_t *s = &c->streams;
    int work = 0;
    open_one(c, &s->descriptor);
    open_one(c, &s->control);
    const bool has_own = s->descriptor.state == TP_STREAM_ACTIVE;
    open_shared(c, has_own);
    set_described(c, has_own && s->mode == TPI_MODE_RATE_LIMITED && c->options.max_rate_hz > 0);
    if (s->descriptor.sub != NULL) {
        work += tpi_subscription_poll(s->descriptor.sub, tpi_consumer_on_descriptor, c,
                                      DESCRIPTOR_LIMIT);
    }
    if (s->control.sub != NULL) {
        work += tpi_subscription_poll(s->control.sub, on_control, c, DESCRIPTOR_LIMIT);
    }
    return work;
}

bool tpi_own_streams_are_polled(const tp_consumer_t *c)
{
    const tpi_own_stream_t *d = &c->streams.descriptor;
    const tpi_own_stream_t *k = &c->streams.control;
    return d->sub != NULL || d->is_changed || k->sub != NULL || k->is_changed;
}

/* ---- looking ---- */

const char *tp_stream_state_name(tp_stream_state_t state)
{
    static const char *const names[] = { "none", "asked", "assigned", "active", "declined" };
    return state >= 0 && (size_t)state < sizeof names / sizeof names[0] ? names[state] : "?";
}

void tp_consumer_streams(const tp_consumer_t *consumer, tp_consumer_streams_t *out)
{
    const tpi_consumer_streams_t *s = &consumer->streams;
    *out = (tp_consumer_streams_t){
        .descriptor_state = s->descriptor.state,
        .descriptor_stream_id = s->descriptor.stream_id,
        .control_state = s->control.state,
        .control_stream_id = s->control.stream_id,
        .is_rate_limited = s->mode == TPI_MODE_RATE_LIMITED,
        .is_described = s->is_described,
    };
    memcpy(out->descriptor_channel, s->descriptor.channel, sizeof out->descriptor_channel);
    memcpy(out->control_channel, s->control.channel, sizeof out->control_channel);
}

const char *tp_consumer_fallback_uri(const tp_consumer_t *consumer)
{
    return consumer->streams.fallback_uri;
}

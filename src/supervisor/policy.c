/*
 * supervisor/policy.c - what a consumer is told. Rule: U-4
 *
 * A ConsumerConfig is a consumer's full state, and the latest one wins, whoever sent it (W-92, O-28).
 * So the supervisor keeps the last one on the wire, its own or another's, as the state in force, and
 * decides at each hello what the state should be:
 *
 *   - it has no say as long as the policy changes nothing of what the consumer asked for; then it is
 *     silent, because it cannot know what was assigned before it listened;
 *   - streams that were assigned, also by the driver's side, are repeated while they are asked for;
 *   - it sends when the state should be another one than the one in force, or to a consumer that has
 *     just started.
 *
 * It sends at most one for each hello, so two who disagree send one message a second each. Over
 * streams it does not argue at all: who answered a consumer's request otherwise is the one who
 * answers it (D-112).
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "supervisor/supervisor_internal.h"
#include "tensorpool/consumer.h"
#include "wire/codec.h"

_Static_assert(TP_SUPERVISOR_CHANNEL_MAX == TP_STREAM_CHANNEL_MAX, "one limit");

/* ---- ids ---- */

int tpi_id_pool_init(tpi_id_pool_t *pool, tp_id_range_t range)
{
    const size_t count = (size_t)range.last - range.first + 1;
    pool->bits = calloc(count / 64 + 1, sizeof *pool->bits);
    if (pool->bits == NULL) {
        return tpi_fail(TP_ENOMEM, "%zu stream ids", count);
    }
    pool->range = range;
    pool->next = 0;
    return TP_OK;
}

void tpi_id_pool_fini(tpi_id_pool_t *pool)
{
    free(pool->bits);
    pool->bits = NULL;
}

/* Mark as held; false when it is out of range or held already. */
static bool hold(tpi_id_pool_t *pool, uint32_t id)
{
    if (pool->bits == NULL || id == 0 || !tpi_range_holds(pool->range, id)) {
        return false;
    }
    const uint32_t at = id - pool->range.first;
    const uint64_t bit = UINT64_C(1) << (at % 64);
    if ((pool->bits[at / 64] & bit) != 0) {
        return false;
    }
    pool->bits[at / 64] |= bit;
    return true;
}

static void give_back(tpi_id_pool_t *pool, uint32_t id)
{
    const uint32_t at = id - pool->range.first;
    pool->bits[at / 64] &= ~(UINT64_C(1) << (at % 64));
}

/* The one asked for if it is free, else the next free one; 0: none left. */
static uint32_t take(tpi_id_pool_t *pool, uint32_t wanted)
{
    if (hold(pool, wanted)) {
        return wanted;
    }
    const uint32_t count = pool->range.last - pool->range.first + 1;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = (pool->next + i) % count;
        if (hold(pool, pool->range.first + at)) {
            pool->next = (at + 1) % count;
            return pool->range.first + at;
        }
    }
    return 0;
}

static void release_ids(tp_supervisor_t *s, tpi_watched_consumer_t *c)
{
    if (c->holds_descriptor_id) {
        give_back(&s->descriptor_ids, c->config.descriptor_id);
        c->holds_descriptor_id = false;
    }
    if (c->holds_control_id) {
        give_back(&s->control_ids, c->config.control_id);
        c->holds_control_id = false;
    }
}

void tpi_consumer_forget_config(tp_supervisor_t *s, tpi_watched_consumer_t *c)
{
    release_ids(s, c);
    c->has_config = false;
    c->is_config_ours = false;
    c->is_unrepeatable = false;
    c->has_told_conflict = false;
    c->is_served_by_others = false;
    c->has_waited = false;
    memset(&c->config, 0, sizeof c->config);
}

/* ---- states ---- */

static bool is_same(const tpi_consumer_state_t *a, const tpi_consumer_state_t *b)
{
    return a->use_shm == b->use_shm && a->mode == b->mode && a->descriptor_id == b->descriptor_id &&
           a->control_id == b->control_id &&
           strcmp(a->descriptor_channel, b->descriptor_channel) == 0 &&
           strcmp(a->control_channel, b->control_channel) == 0 &&
           strcmp(a->fallback_uri, b->fallback_uri) == 0;
}

/* Take a state over as the one in force, with the ids that lie in our ranges. */
static void put_in_force(tp_supervisor_t *s, tpi_watched_consumer_t *c,
                         const tpi_consumer_state_t *state, bool is_ours)
{
    const bool keeps_descriptor =
        c->holds_descriptor_id && c->config.descriptor_id == state->descriptor_id;
    const bool keeps_control = c->holds_control_id && c->config.control_id == state->control_id;
    if (c->holds_descriptor_id && !keeps_descriptor) {
        give_back(&s->descriptor_ids, c->config.descriptor_id);
    }
    if (c->holds_control_id && !keeps_control) {
        give_back(&s->control_ids, c->config.control_id);
    }
    c->holds_descriptor_id = keeps_descriptor || hold(&s->descriptor_ids, state->descriptor_id);
    c->holds_control_id = keeps_control || hold(&s->control_ids, state->control_id);
    c->config = *state;
    c->has_config = true;
    c->is_config_ours = is_ours;
    c->is_unrepeatable = false;
}

static bool has_same_streams(const tpi_consumer_state_t *a, const tpi_consumer_state_t *b)
{
    return a->descriptor_id == b->descriptor_id && a->control_id == b->control_id &&
           strcmp(a->descriptor_channel, b->descriptor_channel) == 0 &&
           strcmp(a->control_channel, b->control_channel) == 0;
}

void tpi_consumer_owe_answer(tp_supervisor_t *s, tpi_watched_consumer_t *c)
{
    if (!c->is_answer_due) {
        c->is_answer_due = true;
        s->answers_due++;
    }
}

static bool take_view(char *out, tpi_view_t view)
{
    if (view.len >= TP_SUPERVISOR_CHANNEL_MAX) {
        return false;
    }
    memcpy(out, view.data, view.len);
    out[view.len] = '\0';
    return true;
}

void tpi_supervisor_note_config(tp_supervisor_t *s, const tpi_consumer_config_t *m,
                                bool may_be_ours)
{
    /* Who says nothing of himself is not watched: there is nothing to be told to him, either. */
    const uint32_t place =
        tpi_index_find(&s->consumer_index, tpi_index_key(m->stream_id, m->consumer_id));
    if (place == TPI_NO_PLACE) {
        s->stats.configs_heard++;
        return;
    }
    tpi_watched_consumer_t *c = &s->consumers[place];
    tpi_consumer_state_t state = { .use_shm = m->use_shm == TPI_BOOL_TRUE, .mode = m->mode };
    if (!take_view(state.descriptor_channel, m->descriptor_channel) ||
        !take_view(state.control_channel, m->control_channel) ||
        !take_view(state.fallback_uri, m->payload_fallback_uri)) {
        s->stats.configs_heard++;
        tpi_consumer_forget_config(s, c);
        c->is_unrepeatable = true;
        return;
    }
    state.descriptor_id = m->descriptor_stream_id == TPI_NULL_U32 ? 0 : m->descriptor_stream_id;
    state.control_id = m->control_stream_id == TPI_NULL_U32 ? 0 : m->control_stream_id;
    if (may_be_ours && c->has_config && c->is_config_ours && is_same(&state, &c->config)) {
        return;
    }
    s->stats.configs_heard++;
    if (c->has_config && c->is_config_ours && !is_same(&state, &c->config)) {
        s->stats.config_conflicts++;
        c->is_served_by_others =
            c->is_served_by_others || !has_same_streams(&state, &c->config); /* Rule: D-112 */
        if (!c->has_told_conflict) {
            c->has_told_conflict = true;
            tpi_supervisor_event(s, TPI_EVENT_WARNING,
                                 "stream %u: somebody else configured consumer %u differently",
                                 c->stream_id, c->consumer_id);
        }
    }
    put_in_force(s, c, &state, false);
    if (c->has_hello && !c->has_sent) {
        tpi_consumer_owe_answer(s, c);
    }
}

/* ---- the decision ---- */

typedef struct policy {
    tp_supervisor_mode_t mode;
    bool no_shm;
    bool assigns;
    const char *fallback_uri;
} policy_t;

static policy_t policy_for(const tp_supervisor_t *s, const tpi_watched_consumer_t *c)
{
    const tp_supervisor_options_t *o = &s->options;
    for (size_t i = 0; i < o->nrules; i++) {
        const tp_supervisor_rule_t *rule = &s->rules[i];
        if ((tpi_range_is_any(rule->stream_ids) ||
             tpi_range_holds(rule->stream_ids, c->stream_id)) &&
            (tpi_range_is_any(rule->consumer_ids) ||
             tpi_range_holds(rule->consumer_ids, c->consumer_id))) {
            return (policy_t){ rule->force_mode, rule->force_no_shm, rule->per_consumer_enabled,
                               rule->payload_fallback_uri != NULL ? rule->payload_fallback_uri
                                                                  : o->payload_fallback_uri };
        }
    }
    return (policy_t){ o->force_mode, o->force_no_shm, o->per_consumer_enabled,
                       o->payload_fallback_uri };
}

static void put_text(char *out, const char *text)
{
    const size_t len = strlen(text); /* checked in options.c */
    memcpy(out, text, len + 1);
}

/* One of the two streams: repeated, assigned, or none. True: we have a say in it. */
static bool decide_stream(tp_supervisor_t *s, tpi_id_pool_t *pool, bool wants, uint32_t wanted_id,
                          bool assigns, uint32_t old_id, const char *old_channel,
                          const char *new_channel, uint32_t *out_id, char *out_channel)
{
    if (!wants) {
        return false; /* Rule: W-99 a hello without request closes it */
    }
    if (old_id != 0 && old_channel[0] != '\0') {
        *out_id = old_id; /* Rule: W-92, U-4 also what somebody else assigned */
        put_text(out_channel, old_channel);
        return false;
    }
    if (!assigns) {
        return false;
    }
    *out_id = take(pool, wanted_id);
    if (*out_id == 0) {
        s->stats.ids_exhausted++; /* Rule: W-95 declined */
        return true;
    }
    put_text(out_channel, new_channel);
    return true;
}

/* What the consumer's state should be. Ids newly taken are held in the pools but not yet by the
 * consumer. Returns whether the policy has a say at all. */
static bool decide(tp_supervisor_t *s, const tpi_watched_consumer_t *c, tpi_consumer_state_t *out)
{
    policy_t policy = policy_for(s, c);
    policy.assigns = policy.assigns && !c->is_served_by_others;
    const tpi_consumer_state_t *old = &c->config;
    *out = (tpi_consumer_state_t){ .use_shm = true, .mode = c->requested_mode };
    bool has_say = false;
    if (policy.mode != TP_SUPERVISOR_MODE_OFF) {
        out->mode = (uint8_t)policy.mode;
        has_say = out->mode != c->requested_mode;
    }
    /* Rule: W-91 served through the fallback only, and without streams of its own */
    if (policy.no_shm || !c->supports_shm || c->layout_version != TPI_LAYOUT_VERSION) {
        out->use_shm = false;
        if (policy.fallback_uri != NULL) {
            put_text(out->fallback_uri, policy.fallback_uri);
        }
        return true;
    }
    has_say = decide_stream(s, &s->descriptor_ids, c->wants_descriptor, c->wanted_descriptor_id,
                            policy.assigns, old->descriptor_id, old->descriptor_channel,
                            s->options.per_consumer_descriptor_channel, &out->descriptor_id,
                            out->descriptor_channel) ||
              has_say;
    has_say = decide_stream(s, &s->control_ids, c->wants_control, c->wanted_control_id,
                            policy.assigns, old->control_id, old->control_channel,
                            s->options.per_consumer_control_channel, &out->control_id,
                            out->control_channel) ||
              has_say;
    return has_say || (policy.assigns && c->has_half_request); /* Rule: W-95 */
}

static tpi_view_t view_of(const char *text)
{
    return (tpi_view_t){ .data = (const uint8_t *)text,
                         .len = text != NULL ? (uint32_t)strlen(text) : 0 };
}

static tpi_send_t send(tp_client_t *client, const tpi_consumer_config_t *m, int *out_encoded)
{
    uint8_t buf[TPI_WIRE_HEADER_BYTES + 64 + 3 * TP_SUPERVISOR_CHANNEL_MAX];
    *out_encoded = tpi_consumer_config_encode(buf, sizeof buf, m);
    return *out_encoded > 0 ? tpi_client_send(client, buf, (size_t)*out_encoded) : TPI_SEND_ERROR;
}

static bool publish(tp_supervisor_t *s, const tpi_watched_consumer_t *c,
                    const tpi_consumer_state_t *state)
{
    const tpi_consumer_config_t m = {
        .stream_id = c->stream_id,
        .consumer_id = c->consumer_id,
        .use_shm = state->use_shm ? TPI_BOOL_TRUE : TPI_BOOL_FALSE,
        .mode = state->mode,
        .descriptor_stream_id = state->descriptor_id,
        .control_stream_id = state->control_id,
        .payload_fallback_uri = view_of(state->fallback_uri),
        .descriptor_channel = view_of(state->descriptor_channel),
        .control_channel = view_of(state->control_channel),
    };
    int encoded;
    if (send(s->client, &m, &encoded) != TPI_SEND_OK) {
        s->stats.config_unsent++;
        return false;
    }
    s->stats.config_published++;
    return true;
}

static void undo_takes(tp_supervisor_t *s, const tpi_watched_consumer_t *c,
                       const tpi_consumer_state_t *state)
{
    if (state->descriptor_id != 0 && state->descriptor_id != c->config.descriptor_id) {
        give_back(&s->descriptor_ids, state->descriptor_id);
    }
    if (state->control_id != 0 && state->control_id != c->config.control_id) {
        give_back(&s->control_ids, state->control_id);
    }
}

/* The ids that decide() took become the consumer's. */
static void adopt(tp_supervisor_t *s, tpi_watched_consumer_t *c, const tpi_consumer_state_t *state)
{
    const bool is_new_descriptor =
        state->descriptor_id != 0 && state->descriptor_id != c->config.descriptor_id;
    const bool is_new_control = state->control_id != 0 && state->control_id != c->config.control_id;
    put_in_force(s, c, state, true);
    c->holds_descriptor_id = c->holds_descriptor_id || is_new_descriptor;
    c->holds_control_id = c->holds_control_id || is_new_control;
}

/* Whoever assigns streams may have done so before we listened: to speak first would take them back. He
 * answers each hello (D-109), or does not exist. */
static bool waits_for_others(const tp_supervisor_t *s, tpi_watched_consumer_t *c)
{
    if (c->has_config || c->has_waited || (!c->wants_descriptor && !c->wants_control) ||
        policy_for(s, c).assigns) {
        return false;
    }
    c->has_waited = true;
    return true;
}

static void answer(tp_supervisor_t *s, tpi_watched_consumer_t *c)
{
    tpi_consumer_state_t state;
    if (c->is_unrepeatable || c->is_stale || c->has_sent || waits_for_others(s, c)) {
        return;
    }
    const bool has_say = decide(s, c, &state);
    const bool is_wanted =
        !c->has_config ? has_say
                       : (has_say && c->is_fresh) ||
                             ((has_say || c->is_config_ours) && !is_same(&state, &c->config));
    if (!is_wanted) {
        return; /* and no id was taken: one that is new is wanted */
    }
    if (!publish(s, c, &state)) {
        undo_takes(s, c, &state);
        return; /* still fresh at the next hello */
    }
    adopt(s, c, &state);
    c->has_sent = true;
    c->is_fresh = false;
}

int tpi_supervisor_answer(tp_supervisor_t *s)
{
    int work = 0;
    for (uint32_t i = 0; s->answers_due > 0 && i < s->consumer_index.capacity; i++) {
        tpi_watched_consumer_t *c = &s->consumers[i];
        if (s->consumer_index.is_used[i] != 0 && c->is_answer_due) {
            c->is_answer_due = false;
            s->answers_due--;
            answer(s, c);
            work++;
        }
    }
    return work;
}

/* ---- by hand ---- */

static int check_pair(const char *what, const char *channel, uint32_t id)
{
    const bool has_channel = channel != NULL && channel[0] != '\0';
    if (has_channel != (id != 0) || id == TPI_NULL_U32) {
        return tpi_fail(TP_EINVAL,
                        "%s stream: channel '%.100s' and id %u, expected both or neither", what,
                        has_channel ? channel : "", id); /* Rule: W-94 */
    }
    if (has_channel && strnlen(channel, TP_SUPERVISOR_CHANNEL_MAX) >= TP_SUPERVISOR_CHANNEL_MAX) {
        return tpi_fail(TP_EINVAL, "%s channel is longer than %d bytes", what,
                        TP_SUPERVISOR_CHANNEL_MAX - 1);
    }
    return TP_OK;
}

int tp_supervisor_send_config(tp_client_t *client, const tp_consumer_config_t *config)
{
    tp_consumer_config_t c;
    if (client == NULL) {
        return tpi_fail(TP_EINVAL, "client is NULL");
    }
    int rc = tpi_options_read(&c, sizeof c, config, "consumer config");
    rc = rc == TP_OK ? check_pair("descriptor", c.descriptor_channel, c.descriptor_stream_id) : rc;
    rc = rc == TP_OK ? check_pair("control", c.control_channel, c.control_stream_id) : rc;
    if (rc != TP_OK) {
        return rc;
    }
    if (c.stream_id == TPI_NULL_U32 || c.consumer_id == TPI_NULL_U32) {
        return tpi_fail(TP_EINVAL, "stream %u, consumer %u: 4294967295 is no id", c.stream_id,
                        c.consumer_id);
    }
    if (c.mode != TP_SUPERVISOR_MODE_STREAM && c.mode != TP_SUPERVISOR_MODE_RATE_LIMITED) {
        return tpi_fail(TP_EINVAL, "mode %d, expected 1 (STREAM) or 2 (RATE_LIMITED)", (int)c.mode);
    }
    if (c.payload_fallback_uri != NULL &&
        strnlen(c.payload_fallback_uri, TP_SUPERVISOR_CHANNEL_MAX) >= TP_SUPERVISOR_CHANNEL_MAX) {
        return tpi_fail(TP_EINVAL, "payload fallback URI is longer than %d bytes",
                        TP_SUPERVISOR_CHANNEL_MAX - 1);
    }
    const tpi_consumer_config_t m = {
        .stream_id = c.stream_id,
        .consumer_id = c.consumer_id,
        .use_shm = c.use_shm ? TPI_BOOL_TRUE : TPI_BOOL_FALSE,
        .mode = (uint8_t)c.mode,
        .descriptor_stream_id = c.descriptor_stream_id,
        .control_stream_id = c.control_stream_id,
        .payload_fallback_uri = view_of(c.payload_fallback_uri),
        .descriptor_channel = view_of(c.descriptor_channel),
        .control_channel = view_of(c.control_channel),
    };
    int encoded = 0;
    switch (send(client, &m, &encoded)) {
    case TPI_SEND_OK:
        return TP_OK;
    case TPI_SEND_NOT_READY:
    case TPI_SEND_NOT_CONNECTED:
    case TPI_SEND_BACK_PRESSURED:
    case TPI_SEND_ADMIN_ACTION:
        return TP_EAGAIN;
    case TPI_SEND_CLOSED:
        return tpi_fail(TP_ECLOSED, "the control publication was closed");
    case TPI_SEND_ERROR:
        break;
    }
    return encoded <= 0 ? TP_EINVAL /* the encoder left a text */
                        : tpi_fail(TP_EINVAL, "the control stream does not take %d bytes", encoded);
}

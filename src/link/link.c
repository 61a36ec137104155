/*
 * The functions of link.h: argument checks, and the jump to the kind of link at hand.
 */
#include "link/link.h"

#include <string.h>

#include "base/fail.h"
#include "link/counters.h"
#include "link/link_internal.h"

void tpi_link_destroy(tpi_link_t *link)
{
    if (link != NULL) {
        link->ops->destroy(link);
    }
}

int tpi_link_do_work(tpi_link_t *link, int64_t now_ns)
{
    return link->ops->do_work(link, now_ns);
}

tpi_link_state_t tpi_link_state(const tpi_link_t *link)
{
    return link->ops->state(link);
}

uint64_t tpi_link_generation(const tpi_link_t *link)
{
    return link->ops->generation(link);
}

const char *tpi_link_error(const tpi_link_t *link)
{
    return link->ops->error(link);
}

const char *tpi_link_aeron_dir(const tpi_link_t *link)
{
    return link->ops->aeron_dir(link);
}

static int check_channel(const char *channel, int32_t stream_id)
{
    const size_t len = channel != NULL ? strnlen(channel, TPI_CHANNEL_MAX) : 0;
    if (len == 0 || len >= TPI_CHANNEL_MAX) {
        return tpi_fail(TP_EINVAL, "stream %d: channel must have 1 to %d characters", stream_id,
                        TPI_CHANNEL_MAX - 1);
    }
    return TP_OK;
}

int tpi_link_add_publication(tpi_link_t *link, tpi_publication_t **out, const char *channel,
                             int32_t stream_id, bool exclusive)
{
    const int rc = check_channel(channel, stream_id);
    return rc < 0 ? rc : link->ops->add_publication(link, out, channel, stream_id, exclusive);
}

void tpi_publication_close(tpi_publication_t *pub)
{
    if (pub != NULL) {
        pub->ops->close(pub);
    }
}

bool tpi_publication_is_ready(const tpi_publication_t *pub)
{
    return pub->ops->is_ready(pub);
}

bool tpi_publication_is_connected(const tpi_publication_t *pub)
{
    return pub->ops->is_connected(pub);
}

const char *tpi_publication_error(const tpi_publication_t *pub)
{
    return pub->ops->error(pub);
}

int32_t tpi_publication_session_id(const tpi_publication_t *pub)
{
    return pub->ops->session_id(pub);
}

size_t tpi_publication_max_claim(const tpi_publication_t *pub)
{
    return pub->ops->max_claim(pub);
}

size_t tpi_publication_max_offer(const tpi_publication_t *pub)
{
    return pub->ops->max_offer(pub);
}

int64_t tpi_publication_room(const tpi_publication_t *pub)
{
    return pub->ops->room(pub);
}

tpi_send_t tpi_publication_offer(tpi_publication_t *pub, const void *data, size_t len)
{
    return pub->ops->offer(pub, data, len);
}

tpi_send_t tpi_publication_claim(tpi_publication_t *pub, size_t len, tpi_claim_buffer_t *out_claim)
{
    return pub->ops->claim(pub, len, out_claim);
}

void tpi_publication_commit(tpi_publication_t *pub, tpi_claim_buffer_t *claim)
{
    pub->ops->commit(pub, claim);
}

void tpi_publication_abort(tpi_publication_t *pub, tpi_claim_buffer_t *claim)
{
    pub->ops->abort(pub, claim);
}

int tpi_link_add_subscription(tpi_link_t *link, tpi_subscription_t **out, const char *channel,
                              int32_t stream_id, tpi_image_handler_t on_image, void *clientd)
{
    const int rc = check_channel(channel, stream_id);
    return rc < 0 ? rc
                  : link->ops->add_subscription(link, out, channel, stream_id, on_image, clientd);
}

void tpi_subscription_close(tpi_subscription_t *sub)
{
    if (sub != NULL) {
        sub->ops->close(sub);
    }
}

bool tpi_subscription_is_ready(const tpi_subscription_t *sub)
{
    return sub->ops->is_ready(sub);
}

size_t tpi_subscription_image_count(const tpi_subscription_t *sub)
{
    return sub->ops->image_count(sub);
}

const char *tpi_subscription_error(const tpi_subscription_t *sub)
{
    return sub->ops->error(sub);
}

int tpi_subscription_poll(tpi_subscription_t *sub, tpi_message_handler_t handler, void *clientd,
                          int limit)
{
    return sub->ops->poll(sub, handler, clientd, limit);
}

int tpi_link_add_counter(tpi_link_t *link, tpi_counter_t **out, int32_t type_id, const void *key,
                         size_t key_len, const char *label)
{
    if (key_len > TPI_COUNTER_KEY_MAX || (key == NULL && key_len > 0)) {
        return tpi_fail(TP_EINVAL, "counter of type %d: key of %zu bytes, expected at most %d",
                        type_id, key_len, TPI_COUNTER_KEY_MAX);
    }
    return link->ops->add_counter(link, out, type_id, key, key_len, label != NULL ? label : "");
}

void tpi_counter_close(tpi_counter_t *counter)
{
    if (counter != NULL) {
        counter->close(counter);
    }
}

/* Relaxed throughout: a counter orders nothing, and one thread writes it, so an add needs no locked instruction. */

void tpi_counter_set(tpi_counter_t *counter, int64_t value)
{
    atomic_store_explicit(counter->word, value, memory_order_relaxed);
}

void tpi_counter_add(tpi_counter_t *counter, int64_t delta)
{
    const int64_t value = atomic_load_explicit(counter->word, memory_order_relaxed);
    atomic_store_explicit(counter->word, value + delta, memory_order_relaxed);
}

int64_t tpi_counter_get(const tpi_counter_t *counter)
{
    return atomic_load_explicit(counter->word, memory_order_relaxed);
}

_Atomic int64_t *const *tpi_counter_word(const tpi_counter_t *counter)
{
    return &counter->word;
}

bool tpi_link_find_counter(tpi_link_t *link, int32_t type_id, const void *key, size_t key_len,
                           int32_t after_id, tpi_counter_ref_t *out)
{
    tpi_counter_ref_t ref = { .type_id = type_id, .generation = tpi_link_generation(link) };
    if (key_len > TPI_COUNTER_KEY_MAX || tpi_link_state(link) != TPI_LINK_UP ||
        !link->ops->find_counter(link, type_id, key, key_len, after_id, &ref)) {
        return false;
    }
    *out = ref;
    return true;
}

_Atomic int64_t *tpi_link_counter_word(tpi_link_t *link, const tpi_counter_ref_t *ref)
{
    if (tpi_link_state(link) != TPI_LINK_UP || tpi_link_generation(link) != ref->generation) {
        return NULL;
    }
    return link->ops->counter_word(link, ref);
}

/*
 * Counters. The value lives in the handle until the media driver has given us a counter, moves there, and back when it is lost.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "link/aeron_link.h"
#include "link/counters.h"

typedef struct aeron_count {
    tpi_counter_t base;
    aeron_counter_t *counter; /* NULL unless READY */
    tpi_aeron_handle_t handle;
    aeron_async_add_counter_t *adding;
    int32_t type_id;
    size_t key_len;
    uint8_t key[TPI_COUNTER_KEY_MAX];
    char label[TPI_LABEL_MAX + 1];
} aeron_count_t;

_Static_assert(sizeof(_Atomic int64_t) == sizeof(int64_t), "Aeron's counters are plain words");

static aeron_count_t *count_of(tpi_aeron_handle_t *handle)
{
    return TPI_CONTAINER(handle, aeron_count_t, handle);
}

static int count_begin(tpi_aeron_handle_t *handle, aeron_t *client)
{
    aeron_count_t *count = count_of(handle);
    return aeron_async_add_counter(&count->adding, client, count->type_id, count->key,
                                   count->key_len, count->label, strlen(count->label));
}

/* From where the value was to where it lives from now on. */
static void move_word(tpi_counter_t *base, _Atomic int64_t *word)
{
    const int64_t value = tpi_counter_get(base);
    base->word = word;
    tpi_counter_set(base, value);
}

static int count_poll(tpi_aeron_handle_t *handle)
{
    aeron_count_t *count = count_of(handle);
    const int done = aeron_async_add_counter_poll(&count->counter, count->adding);
    if (done != 0) {
        count->adding = NULL;
    }
    if (done > 0) {
        move_word(&count->base, (_Atomic int64_t *)aeron_counter_addr(count->counter));
    }
    return done;
}

static void count_cancel(tpi_aeron_handle_t *handle, aeron_t *client)
{
    aeron_count_t *count = count_of(handle);
    (void)aeron_async_add_counter_cancel(client, count->adding);
    count->adding = NULL;
}

static void count_lost(tpi_aeron_handle_t *handle)
{
    aeron_count_t *count = count_of(handle);
    move_word(&count->base, &count->base.own);
    count->counter = NULL;
    count->adding = NULL;
}

static void count_aeron_close(tpi_aeron_handle_t *handle)
{
    aeron_count_t *count = count_of(handle);
    aeron_counter_t *counter = count->counter;
    count_lost(handle);
    (void)aeron_counter_close(counter, NULL, NULL);
}

static void count_free(tpi_aeron_handle_t *handle)
{
    free(count_of(handle));
}

static void count_close(tpi_counter_t *base)
{
    tpi_handle_close(&((aeron_count_t *)base)->handle);
}

static const tpi_aeron_kind_t count_kind = {
    .begin = count_begin,
    .poll = count_poll,
    .cancel = count_cancel,
    .close = count_aeron_close,
    .lost = count_lost,
    .free = count_free,
};

int tpi_aeron_add_counter(tpi_link_t *link, tpi_counter_t **out, int32_t type_id, const void *key,
                          size_t key_len, const char *label)
{
    aeron_count_t *count = calloc(1, sizeof(*count));
    if (count == NULL ||
        tpi_handle_init(&count->handle, (tpi_aeron_link_t *)link, &count_kind, NULL, 0) < 0) {
        free(count);
        return tpi_fail(TP_ENOMEM, "counter of type %" PRId32, type_id);
    }
    count->base.close = count_close;
    count->base.word = &count->base.own;
    count->type_id = type_id;
    count->key_len = key_len;
    if (key_len > 0) {
        memcpy(count->key, key, key_len);
    }
    (void)snprintf(count->label, sizeof(count->label), "%s", label);
    *out = &count->base;
    return TP_OK;
}

/* ---- those of others ---- */

typedef struct search {
    int32_t type_id;
    const void *key;
    size_t key_len;
    int32_t after_id;
    int32_t first; /* -1: none */
    int32_t next;  /* behind after_id; -1: none */
} search_t;

static void compare(int64_t value, int32_t id, int32_t type_id, const uint8_t *key,
                    size_t key_length, const char *label, size_t label_length, void *clientd)
{
    search_t *search = clientd;
    (void)value;
    (void)label;
    (void)label_length;
    if (type_id == search->type_id && key_length >= search->key_len &&
        memcmp(key, search->key, search->key_len) == 0) { /* they come by id */
        search->first = search->first < 0 ? id : search->first;
        search->next = search->next < 0 && id > search->after_id ? id : search->next;
    }
}

static aeron_counters_reader_t *counters_of(tpi_link_t *link)
{
    return aeron_counters_reader(((tpi_aeron_link_t *)link)->client);
}

bool tpi_aeron_find_counter(tpi_link_t *link, int32_t type_id, const void *key, size_t key_len,
                            int32_t after_id, tpi_counter_ref_t *out)
{
    aeron_counters_reader_t *counters = counters_of(link);
    search_t search = { type_id, key, key_len, after_id, -1, -1 };
    aeron_counters_reader_foreach_counter(counters, compare, &search);
    out->counter_id = search.next >= 0 ? search.next : search.first;
    return out->counter_id >= 0 && aeron_counters_reader_counter_registration_id(
                                       counters, out->counter_id, &out->registration_id) == 0;
}

_Atomic int64_t *tpi_aeron_counter_word(tpi_link_t *link, const tpi_counter_ref_t *ref)
{
    aeron_counters_reader_t *counters = counters_of(link);
    const int32_t id = ref->counter_id;
    int32_t state;
    int32_t type_id;
    int64_t registration_id;
    if (aeron_counters_reader_counter_state(counters, id, &state) != 0 ||
        aeron_counters_reader_counter_type_id(counters, id, &type_id) != 0 ||
        aeron_counters_reader_counter_registration_id(counters, id, &registration_id) != 0 ||
        state != AERON_COUNTER_RECORD_ALLOCATED || type_id != ref->type_id ||
        registration_id != ref->registration_id) {
        return NULL;
    }
    return (_Atomic int64_t *)aeron_counters_reader_addr(counters, id);
}

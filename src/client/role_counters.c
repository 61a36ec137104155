#include "client/role_counters.h"

#include <stdio.h>

#include "base/bytes.h"
#include "client/client_internal.h"
#include "link/counters.h"

void tpi_role_counters_close(tpi_role_counters_t *set)
{
    for (size_t i = 0; i < set->count; i++) {
        tpi_counter_close(set->counters[i]);
        set->counters[i] = NULL;
    }
    if (set->counted_by != NULL) {
        set->counted_by->counter_sets--;
        set->counted_by = NULL;
    }
    set->is_open = false;
}

bool tpi_role_counters_due(tpi_role_counters_t *set, const tpi_attachment_t *attachment,
                           int64_t now_ns)
{
    if (set->is_open &&
        (!tpi_attachment_is_attached(attachment) || attachment->client_id != set->client_id)) {
        tpi_role_counters_close(set);
    }
    if (!tpi_attachment_is_attached(attachment)) {
        return false;
    }
    return !set->is_open || now_ns - set->due_ns >= 0;
}

int64_t tpi_role_counters_next(const tpi_role_counters_t *set, const tpi_attachment_t *attachment)
{
    if (!tpi_attachment_is_attached(attachment)) {
        return TPI_NEVER;
    }
    return set->is_open ? set->due_ns : TPI_EACH_TURN;
}

static void open_counters(tpi_role_counters_t *set, const tpi_attachment_t *attachment)
{
    static const char *const prefix[] = { "", "tp-producer", "tp-consumer" };
    tp_client_t *client = attachment->client;
    set->is_open = true;
    set->client_id = attachment->client_id;
    if (client->counter_sets >= TPI_ROLE_COUNTER_SETS) {
        return;
    }
    client->counter_sets++;
    set->counted_by = client;
    for (size_t i = 0; i < set->count; i++) {
        uint8_t key[12]; /* link/counters.h */
        char label[128];
        tpi_put_u32(key, (uint32_t)i);
        tpi_put_u32(key + 4, attachment->stream_id);
        tpi_put_u32(key + 8, attachment->client_id);
        snprintf(label, sizeof label, "%s %s: stream=%u client=%u", prefix[attachment->role_id % 3],
                 set->labels[i], attachment->stream_id, attachment->client_id);
        if (tpi_link_add_counter(client->link, &set->counters[i], set->type_id, key, sizeof key,
                                 label) != TP_OK) {
            set->counters[i] = NULL; /* a figure less to look at; nothing depends on it */
        }
    }
}

void tpi_role_counters_update(tpi_role_counters_t *set, const tpi_attachment_t *attachment,
                              const uint64_t *values, int64_t now_ns)
{
    if (!set->is_open) {
        open_counters(set, attachment);
    }
    for (size_t i = 0; i < set->count; i++) {
        if (set->counters[i] != NULL) {
            tpi_counter_set(set->counters[i], (int64_t)values[i]);
        }
    }
    set->due_ns = now_ns + TPI_ROLE_COUNTERS_PERIOD_NS;
}

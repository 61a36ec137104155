/*
 * bridge/counters.c - a bridge's figures as Aeron counters (C-12): any process may read them, also
 * when this one is stuck.
 *
 * Key (link/counters.h): u32 which, u32 source stream, u32 destination stream, then the instance id
 * cut to what fits; both streams are 0 for those of the instance. Like those of other roles they
 * are a limited good of the media driver: mappings beyond the first MAPPINGS_MAX have none.
 */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "bridge/bridge_internal.h"
#include "link/counters.h"

enum { MAPPINGS_MAX = 16, PERIOD_NS = 100000000, KEY_NUMBERS = 12 };

static const char *const instance_labels[] = { "duty-cycles", "work-done", "chunks-foreign",
                                               "control-ignored" };
static const char *const mapping_labels[] = {
    "frames-forwarded",      "frames-torn",    "frames-oversize",     "frames-unsent",
    "chunks-sent",           "chunks-dropped", "assemblies-reset",    "control-forwarded",
    "frames-rematerialized", "frames-dropped", "descriptors-dropped", "metadata-forwarded",
};
enum {
    INSTANCE_COUNTERS = sizeof instance_labels / sizeof instance_labels[0],
    MAPPING_COUNTERS = sizeof mapping_labels / sizeof mapping_labels[0]
};

_Static_assert(INSTANCE_COUNTERS <= sizeof((tp_bridge_t *)NULL)->counters / sizeof(void *),
               "room for each");
_Static_assert(MAPPING_COUNTERS <= sizeof((tpi_bridge_mapping_t *)NULL)->counters / sizeof(void *),
               "room for each");

static void set(tp_bridge_t *bridge, tpi_counter_t **counter, uint32_t which, const char *label,
                const tpi_bridge_mapping_t *m, uint64_t value)
{
    if (*counter == NULL) {
        const char *instance = bridge->config.o.instance_id;
        const size_t len = strnlen(instance, TPI_COUNTER_KEY_MAX - KEY_NUMBERS);
        const uint32_t source = m != NULL ? m->config->source_stream_id : 0;
        const uint32_t dest = m != NULL ? m->config->dest_stream_id : 0;
        uint8_t key[TPI_COUNTER_KEY_MAX];
        char text[200];
        tpi_put_u32(key, which);
        tpi_put_u32(key + 4, source);
        tpi_put_u32(key + 8, dest);
        memcpy(key + KEY_NUMBERS, instance, len);
        if (m != NULL) {
            snprintf(text, sizeof text, "tp-bridge %s: instance=%.60s source=%u dest=%u", label,
                     instance, source, dest);
        } else {
            snprintf(text, sizeof text, "tp-bridge %s: instance=%.60s", label, instance);
        }
        if (tpi_link_add_counter(bridge->client->link, counter, TPI_COUNTER_BRIDGE, key,
                                 KEY_NUMBERS + len, text) != TP_OK) {
            *counter = NULL; /* a figure less to look at; nothing depends on it */
            return;
        }
    }
    tpi_counter_set(*counter, (int64_t)value);
}

void tpi_bridge_counters_tick(tp_bridge_t *bridge)
{
    if (bridge->now_ns - bridge->counters_due_ns < 0) {
        return;
    }
    bridge->counters_due_ns = bridge->now_ns + PERIOD_NS;
    const tp_bridge_stats_t *s = &bridge->stats;
    const uint64_t of_instance[INSTANCE_COUNTERS] = { bridge->duty_cycles, bridge->work_done,
                                                      s->chunk_drops[TP_BRIDGE_CHUNK_GATE] +
                                                          s->chunk_drops[TP_BRIDGE_CHUNK_DECODE] +
                                                          s->chunk_drops[TP_BRIDGE_CHUNK_STREAM],
                                                      s->control_ignored };
    for (uint32_t i = 0; i < INSTANCE_COUNTERS; i++) {
        set(bridge, &bridge->counters[i], i, instance_labels[i], NULL, of_instance[i]);
    }
    for (size_t k = 0; k < bridge->nmappings && k < MAPPINGS_MAX; k++) {
        tpi_bridge_mapping_t *m = &bridge->mappings[k];
        const tp_bridge_stats_t *t = &m->stats;
        const uint64_t of_mapping[MAPPING_COUNTERS] = {
            t->frames_forwarded, t->frames_torn,         t->frames_oversize,
            t->frames_unsent,    t->chunks_sent,         t->chunks_dropped + t->chunks_unsent,
            t->assemblies_reset, t->control_forwarded,   t->frames_rematerialized,
            t->frames_dropped,   t->descriptors_dropped, t->metadata_forwarded,
        };
        for (uint32_t i = 0; i < MAPPING_COUNTERS; i++) {
            set(bridge, &m->counters[i], INSTANCE_COUNTERS + i, mapping_labels[i], m,
                of_mapping[i]);
        }
    }
}

void tpi_bridge_counters_close(tp_bridge_t *bridge)
{
    for (size_t i = 0; i < INSTANCE_COUNTERS; i++) {
        tpi_counter_close(bridge->counters[i]);
    }
    for (size_t k = 0; k < bridge->nmappings; k++) {
        for (size_t i = 0; i < MAPPING_COUNTERS; i++) {
            tpi_counter_close(bridge->mappings[k].counters[i]);
        }
    }
}

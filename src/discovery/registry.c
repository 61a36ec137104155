#include "discovery/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "wire/codec.h"

enum { SLOT_BYTES = 256, MAX_DIMS = 8 };

int tpi_registry_init(tpi_registry_t *registry, int64_t expiry_ns, uint32_t max_pools,
                      uint32_t max_tags, tp_discovery_stats_t *stats)
{
    memset(registry, 0, sizeof *registry);
    registry->expiry_ns = expiry_ns;
    registry->max_pools = max_pools;
    registry->max_tags = max_tags;
    registry->stats = stats;
    registry->entries = calloc(TP_DISCOVERY_MAX_ENTRIES + 1, sizeof *registry->entries);
    return registry->entries != NULL ? TP_OK : tpi_fail(TP_ENOMEM, "discovery registry");
}

static void free_entry(tpi_entry_t *entry)
{
    free(entry->announce);
    free(entry);
}

void tpi_registry_fini(tpi_registry_t *registry)
{
    for (size_t i = 0; i < registry->count; i++) {
        free_entry(registry->entries[i]);
    }
    free(registry->entries);
    memset(registry, 0, sizeof *registry);
}

/* ---- entries ---- */

static uint64_t key_of(uint32_t endpoint, uint32_t stream_id)
{
    return (uint64_t)endpoint << 32 | stream_id; /* Rule: S-21 */
}

static size_t position(const tpi_registry_t *registry, uint64_t key)
{
    size_t low = 0;
    size_t high = registry->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const tpi_entry_t *e = registry->entries[middle];
        if (key_of(e->endpoint, e->stream_id) < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Whose metadata waits the longest for an announce (S-24) makes room for a stream that is there. */
static bool evict_waiting(tpi_registry_t *registry)
{
    size_t oldest = registry->count;
    for (size_t i = 0; i < registry->count; i++) {
        const tpi_entry_t *e = registry->entries[i];
        if (e->announce == NULL &&
            (oldest == registry->count || e->heard_ns < registry->entries[oldest]->heard_ns)) {
            oldest = i;
        }
    }
    if (oldest == registry->count) {
        return false;
    }
    free_entry(registry->entries[oldest]);
    registry->count--;
    memmove(&registry->entries[oldest], &registry->entries[oldest + 1],
            (registry->count - oldest) * sizeof *registry->entries);
    registry->stats->ignored_limit++; /* Rule: S-29 what was said of it is lost */
    return true;
}

/* NULL: the directory is full, or there is no memory; counted. */
static tpi_entry_t *entry_of(tpi_registry_t *registry, uint32_t endpoint, uint32_t stream_id,
                             bool is_announced)
{
    const uint64_t key = key_of(endpoint, stream_id);
    size_t i = position(registry, key);
    if (i < registry->count &&
        key_of(registry->entries[i]->endpoint, registry->entries[i]->stream_id) == key) {
        return registry->entries[i];
    }
    if (registry->count == TP_DISCOVERY_MAX_ENTRIES && is_announced && evict_waiting(registry)) {
        i = position(registry, key);
    }
    tpi_entry_t *entry =
        registry->count < TP_DISCOVERY_MAX_ENTRIES ? calloc(1, sizeof *entry) : NULL;
    if (entry == NULL) {
        registry->stats->ignored_limit++; /* Rule: S-29 */
        return NULL;
    }
    entry->endpoint = endpoint;
    entry->stream_id = stream_id;
    entry->data_source_id = TPI_NULL_U64;
    memmove(&registry->entries[i + 1], &registry->entries[i],
            (registry->count - i) * sizeof *registry->entries);
    registry->entries[i] = entry;
    registry->count++;
    return entry;
}

bool tpi_entry_is_visible(const tpi_registry_t *registry, const tpi_entry_t *entry, int64_t now_ns)
{
    /* Rule: S-24, S-25 the time of receipt by our clock; metadata does not count */
    return entry->announce != NULL && now_ns - entry->announced_ns < registry->expiry_ns;
}

/* ---- announces ---- */

static bool is_within_limits(const tpi_registry_t *registry, const tpi_shm_pool_announce_t *m)
{
    bool is_good = m->npools <= registry->max_pools && m->header_region_uri.len <= TPI_URI_MAX;
    for (uint16_t i = 0; i < m->npools && is_good; i++) {
        is_good = m->pools[i].region_uri.len <= TPI_URI_MAX;
    }
    return is_good;
}

/* Rule: S-16, S-17, W-79 what no client would take is not listed */
static bool is_well_formed(const tpi_shm_pool_announce_t *m)
{
    bool is_good = m->header_slot_bytes == SLOT_BYTES;
    for (uint16_t i = 0; i < m->npools && is_good; i++) {
        is_good = m->pools[i].nslots == m->header_nslots;
    }
    return is_good;
}

void tpi_registry_on_announce(tpi_registry_t *registry, uint32_t endpoint,
                              const tpi_shm_pool_announce_t *m, const uint8_t *data, size_t len,
                              int64_t now_ns)
{
    if (!is_within_limits(registry, m)) {
        registry->stats->ignored_limit++; /* Rule: S-29 */
        return;
    }
    if (!is_well_formed(m)) {
        registry->stats->ignored_decode++;
        return;
    }
    tpi_entry_t *entry = entry_of(registry, endpoint, m->stream_id, true);
    if (entry == NULL) {
        return;
    }
    /* Rule: S-26, S-27 a lower epoch is believed once the higher one has expired */
    if (m->epoch < entry->epoch && tpi_entry_is_visible(registry, entry, now_ns)) {
        registry->stats->ignored_epoch++;
        return;
    }
    /* Most repeat what is known, but for their time. */
    if (entry->announce == NULL || entry->announce_len != len) {
        uint8_t *copy = malloc(len);
        if (copy == NULL) {
            registry->stats->ignored_limit++;
            return;
        }
        free(entry->announce);
        entry->announce = copy;
        entry->announce_len = len;
    }
    memcpy(entry->announce, data, len);
    entry->epoch = m->epoch;
    entry->announced_ns = now_ns;
}

/* ---- metadata ---- */

static void heard(tpi_entry_t *entry, int64_t now_ns)
{
    /* Rule: S-25 this does not extend it; it bounds what waits for an announce (S-24) */
    entry->heard_ns = now_ns;
}

void tpi_registry_on_source(tpi_registry_t *registry, uint32_t endpoint,
                            const tpi_data_source_announce_t *m, int64_t now_ns)
{
    tpi_entry_t *entry = entry_of(registry, endpoint, m->stream_id, false);
    if (entry == NULL || (entry->announce != NULL && m->epoch < entry->epoch)) {
        return; /* Rule: S-27 of an epoch that is over */
    }
    heard(entry, now_ns);
    /* Rule: S-8, S-18 as announced, or not at all */
    entry->name_len = m->name.len <= TPI_NAME_MAX ? m->name.len : 0;
    if (entry->name_len > 0) {
        memcpy(entry->name, m->name.data, entry->name_len);
    }
    entry->name[entry->name_len] = '\0';
}

static bool is_key(tpi_view_t key, const char *name)
{
    return key.len == strlen(name) && memcmp(key.data, name, key.len) == 0;
}

static void add_tag(const tpi_registry_t *registry, tpi_entry_t *entry, const uint8_t *data,
                    size_t len)
{
    while (len > 0 && *data == ' ') {
        data++;
        len--;
    }
    while (len > 0 && data[len - 1] == ' ') {
        len--;
    }
    if (len == 0 || len > TP_DISCOVERY_MAX_TAG || entry->ntags >= registry->max_tags) {
        return; /* Rule: S-29 excess tags are cut */
    }
    memcpy(entry->tags[entry->ntags], data, len);
    entry->tag_len[entry->ntags++] = (uint8_t)len;
}

static void add_tags(const tpi_registry_t *registry, tpi_entry_t *entry, tpi_view_t list)
{
    const uint8_t *at = list.data;
    size_t left = list.len;
    while (left > 0) {
        const uint8_t *comma = memchr(at, ',', left);
        const size_t len = comma != NULL ? (size_t)(comma - at) : left;
        add_tag(registry, entry, at, len);
        at += len + (comma != NULL);
        left -= len + (comma != NULL);
    }
}

/* Decimal; TPI_NULL_U64 for anything else. */
static uint64_t id_of(tpi_view_t text)
{
    uint64_t id = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        const uint8_t digit = (uint8_t)(text.data[i] - '0');
        if (digit > 9 || __builtin_mul_overflow(id, UINT64_C(10), &id) ||
            __builtin_add_overflow(id, (uint64_t)digit, &id)) {
            return TPI_NULL_U64;
        }
    }
    return text.len == 0 ? TPI_NULL_U64 : id;
}

/* Rule: S-28 the only place where ids and tags are said */
void tpi_registry_on_meta(tpi_registry_t *registry, uint32_t endpoint,
                          const tpi_data_source_meta_t *m, int64_t now_ns)
{
    tpi_entry_t *entry = entry_of(registry, endpoint, m->stream_id, false);
    if (entry == NULL) {
        return;
    }
    heard(entry, now_ns);
    entry->data_source_id = TPI_NULL_U64;
    entry->ntags = 0;
    for (uint16_t i = 0; i < m->nattributes; i++) {
        const tpi_attribute_t *a = &m->attributes[i];
        if (is_key(a->key, "data_source_id")) {
            entry->data_source_id = id_of(a->value);
        } else if (is_key(a->key, "tags")) {
            add_tags(registry, entry, a->value);
        } else if (is_key(a->key, "tag")) {
            add_tag(registry, entry, a->value.data, a->value.len);
        }
    }
}

/* ---- time ---- */

int tpi_registry_sweep(tpi_registry_t *registry, int64_t now_ns)
{
    size_t kept = 0;
    const size_t before = registry->count;
    uint64_t visible = 0;
    for (size_t i = 0; i < before; i++) {
        tpi_entry_t *entry = registry->entries[i];
        const bool is_visible = tpi_entry_is_visible(registry, entry, now_ns);
        /* Rule: S-24 metadata waits for an announce for one period at most */
        const bool is_waiting =
            entry->announce == NULL && now_ns - entry->heard_ns < registry->expiry_ns;
        if (is_visible || is_waiting) {
            registry->entries[kept++] = entry;
            visible += is_visible;
        } else {
            registry->stats->expired += entry->announce != NULL; /* Rule: S-25 */
            free_entry(entry);
        }
    }
    registry->count = kept;
    registry->stats->entries = visible;
    return (int)(before - kept);
}

/* ---- queries ---- */

static bool has_tag(const tpi_entry_t *entry, tpi_view_t tag)
{
    for (uint16_t i = 0; i < entry->ntags; i++) {
        if (entry->tag_len[i] == tag.len && memcmp(entry->tags[i], tag.data, tag.len) == 0) {
            return true;
        }
    }
    return tag.len == 0; /* Rule: S-8 an empty one asks for nothing */
}

bool tpi_entry_matches(const tpi_entry_t *entry, const tpi_discovery_request_t *request,
                       uint32_t producer_id)
{
    const tpi_view_t name = request->data_source_name;
    if ((request->stream_id != TPI_NULL_U32 && request->stream_id != entry->stream_id) ||
        (request->producer_id != TPI_NULL_U32 && request->producer_id != producer_id) ||
        (request->data_source_id != TPI_NULL_U64 &&
         request->data_source_id != entry->data_source_id) ||
        (name.len > 0 &&
         (name.len != entry->name_len || memcmp(name.data, entry->name, name.len) != 0))) {
        return false;
    }
    for (uint16_t i = 0; i < request->ntags; i++) {
        if (!has_tag(entry, request->tags[i])) {
            return false;
        }
    }
    return true;
}

bool tpi_entry_describe(tpi_registry_t *registry, const tpi_entry_t *entry,
                        tpi_discovery_result_t *out)
{
    tpi_shm_pool_announce_t *m = &registry->announce;
    if (tpi_shm_pool_announce_decode(entry->announce, entry->announce_len, m) != TP_OK) {
        return false; /* it was decoded when it came */
    }
    out->stream_id = m->stream_id;
    out->producer_id = m->producer_id;
    out->epoch = m->epoch;
    out->layout_version = m->layout_version;
    out->header_nslots = m->header_nslots;
    out->header_slot_bytes = m->header_slot_bytes;
    out->max_dims = MAX_DIMS;
    out->data_source_id = entry->data_source_id;
    out->npools = m->npools;
    memcpy(out->pools, m->pools, m->npools * sizeof m->pools[0]);
    out->ntags = entry->ntags;
    for (uint16_t i = 0; i < entry->ntags; i++) {
        out->tags[i] = (tpi_view_t){ (const uint8_t *)entry->tags[i], entry->tag_len[i] };
    }
    out->header_region_uri = m->header_region_uri;
    out->data_source_name = (tpi_view_t){ (const uint8_t *)entry->name, entry->name_len };
    return true;
}

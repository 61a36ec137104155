/*
 * discovery/registry.h - soft state of streams, keyed by driver and stream (S-21). Knows nothing
 * of Aeron; time is handed in.
 */
#ifndef TPI_DISCOVERY_REGISTRY_H
#define TPI_DISCOVERY_REGISTRY_H

#include "tensorpool/discovery.h"
#include "wire/discovery.h"
#include "wire/meta.h"

#define TPI_URI_MAX 4096u /* Rule: S-29 */
#define TPI_NAME_MAX 256u /* Rule: S-8 */

typedef struct tpi_entry {
    uint32_t endpoint;
    uint32_t stream_id;
    uint8_t *announce; /* the last message, heap; NULL: only metadata so far */
    size_t announce_len;
    uint64_t epoch;
    int64_t announced_ns;
    int64_t heard_ns; /* of metadata while there is no announce (S-24) */
    char name[TPI_NAME_MAX + 1];
    uint32_t name_len;
    uint64_t data_source_id; /* TPI_NULL_U64: none */
    uint16_t ntags;
    uint8_t tag_len[TP_DISCOVERY_MAX_TAGS];
    char tags[TP_DISCOVERY_MAX_TAGS][TP_DISCOVERY_MAX_TAG];
} tpi_entry_t;

typedef struct tpi_registry {
    /* by endpoint, then stream: endpoints are sorted by instance id (S-14) */
    tpi_entry_t **entries;
    size_t count;
    int64_t expiry_ns;
    uint32_t max_pools, max_tags;
    tp_discovery_stats_t *stats;      /* borrowed */
    tpi_shm_pool_announce_t announce; /* scratch: too large for the stack of a small thread */
    tpi_data_source_meta_t meta;
} tpi_registry_t;

int tpi_registry_init(tpi_registry_t *registry, int64_t expiry_ns, uint32_t max_pools,
                      uint32_t max_tags, tp_discovery_stats_t *stats);
void tpi_registry_fini(tpi_registry_t *registry);

/** An announce that is recent; `m` is `data` decoded. */
void tpi_registry_on_announce(tpi_registry_t *registry, uint32_t endpoint,
                              const tpi_shm_pool_announce_t *m, const uint8_t *data, size_t len,
                              int64_t now_ns);
void tpi_registry_on_source(tpi_registry_t *registry, uint32_t endpoint,
                            const tpi_data_source_announce_t *m, int64_t now_ns);
void tpi_registry_on_meta(tpi_registry_t *registry, uint32_t endpoint,
                          const tpi_data_source_meta_t *m, int64_t now_ns);
/** Remove what expired. */
int tpi_registry_sweep(tpi_registry_t *registry, int64_t now_ns);

/** Is there an announce that has not expired? */
bool tpi_entry_is_visible(const tpi_registry_t *registry, const tpi_entry_t *entry, int64_t now_ns);
/** Rule: S-7, S-8 */
bool tpi_entry_matches(const tpi_entry_t *entry, const tpi_discovery_request_t *request,
                       uint32_t producer_id);
/** All of a result but what comes from the endpoint's configuration. Views into the entry. */
bool tpi_entry_describe(tpi_registry_t *registry, const tpi_entry_t *entry,
                        tpi_discovery_result_t *out);

#endif

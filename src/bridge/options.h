/*
 * bridge/options.h - a bridge's options, read, judged and with their defaults; everything that
 * refuses to start is here.
 */
#ifndef TPI_BRIDGE_OPTIONS_H
#define TPI_BRIDGE_OPTIONS_H

#include "tensorpool/bridge.h"

#define TPI_BRIDGE_MAX_CHUNK 65535u /* Rule: B-11, B-12, the fields' own limits */
#define TPI_BRIDGE_MAX_PAYLOAD 1073741824u
#define TPI_BRIDGE_MTU_MARGIN 128u /* Rule: B-11 */
#define TPI_BRIDGE_TIMEOUT_MS 250u
#define TPI_BRIDGE_INFLIGHT 2u
#define TPI_BRIDGE_INFLIGHT_MAX 16u

typedef struct tpi_bridge_config {
    /* `mappings` and texts are ours; mtu_bytes, chunk_bytes and max_chunk_bytes as given, 0:
       not set */
    tp_bridge_options_t o;
    tp_bridge_mapping_t *mappings; /* roles resolved; metadata_stream_id as given */
    bool forwards_metadata;
    bool *echoes; /* by mapping: its metadata would come back for ever. NULL: none's would */
    char *texts;
} tpi_bridge_config_t;

/**
 * Check and copy. Doubtful but allowed things are told to options->event.
 * @param client the client's options, defaults filled in: local streams the bridge's own must keep
 * away from.
 * @return TP_OK, TP_EINVAL (text: option, value, expectation), TP_ENOMEM; *out is untouched on
 * failure.
 */
int tpi_bridge_config_read(tpi_bridge_config_t *out, const tp_bridge_options_t *options,
                           const tp_client_options_t *client);
void tpi_bridge_config_free(tpi_bridge_config_t *config);

/** Bytes of a sender's chunks on a payload stream of this MTU (B-11). */
uint32_t tpi_bridge_chunk_bytes(const tpi_bridge_config_t *config, uint32_t stream_mtu);
/** What a receiver takes at most (B-25). */
uint32_t tpi_bridge_chunk_limit(const tpi_bridge_config_t *config);

static inline bool tpi_bridge_sends(const tp_bridge_mapping_t *mapping)
{
    return mapping->role != TP_BRIDGE_RECEIVER;
}

static inline bool tpi_bridge_receives(const tp_bridge_mapping_t *mapping)
{
    return mapping->role != TP_BRIDGE_SENDER;
}

/** streamId of the mapping on the wire (B-8). */
static inline uint32_t tpi_bridge_wire_stream(const tp_bridge_mapping_t *mapping)
{
    return mapping->dest_stream_id != 0 ? mapping->dest_stream_id : mapping->source_stream_id;
}

/** Are a bridge's streams apart from each other and from the local ones (B-7, B-9)?
 * @return TP_OK, TP_EINVAL (text: both streams). */
int tpi_bridge_check_streams(const tpi_bridge_config_t *config, const tp_client_options_t *client);

#endif

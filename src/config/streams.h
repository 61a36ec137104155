/*
 * config/streams.h - [profiles.NAME] and [streams.NAME] of the file.
 */
#ifndef TPI_CONFIG_STREAMS_H
#define TPI_CONFIG_STREAMS_H

#include "config/config.h"
#include "config/keys.h"
#include "config/toml_shim.h"

typedef struct tpi_stream_config {
    tp_driver_profile_t *profiles; /* names and pools are owned */
    size_t nprofiles;
    tp_driver_stream_t *streams; /* names are owned */
    size_t nstreams;
    /* Two for each profile, two for each stream, in the order of the file. */
    tpi_config_item_t *items;
    size_t nitems;
} tpi_stream_config_t;

/* The two tables, each at most once (TOML sees to that), in any order. TP_ECONFIG, TP_ENOMEM. */
int tpi_stream_config_profiles(tpi_stream_config_t *config, const tpi_toml_node_t *table,
                               const tpi_place_t *place, const tpi_config_source_t *source);
int tpi_stream_config_streams(tpi_stream_config_t *config, const tpi_toml_node_t *table,
                              const tpi_place_t *place, const tpi_config_source_t *source);

const tp_driver_profile_t *tpi_stream_config_profile(const tpi_stream_config_t *config,
                                                     const char *name);

/** What spans both tables and other keys: strides against the page size (D-95), streams' profiles exist (D-116). */
int tpi_stream_config_check(const tpi_stream_config_t *config, uint64_t page_bytes);

void tpi_stream_config_clear(tpi_stream_config_t *config);

#endif

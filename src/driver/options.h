/*
 * driver/options.h - the driver's options, checked, with defaults filled in and everything owned.
 */
#ifndef TPI_DRIVER_OPTIONS_H
#define TPI_DRIVER_OPTIONS_H

#include "shm/region.h"
#include "tensorpool/driver.h"

#define TPI_DRIVER_MAX_PROFILES 4096u
#define TPI_DRIVER_MAX_STATIC_STREAMS 16384u

typedef struct tpi_driver_profile {
    char *name;
    uint32_t nslots;
    size_t npools;
    tp_driver_pool_t *pools;
    uint64_t total_bytes; /* ring and pools of one epoch */
} tpi_driver_profile_t;

typedef struct tpi_driver_stream_config {
    char *name;
    uint32_t stream_id;
    const tpi_driver_profile_t *profile;
} tpi_driver_stream_config_t;

typedef struct tpi_driver_config {
    char *instance_id, *aeron_dir /* may be NULL */, *control_channel, *announce_channel,
        *qos_channel, *base_dir;
    char *shutdown_token; /* "" : off */
    int32_t control_stream_id, announce_stream_id, qos_stream_id;
    tp_id_range_t stream_id_range, descriptor_stream_id_range, control_stream_id_range;
    bool require_hugepages;
    uint32_t page_size_bytes;
    uint32_t file_mode, dir_mode;
    char **allowed_base_dirs;
    size_t allowed_base_dirs_count;
    bool allow_dynamic_streams;
    const tpi_driver_profile_t *default_profile;
    int64_t announce_period_ns, lease_duration_ns, keepalive_interval_ns, shutdown_timeout_ns;
    bool prefault, transparent_hugepages, reuse_existing, mlock, cleanup_on_exit;
    bool supervisor_assigns_streams;
    bool gc_enabled, gc_on_startup;
    uint32_t gc_keep;
    int64_t gc_min_age_ns;
    tpi_driver_profile_t *profiles;
    size_t nprofiles;
    tpi_driver_stream_config_t *streams;
    size_t nstreams;
    tp_clock_fn_t clock, realtime_clock;
    void *clock_clientd;
    int64_t media_driver_timeout_ns;
    void (*log)(void *clientd, int level, const char *text);
    void *log_clientd;
} tpi_driver_config_t;

/**
 * Check everything that needs no file system and copy it (driver.md 6, D-105, D-113..D-118).
 * @return TP_OK; TP_ECONFIG with a text naming key, value and expectation; TP_EINVAL (size); TP_ENOMEM. *out is zeroed then.
 */
int tpi_driver_config_init(tpi_driver_config_t *out, const tp_driver_options_t *options);
void tpi_driver_config_fini(tpi_driver_config_t *config);

/** D-95: every stride against the page size of the backing. TP_OK or TP_ECONFIG. */
int tpi_driver_config_check_pages(const tpi_driver_config_t *config, size_t backing_page_bytes);

#endif

/*
 * config/keys.h - the scalar keys and lists of driver.md 6, one row each, and the environment-only settings.
 *
 * The environment name of a key is the key in upper case with `.` as `_` (D-114).
 */
#ifndef TPI_CONFIG_KEYS_H
#define TPI_CONFIG_KEYS_H

#include "config/config.h"

/* X(id, key, kind, default as text, least, most). The default of a few depends on others: "" here, resolved at the end. */
#define TPI_CONFIG_KEYS(X)                                                                         \
    X(INSTANCE_ID, "driver.instance_id", STRING, "driver-01", 0, 0)                                \
    X(AERON_DIR, "driver.aeron_dir", STRING, "", 0, 0)                                             \
    X(CONTROL_CHANNEL, "driver.control_channel", STRING, "aeron:ipc?term-length=4m", 0, 0)         \
    X(CONTROL_STREAM_ID, "driver.control_stream_id", NUMBER, "1000", 1,                            \
      INT32_MAX) /* Rule: D-117 */                                                                 \
    X(ANNOUNCE_CHANNEL, "driver.announce_channel", STRING, "", 0, 0)                               \
    X(ANNOUNCE_STREAM_ID, "driver.announce_stream_id", NUMBER, "", 1, INT32_MAX)                   \
    X(QOS_CHANNEL, "driver.qos_channel", STRING, "aeron:ipc?term-length=4m", 0, 0)                 \
    X(QOS_STREAM_ID, "driver.qos_stream_id", NUMBER, "1200", 1, INT32_MAX)                         \
    X(STREAM_ID_RANGE, "driver.stream_id_range", RANGE, "", 1, INT32_MAX)                          \
    X(DESCRIPTOR_RANGE, "driver.descriptor_stream_id_range", RANGE, "", 1, INT32_MAX)              \
    X(CONTROL_RANGE, "driver.control_stream_id_range", RANGE, "", 1, INT32_MAX)                    \
    X(BASE_DIR, "shm.base_dir", STRING, "/dev/shm/tensorpool", 0, 0)                               \
    X(NAMESPACE, "shm.namespace", STRING, "default", 0, 0)                                         \
    X(REQUIRE_HUGEPAGES, "shm.require_hugepages", BOOL, "false", 0, 0)                             \
    X(TRANSPARENT_HUGEPAGES, "shm.transparent_hugepages", BOOL, "true", 0, 0)                      \
    X(PAGE_SIZE, "shm.page_size_bytes", NUMBER, "4096", 1, UINT32_MAX)                             \
    X(PERMISSIONS, "shm.permissions_mode", MODE, "660", 0, 0)                                      \
    X(ALLOWED_DIRS, "shm.allowed_base_dirs", LIST, "", 0, 0)                                       \
    X(DYNAMIC, "policies.allow_dynamic_streams", BOOL, "false", 0, 0)                              \
    X(DEFAULT_PROFILE, "policies.default_profile", STRING, "", 0, 0)                               \
    X(ANNOUNCE_PERIOD, "policies.announce_period_ms", NUMBER, "1000", 1,                           \
      UINT32_MAX) /* Rule: D-117 */                                                                \
    X(KEEPALIVE_INTERVAL, "policies.lease_keepalive_interval_ms", NUMBER, "1000", 1, UINT32_MAX)   \
    X(GRACE, "policies.lease_expiry_grace_intervals", NUMBER, "3", 1, UINT32_MAX)                  \
    X(PREFAULT, "policies.prefault_shm", BOOL, "true", 0, 0)                                       \
    X(REUSE, "policies.reuse_existing_shm", BOOL, "false", 0, 0)                                   \
    X(MLOCK, "policies.mlock_shm", BOOL, "false", 0, 0)                                            \
    X(CLEANUP, "policies.cleanup_shm_on_exit", BOOL, "false", 0, 0)                                \
    X(GC_ENABLED, "policies.epoch_gc_enabled", BOOL, "true", 0, 0)                                 \
    X(GC_KEEP, "policies.epoch_gc_keep", NUMBER, "2", 1, UINT32_MAX)                               \
    X(GC_MIN_AGE, "policies.epoch_gc_min_age_ns", NUMBER, "", 0, INT64_MAX)                        \
    X(GC_ON_STARTUP, "policies.epoch_gc_on_startup", BOOL, "false", 0, 0)                          \
    X(SHUTDOWN_TIMEOUT, "policies.shutdown_timeout_ms", NUMBER, "2000", 0, UINT32_MAX)             \
    X(SHUTDOWN_TOKEN, "policies.shutdown_token", SECRET, "", 0, 0)

typedef enum tpi_key {
#define TPI_KEY_ENUM(id, key, kind, text, least, most) TPI_KEY_##id,
    TPI_CONFIG_KEYS(TPI_KEY_ENUM)
#undef TPI_KEY_ENUM
        TPI_KEY_COUNT,
    /* From the environment only. */
    TPI_KEY_LAUNCH_MEDIA_DRIVER = TPI_KEY_COUNT,
    TPI_KEY_TASK_CORE,
    TPI_KEY_ALL
} tpi_key_t;

typedef struct tpi_key_info {
    const char *name;
    tpi_config_kind_t kind;
    const char *default_text;
    uint64_t least, most;
} tpi_key_info_t;

extern const tpi_key_info_t tpi_key_table[TPI_KEY_ALL];

/** Where a value is being taken from: what messages start with and what the item remembers. */
typedef struct tpi_place {
    tpi_origin_t origin;
    const char *file; /* FILE and BUILTIN */
    uint32_t line;
    const char *name; /* ENVIRONMENT: variable; OPTION: option */
} tpi_place_t;

/** "rig.toml:12: shm.base_dir: <text>" as TP_ECONFIG. */
int tpi_config_wrong(const tpi_place_t *place, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct tpi_toml_node;

/** Set a key from text, as the environment and the defaults give it. Type and range are checked; on failure the item is as it was. */
int tpi_item_from_text(tpi_config_item_t *item, tpi_key_t key, const char *text,
                       const tpi_place_t *place);
/** Set a key from the file. */
int tpi_item_from_node(tpi_config_item_t *item, tpi_key_t key, const struct tpi_toml_node *node,
                       const tpi_place_t *place);
/** The same by any description of a key, also of one that is not in tpi_key_table (config/role.h). */
int tpi_item_parse_text(tpi_config_item_t *item, const tpi_key_info_t *info, const char *text,
                        const tpi_place_t *place);
int tpi_item_parse_node(tpi_config_item_t *item, const tpi_key_info_t *info,
                        const struct tpi_toml_node *node, const tpi_place_t *place);
/** A whole number of the file within a range; TP_ECONFIG. */
int tpi_node_number(const struct tpi_toml_node *node, const char *key, const tpi_place_t *place,
                    uint64_t least, uint64_t most, uint64_t *out);

/** Read a configuration file whole (at most 1 MiB); the caller frees *out. TP_ENOENT, TP_EACCES, TP_EIO,
 * TP_ECONFIG, TP_ENOMEM. */
int tpi_config_read_file(const char *path, char **out, size_t *out_len);

/** Remember where the value came from. TP_ENOMEM. */
int tpi_item_place(tpi_config_item_t *item, const tpi_place_t *place);
/** Replace text; TP_ENOMEM. */
int tpi_item_set_text(tpi_config_item_t *item, const char *text);
void tpi_item_clear(tpi_config_item_t *item);

#endif

/*
 * config/config.h - from a TOML file, the environment and options of a command line to tp_driver_options_t, knowing of each value
 * where it came from.
 *
 * Layers, the later wins: defaults of driver.md 6 (or, without a file, the built-in configuration) < file < environment < options.
 * The environment is handed in as a function: nothing here reads it, so tests and embedders decide.
 * Not part of libtensorpool; programs link it.
 */
#ifndef TPI_CONFIG_CONFIG_H
#define TPI_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tensorpool/driver.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tpi_config tpi_config_t;

typedef struct tpi_config_source {
    const char *path; /* TOML file; NULL: the built-in configuration */
    const char *(*getenv_fn)(void *clientd,
                             const char *name); /* NULL when unset; NULL function: no environment */
    const char *aeron_dir;                      /* option --aeron-dir; NULL: not given */
    const char *
        /* option --shm-dir: stands for shm.base_dir and shm.allowed_base_dirs; NULL: not given */
        shm_dir;
    void (*warn)(void *clientd,
                 const char *text); /* unknown keys and doubtful values; may be NULL */
    void *clientd;                  /* of both functions */
} tpi_config_source_t;

typedef enum tpi_origin {
    TPI_ORIGIN_DEFAULT, /* driver.md 6 */
    TPI_ORIGIN_BUILTIN, /* the configuration used without a file */
    TPI_ORIGIN_FILE,
    TPI_ORIGIN_ENVIRONMENT,
    TPI_ORIGIN_OPTION
} tpi_origin_t;

typedef enum tpi_config_kind {
    TPI_CONFIG_STRING,
    TPI_CONFIG_NUMBER,
    TPI_CONFIG_BOOL,
    TPI_CONFIG_RANGE,
    TPI_CONFIG_MODE, /* text holds the octal digits, number the bits */
    TPI_CONFIG_LIST, /* of strings */
    TPI_CONFIG_POOLS,
    TPI_CONFIG_SECRET, /* a string nobody prints (D-79) */
    TPI_CONFIG_CORE    /* a number, or none: number is UINT64_MAX */
} tpi_config_kind_t;

/** One key in force. Owned by the configuration. */
typedef struct tpi_config_item {
    char *key; /* "driver.instance_id", "profiles.raw.header_nslots" */
    tpi_config_kind_t kind;
    tpi_origin_t origin;
    char *where;              /* "rig.toml:12", "SHM_BASE_DIR", "--shm-dir"; "" for defaults */
    bool is_environment_only; /* LAUNCH_MEDIA_DRIVER, AGENT_TASK_CORE: no key of the file */
    bool is_unset;            /* a role's key without a default, which nobody gave */
    char *text;
    uint64_t number; /* also of booleans */
    tp_id_range_t range;
    char **list;
    size_t nlist;
    tp_driver_pool_t *pools;
    size_t npools;
} tpi_config_item_t;

/**
 * Load, check, resolve.
 *
 * @return TP_OK; TP_ECONFIG with a text that names file and line (or variable, or option), key, value and what was
 *         expected; TP_ENOENT, TP_EACCES, TP_EIO for the file; TP_ENOMEM. *out is untouched on failure.
 */
int tpi_config_load(tpi_config_t **out, const tpi_config_source_t *source);
/** NULL is a no-op. */
void tpi_config_free(tpi_config_t *config);

/** Ready for tp_driver_create (clocks and log left to the caller). Valid as long as the configuration. */
const tp_driver_options_t *tpi_config_driver_options(const tpi_config_t *config);

/** Every key in force, in the order of driver.md 6, then profiles and streams in the order of the file. */
size_t tpi_config_items(const tpi_config_t *config, const tpi_config_item_t **out_items);

/** LAUNCH_MEDIA_DRIVER=true: the program shall start a media driver of its own. */
bool tpi_config_launch_media_driver(const tpi_config_t *config);
/** AGENT_TASK_CORE: the CPU to pin the agent to; -1: none. */
int tpi_config_task_core(const tpi_config_t *config);

/** "default", "built-in", "file", "environment", "option". */
const char *tpi_origin_name(tpi_origin_t origin);

/** The TOML text used without a file. */
const char *tpi_config_builtin(void);

#ifdef __cplusplus
}
#endif

#endif

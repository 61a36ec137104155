/*
 * config/role.h - the configuration of a role (bridge, rate limiter, discovery, supervisor): a section of a TOML file, arrays of
 * tables beside or inside it, the environment over both, and options of the command line over all.
 *
 * A role says in tables what its keys are and where in its options struct they go; what several keys must agree on is the
 * role's own business. Key `bridge.mtu_bytes` is overridden by BRIDGE_MTU_BYTES (Rule: C-11); arrays of tables have no
 * environment form. Not part of libtensorpool; programs link it.
 */
#ifndef TPI_CONFIG_ROLE_H
#define TPI_CONFIG_ROLE_H

#include "config/config.h"
#include "tensorpool/client.h"

/* How a value is kept in the struct. */
typedef enum tpi_role_store {
    TPI_STORE_TEXT, /* const char *: "" is stored as NULL unless the key keeps empty texts */
    TPI_STORE_BOOL,
    TPI_STORE_U16,
    TPI_STORE_U32,
    TPI_STORE_I32,
    TPI_STORE_U64,
    TPI_STORE_I64,
    TPI_STORE_RANGE, /* tp_id_range_t */
    TPI_STORE_LIST   /* const char *const *, its length as size_t at count_offset */
} tpi_role_store_t;

typedef struct tpi_role_key {
    const char *name;  /* "mtu_bytes" */
    const char *alias; /* another name that is accepted in its place, or NULL */
    tpi_role_store_t store;
    size_t offset;
    size_t count_offset;  /* lists */
    uint64_t least, most; /* numbers */
    /* as the environment would give it; "": nothing (NULL, 0, no range) */
    const char *default_text;
    const char
        *alone_text; /* of a program of its own, where an embedded role takes its host's; or NULL */
    bool is_required;
} tpi_role_key_t;

/** An array of tables: entries of `size` bytes, pointer and count in the options struct. */
typedef struct tpi_role_array {
    const char *name;  /* "mappings", or "discovery.endpoints" inside the section */
    const char *alias; /* or NULL */
    size_t offset, count_offset, size;
    const tpi_role_key_t *keys;
    size_t nkeys;
} tpi_role_array_t;

typedef struct tpi_role_schema {
    const char *section; /* "bridge" */
    const char *alias;   /* another name of the section, or NULL */
    const tpi_role_key_t *keys;
    size_t nkeys;
    const tpi_role_array_t *arrays;
    size_t narrays;
} tpi_role_schema_t;

/** A value given on the command line: it wins over all others. */
typedef struct tpi_role_option {
    const char *option; /* "--aeron-dir": named in messages */
    const char *key;    /* of the section */
    const char *value;  /* NULL: not given */
} tpi_role_option_t;

typedef struct tpi_role_source {
    const char *path; /* NULL: no file */
    const char *(*getenv_fn)(void *clientd, const char *name);
    void (*warn)(void *clientd, const char *text); /* unknown keys; may be NULL */
    void *clientd;
    const tpi_role_option_t *options;
    size_t noptions;
    bool is_alone;         /* alone_text is the default of keys that have one */
    bool may_lack_section; /* a file without the section is fine: *out_has_section tells */
} tpi_role_source_t;

typedef struct tpi_role_config tpi_role_config_t;

/**
 * Load into `options`, which the caller has set to its defaults for everything without a key. Unknown keys of the section are
 * warned about, other sections of the file are left to others.
 *
 * @param out     owns every text, list and array that `options` points to then; tpi_role_config_free.
 * @return TP_OK; TP_ECONFIG with a text that names file and line (or variable, or option), key, value and what was expected;
 *         TP_ENOENT, TP_EACCES, TP_EIO for the file; TP_ENOMEM. On failure *out and *options are untouched.
 */
int tpi_role_config_load(tpi_role_config_t **out, const tpi_role_schema_t *schema,
                         const tpi_role_source_t *source, void *options);
void tpi_role_config_free(tpi_role_config_t *config); /* NULL is a no-op */

/** The value of a section's wire_dialect, "v1.1" (also NULL) or "v1.2". TP_ECONFIG names section and value. */
int tpi_role_dialect(const char *section, const char *word, tp_wire_dialect_t *out);

/** Did the file have the section? */
bool tpi_role_config_has_section(const tpi_role_config_t *config);
/** Where the value in force came from: TPI_ORIGIN_DEFAULT when nobody wrote it. */
tpi_origin_t tpi_role_config_origin(const tpi_role_config_t *config, const char *key);
/** Every key in force, as tpi_config_items; arrays as "mappings[0].source_stream_id". */
size_t tpi_role_config_items(const tpi_role_config_t *config, const tpi_config_item_t **out_items);

#endif

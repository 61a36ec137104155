/*
 * config/toml_shim.h - a TOML document as a plain C tree. Behind it is toml++, a C++ library; no exception and no C++ type gets
 * out, and nothing of it is needed to read the tree.
 */
#ifndef TPI_CONFIG_TOML_SHIM_H
#define TPI_CONFIG_TOML_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tpi_toml_kind {
    TPI_TOML_TABLE,
    TPI_TOML_ARRAY,
    TPI_TOML_STRING,
    TPI_TOML_INTEGER,
    TPI_TOML_BOOLEAN,
    TPI_TOML_OTHER /* float, date, time: nothing of ours has such a type */
} tpi_toml_kind_t;

typedef struct tpi_toml_node {
    tpi_toml_kind_t kind;
    const char *type_name; /* for people, static: "integer" */
    char *key;             /* NULL in arrays and at the root */
    uint32_t line;         /* of the key, of the value in arrays; from 1; 0: not known */
    char *string;          /* strings: terminated, holds no NUL byte */
    int64_t integer;
    bool boolean;
    struct tpi_toml_node *children; /* tables and arrays, in the order of the file */
    size_t nchildren;
} tpi_toml_node_t;

typedef struct tpi_toml_error {
    uint32_t line, column; /* 0: not known */
    char text[256];
} tpi_toml_error_t;

/**
 * Parse a document.
 *
 * @return TP_OK and *out, which the caller frees; TP_ECONFIG and *out_error; TP_ENOMEM. Never throws.
 */
int tpi_toml_parse(const char *text, size_t len, tpi_toml_node_t **out,
                   tpi_toml_error_t *out_error);

/** NULL is a no-op. */
void tpi_toml_free(tpi_toml_node_t *root);

/** Member of a table, or NULL. */
const tpi_toml_node_t *tpi_toml_get(const tpi_toml_node_t *table, const char *key);

#ifdef __cplusplus
}
#endif

#endif

/*
 * tools/tp/control/meta_cli.h - attributes on the command line, for `tp meta set` and `tp pub`.
 */
#ifndef TP_META_CLI_H
#define TP_META_CLI_H

#include "tensorpool/metadata.h"
#include "tp_common.h"

typedef struct tp_meta_cli {
    tp_attribute_t attributes[TP_MAX_ATTRIBUTES];
    size_t count;
    void *files[TP_MAX_ATTRIBUTES]; /* contents, to be freed */
    size_t nfiles;
} tp_meta_cli_t;

/**
 * KEY=VALUE, KEY:FORMAT=VALUE, KEY@FILE or KEY:FORMAT@FILE; whichever of = and @ comes first counts. Borrows `word`.
 * On a wrong one tp_args_wrong and false.
 */
bool tp_meta_cli_add(tp_meta_cli_t *meta, tp_args_t *args, const char *word);
void tp_meta_cli_free(tp_meta_cli_t *meta);

/** A whole file; TP_E* with a text. The caller frees *out. */
int tp_read_whole_file(const char *path, uint64_t most, void **out, uint64_t *out_length);

#endif

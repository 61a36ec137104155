/*
 * tools/tp/control/meta_cli.c - see meta_cli.h.
 */
#include "control/meta_cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum { VALUE_MAX = 120 * 1024 };

int tp_read_whole_file(const char *path, uint64_t most, void **out, uint64_t *out_length)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return tpi_fail_errno("%s cannot be opened", path);
    }
    size_t cap = 4096;
    size_t len = 0;
    char *data = malloc(cap);
    int rc = data != NULL ? TP_OK : tpi_fail(TP_ENOMEM, "out of memory");
    while (rc == TP_OK) {
        if (len == cap) {
            char *grown = realloc(data, cap * 2);
            if (grown == NULL) {
                rc = tpi_fail(TP_ENOMEM, "out of memory");
                break;
            }
            data = grown;
            cap *= 2;
        }
        errno = 0;
        const size_t got = fread(data + len, 1, cap - len, file);
        len += got;
        if (ferror(file)) {
            rc = tpi_fail_errno("%s cannot be read", path);
        } else if (len > most) {
            rc = tpi_fail(TP_EINVAL, "%s has more than %llu bytes", path, (unsigned long long)most);
        } else if (got == 0) {
            break;
        }
    }
    fclose(file);
    if (rc != TP_OK) {
        free(data);
        return rc;
    }
    *out = data;
    *out_length = len;
    return TP_OK;
}

bool tp_meta_cli_add(tp_meta_cli_t *meta, tp_args_t *args, const char *word)
{
    const size_t head = strcspn(word, "=@");
    if (word[head] == '\0' || head == 0) {
        tp_args_wrong(args, "'%s' is no attribute: KEY=VALUE, KEY:FORMAT=VALUE or KEY@FILE", word);
        return false;
    }
    if (meta->count == TP_MAX_ATTRIBUTES) {
        tp_args_wrong(args, "'%s': more than %d attributes", word, TP_MAX_ATTRIBUTES);
        return false;
    }
    const char *colon = memchr(word, ':', head);
    const size_t key_len = colon != NULL ? (size_t)(colon - word) : head;
    tp_attribute_t a = { .key = { word, (uint32_t)key_len },
                         .value = word + head + 1,
                         .length = (uint32_t)strlen(word + head + 1) };
    if (colon != NULL) {
        a.format = (tp_text_t){ colon + 1, (uint32_t)(word + head - colon - 1) };
    }
    if (word[head] == '@') {
        uint64_t length = 0;
        if (tp_read_whole_file(word + head + 1, VALUE_MAX, &meta->files[meta->nfiles], &length) !=
            TP_OK) {
            tp_args_wrong(args, "%s", tp_errmsg());
            return false;
        }
        a.value = meta->files[meta->nfiles++];
        a.length = (uint32_t)length;
        if (a.format.length == 0) {
            static const char octets[] = "application/octet-stream";
            a.format = (tp_text_t){ octets, sizeof octets - 1 };
        }
    }
    meta->attributes[meta->count++] = a;
    return true;
}

void tp_meta_cli_free(tp_meta_cli_t *meta)
{
    for (size_t i = 0; i < meta->nfiles; i++) {
        free(meta->files[i]);
    }
    meta->nfiles = 0;
}

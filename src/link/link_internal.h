/*
 * link/link_internal.h - what the kinds of link have in common: each object starts with a table of functions.
 *
 * One table per kind (Aeron, fake), so that both live in one binary and a call costs one indirect jump more than the thing
 * itself. Counters are not dispatched at all: whatever the kind, the value is one word, in shared memory or in the handle.
 */
#ifndef TPI_LINK_INTERNAL_H
#define TPI_LINK_INTERNAL_H

#include "link/link.h"

typedef struct tpi_link_ops {
    void (*destroy)(tpi_link_t *link);
    int (*do_work)(tpi_link_t *link, int64_t now_ns);
    tpi_link_state_t (*state)(const tpi_link_t *link);
    uint64_t (*generation)(const tpi_link_t *link);
    const char *(*error)(const tpi_link_t *link);
    const char *(*aeron_dir)(const tpi_link_t *link);
    int (*add_publication)(tpi_link_t *link, tpi_publication_t **out, const char *channel,
                           int32_t stream_id, bool exclusive);
    int (*add_subscription)(tpi_link_t *link, tpi_subscription_t **out, const char *channel,
                            int32_t stream_id, tpi_image_handler_t on_image, void *clientd);
    int (*add_counter)(tpi_link_t *link, tpi_counter_t **out, int32_t type_id, const void *key,
                       size_t key_len, const char *label);
    /* Of a link that is up; all of `out` but the generation. */
    bool (*find_counter)(tpi_link_t *link, int32_t type_id, const void *key, size_t key_len,
                         int32_t after_id, tpi_counter_ref_t *out);
    _Atomic int64_t *(*counter_word)(tpi_link_t *link, const tpi_counter_ref_t *ref);
} tpi_link_ops_t;

typedef struct tpi_publication_ops {
    tpi_send_t (*claim)(tpi_publication_t *pub, size_t len, tpi_claim_buffer_t *out_claim);
    void (*commit)(tpi_publication_t *pub, tpi_claim_buffer_t *claim);
    void (*abort)(tpi_publication_t *pub, tpi_claim_buffer_t *claim);
    tpi_send_t (*offer)(tpi_publication_t *pub, const void *data, size_t len);
    void (*close)(tpi_publication_t *pub);
    bool (*is_ready)(const tpi_publication_t *pub);
    bool (*is_connected)(const tpi_publication_t *pub);
    const char *(*error)(const tpi_publication_t *pub);
    int32_t (*session_id)(const tpi_publication_t *pub);
    size_t (*max_claim)(const tpi_publication_t *pub);
    size_t (*max_offer)(const tpi_publication_t *pub);
    int64_t (*room)(const tpi_publication_t *pub);
} tpi_publication_ops_t;

typedef struct tpi_subscription_ops {
    int (*poll)(tpi_subscription_t *sub, tpi_message_handler_t handler, void *clientd, int limit);
    void (*close)(tpi_subscription_t *sub);
    bool (*is_ready)(const tpi_subscription_t *sub);
    size_t (*image_count)(const tpi_subscription_t *sub);
    const char *(*error)(const tpi_subscription_t *sub);
} tpi_subscription_ops_t;

struct tpi_link {
    const tpi_link_ops_t *ops;
};

struct tpi_publication {
    const tpi_publication_ops_t *ops;
};

struct tpi_subscription {
    const tpi_subscription_ops_t *ops;
};

struct tpi_counter {
    /* Where the value lives now: `own`, or the media driver's counter. Written by the link's thread alone, read by anyone. */
    _Atomic int64_t *word;
    void (*close)(tpi_counter_t *counter);
    _Atomic int64_t own;
};

/* Arguments are the same for each kind: checked once, in link.c. */
#define TPI_CHANNEL_MAX 1024
#define TPI_LABEL_MAX 380

#endif

/*
 * client/client_internal.h - what the client offers to attachments and roles.
 */
#ifndef TPI_CLIENT_INTERNAL_H
#define TPI_CLIENT_INTERNAL_H

#include "client/attachment.h"
#include "link/link.h"
#include "shm/region.h"
#include "tensorpool/client.h"
#include "tensorpool/control.h"
#include "wire/messages.h"

#define TPI_LEFTOVERS_MAX 64
#define TPI_LEFTOVER_NS INT64_C(3000000000)    /* Rule: D-37 */
#define TPI_DETACH_WAIT_NS INT64_C(1000000000) /* Rule: D-64 */

/* A request or lease nobody here waits for any more (D-37, D-32). */
typedef struct tpi_leftover {
    bool is_used;
    bool is_detach_due;     /* lease_id is known: to be given back */
    int64_t correlation_id; /* of the attach request; TPI_NULL_I64: none */
    uint64_t lease_id;
    uint32_t stream_id; /* 0: take it from the response */
    uint32_t client_id;
    uint8_t role_id;
    int64_t purge_ns;
} tpi_leftover_t;

struct tp_control_adapter {
    struct tp_control_adapter *next;
    tp_client_t *client;
    tp_control_handlers_t handlers;
    void *clientd;
};

struct tp_client {
    tp_client_options_t options; /* defaults filled in; texts are in `texts` */
    char *texts;
    tpi_bases_t *bases;
    tpi_link_t *link;
    tpi_publication_t *control_pub;
    tpi_publication_t *qos_pub;        /* from the first use on */
    tpi_publication_t *descriptor_pub; /* from the first producer on: one for all of this client */
    tpi_subscription_t *control_sub;
    tpi_subscription_t *announce_sub; /* NULL: announces come on the control stream */
    tpi_publication_t *announce_pub;  /* from the first announcer on; NULL: the same */
    tpi_subscription_t *qos_sub;      /* from the first who wants to hear QoS on */
    tpi_attachment_t *attachments;
    int64_t due_ns;             /* no attachment's tick is due before */
    uint64_t ticked_generation; /* of the link, when they were last looked at */
    tp_control_adapter_t *adapters;
    tpi_leftover_t leftovers[TPI_LEFTOVERS_MAX];
    size_t leftovers_end; /* none in use from there on: a tick with none looks at none */
    uint64_t random_state;
    uint32_t correlation_low;     /* of the last correlation id */
    tp_clock_fn_t realtime_clock; /* for announces of that domain; gets options.clock_clientd */
    uint64_t generation;          /* of the link, while it is up; 0: it is not */
    int64_t now_ns;               /* of the current or last do_work */
    unsigned counter_sets;        /* of roles, see role_counters.h */
    unsigned wake_counters;       /* of producers, see producer/wake.h */
    uint64_t ignored_decode;      /* messages of ours that do not decode */
    char reason[256];
};

/** tp_client_create over a link that is there; the link belongs to the client afterwards, on
 * failure to the caller. */
int tpi_client_create_with_link(tp_client_t **out, const tp_client_options_t *options,
                                tpi_link_t *link);

int64_t tpi_client_clock(const tp_client_t *client);
/** Uniform 64 bits; the sequence is fixed by options.random_seed. */
uint64_t tpi_client_random(tp_client_t *client);
/** Rule: D-42 A client id: random, not 0, not 0xFFFFFFFF, not one that this process holds. */
uint32_t tpi_client_draw_id(tp_client_t *client);
/** Rule: D-43 The next correlation id under that client id. */
int64_t tpi_client_draw_correlation(tp_client_t *client, uint32_t client_id);

/** Send on the control stream; by claim, so for messages of one fragment (D-18). */
tpi_send_t tpi_client_send(tp_client_t *client, const void *data, size_t len);
/** Send on the QoS stream, opening it on first use (not from message handlers). */
tpi_send_t tpi_client_send_qos(tp_client_t *client, const void *data, size_t len);

/** Have QoS messages of everybody dispatched as well, from now on: the QoS stream is subscribed to,
 * unless it is one that is heard anyway. TP_ENOMEM, TP_EINVAL. Not from message handlers. */
int tpi_client_hear_qos(tp_client_t *client);
/** Open what announces go out on, if it is not the control publication (not from handlers). TP_ENOMEM,
 * TP_EINVAL. */
int tpi_client_prepare_announces(tp_client_t *client);
/** Send one, also over several fragments. After tpi_client_prepare_announces. */
tpi_send_t tpi_client_send_announce(tp_client_t *client, const void *data, size_t len);

/**
 * The publication for descriptors of all producers of this client, opened at the first call; the client
 * closes it. One thread, so one exclusive publication is enough; and one log of three terms is many
 * megabytes and as many milliseconds of the media driver. TP_ENOMEM, TP_EINVAL.
 */
int tpi_client_descriptor_publication(tp_client_t *client, tpi_publication_t **out);

/** Is the link up, with everything that an attach needs? Else a text says what is missing. */
bool tpi_client_is_connected(const tp_client_t *client, char *out_why, size_t cap);

/* dispatch.c */
void tpi_client_on_message(void *clientd, const uint8_t *data, size_t len,
                           const tpi_message_info_t *info);
void tpi_client_on_image(void *clientd, int32_t session_id, bool is_available);
/** Rule: W-80..W-82 Is this announce recent, by its own clock, and from after its sender's image
 * appeared? */
bool tpi_client_announce_is_fresh(const tp_client_t *client,
                                  const tpi_shm_pool_announce_t *announce, int64_t joined_ns,
                                  int64_t now_ns);
/** Now on the clock of an announce's domain. */
int64_t tpi_client_domain_now(const tp_client_t *client, uint8_t clock_domain, int64_t now_ns);

/* leftovers.c */
/** An OK for this request shall be answered with a detach (D-37). */
void tpi_client_abandon_request(tp_client_t *client, int64_t correlation_id, uint32_t stream_id,
                                uint32_t client_id, uint8_t role_id);
/** Give a lease back without waiting (D-32). */
void tpi_client_return_lease(tp_client_t *client, uint64_t lease_id, uint32_t stream_id,
                             uint32_t client_id, uint8_t role_id);
void tpi_client_leftovers_on_response(tp_client_t *client, const uint8_t *data, size_t len);
int tpi_client_leftovers_tick(tp_client_t *client, int64_t now_ns);

/* layout.c: views of decoded messages for shm/region.h; `pools` has room for TPI_MAX_POOLS. */
void tpi_layout_of_announce(const tpi_shm_pool_announce_t *announce, tpi_pool_layout_t *pools,
                            tpi_stream_layout_t *out);
void tpi_layout_of_response(const tpi_attach_response_t *response, tpi_pool_layout_t *pools,
                            tpi_stream_layout_t *out);
/** Touch every page of a mapping once, without changing a byte. */
void tpi_mapping_prefault(const tpi_mapping_t *mapping, bool is_writable);

/* options.c */
/**
 * Copy a caller's options struct of unknown age: its first member is size_t size. Smaller: the rest
 * is zero, that is, default. Larger: its tail must be zero. TP_EINVAL with a text naming `what`.
 */
int tpi_options_read(void *out, size_t known_size, const void *options, const char *what);
/** Check and copy, fill in defaults; *out_texts is the heap block of all texts. TP_EINVAL,
 * TP_ENOMEM. */
int tpi_client_options_read(tp_client_options_t *out, char **out_texts,
                            const tp_client_options_t *options);

#endif

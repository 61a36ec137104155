/*
 * link/fake_bus.h - the insides of the fake: fake_link.c has the bus and its links, fake_handle.c what is added to them.
 *
 * The bus owns lists of everything; sending walks the subscriptions and copies. A subscription keeps an array of images (one
 * per publication it can hear) and one queue of messages in order of sending. A message names its image by a number that is
 * never used twice, so a session id that comes back is another image.
 */
#ifndef TPI_FAKE_BUS_H
#define TPI_FAKE_BUS_H

#include "link/fake_link.h"
#include "link/link_internal.h"

typedef struct fake_stream {
    int32_t stream_id;
    tpi_send_t forced;
    int forced_left; /* -1: for ever */
    int lose_left;
    uint64_t sent;
    struct fake_stream *next;
} fake_stream_t;

typedef struct fake_message {
    struct fake_message *next;
    uint64_t image;
    size_t len;
    uint8_t data[];
} fake_message_t;

typedef struct fake_image {
    uint64_t number;
    int32_t session_id;
    int64_t joined_ns;
    bool announced;
    bool gone;
} fake_image_t;

typedef struct fake_link fake_link_t;

typedef struct fake_pub {
    tpi_publication_t base;
    fake_link_t *link;
    struct fake_pub *next;
    char *channel; /* up to '?' */
    int32_t stream_id;
    int32_t session_id;
    uint64_t
        /* the number by which subscriptions know this publication; changes with the generation */
        image;
    fake_stream_t *stream;
    bool ready;
    uint8_t claim[TPI_FAKE_MAX_CLAIM];
} fake_pub_t;

typedef struct fake_sub {
    tpi_subscription_t base;
    fake_link_t *link;
    struct fake_sub *next;
    char *channel;
    int32_t stream_id;
    tpi_image_handler_t on_image;
    void *clientd;
    bool ready;
    bool closed; /* inside a callback; freed after it */
    fake_image_t *images;
    size_t image_count;
    size_t image_cap;
    fake_message_t *head;
    fake_message_t **tail;
    size_t queued;
} fake_sub_t;

typedef struct fake_counter {
    tpi_counter_t base;
    _Atomic int64_t shared; /* the media driver's memory: where the value lives while ready */
    fake_link_t *link;
    struct fake_counter *next;
    int32_t id;
    int32_t type_id;
    size_t key_len;
    uint8_t key[TPI_COUNTER_KEY_MAX];
    char label[TPI_LABEL_MAX + 1];
    bool ready;
} fake_counter_t;

struct fake_link {
    tpi_link_t base;
    tpi_fake_bus_t *bus;
    tpi_link_state_t state;
    uint64_t generation;
    uint64_t outage; /* bus->outages when the link came up */
};

struct tpi_fake_bus {
    bool up;
    uint64_t outages;
    uint64_t images;
    int32_t sessions;
    int32_t counters_made;
    int links;
    int busy; /* inside callbacks: subscriptions are not freed */
    fake_stream_t *streams;
    fake_pub_t *pubs;
    fake_sub_t *subs;
    fake_counter_t *counters;
};

/* ---- fake_link.c ---- */

/** The stream's record, made on first use; NULL when out of memory. */
fake_stream_t *tpi_fake_stream(tpi_fake_bus_t *bus, int32_t stream_id);
/** Callbacks may close subscriptions, their own included: those stay in the list until nobody walks it. */
void tpi_fake_enter_callbacks(tpi_fake_bus_t *bus);
void tpi_fake_leave_callbacks(tpi_fake_bus_t *bus);

/* ---- fake_handle.c ---- */

/** If `sub` hears `pub` and does not know it yet, note the image. */
void tpi_fake_add_image(fake_sub_t *sub, const fake_pub_t *pub);
void tpi_fake_image_is_gone(tpi_fake_bus_t *bus, uint64_t number);
bool tpi_fake_holds_message_of(const fake_sub_t *sub, uint64_t number);
void tpi_fake_drop_messages(fake_sub_t *sub);
void tpi_fake_free_sub(fake_sub_t *sub);
void tpi_fake_pub_close(tpi_publication_t *base);
void tpi_fake_counter_close(tpi_counter_t *base);
int tpi_fake_add_publication(tpi_link_t *base, tpi_publication_t **out, const char *channel,
                             int32_t stream_id, bool exclusive);
int tpi_fake_add_subscription(tpi_link_t *base, tpi_subscription_t **out, const char *channel,
                              int32_t stream_id, tpi_image_handler_t on_image, void *clientd);
int tpi_fake_add_counter(tpi_link_t *base, tpi_counter_t **out, int32_t type_id, const void *key,
                         size_t key_len, const char *label);
bool tpi_fake_find_counter(tpi_link_t *base, int32_t type_id, const void *key, size_t key_len,
                           int32_t after_id, tpi_counter_ref_t *out);
_Atomic int64_t *tpi_fake_counter_word(tpi_link_t *base, const tpi_counter_ref_t *ref);

#endif

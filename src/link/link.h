/*
 * link/link.h - what the rest of tensorpool needs of Aeron, and nothing more. The one folder that
 * includes aeronc.h.
 *
 * A link is one Aeron client in invoker mode: nothing happens outside tpi_link_do_work() and the
 * calls below, no thread exists. Publications, subscriptions and counters are persistent handles:
 * the link adds them when it is connected, adds them again after the media driver came back, and a
 * failed add (for example another term length on the stream) is retried with back-off while its
 * text can be read. A handle is usable at once; until it is ready a send says TPI_SEND_NOT_READY
 * and a poll returns 0. Handles belong to their link, are closed by their owner, and at the latest
 * by tpi_link_destroy().
 *
 * Threads: one thread per link; offer/claim and poll of a handle on that same thread.
 */
#ifndef TPI_LINK_H
#define TPI_LINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tpi_link tpi_link_t;
typedef struct tpi_publication tpi_publication_t;
typedef struct tpi_subscription tpi_subscription_t;
typedef struct tpi_counter tpi_counter_t;

typedef enum tpi_link_state {
    TPI_LINK_CONNECTING, /* no live media driver found yet */
    TPI_LINK_UP,
    TPI_LINK_LOST /* was up; everything is void, reconnecting by itself */
} tpi_link_state_t;

typedef struct tpi_link_options {
    const char *aeron_dir;         /* NULL: Aeron's default directory; copied */
    const char *client_name;       /* shown by Aeron's tools; copied, may be NULL */
    int64_t driver_timeout_ns;     /* silence of the media driver taken as its death; 0: 5 s */
    int64_t reconnect_interval_ns; /* between probes; 0: 100 ms */
} tpi_link_options_t;

/** Never blocks and needs no running media driver. TP_ENOMEM, TP_EINVAL. */
int tpi_link_create_aeron(tpi_link_t **out, const tpi_link_options_t *options);
/** Closes every handle, then the client. NULL is a no-op. */
void tpi_link_destroy(tpi_link_t *link);

/** One bounded slice: probe or drive the client, adds, closes, reconnect. Returns work done. */
int tpi_link_do_work(tpi_link_t *link, int64_t now_ns);
tpi_link_state_t tpi_link_state(const tpi_link_t *link);
/** +1 each time the link comes up: a changed value means that everything from before is void. */
uint64_t tpi_link_generation(const tpi_link_t *link);
/** Last error of the connection, "" if none. */
const char *tpi_link_error(const tpi_link_t *link);
/** The Aeron directory in use (resolved). */
const char *tpi_link_aeron_dir(const tpi_link_t *link);

/* ---- sending ---- */

typedef enum tpi_send {
    TPI_SEND_OK = 0,
    TPI_SEND_NOT_READY,     /* not added yet, or link down */
    TPI_SEND_NOT_CONNECTED, /* no subscriber */
    TPI_SEND_BACK_PRESSURED,
    TPI_SEND_ADMIN_ACTION, /* term rotated: the same call again succeeds; claim/offer here retry it
                              once by themselves */
    TPI_SEND_CLOSED,       /* closed, max position: the link re-adds it */
    TPI_SEND_ERROR         /* too large, bad argument */
} tpi_send_t;
#define TPI_SEND_RESULTS 7

typedef struct tpi_claim_buffer {
    uint8_t *data;
    size_t len;
    void *opaque[3];
} tpi_claim_buffer_t;

/** exclusive: own session and log, one thread, half the cost. TP_ENOMEM, TP_EINVAL (channel empty
 * or too long); anything later shows in tpi_publication_error. */
int tpi_link_add_publication(tpi_link_t *link, tpi_publication_t **out, const char *channel,
                             int32_t stream_id, bool exclusive);
void tpi_publication_close(tpi_publication_t *pub); /* NULL is a no-op */
bool tpi_publication_is_ready(const tpi_publication_t *pub);
bool tpi_publication_is_connected(const tpi_publication_t *pub);
/** "" or the text of the last failed add; names channel and stream, and the term lengths where they
 * disagree. */
const char *tpi_publication_error(const tpi_publication_t *pub);
int32_t tpi_publication_session_id(const tpi_publication_t *pub);
/** Bytes of a message that go into one claim: the stream's MTU less 32. 0 while not ready. */
size_t tpi_publication_max_claim(const tpi_publication_t *pub);
/** Bytes of a message that an offer can carry, in several fragments. 0 while not ready. */
size_t tpi_publication_max_offer(const tpi_publication_t *pub);
/** Bytes of log, headers and padding included, that are free before a send is back-pressured, as of
 * now; 0 or less: it would be, or is not ready. Hot-path safe. */
int64_t tpi_publication_room(const tpi_publication_t *pub);
/** Copying send of any size up to Aeron's max message length. Hot path: no allocation, no system
 * call. For a small message made beforehand it costs less than claim and commit. */
tpi_send_t tpi_publication_offer(tpi_publication_t *pub, const void *data, size_t len);
/** Zero-copy send of at most one fragment: fill claim->data, then commit or abort. Hot path: no
 * allocation, no system call. */
tpi_send_t tpi_publication_claim(tpi_publication_t *pub, size_t len, tpi_claim_buffer_t *out_claim);
void tpi_publication_commit(tpi_publication_t *pub, tpi_claim_buffer_t *claim);
void tpi_publication_abort(tpi_publication_t *pub, tpi_claim_buffer_t *claim);

/* ---- receiving ---- */

typedef struct tpi_message_info {
    int32_t session_id;
    int64_t joined_ns; /* local monotonic time at which this session's image appeared (W-82) */
} tpi_message_info_t;

/** `data` is valid inside the call only. Do not close handles inside. */
typedef void (*tpi_message_handler_t)(void *clientd, const uint8_t *data, size_t len,
                                      const tpi_message_info_t *info);
/** Called from tpi_link_do_work. `available` false: the image is gone. */
typedef void (*tpi_image_handler_t)(void *clientd, int32_t session_id, bool available);

int tpi_link_add_subscription(tpi_link_t *link, tpi_subscription_t **out, const char *channel,
                              int32_t stream_id, tpi_image_handler_t on_image, void *clientd);
void tpi_subscription_close(tpi_subscription_t *sub);
bool tpi_subscription_is_ready(const tpi_subscription_t *sub);
size_t tpi_subscription_image_count(const tpi_subscription_t *sub);
const char *tpi_subscription_error(const tpi_subscription_t *sub);
/** Deliver up to `limit` whole messages (fragments are reassembled: W-10, D-18). Returns their
 * number. */
int tpi_subscription_poll(tpi_subscription_t *sub, tpi_message_handler_t handler, void *clientd,
                          int limit);

/* ---- counters (Aeron counters: shared memory that any process may read) ---- */

/** Aeron counter type ids of tensorpool; the key layouts are in link/counters.h. */
int tpi_link_add_counter(tpi_link_t *link, tpi_counter_t **out, int32_t type_id, const void *key,
                         size_t key_len, const char *label);
void tpi_counter_close(tpi_counter_t *counter);
/** Plain relaxed store/add into shared memory; into a private word until the counter is ready
 * (carried over then). Hot-path safe. */
void tpi_counter_set(tpi_counter_t *counter, int64_t value);
void tpi_counter_add(tpi_counter_t *counter, int64_t delta);
int64_t tpi_counter_get(const tpi_counter_t *counter);
/** Where the value is, for those who need other atomics or a look without a call. The address behind
 * the result changes inside tpi_link_do_work() (private until ready, shared from then on, private
 * again after a loss), never dangles, and ends with the counter. */
_Atomic int64_t *const *tpi_counter_word(const tpi_counter_t *counter);

/** Somebody's counter, of another process most of the time, on this link's media driver. */
typedef struct tpi_counter_ref {
    int32_t counter_id;
    int32_t type_id;
    int64_t registration_id; /* a counter id comes back, this does not */
    uint64_t generation;     /* of the link */
} tpi_counter_ref_t;

/** Look through all counters for one of this type whose key starts with these bytes.
 * @param after_id where there are several: the next one behind this counter id, and behind the last
 *        one the first; -1: the first. */
bool tpi_link_find_counter(tpi_link_t *link, int32_t type_id, const void *key, size_t key_len,
                           int32_t after_id, tpi_counter_ref_t *out);
/** Its value's word, or NULL when it is gone. To be asked for before each use; valid until the next
 * tpi_link_do_work(). The memory stays mapped that long, but its owner may close the counter at any
 * time. Aeron gives a closed counter's place to another one after a second at the earliest, so a
 * write right after this call goes where it is meant to go, unless the thread is held up for that
 * second in between. */
_Atomic int64_t *tpi_link_counter_word(tpi_link_t *link, const tpi_counter_ref_t *ref);

#endif

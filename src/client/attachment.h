/*
 * client/attachment.h - one lease of one client: ask for it, keep it, notice its end, ask again
 * (driver.md 2.3-2.9, 2.13-2.14, 3.4).
 *
 * The lease machine knows nothing of frames. What a role maps, and what it must drop when the lease
 * ends, is behind tpi_role_ops_t; a consumer's mapping has a machine of its own beside this one
 * (driver.md 3.6) which never changes this one's state. All time is handed in; the messages come
 * from the client, which has decoded them.
 */
#ifndef TPI_CLIENT_ATTACHMENT_H
#define TPI_CLIENT_ATTACHMENT_H

#include "link/link.h"
#include "shm/region.h"
#include "tensorpool/client.h"
#include "tensorpool/producer.h"
#include "wire/codec.h"

typedef enum tpi_lease_state {
    TPI_LEASE_UNATTACHED = 0,
    TPI_LEASE_ATTACHING,
    TPI_LEASE_ATTACHED,
    TPI_LEASE_DETACHING,
    TPI_LEASE_BACKOFF
} tpi_lease_state_t;

/* What happens to an attachment; the columns of the table in attachment.c. */
typedef enum tpi_lease_event {
    TPI_LEASE_EV_ATTACH = 0, /* the user wants it */
    TPI_LEASE_EV_GRANTED,    /* an OK for our request which passed D-33 */
    TPI_LEASE_EV_REFUSED,    /* any other code for our request */
    TPI_LEASE_EV_BROKEN,     /* an answer to our request which breaks the protocol (D-32) */
    TPI_LEASE_EV_REVOKED,    /* notice about our own lease */
    TPI_LEASE_EV_DETACHED,   /* answer to our detach */
    TPI_LEASE_EV_LOSS,       /* deadline, keepalive, loss sign, media driver (D-51, D-52, D-83) */
    TPI_LEASE_EV_SHUTDOWN,   /* ShmDriverShutdown */
    TPI_LEASE_EV_CLOSE,      /* the user is done with it */
    TPI_LEASE_EV_TIME,       /* the state's deadline passed */
    TPI_LEASE_EVENTS
} tpi_lease_event_t;

/** What a role does with a lease. All calls come from inside tp_client_do_work, never from another
 * thread; none may close link handles. */
typedef struct tpi_role_ops {
    /** Are the streams that go with the role up, or known to fail? The request waits for it, so
       that the first frames have their descriptors. May be NULL: always. */
    bool (*is_prepared)(const void *role);
    /** An OK came and passed D-33: check and map all of it, or nothing. TP_OK, or a code with a
     * text. */
    int (*map)(void *role, const tpi_stream_layout_t *layout, int64_t now_ns);
    /** Fail closed: void claims, drop frames in flight, unmap. Also called when nothing is mapped.
     */
    void (*unmap)(void *role, int64_t now_ns);
    /** A fresh announce of the stream while the lease is held; `data` is the message it was decoded
     * from. May be NULL. */
    void (*announce)(void *role, const tpi_shm_pool_announce_t *announce, const uint8_t *data,
                     size_t len, int64_t now_ns);
    /** The stream's producer lease ended (D-56). May be NULL. */
    void (*producer_revoked)(void *role, const tpi_lease_revoked_t *notice, int64_t now_ns);
    /** A ConsumerConfig for this stream and client id. May be NULL. */
    void (*config)(void *role, const tpi_consumer_config_t *config, int64_t now_ns);
    /** Messages of the stream's consumers, and about them, for its producer: from and to whomever.
       May be NULL. */
    void (*peer_hello)(void *role, const tpi_consumer_hello_t *hello, int64_t now_ns);
    void (*peer_config)(void *role, const tpi_consumer_config_t *config, int64_t now_ns);
    void (*peer_qos)(void *role, const tpi_qos_consumer_t *qos, int64_t now_ns);
    /** A FrameProgress of the stream, `session_id` its sender's. May be NULL. */
    void (*progress)(void *role, const tpi_frame_progress_t *progress, int64_t now_ns);
    /** Inside tp_client_do_work, outside of message handlers: handles may be opened and closed here.
     * In each turn, or with `next_tick` in those turns where it is due. Returns work done. */
    int (*tick)(void *role, int64_t now_ns);
    /** When the next tick will have something to do, judged after one: a time, TPI_EACH_TURN, or
     * TPI_NEVER. What changes that between ticks says tpi_attachment_stir. May be NULL: each turn. */
    int64_t (*next_tick)(const void *role, int64_t now_ns);
} tpi_role_ops_t;

struct tpi_attachment;

/**
 * Where a grant comes from, if not from a lease: src/standalone, where producers grant themselves
 * and consumers take announces for it. The lease machine is not run then, hears no messages and
 * sends none; the source alone writes `state`, and calls the role as the lease machine would.
 */
typedef struct tpi_grant_source {
    int (*tick)(struct tpi_attachment *attachment, int64_t now_ns);
    /** As next_tick of the role, for the source's part. */
    int64_t (*next)(const struct tpi_attachment *attachment);
    /** An announce of the stream. May be NULL, as the next. */
    void (*announce)(struct tpi_attachment *attachment, const tpi_shm_pool_announce_t *announce,
                     const uint8_t *data, size_t len, const tpi_message_info_t *info,
                     int64_t now_ns);
    /** A hello to the stream, while ATTACHED. */
    void (*hello)(struct tpi_attachment *attachment, const tpi_consumer_hello_t *hello,
                  int64_t now_ns);
    /** Somebody's QosConsumer with our client id. */
    void (*qos_consumer)(struct tpi_attachment *attachment, int32_t session_id, int64_t now_ns);
    /** The user wants a new epoch: unmap, and grant one. Only asked for while ATTACHED. */
    void (*renew)(struct tpi_attachment *attachment, int64_t now_ns);
    /** The user is done with it: unmap, and be UNATTACHED on return. */
    void (*close)(struct tpi_attachment *attachment, int64_t now_ns);
} tpi_grant_source_t;

#define TPI_KNOWN_SESSIONS 8
#define TPI_NO_TIME INT64_MIN
#define TPI_EACH_TURN INT64_MIN
#define TPI_NEVER INT64_MAX

typedef struct tpi_attachment {
    struct tpi_attachment *next; /* the client's list */
    tp_client_t *client;
    const tpi_role_ops_t *ops;
    void *role;
    int64_t due_ns; /* of the next tick; beside `next`, for the turns in which there is none */
    const tpi_grant_source_t *source; /* NULL: a lease */
    void *source_data;

    /* What is asked for; constant. */
    uint8_t role_id; /* TPI_ROLE_... */
    uint32_t wanted_stream_id;
    uint32_t fixed_client_id; /* 0: drawn for each request (D-42) */
    uint8_t publish_mode;
    uint8_t hugepages;

    /* Written by enter() alone, deadlines also by what re-arms them. */
    tpi_lease_state_t state;
    int64_t deadline_ns; /* ATTACHING: end of the window; BACKOFF: next try; DETACHING: giving up */
    int64_t next_send_ns; /* ATTACHING, DETACHING: when to send (again) */

    /* The request. */
    uint32_t client_id;
    int64_t correlation_id;
    int64_t requested_ns; /* first accepted send, TPI_NO_TIME before */
    int64_t detach_correlation_id;
    bool detach_sent;

    /* The lease; valid while ATTACHED and DETACHING. */
    uint64_t lease_id;
    uint32_t stream_id;
    uint32_t node_id;
    uint64_t epoch;      /* highest epoch accepted under this lease; a consumer moves it on */
    uint64_t generation; /* of the link under which it was granted */
    int32_t driver_session;
    int64_t grant_ns; /* D-51; 0: the response had no expiry */
    int64_t lease_deadline_ns;
    int64_t keepalive_interval_ns;
    int64_t keepalive_due_ns;
    int64_t keepalive_failing_ns; /* since when; TPI_NO_TIME: it does not */
    int64_t announce_deadline_ns;
    int32_t announce_session; /* the one that speaks for the driver */
    int32_t known_sessions[TPI_KNOWN_SESSIONS];
    uint32_t known_sessions_count;

    int64_t backoff_ns; /* next delay before jitter */
    bool is_closing;
    bool is_renewing; /* detaching in order to attach again */

    tp_attach_reason_t reason;
    tp_attach_reason_t loss_reason;
    char text[256];
    uint64_t attaches;
    uint64_t losses;
    uint64_t ignored_stale; /* announces (W-81, W-82) */
    uint64_t ignored_epoch; /* announces (W-83) */
} tpi_attachment_t;

typedef struct tpi_attachment_options {
    uint8_t role_id;
    uint32_t stream_id;
    uint32_t client_id;
    tp_publish_mode_t publish_mode;
    tp_hugepages_t hugepages;
    const tpi_grant_source_t *source; /* NULL: a lease */
    void *source_data;
} tpi_attachment_options_t;

/** Fill in, put on the client's list, and start attaching. TP_EINVAL (client id, mode, policy; or a
 * fixed client id that another attachment of this client has). */
int tpi_attachment_init(tpi_attachment_t *attachment, tp_client_t *client,
                        const tpi_attachment_options_t *options, const tpi_role_ops_t *ops,
                        void *role);
/** D-64: unmap, detach, wait at most 1 s for the answer, leave the list. */
void tpi_attachment_fini(tpi_attachment_t *attachment);
/** The first half of fini: unmap and start detaching; the state goes to UNATTACHED by itself within
 * 1 s. */
void tpi_attachment_close(tpi_attachment_t *attachment, int64_t now_ns);
/** Unmap, detach, and attach anew when that is answered or has taken 1 s; without a lease there is
 * nothing to do. Not from inside message handlers. */
void tpi_attachment_renew(tpi_attachment_t *attachment, int64_t now_ns);

/* Called by the client. */
/** What is due, by lease and by role; sets due_ns anew. */
int tpi_attachment_tick(tpi_attachment_t *attachment, int64_t now_ns);
void tpi_attachment_on_attach_response(tpi_attachment_t *attachment, const uint8_t *data,
                                       size_t len, int32_t session_id, int64_t now_ns);
void tpi_attachment_on_detach_response(tpi_attachment_t *attachment,
                                       const tpi_detach_response_t *response, int64_t now_ns);
void tpi_attachment_on_revoked(tpi_attachment_t *attachment, const tpi_lease_revoked_t *notice,
                               int64_t now_ns);
void tpi_attachment_on_shutdown(tpi_attachment_t *attachment, const tpi_driver_shutdown_t *notice,
                                int64_t now_ns);
void tpi_attachment_on_announce(tpi_attachment_t *attachment,
                                const tpi_shm_pool_announce_t *announce, const uint8_t *data,
                                size_t len, const tpi_message_info_t *info, int64_t now_ns);
void tpi_attachment_on_image_gone(tpi_attachment_t *attachment, int32_t session_id, int64_t now_ns);
void tpi_attachment_on_qos_consumer(tpi_attachment_t *attachment, const tpi_qos_consumer_t *qos,
                                    int32_t session_id, int64_t now_ns);

/* Called by roles. */
/** There may be something to do in the next turn, whatever next_tick said. A change of the lease's
 * state says it by itself. */
void tpi_attachment_stir(tpi_attachment_t *attachment);
static inline bool tpi_attachment_is_attached(const tpi_attachment_t *attachment)
{
    return attachment->state == TPI_LEASE_ATTACHED;
}
/** State and counters as the lease sees them; a role may refine the state. */
void tpi_attachment_status(const tpi_attachment_t *attachment, tp_attach_status_t *out_status);
/** A text for people, without a change of state. */
void tpi_attachment_say(tpi_attachment_t *attachment, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Drive the client until `is_ready(role)`; see tp_producer_await_ready. */
int tpi_attachment_await(tpi_attachment_t *attachment, bool (*is_ready)(const void *role),
                         const char *what, int64_t timeout_ns);

#endif

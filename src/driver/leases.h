/*
 * driver/leases.h - the table of live leases and the memory of the last ended ones.
 *
 * Lookups by lease id and by client id are hash lookups. Expiry is a heap of *check times*: a keepalive only moves the lease's
 * expiry, one store; when its check time comes, a lease that was extended in between goes back into the heap with its new expiry. So a lease
 * costs one heap step per lease duration, not one per keepalive, and a duty cycle looks at no more leases than it is told to.
 *
 * The table knows no streams, files or messages; driver/lease_end.c does what the end of a lease means.
 */
#ifndef TPI_DRIVER_LEASES_H
#define TPI_DRIVER_LEASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/map.h"
#include "link/link.h"

#define TPI_DRIVER_MAX_LEASES 65536u       /* Rule: D-120 */
#define TPI_DRIVER_REMEMBERED_LEASES 1024u /* Rule: D-62 */

struct tpi_stream;

typedef enum tpi_lease_state {
    TPI_LEASE_IS_ATTACHED, /* issued, no keepalive yet */
    TPI_LEASE_IS_ACTIVE,
    TPI_LEASE_IS_DETACHED, /* the rest: ended, no longer in the table */
    TPI_LEASE_IS_EXPIRED,
    TPI_LEASE_IS_REVOKED,
} tpi_lease_state_t;

/** Four ids name a lease (D-47): all of them must match. */
typedef struct tpi_lease_key {
    uint64_t lease_id;
    uint32_t stream_id;
    uint32_t client_id;
    uint8_t role;
} tpi_lease_key_t;

typedef struct tpi_lease {
    tpi_lease_key_t key;
    tpi_lease_state_t state;
    int64_t expiry_ns;
    int64_t correlation_id;        /* of the request, for D-29 */
    uint32_t requested_stream_id;  /* as the request said it: 0 when the driver chose (D-107) */
    uint32_t node_id;              /* TPI_NULL_U32: none (a v1.1 request) */
    uint32_t descriptor_stream_id; /* private streams (D-109); 0: none */
    uint32_t control_stream_id;
    uint8_t asked_mode;  /* of the last hello; 0: none yet */
    uint8_t mode;        /* in force, also by a supervisor's config (W-92) */
    bool is_told_no_shm; /* by somebody else's */
    struct tpi_stream *stream;
    tpi_counter_t *counter; /* may be NULL */
    int64_t check_ns;       /* heap key */
    size_t heap_index;
} tpi_lease_t;

typedef struct tpi_leases {
    tpi_map_t by_id;
    tpi_map_t by_client;
    tpi_lease_t **heap;
    size_t count, heap_capacity;
    uint64_t next_id;
    uint64_t checks; /* leases looked at by tpi_leases_due so far: what a duty cycle costs */
    tpi_map_t remembered;
    tpi_lease_key_t ended[TPI_DRIVER_REMEMBERED_LEASES];
    size_t ended_next;
} tpi_leases_t;

/** `first_id`: CLOCK_REALTIME ns (D-40). */
void tpi_leases_init(tpi_leases_t *leases, uint64_t first_id, uint64_t seed);
void tpi_leases_fini(tpi_leases_t *leases);

bool tpi_lease_key_equal(const tpi_lease_key_t *a, const tpi_lease_key_t *b);

/**
 * A new lease with an id of its own, in state ATTACHED.
 * @param key lease_id is filled in.
 * @return TP_OK; TP_EBUSY: the client id holds a lease (D-41); TP_ERANGE: table full; TP_ENOMEM. Nothing changed then.
 */
int tpi_leases_issue(tpi_leases_t *leases, const tpi_lease_key_t *key, int64_t expiry_ns,
                     tpi_lease_t **out);
tpi_lease_t *tpi_leases_find(const tpi_leases_t *leases, const tpi_lease_key_t *key);
tpi_lease_t *tpi_leases_find_id(const tpi_leases_t *leases, uint64_t lease_id);
tpi_lease_t *tpi_leases_find_client(const tpi_leases_t *leases, uint32_t client_id);
/** A keepalive: ACTIVE, expiry never backwards (D-48). */
void tpi_lease_keep(tpi_lease_t *lease, int64_t expiry_ns);
/** A lease whose expiry is at or before `now_ns` (D-49), NULL if none, looking at no more than *budget leases, which is counted down. */
tpi_lease_t *tpi_leases_due(tpi_leases_t *leases, int64_t now_ns, int *budget);
/** Is there a check to make at `now_ns`? */
bool tpi_leases_has_check(const tpi_leases_t *leases, int64_t now_ns);
/** Out of the table and into the memory of ended ones; state is DETACHED, EXPIRED or REVOKED. The lease is the caller's: tpi_lease_free. */
void tpi_leases_end(tpi_leases_t *leases, tpi_lease_t *lease, tpi_lease_state_t state);
void tpi_lease_free(tpi_lease_t *lease);
/** Was exactly this one among the last ended (D-62)? */
bool tpi_leases_is_remembered(const tpi_leases_t *leases, const tpi_lease_key_t *key);
/** Forget ended leases too: nothing of before a loss of Aeron counts (D-82). Live ones must have been ended. */
void tpi_leases_forget(tpi_leases_t *leases);

#endif

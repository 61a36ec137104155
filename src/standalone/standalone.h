/*
 * standalone/standalone.h - grants without an SHM driver (tpi_grant_source_t): wire.md alone.
 *
 * The owner is a producer's: it made the files and grants them to its role when the connection is
 * up. The follower is a consumer's: it grants nothing but the right to map, and hands announces on;
 * which of them is mapped and when that ends is the consumer's own machine.
 *
 *                UP       RENEW    CLOSE
 *  G attaching   A, U     -        U     waits for the media driver, and what the role wants ready
 *  A attached    -        G, U     U     stays when the media driver is lost: memory stays shared
 *  U unattached  -        -        U
 *
 * "A, U" is UNATTACHED when the owner's role cannot map what was made for it, "G, U" when no new
 * files can be made. The letters are those of the lease's machine, whose states these are.
 */
#ifndef TPI_STANDALONE_H
#define TPI_STANDALONE_H

#include "client/client_internal.h"
#include "standalone/files.h"

#define TPI_GREETED_CONSUMERS 64
#define TPI_LOCAL_ANNOUNCE_MAX (128 + (TPI_MAX_POOLS + 1) * (TPI_REGION_PATH_MAX + 64))

typedef struct tpi_local_owner {
    tpi_local_files_t files;
    bool unlink_at_end;
    bool sparse;
    int64_t announce_due_ns;
    int64_t announced_ns;   /* or tried to */
    int64_t collect_due_ns; /* TPI_NEVER: no earlier epoch is left */
    uint64_t generation;    /* of the link by which the last announce went out */
    /* Whose hello was answered by an announce before its time; a ring. */
    uint32_t greeted[TPI_GREETED_CONSUMERS];
    uint32_t next_greeted;
    uint8_t message[TPI_LOCAL_ANNOUNCE_MAX];
} tpi_local_owner_t;

extern const tpi_grant_source_t tpi_local_owner_source; /* source_data: tpi_local_owner_t */

/** Take the instance, remove what is old, make the files. As tpi_local_files_open and _make. */
int tpi_local_owner_create(tpi_local_owner_t **out, tp_client_t *client,
                           const tp_local_stream_t *local, uint32_t stream_id);
/** After tpi_attachment_fini. NULL is a no-op. */
void tpi_local_owner_destroy(tpi_local_owner_t *owner);

/* Consumers count what they said themselves, because in Aeron's IPC all clients of a media driver
 * that publish on a stream have one session: what is heard with their id beyond it is another's. */
typedef struct tpi_follower {
    uint32_t client_id; /* that the two are about */
    uint64_t said, heard;
} tpi_follower_t;

extern const tpi_grant_source_t tpi_follower_source; /* source_data: tpi_follower_t */

#endif

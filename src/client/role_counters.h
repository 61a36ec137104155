/*
 * client/role_counters.h - a role's figures as Aeron counters (OP-6): any process may read them,
 * also when this one is stuck.
 *
 * They carry the client id, so a new lease gets new ones. Updated from the role's tick, never on
 * the hot path.
 */
#ifndef TPI_CLIENT_ROLE_COUNTERS_H
#define TPI_CLIENT_ROLE_COUNTERS_H

#include "client/attachment.h"

#define TPI_ROLE_COUNTERS_MAX 16
/* Roles of one client that have them. A media driver has 8192 counters by default, for all its clients: a process with a
 * thousand producers must not take them from the others. A role that comes when all are taken has none until its next
 * lease, even if some become free. */
#define TPI_ROLE_COUNTER_SETS 64
#define TPI_ROLE_COUNTERS_PERIOD_NS INT64_C(100000000)

typedef struct tpi_role_counters {
    int32_t type_id;           /* TPI_COUNTER_PRODUCER or _CONSUMER */
    const char *const *labels; /* in the order of the counter's `which` */
    size_t count;
    tpi_counter_t *counters[TPI_ROLE_COUNTERS_MAX];
    bool is_open;
    tp_client_t *counted_by; /* NULL: not open, or open without counters */
    uint32_t client_id;
    int64_t due_ns;
} tpi_role_counters_t;

/** Is it time for tpi_role_counters_update? Closes them when the lease is gone. Not from message
 * handlers. */
bool tpi_role_counters_due(tpi_role_counters_t *set, const tpi_attachment_t *attachment,
                           int64_t now_ns);
/** When tpi_role_counters_due will say so, as long as the lease stays as it is. */
int64_t tpi_role_counters_next(const tpi_role_counters_t *set, const tpi_attachment_t *attachment);
/** Open if need be, and store. */
void tpi_role_counters_update(tpi_role_counters_t *set, const tpi_attachment_t *attachment,
                              const uint64_t *values, int64_t now_ns);
void tpi_role_counters_close(tpi_role_counters_t *set);

#endif

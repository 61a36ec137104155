#include "driver/leases.h"

#include <stdlib.h>

#include "base/fail.h"
#include "wire/messages.h"

void tpi_leases_init(tpi_leases_t *leases, uint64_t first_id, uint64_t seed)
{
    *leases = (tpi_leases_t){ .next_id = first_id };
    tpi_map_init(&leases->by_id, seed);
    tpi_map_init(&leases->by_client, seed);
    tpi_map_init(&leases->remembered, seed);
}

void tpi_leases_fini(tpi_leases_t *leases)
{
    for (size_t i = 0; i < leases->count; i++) {
        free(leases->heap[i]);
    }
    free(leases->heap);
    leases->heap = NULL;
    leases->count = leases->heap_capacity = 0;
    tpi_map_fini(&leases->by_id);
    tpi_map_fini(&leases->by_client);
    tpi_map_fini(&leases->remembered);
}

bool tpi_lease_key_equal(const tpi_lease_key_t *a, const tpi_lease_key_t *b)
{
    return a->lease_id == b->lease_id && a->stream_id == b->stream_id &&
           a->client_id == b->client_id && a->role == b->role;
}

/* ---- the heap of check times ---- */

static void heap_set(tpi_leases_t *leases, size_t i, tpi_lease_t *lease)
{
    leases->heap[i] = lease;
    lease->heap_index = i;
}

static void heap_up(tpi_leases_t *leases, size_t i)
{
    tpi_lease_t *lease = leases->heap[i];
    while (i > 0 && leases->heap[(i - 1) / 2]->check_ns > lease->check_ns) {
        heap_set(leases, i, leases->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    heap_set(leases, i, lease);
}

static void heap_down(tpi_leases_t *leases, size_t i)
{
    tpi_lease_t *lease = leases->heap[i];
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= leases->count) {
            break;
        }
        if (child + 1 < leases->count &&
            leases->heap[child + 1]->check_ns < leases->heap[child]->check_ns) {
            child++;
        }
        if (leases->heap[child]->check_ns >= lease->check_ns) {
            break;
        }
        heap_set(leases, i, leases->heap[child]);
        i = child;
    }
    heap_set(leases, i, lease);
}

static int heap_reserve(tpi_leases_t *leases)
{
    if (leases->count < leases->heap_capacity) {
        return TP_OK;
    }
    const size_t capacity = leases->heap_capacity == 0 ? 64 : leases->heap_capacity * 2;
    tpi_lease_t **heap = realloc(leases->heap, capacity * sizeof(heap[0]));
    if (heap == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for %zu leases", capacity);
    }
    leases->heap = heap;
    leases->heap_capacity = capacity;
    return TP_OK;
}

/* ---- the table ---- */

int tpi_leases_issue(tpi_leases_t *leases, const tpi_lease_key_t *key, int64_t expiry_ns,
                     tpi_lease_t **out)
{
    if (tpi_leases_find_client(leases, key->client_id) != NULL) { /* Rule: D-41 */
        return TP_EBUSY;
    }
    if (leases->count >= TPI_DRIVER_MAX_LEASES) { /* Rule: D-120 */
        return tpi_fail(TP_ERANGE, "%u leases are live", TPI_DRIVER_MAX_LEASES);
    }
    int rc = heap_reserve(leases);
    if (rc != TP_OK) {
        return rc;
    }
    tpi_lease_t *lease = calloc(1, sizeof(*lease));
    if (lease == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for a lease");
    }
    uint64_t id = leases->next_id;
    if (id == 0 || id == TPI_NULL_U64) { /* Rule: D-40 */
        id = 1;
    }
    lease->key = *key;
    lease->key.lease_id = id;
    lease->state = TPI_LEASE_IS_ATTACHED;
    lease->expiry_ns = lease->check_ns = expiry_ns;
    lease->node_id = TPI_NULL_U32;
    rc = tpi_map_put(&leases->by_id, id, lease);
    if (rc == TP_OK) {
        rc = tpi_map_put(&leases->by_client, key->client_id, lease);
        if (rc != TP_OK) {
            (void)tpi_map_remove(&leases->by_id, id);
        }
    }
    if (rc != TP_OK) {
        free(lease);
        return rc;
    }
    leases->next_id = id + 1; /* Rule: D-40 - never given twice */
    leases->heap[leases->count] = lease;
    leases->count++;
    heap_up(leases, leases->count - 1);
    *out = lease;
    return TP_OK;
}

tpi_lease_t *tpi_leases_find_id(const tpi_leases_t *leases, uint64_t lease_id)
{
    return tpi_map_get(&leases->by_id, lease_id);
}

/* Rule: D-47, D-61 - all four ids. */
tpi_lease_t *tpi_leases_find(const tpi_leases_t *leases, const tpi_lease_key_t *key)
{
    tpi_lease_t *lease = tpi_leases_find_id(leases, key->lease_id);
    return lease != NULL && tpi_lease_key_equal(&lease->key, key) ? lease : NULL;
}

tpi_lease_t *tpi_leases_find_client(const tpi_leases_t *leases, uint32_t client_id)
{
    return tpi_map_get(&leases->by_client, client_id);
}

/* Rule: D-48 */
void tpi_lease_keep(tpi_lease_t *lease, int64_t expiry_ns)
{
    lease->state = TPI_LEASE_IS_ACTIVE;
    if (expiry_ns > lease->expiry_ns) {
        lease->expiry_ns = expiry_ns;
    }
}

bool tpi_leases_has_check(const tpi_leases_t *leases, int64_t now_ns)
{
    return leases->count > 0 && now_ns >= leases->heap[0]->check_ns;
}

/* Rule: D-49 */
tpi_lease_t *tpi_leases_due(tpi_leases_t *leases, int64_t now_ns, int *budget)
{
    while (*budget > 0 && tpi_leases_has_check(leases, now_ns)) {
        tpi_lease_t *lease = leases->heap[0];
        leases->checks++;
        (*budget)--;
        if (now_ns >= lease->expiry_ns) {
            return lease;
        }
        lease->check_ns = lease->expiry_ns;
        heap_down(leases, 0);
    }
    return NULL;
}

static void remember(tpi_leases_t *leases, const tpi_lease_key_t *key)
{
    tpi_lease_key_t *slot = &leases->ended[leases->ended_next];
    if (slot->lease_id != 0) {
        (void)tpi_map_remove(&leases->remembered, slot->lease_id);
    }
    *slot = *key;
    /* Without memory for it, this one is just not remembered: a detach of it gets `unknown lease`. */
    (void)tpi_map_put(&leases->remembered, key->lease_id, slot);
    leases->ended_next = (leases->ended_next + 1) % TPI_DRIVER_REMEMBERED_LEASES;
}

void tpi_leases_end(tpi_leases_t *leases, tpi_lease_t *lease, tpi_lease_state_t state)
{
    lease->state = state;
    (void)tpi_map_remove(&leases->by_id, lease->key.lease_id);
    (void)tpi_map_remove(&leases->by_client, lease->key.client_id);
    const size_t hole = lease->heap_index;
    tpi_lease_t *last = leases->heap[leases->count - 1];
    leases->count--;
    if (last != lease) {
        heap_set(leases, hole, last);
        heap_up(leases, hole);
        heap_down(leases, last->heap_index);
    }
    remember(leases, &lease->key);
}

void tpi_lease_free(tpi_lease_t *lease)
{
    free(lease);
}

bool tpi_leases_is_remembered(const tpi_leases_t *leases, const tpi_lease_key_t *key)
{
    const tpi_lease_key_t *ended = tpi_map_get(&leases->remembered, key->lease_id);
    return ended != NULL && tpi_lease_key_equal(ended, key);
}

void tpi_leases_forget(tpi_leases_t *leases)
{
    tpi_map_fini(&leases->remembered);
    for (size_t i = 0; i < TPI_DRIVER_REMEMBERED_LEASES; i++) {
        leases->ended[i] = (tpi_lease_key_t){ 0 };
    }
    leases->ended_next = 0;
}

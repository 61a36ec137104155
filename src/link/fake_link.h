/*
 * link/fake_link.h - a link without Aeron, for unit tests: a bus inside the process, deterministic,
 * with faults on demand.
 *
 * How it differs from the real thing, on purpose:
 * - A handle becomes ready in the first tpi_link_do_work of its link after it was added (and the
 * bus is up).
 * - A message is delivered to every subscription that was added before the send, also one that is
 * not ready yet, also the sender's own. It waits in the subscription; a poll returns what waits for
 * the images the link has announced.
 * - Images come and go in tpi_link_do_work of the subscriber's link; "gone" waits until what was
 * sent before has been polled.
 * - A publication is connected while a subscription exists. It is back-pressured while one of them
 * holds TPI_FAKE_QUEUE_MAX messages.
 * - Session ids count from 1 (`session-id=` in the channel wins); everything happens in the order
 * of the calls. One thread for the whole bus.
 */
#ifndef TPI_FAKE_LINK_H
#define TPI_FAKE_LINK_H

#include "link/counters.h"
#include "link/link.h"

typedef struct tpi_fake_bus tpi_fake_bus_t;

#define TPI_FAKE_QUEUE_MAX 4096
#define TPI_FAKE_MAX_CLAIM 1376     /* Aeron's max payload length at its default MTU */
#define TPI_FAKE_MAX_MESSAGE 131072 /* Aeron's max message length with terms of 1 MiB */

/** A bus is what a media driver is to real links: links created on it hear each other by (channel
 * up to '?', stream id). Starts up. */
int tpi_fake_bus_create(tpi_fake_bus_t **out);
/** The links on it must be destroyed before. NULL is a no-op. */
void tpi_fake_bus_destroy(tpi_fake_bus_t *bus);
int tpi_link_create_fake(tpi_link_t **out, tpi_fake_bus_t *bus);

/** Media driver up/down: down voids all handles (state LOST) until up again (new generation). */
void tpi_fake_bus_set_up(tpi_fake_bus_t *bus, bool up);
/** Make the next `count` sends on that stream return `result` instead (-1: until changed). */
void tpi_fake_bus_force_send(tpi_fake_bus_t *bus, int32_t stream_id, tpi_send_t result, int count);
/** Drop the next `count` messages sent on the stream silently (-1: until changed). */
void tpi_fake_bus_lose(tpi_fake_bus_t *bus, int32_t stream_id, int count);
/** Messages sent on the stream so far, lost ones included. */
uint64_t tpi_fake_bus_sent(const tpi_fake_bus_t *bus, int32_t stream_id);
/** As tpi_counters_foreach, for the counters of this bus that are ready. */
void tpi_fake_bus_foreach_counter(const tpi_fake_bus_t *bus,
                                  void (*handler)(void *clientd, const tpi_counter_view_t *counter),
                                  void *clientd);

#endif

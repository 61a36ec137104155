/*
 * link/fake_link.h - a link without Aeron, for unit tests: a bus inside the process, deterministic, with faults on demand.
 */
#ifndef TPI_FAKE_LINK_H
#define TPI_FAKE_LINK_H

#include "link/link.h"

typedef struct tpi_fake_bus tpi_fake_bus_t;

/** A bus is what a media driver is to real links: links created on it hear each other by (channel up to '?', stream id). */
int tpi_fake_bus_create(tpi_fake_bus_t **out);
void tpi_fake_bus_destroy(tpi_fake_bus_t *bus);
int tpi_link_create_fake(tpi_link_t **out, tpi_fake_bus_t *bus);

/** Media driver up/down: down voids all handles (state LOST) until up again (new generation). */
void tpi_fake_bus_set_up(tpi_fake_bus_t *bus, bool up);
/** Make the next `count` sends on that stream return `result` instead (-1: until changed). */
void tpi_fake_bus_force_send(tpi_fake_bus_t *bus, int32_t stream_id, tpi_send_t result, int count);
/** Drop the next `count` messages sent on the stream silently. */
void tpi_fake_bus_lose(tpi_fake_bus_t *bus, int32_t stream_id, int count);
/** Messages sent on the stream so far. */
uint64_t tpi_fake_bus_sent(const tpi_fake_bus_t *bus, int32_t stream_id);

#endif

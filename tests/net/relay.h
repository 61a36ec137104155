/*
 * tests/net/relay.h - what a bad network does to datagrams, chosen by a seed: loss, duplication,
 * reordering, and bits flipped in the payload of Aeron data frames.
 *
 * Every datagram draws the same number of random numbers, so what happens to the n-th one depends
 * on the seed and n alone. No sockets, no clock: net_relay.c has those.
 */
#ifndef TP_NET_RELAY_H
#define TP_NET_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RELAY_MAX_DATAGRAM 65536u
#define RELAY_MAX_HELD 32u

/** Probabilities, 0..1. */
typedef struct relay_options {
    uint64_t seed;
    double loss;
    double duplication;
    double reordering; /* the datagram is held back until `hold` others went by */
    unsigned hold;     /* 1.. */
    double corruption; /* of datagrams that hold the payload of a data frame */
} relay_options_t;

typedef struct relay_stats {
    uint64_t received, sent, lost, duplicated, reordered, corrupted;
    uint64_t bytes_received, bytes_sent;
} relay_stats_t;

typedef void (*relay_emit_t)(void *clientd, const uint8_t *data, size_t length);

typedef struct relay_held {
    uint8_t *data;
    size_t length;
    unsigned passes; /* datagrams that still go before it; 0: free */
} relay_held_t;

typedef struct relay {
    relay_options_t options;
    relay_stats_t stats;
    relay_emit_t emit;
    void *clientd;
    uint64_t state;
    relay_held_t held[RELAY_MAX_HELD];
    uint8_t scratch[RELAY_MAX_DATAGRAM];
} relay_t;

/** false: no memory. */
bool relay_init(relay_t *relay, const relay_options_t *options, relay_emit_t emit, void *clientd);
void relay_free(relay_t *relay);
/** One datagram came in: emits none, one or several, this one and held ones that are due. */
void relay_take(relay_t *relay, const uint8_t *data, size_t length);
/** Nothing more comes for now: emits what is held. */
void relay_flush(relay_t *relay);
/** Whether anything is held. */
bool relay_is_holding(const relay_t *relay);

/**
 * Flip one bit of the payload of one data frame in an Aeron datagram, never of an Aeron header;
 * `random` says which. false: there is no payload (SETUP, heartbeats, padding, what is not Aeron).
 */
bool relay_corrupt(uint8_t *data, size_t length, uint64_t random);

#endif

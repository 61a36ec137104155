/*
 * tests/system/system_util.h - the processes that system tests are made of: media driver, SHM driver, producer, consumer.
 *
 * Each runs in a process of its own, forked by the test before the test has any Aeron client; each tells what it is doing on
 * a board in shared memory, and so does a stopped or killed one: the numbers it had.
 */
#ifndef SYSTEM_UTIL_H
#define SYSTEM_UTIL_H

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>

#include "tensorpool/tensorpool.h"
#include "tp_test.h"

#define SYS_STREAM 1001u
#define SYS_PAYLOAD 512u
#define SYS_NS_PER_MS INT64_C(1000000)

/* What all of them share; set up by sys_init. */
typedef struct sys_config {
    char aeron_dir[256];
    char base_dir[256];
    const char *base_dirs[1];
    uint32_t nslots;
    uint32_t lease_keepalive_ms;   /* of the driver */
    uint32_t lease_grace;          /* intervals */
    int64_t client_liveness_ns;    /* of the media driver */
    int64_t keepalive_interval_ns; /* of the clients, and below */
    int64_t driver_timeout_ns;
    int64_t media_driver_timeout_ns;
} sys_config_t;

/** Own directories, 64 KiB terms, a lease time nobody exceeds unless he is stopped for long. */
void sys_init(sys_config_t *config, uint32_t nslots);
/** Shorter times all round, for tests that wait for losses. */
void sys_init_impatient(sys_config_t *config, uint32_t nslots);

/** The channel of every stream here. */
#define SYS_CHANNEL "aeron:ipc?term-length=64k"

/** Client options of that set-up; borrows from `config`. */
tp_client_options_t sys_client_options(const sys_config_t *config, const char *name);

/** Zeroed memory which this process and those forked later share. */
void *sys_board(size_t size);

/** Stop a process and see it stopped. */
void sys_stop(pid_t pid);
/** End it with SIGKILL and reap it. */
void sys_kill(pid_t pid);

/* ---- drivers ---- */

typedef struct sys_driver_board {
    _Atomic bool is_ready;
    _Atomic bool stop;
    _Atomic int result;
} sys_driver_board_t;

typedef enum sys_drivers { SYS_MEDIA = 1, SYS_SHM = 2, SYS_BOTH = 3 } sys_drivers_t;

/** Fork a process that runs these drivers until board->stop, and wait until they are ready. */
pid_t sys_fork_driver(const sys_config_t *config, sys_driver_board_t *board, sys_drivers_t which);

/* ---- frames ---- */

/** Payload words from epoch and seq, so that a reader can verify every byte. */
void sys_fill(uint8_t *data, size_t length, uint64_t epoch, uint64_t seq);
bool sys_holds(const tp_frame_t *frame);
/** Claim, fill, commit SYS_PAYLOAD bytes. *out_cost_ns, if given, is what claim and commit took, without the filling. */
int sys_publish(tp_producer_t *producer, int64_t *out_cost_ns);

/* ---- consumers ---- */

typedef struct sys_consumer_board {
    _Atomic bool stop; /* asked of it */
    _Atomic uint64_t loops;
    _Atomic uint64_t epoch; /* mapped now; 0: none */
    _Atomic uint64_t seqs;  /* passed in all epochs, by first_seq and last_seq */
    _Atomic uint64_t last_seq;
    _Atomic uint64_t verified; /* frames whose every byte was right, and still valid after that */
    _Atomic uint64_t corrupt;  /* still valid, but with wrong bytes */
    _Atomic uint64_t epochs;   /* that frames were verified in */
    _Atomic uint64_t attaches;
    _Atomic uint64_t losses;
    _Atomic int64_t longest_work_ns; /* of one tp_client_do_work */
    _Atomic int64_t longest_loop_ns; /* from one to the next: the machine, or whoever stopped it */
    tp_consumer_stats_t stats;       /* as of the last loop */
    char text[256];                  /* of the attachment */
} sys_consumer_board_t;

/** Fork a consumer of SYS_STREAM which reads from the oldest frame on until board->stop. */
pid_t sys_fork_consumer(const sys_config_t *config, sys_consumer_board_t *board, const char *name,
                        bool use_descriptors);

uint64_t sys_drops(const tp_consumer_stats_t *stats);
/** The process has ended: accepted + thinned + drops is each seq it passed, in all epochs; every accepted frame was verified. */
void sys_check_consumer(const char *name, const sys_consumer_board_t *board);

/* ---- producers ---- */

typedef struct sys_producer_board {
    _Atomic bool stop;
    _Atomic uint64_t published; /* in this process */
    _Atomic uint64_t epoch;
    _Atomic uint64_t next_seq;
    _Atomic uint64_t refused; /* tries without a lease */
} sys_producer_board_t;

/** Fork a producer of SYS_STREAM, some thousand frames a second until board->stop. */
pid_t sys_fork_producer(const sys_config_t *config, sys_producer_board_t *board);

#endif

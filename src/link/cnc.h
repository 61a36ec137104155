/*
 * link/cnc.h - looking at a media driver from outside, through its cnc file, without ever waiting.
 */
#ifndef TPI_LINK_CNC_H
#define TPI_LINK_CNC_H

#include <stdint.h>
#include <sys/types.h>

typedef struct tpi_cnc_info {
    int64_t heartbeat_ms; /* since 1970; -1: shut down cleanly, 0: not started yet */
    int64_t age_ms;       /* of the heartbeat; 0 if it lies in the future */
    int64_t pid;
    dev_t device;
    ino_t inode;
} tpi_cnc_info_t;

/**
 * Read the state of the media driver in `dir`. TP_OK says that there is a complete cnc file, not that the driver lives.
 * TP_ENOENT: none (yet), TP_EACCES: not ours to read and write, TP_EAERON: not a cnc file of this Aeron version. With text.
 */
int tpi_cnc_read(const char *dir, tpi_cnc_info_t *out);

/** TP_OK when the heartbeat is younger than timeout_ns, else TP_ENOENT with text that says what is wrong. */
int tpi_cnc_check_alive(const char *dir, const tpi_cnc_info_t *info, int64_t timeout_ns);

#endif

/*
 * tools/tp/doctor/look.h - gathering what `tp doctor` judges. Files are read and nothing else: no
 * Aeron client is made, no lease, no subscription, no publication. What is in shared memory
 * belongs to a stranger: it is copied, checked and then used, no link below the base directory is
 * followed, and whatever cannot be read becomes a `trouble`.
 */
#ifndef TP_DOCTOR_LOOK_H
#define TP_DOCTOR_LOOK_H

#include "config/config.h"
#include "doctor/facts.h"
#include "tp_common.h"

typedef struct tp_doctor_asked {
    const tp_args_t *args;
    const char *paths[TP_DOCTOR_FILES]; /* --config */
    size_t npaths;
    const char *shm_dir; /* --shm-dir, absolute; NULL: not given */
    int64_t interval_ns; /* between two looks at counters; 0: one look */
} tp_doctor_asked_t;

/** Owns what facts point to. */
typedef struct tp_doctor_looked {
    tp_doctor_facts_t facts;
    tpi_config_t *driver;
    char config_words[2100];
    char default_base[16];
    const char *default_dirs[1];
    tp_top_snapshot_t snapshots[2];
} tp_doctor_looked_t;

/** Everything, in the order in which one thing needs another. Zeroed before. Takes interval_ns and
 * a little. */
void tp_doctor_look(tp_doctor_looked_t *looked, const tp_doctor_asked_t *asked);
void tp_doctor_looked_fini(tp_doctor_looked_t *looked);

/* ---- the parts ---- */

void tp_doctor_look_config(tp_doctor_looked_t *looked, const tp_doctor_asked_t *asked);
/** base, base_fs, allowed, clients_allow_base, from facts->config. */
void tp_doctor_look_dirs(tp_doctor_facts_t *facts);
void tp_doctor_look_dir(tp_doctor_dir_t *out, const char *path);
/** `path` exists. */
void tp_doctor_look_fs(tp_doctor_fs_t *out, const char *path);
void tp_doctor_look_epochs(tp_doctor_facts_t *facts);
/** limits, memory, hugepages, cpus, clocks, net; after epochs, which know the driver's pid. */
void tp_doctor_look_host(tp_doctor_facts_t *facts);
void tp_doctor_look_aeron(tp_doctor_facts_t *facts, const char *aeron_dir);

/** First line of a small file, without its end; false: it cannot be read, and `trouble` says so. */
bool tp_doctor_read_line(const char *path, char *out, size_t cap, char trouble[TP_DOCTOR_TROUBLE]);
/** The same as a number. */
bool tp_doctor_read_number(const char *path, uint64_t *out, char trouble[TP_DOCTOR_TROUBLE]);
/** "PATH: what errno says". */
void tp_doctor_trouble(char trouble[TP_DOCTOR_TROUBLE], const char *path);

#endif

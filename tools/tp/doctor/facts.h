/*
 * tools/tp/doctor/facts.h - what `tp doctor` knows before it judges: the configuration, and what
 * the system says of itself. Plain data: look_*.c fill it in, check_*.c judge it, and a test makes
 * it up.
 *
 * A group whose `trouble` is not empty could not be looked at; the rest of it is zero then and
 * says nothing.
 */
#ifndef TP_DOCTOR_FACTS_H
#define TP_DOCTOR_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tensorpool/driver.h"
#include "top/model.h"

enum {
    TP_DOCTOR_TROUBLE = 320,
    TP_DOCTOR_PATH = 1024,
    TP_DOCTOR_FILES = 8,
    TP_DOCTOR_WARNINGS = 16,
    TP_DOCTOR_CHANNELS = 96,
    TP_DOCTOR_VARIABLES = 12,
    TP_DOCTOR_EPOCHS = 4096
};

#define TP_DOCTOR_UNLIMITED UINT64_MAX

/* ---- the configuration ---- */

typedef struct tp_doctor_file {
    const char *path; /* as given */
    char trouble[TP_DOCTOR_TROUBLE];
    uint32_t mode; /* permission bits */
    bool has_token;
} tp_doctor_file_t;

/* A channel that somebody is configured to use. */
typedef struct tp_doctor_channel {
    char who[64]; /* "driver.control_channel", "client --qos-channel" */
    char uri[256];
    int64_t stream_id;
    bool is_client; /* a default or an option of this command line, not a file's */
} tp_doctor_channel_t;

typedef struct tp_doctor_config {
    char trouble[512]; /* of the driver's file; `driver` is NULL then */
    const tp_driver_options_t *driver;
    int task_core; /* -1: none */
    bool has_bridge;
    uint32_t bridge_chunk_bytes; /* 0: not said */
    size_t nwarnings;
    char warnings[TP_DOCTOR_WARNINGS][TP_DOCTOR_TROUBLE];
    size_t nfiles;
    tp_doctor_file_t files[TP_DOCTOR_FILES];
    size_t nchannels;
    tp_doctor_channel_t channels[TP_DOCTOR_CHANNELS];
    const char *const *client_dirs; /* --allow-dir, TP_ALLOWED_BASE_DIRS; /dev/shm without */
    size_t nclient_dirs;
} tp_doctor_config_t;

/* ---- directories and file systems ---- */

typedef enum tp_doctor_fs_kind {
    TP_DOCTOR_FS_OTHER,
    TP_DOCTOR_TMPFS,
    TP_DOCTOR_HUGETLBFS
} tp_doctor_fs_kind_t;

typedef struct tp_doctor_fs {
    char trouble[TP_DOCTOR_TROUBLE];
    tp_doctor_fs_kind_t kind;
    char name[32]; /* "tmpfs", "ext4" */
    char mount_point[TP_DOCTOR_PATH];
    char huge[16];                    /* tmpfs: huge=advise, ...; "": never */
    uint64_t total_bytes, free_bytes; /* TP_DOCTOR_UNLIMITED: no limit */
    uint64_t page_bytes;
} tp_doctor_fs_t;

typedef struct tp_doctor_dir {
    char trouble[TP_DOCTOR_TROUBLE];
    char path[TP_DOCTOR_PATH]; /* absolute, links resolved where it exists */
    bool exists, is_dir;
    uint32_t mode; /* with the sticky bit */
    uint32_t uid;
    bool is_ours;
    bool is_usable; /* we may read, write and search it */
    /* The nearest directory above that exists. */
    char above[TP_DOCTOR_PATH];
    uint32_t above_mode;
    bool above_is_usable;
} tp_doctor_dir_t;

/* shm.allowed_base_dirs, one by one. */
typedef struct tp_doctor_allowed {
    char path[TP_DOCTOR_PATH]; /* as configured */
    bool exists;
    bool holds_base; /* base_dir is it, or below it, links resolved */
} tp_doctor_allowed_t;

/* ---- the host ---- */

typedef struct tp_doctor_limits {
    char trouble[TP_DOCTOR_TROUBLE];
    int64_t pid; /* whose: a running SHM driver's; 0: our own */
    uint64_t memlock_bytes, nofile;
    bool may_lock;     /* CAP_IPC_LOCK: no limit counts */
    uint64_t max_maps; /* vm.max_map_count; 0: not known */
} tp_doctor_limits_t;

typedef struct tp_doctor_memory {
    char trouble[TP_DOCTOR_TROUBLE];
    uint64_t available_bytes; /* MemAvailable and free swap */
    char group_trouble[TP_DOCTOR_TROUBLE];
    char group[TP_DOCTOR_PATH]; /* directory of the tightest control group; "": no limit */
    uint64_t group_limit_bytes, group_used_bytes;
} tp_doctor_memory_t;

typedef struct tp_doctor_hugepages {
    char trouble[TP_DOCTOR_TROUBLE];
    uint64_t page_bytes; /* 0: nobody asks for them */
    uint64_t total, free, reserved;
} tp_doctor_hugepages_t;

typedef struct tp_doctor_cpus {
    char trouble[TP_DOCTOR_TROUBLE];
    uint32_t usable;       /* that this process may run on */
    uint64_t quota_milli;  /* CPUs of the control group times 1000; 0: no quota */
    bool task_core_usable; /* AGENT_TASK_CORE is among them */
    char governor[32];     /* "": the system has none */
} tp_doctor_cpus_t;

typedef struct tp_doctor_clocks {
    char trouble[TP_DOCTOR_TROUBLE];
    char source[32]; /* "": not known */
    bool has_tsc;    /* it could be chosen */
    char sync_trouble[TP_DOCTOR_TROUBLE];
    bool is_synchronized;
    int64_t error_us; /* the kernel's estimate */
} tp_doctor_clocks_t;

typedef struct tp_doctor_net {
    char trouble[TP_DOCTOR_TROUBLE];
    uint64_t rmem_max, wmem_max;
} tp_doctor_net_t;

/* ---- the media driver ---- */

typedef struct tp_doctor_variable {
    const char *name; /* of a list in look_aeron.c */
    char value[64];
} tp_doctor_variable_t;

typedef enum tp_doctor_cnc {
    TP_DOCTOR_CNC_NONE,
    TP_DOCTOR_CNC_FORBIDDEN, /* not ours to read and write */
    TP_DOCTOR_CNC_FOREIGN,   /* another version, or no cnc file */
    TP_DOCTOR_CNC_STARTING,
    TP_DOCTOR_CNC_CLOSED, /* shut down in order */
    TP_DOCTOR_CNC_SILENT,
    TP_DOCTOR_CNC_ALIVE
} tp_doctor_cnc_t;

typedef struct tp_doctor_aeron {
    tp_doctor_dir_t dir;
    tp_doctor_fs_t fs;
    tp_doctor_cnc_t cnc;
    char cnc_text[TP_DOCTOR_TROUBLE]; /* what is wrong with it */
    int64_t pid, age_ms;
    bool is_embedded; /* in a `tp`: the environment says nothing of it */
    bool env_is_its;  /* the variables are those of the process itself, not ours */
    size_t nvariables;
    tp_doctor_variable_t variables[TP_DOCTOR_VARIABLES];
    char logs_trouble[TP_DOCTOR_TROUBLE];
    uint64_t nlogs, logs_bytes; /* publications, with the length their files have */
    uint64_t logs_allocated_bytes;
} tp_doctor_aeron_t;

/* ---- epochs on disk ---- */

typedef struct tp_doctor_epoch {
    uint32_t stream_id;
    char instance[64];
    uint64_t number;
    bool has_superblock; /* a header ring with a valid magic, of this stream and epoch */
    bool pid_alive;
    uint64_t pid, activity_ns;
    uint64_t allocated_bytes;
    int64_t dir_age_ns; /* by its modification time */
} tp_doctor_epoch_t;

typedef struct tp_doctor_epochs {
    char trouble[TP_DOCTOR_TROUBLE];
    size_t count;
    tp_doctor_epoch_t *list; /* by stream, instance and number */
    uint64_t skipped;        /* beyond TP_DOCTOR_EPOCHS */
    uint64_t odd;            /* entries that are not what their name says */
    char odd_path[TP_DOCTOR_PATH];
} tp_doctor_epochs_t;

/* ---- what goes on ---- */

typedef struct tp_doctor_activity {
    uint32_t stream_id;
    char trouble[TP_DOCTOR_TROUBLE];
    uint64_t activity_ns;
} tp_doctor_activity_t;

typedef struct tp_doctor_live {
    char trouble[TP_DOCTOR_TROUBLE];
    const tp_top_snapshot_t *before, *now; /* before: NULL when there was one look only */
    size_t nactivities;
    tp_doctor_activity_t *activities; /* of `now`'s streams that an SHM driver shows */
} tp_doctor_live_t;

typedef struct tp_doctor_facts {
    int64_t now_ns; /* CLOCK_MONOTONIC */
    uint32_t uid;
    bool must_run;            /* --running */
    const char *config_words; /* "--config FILE" for commands; "" without */
    tp_doctor_config_t config;
    tp_doctor_dir_t base;
    tp_doctor_fs_t base_fs;
    size_t nallowed;
    tp_doctor_allowed_t allowed[16];
    bool clients_allow_base; /* one of config.client_dirs holds it */
    bool clients_say_so;     /* config.client_dirs were given, not the default */
    tp_doctor_limits_t limits;
    tp_doctor_memory_t memory;
    tp_doctor_hugepages_t hugepages;
    tp_doctor_cpus_t cpus;
    tp_doctor_clocks_t clocks;
    tp_doctor_net_t net;
    tp_doctor_aeron_t aeron;
    tp_doctor_epochs_t epochs;
    tp_doctor_live_t live;
} tp_doctor_facts_t;

#endif

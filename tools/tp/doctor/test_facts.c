#include "doctor/test_facts.h"

#include <stdio.h>
#include <string.h>

tp_doctor_facts_t facts;
tp_driver_options_t driver;
tp_driver_profile_t profile;
tp_driver_pool_t pool;
tp_driver_stream_t streams[2];
tp_doctor_report_t report;
static tp_doctor_epoch_t epochs[64];

void make_facts(void)
{
    static const char *const dirs[] = { "/run/shm" };
    memset(&facts, 0, sizeof facts);
    pool = (tp_driver_pool_t){ .pool_id = 1, .stride_bytes = 1048576 };
    profile =
        (tp_driver_profile_t){ .name = "raw", .header_nslots = 64, .pools = &pool, .npools = 1 };
    streams[0] = (tp_driver_stream_t){ .name = "a", .stream_id = 7, .profile = "raw" };
    streams[1] = (tp_driver_stream_t){ .name = "b", .stream_id = 8, .profile = "raw" };
    driver = (tp_driver_options_t){
        .size = sizeof driver,
        .instance_id = "driver-01",
        .base_dir = "/run/shm/tp",
        .permissions_mode = 0660,
        .page_size_bytes = 4096,
        .announce_period_ms = 1000,
        .epoch_gc_keep = 2,
        .profiles = &profile,
        .nprofiles = 1,
        .streams = streams,
        .nstreams = 2,
        .default_profile = "raw",
    };
    facts.now_ns = 1000 * SECOND;
    facts.uid = 1000;
    facts.config_words = "";
    facts.config.driver = &driver;
    facts.config.task_core = -1;
    facts.config.client_dirs = dirs;
    facts.config.nclient_dirs = 1;
    snprintf(facts.base.path, sizeof facts.base.path, "/run/shm/tp");
    snprintf(facts.base.above, sizeof facts.base.above, "/run/shm");
    facts.base.exists = facts.base.is_dir = facts.base.is_ours = facts.base.is_usable = true;
    facts.base.mode = 02770;
    facts.base.uid = 1000;
    facts.base.above_mode = 01777;
    facts.base.above_is_usable = true;
    facts.base_fs = (tp_doctor_fs_t){ .kind = TP_DOCTOR_TMPFS,
                                      .name = "tmpfs",
                                      .mount_point = "/run/shm",
                                      .total_bytes = GIB,
                                      .free_bytes = GIB / 2,
                                      .page_bytes = 4096 };
    facts.nallowed = 1;
    snprintf(facts.allowed[0].path, sizeof facts.allowed[0].path, "/run/shm");
    facts.allowed[0].exists = facts.allowed[0].holds_base = true;
    facts.clients_allow_base = true;
    facts.limits = (tp_doctor_limits_t){ .memlock_bytes = GIB, .nofile = 1024, .max_maps = 65530 };
    facts.memory.available_bytes = 8 * GIB;
    facts.cpus.usable = 4;
    snprintf(facts.clocks.source, sizeof facts.clocks.source, "tsc");
    facts.clocks.is_synchronized = true;
    facts.net.rmem_max = facts.net.wmem_max = 212992;
    snprintf(facts.aeron.dir.path, sizeof facts.aeron.dir.path, "/run/shm/aeron");
    facts.aeron.dir.exists = facts.aeron.dir.is_dir = facts.aeron.dir.is_usable = true;
    facts.aeron.dir.mode = 0770;
    facts.aeron.fs = facts.base_fs;
    facts.aeron.cnc = TP_DOCTOR_CNC_ALIVE;
    facts.aeron.pid = 42;
    facts.epochs.list = epochs;
}

tp_doctor_severity_t judge(void (*check)(tp_doctor_report_t *, const tp_doctor_facts_t *))
{
    tp_doctor_report_fini(&report);
    report.check = "test";
    check(&report, &facts);
    int worst = TP_DOCTOR_SEVERITIES - 1;
    while (worst > 0 && report.counts[worst] == 0) {
        worst--;
    }
    return (tp_doctor_severity_t)worst;
}

const tp_doctor_finding_t *found(tp_doctor_severity_t severity, const char *part)
{
    for (size_t i = 0; i < report.count; i++) {
        if (report.findings[i].severity == severity &&
            strstr(report.findings[i].text, part) != NULL) {
            return &report.findings[i];
        }
    }
    for (size_t i = 0; i < report.count; i++) {
        fprintf(stderr, "%s: %s\n", tp_doctor_severity_name(report.findings[i].severity),
                report.findings[i].text);
    }
    TP_CHECK_MSG(false, "there is no %s with '%s'", tp_doctor_severity_name(severity), part);
    return NULL;
}

tp_doctor_epoch_t *add_epoch(uint32_t stream_id, uint64_t number, bool is_alive, int64_t age_ns)
{
    TP_CHECK(facts.epochs.count < sizeof epochs / sizeof epochs[0]);
    tp_doctor_epoch_t *epoch = &epochs[facts.epochs.count++];
    *epoch = (tp_doctor_epoch_t){ .stream_id = stream_id,
                                  .instance = "driver-01",
                                  .number = number,
                                  .has_superblock = true,
                                  .pid_alive = is_alive,
                                  .pid = 4711,
                                  .activity_ns = (uint64_t)(facts.now_ns - age_ns),
                                  .allocated_bytes = MIB,
                                  .dir_age_ns = age_ns };
    return epoch;
}

void add_test_channel(const char *who, const char *uri, int64_t stream_id, bool is_client)
{
    tp_doctor_channel_t *channel = &facts.config.channels[facts.config.nchannels++];
    snprintf(channel->who, sizeof channel->who, "%s", who);
    snprintf(channel->uri, sizeof channel->uri, "%s", uri);
    channel->stream_id = stream_id;
    channel->is_client = is_client;
}

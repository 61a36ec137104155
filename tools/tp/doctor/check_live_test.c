/*
 * epochs, clocks, live: each both ways, at the boundary. Silence is five announce periods: 5 s.
 */
#include <stdio.h>
#include <string.h>

#include "doctor/test_facts.h"

TP_TEST(epochs_within_the_policy_are_a_note_and_more_are_a_warning)
{
    make_facts();
    add_epoch(7, 1, false, 60 * SECOND);
    add_epoch(7, 2, false, 60 * SECOND);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_NOTE);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_NOTE, "2 epochs hold 2.0 MiB")->fix,
                    "rm -r /run/shm/tp/stream-7/driver-01/epoch-1 "
                    "/run/shm/tp/stream-7/driver-01/epoch-2");
    add_epoch(7, 3, true, 0);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_WARNING);
    const tp_doctor_finding_t *f = found(TP_DOCTOR_WARNING, "epoch_gc_keep");
    TP_CHECK_EQ_STR(f->fix, "rm -r /run/shm/tp/stream-7/driver-01/epoch-1");
    TP_CHECK_CONTAINS(f->expected, "policies.epoch_gc_on_startup = true");
    facts.epochs.list[0].pid_alive = true;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_NOTE);
}

TP_TEST(silence_of_a_dead_process_counts_after_five_periods)
{
    make_facts();
    add_epoch(7, 1, false, 5 * SECOND);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_OK);
    facts.epochs.list[0].activity_ns--;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_NOTE);
    facts.epochs.list[0].activity_ns = UINT64_MAX; /* from before a reboot */
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_NOTE);
}

TP_TEST(epochs_of_nobody_are_a_warning)
{
    make_facts();
    tp_doctor_epoch_t *epoch = add_epoch(9, 1, false, 60 * SECOND); /* not configured */
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_WARNING);
    found(TP_DOCTOR_WARNING, "not configured");
    driver.allow_dynamic_streams = true;
    driver.stream_id_range = (tp_id_range_t){ 9, 9 };
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_NOTE);
    strcpy(epoch->instance, "driver-02");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_WARNING);
}

TP_TEST(without_collection_every_old_epoch_is_a_warning)
{
    make_facts();
    driver.no_epoch_gc = true;
    add_epoch(7, 1, false, 60 * SECOND);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_WARNING);
    TP_CHECK_CONTAINS(found(TP_DOCTOR_WARNING, "1 epochs")->expected, "epoch_gc_enabled");
}

TP_TEST(a_directory_without_a_superblock_may_be_in_the_making)
{
    make_facts();
    tp_doctor_epoch_t *epoch = add_epoch(7, 1, false, 5 * SECOND);
    epoch->has_superblock = false;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_OK);
    epoch->dir_age_ns++;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_NOTE);
}

TP_TEST(names_of_strangers_do_not_get_into_commands_unquoted)
{
    make_facts();
    tp_doctor_epoch_t *epoch = add_epoch(7, 1, false, 60 * SECOND);
    strcpy(epoch->instance, "a;reboot");
    judge(tp_doctor_check_epochs);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_WARNING, "a;reboot")->fix,
                    "rm -r '/run/shm/tp/stream-7/a;reboot/epoch-1'");
    strcpy(epoch->instance, "a\nreboot");
    judge(tp_doctor_check_epochs);
    TP_CHECK_EQ_I64(found(TP_DOCTOR_WARNING, "a?reboot")->fix_kind, TP_DOCTOR_NO_FIX);
}

TP_TEST(many_epochs_are_removed_in_several_goes)
{
    make_facts();
    for (uint64_t i = 1; i <= 60; i++) {
        add_epoch(9, i, false, 60 * SECOND);
    }
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_WARNING);
    const tp_doctor_finding_t *f = found(TP_DOCTOR_WARNING, "60 epochs hold 60.0 MiB");
    TP_CHECK_EQ_I64(f->fix_kind, TP_DOCTOR_COMMAND);
    TP_CHECK_CONTAINS(f->expected, "ask again");
}

TP_TEST(odd_entries_and_those_not_looked_at_are_said)
{
    make_facts();
    facts.epochs.odd = 2;
    strcpy(facts.epochs.odd_path, "/run/shm/tp/stream-1");
    facts.epochs.skipped = 3;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_WARNING);
    found(TP_DOCTOR_WARNING, "2 entries of");
    found(TP_DOCTOR_NOTE, "3 more epochs");
    strcpy(facts.epochs.trouble, "no");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_epochs), TP_DOCTOR_NOTE);
}

/* ---- clocks ---- */

TP_TEST(activity_in_the_future_of_a_running_process_is_a_warning)
{
    make_facts();
    tp_doctor_epoch_t *epoch = add_epoch(7, 1, true, -SECOND);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_clocks), TP_DOCTOR_OK);
    epoch->activity_ns++;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_clocks), TP_DOCTOR_WARNING);
    found(TP_DOCTOR_WARNING, "active in the future");
    epoch->pid_alive = false;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_clocks), TP_DOCTOR_NOTE);
    found(TP_DOCTOR_NOTE, "before a reboot");
}

TP_TEST(a_slow_clock_source_and_no_synchronization_are_notes)
{
    make_facts();
    strcpy(facts.clocks.source, "hpet");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_clocks), TP_DOCTOR_NOTE);
    TP_CHECK_EQ_I64(found(TP_DOCTOR_NOTE, "hpet")->fix_kind, TP_DOCTOR_NO_FIX);
    facts.clocks.has_tsc = true;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_clocks), TP_DOCTOR_NOTE);
    TP_CHECK_CONTAINS(found(TP_DOCTOR_NOTE, "hpet")->fix, "echo tsc > ");
    strcpy(facts.clocks.source, "kvm-clock");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_clocks), TP_DOCTOR_OK);
    facts.clocks.is_synchronized = false;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_clocks), TP_DOCTOR_NOTE);
    strcpy(facts.clocks.trouble, "no");
    strcpy(facts.clocks.sync_trouble, "no");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_clocks), TP_DOCTOR_NOTE);
}

/* ---- live ---- */

static tp_top_snapshot_t before, now;
static tp_top_client_t clients[2][2];
static tp_top_stream_t stream;
static tp_top_figure_t figures[2];
static tp_doctor_activity_t activity;

/* Producer 1 and consumer 2 of stream 7, 64 slots; the driver's duty cycles go on. */
static void make_live(void)
{
    make_facts();
    memset(&before, 0, sizeof before);
    memset(&now, 0, sizeof now);
    memset(clients, 0, sizeof clients);
    stream = (tp_top_stream_t){ .stream_id = 7, .has_counter = true, .nslots = 64 };
    for (int i = 0; i < 2; i++) {
        tp_top_snapshot_t *snapshot = i == 0 ? &before : &now;
        clients[i][0] = (tp_top_client_t){ .stream_id = 7, .client_id = 1, .is_producer = true };
        clients[i][1] = (tp_top_client_t){ .stream_id = 7, .client_id = 2 };
        clients[i][1].values[TP_TOP_ACCEPTED] = 999;
        figures[i] = (tp_top_figure_t){ .type_id = TPI_COUNTER_DRIVER,
                                        .which = offsetof(tp_driver_stats_t, duty_cycles) / 8,
                                        .value = 100 + i };
        snapshot->clients = clients[i];
        snapshot->nclients = 2;
        snapshot->streams = &stream;
        snapshot->nstreams = 1;
        snapshot->figures = &figures[i];
        snapshot->nfigures = 1;
        snapshot->at_ns = facts.now_ns - (1 - i) * SECOND;
    }
    activity = (tp_doctor_activity_t){ .stream_id = 7, .activity_ns = (uint64_t)facts.now_ns };
    facts.live = (tp_doctor_live_t){
        .before = &before, .now = &now, .activities = &activity, .nactivities = 1
    };
}

TP_TEST(what_goes_on_well_is_ok)
{
    make_live();
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_OK);
    facts.live.now = NULL;
    judge(tp_doctor_check_live);
    TP_CHECK_EQ_U64(report.count, 0);
    strcpy(facts.live.trouble, "no");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_NOTE);
}

TP_TEST(drops_above_a_thousandth_are_a_warning_while_they_go_on)
{
    make_live();
    clients[1][1].values[TP_TOP_OVERRUN + TP_DROP_CHANGED] = 1; /* 1 of 1000: at most */
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_OK);
    clients[1][1].values[TP_TOP_ACCEPTED] = 998; /* 1 of 999 */
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_WARNING);
    found(TP_DOCTOR_WARNING, "most by cause changed");
    clients[0][1].values[TP_TOP_OVERRUN + TP_DROP_CHANGED] = 1;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_NOTE);
    found(TP_DOCTOR_NOTE, "none right now");
    facts.live.before = NULL;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_WARNING);
    clients[1][1].values[TP_TOP_ACCEPTED] = 0;
    clients[1][1].values[TP_TOP_OVERRUN] = INT64_MIN; /* a stranger's */
    clients[1][1].values[TP_TOP_DROPS_REMAP] = INT64_MAX;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_WARNING);
}

TP_TEST(a_consumer_half_a_ring_behind_is_a_warning)
{
    make_live();
    clients[1][1].has_lag = true;
    clients[1][1].lag = 31;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_OK);
    clients[1][1].lag = 32;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_WARNING);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_WARNING, "32 frames behind, of 64")->fix,
                    "tp top --aeron-dir /run/shm/aeron --once");
    stream.nslots = 0; /* not known */
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_OK);
}

TP_TEST(a_lease_that_ended_long_ago_is_a_warning)
{
    make_live();
    clients[1][0].has_lease = true;
    clients[1][0].expires_ns = now.at_ns - SECOND;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_OK);
    clients[1][0].expires_ns--;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_WARNING);
    found(TP_DOCTOR_WARNING, "of producer 1, stream 7, expired");
}

TP_TEST(a_stream_that_is_not_refreshed_is_a_warning_after_five_periods)
{
    make_live();
    activity.activity_ns = (uint64_t)(now.at_ns - 5 * SECOND);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_OK);
    activity.activity_ns--;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_WARNING);
    found(TP_DOCTOR_WARNING, "stream 7 was last refreshed");
    driver.announce_period_ms = 2000;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_OK);
    strcpy(activity.trouble, "its epoch is not there");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_NOTE);
}

TP_TEST(a_driver_that_stands_still_is_a_warning_and_none_is_a_note)
{
    make_live();
    figures[1].value = figures[0].value;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_WARNING);
    found(TP_DOCTOR_WARNING, "stands still");
    facts.live.before = NULL;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_OK);
    now.nfigures = 0;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_NOTE);
    facts.must_run = true;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_live), TP_DOCTOR_ERROR);
}

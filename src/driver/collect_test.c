/*
 * Passes through all streams for want of space (D-102): in slices, over what is under way already, and not for what comes later. What may go at all is
 * in files_test.c and epoch_test.c.
 */
#include <fcntl.h>

#include "driver/driver_test_util.h"

enum { FIRST = 20000 };

static void open_many(rig_t *rig)
{
    rig_prepare(rig);
    rig->options.allow_dynamic_streams = true;
    rig->options.stream_id_range = (tp_id_range_t){ FIRST, FIRST + 999 };
    rig_start(rig);
}

/** A stream of which the driver knows old epochs; that their files are gone does not matter to their removal. */
static tpi_stream_t *add_stream(rig_t *rig, uint32_t id, uint64_t epochs)
{
    tpi_stream_t *stream = tpi_stream_add(rig->driver, id);
    TP_CHECK(stream != NULL);
    stream->lock_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    TP_CHECK_GE_I64(stream->lock_fd, 0);
    for (uint64_t i = 0; i < epochs; i++) {
        TP_CHECK_EQ_I64(tpi_stream_remember_epoch(stream, i + 1, false), TP_OK);
    }
    return stream;
}

/* Proves: D-102, D-120 - however many streams there are, a duty cycle looks at a few, and one walk is for all who wait */
TP_TEST(a_pass_through_many_streams_is_made_in_slices)
{
    enum { STREAMS = 2 * TPI_DRIVER_WALKS + 50 };
    rig_t rig;
    open_many(&rig);
    for (uint32_t i = 0; i < STREAMS; i++) {
        (void)add_stream(&rig, FIRST + i, 2);
    }
    const uint64_t pass = tpi_collect_for_space(rig.driver);
    uint64_t collected = 0;
    for (int slices = 0; slices < 3; slices++) {
        TP_CHECK(!tpi_collect_is_done(rig.driver, pass));
        TP_CHECK_EQ_U64(tpi_collect_for_space(rig.driver), pass); /* somebody else */
        (void)tp_driver_do_work(rig.driver);
        (void)tpi_helpers_wait(&rig.driver->helpers);
        const uint64_t finished = rig.driver->helpers.nfinished;
        TP_CHECK_GT_U64(finished, 0);
        TP_CHECK_LE_U64(finished, TPI_DRIVER_WALKS);
        collected += finished;
    }
    TP_CHECK_EQ_U64(collected, STREAMS);
    TP_CHECK(!tpi_collect_is_done(rig.driver, pass)); /* not taken back yet */
    (void)tp_driver_do_work(rig.driver);
    TP_CHECK(tpi_collect_is_done(rig.driver, pass));
    TP_CHECK_EQ_U64(rig.driver->stats.epochs_collected, STREAMS);
    TP_CHECK_GT_U64(tpi_collect_for_space(rig.driver),
                    pass); /* what lacks space now has not been looked for */
    rig_close(&rig);
}

/* Proves: D-102 - a stream that is just being collected, a few epochs of it, is none that the pass may leave out */
TP_TEST(a_pass_waits_for_a_collection_under_way_and_collects_the_rest)
{
    rig_t rig;
    open_many(&rig);
    tpi_stream_t *stream = add_stream(&rig, FIRST, 7);
    tpi_collect_stream(rig.driver, stream);
    const uint64_t pass = tpi_collect_for_space(rig.driver);
    (void)tpi_collect_walk(rig.driver);
    TP_CHECK(rig.driver->collecting.next == NULL);
    (void)tpi_helpers_wait(&rig.driver->helpers);
    tpi_collection_done(rig.driver, tpi_helpers_take(&rig.driver->helpers));
    TP_CHECK_EQ_U64(rig.driver->stats.epochs_collected, TPI_DRIVER_GC_STEPS);
    TP_CHECK(!tpi_collect_is_done(rig.driver, pass));
    (void)tpi_helpers_wait(&rig.driver->helpers);
    tpi_collection_done(rig.driver, tpi_helpers_take(&rig.driver->helpers));
    TP_CHECK_EQ_U64(stream->history_count, 1);
    TP_CHECK(tpi_collect_is_done(rig.driver, pass));
    rig_close(&rig);
}

/* Proves: D-102 - else who lacks space would wait for ever where streams come and go */
TP_TEST(a_pass_does_not_wait_for_collections_that_begin_after_it)
{
    rig_t rig;
    open_many(&rig);
    (void)add_stream(&rig, FIRST, 3);
    const uint64_t pass = tpi_collect_for_space(rig.driver);
    (void)tpi_collect_walk(rig.driver);
    (void)tpi_helpers_wait(&rig.driver->helpers);
    tpi_collect_stream(rig.driver, add_stream(&rig, FIRST + 1, 9));
    TP_CHECK(!tpi_collect_is_done(rig.driver, pass));
    tpi_collection_done(rig.driver, tpi_helpers_take(&rig.driver->helpers));
    TP_CHECK(tpi_collect_is_done(rig.driver, pass)); /* the other one is not back */
    /* The next pass has it in its own generation. */
    const uint64_t next = tpi_collect_for_space(rig.driver);
    (void)tpi_collect_walk(rig.driver);
    TP_CHECK(!tpi_collect_is_done(rig.driver, next));
    rig_step(&rig);
    TP_CHECK(tpi_collect_is_done(rig.driver, next));
    TP_CHECK_EQ_U64(tpi_stream_find(rig.driver, FIRST + 1)->history_count, 1);
    rig_close(&rig);
}

/* A stream that goes while the pass stands at it. */
TP_TEST(a_pass_goes_on_behind_a_stream_that_is_removed)
{
    rig_t rig;
    open_many(&rig);
    tpi_stream_t *behind = add_stream(&rig, FIRST, 3);
    tpi_stream_t *gone = add_stream(&rig, FIRST + 1, 0);
    const uint64_t pass = tpi_collect_for_space(rig.driver);
    TP_CHECK(rig.driver->collecting.next == gone);
    gone->holds_id = false; /* was not taken from the range */
    tpi_stream_remove(rig.driver, gone);
    rig_step(&rig);
    TP_CHECK(tpi_collect_is_done(rig.driver, pass));
    TP_CHECK_EQ_U64(behind->history_count, 1);
    rig_close(&rig);
}

/* Proves: D-92 - an end does not wait for what the next start removes as well, but leaves nothing that was made for nobody */
TP_TEST(helpers_of_a_driver_that_ends_leave_old_epochs_alone)
{
    rig_t rig;
    open_many(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_CONSUMER, &ok);
    tpi_stream_t *stream = add_stream(&rig, FIRST, 7);
    rig.driver->is_ending = true; /* as tpi_provision_join does */
    tpi_collect_stream(rig.driver, stream);
    tpi_collect_unwanted(rig.driver, STREAM_A, ok.epoch);
    (void)tpi_helpers_wait(&rig.driver->helpers);
    TP_CHECK(!rig_has_epoch(&rig, STREAM_A, ok.epoch));
    for (tpi_task_t *task; (task = tpi_helpers_take(&rig.driver->helpers)) != NULL;) {
        tpi_collection_done(rig.driver, task);
    }
    TP_CHECK_EQ_U64(stream->history_count, 7);
    rig_close(&rig);
}

TP_TEST_MAIN()

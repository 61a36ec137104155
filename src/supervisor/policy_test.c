/*
 * What a supervisor tells consumers, and what it refuses to start with.
 */
#include "supervisor/supervisor_test_util.h"

static tp_supervisor_options_t options_of(void)
{
    return (tp_supervisor_options_t)TP_SUPERVISOR_OPTIONS_INIT;
}

static void ask(tpi_consumer_hello_t *hello, uint32_t descriptor_id, uint32_t control_id)
{
    hello->descriptor_stream_id = descriptor_id;
    hello->control_stream_id = control_id;
    hello->descriptor_channel = fake_view(descriptor_id != 0 ? "aeron:ipc" : NULL);
    hello->control_channel = fake_view(control_id != 0 ? "aeron:ipc" : NULL);
}

static void hello_once(const tpi_consumer_hello_t *hello)
{
    say_hello(0, hello);
    run_ms(20);
}

/* Nobody hears from a supervisor without a policy. */
TP_TEST(without_a_policy_nothing_is_sent)
{
    set_up();
    ask(&scene.hello, 31005, 32005);
    run_ms(5000);
    TP_CHECK_EQ_U64(scene.nconfigs, 0);
    TP_CHECK_EQ_U64(stats().config_published, 0);
    tear_down();
}

/* Proves: U-4 sent once, not at every hello; again to one that starts anew */
TP_TEST(a_forced_mode_is_said_once_to_each_start)
{
    tp_supervisor_options_t options = options_of();
    options.force_mode = TP_SUPERVISOR_MODE_RATE_LIMITED;
    set_up_with(&options);
    run_ms(5000);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    const scene_config_t *c = last_config();
    TP_CHECK_EQ_U64(c->m.stream_id, FAKE_STREAM);
    TP_CHECK_EQ_U64(c->m.consumer_id, CONSUMER);
    TP_CHECK_EQ_U64(c->m.mode, TPI_MODE_RATE_LIMITED);
    TP_CHECK_EQ_U64(c->m.use_shm, TPI_BOOL_TRUE);
    TP_CHECK_EQ_U64(c->m.descriptor_stream_id, 0);
    TP_CHECK_EQ_STR(c->descriptor_channel, "");
    TP_CHECK(the_consumer().has_config && the_consumer().is_config_ours);
    TP_CHECK_EQ_U64(the_consumer().config_mode, TPI_MODE_RATE_LIMITED);
    scene.hello.mode = TPI_MODE_RATE_LIMITED; /* it obeys and says so */
    run_ms(3000);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    scene.is_consuming = false;
    scene.hello.mode = TPI_MODE_STREAM;
    say_hello(1, &scene.hello); /* another process, the same id */
    run_ms(100);
    TP_CHECK_EQ_U64(scene.nconfigs, 2);
    run_ms(7000); /* stale, and back */
    say_hello(1, &scene.hello);
    run_ms(100);
    TP_CHECK_EQ_U64(scene.nconfigs, 3);
    tear_down();
}

TP_TEST(one_who_asks_for_what_is_forced_needs_no_telling)
{
    tp_supervisor_options_t options = options_of();
    options.force_mode = TP_SUPERVISOR_MODE_STREAM;
    set_up_with(&options);
    run_ms(3000);
    TP_CHECK_EQ_U64(scene.nconfigs, 0);
    tear_down();
}

/* Proves: U-4 */
TP_TEST(shared_memory_may_be_refused_for_a_fallback)
{
    tp_supervisor_options_t options = options_of();
    options.force_no_shm = true;
    options.payload_fallback_uri = "aeron:udp?endpoint=10.0.0.1:4000";
    options.per_consumer_enabled = true;
    set_up_with(&options);
    ask(&scene.hello, 31005, 0);
    run_ms(3000);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    TP_CHECK_EQ_U64(last_config()->m.use_shm, TPI_BOOL_FALSE);
    TP_CHECK_EQ_STR(last_config()->fallback, "aeron:udp?endpoint=10.0.0.1:4000");
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 0);
    TP_CHECK_EQ_STR(the_consumer().payload_fallback_uri, "aeron:udp?endpoint=10.0.0.1:4000");
    tear_down();
}

/* Proves: W-91 */
TP_TEST(another_layout_or_no_shared_memory_is_answered_with_the_fallback)
{
    tp_supervisor_options_t options = options_of();
    options.payload_fallback_uri = "bridge://4";
    options.per_consumer_enabled = true;
    set_up_with(&options);
    scene.is_consuming = false;
    tpi_consumer_hello_t hello = a_hello(1);
    hello.expected_layout_version = 2;
    ask(&hello, 31005, 32005);
    hello_once(&hello);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    TP_CHECK_EQ_U64(last_config()->m.consumer_id, 1);
    TP_CHECK_EQ_U64(last_config()->m.use_shm, TPI_BOOL_FALSE);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 0);
    TP_CHECK_EQ_U64(last_config()->m.control_stream_id, 0);
    TP_CHECK_EQ_STR(last_config()->fallback, "bridge://4");
    hello = a_hello(2);
    hello.supports_shm = TPI_BOOL_FALSE;
    hello_once(&hello);
    TP_CHECK_EQ_U64(scene.nconfigs, 2);
    TP_CHECK_EQ_U64(last_config()->m.consumer_id, 2);
    TP_CHECK_EQ_U64(last_config()->m.use_shm, TPI_BOOL_FALSE);
    hello_once(&hello);
    TP_CHECK_EQ_U64(scene.nconfigs, 2);
    tear_down();
}

static void enable(tp_supervisor_options_t *options, uint32_t count)
{
    options->per_consumer_enabled = true;
    options->per_consumer_descriptor_channel = "aeron:ipc?term-length=64k";
    options->per_consumer_control_channel = "aeron:ipc";
    options->per_consumer_descriptor_ids = (tp_id_range_t){ 40000, 40000 + count - 1 };
    options->per_consumer_control_ids = (tp_id_range_t){ 41000, 41000 + count - 1 };
}

/* Proves: U-4, W-92 */
TP_TEST(streams_are_assigned_repeated_and_taken_back)
{
    tp_supervisor_options_t options = options_of();
    enable(&options, 2);
    set_up_with(&options);
    scene.is_consuming = false;
    tpi_consumer_hello_t a = a_hello(1);
    ask(&a, 999, 0);
    hello_once(&a);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 40000);
    TP_CHECK_EQ_STR(last_config()->descriptor_channel, "aeron:ipc?term-length=64k");
    TP_CHECK_EQ_U64(last_config()->m.control_stream_id, 0);
    TP_CHECK_EQ_STR(last_config()->control_channel, "");
    hello_once(&a);
    hello_once(&a);
    TP_CHECK_EQ_U64(scene.nconfigs, 1); /* Rule: W-98 */
    ask(&a, 999, 999);                  /* a control stream, too: the other is repeated */
    hello_once(&a);
    TP_CHECK_EQ_U64(scene.nconfigs, 2);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 40000);
    TP_CHECK_EQ_U64(last_config()->m.control_stream_id, 41000);
    TP_CHECK_EQ_STR(last_config()->descriptor_channel, "aeron:ipc?term-length=64k");

    tpi_consumer_hello_t b = a_hello(2);
    ask(&b, 40001, 0); /* free and in range: as asked */
    hello_once(&b);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 40001);

    tpi_consumer_hello_t d = a_hello(3);
    ask(&d, 40000, 0);
    hello_once(&d); /* Rule: W-95 none left: declined */
    TP_CHECK_EQ_U64(scene.nconfigs, 4);
    TP_CHECK_EQ_U64(last_config()->m.consumer_id, 3);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 0);
    TP_CHECK_EQ_STR(last_config()->descriptor_channel, "");
    TP_CHECK_EQ_U64(stats().ids_exhausted, 1);

    ask(&a, 0, 0); /* it wants none any more */
    hello_once(&a);
    TP_CHECK_EQ_U64(scene.nconfigs, 5);
    TP_CHECK_EQ_U64(last_config()->m.consumer_id, 1);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 0);
    hello_once(&d); /* and so there is one */
    TP_CHECK_EQ_U64(last_config()->m.consumer_id, 3);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 40000);
    TP_CHECK_EQ_U64(scene.nconfigs, 6);
    tear_down();
}

/* Who had an id may be subscribed to it still: it is given out again as late as possible. */
TP_TEST(ids_rest_before_they_are_given_out_again)
{
    tp_supervisor_options_t options = options_of();
    enable(&options, 3);
    set_up_with(&options);
    scene.is_consuming = false;
    for (uint32_t id = 1; id <= 4; id++) {
        tpi_consumer_hello_t a = a_hello(id);
        ask(&a, 5, 0);
        hello_once(&a);
        TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 40000 + (id - 1) % 3);
        ask(&a, 0, 0);
        hello_once(&a);
        TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 0);
    }
    tear_down();
}

/* Proves: U-4, W-99 ids of the stale are free */
TP_TEST(ids_of_stale_consumers_are_free)
{
    tp_supervisor_options_t options = options_of();
    enable(&options, 1);
    set_up_with(&options);
    scene.is_consuming = false;
    tpi_consumer_hello_t a = a_hello(1);
    ask(&a, 1, 1);
    hello_once(&a);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 40000);
    run_ms(7000);
    tpi_consumer_hello_t b = a_hello(2);
    ask(&b, 1, 1);
    hello_once(&b);
    TP_CHECK_EQ_U64(last_config()->m.consumer_id, 2);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 40000);
    TP_CHECK_EQ_U64(last_config()->m.control_stream_id, 41000);
    hello_once(&a); /* back, too late */
    TP_CHECK_EQ_U64(last_config()->m.consumer_id, 1);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 0);
    tear_down();
}

/* Proves: W-95, W-94 half a request is declined */
TP_TEST(half_a_request_is_declined)
{
    tp_supervisor_options_t options = options_of();
    enable(&options, 4);
    set_up_with(&options);
    scene.is_consuming = false;
    tpi_consumer_hello_t a = a_hello(1);
    a.descriptor_stream_id = 31000;
    hello_once(&a);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 0);
    TP_CHECK_EQ_STR(last_config()->descriptor_channel, "");
    TP_CHECK_EQ_U64(last_config()->m.use_shm, TPI_BOOL_TRUE);
    hello_once(&a);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    tpi_consumer_hello_t b = a_hello(2);
    b.control_channel = fake_view("aeron:ipc");
    hello_once(&b);
    TP_CHECK_EQ_U64(scene.nconfigs, 2);
    TP_CHECK_EQ_U64(last_config()->m.control_stream_id, 0);
    tear_down();
}

/* Proves: U-4, W-92 what the driver's side assigned is repeated, not undone */
TP_TEST(streams_assigned_by_others_are_repeated)
{
    tp_supervisor_options_t options = options_of();
    options.force_mode = TP_SUPERVISOR_MODE_RATE_LIMITED;
    enable(&options, 4);
    options.per_consumer_enabled = false;
    set_up_with(&options);
    scene.is_consuming = false;
    tpi_consumer_hello_t a = a_hello(1);
    ask(&a, 31007, 32007);
    tpi_qos_consumer_t qos = a_qos_consumer(1);
    say_qos_consumer(0, &qos); /* known, but has not said hello */
    run_ms(20);
    const tpi_consumer_config_t theirs = { .stream_id = FAKE_STREAM,
                                           .consumer_id = 1,
                                           .use_shm = TPI_BOOL_TRUE,
                                           .mode = TPI_MODE_STREAM,
                                           .descriptor_stream_id = 31007,
                                           .control_stream_id = 32007,
                                           .descriptor_channel = fake_view("aeron:ipc?a=b"),
                                           .control_channel = fake_view("aeron:ipc?c=d") };
    say_config(&theirs);
    run_ms(20);
    TP_CHECK_EQ_U64(stats().configs_heard, 1);
    hello_once(&a);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    TP_CHECK_EQ_U64(last_config()->m.mode, TPI_MODE_RATE_LIMITED);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 31007);
    TP_CHECK_EQ_STR(last_config()->descriptor_channel, "aeron:ipc?a=b");
    TP_CHECK_EQ_U64(last_config()->m.control_stream_id, 32007);
    TP_CHECK_EQ_STR(last_config()->control_channel, "aeron:ipc?c=d");
    TP_CHECK_EQ_U64(stats().config_conflicts, 0);
    tear_down();
}

/* Proves: U-4, W-92 nor what was assigned before the supervisor listened */
TP_TEST(it_lets_those_speak_first_who_assign_streams)
{
    tp_supervisor_options_t options = options_of();
    options.force_mode = TP_SUPERVISOR_MODE_RATE_LIMITED;
    set_up_with(&options);
    scene.is_consuming = false;
    tpi_consumer_hello_t a = a_hello(1);
    ask(&a, 31007, 0);
    hello_once(&a);
    TP_CHECK_EQ_U64(scene.nconfigs, 0);
    const tpi_consumer_config_t theirs = { .stream_id = FAKE_STREAM,
                                           .consumer_id = 1,
                                           .use_shm = TPI_BOOL_TRUE,
                                           .mode = TPI_MODE_STREAM,
                                           .descriptor_stream_id = 31007,
                                           .descriptor_channel = fake_view("aeron:ipc") };
    say_config(&theirs);
    run_ms(20);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    TP_CHECK_EQ_U64(last_config()->m.mode, TPI_MODE_RATE_LIMITED);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 31007);
    tpi_consumer_hello_t b = a_hello(2); /* nobody answers this one */
    ask(&b, 31008, 0);
    hello_once(&b);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    hello_once(&b);
    TP_CHECK_EQ_U64(scene.nconfigs, 2);
    TP_CHECK_EQ_U64(last_config()->m.consumer_id, 2);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 0);
    tear_down();
}

/* Proves: W-92 the latest wins; two who disagree do not fight faster than hellos come */
TP_TEST(who_undoes_our_config_is_answered_at_the_next_hello)
{
    tp_supervisor_options_t options = options_of();
    options.force_mode = TP_SUPERVISOR_MODE_RATE_LIMITED;
    set_up_with(&options);
    run_ms(500);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    tpi_consumer_config_t theirs = { .stream_id = FAKE_STREAM,
                                     .consumer_id = CONSUMER,
                                     .use_shm = TPI_BOOL_TRUE,
                                     .mode = TPI_MODE_STREAM };
    for (int i = 0; i < 10; i++) {
        say_config(&theirs);
        run_ms(10);
    }
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    TP_CHECK(!the_consumer().is_config_ours);
    run_ms(2000);
    TP_CHECK_EQ_U64(scene.nconfigs, 2);
    TP_CHECK_EQ_U64(stats().config_conflicts, 1);
    TP_CHECK_EQ_I64(scene_said("somebody else configured consumer 21 differently"), 1);
    /* The same from somebody else is no contradiction. */
    theirs.mode = TPI_MODE_RATE_LIMITED;
    say_config(&theirs);
    run_ms(2000);
    TP_CHECK_EQ_U64(stats().config_conflicts, 1);
    TP_CHECK_EQ_U64(scene.nconfigs, 2);
    tear_down();
}

/* The driver's answer to a hello may come after that hello: ours follows it at once. */
TP_TEST(who_undoes_our_config_after_a_hello_is_answered_at_once)
{
    tp_supervisor_options_t options = options_of();
    options.force_mode = TP_SUPERVISOR_MODE_RATE_LIMITED;
    set_up_with(&options);
    scene.is_consuming = false;
    tpi_consumer_hello_t a = a_hello(1);
    hello_once(&a);
    hello_once(&a);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    const tpi_consumer_config_t theirs = { .stream_id = FAKE_STREAM,
                                           .consumer_id = 1,
                                           .use_shm = TPI_BOOL_TRUE,
                                           .mode = TPI_MODE_STREAM };
    say_config(&theirs);
    run_ms(20);
    TP_CHECK_EQ_U64(scene.nconfigs, 2);
    say_config(&theirs);
    run_ms(20);
    TP_CHECK_EQ_U64(scene.nconfigs, 2); /* one for each hello */
    tear_down();
}

/* Proves: U-4, D-112 beside a driver that answers stream requests, a supervisor leaves them to it */
TP_TEST(over_streams_it_does_not_argue)
{
    tp_supervisor_options_t options = options_of();
    enable(&options, 4);
    set_up_with(&options);
    scene.is_consuming = false;
    tpi_consumer_hello_t a = a_hello(1);
    ask(&a, 1, 1);
    hello_once(&a);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 40000);
    const tpi_consumer_config_t declined = { .stream_id = FAKE_STREAM,
                                             .consumer_id = 1,
                                             .use_shm = TPI_BOOL_TRUE,
                                             .mode = TPI_MODE_STREAM };
    for (int i = 0; i < 5; i++) {
        say_config(&declined);
        run_ms(20);
        hello_once(&a);
    }
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    TP_CHECK_EQ_U64(stats().config_conflicts, 1);
    TP_CHECK_EQ_U64(the_consumer_of(1).descriptor_stream_id, 0);
    tpi_consumer_hello_t b = a_hello(2); /* and its ids are free */
    ask(&b, 40000, 0);
    hello_once(&b);
    TP_CHECK_EQ_U64(last_config()->m.consumer_id, 2);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 40000);
    tear_down();
}

/* Proves: W-92 - all clients of a host share the session of the control publication */
TP_TEST(a_config_by_hand_from_the_same_host_is_somebody_elses)
{
    tp_supervisor_options_t options = options_of();
    options.force_mode = TP_SUPERVISOR_MODE_RATE_LIMITED;
    set_up_with(&options);
    run_ms(500);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    TP_CHECK_EQ_U64(stats().configs_heard, 0); /* its own is none */
    TP_CHECK(the_consumer().is_config_ours);
    tp_consumer_config_t by_hand = TP_CONSUMER_CONFIG_INIT;
    by_hand.stream_id = FAKE_STREAM;
    by_hand.consumer_id = CONSUMER;
    by_hand.use_shm = true;
    by_hand.mode = TP_SUPERVISOR_MODE_STREAM;
    TP_CHECK_EQ_I64(tp_supervisor_send_config(scene.client, &by_hand), TP_OK);
    run_ms(10);
    TP_CHECK_EQ_U64(stats().configs_heard, 1);
    TP_CHECK_EQ_U64(stats().config_conflicts, 1);
    run_ms(2000); /* and contradicted at the next hello */
    TP_CHECK_EQ_U64(stats().config_published, 2);
    TP_CHECK_EQ_U64(the_consumer().config_mode, TPI_MODE_RATE_LIMITED);
    tear_down();
}

TP_TEST(a_config_of_others_that_cannot_be_repeated_is_left_alone)
{
    char channel[1025];
    memset(channel, 'x', sizeof channel - 1);
    channel[sizeof channel - 1] = '\0';
    tp_supervisor_options_t options = options_of();
    options.force_mode = TP_SUPERVISOR_MODE_RATE_LIMITED;
    set_up_with(&options);
    run_ms(500);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    const tpi_consumer_config_t theirs = { .stream_id = FAKE_STREAM,
                                           .consumer_id = CONSUMER,
                                           .use_shm = TPI_BOOL_TRUE,
                                           .mode = TPI_MODE_STREAM,
                                           .descriptor_stream_id = 5,
                                           .descriptor_channel = fake_view(channel) };
    say_config(&theirs);
    run_ms(3000);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    TP_CHECK(!the_consumer().has_config);
    tear_down();
}

/* Ids of ours that somebody else gives out are not given out again. */
TP_TEST(ids_used_by_others_are_not_assigned)
{
    tp_supervisor_options_t options = options_of();
    enable(&options, 3);
    set_up_with(&options);
    scene.is_consuming = false;
    tpi_consumer_hello_t a = a_hello(1);
    hello_once(&a);
    const tpi_consumer_config_t theirs = { .stream_id = FAKE_STREAM,
                                           .consumer_id = 1,
                                           .use_shm = TPI_BOOL_TRUE,
                                           .mode = TPI_MODE_STREAM,
                                           .descriptor_stream_id = 40000,
                                           .descriptor_channel = fake_view("aeron:ipc") };
    say_config(&theirs);
    run_ms(20);
    tpi_consumer_hello_t b = a_hello(2);
    ask(&b, 40000, 0);
    hello_once(&b);
    TP_CHECK_EQ_U64(last_config()->m.consumer_id, 2);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 40001);
    tear_down();
}

/* Proves: U-4 the first rule that fits, as a whole */
TP_TEST(rules_are_policies_of_their_own)
{
    const tp_supervisor_rule_t rules[] = {
        { .consumer_ids = { 5, 6 }, .force_mode = TP_SUPERVISOR_MODE_RATE_LIMITED },
        { .stream_ids = { 100, 200 }, .force_no_shm = true, .payload_fallback_uri = "bridge://9" },
        { .consumer_ids = { 7, 7 } },
    };
    tp_supervisor_options_t options = options_of();
    options.rules = rules;
    options.nrules = 3;
    options.force_no_shm = true;
    options.payload_fallback_uri = "bridge://1";
    set_up_with(&options);
    scene.is_consuming = false;
    tpi_consumer_hello_t a = a_hello(5);
    a.stream_id = 150;
    hello_once(&a);
    TP_CHECK_EQ_U64(last_config()->m.use_shm, TPI_BOOL_TRUE); /* the first, not the second */
    TP_CHECK_EQ_U64(last_config()->m.mode, TPI_MODE_RATE_LIMITED);
    a.consumer_id = 8;
    hello_once(&a);
    TP_CHECK_EQ_U64(last_config()->m.use_shm, TPI_BOOL_FALSE);
    TP_CHECK_EQ_STR(last_config()->fallback, "bridge://9");
    a.stream_id = 50;
    hello_once(&a); /* none: the section's own */
    TP_CHECK_EQ_STR(last_config()->fallback, "bridge://1");
    TP_CHECK_EQ_U64(scene.nconfigs, 3);
    a.consumer_id = 7; /* an empty rule: left alone */
    hello_once(&a);
    TP_CHECK_EQ_U64(scene.nconfigs, 3);
    tear_down();
}

TP_TEST(what_could_not_be_sent_is_sent_at_the_next_hello)
{
    tp_supervisor_options_t options = options_of();
    enable(&options, 1);
    set_up_with(&options);
    scene.is_consuming = scene.driver.is_announcing = false;
    tpi_consumer_hello_t a = a_hello(1);
    ask(&a, 1, 0);
    say_hello(0, &a);
    tpi_fake_bus_force_send(scene.driver.bus, 1000, TPI_SEND_BACK_PRESSURED, 1);
    (void)tp_supervisor_do_work(scene.supervisor);
    tpi_fake_bus_force_send(scene.driver.bus, 1000, TPI_SEND_OK, 0);
    run_ms(20);
    TP_CHECK_EQ_U64(stats().config_unsent, 1);
    TP_CHECK_EQ_U64(scene.nconfigs, 0);
    TP_CHECK(!the_consumer_of(1).has_config);
    hello_once(&a); /* the only id was given back */
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 40000);
    tear_down();
}

/* Proves: W-134, W-135 */
TP_TEST(control_responses_are_judged_and_unknown_ones_ignored)
{
    uint8_t buf[128];
    set_up();
    run_ms(500);
    const tpi_control_response_t response = { .correlation_id = 5,
                                              .code = TPI_CODE_REJECTED,
                                              .error_message = fake_view("no") };
    fake_send(scene.control[1], buf, tpi_control_response_encode(buf, sizeof buf, &response));
    run_ms(100);
    TP_CHECK_EQ_U64(stats().control_responses, 1);
    TP_CHECK_EQ_U64(scene.nevents, 0);
    TP_CHECK_EQ_U64(scene.nconfigs, 0);
    TP_CHECK_EQ_I64(tp_supervisor_judge(0, 5, 0), TP_SUPERVISOR_IGNORE);
    TP_CHECK_EQ_I64(tp_supervisor_judge(0, 0, 0), TP_SUPERVISOR_IGNORE);
    TP_CHECK_EQ_I64(tp_supervisor_judge(6, 5, 0), TP_SUPERVISOR_IGNORE);
    TP_CHECK_EQ_I64(tp_supervisor_judge(5, 5, 0), TP_SUPERVISOR_DONE);
    TP_CHECK_EQ_I64(tp_supervisor_judge(5, 5, 1), TP_SUPERVISOR_GIVE_UP);
    TP_CHECK_EQ_I64(tp_supervisor_judge(5, 5, 2), TP_SUPERVISOR_GIVE_UP);
    TP_CHECK_EQ_I64(tp_supervisor_judge(5, 5, 3), TP_SUPERVISOR_REFUSED);
    TP_CHECK_EQ_I64(tp_supervisor_judge(5, 5, 4), TP_SUPERVISOR_RETRY);
    TP_CHECK_EQ_I64(tp_supervisor_judge(5, 5, 5), TP_SUPERVISOR_IGNORE);
    tear_down();
}

/* ---- what it refuses ---- */

static void refuses(const tp_supervisor_options_t *options, const char *text)
{
    tp_supervisor_t *out = NULL;
    TP_CHECK_EQ_I64(tp_supervisor_create(&out, scene.client, options), TP_ECONFIG);
    TP_CHECK_CONTAINS(tp_errmsg(), text);
    TP_CHECK(out == NULL);
}

#define REFUSES(text, ...)                                                                         \
    do {                                                                                           \
        tp_supervisor_options_t o_ = options_of();                                                 \
        o_.per_consumer_enabled = true;                                                            \
        __VA_ARGS__;                                                                               \
        refuses(&o_, text);                                                                        \
    } while (0)

/* Proves: U-4, W-93 */
TP_TEST(wrong_options_are_named)
{
    static const tp_id_range_t driver[] = { { 0, 0 }, { 31500, 32500 } };
    const tp_supervisor_rule_t bad_rules[] = { { .force_mode = TP_SUPERVISOR_MODE_OFF },
                                               { .stream_ids = { 9, 8 } } };
    char longest[1025];
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "aeron:", 6);
    longest[sizeof longest - 1] = '\0';
    set_up();
    REFUSES("31000 to 31999 overlaps with 31500 to 32500", o_.reserved_ids = driver;
            o_.nreserved_ids = 2);
    REFUSES("per_consumer_control_ids: 32000 to 32999 overlaps with 31500 to 32500",
            o_.per_consumer_descriptor_ids = ((tp_id_range_t){ 40000, 40010 });
            o_.reserved_ids = driver; o_.nreserved_ids = 2);
    REFUSES("overlaps with per_consumer_control_ids, 31999 to 32999",
            o_.per_consumer_control_ids.first = 31999;
            o_.per_consumer_control_ids.last = 32999);
    REFUSES("900 to 1005 holds 1000, the control stream",
            o_.per_consumer_descriptor_ids.first = 900;
            o_.per_consumer_descriptor_ids.last = 1005);
    REFUSES("5 to 4", o_.per_consumer_descriptor_ids.first = 5;
            o_.per_consumer_descriptor_ids.last = 4);
    REFUSES("expected 1 to 65536 ids", o_.per_consumer_descriptor_ids.first = 100000;
            o_.per_consumer_descriptor_ids.last = 200000);
    REFUSES("force_mode: 3", o_.force_mode = (tp_supervisor_mode_t)3);
    REFUSES("rules[1]: stream_ids: 9 to 8", o_.rules = bad_rules; o_.nrules = 2);
    REFUSES("payload_fallback_uri: 'ftp'", o_.payload_fallback_uri = "ftp");
    REFUSES("payload_fallback_uri: longer than 1023", o_.payload_fallback_uri = longest);
    REFUSES("per_consumer_descriptor_channel: 'ipc'", o_.per_consumer_descriptor_channel = "ipc");
    REFUSES("byte 0x0a", o_.per_consumer_control_channel = "aeron:ipc\n");
    REFUSES("producer_capacity: 5000", o_.producer_capacity = 5000);
    REFUSES("consumer_capacity: 65537", o_.consumer_capacity = 65537);
    REFUSES("liveness_check_interval_ns: 2", o_.liveness_timeout_ns = 1;
            o_.liveness_check_interval_ns = 2);
    REFUSES("consumer_stale_ns: 5", o_.consumer_stale_ns = 5);
    REFUSES("drop_alert_ppm: 1000001", o_.drop_alert_ppm = 1000001);
    /* Ranges matter to those who assign from them. */
    tp_supervisor_options_t options = options_of();
    options.reserved_ids = driver;
    options.nreserved_ids = 2;
    tp_supervisor_t *out = NULL;
    TP_CHECK_EQ_I64(tp_supervisor_create(&out, scene.client, &options), TP_OK);
    tp_supervisor_destroy(out);
    tp_supervisor_destroy(NULL);
    TP_CHECK_EQ_I64(tp_supervisor_create(NULL, scene.client, &options), TP_EINVAL);
    TP_CHECK_EQ_I64(tp_supervisor_create(&out, NULL, &options), TP_EINVAL);
    options.size = 3;
    TP_CHECK_EQ_I64(tp_supervisor_create(&out, scene.client, &options), TP_EINVAL);
    tear_down();
}

/* ---- by hand ---- */

TP_TEST(one_config_by_hand)
{
    set_up();
    run_ms(100);
    tp_consumer_config_t config = TP_CONSUMER_CONFIG_INIT;
    config.stream_id = FAKE_STREAM;
    config.consumer_id = 5;
    config.use_shm = true;
    config.mode = TP_SUPERVISOR_MODE_STREAM;
    config.descriptor_channel = "aeron:ipc";
    TP_CHECK_EQ_I64(tp_supervisor_send_config(scene.client, &config), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "descriptor stream: channel 'aeron:ipc' and id 0");
    config.descriptor_stream_id = 31000;
    TP_CHECK_EQ_I64(tp_supervisor_send_config(scene.client, &config), TP_OK);
    run_ms(20);
    TP_CHECK_EQ_U64(scene.nconfigs, 1);
    TP_CHECK_EQ_U64(last_config()->m.descriptor_stream_id, 31000);
    TP_CHECK_EQ_STR(last_config()->descriptor_channel, "aeron:ipc");
    config.control_stream_id = 9;
    TP_CHECK_EQ_I64(tp_supervisor_send_config(scene.client, &config), TP_EINVAL);
    config.control_stream_id = 0;
    config.mode = TP_SUPERVISOR_MODE_OFF;
    TP_CHECK_EQ_I64(tp_supervisor_send_config(scene.client, &config), TP_EINVAL);
    config.mode = TP_SUPERVISOR_MODE_STREAM;
    config.consumer_id = UINT32_MAX;
    TP_CHECK_EQ_I64(tp_supervisor_send_config(scene.client, &config), TP_EINVAL);
    config.consumer_id = 5;
    tpi_fake_bus_force_send(scene.driver.bus, 1000, TPI_SEND_BACK_PRESSURED, 1);
    TP_CHECK_EQ_I64(tp_supervisor_send_config(scene.client, &config), TP_EAGAIN);
    tear_down();
}

TP_TEST_MAIN()

/*
 * terms, idle, network, cpu: each both ways, at the boundary.
 */
#include <string.h>

#include "doctor/test_facts.h"

static tp_doctor_severity_t with_control(const char *uri)
{
    make_facts();
    add_test_channel("driver.control_channel", uri, 1000, false);
    return judge(tp_doctor_check_terms);
}

TP_TEST(a_term_is_a_power_of_two_from_64k_to_1g)
{
    TP_CHECK_EQ_I64(with_control("aeron:ipc?term-length=64k"), TP_DOCTOR_OK);
    TP_CHECK_EQ_I64(with_control("aeron:ipc?term-length=1g"), TP_DOCTOR_OK);
    TP_CHECK_EQ_I64(with_control("aeron:ipc"), TP_DOCTOR_OK);
    TP_CHECK_EQ_I64(with_control("aeron:ipc?term-length=32k"), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "term-length 32k")->fix, "term-length=64k");
    TP_CHECK_EQ_I64(with_control("aeron:ipc?term-length=2g"), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "term-length 2g")->fix, "term-length=1048576k");
    TP_CHECK_EQ_I64(with_control("aeron:ipc?term-length=3m"), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "term-length 3m")->fix, "term-length=4096k");
    TP_CHECK_EQ_I64(with_control("aeron:ipc?term-length=long"), TP_DOCTOR_ERROR);
}

TP_TEST(an_answer_with_many_pools_needs_longer_terms)
{
    static tp_driver_pool_t pools[64];
    make_facts();
    profile.pools = pools;
    profile.npools = 64;
    add_test_channel("driver.control_channel", "aeron:ipc?term-length=64k", 1000, false);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_terms), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "an attach response may have")->fix, "term-length=128k");
    facts.config.nchannels = 0;
    add_test_channel("driver.control_channel", "aeron:ipc?term-length=128k", 1000, false);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_terms), TP_DOCTOR_OK);
}

TP_TEST(a_chunk_is_at_most_an_eighth_of_a_term)
{
    make_facts();
    facts.config.has_bridge = true;
    facts.config.bridge_chunk_bytes = 8192 - 128;
    add_test_channel("bridge.payload_channel", "aeron:udp?endpoint=h:1|term-length=64k", 50, false);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_terms), TP_DOCTOR_OK);
    facts.config.bridge_chunk_bytes++;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_terms), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "a chunk may have")->fix, "term-length=128k");
}

TP_TEST(one_stream_with_two_term_lengths_is_refused_by_aeron)
{
    make_facts();
    facts.config_words = "--config rig.toml";
    add_test_channel("driver.qos_channel", "aeron:ipc?term-length=4m", 1200, false);
    add_test_channel("supervisor.qos_channel", "aeron:ipc?term-length=4096k", 1200, false);
    add_test_channel("other", "aeron:ipc?term-length=1m", 1201, false);
    add_test_channel("udp", "aeron:udp?endpoint=h:1|term-length=1m", 1200, false);
    add_test_channel("udp2", "aeron:udp?endpoint=h:2|term-length=2m", 1200, false);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_terms), TP_DOCTOR_OK);
    add_test_channel("bridge.x_channel", "aeron:ipc?term-length=1m", 1200, false);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_terms), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "4.0 MiB of driver.qos_channel, 1.0 MiB of bridge")->fix,
                    "bridge.x_channel: \"aeron:ipc?term-length=4m\"");
    facts.config.nchannels = 1;
    add_test_channel("clients' qos channel", "aeron:ipc?term-length=1m", 1200, true);
    TP_CHECK_EQ_I64(judge(tp_doctor_check_terms), TP_DOCTOR_WARNING);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_WARNING, "two term lengths")->fix,
                    "eval \"$(tp driver --config rig.toml --print-env)\"");
}

TP_TEST(the_default_term_is_that_of_the_media_driver)
{
    uint64_t n;
    make_facts();
    TP_CHECK(tp_doctor_term_bytes(&facts, "aeron:ipc", &n) && n == 64 * MIB);
    TP_CHECK(tp_doctor_term_bytes(&facts, "aeron:udp?endpoint=h:1", &n) && n == 16 * MIB);
    facts.aeron.nvariables = 1;
    facts.aeron.variables[0] =
        (tp_doctor_variable_t){ .name = "AERON_IPC_TERM_BUFFER_LENGTH", .value = "2m" };
    TP_CHECK(tp_doctor_term_bytes(&facts, "aeron:ipc", &n) && n == 2 * MIB);
    facts.aeron.is_embedded = true;
    TP_CHECK(tp_doctor_term_bytes(&facts, "aeron:ipc", &n) && n == MIB);
}

/* ---- idle ---- */

static void set(const char *name, const char *value)
{
    tp_doctor_variable_t *variable = &facts.aeron.variables[facts.aeron.nvariables++];
    variable->name = name;
    strcpy(variable->value, value);
}

TP_TEST(threads_that_spin_need_a_cpu_each_and_one_more)
{
    make_facts();
    set("AERON_CONDUCTOR_IDLE_STRATEGY", "spin");
    set("AERON_SENDER_IDLE_STRATEGY", "noop");
    facts.cpus.usable = 3;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_idle), TP_DOCTOR_OK);
    facts.cpus.usable = 2;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_idle), TP_DOCTOR_WARNING);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_WARNING, "2 threads")->fix,
                    "AERON_CONDUCTOR_IDLE_STRATEGY=backoff");
    /* Those of another threading mode do not run. */
    set("AERON_THREADING_MODE", "SHARED");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_idle), TP_DOCTOR_OK);
    set("AERON_SHARED_IDLE_STRATEGY", "spin");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_idle), TP_DOCTOR_OK);
    facts.cpus.quota_milli = 1999;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_idle), TP_DOCTOR_WARNING);
    facts.aeron.is_embedded = true;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_idle), TP_DOCTOR_OK);
}

TP_TEST(a_strategy_nobody_knows_is_a_warning)
{
    make_facts();
    set("AERON_THREADING_MODE", "SHARED_NETWORK");
    set("AERON_SHAREDNETWORK_IDLE_STRATEGY", "lazy");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_idle), TP_DOCTOR_WARNING);
    found(TP_DOCTOR_WARNING, "AERON_SHAREDNETWORK_IDLE_STRATEGY is 'lazy'");
    strcpy(facts.aeron.variables[1].value, "sleep-ns");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_idle), TP_DOCTOR_OK);
}

TP_TEST(a_core_to_pin_to_has_to_be_there)
{
    make_facts();
    facts.config.task_core = 9;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_idle), TP_DOCTOR_WARNING);
    found(TP_DOCTOR_WARNING, "AGENT_TASK_CORE is 9");
    facts.cpus.task_core_usable = true;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_idle), TP_DOCTOR_OK);
    facts.cpus.usable = 1;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_idle), TP_DOCTOR_NOTE);
    strcpy(facts.cpus.trouble, "no");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_idle), TP_DOCTOR_NOTE);
}

/* ---- network ---- */

static void make_bridge(const char *uri)
{
    make_facts();
    facts.config.has_bridge = true;
    add_test_channel("bridge.payload_channel", uri, 50, false);
}

TP_TEST(socket_buffers_are_what_the_kernel_grants)
{
    make_bridge("aeron:udp?endpoint=h:1");
    facts.net.rmem_max = 131072;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_network), TP_DOCTOR_OK);
    facts.net.rmem_max--;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_network), TP_DOCTOR_WARNING);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_WARNING, "receive buffers")->fix,
                    "sysctl -w net.core.rmem_max=131072");
    make_bridge("aeron:udp?endpoint=h:1|so-sndbuf=1m|so-rcvbuf=2m");
    facts.net.rmem_max = 2 * MIB;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_network), TP_DOCTOR_WARNING);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_WARNING, "send buffers")->fix,
                    "sysctl -w net.core.wmem_max=1048576");
}

TP_TEST(a_window_above_the_buffer_is_an_error)
{
    make_bridge("aeron:udp?endpoint=h:1|rcv-wnd=256k");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_network), TP_DOCTOR_ERROR);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_ERROR, "receive window")->fix, "so-rcvbuf=262144");
    set("AERON_SOCKET_SO_RCVBUF", "256k");
    facts.net.rmem_max = 256 * KIB;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_network), TP_DOCTOR_OK);
}

TP_TEST(without_a_bridge_or_over_ipc_there_are_no_sockets)
{
    make_bridge("aeron:udp?endpoint=h:1");
    facts.net.rmem_max = 0;
    facts.config.has_bridge = false;
    judge(tp_doctor_check_network);
    TP_CHECK_EQ_U64(report.count, 0);
    make_bridge("aeron:ipc");
    facts.net.rmem_max = 0;
    TP_CHECK_EQ_I64(judge(tp_doctor_check_network), TP_DOCTOR_OK);
    strcpy(facts.net.trouble, "no");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_network), TP_DOCTOR_NOTE);
}

TP_TEST(another_governor_than_performance_is_a_note)
{
    make_facts();
    TP_CHECK_EQ_I64(judge(tp_doctor_check_cpu), TP_DOCTOR_OK);
    strcpy(facts.cpus.governor, "performance");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_cpu), TP_DOCTOR_OK);
    strcpy(facts.cpus.governor, "powersave");
    TP_CHECK_EQ_I64(judge(tp_doctor_check_cpu), TP_DOCTOR_NOTE);
    TP_CHECK_EQ_STR(found(TP_DOCTOR_NOTE, "powersave")->fix,
                    "cpupower frequency-set -g performance");
}

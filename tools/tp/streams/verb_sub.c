/*
 * tools/tp/streams/verb_sub.c - `tp sub`: follow a stream; write its frames, verify them, or just count.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/find_cli.h"
#include "frames/frame_sink.h"
#include "frames/histogram.h"
#include "frames/pattern.h"
#include "streams/stream_io.h"
#include "tensorpool/tensorpool.h"
#include "verbs.h"

enum {
    OPT_SECONDS = TP_OPTION_FIRST,
    OPT_VERIFY,
    OPT_TIMEOUT,
    OPT_RAW,
    OPT_NPY,
    OPT_PNG,
    OPT_EVERY,
    OPT_DELAY,
    OPT_OLDEST,
    OPT_DESCRIPTORS,
    OPT_MAX_RATE,
    OPT_PRIVATE,
    OPT_FIND,
    OPT_PROGRESS,
    OPT_GAPS_EXPECTED,
    OPT_CREATE,
    OPT_CLIENT_ID,
    OPT_NO_DRIVER
};

static const tp_option_t options[] = {
    { 's', "stream", "ID", "stream to follow (required)" },
    { 'n', "count", "N", "stop after N frames" },
    { OPT_SECONDS, "seconds", "S", "stop S seconds after the first attach" },
    { OPT_TIMEOUT, "timeout", "S",
      "give up if no frame came within S seconds of starting (no limit)" },
    { OPT_VERIFY, "verify", NULL,
      "check every byte: against the checksum that `tp pub --checksum` appends, else\nagainst the "
      "pattern of `tp pub --pattern checked`" },
    { OPT_RAW, "raw", "FILE", "write payloads one behind the other; - is standard output" },
    { OPT_NPY, "npy", "FILE", "write one array, frames along its first axis" },
    { OPT_PNG, "png", "FILE",
      "write pictures; %06u in the name becomes the seq, else the file is replaced" },
    { OPT_EVERY, "every", "N", "write each N-th frame only (1)" },
    { 'i', "interval", "S", "time between statistics (1)" },
    { OPT_OLDEST, "oldest", NULL,
      "start at the oldest frame still in the ring, not at the next new one" },
    { OPT_MAX_RATE, "max-rate", "HZ",
      "thin out to at most HZ frames a second (counted as thinned, not dropped)" },
    { OPT_FIND, "find", "NAME",
      "follow the stream of this name: ask `tp discovery` for it, and for its driver\n"
      "(TP_DISCOVERY_CHANNEL, TP_DISCOVERY_STREAM_ID)" },
    { OPT_PRIVATE, "private", NULL,
      "ask for descriptor and control streams of one's own: --max-rate is then the producer's to "
      "keep" },
    { OPT_PROGRESS, "progress", NULL, "tell of frames under way" },
    { OPT_GAPS_EXPECTED, "gaps-expected", NULL,
      "what the stream leaves out, as behind a rate limiter, is skipped and not dropped" },
    { OPT_DELAY, "delay", "S", "be slow on purpose: wait after each frame" },
    { OPT_DESCRIPTORS, "descriptors", NULL, "also subscribe to the shared descriptor stream" },
    { OPT_CREATE, "create", NULL, "ask the driver to create the stream if it is not there" },
    { OPT_CLIENT_ID, "client-id", "ID", "fixed client id (drawn at random)" },
    { OPT_NO_DRIVER, "no-driver", NULL,
      "take no lease: follow the announces of whoever owns the stream" },
};

static const tp_spec_t spec = {
    .verb = "sub",
    .synopsis = "--stream ID [OPTION]...",
    .about = "Follow a stream: statistics, or frames to files. Waits for a stream that is not "
             "there yet, survives the end and restart of its\n"
             "producer and of the driver; ends after --count or --seconds, or on SIGINT/SIGTERM, "
             "with a summary.",
    TP_SPEC_OPTIONS(options),
    .connects = true,
    .notes = "exit status 1: a frame was torn or corrupt (--verify), --timeout ran out, or a file "
             "could not be written",
};

typedef struct sub {
    tp_args_t args;
    tp_consumer_options_t consumer_options;
    bool has_stream, verify;
    uint64_t count, every;
    int64_t seconds_ns, timeout_ns, interval_ns, delay_ns;
    tp_sink_kind_t sink_kind;
    const char *sink_path;

    tp_client_t *client;
    tp_consumer_t *consumer;
    tp_frame_sink_t sink;
    uint8_t *copy;
    size_t copy_capacity;
    tp_histogram_t latency;
    uint64_t frames, bytes, torn, corrupt;
    int64_t attached_ns, first_frame_ns, next_report_ns;
    tp_attach_state_t shown_state;
    char told[TP_TOLD_MAX];
    tp_rate_t rate, total;
    bool failed;
    const char *find_name; /* --find */
    char *found_channel;   /* of the driver that has it; heap */
} sub_t;

static void set_sink(sub_t *sub, tp_sink_kind_t kind)
{
    if (sub->sink_path != NULL) {
        tp_args_wrong(&sub->args, "%s: only one of --raw, --npy and --png can be written",
                      sub->args.option);
        return;
    }
    sub->sink_kind = kind;
    sub->sink_path = sub->args.value;
}

static void parse(sub_t *sub, int argc, char **argv)
{
    tp_args_t *args = &sub->args;
    tp_args_begin(args, &spec, argc, argv);
    for (int id; (id = tp_args_next(args)) != 0;) {
        switch (id) {
        case 's':
            sub->has_stream = tp_arg_u32(args, 1, UINT32_MAX - 1, &sub->consumer_options.stream_id);
            break;
        case 'n':
            tp_arg_u64(args, 1, UINT64_MAX, &sub->count);
            break;
        case OPT_SECONDS:
            tp_arg_duration_ns(args, 1, INT64_MAX / 4, &sub->seconds_ns);
            break;
        case OPT_TIMEOUT:
            tp_arg_duration_ns(args, 0, INT64_MAX / 4, &sub->timeout_ns);
            break;
        case OPT_VERIFY:
            sub->verify = true;
            break;
        case OPT_RAW:
            set_sink(sub, TP_SINK_RAW);
            break;
        case OPT_NPY:
            set_sink(sub, TP_SINK_NPY);
            break;
        case OPT_PNG:
            set_sink(sub, TP_SINK_PNG);
            break;
        case OPT_EVERY:
            tp_arg_u64(args, 1, UINT64_MAX, &sub->every);
            break;
        case 'i':
            tp_arg_duration_ns(args, 1000000, INT64_MAX / 4, &sub->interval_ns);
            break;
        case OPT_OLDEST:
            sub->consumer_options.start_at = TP_START_OLDEST;
            break;
        case OPT_MAX_RATE:
            tp_arg_u32(args, 1, 1000000, &sub->consumer_options.max_rate_hz);
            break;
        case OPT_FIND:
            sub->find_name = args->value;
            break;
        case OPT_PRIVATE:
            sub->consumer_options.private_descriptors = true;
            sub->consumer_options.private_control = true;
            break;
        case OPT_PROGRESS:
            sub->consumer_options.wants_progress = true;
            break;
        case OPT_GAPS_EXPECTED:
            sub->consumer_options.gaps_expected = true;
            break;
        case OPT_DELAY:
            tp_arg_duration_ns(args, 0, INT64_MAX / 4, &sub->delay_ns);
            break;
        case OPT_DESCRIPTORS:
            sub->consumer_options.use_descriptors = true;
            break;
        case OPT_CREATE:
            sub->consumer_options.publish_mode = TP_EXISTING_OR_CREATE;
            break;
        case OPT_CLIENT_ID:
            tp_arg_u32(args, 1, UINT32_MAX - 1, &sub->consumer_options.client_id);
            break;
        case OPT_NO_DRIVER:
            sub->consumer_options.without_driver = true;
            break;
        default:
            break;
        }
    }
    if (sub->find_name != NULL && sub->has_stream && !args->done) {
        tp_args_wrong(args, "--find and --stream: one of them");
    }
    if (!sub->has_stream && sub->find_name == NULL) {
        sub->has_stream = tp_stream_from_env(args, 1, &sub->consumer_options.stream_id);
    }
    if (!args->done && args->npositional > 0) {
        tp_args_wrong(args, "unexpected argument '%s'", args->positional[0]);
    } else if (!args->done && !sub->has_stream && sub->find_name == NULL) {
        tp_args_wrong(args, "--stream ID is required");
    } else if (!args->done && args->json && sub->sink_path != NULL &&
               strcmp(sub->sink_path, "-") == 0) {
        tp_args_wrong(args, "--json and --raw - would both write to standard output");
    }
}

static json_object *drops_object(const tp_consumer_stats_t *stats)
{
    json_object *drops = json_object_new_object();
    for (int i = 0; i < TP_DROP_CAUSES; i++) {
        tp_json_add_u64(drops, tp_drop_cause_name((tp_drop_cause_t)i), stats->drops[i]);
    }
    return drops;
}

static void report_json(const sub_t *sub, const tp_consumer_stats_t *stats,
                        const tp_attach_status_t *status, double fps, double mib_s, bool last)
{
    json_object *o = json_object_new_object();
    tp_json_add_string(o, "event", last ? "summary" : "stats");
    tp_json_add_u64(o, "stream", sub->consumer_options.stream_id);
    tp_json_add_string(o, "state", tp_attach_state_name(status->state));
    tp_json_add_string(o, "reason", tp_attach_reason_name(status->reason));
    tp_json_add_u64(o, "epoch", status->epoch);
    tp_json_add_u64(o, "frames", sub->frames);
    tp_json_add_u64(o, "bytes", sub->bytes);
    tp_json_add_double(o, "frames_per_s", fps);
    tp_json_add_double(o, "mib_per_s", mib_s);
    tp_json_add_u64(o, "torn", sub->torn);
    tp_json_add_u64(o, "corrupt", sub->corrupt);
    tp_json_add_u64(o, "thinned", stats->thinned);
    tp_json_add_u64(o, "skipped", stats->skipped);
    json_object_object_add(o, "drops", drops_object(stats));
    tp_json_add_u64(o, "drops_gap", stats->drops_gap);
    tp_json_add_u64(o, "drops_late", stats->drops_late);
    json_object *latency = json_object_new_object();
    tp_json_add_u64(latency, "p50", tp_histogram_quantile(&sub->latency, 0.50));
    tp_json_add_u64(latency, "p99", tp_histogram_quantile(&sub->latency, 0.99));
    tp_json_add_u64(latency, "p999", tp_histogram_quantile(&sub->latency, 0.999));
    tp_json_add_u64(latency, "max", sub->latency.max);
    json_object_object_add(o, "latency_ns", latency);
    if (stats->has_seq) {
        tp_json_add_u64(o, "first_seq", stats->first_seq);
        tp_json_add_u64(o, "last_seq", stats->last_seq);
    } else {
        tp_json_add_null(o, "first_seq");
        tp_json_add_null(o, "last_seq");
    }
    tp_json_add_u64(o, "lag", tp_consumer_lag(sub->consumer));
    tp_consumer_streams_t streams;
    tp_consumer_streams(sub->consumer, &streams);
    tp_json_add_string(o, "descriptor_stream_state",
                       tp_stream_state_name(streams.descriptor_state));
    tp_json_add_u64(o, "descriptor_stream", streams.descriptor_stream_id);
    tp_json_add_string(o, "control_stream_state", tp_stream_state_name(streams.control_state));
    tp_json_add_u64(o, "control_stream", streams.control_stream_id);
    tp_json_add_bool(o, "described", streams.is_described);
    tp_json_add_string(o, "fallback_uri", tp_consumer_fallback_uri(sub->consumer));
    tp_json_add_u64(o, "attaches", status->attaches);
    tp_json_add_u64(o, "remaps", stats->remaps);
    if (last && sub->sink_path != NULL) {
        tp_json_add_u64(o, "written", sub->sink.written);
    }
    tp_json_line(o);
}

static void drops_text(const tp_consumer_stats_t *stats, char *out, size_t cap)
{
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i < TP_DROP_CAUSES && n < cap; i++) {
        if (stats->drops[i] > 0) {
            n += (size_t)snprintf(out + n, cap - n, "%s%s %" PRIu64, n > 0 ? ", " : "",
                                  tp_drop_cause_name((tp_drop_cause_t)i), stats->drops[i]);
        }
    }
    if (n == 0) {
        (void)snprintf(out, cap, "none");
    }
}

static void report(const sub_t *sub, int64_t now_ns, bool last)
{
    tp_consumer_stats_t stats;
    tp_attach_status_t status;
    tp_consumer_stats(sub->consumer, &stats);
    tp_consumer_status(sub->consumer, &status);
    double fps, mib_s;
    tp_rate_read(last ? &sub->total : &sub->rate, now_ns, sub->frames, sub->bytes, &fps, &mib_s);
    if (sub->args.json) {
        report_json(sub, &stats, &status, fps, mib_s, last);
        return;
    }
    char drops[256];
    drops_text(&stats, drops, sizeof drops);
    const double p50 = (double)tp_histogram_quantile(&sub->latency, 0.50) / 1e3;
    const double p99 = (double)tp_histogram_quantile(&sub->latency, 0.99) / 1e3;
    if (!last) {
        tp_status_line(
            "stream %" PRIu32 " %s: %" PRIu64
            " frames, %.1f frames/s, %.1f MiB/s, latency p50 %.1f us p99 %.1f us, drops: %s",
            sub->consumer_options.stream_id, tp_attach_state_name(status.state), sub->frames, fps,
            mib_s, p50, p99, drops);
        return;
    }
    tp_status_end();
    fprintf(stderr, "stream %" PRIu32 ": %" PRIu64 " frames, %.1f MiB, %.1f frames/s, %.1f MiB/s\n",
            sub->consumer_options.stream_id, sub->frames, (double)sub->bytes / 1048576.0, fps,
            mib_s);
    if (stats.has_seq) {
        fprintf(stderr, "  seq %" PRIu64 " to %" PRIu64 ", drops: %s", stats.first_seq,
                stats.last_seq, drops);
        if (stats.thinned > 0) {
            fprintf(stderr, ", thinned %" PRIu64, stats.thinned);
        }
        if (stats.skipped > 0) {
            fprintf(stderr, ", skipped %" PRIu64, stats.skipped);
        }
        fputc('\n', stderr);
    }
    if (sub->frames > 0) {
        fprintf(stderr, "  latency p50 %.1f us, p99 %.1f us, p99.9 %.1f us, max %.1f us\n", p50,
                p99, (double)tp_histogram_quantile(&sub->latency, 0.999) / 1e3,
                (double)sub->latency.max / 1e3);
    }
    if (sub->verify) {
        fprintf(stderr, "  verified: %" PRIu64 " torn, %" PRIu64 " corrupt\n", sub->torn,
                sub->corrupt);
    }
}

static void tell_state(sub_t *sub, int64_t now_ns)
{
    tp_attach_status_t status;
    tp_consumer_status(sub->consumer, &status);
    if (status.state == TP_ATTACH_ATTACHED && sub->attached_ns == 0) {
        sub->attached_ns = now_ns;
        tp_rate_start(&sub->total, now_ns, 0, 0);
        tp_rate_start(&sub->rate, now_ns, 0, 0);
    }
    if (!sub->args.json) {
        tp_tell_attachment(sub->told, "sub",
                           ": waiting for a producer that makes it (or --create; or --no-driver, "
                           "if its producer is --local)",
                           sub->consumer_options.stream_id, &status);
    } else if (status.state != sub->shown_state) {
        sub->shown_state = status.state;
        json_object *o = json_object_new_object();
        tp_json_add_string(o, "event", "state");
        tp_json_add_string(o, "state", tp_attach_state_name(status.state));
        tp_json_add_string(o, "reason", tp_attach_reason_name(status.reason));
        tp_json_add_string(o, "text", status.text);
        tp_json_add_u64(o, "epoch", status.epoch);
        tp_json_line(o);
    }
}

static bool make_copy(sub_t *sub, const tp_frame_t *frame)
{
    if (frame->length > sub->copy_capacity) {
        uint8_t *copy = realloc(sub->copy, frame->length);
        if (copy == NULL) {
            fprintf(stderr, "tp sub: no memory for a frame of %zu bytes\n", frame->length);
            sub->failed = true;
            return false;
        }
        sub->copy = copy;
        sub->copy_capacity = frame->length;
    }
    if (frame->length > 0) {
        memcpy(sub->copy, frame->data, frame->length);
    }
    return true;
}

static void take(sub_t *sub, const tp_frame_t *frame)
{
    const int64_t now_ns = tp_now_ns();
    const bool wanted = sub->sink_path != NULL && tp_frame_sink_wants(&sub->sink);
    if (wanted && !make_copy(sub, frame)) {
        return;
    }
    tp_verdict_t verdict = TP_VERDICT_GOOD;
    if (sub->verify) {
        /* What is written is what is verified; without a sink the payload is read in place. */
        const void *data = wanted ? sub->copy : frame->data;
        verdict = tp_checksum_present(data, frame->length)
                      ? tp_checksum_verify(data, frame->length)
                      : tp_pattern_verify(frame->seq, data, frame->length);
    }
    if (!tp_frame_is_valid(sub->consumer, frame)) {
        return; /* overwritten meanwhile: a drop with its cause, counted by the library */
    }
    sub->frames++;
    sub->bytes += frame->length;
    sub->torn += verdict == TP_VERDICT_TORN;
    sub->corrupt += verdict == TP_VERDICT_CORRUPT;
    if (frame->timestamp_ns != 0 && (uint64_t)now_ns >= frame->timestamp_ns) {
        tp_histogram_add(&sub->latency, (uint64_t)now_ns - frame->timestamp_ns);
    }
    if (sub->first_frame_ns == 0) {
        sub->first_frame_ns = now_ns;
    }
    if (wanted && tp_frame_sink_write(&sub->sink, frame, sub->copy) != TP_OK) {
        tp_status_end();
        fprintf(stderr, "tp sub: %s\n", tp_errmsg());
        sub->failed = true;
    }
}

static bool is_over(const sub_t *sub, int64_t now_ns)
{
    return sub->failed || tp_stop_requested() != 0 ||
           (sub->count > 0 && sub->frames >= sub->count) ||
           (sub->seconds_ns > 0 && sub->attached_ns != 0 &&
            now_ns - sub->attached_ns >= sub->seconds_ns);
}

/* Nothing came in time, or the driver refused for good. */
static bool given_up(const sub_t *sub, int64_t now_ns, int64_t started_ns)
{
    if (sub->first_frame_ns != 0) {
        return false;
    }
    tp_attach_status_t status;
    tp_consumer_status(sub->consumer, &status);
    const bool refused =
        status.state == TP_ATTACH_UNATTACHED &&
        (status.reason == TP_REASON_UNSUPPORTED || status.reason == TP_REASON_INVALID_PARAMS);
    if (!refused && (sub->timeout_ns < 0 || now_ns - started_ns < sub->timeout_ns)) {
        return false;
    }
    tp_status_end();
    if (status.state == TP_ATTACH_ATTACHED) {
        fprintf(stderr, "tp sub: stream %" PRIu32 ": attached, but no frame within %.3g s\n",
                sub->consumer_options.stream_id, (double)sub->timeout_ns / 1e9);
    } else {
        fprintf(stderr, "tp sub: stream %" PRIu32 ": %s\n", sub->consumer_options.stream_id,
                status.text[0] != '\0' ? status.text : tp_client_reason(sub->client));
    }
    return true;
}

/* One line for each state of a frame under way. */
static int tell_progress(const sub_t *sub)
{
    static const char *const names[] = { "?", "started", "progress", "complete" };
    tp_progress_t progress;
    if (!sub->consumer_options.wants_progress ||
        tp_consumer_progress(sub->consumer, &progress) != 1) {
        return 0;
    }
    if (sub->args.json) {
        json_object *o = json_object_new_object();
        tp_json_add_string(o, "event", "progress");
        tp_json_add_u64(o, "seq", progress.seq);
        tp_json_add_string(o, "state", names[progress.state]);
        tp_json_add_u64(o, "filled", progress.filled);
        tp_json_add_u64(o, "readable", progress.readable);
        tp_json_add_u64(o, "length", progress.length);
        tp_json_line(o);
    } else {
        /* Standard output may be the payloads'. */
        fprintf(stderr, "frame %" PRIu64 ": %s, %" PRIu64 " of %" PRIu64 " bytes\n", progress.seq,
                names[progress.state], progress.filled, progress.length);
    }
    return 1;
}

#define FRAMES_PER_TURN 64
#define IDLE_NS INT64_C(20000000)

static int run(sub_t *sub)
{
    const int64_t started_ns = tp_now_ns();
    int64_t now_ns = started_ns;
    sub->next_report_ns = started_ns + sub->interval_ns;
    while (!is_over(sub, now_ns)) {
        int work = tp_client_do_work(sub->client);
        now_ns = tp_now_ns();
        tell_state(sub, now_ns);
        work += tell_progress(sub);
        tp_frame_t frame;
        for (int i = 0; i < FRAMES_PER_TURN && !is_over(sub, now_ns) &&
                        tp_consumer_try_next(sub->consumer, &frame) == 1;
             i++) {
            take(sub, &frame);
            work++;
            if (sub->delay_ns > 0) {
                tp_pause_until(tp_now_ns() + sub->delay_ns, sub->delay_ns);
                break;
            }
        }
        if (now_ns >= sub->next_report_ns) {
            report(sub, now_ns, false);
            tp_rate_start(&sub->rate, now_ns, sub->frames, sub->bytes);
            sub->next_report_ns = now_ns + sub->interval_ns;
        }
        if (given_up(sub, now_ns, started_ns)) {
            return TP_EXIT_FAILED;
        }
        if (work == 0) {
            (void)tp_consumer_wait(sub->consumer, IDLE_NS);
        }
    }
    return sub->failed || sub->torn > 0 || sub->corrupt > 0 ? TP_EXIT_FAILED : TP_EXIT_OK;
}

/* IX-11: which stream has that name, and which driver is to be asked for it. Exit status. */
static int find_stream(sub_t *sub, tp_client_options_t *client_options)
{
    tp_discovery_client_options_t o = TP_DISCOVERY_CLIENT_OPTIONS_INIT;
    tp_discovery_query_t query = TP_DISCOVERY_QUERY_INIT;
    tp_find_place_t places[TP_FIND_PLACES_MAX];
    tp_client_t *client = NULL;
    tp_discovery_client_t *discovery = NULL;
    const size_t nplaces = tp_find_places(&sub->args, NULL, 0, places);
    if (sub->args.done) {
        return sub->args.exit_code;
    }
    o.timeout_ns = sub->timeout_ns > 0 ? sub->timeout_ns : INT64_C(5000000000);
    query.data_source_name = sub->find_name;
    query.is_first_enough = true;
    int rc = tp_client_create(&client, client_options);
    rc = rc == TP_OK ? tp_find_ask(client, &o, places, nplaces, &query, &discovery) : rc;
    if (rc == TP_OK) {
        const tp_discovery_found_t *found;
        (void)tp_discovery_results(discovery, &found);
        sub->found_channel = strdup(found->driver_control_channel);
        sub->consumer_options.stream_id = found->stream_id;
        client_options->control_channel = sub->found_channel;
        client_options->control_stream_id = (int32_t)found->driver_control_stream_id;
    } else {
        (void)tp_failed(&spec, "--find %s: %s", sub->find_name, tp_errmsg());
    }
    tp_discovery_client_destroy(discovery);
    tp_client_destroy(client);
    return rc == TP_OK ? TP_EXIT_OK : TP_EXIT_FAILED;
}

int tp_verb_sub(int argc, char **argv)
{
    static sub_t sub; /* the histogram and the argument tables are large */
    memset(&sub, 0, sizeof sub);
    sub.consumer_options = (tp_consumer_options_t)TP_CONSUMER_OPTIONS_INIT;
    sub.interval_ns = 1000000000;
    sub.timeout_ns = -1;
    sub.every = 1;
    parse(&sub, argc, argv);
    if (sub.args.done) {
        return sub.args.exit_code;
    }
    tp_signals_install();
    if (sub.sink_path != NULL &&
        tp_frame_sink_open(&sub.sink, sub.sink_kind, sub.sink_path, sub.every) != TP_OK) {
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_client_options_from_args(&client_options, &sub.args);
    client_options.client_name = "tp sub";
    if (sub.find_name != NULL) {
        const int found = find_stream(&sub, &client_options);
        if (found != TP_EXIT_OK) {
            return found;
        }
    }
    int status;
    if (tp_client_create(&sub.client, &client_options) != TP_OK ||
        tp_consumer_create(&sub.consumer, sub.client, &sub.consumer_options) != TP_OK) {
        status = tp_failed(&spec, "%s", tp_errmsg());
    } else {
        tp_rate_start(&sub.total, tp_now_ns(), 0, 0);
        status = run(&sub);
        if (tp_frame_sink_close(&sub.sink) != TP_OK) {
            status = tp_failed(&spec, "%s", tp_errmsg());
        }
        report(&sub, tp_now_ns(), true);
    }
    tp_consumer_destroy(sub.consumer);
    tp_client_destroy(sub.client);
    free(sub.found_channel);
    free(sub.copy);
    return status;
}

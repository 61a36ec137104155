/*
 * tools/tp/streams/verb_pub.c - `tp pub`: publish frames from a pipe, from .npy files or from a generator.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frames/frame_source.h"
#include "control/meta_cli.h"
#include "streams/stream_io.h"
#include "tensorpool/tensorpool.h"
#include "tp_writer.h"
#include "verbs.h"

enum {
    OPT_SHAPE = TP_OPTION_FIRST,
    OPT_DTYPE,
    OPT_PATTERN,
    OPT_LOOP,
    OPT_CHECKSUM,
    OPT_CLIENT_ID,
    OPT_TIMEOUT,
    OPT_SECONDS,
    OPT_REQUIRE_EXISTING,
    OPT_HUGEPAGES,
    OPT_LOCAL,
    OPT_INSTANCE,
    OPT_NSLOTS,
    OPT_STRIDE,
    OPT_UNLINK,
    OPT_NAME,
    OPT_SUMMARY,
    OPT_META
};

static const tp_option_t options[] = {
    { 's', "stream", "ID", "stream to publish (required); 0: the driver chooses a dynamic one" },
    { OPT_SHAPE, "shape", "DIMS", "shape of a frame, e.g. 1080x1920 or 2160x3840x3" },
    { OPT_DTYPE, "dtype", "TYPE", "element type (uint8)" },
    { OPT_PATTERN, "pattern", "NAME",
      "generate frames: checked (every byte follows from seq), gradient, zeros" },
    { 'r', "rate", "HZ", "frames per second (as fast as possible)" },
    { 'n', "count", "N", "stop after N frames" },
    { OPT_SECONDS, "seconds", "S", "stop after S seconds of publishing" },
    { OPT_LOOP, "loop", NULL, "start again at the end of the input" },
    { 'i', "interval", "S", "time between statistics (1)" },
    { OPT_CHECKSUM, "checksum", NULL, "append a checksum to each frame, behind its tensor" },
    { OPT_TIMEOUT, "timeout", "S", "give up when not attached for so long (no limit)" },
    { OPT_CLIENT_ID, "client-id", "ID", "fixed client id (drawn at random)" },
    { OPT_REQUIRE_EXISTING, "require-existing", NULL,
      "do not ask the driver to create a dynamic stream" },
    { OPT_HUGEPAGES, "hugepages", NULL, "refuse anything but huge pages" },
    { OPT_LOCAL, "local", "[=DIR]",
      "no SHM driver: make the stream's own shared memory in DIR (the first allowed\n"
      "directory), and announce it" },
    { OPT_INSTANCE, "instance", "NAME",
      "with --local: whose numbering of epochs goes on (made of the stream id)" },
    { OPT_NSLOTS, "nslots", "N", "with --local: frames in the ring, a power of two (64)" },
    { OPT_STRIDE, "stride", "BYTES", "with --local: room for a frame, a power of two (its size)" },
    { OPT_UNLINK, "unlink", NULL, "with --local: remove the files at the end" },
    { OPT_NAME, "name", "TEXT", "name of the data source, said once a second" },
    { OPT_SUMMARY, "summary", "TEXT", "one line about it" },
    { OPT_META, "meta", "ATTRIBUTE",
      "KEY[:FORMAT]=VALUE or KEY[:FORMAT]@FILE, may be repeated; frames name its version" },
};

static const tp_spec_t spec = {
    .verb = "pub",
    .synopsis = "--stream ID [OPTION]... [FILE.npy... | -]",
    .about = "Publish frames. Input is, in this order: --pattern, .npy files (cut along their "
             "first axis), raw frames of --shape and --dtype\n"
             "on standard input, or, on a terminal, the checked pattern. Reattaches by itself; "
             "ends at the end of the input, after --count, or on\n"
             "SIGINT/SIGTERM, and prints a summary.",
    TP_SPEC_OPTIONS(options),
    .connects = true,
    .notes = "example:\n  ffmpeg -i in.mp4 -pix_fmt gray -f rawvideo - | tp pub --stream 1001 "
             "--shape 1080x1920 --dtype uint8",
};

typedef struct pub {
    tp_args_t args;
    tp_producer_options_t producer_options;
    bool has_stream, has_shape, has_pattern, checksum, loop;
    uint32_t ndims;
    int32_t dims[TP_MAX_DIMS];
    tp_dtype_t dtype;
    tp_pattern_t pattern;
    double rate_hz;
    uint64_t count;
    int64_t seconds_ns, interval_ns, timeout_ns;
    uint64_t frame_bytes; /* of the first frame, as far as it is known */
    bool is_local;
    const char *local_option; /* one given that needs --local */
    tp_local_stream_t local;
    tp_local_pool_t local_pool;

    const char *name, *summary;
    tp_meta_cli_t meta;

    tp_client_t *client;
    tp_producer_t *producer;
    tp_metadata_publisher_t *publisher; /* NULL: nothing to say */
    tp_frame_source_t *source;
    int64_t started_ns; /* first frame */
    int64_t detached_since_ns;
    int64_t next_frame_ns, next_report_ns;
    tp_attach_state_t shown_state;
    char told[TP_TOLD_MAX];
    tp_rate_t rate;
} pub_t;

static void power_of_two(tp_args_t *args, uint32_t min, uint32_t *out)
{
    if (tp_arg_u32(args, min, 1u << 31, out) && (*out & (*out - 1)) != 0) {
        tp_args_wrong(args, "%s: '%s' is no power of two", args->option, args->value);
    }
}

static void parse(pub_t *pub, int argc, char **argv)
{
    tp_args_t *args = &pub->args;
    tp_args_begin(args, &spec, argc, argv);
    for (int id; (id = tp_args_next(args)) != 0;) {
        switch (id) {
        case 's':
            pub->has_stream = tp_arg_u32(args, 0, UINT32_MAX - 1, &pub->producer_options.stream_id);
            break;
        case OPT_SHAPE:
            pub->has_shape = tp_arg_shape(args, &pub->ndims, pub->dims);
            break;
        case OPT_DTYPE:
            tp_arg_dtype(args, &pub->dtype);
            break;
        case OPT_PATTERN: {
            const int pattern = tp_pattern_from_name(args->value);
            if (pattern < 0) {
                tp_args_wrong(args, "--pattern: '%s' is none of checked, gradient, zeros",
                              args->value);
                break;
            }
            pub->pattern = (tp_pattern_t)pattern;
            pub->has_pattern = true;
            break;
        }
        case 'r':
            tp_arg_double(args, 1e-6, 1e9, &pub->rate_hz);
            break;
        case 'n':
            tp_arg_u64(args, 1, UINT64_MAX, &pub->count);
            break;
        case OPT_SECONDS:
            tp_arg_duration_ns(args, 1, INT64_MAX / 4, &pub->seconds_ns);
            break;
        case OPT_LOOP:
            pub->loop = true;
            break;
        case OPT_NAME:
            pub->name = args->value;
            break;
        case OPT_SUMMARY:
            pub->summary = args->value;
            break;
        case OPT_META:
            (void)tp_meta_cli_add(&pub->meta, args, args->value);
            break;
        case 'i':
            tp_arg_duration_ns(args, 1000000, INT64_MAX / 4, &pub->interval_ns);
            break;
        case OPT_CHECKSUM:
            pub->checksum = true;
            break;
        case OPT_TIMEOUT:
            tp_arg_duration_ns(args, 0, INT64_MAX / 4, &pub->timeout_ns);
            break;
        case OPT_CLIENT_ID:
            tp_arg_u32(args, 1, UINT32_MAX - 1, &pub->producer_options.client_id);
            break;
        case OPT_REQUIRE_EXISTING:
            pub->producer_options.publish_mode = TP_REQUIRE_EXISTING;
            break;
        case OPT_HUGEPAGES:
            pub->producer_options.hugepages = TP_HUGEPAGES_REQUIRED;
            break;
        case OPT_LOCAL:
            pub->is_local = true;
            pub->local.base_dir = args->value;
            break;
        case OPT_INSTANCE:
            pub->local_option = "--instance";
            pub->local.instance = args->value;
            break;
        case OPT_NSLOTS:
            pub->local_option = "--nslots";
            power_of_two(args, 1, &pub->local.nslots);
            break;
        case OPT_STRIDE:
            pub->local_option = "--stride";
            power_of_two(args, 64, &pub->local_pool.stride_bytes);
            break;
        case OPT_UNLINK:
            pub->local_option = "--unlink";
            pub->local.unlink_at_end = true;
            break;
        default:
            break;
        }
    }
}

static bool is_stdin_name(const char *name)
{
    return strcmp(name, "-") == 0;
}

static int open_source(pub_t *pub)
{
    tp_args_t *args = &pub->args;
    const bool files = args->npositional > 0 && !is_stdin_name(args->positional[0]);
    for (int i = 0; i < args->npositional; i++) {
        if (is_stdin_name(args->positional[i]) && args->npositional > 1) {
            return tp_args_wrong(args, "'-' (standard input) cannot be one of several inputs");
        }
    }
    struct stat info;
    if (pub->is_local && pub->local.base_dir == NULL && args->npositional > 0 &&
        stat(args->positional[0], &info) == 0 && S_ISDIR(info.st_mode)) {
        return tp_args_wrong(args, "'%s' is a directory, no input; meant --local=%s?",
                             args->positional[0], args->positional[0]);
    }
    if (pub->has_pattern && args->npositional > 0) {
        return tp_args_wrong(args, "--pattern generates frames; '%s' would be a second input",
                             args->positional[0]);
    }
    if (files) {
        if (pub->has_shape) {
            return tp_args_wrong(args, "--shape is for raw frames; '%s' has its own shape",
                                 args->positional[0]);
        }
        if (tp_frame_source_npy(&pub->source, (const char *const *)args->positional,
                                (size_t)args->npositional, pub->loop) != TP_OK) {
            return tp_args_wrong(args, "%s", tp_errmsg());
        }
        if (tp_frame_source_poll(pub->source, 0) == 1) {
            pub->frame_bytes = tp_frame_source_length(pub->source);
        }
        return TP_EXIT_OK;
    }
    const bool raw = !pub->has_pattern && (args->npositional > 0 || !isatty(STDIN_FILENO));
    if (raw && !pub->has_shape) {
        return tp_args_wrong(args, "raw frames on standard input need --shape, e.g. --shape "
                                   "1080x1920 (or generate with --pattern checked)");
    }
    if (!pub->has_shape) {
        pub->ndims = 3;
        pub->dims[0] = 2160;
        pub->dims[1] = 3840;
        pub->dims[2] = 3;
    }
    tp_tensor_t tensor;
    if (tp_tensor_init(&tensor, pub->dtype, pub->ndims, pub->dims) != TP_OK) {
        return tp_args_wrong(args, "--shape: %s", tp_errmsg());
    }
    pub->frame_bytes = tp_tensor_span_bytes(&tensor);
    const int rc =
        raw ? tp_frame_source_raw(&pub->source, STDIN_FILENO, "standard input", &tensor, pub->loop)
            : tp_frame_source_generator(&pub->source, &tensor, pub->pattern);
    return rc == TP_OK ? TP_EXIT_OK : tp_args_wrong(args, "%s", tp_errmsg());
}

/* Own shared memory: one pool, for frames like the first one, with its checksum. */
static int prepare_local(pub_t *pub, tp_client_options_t *client_options)
{
    tp_args_t *args = &pub->args;
    if (!pub->is_local) {
        return pub->local_option == NULL
                   ? TP_EXIT_OK
                   : tp_args_wrong(args, "%s is for streams without a driver: --local",
                                   pub->local_option);
    }
    if (pub->producer_options.stream_id == 0) {
        return tp_args_wrong(args, "--stream 0 asks a driver for an id; here is none (--local)");
    }
    pub->local_pool.pool_id = 1;
    if (pub->local_pool.stride_bytes == 0) {
        uint64_t stride = 4096;
        while (stride < pub->frame_bytes + (pub->checksum ? TP_CHECKSUM_TRAILER_BYTES : 0)) {
            stride *= 2;
        }
        if (stride > 1u << 31) {
            return tp_args_wrong(args, "frames of %" PRIu64 " bytes are too large for a pool",
                                 pub->frame_bytes);
        }
        pub->local_pool.stride_bytes = (uint32_t)stride;
    }
    pub->local.size = sizeof pub->local;
    pub->local.pools = &pub->local_pool;
    pub->local.npools = 1;
    pub->local.require_hugepages = pub->producer_options.hugepages == TP_HUGEPAGES_REQUIRED;
    pub->producer_options.local = &pub->local;
    if (pub->local.base_dir != NULL && client_options->allowed_base_dirs_count == 0) {
        client_options->allowed_base_dirs = &pub->local.base_dir;
        client_options->allowed_base_dirs_count = 1;
    }
    return TP_EXIT_OK;
}

static void report(const pub_t *pub, int64_t now_ns, bool last)
{
    tp_producer_stats_t stats;
    tp_attach_status_t status;
    tp_producer_stats(pub->producer, &stats);
    tp_producer_status(pub->producer, &status);
    double fps, mib_s;
    tp_rate_read(&pub->rate, now_ns, stats.published, stats.bytes, &fps, &mib_s);
    if (pub->args.json) {
        json_object *o = json_object_new_object();
        tp_json_add_string(o, "event", last ? "summary" : "stats");
        tp_json_add_u64(o, "stream", status.stream_id);
        tp_json_add_string(o, "state", tp_attach_state_name(status.state));
        tp_json_add_string(o, "reason", tp_attach_reason_name(status.reason));
        tp_json_add_u64(o, "epoch", status.epoch);
        tp_json_add_u64(o, "frames", stats.published);
        tp_json_add_u64(o, "bytes", stats.bytes);
        tp_json_add_double(o, "frames_per_s", fps);
        tp_json_add_double(o, "mib_per_s", mib_s);
        tp_json_add_u64(o, "next_seq", stats.next_seq);
        tp_json_add_u64(o, "aborted", stats.aborted);
        tp_json_add_u64(o, "no_fit", stats.no_fit);
        tp_json_add_u64(o, "attaches", status.attaches);
        tp_json_add_u64(o, "losses", status.losses);
        json_object *d = json_object_new_object();
        tp_json_add_u64(d, "sent", stats.descriptors_sent);
        tp_json_add_u64(d, "not_connected", stats.descriptors_not_connected);
        tp_json_add_u64(d, "back_pressured", stats.descriptors_back_pressured);
        tp_json_add_u64(d, "failed", stats.descriptors_failed);
        json_object_object_add(o, "descriptors", d);
        tp_json_line(o);
    } else if (last) {
        tp_status_end();
        fprintf(stderr,
                "stream %" PRIu32 ": %" PRIu64 " frames, %.1f MiB, %.1f frames/s, %.1f MiB/s",
                status.stream_id, stats.published, (double)stats.bytes / 1048576.0, fps, mib_s);
        if (stats.no_fit > 0) {
            fprintf(stderr, ", %" PRIu64 " too large for every pool", stats.no_fit);
        }
        if (stats.descriptors_back_pressured > 0) {
            fprintf(stderr, ", %" PRIu64 " descriptors not sent: a subscriber does not poll them",
                    stats.descriptors_back_pressured);
        }
        fputc('\n', stderr);
    } else {
        tp_status_line("stream %" PRIu32 " epoch %" PRIu64 ": seq %" PRIu64
                       ", %.1f frames/s, %.1f MiB/s, %s",
                       status.stream_id, status.epoch, stats.next_seq, fps, mib_s,
                       tp_attach_state_name(status.state));
    }
}

/* Say each change of state once: a silent program that waits looks broken. */
static void tell_state(pub_t *pub)
{
    tp_attach_status_t status;
    tp_producer_status(pub->producer, &status);
    if (!pub->args.json) {
        tp_tell_attachment(pub->told, "pub", " (by the driver's configuration)", status.stream_id,
                           &status);
    } else if (status.state != pub->shown_state) {
        pub->shown_state = status.state;
        json_object *o = json_object_new_object();
        tp_json_add_string(o, "event", "state");
        tp_json_add_string(o, "state", tp_attach_state_name(status.state));
        tp_json_add_string(o, "reason", tp_attach_reason_name(status.reason));
        tp_json_add_string(o, "text", status.text);
        tp_json_add_u64(o, "stream", status.stream_id);
        tp_json_add_u64(o, "epoch", status.epoch);
        tp_json_line(o);
    }
}

/* 1 published, 0 not now, < 0 TP_E* that ends the work. */
static int publish(pub_t *pub)
{
    const size_t tensor_bytes = tp_frame_source_length(pub->source);
    const size_t length = tensor_bytes + (pub->checksum ? TP_CHECKSUM_TRAILER_BYTES : 0);
    tp_claim_t claim;
    int rc = tp_producer_claim(pub->producer, length, &claim);
    if (rc == TP_ENOFIT) {
        tp_pool_info_t pools[64];
        const size_t n = tp_producer_pools(pub->producer, pools, 64);
        fprintf(stderr,
                "tp pub: a frame of %zu bytes fits no pool; the largest holds %" PRIu32 "\n",
                length, n > 0 ? pools[(n < 64 ? n : 64) - 1].stride_bytes : 0);
        return rc;
    }
    if (rc != TP_OK) {
        return 0;
    }
    tp_frame_source_fill(pub->source, claim.seq, claim.data);
    if (pub->checksum) {
        tp_checksum_put(claim.data + tensor_bytes, claim.data, tensor_bytes);
    }
    const tp_frame_info_t info = {
        .tensor = *tp_frame_source_tensor(pub->source),
        .meta_version = pub->publisher != NULL ? tp_metadata_version(pub->publisher) : 0,
    };
    rc = tp_producer_commit(pub->producer, &claim, length, &info);
    if (rc == TP_ESTATE) {
        return 0;
    }
    if (rc != TP_OK) {
        fprintf(stderr, "tp pub: %s\n", tp_errmsg());
        return rc;
    }
    tp_frame_source_take(pub->source);
    return 1;
}

/* Refused for good, or not attached for longer than --timeout. */
static bool given_up(pub_t *pub, int64_t now_ns)
{
    tp_attach_status_t status;
    tp_producer_status(pub->producer, &status);
    if (status.state == TP_ATTACH_ATTACHED) {
        pub->detached_since_ns = now_ns;
        return false;
    }
    const bool refused =
        status.state == TP_ATTACH_UNATTACHED &&
        (status.reason == TP_REASON_UNSUPPORTED || status.reason == TP_REASON_INVALID_PARAMS);
    if (refused || (pub->timeout_ns >= 0 && now_ns - pub->detached_since_ns >= pub->timeout_ns)) {
        tp_status_end();
        fprintf(stderr, "tp pub: stream %" PRIu32 ": not attached: %s\n",
                pub->producer_options.stream_id,
                status.text[0] != '\0' ? status.text : tp_client_reason(pub->client));
        return true;
    }
    return false;
}

static int run(pub_t *pub)
{
    uint64_t published = 0;
    uint32_t idle = 0;
    int64_t now_ns = tp_now_ns();
    pub->detached_since_ns = now_ns;
    pub->next_report_ns = now_ns + pub->interval_ns;
    const int64_t period_ns = pub->rate_hz > 0 ? (int64_t)(1e9 / pub->rate_hz) : 0;
    while (tp_stop_requested() == 0) {
        int work = tp_client_do_work(pub->client);
        if (pub->publisher != NULL) {
            work += tp_metadata_publisher_poll(pub->publisher);
        }
        tell_state(pub);
        now_ns = tp_now_ns();
        if (now_ns >= pub->next_report_ns) {
            report(pub, now_ns, false);
            pub->next_report_ns += pub->interval_ns;
            if (pub->next_report_ns < now_ns) {
                pub->next_report_ns = now_ns + pub->interval_ns;
            }
        }
        if (given_up(pub, now_ns)) {
            return TP_EXIT_FAILED;
        }
        if (!tp_producer_is_ready(pub->producer)) {
            tp_idle(&idle, work);
            continue;
        }
        if (pub->seconds_ns > 0 && pub->started_ns != 0 &&
            now_ns - pub->started_ns >= pub->seconds_ns) {
            break;
        }
        if (period_ns > 0 && pub->started_ns != 0 && now_ns < pub->next_frame_ns) {
            tp_pause_until(pub->next_frame_ns, 10000000);
            continue;
        }
        /* Not so long that a lease could suffer: a silent pipe must not cost it. */
        const int ready = tp_frame_source_poll(pub->source, 20);
        if (ready == TP_ECLOSED) {
            break;
        }
        if (ready < 0) {
            tp_status_end();
            fprintf(stderr, "tp pub: %s\n", tp_errmsg());
            return TP_EXIT_FAILED;
        }
        if (ready == 0) {
            continue;
        }
        const int done = publish(pub);
        if (done < 0) {
            return TP_EXIT_FAILED;
        }
        if (done == 0) {
            tp_idle(&idle, work);
            continue;
        }
        idle = 0;
        published++;
        if (pub->started_ns == 0) {
            pub->started_ns = now_ns;
            pub->next_frame_ns = now_ns;
            tp_rate_start(&pub->rate, now_ns, 0, 0);
        }
        /* Late frames are not caught up in a burst beyond one second. */
        pub->next_frame_ns += period_ns;
        if (now_ns - pub->next_frame_ns > 1000000000) {
            pub->next_frame_ns = now_ns;
        }
        if (pub->count > 0 && published == pub->count) {
            break;
        }
    }
    return TP_EXIT_OK;
}

/* TP_OK, also when there is nothing to say. */
static int open_publisher(pub_t *pub)
{
    if (pub->name == NULL && pub->summary == NULL && pub->meta.count == 0) {
        return TP_OK;
    }
    tp_metadata_publisher_options_t o = TP_METADATA_PUBLISHER_OPTIONS_INIT;
    o.producer = pub->producer;
    o.name = pub->name;
    o.summary = pub->summary;
    const int rc = tp_metadata_publisher_create(&pub->publisher, pub->client, &o);
    return rc != TP_OK || pub->meta.count == 0
               ? rc
               : tp_metadata_set(pub->publisher, pub->meta.attributes, pub->meta.count);
}

int tp_verb_pub(int argc, char **argv)
{
    static pub_t pub; /* the argument tables are large */
    memset(&pub, 0, sizeof pub);
    pub.producer_options = (tp_producer_options_t)TP_PRODUCER_OPTIONS_INIT;
    pub.producer_options.publish_mode = TP_EXISTING_OR_CREATE;
    pub.dtype = TP_UINT8;
    pub.interval_ns = 1000000000;
    pub.timeout_ns = -1;
    parse(&pub, argc, argv);
    if (!pub.has_stream) {
        pub.has_stream = tp_stream_from_env(&pub.args, 0, &pub.producer_options.stream_id);
    }
    if (pub.args.done) {
        return pub.args.exit_code;
    }
    if (!pub.has_stream) {
        return tp_args_wrong(&pub.args, "--stream ID is required");
    }
    int status = open_source(&pub);
    if (status != TP_EXIT_OK) {
        return status;
    }
    tp_signals_install();
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_client_options_from_args(&client_options, &pub.args);
    status = prepare_local(&pub, &client_options);
    if (status != TP_EXIT_OK) {
        tp_frame_source_destroy(pub.source);
        return status;
    }
    client_options.client_name = "tp pub";
    if (tp_client_create(&pub.client, &client_options) != TP_OK ||
        tp_producer_create(&pub.producer, pub.client, &pub.producer_options) != TP_OK ||
        open_publisher(&pub) != TP_OK) {
        status = tp_failed(&spec, "%s", tp_errmsg());
    } else {
        tp_rate_start(&pub.rate, tp_now_ns(), 0, 0);
        tp_output_unblock(); /* a reader who stands still must not cost the lease */
        status = run(&pub);
        (void)tp_writer_drain(1000000000);
        report(&pub, tp_now_ns(), true);
        tp_writer_stop(1000000000);
    }
    tp_metadata_publisher_destroy(pub.publisher);
    tp_producer_destroy(pub.producer);
    tp_client_destroy(pub.client);
    tp_meta_cli_free(&pub.meta);
    tp_frame_source_destroy(pub.source);
    return status;
}

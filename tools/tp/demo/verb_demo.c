/*
 * tools/tp/demo/verb_demo.c - `tp demo`: the camera pipeline, every part a process of its own.
 *
 *   video -> ffmpeg -> tp pub 1001 -+-> Sobel stage --> 2001 -+-> viewer
 *                                   +-> raw viewer            +-> slow viewer
 *   video -> ffmpeg -> tp pub 1002 ---> Sobel stage --> 2002 ---> viewer
 *   video -> ffmpeg -> tp pub 1003 ---> Sobel stage --> 2003 ---> viewer
 *
 * all under one `tp driver --embedded`; and, in another network namespace,
 *
 *   1001 -> tp bridge (sender) =UDP=> tp bridge (receiver) -> 3001 -> viewer
 *
 * under a second one.
 *
 * This process starts them, shows their statistics, looks at the streams itself for the contact
 * sheet, ends them from the source downwards, and then adds up: for each reader, published =
 * accepted + thinned + drops by cause.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "demo/demo.h"
#include "demo/stage.h"
#include "streams/stream_io.h"
#include "tensorpool/tensorpool.h"
#include "verbs.h"

#define WIDTH 640
#define HEIGHT 360
#define RATE_HZ 30

enum { OPT_SECONDS = TP_OPTION_FIRST, OPT_INPUT, OPT_SHEET, OPT_STAGE };

static const tp_option_t options[] = {
    { OPT_SECONDS, "seconds", "S", "how long the cameras run (20)" },
    { OPT_INPUT, "input", "FILE",
      "video or photograph for a camera, decoded by ffmpeg; up to three times (else a moving "
      "gradient)" },
    { OPT_SHEET, "sheet", "FILE",
      "contact sheet of raw and processed frames (tensorpool-demo.png)" },
    { OPT_STAGE, "stage", "IN:OUT", "be one processing stage (used by the demo itself)" },
};

static const tp_spec_t spec = {
    .verb = "demo",
    .synopsis = "[--seconds S] [--input FILE]...",
    .about = "Three cameras, three Sobel stages, five viewers, one driver: twelve and more "
             "processes over shared memory. Verifies each\n"
             "accepted frame against a checksum carried with it, writes a contact sheet, prints "
             "totals, and adds up every counter.",
    TP_SPEC_OPTIONS(options),
    .notes = "exit status 1: a part failed, a frame was torn, or a counter does not add up\n",
};

static int parse(tp_demo_t *demo, int argc, char **argv, uint32_t *in, uint32_t *out)
{
    tp_args_t *args = &demo->args;
    tp_args_begin(args, &spec, argc, argv);
    for (int id; (id = tp_args_next(args)) != 0;) {
        switch (id) {
        case OPT_SECONDS:
            tp_arg_duration_ns(args, 1000000, INT64_C(86400000000000), &demo->seconds_ns);
            break;
        case OPT_SHEET:
            demo->sheet = args->value;
            break;
        case OPT_INPUT:
            if (demo->ninputs == TP_DEMO_CAMERAS) {
                tp_args_wrong(args, "--input: '%s' is more than the %d cameras take", args->value,
                              TP_DEMO_CAMERAS);
            } else if (access(args->value, R_OK) != 0) {
                tp_args_wrong(args, "--input: '%s' is not readable", args->value);
            } else {
                demo->inputs[demo->ninputs++] = args->value;
            }
            break;
        case OPT_STAGE:
            if (sscanf(args->value, "%" SCNu32 ":%" SCNu32, in, out) != 2) {
                tp_args_wrong(args, "--stage: '%s' is not IN:OUT, two stream ids", args->value);
            }
            break;
        default:
            break;
        }
    }
    if (!args->done && args->npositional > 0) {
        tp_args_wrong(args, "unexpected argument '%s'", args->positional[0]);
    }
    return args->done ? args->exit_code : -1;
}

static int write_config(const tp_demo_t *demo)
{
    FILE *file = fopen(demo->config, "w");
    if (file == NULL) {
        return tp_failed(&spec, "cannot write %s", demo->config);
    }
    fputs("# The camera pipeline: three raw streams, three processed ones, on two profiles.\n"
          "[policies]\nprefault_shm = false\ncleanup_shm_on_exit = true\nshutdown_timeout_ms = "
          "200\n\n"
          "[profiles.raw]\nheader_nslots = 32\npayload_pools = [{ pool_id = 1, stride_bytes = "
          "1048576 }, { pool_id = 2, stride_bytes = 4194304 }]\n\n"
          "[profiles.processed]\nheader_nslots = 32\npayload_pools = [{ pool_id = 1, stride_bytes "
          "= 524288 }, { pool_id = 2, stride_bytes = 2097152 }]\n",
          file);
    for (int i = 1; i <= TP_DEMO_CAMERAS; i++) {
        fprintf(file,
                "\n[streams.camera%d]\nstream_id = %d\nprofile = "
                "\"raw\"\n\n[streams.sobel%d]\nstream_id = %d\nprofile = \"processed\"\n",
                i, 1000 + i, i, 2000 + i);
    }
    return fclose(file) == 0 ? TP_EXIT_OK : tp_failed(&spec, "cannot write %s", demo->config);
}

static int prepare(tp_demo_t *demo)
{
    const ssize_t n = readlink("/proc/self/exe", demo->self, sizeof demo->self - 1);
    if (n <= 0) {
        return tp_failed(&spec, "cannot find my own program through /proc/self/exe");
    }
    demo->self[n] = '\0';
    (void)snprintf(demo->dir, sizeof demo->dir, "/dev/shm/tensorpool-demo-XXXXXX");
    if (mkdtemp(demo->dir) == NULL) {
        return tp_failed(&spec, "cannot make a directory in /dev/shm");
    }
    (void)snprintf(demo->aeron_dir, sizeof demo->aeron_dir, "%s/aeron", demo->dir);
    (void)snprintf(demo->shm_dir, sizeof demo->shm_dir, "%s/shm", demo->dir);
    (void)snprintf(demo->config, sizeof demo->config, "%s/driver.toml", demo->dir);
    const int status = write_config(demo);
    if (status == TP_EXIT_OK && tp_demo_leg_prepare(&demo->leg, demo->dir) != TP_OK) {
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    if (status == TP_EXIT_OK && !demo->args.json) {
        printf("bridge: camera 1001 is also stream 3001 of a second host: %s\n", demo->leg.what);
    }
    return status;
}

static int start_or_fail(tp_demo_process_t *process, const char *name, const char *const *argv,
                         int in_fd, int out_fd)
{
    return tp_demo_start(process, name, argv, in_fd, out_fd) == TP_OK
               ? TP_EXIT_OK
               : tp_failed(&spec, "%s", tp_errmsg());
}

static int start_driver(tp_demo_t *demo)
{
    const char *const argv[] = { demo->self,  "driver",      "--embedded",  "--json",
                                 "--config",  demo->config,  "--aeron-dir", demo->aeron_dir,
                                 "--shm-dir", demo->shm_dir, NULL };
    int status = tp_demo_start_in(&demo->driver, "driver", argv, -1, -1, demo->leg.near_ns) == TP_OK
                     ? TP_EXIT_OK
                     : tp_failed(&spec, "%s", tp_errmsg());
    const int64_t deadline_ns = tp_now_ns() + INT64_C(20000000000);
    while (status == TP_EXIT_OK && !demo->driver.is_ready) {
        tp_demo_listen(&demo->driver);
        if (demo->driver.out_fd < 0 || tp_now_ns() > deadline_ns || tp_stop_requested() != 0) {
            return tp_failed(&spec, "the driver did not get ready");
        }
        tp_pause_until(tp_now_ns() + 2000000, 2000000);
    }
    return status;
}

static int start_reader(tp_demo_t *demo, int i)
{
    char stream[16], stage[32];
    (void)snprintf(stream, sizeof stream, "%" PRIu32, tp_demo_readers[i].stream);
    (void)snprintf(stage, sizeof stage, "%" PRIu32 ":%" PRIu32, tp_demo_readers[i].stream,
                   tp_demo_readers[i].stream + 1000);
    const char *const as_stage[] = { demo->self, "demo", "--aeron-dir", demo->aeron_dir,
                                     "--stage",  stage,  NULL };
    const char *const as_viewer[] = { demo->self,
                                      "sub",
                                      "--aeron-dir",
                                      demo->aeron_dir,
                                      "--json",
                                      "--verify",
                                      "--interval",
                                      "0.2",
                                      "--stream",
                                      stream,
                                      tp_demo_readers[i].is_slow ? "--delay" : NULL,
                                      "0.1",
                                      NULL };
    return start_or_fail(&demo->readers[i], tp_demo_readers[i].name,
                         tp_demo_readers[i].is_stage ? as_stage : as_viewer, -1, -1);
}

static int start_camera(tp_demo_t *demo, int i)
{
    char stream[16], shape[32], rate[16], filter[64], name[32];
    (void)snprintf(stream, sizeof stream, "%d", 1001 + i);
    (void)snprintf(shape, sizeof shape, "%dx%dx3", HEIGHT, WIDTH);
    (void)snprintf(rate, sizeof rate, "%d", RATE_HZ);
    (void)snprintf(filter, sizeof filter, "scale=%d:%d,fps=%d", WIDTH, HEIGHT, RATE_HZ);
    (void)snprintf(name, sizeof name, "camera %d", 1001 + i);
    const bool real = demo->ninputs > 0;
    const char *const pub[] = { demo->self,
                                "pub",
                                "--aeron-dir",
                                demo->aeron_dir,
                                "--json",
                                "--interval",
                                "0.2",
                                "--checksum",
                                "--stream",
                                stream,
                                "--shape",
                                shape,
                                "--dtype",
                                "uint8",
                                "--rate",
                                rate,
                                real ? "-" : "--pattern",
                                real ? NULL : "gradient",
                                NULL };
    if (!real) {
        return start_or_fail(&demo->cameras[i], name, pub, -1, -1);
    }
    const char *input = demo->inputs[(size_t)i % demo->ninputs];
    const char *const ffmpeg[] = { "ffmpeg", "-nostdin", "-v",       "error", "-stream_loop",
                                   "-1",     "-i",       input,      "-vf",   filter,
                                   "-f",     "rawvideo", "-pix_fmt", "rgb24", "-threads",
                                   "1",      "-",        NULL };
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return tp_failed(&spec, "cannot make a pipe");
    }
    int status = start_or_fail(&demo->decoders[i], "ffmpeg", ffmpeg, -1, ends[1]);
    if (status == TP_EXIT_OK) {
        status = start_or_fail(&demo->cameras[i], name, pub, ends[0], -1);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
    return status;
}

/* The demo's own eyes: one consumer per stream, thinned to a few frames a second. */
static int open_lookers(tp_demo_t *demo)
{
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    client_options.aeron_dir = demo->aeron_dir;
    client_options.client_name = "tp demo";
    if (tp_client_create(&demo->client, &client_options) != TP_OK) {
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    for (uint32_t i = 0; i < 2 * TP_DEMO_CAMERAS; i++) {
        tp_consumer_options_t consumer_options = TP_CONSUMER_OPTIONS_INIT;
        consumer_options.stream_id = i < TP_DEMO_CAMERAS ? 1001 + i : 2001 + i - TP_DEMO_CAMERAS;
        consumer_options.max_rate_hz = 2;
        if (tp_consumer_create(&demo->lookers[i], demo->client, &consumer_options) != TP_OK) {
            return tp_failed(&spec, "%s", tp_errmsg());
        }
    }
    return TP_EXIT_OK;
}

static int look(tp_demo_t *demo)
{
    int work = tp_client_do_work(demo->client);
    for (int i = 0; i < 2 * TP_DEMO_CAMERAS; i++) {
        tp_frame_t frame;
        for (int n = 0; n < 64 && tp_consumer_try_next(demo->lookers[i], &frame) == 1; n++) {
            tp_picture_t picture;
            work++;
            if (tp_picture_from_tensor(&picture, &frame.tensor, frame.data, frame.length) !=
                TP_OK) {
                continue;
            }
            if (tp_frame_is_valid(demo->lookers[i], &frame)) {
                tp_picture_destroy(&demo->pictures[i]);
                demo->pictures[i] = picture;
            } else {
                tp_picture_destroy(&picture);
            }
        }
    }
    return work;
}

static void listen_all(tp_demo_t *demo)
{
    tp_demo_listen(&demo->driver);
    for (int i = 0; i < TP_DEMO_CAMERAS; i++) {
        tp_demo_listen(&demo->cameras[i]);
    }
    for (int i = 0; i < TP_DEMO_READERS; i++) {
        tp_demo_listen(&demo->readers[i]);
    }
    tp_demo_leg_listen(&demo->leg);
}

/* Everything is attached: the cameras say frames, so did their readers. */
static int watch(tp_demo_t *demo)
{
    const bool terminal = isatty(STDOUT_FILENO) != 0 && !demo->args.json;
    const int64_t started_ns = tp_now_ns();
    int64_t next_show_ns = started_ns;
    uint32_t idle = 0;
    for (int64_t now_ns = started_ns;
         tp_stop_requested() == 0 && now_ns - started_ns < demo->seconds_ns; now_ns = tp_now_ns()) {
        listen_all(demo);
        const int work = look(demo);
        if (demo->driver.out_fd < 0) {
            return tp_failed(&spec, "the driver ended");
        }
        for (int i = 0; i < TP_DEMO_CAMERAS; i++) {
            if (demo->cameras[i].out_fd < 0) {
                return tp_failed(&spec, "camera %d ended", 1001 + i);
            }
        }
        if (now_ns >= next_show_ns && !demo->args.json) {
            tp_demo_show(demo, now_ns - started_ns, terminal);
            next_show_ns = now_ns + (terminal ? 200000000 : INT64_C(5000000000));
        }
        tp_idle(&idle, work);
    }
    if (!demo->args.json) {
        tp_demo_show(demo, tp_now_ns() - started_ns, terminal);
    }
    return TP_EXIT_OK;
}

/* Readers from `first` to `last` have accounted for all that their sources published, or two
 * seconds went by without a change. */
static void let_drain(tp_demo_t *demo, int first, int last)
{
    uint64_t before = 0;
    int64_t changed_ns = tp_now_ns();
    for (;;) {
        listen_all(demo);
        (void)look(demo);
        bool all = true;
        uint64_t sum = 0;
        for (int i = first; i <= last; i++) {
            all &= tp_demo_accounted_by(&demo->readers[i]) >=
                   tp_demo_published_by(demo, tp_demo_readers[i].source);
            sum += tp_demo_accounted_by(&demo->readers[i]);
        }
        if (sum != before) {
            before = sum;
            changed_ns = tp_now_ns();
        }
        if (all || tp_now_ns() - changed_ns > INT64_C(2000000000)) {
            return;
        }
        tp_pause_until(tp_now_ns() + 1000000, 1000000);
    }
}

static int join_all(tp_demo_process_t *processes, int first, int last)
{
    int status = TP_EXIT_OK;
    for (int i = first; i <= last; i++) {
        tp_demo_signal(&processes[i], SIGTERM);
    }
    for (int i = first; i <= last; i++) {
        const bool was_started = processes[i].pid > 0;
        if (was_started && !tp_demo_join(&processes[i], tp_now_ns() + INT64_C(10000000000))) {
            status =
                tp_failed(&spec, "%s ended with status %d", processes[i].name, processes[i].status);
        }
    }
    return status;
}

/* From the source downwards, so that each reader can finish what was published. */
static int stop_all(tp_demo_t *demo)
{
    /* Held still first: ffmpeg would complain of the pipe that its camera leaves behind. */
    for (int i = 0; i < TP_DEMO_CAMERAS; i++) {
        tp_demo_signal(&demo->decoders[i], SIGSTOP);
    }
    int status = join_all(demo->cameras, 0, TP_DEMO_CAMERAS - 1);
    for (int i = 0; i < TP_DEMO_CAMERAS; i++) {
        tp_demo_signal(&demo->decoders[i], SIGKILL);
        (void)tp_demo_join(&demo->decoders[i], tp_now_ns() + INT64_C(2000000000));
    }
    let_drain(demo, TP_DEMO_STAGE_1, TP_DEMO_STAGE_3);
    status |= join_all(demo->readers, TP_DEMO_STAGE_1, TP_DEMO_STAGE_3);
    if (!tp_demo_leg_stop(&demo->leg)) {
        status |= tp_failed(&spec, "a part of the bridge did not end well");
    }
    let_drain(demo, TP_DEMO_VIEW_1, TP_DEMO_VIEW_SLOW);
    status |= join_all(demo->readers, TP_DEMO_VIEW_1, TP_DEMO_READERS - 1);
    return status;
}

static int run(tp_demo_t *demo)
{
    int status = start_driver(demo);
    for (int i = 0; i < TP_DEMO_READERS && status == TP_EXIT_OK; i++) {
        status = start_reader(demo, i);
    }
    if (status == TP_EXIT_OK &&
        tp_demo_leg_start(&demo->leg, demo->self, demo->aeron_dir) != TP_OK) {
        status = tp_failed(&spec, "%s", tp_errmsg());
    }
    if (status == TP_EXIT_OK) {
        status = open_lookers(demo);
    }
    /* Readers first: only then do published and accounted frames begin at the same frame. A reader
     * is there when it says where it is. */
    const int64_t deadline_ns = tp_now_ns() + INT64_C(20000000000);
    for (int there = 0; status == TP_EXIT_OK && there < TP_DEMO_READERS + 1;) {
        listen_all(demo);
        (void)look(demo);
        there = tp_demo_leg_is_there(&demo->leg);
        for (int i = 0; i < TP_DEMO_READERS; i++) {
            there += tp_demo_number(&demo->readers[i], "attaches", NULL) > 0;
        }
        if (tp_now_ns() > deadline_ns || tp_stop_requested() != 0) {
            status = tp_failed(&spec, "only %d of %d readers attached", there, TP_DEMO_READERS + 1);
        }
        tp_pause_until(tp_now_ns() + 1000000, 1000000);
    }
    for (int i = 0; i < TP_DEMO_CAMERAS && status == TP_EXIT_OK; i++) {
        status = start_camera(demo, i);
    }
    if (status == TP_EXIT_OK) {
        status = watch(demo);
    }
    status |= stop_all(demo);
    return status;
}

static void clean_up(tp_demo_t *demo)
{
    for (int i = 0; i < 2 * TP_DEMO_CAMERAS; i++) {
        tp_consumer_destroy(demo->lookers[i]);
        tp_picture_destroy(&demo->pictures[i]);
    }
    tp_client_destroy(demo->client);
    tp_demo_leg_clean_up(&demo->leg);
    (void)join_all(&demo->driver, 0, 0);
    for (int i = 0; i < TP_DEMO_CAMERAS; i++) {
        json_object_put(demo->cameras[i].last);
    }
    for (int i = 0; i < TP_DEMO_READERS; i++) {
        json_object_put(demo->readers[i].last);
    }
    /* The driver took its files with it; what is left is ours. */
    (void)unlink(demo->config);
    (void)rmdir(demo->shm_dir);
    if (demo->dir[0] != '\0' && rmdir(demo->dir) != 0) {
        fprintf(stderr, "tp demo: %s is not empty and was left\n", demo->dir);
    }
}

int tp_verb_demo(int argc, char **argv)
{
    static tp_demo_t demo; /* the line buffers of its processes are large */
    memset(&demo, 0, sizeof demo);
    demo.leg.near_ns = demo.leg.far_ns = -1;
    demo.seconds_ns = INT64_C(20000000000);
    demo.sheet = "tensorpool-demo.png";
    uint32_t in = 0, out = 0;
    int status = parse(&demo, argc, argv, &in, &out);
    if (status >= 0) {
        return status;
    }
    tp_signals_install();
    if (in != 0) {
        return tp_demo_stage(&demo.args, in, out);
    }
    status = prepare(&demo);
    if (status == TP_EXIT_OK) {
        status = run(&demo);
        if (demo.cameras[TP_DEMO_CAMERAS - 1].has_summary) {
            status |= tp_demo_write_sheet(&demo);
            status |= tp_demo_add_up(&demo);
        }
    }
    clean_up(&demo);
    return status != TP_EXIT_OK ? TP_EXIT_FAILED : TP_EXIT_OK;
}

#include "system_util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shm/payload.h"

void sys_init(sys_config_t *config, uint32_t nslots)
{
    memset(config, 0, sizeof(*config));
    tp_test_path(config->base_dir, sizeof(config->base_dir), "pools");
    snprintf(config->aeron_dir, sizeof(config->aeron_dir), "%s", tp_test_aeron_dir());
    tp_test_shm_dir();
    TP_CHECK_EQ_I64(mkdir(config->base_dir, 0700), 0);
    config->base_dirs[0] = config->base_dir;
    config->nslots = nslots;
    config->lease_keepalive_ms = 1000;
    config->lease_grace = 30;
    config->client_liveness_ns = 30000 * SYS_NS_PER_MS;
}

void sys_init_impatient(sys_config_t *config, uint32_t nslots)
{
    sys_init(config, nslots);
    config->lease_keepalive_ms = 400;
    config->lease_grace = 5;
    config->client_liveness_ns = 2500 * SYS_NS_PER_MS;
    config->keepalive_interval_ns = 200 * SYS_NS_PER_MS;
    config->driver_timeout_ns = 2000 * SYS_NS_PER_MS;
    config->media_driver_timeout_ns = 2000 * SYS_NS_PER_MS;
}

tp_client_options_t sys_client_options(const sys_config_t *config, const char *name)
{
    tp_client_options_t options = TP_CLIENT_OPTIONS_INIT;
    options.aeron_dir = config->aeron_dir;
    options.client_name = name;
    options.control_channel = SYS_CHANNEL;
    options.descriptor_channel = SYS_CHANNEL;
    options.qos_channel = SYS_CHANNEL;
    options.allowed_base_dirs = config->base_dirs;
    options.allowed_base_dirs_count = 1;
    options.attach_timeout_ns = 1000 * SYS_NS_PER_MS;
    options.attach_retry_interval_ns = 200 * SYS_NS_PER_MS;
    options.keepalive_interval_ns = config->keepalive_interval_ns;
    options.driver_timeout_ns = config->driver_timeout_ns;
    options.media_driver_timeout_ns = config->media_driver_timeout_ns;
    options.announce_period_ns = 200 * SYS_NS_PER_MS;
    return options;
}

void *sys_board(size_t size)
{
    void *board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    TP_CHECK(board != MAP_FAILED);
    return board;
}

void sys_stop(pid_t pid)
{
    int status = 0;
    TP_CHECK_EQ_I64(kill(pid, SIGSTOP), 0);
    TP_CHECK_EQ_I64(waitpid(pid, &status, WUNTRACED), pid);
    TP_CHECK(WIFSTOPPED(status));
}

void sys_kill(pid_t pid)
{
    TP_CHECK_EQ_I64(kill(pid, SIGKILL), 0);
    TP_CHECK_CHILD_SIGNAL(pid, SIGKILL, 10000);
}

static pid_t fork_process(void)
{
    fflush(stdout);
    fflush(stderr);
    const pid_t pid = fork();
    TP_CHECK_GE_I64(pid, 0);
    return pid;
}

/* ---- drivers ---- */

static void log_problem(void *clientd, int level, const char *text)
{
    (void)clientd;
    if (level >= 40) {
        fprintf(stderr, "driver: %s\n", text);
    }
}

static tp_media_driver_t *start_media_driver(const sys_config_t *config)
{
    tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    options.aeron_dir = config->aeron_dir;
    options.delete_on_start = true; /* the directory is the test's own */
    options.client_liveness_timeout_ns = config->client_liveness_ns;
    options.ipc_term_length = 64 * 1024;
    tp_media_driver_t *media = NULL;
    const int rc = tp_media_driver_create(&media, &options);
    TP_CHECK_MSG(rc == TP_OK, "media driver: %s: %s", tp_error_name(rc), tp_errmsg());
    return media;
}

static tp_driver_t *start_driver(const sys_config_t *config)
{
    const tp_driver_pool_t pools[] = { { .pool_id = 1, .stride_bytes = 4096 } };
    const tp_driver_profile_t profile = {
        .name = "small", .header_nslots = config->nslots, .pools = pools, .npools = 1
    };
    const tp_driver_stream_t stream = { .name = "frames",
                                        .stream_id = SYS_STREAM,
                                        .profile = "small" };
    tp_driver_options_t options = TP_DRIVER_OPTIONS_INIT;
    options.instance_id = "system-test";
    options.aeron_dir = config->aeron_dir;
    options.control_channel = SYS_CHANNEL;
    options.qos_channel = SYS_CHANNEL;
    options.base_dir = config->base_dir;
    options.allowed_base_dirs = config->base_dirs;
    options.allowed_base_dirs_count = 1;
    options.announce_period_ms = 200;
    options.lease_keepalive_interval_ms = config->lease_keepalive_ms;
    options.lease_expiry_grace_intervals = config->lease_grace;
    options.profiles = &profile;
    options.nprofiles = 1;
    options.streams = &stream;
    options.nstreams = 1;
    options.descriptor_stream_id_range = (tp_id_range_t){ 31000, 31099 };
    options.control_stream_id_range = (tp_id_range_t){ 32000, 32099 };
    options.media_driver_timeout_ns = config->media_driver_timeout_ns;
    options.log = log_problem;
    tp_driver_t *driver = NULL;
    const int rc = tp_driver_create(&driver, &options);
    TP_CHECK_MSG(rc == TP_OK, "driver: %s: %s", tp_error_name(rc), tp_errmsg());
    return driver;
}

static void run_drivers(const sys_config_t *config, sys_driver_board_t *board, sys_drivers_t which)
{
    tp_media_driver_t *media = (which & SYS_MEDIA) != 0 ? start_media_driver(config) : NULL;
    tp_driver_t *driver = (which & SYS_SHM) != 0 ? start_driver(config) : NULL;
    while (!atomic_load(&board->stop)) {
        int work = 0;
        if (driver != NULL) {
            work = tp_driver_do_work(driver);
            TP_CHECK_MSG(tp_driver_state(driver) != TP_DRIVER_STOPPED, "driver stopped: %s",
                         tp_driver_reason(driver));
        }
        if (driver == NULL || tp_driver_state(driver) == TP_DRIVER_RUNNING) {
            atomic_store(&board->is_ready, true);
        }
        if (work == 0) {
            tp_test_pause();
        }
    }
    tp_driver_destroy(driver);
    tp_media_driver_destroy(media);
}

pid_t sys_fork_driver(const sys_config_t *config, sys_driver_board_t *board, sys_drivers_t which)
{
    atomic_store(&board->is_ready, false);
    atomic_store(&board->stop, false);
    const pid_t pid = fork_process();
    if (pid == 0) {
        run_drivers(config, board, which);
        _exit(0);
    }
    TP_CHECK_SOON(atomic_load(&board->is_ready), 20000);
    return pid;
}

/* ---- frames ---- */

static uint64_t payload_word(uint64_t epoch, uint64_t seq, size_t i)
{
    return (epoch ^ (seq * UINT64_C(0x9E3779B97F4A7C15))) + i * UINT64_C(0xBF58476D1CE4E5B9);
}

void sys_fill(uint8_t *data, size_t length, uint64_t epoch, uint64_t seq)
{
    TPI_PAYLOAD_ACCESS_BEGIN();
    for (size_t i = 0; i < length / 8; i++) {
        const uint64_t word = payload_word(epoch, seq, i);
        memcpy(data + 8 * i, &word, 8);
    }
    TPI_PAYLOAD_ACCESS_END();
}

bool sys_holds(const tp_frame_t *frame)
{
    bool holds = frame->length == SYS_PAYLOAD && frame->tensor.ndims == 1;
    TPI_PAYLOAD_ACCESS_BEGIN();
    for (size_t i = 0; holds && i < frame->length / 8; i++) {
        uint64_t word;
        memcpy(&word, frame->data + 8 * i, 8);
        holds = word == payload_word(frame->epoch, frame->seq, i);
    }
    TPI_PAYLOAD_ACCESS_END();
    return holds;
}

int sys_publish(tp_producer_t *producer, int64_t *out_cost_ns)
{
    tp_claim_t claim;
    tp_frame_info_t info = { .meta_version = 1 };
    const int32_t dim = SYS_PAYLOAD;
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, &dim), TP_OK);
    const int64_t start = tp_test_now_ns();
    int rc = tp_producer_claim(producer, SYS_PAYLOAD, &claim);
    const int64_t claimed = tp_test_now_ns();
    if (rc != TP_OK) {
        return rc;
    }
    sys_fill(claim.data, SYS_PAYLOAD, claim.epoch, claim.seq);
    const int64_t filled = tp_test_now_ns();
    rc = tp_producer_commit(producer, &claim, SYS_PAYLOAD, &info);
    if (out_cost_ns != NULL) {
        *out_cost_ns = claimed - start + (tp_test_now_ns() - filled);
    }
    return rc;
}

/* ---- consumers ---- */

uint64_t sys_drops(const tp_consumer_stats_t *stats)
{
    uint64_t sum = 0;
    for (int i = 0; i < TP_DROP_CAUSES; i++) {
        sum += stats->drops[i];
    }
    return sum;
}

typedef struct following {
    tp_consumer_t *consumer;
    sys_consumer_board_t *board;
    uint64_t verified_epoch;
    /* Seqs passed, epoch by epoch, by what first_seq and last_seq say. */
    uint64_t span_epoch;
    uint64_t closed_spans;
    uint64_t span;
    uint64_t total;
} following_t;

static int on_frame(void *clientd, const tp_frame_t *frame)
{
    following_t *f = clientd;
    const bool holds = sys_holds(frame);
    if (tp_frame_is_valid(f->consumer, frame)) {
        atomic_fetch_add(holds ? &f->board->verified : &f->board->corrupt, 1);
        if (holds && frame->epoch != f->verified_epoch) {
            f->verified_epoch = frame->epoch;
            atomic_fetch_add(&f->board->epochs, 1);
        }
    }
    return 0;
}

/* What was counted since the last call belongs to `epoch`. */
static void note_books(following_t *f, uint64_t epoch)
{
    tp_consumer_stats_t stats;
    tp_consumer_stats(f->consumer, &stats);
    const uint64_t total = stats.accepted + stats.thinned + sys_drops(&stats);
    if (total != f->total) {
        if (epoch != f->span_epoch) {
            f->closed_spans += f->span;
            f->span_epoch = epoch;
        }
        f->span = stats.last_seq - stats.first_seq + 1;
        f->total = total;
    }
    f->board->stats = stats;
    atomic_store(&f->board->last_seq, stats.has_seq ? stats.last_seq : 0);
    atomic_store(&f->board->seqs, f->closed_spans + f->span);
}

static void note_status(following_t *f)
{
    tp_attach_status_t status;
    tp_consumer_status(f->consumer, &status);
    atomic_store(&f->board->epoch, status.epoch);
    atomic_store(&f->board->attaches, status.attaches);
    atomic_store(&f->board->losses, status.losses);
    memcpy(f->board->text, status.text, sizeof(f->board->text));
    atomic_fetch_add(&f->board->loops, 1);
}

static void keep_longest(_Atomic int64_t *longest, int64_t ns)
{
    if (ns > atomic_load(longest)) {
        atomic_store(longest, ns);
    }
}

static void follow(const sys_config_t *config, sys_consumer_board_t *board, const char *name,
                   bool use_descriptors)
{
    const tp_client_options_t client_options = sys_client_options(config, name);
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = SYS_STREAM;
    options.start_at = TP_START_OLDEST;
    options.use_descriptors = use_descriptors;
    tp_client_t *client = NULL;
    following_t f = { .board = board };
    int rc = tp_client_create(&client, &client_options);
    TP_CHECK_MSG(rc == TP_OK, "%s: %s", name, tp_errmsg());
    rc = tp_consumer_create(&f.consumer, client, &options);
    TP_CHECK_MSG(rc == TP_OK, "%s: %s", name, tp_errmsg());
    uint32_t idle = 0;
    int64_t last = 0;
    while (!atomic_load(&board->stop)) {
        const int64_t start = tp_test_now_ns();
        const int work = tp_client_do_work(client);
        keep_longest(&board->longest_work_ns, tp_test_now_ns() - start);
        keep_longest(&board->longest_loop_ns, last > 0 ? start - last : 0);
        last = start;
        note_books(&f, f.span_epoch); /* what ended, ended with its epoch */
        note_status(&f);
        const int got = tp_consumer_poll(f.consumer, on_frame, &f, 256);
        note_books(&f, atomic_load(&board->epoch));
        tp_idle(&idle, work + (got > 0 ? got : 0));
    }
    tp_consumer_destroy(f.consumer);
    tp_client_destroy(client);
}

pid_t sys_fork_consumer(const sys_config_t *config, sys_consumer_board_t *board, const char *name,
                        bool use_descriptors)
{
    const pid_t pid = fork_process();
    if (pid == 0) {
        follow(config, board, name, use_descriptors);
        _exit(0);
    }
    return pid;
}

void sys_check_consumer(const char *name, const sys_consumer_board_t *board)
{
    const tp_consumer_stats_t *stats = &board->stats;
    printf("%s: seqs %llu = accepted %llu", name, (unsigned long long)atomic_load(&board->seqs),
           (unsigned long long)stats->accepted);
    for (int i = 0; i < TP_DROP_CAUSES; i++) {
        if (stats->drops[i] > 0) {
            printf(" + %s %llu", tp_drop_cause_name((tp_drop_cause_t)i),
                   (unsigned long long)stats->drops[i]);
        }
    }
    printf("; verified %llu, corrupt %llu, epochs %llu, attaches %llu, losses %llu, remaps %llu, "
           "longest do_work %.1f ms, loop %.1f ms\n",
           (unsigned long long)atomic_load(&board->verified),
           (unsigned long long)atomic_load(&board->corrupt),
           (unsigned long long)atomic_load(&board->epochs),
           (unsigned long long)atomic_load(&board->attaches),
           (unsigned long long)atomic_load(&board->losses), (unsigned long long)stats->remaps,
           (double)atomic_load(&board->longest_work_ns) / 1e6,
           (double)atomic_load(&board->longest_loop_ns) / 1e6);
    TP_CHECK_EQ_U64(atomic_load(&board->corrupt), 0);
    /* A frame may be overwritten between the check of the handler and that of the poll. */
    TP_CHECK_GE_U64(atomic_load(&board->verified), stats->accepted);
    TP_CHECK_LE_U64(atomic_load(&board->verified), stats->accepted + stats->drops[TP_DROP_CHANGED]);
    TP_CHECK_EQ_U64(stats->accepted + stats->thinned + sys_drops(stats), atomic_load(&board->seqs));
}

/* ---- producers ---- */

static void produce(const sys_config_t *config, sys_producer_board_t *board)
{
    const tp_client_options_t client_options = sys_client_options(config, "producer");
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = SYS_STREAM;
    tp_client_t *client = NULL;
    tp_producer_t *producer = NULL;
    int rc = tp_client_create(&client, &client_options);
    TP_CHECK_MSG(rc == TP_OK, "producer: %s", tp_errmsg());
    rc = tp_producer_create(&producer, client, &options);
    TP_CHECK_MSG(rc == TP_OK, "producer: %s", tp_errmsg());
    while (!atomic_load(&board->stop)) {
        tp_client_do_work(client);
        tp_attach_status_t status;
        tp_producer_status(producer, &status);
        atomic_store(&board->epoch, status.epoch);
        rc = sys_publish(producer, NULL);
        if (rc == TP_OK) {
            tp_producer_stats_t stats;
            tp_producer_stats(producer, &stats);
            atomic_store(&board->next_seq, stats.next_seq);
            atomic_fetch_add(&board->published, 1);
        } else {
            TP_CHECK_EQ_I64(rc, TP_ESTATE);
            atomic_fetch_add(&board->refused, 1);
        }
        tp_test_pause();
    }
    tp_producer_destroy(producer);
    tp_client_destroy(client);
}

pid_t sys_fork_producer(const sys_config_t *config, sys_producer_board_t *board)
{
    const pid_t pid = fork_process();
    if (pid == 0) {
        produce(config, board);
        _exit(0);
    }
    return pid;
}

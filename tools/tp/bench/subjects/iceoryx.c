/*
 * tp/bench/subjects/iceoryx.c - Eclipse iceoryx 2: loan, publish, take, release, all in shared memory.
 *
 * Stamp and seq are in the chunk's user header, beside iceoryx's own header; the payload begins on a cache line.
 *
 * It needs its broker, RouDi: setup starts `iox-roudi` with one pool of chunks that fit, teardown ends it. What the two of them
 * put into shared memory and /tmp has fixed names, so there can be one RouDi on a machine: if there is one already, setup says so.
 * RouDi removes what it made when it is told to end; names of peers that were killed are removed by teardown.
 *
 * A process registers with RouDi once and for good: peers of different cells need different processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Its header declares a function without a prototype. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <iceoryx_binding_c/api.h>
#pragma GCC diagnostic pop

#include "base/clock.h"
#include "base/fail.h"
#include "bench/subjects/shared_file.h"
#include "bench/subjects/subjects.h"

#define NAME "iceoryx"
#define SECOND_NS INT64_C(1000000000)
#define START_TIMEOUT_NS (20 * SECOND_NS)
#define STOP_TIMEOUT_NS (5 * SECOND_NS)
#define CONNECT_TIMEOUT_NS (10 * SECOND_NS)
#define MAX_WINDOW 256u     /* of a subscriber's queue, as Debian builds it */
#define CHUNK_OVERHEAD 256u /* chunk header, user header, alignment: less than that */
/* Of a stream besides its window: one on loan, the last one which the publisher keeps to use it again, and room. */
#define SPARE_CHUNKS 4u
#define MANAGEMENT_BYTES ((size_t)80 << 20) /* RouDi's own: 63 MiB, as Debian builds it */
#define SOCKET_DIR "/tmp"                   /* built into iceoryx */

typedef struct head {
    uint64_t stamp, seq;
} head_t;

typedef struct broker {
    pid_t pid; /* of RouDi */
    pid_t parent;
    char config[256];
    char log[256];
} broker_t;

typedef struct sender {
    iox_pub_storage_t storage;
    iox_pub_t publisher;
    uint32_t size;
    void *chunk; /* on loan; NULL: none */
} sender_t;

typedef struct receiver {
    iox_sub_storage_t storage;
    iox_sub_t subscriber;
    const void *chunk;
} receiver_t;

static void pause_a_little(void)
{
    const struct timespec time = { .tv_nsec = 1000000 };
    (void)nanosleep(&time, NULL);
}

/* ---- names ---- */

typedef struct name {
    char text[100];
} name_t;

/* As RouDi knows a process; also a socket's and a lock's file name. Consumer -1 is the sender. */
static name_t runtime_name(const tp_bench_cell_t *cell, const broker_t *broker, unsigned stream,
                           int consumer)
{
    name_t name;
    (void)snprintf(name.text, sizeof(name.text), "tp-bench-%d-%u-%u-%d", (int)broker->parent,
                   cell->id, stream, consumer);
    return name;
}

static name_t instance_name(const tp_bench_cell_t *cell, unsigned stream)
{
    name_t name;
    (void)snprintf(name.text, sizeof(name.text), "%u-%u", cell->id, stream);
    return name;
}

/* ---- RouDi ---- */

static size_t chunk_bytes(const tp_bench_cell_t *cell)
{
    return tp_bench_lines(cell->size) + CHUNK_OVERHEAD;
}

static unsigned chunk_count(const tp_bench_cell_t *cell)
{
    return cell->streams * (cell->window + SPARE_CHUNKS);
}

static int write_config(const broker_t *broker, const tp_bench_cell_t *cell)
{
    FILE *file = fopen(broker->config, "w");
    if (file == NULL) {
        return tpi_fail_errno(NAME ": %s", broker->config);
    }
    (void)fprintf(file,
                  "[general]\nversion = 1\n\n[[segment]]\n\n[[segment.mempool]]\n"
                  "size = %zu\ncount = %u\n",
                  chunk_bytes(cell), chunk_count(cell));
    const bool is_bad = ferror(file) != 0;
    if (fclose(file) != 0 || is_bad) {
        return tpi_fail_errno(NAME ": %s", broker->config);
    }
    return TP_OK;
}

/* In the child. Only calls which are allowed after a fork of a process with threads. */
static _Noreturn void become_roudi(const broker_t *broker, int log_fd)
{
    (void)setpgid(0, 0); /* Ctrl-C is for the benchmark, which then ends its children in order */
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != broker->parent || dup2(log_fd, STDOUT_FILENO) < 0 ||
        dup2(log_fd, STDERR_FILENO) < 0) {
        _exit(126);
    }
    /* Monitoring off: no keepalives, as little disturbance as there can be. */
    (void)execlp("iox-roudi", "iox-roudi", "-c", broker->config, "-m", "off", "-k", "1", "-l",
                 "warning", (char *)NULL);
    _exit(errno == ENOENT ? 127 : 126);
}

static bool log_has(const broker_t *broker, const char *part)
{
    char text[8192];
    FILE *file = fopen(broker->log, "r");
    const size_t len = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    text[len] = '\0';
    return strstr(text, part) != NULL;
}

static int why_it_ended(const broker_t *broker, int status)
{
    if (log_has(broker, "Could not acquire lock")) {
        return tpi_fail(TP_EBUSY,
                        NAME ": another broker (iox-roudi) runs on this machine, and there "
                             "can be one: stop it, or leave iceoryx out");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        return tpi_fail(TP_ENOENT, NAME ": iox-roudi is not installed (make bench-rivals)");
    }
    return tpi_fail(TP_EIO, NAME ": iox-roudi ended with status 0x%x", (unsigned)status);
}

static bool has_ended(const broker_t *broker, int64_t timeout_ns, int *out_status)
{
    const int64_t deadline_ns = tpi_monotonic_ns() + timeout_ns;
    for (;;) {
        const pid_t pid = waitpid(broker->pid, out_status, WNOHANG);
        if (pid == broker->pid || (pid < 0 && errno == ECHILD)) {
            return true;
        }
        if (tpi_monotonic_ns() - deadline_ns >= 0) {
            return false;
        }
        pause_a_little();
    }
}

/* What a RouDi that was killed leaves; one that ends in order removes it. */
static void remove_its_files(void)
{
    char name[256];
    const struct group *group = getgrgid(getegid());
    (void)shm_unlink("/iceoryx_mgmt");
    if (group != NULL) {
        (void)snprintf(name, sizeof(name), "/%s", group->gr_name);
        (void)shm_unlink(name);
    }
    (void)unlink(SOCKET_DIR "/roudi");
    (void)unlink(SOCKET_DIR "/roudi.lock");
    (void)unlink(SOCKET_DIR "/iox-unique-roudi.lock");
}

static void stop_roudi(broker_t *broker)
{
    int status = 0;
    (void)kill(broker->pid, SIGTERM);
    if (!has_ended(broker, STOP_TIMEOUT_NS, &status)) {
        (void)kill(broker->pid, SIGKILL);
        (void)has_ended(broker, STOP_TIMEOUT_NS, &status);
    }
    if (!WIFEXITED(status)) {
        remove_its_files();
    }
}

static void remove_own_files(const broker_t *broker)
{
    (void)unlink(broker->config);
    (void)unlink(broker->log);
}

static int start_roudi(broker_t *broker, const tp_bench_cell_t *cell)
{
    const int rc = write_config(broker, cell);
    if (rc != TP_OK) {
        return rc;
    }
    const int log_fd = open(broker->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0) {
        return tpi_fail_errno(NAME ": %s", broker->log);
    }
    broker->pid = fork();
    if (broker->pid == 0) {
        become_roudi(broker, log_fd);
    }
    close(log_fd);
    if (broker->pid < 0) {
        return tpi_fail_errno(NAME ": fork");
    }
    const int64_t deadline_ns = tpi_monotonic_ns() + START_TIMEOUT_NS;
    while (!log_has(broker, "RouDi is ready for clients")) {
        int status = 0;
        if (has_ended(broker, 0, &status)) {
            return why_it_ended(broker, status);
        }
        if (tpi_monotonic_ns() - deadline_ns > 0) {
            stop_roudi(broker);
            return tpi_fail(TP_ETIMEDOUT, NAME ": iox-roudi did not get ready");
        }
        pause_a_little();
    }
    return TP_OK;
}

static int setup(const tp_bench_cell_t *cell, void **out_shared)
{
    if (cell->window > MAX_WINDOW) {
        return tpi_fail(TP_EINVAL, NAME ": window of %u frames; at most %u fit into a queue",
                        cell->window, MAX_WINDOW);
    }
    int rc = tp_bench_check_room("/dev/shm",
                                 MANAGEMENT_BYTES + chunk_bytes(cell) * chunk_count(cell), NAME);
    if (rc != TP_OK) {
        return rc;
    }
    broker_t *broker = calloc(1, sizeof(*broker));
    if (broker == NULL) {
        return tpi_fail(TP_ENOMEM, NAME);
    }
    broker->parent = getpid();
    (void)snprintf(broker->config, sizeof(broker->config), "%s/roudi-%u.toml", cell->dir, cell->id);
    (void)snprintf(broker->log, sizeof(broker->log), "%s/roudi-%u.log", cell->dir, cell->id);
    rc = start_roudi(broker, cell);
    if (rc != TP_OK) {
        remove_own_files(broker);
        free(broker);
        return rc;
    }
    *out_shared = broker;
    return TP_OK;
}

static void teardown(const tp_bench_cell_t *cell, void *shared)
{
    broker_t *broker = shared;
    stop_roudi(broker);
    remove_own_files(broker);
    for (unsigned stream = 0; stream < cell->streams; stream++) {
        for (int i = -1; i < (int)cell->consumers; i++) {
            const name_t name = runtime_name(cell, broker, stream, i);
            char path[160];
            (void)snprintf(path, sizeof(path), SOCKET_DIR "/%s", name.text);
            (void)unlink(path);
            (void)snprintf(path, sizeof(path), SOCKET_DIR "/%s.lock", name.text);
            (void)unlink(path);
        }
    }
    free(broker);
}

static void register_process(const tp_bench_cell_t *cell, const broker_t *broker, unsigned stream,
                             int consumer)
{
    iox_set_loglevel(Iceoryx_LogLevel_Error);
    iox_runtime_init(runtime_name(cell, broker, stream, consumer).text);
}

/* ---- sender ---- */

static uint8_t *claim(void *self)
{
    sender_t *sender = self;
    if (iox_pub_loan_aligned_chunk_with_user_header(sender->publisher, &sender->chunk, sender->size,
                                                    TP_BENCH_LINE, sizeof(head_t),
                                                    _Alignof(head_t)) != AllocationResult_SUCCESS) {
        sender->chunk = NULL;
    }
    return sender->chunk;
}

static bool publish(void *self, uint64_t stamp, uint64_t seq)
{
    sender_t *sender = self;
    head_t *head =
        iox_chunk_header_to_user_header(iox_chunk_header_from_user_payload(sender->chunk));
    head->stamp = stamp;
    head->seq = seq;
    iox_pub_publish_chunk(sender->publisher, sender->chunk);
    sender->chunk = NULL;
    return true;
}

static void close_sender(void *self)
{
    sender_t *sender = self;
    if (sender->chunk != NULL) {
        iox_pub_release_chunk(sender->publisher, sender->chunk);
    }
    iox_pub_deinit(sender->publisher);
    free(sender);
}

static int open_sender(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                       tp_bench_sender_t *out)
{
    sender_t *sender = calloc(1, sizeof(*sender));
    if (sender == NULL) {
        return tpi_fail(TP_ENOMEM, NAME ": sender");
    }
    register_process(cell, shared, stream, -1);
    iox_pub_options_t options;
    iox_pub_options_init(&options);
    options.historyCapacity = 0;
    sender->size = (uint32_t)cell->size;
    sender->publisher = iox_pub_init(&sender->storage, "tp-bench", instance_name(cell, stream).text,
                                     "frames", &options);
    if (sender->publisher == NULL) {
        free(sender);
        return tpi_fail(TP_EIO, NAME ": no publisher");
    }
    *out = (tp_bench_sender_t){
        .self = sender, .claim = claim, .publish = publish, .close = close_sender
    };
    return TP_OK;
}

/* ---- receiver ---- */

static bool poll_queue(void *self, tp_bench_message_t *out)
{
    receiver_t *receiver = self;
    if (iox_sub_take_chunk(receiver->subscriber, &receiver->chunk) != ChunkReceiveResult_SUCCESS) {
        receiver->chunk = NULL;
        return false;
    }
    const head_t *head = iox_chunk_header_to_user_header_const(
        iox_chunk_header_from_user_payload_const(receiver->chunk));
    out->data = receiver->chunk;
    out->stamp = head->stamp;
    out->seq = head->seq;
    return true;
}

static bool release(void *self)
{
    receiver_t *receiver = self;
    iox_sub_release_chunk(receiver->subscriber, receiver->chunk);
    receiver->chunk = NULL;
    return true;
}

static void close_receiver(void *self)
{
    receiver_t *receiver = self;
    if (receiver->chunk != NULL) {
        iox_sub_release_chunk(receiver->subscriber, receiver->chunk);
    }
    iox_sub_deinit(receiver->subscriber);
    free(receiver);
}

static int open_receiver(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                         unsigned consumer, tp_bench_receiver_t *out)
{
    receiver_t *receiver = calloc(1, sizeof(*receiver));
    if (receiver == NULL) {
        return tpi_fail(TP_ENOMEM, NAME ": receiver");
    }
    register_process(cell, shared, stream, (int)consumer);
    iox_sub_options_t options;
    iox_sub_options_init(&options);
    options.queueCapacity = cell->window;
    options.historyRequest = 0;
    receiver->subscriber = iox_sub_init(&receiver->storage, "tp-bench",
                                        instance_name(cell, stream).text, "frames", &options);
    if (receiver->subscriber == NULL) {
        free(receiver);
        return tpi_fail(TP_EIO, NAME ": no subscriber");
    }
    /* RouDi connects the two at its next turn, every 100 ms. */
    const int64_t deadline_ns = tpi_monotonic_ns() + CONNECT_TIMEOUT_NS;
    while (iox_sub_get_subscription_state(receiver->subscriber) != SubscribeState_SUBSCRIBED) {
        if (tpi_monotonic_ns() - deadline_ns > 0) {
            close_receiver(receiver);
            return tpi_fail(TP_ETIMEDOUT, NAME ": not subscribed");
        }
        pause_a_little();
    }
    *out = (tp_bench_receiver_t){
        .self = receiver, .poll = poll_queue, .release = release, .close = close_receiver
    };
    return TP_OK;
}

const tp_bench_subject_t tp_bench_subject_iceoryx = {
    .name = NAME,
    .has_threads = true,
    .help =
        "Eclipse iceoryx 2, written in place in a loaned chunk; with a broker (RouDi) of its own",
    .setup = setup,
    .teardown = teardown,
    .open_sender = open_sender,
    .open_receiver = open_receiver,
};

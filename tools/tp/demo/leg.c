#include "demo/leg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "streams/stream_io.h"
#include "tensorpool/tensorpool.h"

#define FAR_ADDRESS "10.77.0.2"
#define SETTLE_NS INT64_C(1000000000)
#define PATIENCE_NS INT64_C(10000000000)

/* ---- the network ---- */

/* File descriptor of a new network namespace; -1 with errno. */
static int new_namespace(void)
{
    int ready[2], go[2];
    int error = 0, ns = -1;
    char path[64], c = 0;
    if (pipe2(ready, O_CLOEXEC) != 0) {
        return -1;
    }
    if (pipe2(go, O_CLOEXEC) != 0) {
        error = errno;
        (void)close(ready[0]);
        (void)close(ready[1]);
        errno = error;
        return -1;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        (void)close(go[1]);
        const char result = unshare(CLONE_NEWNET) == 0 ? 0 : (char)errno;
        _exit(write(ready[1], &result, 1) == 1 && read(go[0], &c, 1) == 0 ? 0 : 1);
    }
    (void)close(ready[1]);
    (void)close(go[0]);
    if (pid < 0 || read(ready[0], &c, 1) != 1) {
        error = EIO;
    } else if (c != 0) {
        error = c;
    } else {
        (void)snprintf(path, sizeof path, "/proc/%ld/ns/net", (long)pid);
        ns = open(path, O_RDONLY | O_CLOEXEC);
        error = errno;
    }
    (void)close(ready[0]);
    (void)close(go[1]);
    if (pid > 0) {
        (void)waitpid(pid, NULL, 0);
    }
    errno = error;
    return ns;
}

static bool run_in(int ns, const char *commands)
{
    const char *const argv[] = { "sh", "-c", commands, NULL };
    tp_demo_process_t shell;
    return tp_demo_start_in(&shell, "ip", argv, -1, -1, ns) == TP_OK &&
           tp_demo_join(&shell, tp_now_ns() + PATIENCE_NS);
}

static bool connect_namespaces(const tp_demo_leg_t *leg)
{
    char commands[400];
    (void)snprintf(commands, sizeof commands,
                   "exec >/dev/null 2>&1; ip link add veth0 mtu 9000 type veth peer name veth0 "
                   "mtu 9000 netns /proc/%ld/fd/%d && ip address add 10.77.0.1/24 dev veth0 && "
                   "ip link set lo up && ip link set veth0 up",
                   (long)getpid(), leg->far_ns);
    return run_in(leg->near_ns, commands) &&
           run_in(leg->far_ns, "exec >/dev/null 2>&1; ip address add " FAR_ADDRESS "/24 dev veth0 "
                               "&& ip link set lo up && ip link set veth0 up");
}

static void close_namespaces(tp_demo_leg_t *leg)
{
    if (leg->near_ns >= 0) {
        (void)close(leg->near_ns);
    }
    if (leg->far_ns >= 0) {
        (void)close(leg->far_ns);
    }
    leg->near_ns = leg->far_ns = -1;
}

static void make_network(tp_demo_leg_t *leg)
{
    const char *why = NULL;
    leg->far_ns = -1;
    leg->near_ns = new_namespace();
    if (leg->near_ns >= 0) {
        leg->far_ns = new_namespace();
    }
    if (leg->far_ns < 0) {
        why = strerror(errno);
    } else if (!connect_namespaces(leg)) {
        why = "no veth pair, or no ip (iproute2)";
    }
    if (why == NULL) {
        (void)snprintf(leg->what, sizeof leg->what, "two network namespaces and a veth pair");
    } else {
        close_namespaces(leg);
        (void)snprintf(leg->what, sizeof leg->what,
                       "two media drivers over loopback UDP (no network namespaces: %s)", why);
    }
}

/* ---- files ---- */

/* Of the loopback: others may run at the same time. In a namespace of one's own any will do. */
static int free_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t len = sizeof at;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_bound = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
                          getsockname(fd, (struct sockaddr *)&at, &len) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return is_bound ? ntohs(at.sin_port) : 0;
}

static int write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    const bool is_written = file != NULL && fputs(text, file) >= 0;
    if (file == NULL || fclose(file) != 0 || !is_written) {
        return tpi_fail_errno("cannot write %s", path);
    }
    return TP_OK;
}

int tp_demo_leg_prepare(tp_demo_leg_t *leg, const char *dir)
{
    char text[1024];
    (void)snprintf(leg->dir, sizeof leg->dir, "%s/far", dir);
    (void)snprintf(leg->aeron_dir, sizeof leg->aeron_dir, "%s/aeron", leg->dir);
    (void)snprintf(leg->shm_dir, sizeof leg->shm_dir, "%s/shm", leg->dir);
    (void)snprintf(leg->driver_config, sizeof leg->driver_config, "%s/driver.toml", leg->dir);
    (void)snprintf(leg->bridge_config, sizeof leg->bridge_config, "%s/bridge.toml", leg->dir);
    make_network(leg);
    if (mkdir(leg->dir, 0700) != 0) {
        return tpi_fail_errno("cannot make %s", leg->dir);
    }
    int rc = write_file(leg->driver_config,
                        "[policies]\nprefault_shm = false\ncleanup_shm_on_exit = true\n"
                        "shutdown_timeout_ms = 200\n\n[profiles.raw]\nheader_nslots = 32\n"
                        "payload_pools = [{ pool_id = 1, stride_bytes = 1048576 }]\n\n"
                        "[streams.bridged]\nstream_id = 3001\nprofile = \"raw\"\n");
    if (rc == TP_OK) {
        const char *address = leg->far_ns >= 0 ? FAR_ADDRESS : "127.0.0.1";
        const int port = leg->far_ns >= 0 ? 40456 : free_port();
        (void)snprintf(text, sizeof text,
                       "[bridge]\ninstance_id = \"demo\"\npayload_channel = "
                       "\"aeron:udp?endpoint=%s:%d|term-length=4m|mtu=8k|so-sndbuf=2m|"
                       "so-rcvbuf=2m|rcv-wnd=2m\"\npayload_stream_id = 3000\ncontrol_channel = "
                       "\"aeron:udp?endpoint=%s:%d|term-length=64k|so-sndbuf=2m|so-rcvbuf=2m|"
                       "rcv-wnd=2m\"\ncontrol_stream_id = 3001\n"
                       "forward_metadata = false\n[[mappings]]\nsource_stream_id = %u\n"
                       "dest_stream_id = %u\n",
                       address, port, address, port, TP_DEMO_LEG_SOURCE, TP_DEMO_LEG_DEST);
        rc = write_file(leg->bridge_config, text);
    }
    return rc;
}

/* ---- processes ---- */

static int start_half(tp_demo_leg_t *leg, tp_demo_process_t *half, const char *self,
                      const char *role, const char *aeron_dir)
{
    char name[32];
    const char *const argv[] = { self,     "bridge",      "--config", leg->bridge_config,
                                 "--role", role,          "--json",   "--interval",
                                 "0.2",    "--aeron-dir", aeron_dir,  NULL };
    (void)snprintf(name, sizeof name, "bridge %s", role);
    return tp_demo_start_in(half, name, argv, -1, -1,
                            half == &leg->sender ? leg->near_ns : leg->far_ns);
}

int tp_demo_leg_start(tp_demo_leg_t *leg, const char *self, const char *near_aeron_dir)
{
    char stream[16];
    (void)snprintf(stream, sizeof stream, "%u", TP_DEMO_LEG_DEST);
    const char *const driver[] = { self,        "driver",           "--embedded",  "--json",
                                   "--config",  leg->driver_config, "--aeron-dir", leg->aeron_dir,
                                   "--shm-dir", leg->shm_dir,       NULL };
    const char *const viewer[] = { self,       "sub",      "--aeron-dir", leg->aeron_dir,
                                   "--json",   "--verify", "--interval",  "0.2",
                                   "--stream", stream,     NULL };
    int rc = tp_demo_start_in(&leg->driver, "far driver", driver, -1, -1, leg->far_ns);
    const int64_t deadline_ns = tp_now_ns() + 2 * PATIENCE_NS;
    while (rc == TP_OK && !leg->driver.is_ready) {
        tp_demo_listen(&leg->driver);
        if (leg->driver.out_fd < 0 || tp_now_ns() > deadline_ns || tp_stop_requested() != 0) {
            return tpi_fail(TP_EIO, "the driver of the far side did not get ready");
        }
        tp_pause_until(tp_now_ns() + 2000000, 2000000);
    }
    rc = rc != TP_OK ? rc : start_half(leg, &leg->receiver, self, "receiver", leg->aeron_dir);
    rc = rc != TP_OK ? rc : start_half(leg, &leg->sender, self, "sender", near_aeron_dir);
    return rc != TP_OK ? rc
                       : tp_demo_start_in(&leg->viewer, "far viewer", viewer, -1, -1, leg->far_ns);
}

void tp_demo_leg_listen(tp_demo_leg_t *leg)
{
    tp_demo_listen(&leg->driver);
    tp_demo_listen(&leg->receiver);
    tp_demo_listen(&leg->sender);
    tp_demo_listen(&leg->viewer);
}

/* The only mapping of a bridge's newest state; NULL: none yet. */
static json_object *mapping_of(const tp_demo_process_t *bridge)
{
    json_object *mappings = NULL;
    if (bridge->last == NULL || !json_object_object_get_ex(bridge->last, "mappings", &mappings)) {
        return NULL;
    }
    return json_object_array_get_idx(mappings, 0);
}

static uint64_t count_of(json_object *in, const char *key)
{
    json_object *value = NULL;
    return in != NULL && json_object_object_get_ex(in, key, &value) ? json_object_get_uint64(value)
                                                                    : 0;
}

static bool has_attached(const tp_demo_process_t *bridge, const char *lease)
{
    json_object *mapping = mapping_of(bridge), *found = NULL;
    return mapping != NULL && json_object_object_get_ex(mapping, lease, &found) &&
           count_of(found, "attaches") > 0;
}

bool tp_demo_leg_is_there(tp_demo_leg_t *leg)
{
    tp_demo_leg_listen(leg);
    return has_attached(&leg->sender, "source") && has_attached(&leg->receiver, "dest") &&
           tp_demo_number(&leg->viewer, "attaches", NULL) > 0;
}

uint64_t tp_demo_leg_bridged(const tp_demo_leg_t *leg)
{
    return count_of(mapping_of(&leg->receiver), "frames_rematerialized");
}

static uint64_t arrived_or_dropped(const tp_demo_leg_t *leg)
{
    json_object *mapping = mapping_of(&leg->receiver);
    return count_of(mapping, "frames_rematerialized") + count_of(mapping, "frames_dropped");
}

bool tp_demo_leg_stop(tp_demo_leg_t *leg)
{
    tp_demo_process_t *const all[] = { &leg->sender, &leg->receiver, &leg->viewer };
    bool is_good = true;
    uint64_t before = UINT64_MAX;
    for (int64_t changed_ns = tp_now_ns(); tp_now_ns() - changed_ns < SETTLE_NS / 2;) {
        tp_demo_leg_listen(leg);
        const uint64_t now = arrived_or_dropped(leg) + tp_demo_number(&leg->viewer, "frames", NULL);
        if (now != before) {
            before = now;
            changed_ns = tp_now_ns();
        }
        tp_pause_until(tp_now_ns() + 1000000, 1000000);
    }
    /* The viewer is last: it may still be at what the receiver published. */
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const bool was_started = all[i]->pid > 0;
        tp_demo_signal(all[i], SIGTERM);
        is_good &= !was_started || tp_demo_join(all[i], tp_now_ns() + PATIENCE_NS);
    }
    return is_good;
}

void tp_demo_leg_clean_up(tp_demo_leg_t *leg)
{
    if (leg->dir[0] == '\0') {
        return;
    }
    tp_demo_signal(&leg->driver, SIGTERM);
    (void)tp_demo_join(&leg->driver, tp_now_ns() + PATIENCE_NS);
    json_object_put(leg->driver.last);
    json_object_put(leg->receiver.last);
    json_object_put(leg->sender.last);
    json_object_put(leg->viewer.last);
    close_namespaces(leg);
    /* The driver took its files with it; what is left is ours. */
    (void)unlink(leg->driver_config);
    (void)unlink(leg->bridge_config);
    (void)rmdir(leg->shm_dir);
    (void)rmdir(leg->dir);
}

/* ---- sums ---- */

static uint64_t lose(json_object *lost, const char *reason, uint64_t frames)
{
    if (frames > 0) {
        tp_json_add_u64(lost, reason, frames);
    }
    return frames;
}

/* Frames that were published and are not bridged, by reason; their sum. */
static uint64_t lost_by_reason(const tp_demo_leg_t *leg, json_object *lost)
{
    static const char *const at_sender[] = { "source_drops_gap", "source_drops_late",
                                             "frames_torn",      "frames_oversize",
                                             "frames_unsent",    "frames_unannounced" };
    json_object *sender = mapping_of(&leg->sender), *receiver = mapping_of(&leg->receiver);
    json_object *drops = NULL;
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof at_sender / sizeof at_sender[0]; i++) {
        sum += lose(lost, at_sender[i], count_of(sender, at_sender[i]));
    }
    if (receiver != NULL && json_object_object_get_ex(receiver, "frame_drops", &drops)) {
        for (int i = 0; i < TP_BRIDGE_FRAME_DROPS; i++) {
            const char *name = tp_bridge_frame_drop_name((tp_bridge_frame_drop_t)i);
            sum += lose(lost, name, count_of(drops, name));
        }
    }
    return sum;
}

bool tp_demo_leg_add_up(const tp_demo_leg_t *leg, uint64_t published, json_object *summary)
{
    json_object *lost = json_object_new_object();
    const uint64_t bridged = tp_demo_leg_bridged(leg);
    uint64_t sum = lost_by_reason(leg, lost);
    /* The far side joins an epoch when it hears of it: frames before that are nobody's. */
    if (published > bridged + sum) {
        sum += lose(lost, "before the far side followed", published - bridged - sum);
    }
    const uint64_t accepted = tp_demo_number(&leg->viewer, "frames", NULL);
    const uint64_t corrupt = tp_demo_number(&leg->viewer, "corrupt", NULL);
    const bool is_good = leg->viewer.has_summary && accepted > 0 && accepted <= bridged &&
                         bridged + sum == published && corrupt == 0;
    if (summary != NULL) {
        json_object *o = json_object_new_object();
        tp_json_add_string(o, "network", leg->what);
        tp_json_add_u64(o, "published", published);
        tp_json_add_u64(o, "bridged", bridged);
        tp_json_add_u64(o, "accepted", accepted);
        tp_json_add_bool(o, "adds_up", is_good);
        json_object_object_add(o, "lost", lost);
        json_object_object_add(summary, "bridge", o);
        return is_good;
    }
    printf("  bridge     %" PRIu64 " published = %" PRIu64 " bridged + %" PRIu64 " lost", published,
           bridged, sum);
    const char *separator = " (";
    json_object_object_foreach(lost, reason, count)
    {
        printf("%s%s %" PRIu64, separator, reason, json_object_get_uint64(count));
        separator = ", ";
    }
    printf("%s; far viewer: %" PRIu64 " accepted, %" PRIu64 " corrupt%s\n",
           json_object_object_length(lost) > 0 ? ")" : "", accepted, corrupt,
           is_good ? "" : "   DOES NOT ADD UP");
    json_object_put(lost);
    return is_good;
}

/*
 * The driver over a real media driver, all turned by one thread; and on huge pages where there are any.
 */
#include <dirent.h>
#include <sched.h>
#include <sys/mount.h>

#include "driver/driver_test_util.h"
#include "tensorpool/media_driver.h"

enum { POOLS = 64 };

static tp_media_driver_t *media;
static tpi_link_t *peer;
static rig_t rig; /* the peer's half of it: heard messages */
static tp_driver_pool_t pools[POOLS];
static tp_driver_profile_t profile;
static tp_driver_stream_t stream;

static void start_media(void)
{
    tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    options.aeron_dir = tp_test_aeron_dir();
    options.client_liveness_timeout_ns = 1 * SEC;
    options.timer_interval_ns = 10 * MS;
    options.invoker = true;
    TP_CHECK_SOON(tp_media_driver_create(&media, &options) == TP_OK, 10000);
}

static void turn(void)
{
    if (media != NULL) {
        (void)tp_media_driver_do_work(media);
    }
    (void)tp_driver_do_work(rig.driver);
    if (peer != NULL) {
        (void)tpi_link_do_work(peer, tp_test_now_ns());
        while (tpi_subscription_poll(rig.control_sub, rig_on_message, &rig, 100) > 0) {
        }
    }
}

static void start_all(void)
{
    start_media();
    memset(&rig, 0, sizeof(rig));
    rig.heard = calloc(HEARD_MAX, sizeof(rig.heard[0]));
    TP_CHECK(rig.heard != NULL);
    tp_test_path(rig.base, sizeof(rig.base), "base");
    for (uint16_t i = 0; i < POOLS; i++) {
        pools[i] = (tp_driver_pool_t){ (uint16_t)(i + 1), 4096 };
    }
    profile = (tp_driver_profile_t){ "wide", 2, pools, POOLS };
    stream = (tp_driver_stream_t){ "a", STREAM_A, "wide" };
    tp_driver_options_t options = TP_DRIVER_OPTIONS_INIT;
    options.aeron_dir = tp_test_aeron_dir();
    options.base_dir = rig.base;
    options.instance_id = "unit";
    options.control_channel = "aeron:ipc?term-length=1m";
    options.announce_period_ms = 50;
    options.media_driver_timeout_ns = 1 * SEC;
    options.profiles = &profile;
    options.nprofiles = 1;
    options.streams = &stream;
    options.nstreams = 1;
    const int rc = tp_driver_create(&rig.driver, &options);
    TP_CHECK_MSG(rc == TP_OK, "driver: %s", tp_errmsg());
    TP_CHECK_SOON((turn(), tp_driver_state(rig.driver) == TP_DRIVER_RUNNING), 10000);
    const tpi_link_options_t link_options = { .aeron_dir = tp_test_aeron_dir(),
                                              .driver_timeout_ns = 1 * SEC,
                                              .reconnect_interval_ns = 10 * MS };
    TP_CHECK_EQ_I64(tpi_link_create_aeron(&peer, &link_options), TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_publication(peer, &rig.pub, "aeron:ipc?term-length=1m", CONTROL, false),
        TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_subscription(peer, &rig.control_sub, "aeron:ipc", CONTROL, NULL, NULL), TP_OK);
    TP_CHECK_SOON((turn(), tpi_publication_is_connected(rig.pub) &&
                               tpi_subscription_image_count(rig.control_sub) == 2),
                  10000);
}

static void stop_all(void)
{
    tp_driver_destroy(rig.driver);
    tpi_link_destroy(peer);
    tp_media_driver_destroy(media);
    rig_forget(&rig);
    free(rig.heard);
}

static bool find_response(int64_t correlation_id, tpi_attach_response_t *out)
{
    for (size_t i = 0; i < rig.heard_count; i++) {
        const heard_t *h = &rig.heard[i];
        if (h->schema == 901 && h->template_id == TPI_ATTACH_RESPONSE &&
            tpi_get_i64(h->data + 8) == correlation_id) {
            TP_CHECK_EQ_I64(tpi_attach_response_decode(h->data, h->len, out), TP_OK);
            return true;
        }
    }
    return false;
}

static void attach(uint32_t client, uint8_t role, tpi_attach_response_t *out)
{
    uint8_t buf[64];
    rig.next_correlation++;
    const tpi_attach_request_t request = rig_request(&rig, STREAM_A, client, role);
    const int len = tpi_attach_request_encode(buf, sizeof(buf), TPI_DIALECT_V11, &request);
    TP_CHECK_SOON((turn(), tpi_publication_offer(rig.pub, buf, (size_t)len) == TPI_SEND_OK), 5000);
    TP_CHECK_SOON((turn(), find_response(request.correlation_id, out)), 5000);
    TP_CHECK_EQ_I64(out->code, TPI_CODE_OK);
}

static void count(void *clientd, const tpi_counter_view_t *counter)
{
    *(int *)clientd +=
        counter->type_id >= TPI_COUNTER_LEASE && counter->type_id <= TPI_COUNTER_DRIVER;
}

/* Proves: D-10, D-18, D-74 */
TP_TEST(a_response_of_many_fragments_arrives_and_counters_show_it)
{
    start_all();
    tpi_attach_response_t ok;
    attach(7, TPI_ROLE_PRODUCER, &ok);
    TP_CHECK_EQ_U64(ok.npools, POOLS);
    TP_CHECK_EQ_I64(tpi_attach_response_verify(&ok, TPI_DIALECT_V11, STREAM_A), TP_OK);
    TP_CHECK_GT_U64(rig_nth(&rig, 901, TPI_ATTACH_RESPONSE, 0)->len, 1376 * 3);
    TP_CHECK_SOON((turn(), rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE) >= 3), 5000);
    int counters = 0;
    TP_CHECK_SOON((turn(), counters = 0,
                   tpi_counters_foreach(tp_test_aeron_dir(), count, &counters), counters == 21),
                  5000);
    stop_all();
}

/* Proves: D-82, D-84 */
TP_TEST(a_restarted_media_driver_finds_the_driver_again_with_new_epochs)
{
    start_all();
    tpi_attach_response_t before;
    attach(7, TPI_ROLE_PRODUCER, &before);
    const uint64_t epoch = before.epoch;
    tp_media_driver_destroy(media);
    media = NULL;
    TP_CHECK_SOON((turn(), tp_driver_state(rig.driver) == TP_DRIVER_INIT), 10000);
    tp_driver_stats_t stats;
    tp_driver_stats(rig.driver, &stats);
    TP_CHECK_EQ_U64(stats.leases_live, 0);
    start_media();
    TP_CHECK_SOON((turn(), tp_driver_state(rig.driver) == TP_DRIVER_RUNNING), 10000);
    TP_CHECK_SOON((turn(), tpi_publication_is_connected(rig.pub) &&
                               tpi_subscription_image_count(rig.control_sub) == 2),
                  10000);
    tpi_attach_response_t after;
    attach(7, TPI_ROLE_PRODUCER, &after);
    TP_CHECK_GT_U64(after.epoch, epoch);
    stop_all();
}

/* ---- huge pages ---- */

static void mount_hugetlbfs(const char *base)
{
    (void)tp_test_shm_dir();
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        TP_SKIP("needs root for a hugetlbfs");
    }
    TP_CHECK_EQ_I64(mkdir(base, 0700), 0);
    if (mount("hugetlbfs", base, "hugetlbfs", 0, "pagesize=2M") != 0) {
        TP_SKIP("no hugetlbfs here");
    }
}

/* Proves: D-26, D-28, D-93, D-95 */
TP_TEST(on_hugetlbfs_strides_are_huge_and_standard_pages_are_refused)
{
    rig_prepare(&rig);
    mount_hugetlbfs(rig.base);
    tp_driver_t *driver = NULL;
    TP_CHECK_EQ_I64(tpi_driver_create_with_link(&driver, &rig.options, rig.driver_link),
                    TP_ECONFIG);
    TP_CHECK_CONTAINS(tp_errmsg(), "multiple of the page size, 2097152 bytes");
    rig.pools[0].stride_bytes = rig.pools[1].stride_bytes = 2u << 20;
    rig.options.require_hugepages = true;
    rig_start(&rig);
    tpi_attach_response_t response;
    tpi_attach_request_t r = rig_request(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER);
    r.require_hugepages = TPI_HUGEPAGES_STANDARD;
    rig_ask(&rig, TPI_DIALECT_V11, &r, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_REJECTED);
    rig_view_is(response.error_message, "hugepages required by driver policy");
    /* With pages in the machine's pool it works and says so; without, it is an error with a reason. */
    r = rig_request(&rig, STREAM_A, 2, TPI_ROLE_CONSUMER);
    r.require_hugepages = TPI_HUGEPAGES_HUGEPAGES;
    rig_ask(&rig, TPI_DIALECT_V11, &r, &response);
    if (response.code == TPI_CODE_OK) {
        char uri[1024];
        snprintf(uri, sizeof(uri), "%.*s", (int)response.header_region_uri.len,
                 (const char *)response.header_region_uri.data);
        TP_CHECK_CONTAINS(uri, "header.ring|require_hugepages=true");
    } else {
        TP_CHECK_EQ_I64(response.code, TPI_CODE_INTERNAL_ERROR);
    }
    rig_close(&rig);
}

TP_TEST_MAIN()

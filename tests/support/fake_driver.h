/*
 * tests/support/fake_driver.h - an SHM driver on strings: a link on a fake bus that records what
 * clients send and answers as the test says, with real region files. Time is stepped; nothing
 * sleeps.
 *
 *     fake_driver_t d;
 *     fake_driver_init(&d);                       // bus, files of epoch 1000, everything granted
 * and announced tp_client_t *client = fake_driver_client(&d, NULL);
 *     ... tp_consumer_create ...
 *     fake_driver_run(&d, client, 100);           // 100 ms of stepped time
 *     fake_driver_fini(&d);                       // after tp_client_destroy
 */
#ifndef FAKE_DRIVER_H
#define FAKE_DRIVER_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/client_internal.h"
#include "link/fake_link.h"
#include "shm/create.h"
#include "tensorpool/tensorpool.h"
#include "tp_test.h"
#include "wire/codec.h"

#define FAKE_STREAM 10000u
#define FAKE_NSLOTS 16u
#define FAKE_EPOCH0 1000u
#define FAKE_MS INT64_C(1000000)
#define FAKE_POOLS 2

typedef enum fake_answer {
    FAKE_GRANT = 0,
    FAKE_SILENT,
    FAKE_REFUSE, /* with `code` and `text` */
} fake_answer_t;

typedef struct fake_set {
    uint64_t epoch;
    char uris[FAKE_POOLS + 1][256]; /* the ring's first */
    tpi_mapping_t mapping;          /* read-write, the driver's own */
} fake_set_t;

typedef struct fake_driver {
    int64_t now_ns;
    tpi_fake_bus_t *bus;
    tpi_link_t *link;
    tpi_publication_t *control_pub;
    tpi_subscription_t *control_sub;
    tpi_subscription_t *qos_sub;
    tpi_subscription_t *descriptor_sub;
    tpi_bases_t *bases;
    fake_set_t set; /* of the current epoch */

    /* script */
    fake_answer_t answer;
    int32_t code;
    const char *text;
    bool is_announcing; /* every 1000 ms, and touching the activity */
    bool is_extending;  /* expiry in the response */
    uint32_t producer_id;
    void (*edit_response)(struct fake_driver *d, tpi_attach_response_t *response);
    void (*edit_announce)(struct fake_driver *d, tpi_shm_pool_announce_t *announce);

    /* record */
    tpi_attach_request_t request; /* the last */
    tpi_detach_request_t detach;
    tpi_lease_keepalive_t keepalive;
    tpi_consumer_hello_t hello;
    tpi_qos_consumer_t qos_consumer;
    tpi_qos_producer_t qos_producer;
    tpi_frame_descriptor_t descriptor;
    int64_t last_answered; /* correlation id of the last grant */
    uint64_t last_lease;
    tpi_dialect_t dialect;
    size_t requests, detaches, keepalives, hellos, qos_consumers, qos_producers, descriptors;
    uint64_t seqs[256]; /* of the descriptors */

    int64_t tick_ns; /* each look at the clock takes that long: for waits inside the library */
    int64_t next_announce_ns;
    uint64_t next_lease;
    bool is_pumping;
} fake_driver_t;

static inline void fake_driver_pump(fake_driver_t *d);

/* The clients' clock. It also turns the driver, so that waits inside the library get their answers.
 */
static inline int64_t fake_clock(void *clientd)
{
    fake_driver_t *d = clientd;
    fake_driver_pump(d);
    d->now_ns += d->tick_ns;
    return d->now_ns;
}

/* ---- files ---- */

static inline void fake_region(fake_driver_t *d, fake_set_t *set, int index,
                               const tpi_superblock_t *superblock, tpi_region_t *out)
{
    char name[64];
    const tpi_create_options_t options = { .file_mode = 0600 };
    const int dir = open(tp_test_shm_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    TP_CHECK_GE_I64(dir, 0);
    snprintf(name, sizeof name, "%llu-%d.region", (unsigned long long)set->epoch, index);
    (void)unlinkat(dir, name, 0);
    const int rc = tpi_region_create(out, dir, name, superblock, &options);
    TP_CHECK_MSG(rc == TP_OK, "create %s: %s", name, tp_errmsg());
    close(dir);
    snprintf(set->uris[index], sizeof set->uris[index], "shm:file?path=%s/%s", tp_test_shm_dir(),
             name);
    (void)d;
}

static inline void fake_set_create(fake_driver_t *d, fake_set_t *set, uint64_t epoch)
{
    static const uint32_t strides[FAKE_POOLS] = { 4096, 65536 };
    memset(set, 0, sizeof *set);
    set->epoch = epoch;
    tpi_superblock_t superblock = {
        .magic = TPI_SUPERBLOCK_MAGIC,
        .layout_version = TPI_LAYOUT_VERSION,
        .epoch = epoch,
        .stream_id = FAKE_STREAM,
        .region_type = TPI_REGION_HEADER_RING,
        .nslots = FAKE_NSLOTS,
        .slot_bytes = 256,
        .pid = 4242,
        .start_timestamp_ns = (uint64_t)d->now_ns,
        .activity_timestamp_ns = (uint64_t)d->now_ns,
    };
    set->mapping = (tpi_mapping_t){ .stream_id = FAKE_STREAM,
                                    .epoch = epoch,
                                    .nslots = FAKE_NSLOTS,
                                    .mask = FAKE_NSLOTS - 1,
                                    .npools = FAKE_POOLS };
    fake_region(d, set, 0, &superblock, &set->mapping.ring);
    for (int i = 0; i < FAKE_POOLS; i++) {
        superblock.region_type = TPI_REGION_PAYLOAD_POOL;
        superblock.pool_id = (uint16_t)(i + 1);
        superblock.slot_bytes = strides[i];
        superblock.stride_bytes = strides[i];
        fake_region(d, set, i + 1, &superblock, &set->mapping.pools[i]);
    }
}

static inline void fake_set_close(fake_set_t *set)
{
    for (size_t i = 0; i < set->mapping.npools; i++) {
        tpi_region_close(&set->mapping.pools[i]);
    }
    if (set->mapping.ring.base != NULL) {
        tpi_region_close(&set->mapping.ring);
    }
    memset(set, 0, sizeof *set);
}

/* A new epoch with fresh files, not announced yet. */
static inline void fake_driver_new_epoch(fake_driver_t *d, uint64_t epoch)
{
    fake_set_close(&d->set);
    fake_set_create(d, &d->set, epoch);
}

static inline tpi_view_t fake_view(const char *text)
{
    return (tpi_view_t){ .data = (const uint8_t *)text,
                         .len = text != NULL ? (uint32_t)strlen(text) : 0 };
}

/* ---- sending ---- */

static inline void fake_send(tpi_publication_t *pub, const void *data, int len)
{
    TP_CHECK_MSG(len > 0, "encode: %s", tp_errmsg());
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, data, (size_t)len), TPI_SEND_OK);
}

static inline void fake_fill_pools(const fake_driver_t *d, tpi_pool_entry_t *pools)
{
    for (int i = 0; i < FAKE_POOLS; i++) {
        pools[i] = (tpi_pool_entry_t){
            .pool_id = (uint16_t)(i + 1),
            .nslots = FAKE_NSLOTS,
            .stride_bytes = d->set.mapping.pools[i].superblock.stride_bytes,
            .region_uri = fake_view(d->set.uris[i + 1]),
        };
    }
}

static inline void fake_driver_announce_on(fake_driver_t *d, tpi_publication_t *pub)
{
    uint8_t buf[8192];
    tpi_shm_pool_announce_t announce = {
        .stream_id = FAKE_STREAM,
        .producer_id = d->producer_id,
        .epoch = d->set.epoch,
        .announce_timestamp_ns = (uint64_t)d->now_ns,
        .clock_domain = TPI_CLOCK_MONOTONIC,
        .layout_version = TPI_LAYOUT_VERSION,
        .header_nslots = FAKE_NSLOTS,
        .header_slot_bytes = 256,
        .npools = FAKE_POOLS,
        .header_region_uri = fake_view(d->set.uris[0]),
    };
    fake_fill_pools(d, announce.pools);
    if (d->edit_announce != NULL) {
        d->edit_announce(d, &announce);
    }
    fake_send(pub, buf, tpi_shm_pool_announce_encode(buf, sizeof buf, &announce));
}

static inline void fake_driver_announce(fake_driver_t *d)
{
    fake_driver_announce_on(d, d->control_pub);
}

/* Answer the last request (again). */
static inline void fake_driver_respond(fake_driver_t *d)
{
    uint8_t buf[8192];
    tpi_attach_response_t response = {
        .correlation_id = d->request.correlation_id,
        .code = d->answer == FAKE_REFUSE ? d->code : TPI_CODE_OK,
        .lease_id = TPI_NULL_U64,
        .lease_expiry_timestamp_ns = TPI_NULL_U64,
        .stream_id = TPI_NULL_U32,
        .epoch = TPI_NULL_U64,
        .layout_version = TPI_NULL_U32,
        .header_nslots = TPI_NULL_U32,
        .header_slot_bytes = TPI_NULL_U16,
        .max_dims = TPI_NULL_U8,
        .node_id = TPI_NULL_U32,
        .error_message = fake_view(d->answer == FAKE_REFUSE ? d->text : NULL),
    };
    if (d->answer != FAKE_REFUSE) {
        response.lease_id = d->last_lease = ++d->next_lease;
        response.lease_expiry_timestamp_ns =
            d->is_extending ? (uint64_t)(d->now_ns + 3000 * FAKE_MS) : TPI_NULL_U64;
        response.stream_id = FAKE_STREAM;
        response.epoch = d->set.epoch;
        response.layout_version = TPI_LAYOUT_VERSION;
        response.header_nslots = FAKE_NSLOTS;
        response.header_slot_bytes = 256;
        response.max_dims = d->dialect == TPI_DIALECT_V11 ? 8 : TPI_NULL_U8;
        response.node_id = d->dialect == TPI_DIALECT_V12 ? 77 : TPI_NULL_U32;
        response.npools = FAKE_POOLS;
        response.header_region_uri = fake_view(d->set.uris[0]);
        fake_fill_pools(d, response.pools);
        d->last_answered = response.correlation_id;
    }
    if (d->edit_response != NULL) {
        d->edit_response(d, &response);
    }
    fake_send(d->control_pub, buf,
              tpi_attach_response_encode(buf, sizeof buf, d->dialect, &response));
}

static inline void fake_driver_revoke(fake_driver_t *d, uint64_t lease_id, uint32_t client_id,
                                      uint8_t role, uint8_t reason, uint64_t timestamp_ns)
{
    uint8_t buf[256];
    const tpi_lease_revoked_t notice = {
        .timestamp_ns = timestamp_ns,
        .lease_id = lease_id,
        .stream_id = FAKE_STREAM,
        .client_id = client_id,
        .role = role,
        .reason = reason,
        .error_message = fake_view("because"),
    };
    fake_send(d->control_pub, buf, tpi_lease_revoked_encode(buf, sizeof buf, &notice));
}

/* A notice about some producer's lease on the stream, stamped now. */
static inline void fake_driver_producer_ends(fake_driver_t *d, uint8_t reason)
{
    fake_driver_revoke(d, 999999, 4711, TPI_ROLE_PRODUCER, reason, (uint64_t)d->now_ns);
}

static inline void fake_driver_shutdown(fake_driver_t *d)
{
    uint8_t buf[256];
    const tpi_driver_shutdown_t notice = { .timestamp_ns = (uint64_t)d->now_ns,
                                           .reason = TPI_SHUTDOWN_ADMIN,
                                           .error_message = fake_view("bye") };
    fake_send(d->control_pub, buf, tpi_driver_shutdown_encode(buf, sizeof buf, &notice));
}

static inline void fake_driver_config(fake_driver_t *d, uint32_t consumer_id, uint8_t use_shm)
{
    uint8_t buf[256];
    const tpi_consumer_config_t config = {
        .stream_id = FAKE_STREAM,
        .consumer_id = consumer_id,
        .use_shm = use_shm,
        .mode = TPI_MODE_STREAM,
        .descriptor_stream_id = 0,
        .control_stream_id = 0,
    };
    fake_send(d->control_pub, buf, tpi_consumer_config_encode(buf, sizeof buf, &config));
}

static inline void fake_driver_describe(fake_driver_t *d, tpi_publication_t *pub, uint64_t epoch,
                                        uint64_t seq, uint32_t header_index)
{
    uint8_t buf[TPI_FRAME_DESCRIPTOR_MAX];
    const tpi_frame_descriptor_t descriptor = {
        .stream_id = FAKE_STREAM,
        .epoch = epoch,
        .seq = seq,
        .header_index = header_index,
        .timestamp_ns = TPI_NULL_U64,
        .meta_version = TPI_NULL_U32,
    };
    fake_send(pub, buf, tpi_frame_descriptor_encode(buf, sizeof buf, TPI_DIALECT_V11, &descriptor));
    (void)d;
}

/* ---- hearing ---- */

static inline void fake_on_detach(fake_driver_t *d)
{
    uint8_t buf[256];
    const tpi_detach_response_t response = { .correlation_id = d->detach.correlation_id,
                                             .code = TPI_CODE_OK };
    if (d->answer != FAKE_SILENT) {
        fake_send(d->control_pub, buf, tpi_detach_response_encode(buf, sizeof buf, &response));
    }
}

static inline void fake_on_message(void *clientd, const uint8_t *data, size_t len,
                                   const tpi_message_info_t *info)
{
    fake_driver_t *d = clientd;
    tpi_wire_header_t header;
    (void)info;
    if (tpi_wire_peek(data, len, &header) != TP_OK) {
        return;
    }
    if (header.schema_id == TPI_DRIVER_SCHEMA_ID) {
        switch (header.template_id) {
        case TPI_ATTACH_REQUEST:
            TP_CHECK_EQ_I64(tpi_attach_request_decode(data, len, &d->request), TP_OK);
            d->dialect = tpi_wire_dialect_of(&header);
            d->requests++;
            if (d->answer != FAKE_SILENT) {
                fake_driver_respond(d);
            }
            break;
        case TPI_DETACH_REQUEST:
            TP_CHECK_EQ_I64(tpi_detach_request_decode(data, len, &d->detach), TP_OK);
            d->detaches++;
            fake_on_detach(d);
            break;
        case TPI_LEASE_KEEPALIVE:
            TP_CHECK_EQ_I64(tpi_lease_keepalive_decode(data, len, &d->keepalive), TP_OK);
            d->keepalives++;
            break;
        default:
            break;
        }
        return;
    }
    switch (header.template_id) {
    case TPI_CONSUMER_HELLO:
        TP_CHECK_EQ_I64(tpi_consumer_hello_decode(data, len, &d->hello), TP_OK);
        d->hellos++;
        break;
    case TPI_QOS_CONSUMER:
        TP_CHECK_EQ_I64(tpi_qos_consumer_decode(data, len, &d->qos_consumer), TP_OK);
        d->qos_consumers++;
        break;
    case TPI_QOS_PRODUCER:
        TP_CHECK_EQ_I64(tpi_qos_producer_decode(data, len, &d->qos_producer), TP_OK);
        d->qos_producers++;
        break;
    case TPI_FRAME_DESCRIPTOR:
        TP_CHECK_EQ_I64(tpi_frame_descriptor_decode(data, len, &d->descriptor), TP_OK);
        d->seqs[d->descriptors++ % 256] = d->descriptor.seq;
        break;
    default:
        break;
    }
}

static inline void fake_on_image(void *clientd, int32_t session_id, bool is_available)
{
    (void)clientd, (void)session_id, (void)is_available;
}

static inline void fake_driver_pump(fake_driver_t *d)
{
    if (d->is_pumping || d->link == NULL) {
        return;
    }
    d->is_pumping = true;
    tpi_link_do_work(d->link, d->now_ns);
    tpi_subscription_poll(d->control_sub, fake_on_message, d, 1000);
    tpi_subscription_poll(d->qos_sub, fake_on_message, d, 1000);
    tpi_subscription_poll(d->descriptor_sub, fake_on_message, d, 1000);
    if (d->is_announcing && tpi_link_state(d->link) == TPI_LINK_UP &&
        d->now_ns - d->next_announce_ns >= 0) {
        d->next_announce_ns = d->now_ns + 1000 * FAKE_MS;
        tpi_mapping_touch(&d->set.mapping, (uint64_t)d->now_ns);
        fake_driver_announce(d);
    }
    d->is_pumping = false;
}

/* ---- life ---- */

static inline void fake_driver_connect(fake_driver_t *d)
{
    TP_CHECK_EQ_I64(tpi_link_create_fake(&d->link, d->bus), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_publication(d->link, &d->control_pub, "aeron:ipc", 1000, false),
                    TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_subscription(d->link, &d->control_sub, "aeron:ipc", 1000, fake_on_image, d),
        TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_subscription(d->link, &d->qos_sub, "aeron:ipc", 1200, fake_on_image, d),
        TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_subscription(d->link, &d->descriptor_sub, "aeron:ipc", 1100, fake_on_image, d),
        TP_OK);
}

/* A driver that dies: its link and session go; the files stay. */
static inline void fake_driver_die(fake_driver_t *d)
{
    tpi_link_destroy(d->link);
    d->link = NULL;
}

static inline void fake_driver_init(fake_driver_t *d)
{
    const char *dir = tp_test_shm_dir();
    memset(d, 0, sizeof *d);
    d->now_ns = INT64_C(50000000000);
    d->next_lease = 7000;
    d->is_announcing = true;
    d->is_extending = true;
    TP_CHECK_EQ_I64(tpi_fake_bus_create(&d->bus), TP_OK);
    TP_CHECK_EQ_I64(tpi_bases_create(&d->bases, &dir, 1), TP_OK);
    fake_set_create(d, &d->set, FAKE_EPOCH0);
    fake_driver_connect(d);
    fake_driver_pump(d);
}

static inline void fake_driver_fini(fake_driver_t *d)
{
    fake_driver_die(d);
    fake_set_close(&d->set);
    tpi_bases_destroy(d->bases);
    tpi_fake_bus_destroy(d->bus);
}

/* A client on the bus, with the driver's clock; options may be NULL. */
static inline tp_client_t *fake_driver_client(fake_driver_t *d, const tp_client_options_t *options)
{
    tp_client_options_t o = TP_CLIENT_OPTIONS_INIT;
    const char *dir = tp_test_shm_dir();
    tpi_link_t *link = NULL;
    tp_client_t *client = NULL;
    if (options != NULL) {
        o = *options;
    }
    if (o.allowed_base_dirs == NULL) {
        o.allowed_base_dirs = &dir;
        o.allowed_base_dirs_count = 1;
    }
    o.clock = fake_clock;
    o.clock_clientd = d;
    o.random_seed = o.random_seed != 0 ? o.random_seed : 12345;
    TP_CHECK_EQ_I64(tpi_link_create_fake(&link, d->bus), TP_OK);
    const int rc = tpi_client_create_with_link(&client, &o, link);
    TP_CHECK_MSG(rc == TP_OK, "client: %s", tp_errmsg());
    return client;
}

/* Time passes, in steps of 10 ms, with everybody at work. */
static inline void fake_driver_run(fake_driver_t *d, tp_client_t *client, int64_t ms)
{
    for (int64_t i = 0; i <= ms / 10; i++) {
        fake_driver_pump(d);
        (void)tp_client_do_work(client);
        if (i < ms / 10) {
            d->now_ns += 10 * FAKE_MS;
        }
    }
}

/* One turn of everybody without time passing. */
static inline void fake_driver_turn(fake_driver_t *d, tp_client_t *client)
{
    fake_driver_run(d, client, 0);
}

#endif

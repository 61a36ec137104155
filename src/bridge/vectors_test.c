/*
 * The byte vectors of BridgeFrameChunk (docs/spec/services_vectors.json): both layouts, both ways;
 * and each malformed one with the reaction that the specification wants of a receiver.
 */
#include <json-c/json.h>

#include "bridge/bridge_test_util.h"

enum { WIRE_STREAM = 20000, WIRE_EPOCH = 3 };

static rig_t rig;

static json_object *load(void)
{
    json_object *root = json_object_from_file(TP_SOURCE_DIR "/docs/spec/services_vectors.json");
    TP_CHECK_MSG(root != NULL, "%s", json_util_get_last_err());
    return root;
}

static json_object *get(json_object *object, const char *key)
{
    json_object *value = NULL;
    TP_CHECK_MSG(json_object_object_get_ex(object, key, &value), "no %s", key);
    return value;
}

static uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* On the heap, exactly as long as it is, so that a sanitizer sees what is read behind it. */
static uint8_t *bytes_of(json_object *hex, size_t *out_len)
{
    const char *text = json_object_get_string(hex);
    const size_t len = strlen(text) / 2;
    uint8_t *bytes = malloc(len > 0 ? len : 1);
    TP_CHECK(bytes != NULL);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
    }
    *out_len = len;
    return bytes;
}

static bool is_chunk(json_object *vector)
{
    return strncmp(json_object_get_string(get(vector, "message")), "BridgeFrameChunk", 16) == 0;
}

static uint64_t number(json_object *fields, const char *key)
{
    json_object *value = get(fields, key);
    return json_object_is_type(value, json_type_null) ? 0 : json_object_get_uint64(value);
}

/* Proves */
TP_TEST(every_chunk_decodes_to_its_fields_and_is_encoded_to_its_bytes)
{
    json_object *root = load();
    json_object *vectors = get(root, "vectors");
    size_t chunks = 0;
    for (size_t i = 0; i < json_object_array_length(vectors); i++) {
        json_object *vector = json_object_array_get_idx(vectors, i);
        if (!is_chunk(vector)) {
            continue;
        }
        size_t len;
        uint8_t *bytes = bytes_of(get(vector, "hex"), &len);
        json_object *fields = get(vector, "fields");
        tpi_chunk_t c;
        chunks++;
        TP_CHECK_EQ_I64(tpi_chunk_decode(bytes, len, &c), TPI_CHUNK_OK);
        TP_CHECK_EQ_U64(c.stream_id, number(fields, "streamId"));
        TP_CHECK_EQ_U64(c.epoch, number(fields, "epoch"));
        TP_CHECK_EQ_U64(c.seq, number(fields, "seq"));
        TP_CHECK_EQ_U64(c.index, number(fields, "chunkIndex"));
        TP_CHECK_EQ_U64(c.count, number(fields, "chunkCount"));
        TP_CHECK_EQ_U64(c.offset, number(fields, "chunkOffset"));
        TP_CHECK_EQ_U64(c.length, number(fields, "chunkLength"));
        TP_CHECK_EQ_U64(c.payload_len, number(fields, "payloadLength"));
        TP_CHECK(c.is_header_included ==
                 (strcmp(json_object_get_string(get(fields, "headerIncluded")), "TRUE") == 0));
        if (c.has_crc_field) {
            TP_CHECK_EQ_U64(c.trace_id, number(fields, "traceId"));
            TP_CHECK_EQ_U64(c.crc32c, number(fields, "payloadCrc32c"));
            TP_CHECK(c.crc32c == 0 || tpi_chunk_crc(&c) == c.crc32c);
        }
        const tpi_dialect_t dialect = c.has_crc_field ? TPI_DIALECT_V12 : TPI_DIALECT_V11;
        uint8_t out[1024];
        TP_CHECK_EQ_U64(tpi_chunk_size(dialect, c.header.len > 0, c.length), len);
        uint8_t *slice = tpi_chunk_put(out, dialect, &c);
        if (c.length > 0) {
            memcpy(slice, c.payload.data, c.length);
        }
        TP_CHECK(slice + c.length == out + len);
        if (c.crc32c != 0) {
            tpi_chunk_seal(out, len);
        }
        TP_CHECK_EQ_MEM(out, bytes, len);
        /* Cut anywhere it does not decode. */
        for (size_t cut = 0; cut < len; cut++) {
            uint8_t *part = malloc(cut + 1);
            TP_CHECK(part != NULL);
            memcpy(part, bytes, cut);
            TP_CHECK_NE_I64(tpi_chunk_decode(part, cut, &c), TPI_CHUNK_OK);
            free(part);
        }
        free(bytes);
    }
    TP_CHECK_EQ_U64(chunks, 7);
    json_object_put(root);
}

/* A receiver that has heard what the vectors assume. */
static void set_up(void)
{
    rig_prepare(&rig);
    rig_start_receiver(&rig);
    const tpi_shm_pool_announce_t announce = {
        .stream_id = WIRE_STREAM,
        .producer_id = 1,
        .epoch = WIRE_EPOCH,
        .announce_timestamp_ns = 1, /* a foreign clock (B-46) */
        .clock_domain = TPI_CLOCK_MONOTONIC,
        .layout_version = 1,
        .header_nslots = 8,
        .header_slot_bytes = 256,
        .npools = 1,
        .pools = { { .pool_id = 1,
                     .nslots = 8,
                     .stride_bytes = 4096,
                     .region_uri = { (const uint8_t *)"shm:file?path=/x", 16 } } },
        .header_region_uri = { (const uint8_t *)"shm:file?path=/y", 16 },
    };
    uint8_t buf[512];
    const int len = tpi_shm_pool_announce_encode(buf, sizeof buf, &announce);
    TP_CHECK_GT_I64(len, 0);
    TP_CHECK_EQ_I64(tpi_publication_offer(rig.control_pub, buf, (size_t)len), TPI_SEND_OK);
    rig_run(&rig, 3);
}

static void feed(json_object *hex)
{
    size_t len;
    uint8_t *bytes = bytes_of(hex, &len);
    TP_CHECK_EQ_I64(tpi_publication_offer(rig.payload_pub, bytes, len), TPI_SEND_OK);
    rig_run(&rig, 3);
    free(bytes);
}

/* Proves: B-20, B-39 */
TP_TEST(the_vectors_frames_are_published)
{
    json_object *root = load();
    json_object *vectors = get(root, "vectors");
    /* Index of the first chunk and number of chunks, among the chunk vectors: two, one, an
       empty one; and of v1.1's. */
    static const struct {
        size_t first, n, length;
    } frames[] = { { 0, 2, 24 }, { 2, 1, 24 }, { 3, 1, 0 }, { 4, 2, 24 }, { 6, 1, 24 } };
    for (size_t f = 0; f < sizeof frames / sizeof frames[0]; f++) {
        set_up();
        size_t chunk = 0;
        for (size_t i = 0; i < json_object_array_length(vectors); i++) {
            json_object *vector = json_object_array_get_idx(vectors, i);
            if (is_chunk(vector)) {
                if (chunk >= frames[f].first && chunk < frames[f].first + frames[f].n) {
                    feed(get(vector, "hex"));
                }
                chunk++;
            }
        }
        TP_CHECK_EQ_U64(rig.nframes, 1);
        TP_CHECK_EQ_U64(rig.frames[0].seq, 7);
        TP_CHECK_EQ_U64(rig.frames[0].length, frames[f].length);
        for (size_t i = 0; i < frames[f].length; i++) {
            TP_CHECK_EQ_U64(rig.frames[0].data[i], i < 16 ? 0x10 + i : 0x20 + i - 16);
        }
        rig_close(&rig);
    }
    json_object_put(root);
}

typedef enum reaction { IGNORED, CHUNK_DROPPED, FRAME_DROPPED } reaction_t;

/* The reasons by which each negative is counted. */
static const struct {
    const char *name;
    reaction_t reaction;
    int reason;
} negatives[] = {
    { "chunk: blockLength 45, neither 41 nor 53", IGNORED, TP_BRIDGE_CHUNK_GATE },
    { "chunk: blockLength 53 over a v1.0 body", CHUNK_DROPPED, TP_BRIDGE_CHUNK_DECODE },
    { "chunk: other schema, same template id", IGNORED, TP_BRIDGE_CHUNK_GATE },
    { "chunk: unsupported version", IGNORED, TP_BRIDGE_CHUNK_GATE },
    { "chunk: truncated payload", CHUNK_DROPPED, TP_BRIDGE_CHUNK_DECODE },
    { "chunk: truncated inside the fixed block", CHUNK_DROPPED, TP_BRIDGE_CHUNK_DECODE },
    { "chunk: chunkCount 0", CHUNK_DROPPED, TP_BRIDGE_CHUNK_INDEX },
    { "chunk: chunkCount 65536", CHUNK_DROPPED, TP_BRIDGE_CHUNK_INDEX },
    { "chunk: chunkIndex == chunkCount", CHUNK_DROPPED, TP_BRIDGE_CHUNK_INDEX },
    { "chunk: index 0 without header", CHUNK_DROPPED, TP_BRIDGE_CHUNK_FLAG },
    { "chunk: index 1 with header", CHUNK_DROPPED, TP_BRIDGE_CHUNK_FLAG },
    { "chunk: header flag set, 255 bytes", CHUNK_DROPPED, TP_BRIDGE_CHUNK_FLAG },
    { "chunk: header flag clear, 256 bytes", CHUNK_DROPPED, TP_BRIDGE_CHUNK_FLAG },
    { "chunk: headerIncluded 2", CHUNK_DROPPED, TP_BRIDGE_CHUNK_DECODE },
    { "chunk: index 0 at offset 1", CHUNK_DROPPED, TP_BRIDGE_CHUNK_BOUNDS },
    { "chunk: chunkLength != payloadBytes length", CHUNK_DROPPED, TP_BRIDGE_CHUNK_LENGTH },
    { "chunk: slice past payloadLength", CHUNK_DROPPED, TP_BRIDGE_CHUNK_BOUNDS },
    { "chunk: offset + length wraps u32", CHUNK_DROPPED, TP_BRIDGE_CHUNK_BOUNDS },
    { "chunk: other payloadLength than the assembly", FRAME_DROPPED, TP_BRIDGE_FRAME_CONFLICT },
    { "chunk: overlaps chunk 0", FRAME_DROPPED, TP_BRIDGE_FRAME_CONFLICT },
    { "chunk: duplicate of chunk 0, other bytes", FRAME_DROPPED, TP_BRIDGE_FRAME_CONFLICT },
    { "chunk: header says seq 8", FRAME_DROPPED, TP_BRIDGE_FRAME_HEADER },
    { "chunk: header not committed", FRAME_DROPPED, TP_BRIDGE_FRAME_HEADER },
    { "chunk: header values_len != payloadLength", FRAME_DROPPED, TP_BRIDGE_FRAME_HEADER },
    { "chunk: header pool not announced", FRAME_DROPPED, TP_BRIDGE_FRAME_POOL },
};

static void check_reaction(json_object *negative, size_t row, json_object *vectors)
{
    const bool is_after = strncmp(json_object_get_string(get(negative, "expect")), "after", 5) == 0;
    const bool needs_second = strncmp(negatives[row].name, "chunk: header ", 14) == 0 &&
                              negatives[row].reaction == FRAME_DROPPED;
    set_up();
    if (is_after) {
        feed(get(json_object_array_get_idx(vectors, 0), "hex"));
    }
    const tp_bridge_stats_t before = rig_stats(rig.receiver);
    feed(get(negative, "hex"));
    if (needs_second) { /* a header is judged when the frame is complete */
        feed(get(json_object_array_get_idx(vectors, 1), "hex"));
    }
    const tp_bridge_stats_t after = rig_stats(rig.receiver);
    if (negatives[row].reaction == FRAME_DROPPED) {
        TP_CHECK_EQ_U64(after.frames_dropped, before.frames_dropped + 1);
        TP_CHECK_EQ_U64(after.frame_drops[negatives[row].reason], 1);
    } else {
        TP_CHECK_EQ_U64(after.frames_dropped, 0);
        TP_CHECK_EQ_U64(after.chunk_drops[negatives[row].reason], 1);
        TP_CHECK_EQ_U64(after.chunks_received, before.chunks_received);
    }
    TP_CHECK_EQ_U64(rig.nframes, 0);
    TP_CHECK_EQ_U64(after.frames_rematerialized, 0);
    rig_close(&rig);
}

/* Proves: B-20, B-23, B-24, B-25, B-27, B-29, B-30, B-31, B-32, B-35, B-36, C-1, C-2 */
TP_TEST(every_malformed_chunk_gets_its_reaction)
{
    json_object *root = load();
    json_object *vectors = get(root, "vectors");
    json_object *list = get(root, "negative");
    size_t row = 0;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        json_object *negative = json_object_array_get_idx(list, i);
        const char *name = json_object_get_string(get(negative, "name"));
        if (strncmp(name, "chunk:", 6) == 0) {
            TP_CHECK(row < sizeof negatives / sizeof negatives[0]);
            TP_CHECK_EQ_STR(name, negatives[row].name);
            check_reaction(negative, row++, vectors);
        }
    }
    TP_CHECK_EQ_U64(row, sizeof negatives / sizeof negatives[0]);
    json_object_put(root);
}

TP_TEST_MAIN()

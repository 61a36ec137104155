/*
 * The shared-memory layouts against docs/spec/wire_vectors.json: bytes computed by another program
 * (wire_vectors.py), from the layout tables, not by any code here.
 */
#include <json-c/json.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "shm/shm_test_util.h"
#include "tensor/tensor_check.h"

static json_object *load_vectors(void)
{
    size_t len = 0;
    char path[512];
    snprintf(path, sizeof(path), "%s/docs/spec/wire_vectors.json", TP_SOURCE_DIR);
    char *text = tp_test_read_file(path, &len);
    json_object *root = json_tokener_parse(text);
    TP_CHECK_MSG(root != NULL, "%s does not parse", path);
    free(text);
    return root;
}

static json_object *member(json_object *object, const char *name)
{
    json_object *value = NULL;
    TP_CHECK_MSG(json_object_object_get_ex(object, name, &value), "no member %s", name);
    return value;
}

static uint64_t number(json_object *fields, const char *name)
{
    json_object *value = member(fields, name);
    TP_CHECK_MSG(json_object_get_type(value) == json_type_int, "%s is no integer", name);
    return json_object_get_uint64(value);
}

/* An enum of 4.1 by its name in the vectors. */
static int enum_value(json_object *fields, const char *name)
{
    static const struct {
        const char *name;
        int value;
    } values[] = {
        { "HEADER_RING", 1 }, { "PAYLOAD_POOL", 2 }, { "UNKNOWN", 0 }, { "UINT8", 1 },
        { "INT8", 2 },        { "UINT16", 3 },       { "INT16", 4 },   { "UINT32", 5 },
        { "INT32", 6 },       { "UINT64", 7 },       { "INT64", 8 },   { "FLOAT32", 9 },
        { "FLOAT64", 10 },    { "BOOLEAN", 11 },     { "BYTES", 13 },  { "BIT", 14 },
        { "ROW", 1 },         { "COLUMN", 2 },       { "NONE", 0 },    { "ROWS", 1 },
        { "COLUMNS", 2 },
    };
    const char *text = json_object_get_string(member(fields, name));
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (strcmp(values[i].name, text) == 0) {
            return values[i].value;
        }
    }
    TP_FAIL("%s: unknown name %s", name, text);
}

static size_t unhex(const char *hex, uint8_t *out, size_t cap)
{
    const size_t len = strlen(hex) / 2;
    TP_CHECK_LE_U64(len, cap);
    for (size_t i = 0; i < len; i++) {
        unsigned byte = 0;
        TP_CHECK_EQ_I64(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
    return len;
}

static void tensor_of(json_object *fields, tp_tensor_t *tensor)
{
    memset(tensor, 0, sizeof(*tensor));
    tensor->dtype = (tp_dtype_t)enum_value(fields, "dtype");
    tensor->order = (tp_major_order_t)enum_value(fields, "majorOrder");
    tensor->ndims = (uint32_t)number(fields, "ndims");
    tensor->progress_unit = (tp_progress_unit_t)enum_value(fields, "progressUnit");
    tensor->progress_stride_bytes = (uint32_t)number(fields, "progressStrideBytes");
    for (size_t i = 0; i < TP_MAX_DIMS; i++) {
        tensor->dims[i] = json_object_get_int(json_object_array_get_idx(member(fields, "dims"), i));
        tensor->strides[i] =
            json_object_get_int(json_object_array_get_idx(member(fields, "strides"), i));
    }
}

static void check_tensor(const tp_tensor_t *found, const tp_tensor_t *expected)
{
    TP_CHECK_EQ_I64(found->dtype, expected->dtype);
    TP_CHECK_EQ_I64(found->order, expected->order);
    TP_CHECK_EQ_U64(found->ndims, expected->ndims);
    TP_CHECK_EQ_I64(found->progress_unit, expected->progress_unit);
    TP_CHECK_EQ_U64(found->progress_stride_bytes, expected->progress_stride_bytes);
    TP_CHECK_EQ_MEM(found->dims, expected->dims, sizeof(expected->dims));
    TP_CHECK_EQ_MEM(found->strides, expected->strides, sizeof(expected->strides));
}

/* Calls `check` for each vector of a message in the named lists; returns how many there were. */
static size_t for_each(const char *message,
                       void (*check)(json_object *fields, const uint8_t *bytes, size_t len))
{
    static const char *const lists[] = { "vectors", "extra", "patterns" };
    json_object *root = load_vectors();
    size_t count = 0;
    for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
        json_object *list = member(root, lists[l]);
        for (size_t i = 0; i < json_object_array_length(list); i++) {
            json_object *record = json_object_array_get_idx(list, i);
            if (strcmp(json_object_get_string(member(record, "message")), message) != 0) {
                continue;
            }
            uint8_t bytes[256];
            const size_t len =
                unhex(json_object_get_string(member(record, "hex")), bytes, sizeof(bytes));
            TP_CHECK_EQ_U64(len, number(record, "length"));
            check(member(record, "fields"), bytes, len);
            count++;
        }
    }
    json_object_put(root);
    return count;
}

static void check_superblock(json_object *fields, const uint8_t *bytes, size_t len)
{
    const tpi_superblock_t expected = {
        .magic = number(fields, "magic"),
        .layout_version = (uint32_t)number(fields, "layoutVersion"),
        .epoch = number(fields, "epoch"),
        .stream_id = (uint32_t)number(fields, "streamId"),
        .region_type = (int16_t)enum_value(fields, "regionType"),
        .pool_id = (uint16_t)number(fields, "poolId"),
        .nslots = (uint32_t)number(fields, "nslots"),
        .slot_bytes = (uint32_t)number(fields, "slotBytes"),
        .stride_bytes = (uint32_t)number(fields, "strideBytes"),
        .pid = number(fields, "pid"),
        .start_timestamp_ns = number(fields, "startTimestampNs"),
        .activity_timestamp_ns = number(fields, "activityTimestampNs"),
    };
    uint8_t encoded[64];
    TP_CHECK_EQ_U64(len, 64);
    tpi_superblock_encode(encoded, &expected);
    TP_CHECK_EQ_MEM(encoded, bytes, 64);

    tpi_superblock_t found;
    tpi_superblock_decode(bytes, &found);
    TP_CHECK_EQ_I64(tpi_superblock_check(&found, &expected),
                    found.magic == TPI_SUPERBLOCK_MAGIC ? TP_OK : TP_ELAYOUT);
    TP_CHECK_EQ_U64(found.magic, expected.magic);
    TP_CHECK_EQ_U64(found.layout_version, expected.layout_version);
    TP_CHECK_EQ_U64(found.epoch, expected.epoch);
    TP_CHECK_EQ_U64(found.stream_id, expected.stream_id);
    TP_CHECK_EQ_I64(found.region_type, expected.region_type);
    TP_CHECK_EQ_U64(found.pool_id, expected.pool_id);
    TP_CHECK_EQ_U64(found.nslots, expected.nslots);
    TP_CHECK_EQ_U64(found.slot_bytes, expected.slot_bytes);
    TP_CHECK_EQ_U64(found.stride_bytes, expected.stride_bytes);
    TP_CHECK_EQ_U64(found.pid, expected.pid);
    TP_CHECK_EQ_U64(found.start_timestamp_ns, expected.start_timestamp_ns);
    TP_CHECK_EQ_U64(found.activity_timestamp_ns, expected.activity_timestamp_ns);

    /* as it lies in a mapping */
    _Alignas(64) uint8_t mapped[64];
    memset(mapped, 0xee, sizeof(mapped));
    tpi_superblock_publish(mapped, &expected);
    TP_CHECK_EQ_MEM(mapped, bytes, 64);
    TP_CHECK_EQ_U64(tpi_superblock_activity(mapped), expected.activity_timestamp_ns);
}

/* Proves: W-1, W-2, W-11, W-12, W-14, W-15 */
TP_TEST(superblock_vectors_encode_and_decode_equal)
{
    TP_CHECK_GE_U64(for_each("ShmRegionSuperblock", check_superblock), 3);
}

static void check_slot(json_object *fields, const uint8_t *bytes, size_t len)
{
    tpi_slot_header_t expected = {
        .values_len_bytes = (uint32_t)number(fields, "valuesLenBytes"),
        .payload_slot = (uint32_t)number(fields, "payloadSlot"),
        .pool_id = (uint16_t)number(fields, "poolId"),
        .payload_offset = (uint32_t)number(fields, "payloadOffset"),
        .timestamp_ns = number(fields, "timestampNs"),
        .meta_version = (uint32_t)number(fields, "metaVersion"),
    };
    uint8_t header_bytes[192];
    const size_t header_len = unhex(json_object_get_string(member(fields, "headerBytes")),
                                    header_bytes, sizeof(header_bytes));
    tpi_slot_image_t image;
    memset(&image, 0, sizeof(image));
    memcpy(image.words, bytes, len);
    tpi_slot_header_t found;
    const bool has_tensor = tpi_slot_decode_raw(&image, &found);
    TP_CHECK_EQ_U64(image.words[0], number(fields, "seqCommit"));
    TP_CHECK_EQ_U64(found.values_len_bytes, expected.values_len_bytes);
    TP_CHECK_EQ_U64(found.payload_slot, expected.payload_slot);
    TP_CHECK_EQ_U64(found.pool_id, expected.pool_id);
    TP_CHECK_EQ_U64(found.payload_offset, expected.payload_offset);
    TP_CHECK_EQ_U64(found.timestamp_ns, expected.timestamp_ns);
    TP_CHECK_EQ_U64(found.meta_version, expected.meta_version);

    tpi_slot_image_t encoded;
    if (header_len != 192) { /* the layout pattern: header bytes of no meaning */
        TP_CHECK(!has_tensor);
        tpi_slot_encode(&encoded, &expected);
        TP_CHECK_EQ_MEM((uint8_t *)encoded.words + 8, bytes + 8, 34 - 8);
        return;
    }
    TP_CHECK_EQ_U64(len, 256);
    TP_CHECK(has_tensor);
    TP_CHECK_EQ_I64(tpi_slot_decode(&image, expected.payload_slot, &found), TPI_SLOT_OK);
    expected.tensor = found.tensor; /* compared field by field in the TensorHeader test */
    tpi_slot_encode(&encoded, &expected);
    encoded.words[0] = number(fields, "seqCommit");
    TP_CHECK_EQ_MEM(encoded.words, bytes, 256);

    _Alignas(64) uint64_t mapped[32];
    const uint64_t word = number(fields, "seqCommit");
    memset(mapped, 0xee, sizeof(mapped));
    tpi_slot_begin(mapped, tpi_word_seq(word));
    if (tpi_word_is_committed(word)) {
        tpi_slot_commit(mapped, tpi_word_seq(word), &encoded);
    } else {
        tpi_slot_fill(mapped, &encoded);
    }
    TP_CHECK_EQ_MEM(mapped, bytes, 256);
}

/* Proves: W-24, W-25, W-27, W-41 */
TP_TEST(slot_vectors_encode_and_decode_equal)
{
    TP_CHECK_GE_U64(for_each("SlotHeader", check_slot), 3);
}

static void check_tensor_header(json_object *fields, const uint8_t *bytes, size_t len)
{
    tp_tensor_t expected;
    tensor_of(fields, &expected);
    TP_CHECK_EQ_U64(len, 192);
    /* put into a slot: length 192 at byte 60, the bytes at 64 */
    tpi_slot_image_t image;
    memset(&image, 0, sizeof(image));
    tpi_put_u32((uint8_t *)image.words + 60, 192);
    memcpy((uint8_t *)image.words + 64, bytes, 192);
    tpi_slot_header_t found;
    TP_CHECK(tpi_slot_decode_raw(&image, &found));
    check_tensor(&found.tensor, &expected);

    tpi_slot_header_t header = { .tensor = expected };
    tpi_slot_image_t encoded;
    tpi_slot_encode(&encoded, &header);
    uint8_t *out = (uint8_t *)encoded.words + 64;
    const bool is_real = tpi_tensor_fault(&expected, UINT32_MAX) == NULL;
    if (is_real) {
        TP_CHECK_EQ_MEM(out, bytes, 192);
        return;
    }
    /* The pattern's pads and unused dims are not zero, which we never write: the rest is equal. */
    TP_CHECK_EQ_MEM(out, bytes, 13);
    TP_CHECK_EQ_MEM(out + 14, bytes + 14, 5);
    TP_CHECK_EQ_MEM(out + 19, bytes + 19, 4 * expected.ndims);
    TP_CHECK_EQ_MEM(out + 51, bytes + 51, 4 * expected.ndims);
}

/* Proves: W-2, W-25, W-26, W-136 */
TP_TEST(tensor_header_vectors_encode_and_decode_equal)
{
    TP_CHECK_GE_U64(for_each("TensorHeader", check_tensor_header), 2);
}

TP_TEST_MAIN()

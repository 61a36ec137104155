/* Made by scripts/wire_tables.py from schemas/. Do not edit: make codecs writes it anew. */
#include "wire/table.h"

static const tpi_wire_value_t values_wire900_11_Bool[] = { { "FALSE", 0 }, { "TRUE", 1 } };
static const tpi_wire_value_t values_wire900_11_Mode[] = { { "STREAM", 1 }, { "RATE_LIMITED", 2 } };
static const tpi_wire_value_t values_wire900_11_FrameProgressState[] = { { "UNKNOWN", 0 }, { "STARTED", 1 }, { "PROGRESS", 2 }, { "COMPLETE", 3 } };
static const tpi_wire_value_t values_wire900_11_ProgressUnit[] = { { "NONE", 0 }, { "ROWS", 1 }, { "COLUMNS", 2 } };
static const tpi_wire_value_t values_wire900_11_ClockDomain[] = { { "MONOTONIC", 1 }, { "REALTIME_SYNCED", 2 } };
static const tpi_wire_value_t values_wire900_11_ResponseCode[] = { { "OK", 0 }, { "UNSUPPORTED", 1 }, { "INVALID_PARAMS", 2 }, { "REJECTED", 3 }, { "INTERNAL_ERROR", 4 } };
static const tpi_wire_value_t values_wire900_11_RegionType[] = { { "HEADER_RING", 1 }, { "PAYLOAD_POOL", 2 } };
static const tpi_wire_value_t values_wire900_11_Dtype[] = { { "UNKNOWN", 0 }, { "UINT8", 1 }, { "INT8", 2 }, { "UINT16", 3 }, { "INT16", 4 }, { "UINT32", 5 }, { "INT32", 6 }, { "UINT64", 7 }, { "INT64", 8 }, { "FLOAT32", 9 }, { "FLOAT64", 10 }, { "BOOLEAN", 11 }, { "BYTES", 13 }, { "BIT", 14 } };
static const tpi_wire_value_t values_wire900_11_MajorOrder[] = { { "UNKNOWN", 0 }, { "ROW", 1 }, { "COLUMN", 2 } };

static const tpi_wire_field_t fields_wire900_11_ShmPoolAnnounce_payloadPools[] = {
    { "poolId", TPI_WIRE_INTEGER, TPI_WIRE_U16, false, 0, 1, UINT64_C(0xffff), NULL, 0, NULL },
    { "poolNslots", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 2, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "strideBytes", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 6, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "regionUri", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};
static const tpi_wire_block_t block_wire900_11_ShmPoolAnnounce_payloadPools = { 10, 4, fields_wire900_11_ShmPoolAnnounce_payloadPools };

static const tpi_wire_field_t fields_wire900_11_ShmPoolAnnounce[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "producerId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 4, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 8, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "announceTimestampNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 16, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "announceClockDomain", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 24, 1, UINT64_C(0xff), values_wire900_11_ClockDomain, 2, NULL },
    { "layoutVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 25, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "headerNslots", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 29, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "headerSlotBytes", TPI_WIRE_INTEGER, TPI_WIRE_U16, false, 33, 1, UINT64_C(0xffff), NULL, 0, NULL },
    { "payloadPools", TPI_WIRE_GROUP, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, &block_wire900_11_ShmPoolAnnounce_payloadPools },
    { "headerRegionUri", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_wire900_11_ConsumerHello[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "consumerId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 4, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "supportsShm", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 8, 1, UINT64_C(0xff), values_wire900_11_Bool, 2, NULL },
    { "supportsProgress", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 9, 1, UINT64_C(0xff), values_wire900_11_Bool, 2, NULL },
    { "mode", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 10, 1, UINT64_C(0xff), values_wire900_11_Mode, 2, NULL },
    { "maxRateHz", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 11, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "expectedLayoutVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 15, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "progressIntervalUs", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 19, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "progressBytesDelta", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 23, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "progressMajorDeltaUnits", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 27, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "descriptorStreamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 31, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "controlStreamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 35, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "descriptorChannel", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "controlChannel", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_wire900_11_ConsumerConfig[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "consumerId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 4, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "useShm", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 8, 1, UINT64_C(0xff), values_wire900_11_Bool, 2, NULL },
    { "mode", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 9, 1, UINT64_C(0xff), values_wire900_11_Mode, 2, NULL },
    { "descriptorStreamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 10, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "controlStreamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 14, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "payloadFallbackUri", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "descriptorChannel", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "controlChannel", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_wire900_11_FrameDescriptor[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 4, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "seq", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "headerIndex", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 20, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "timestampNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 24, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "metaVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 32, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_wire900_11_QosConsumer[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "consumerId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 4, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 8, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "lastSeqSeen", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 16, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "dropsGap", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 24, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "dropsLate", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 32, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "mode", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 40, 1, UINT64_C(0xff), values_wire900_11_Mode, 2, NULL },
};

static const tpi_wire_field_t fields_wire900_11_QosProducer[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "producerId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 4, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 8, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "currentSeq", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 16, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "watermark", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 24, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_wire900_11_DataSourceAnnounce[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "producerId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 4, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 8, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "metaVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 16, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "name", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "summary", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_wire900_11_DataSourceMeta_attributes[] = {
    { "key", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "format", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "value", TPI_WIRE_BYTES, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};
static const tpi_wire_block_t block_wire900_11_DataSourceMeta_attributes = { 0, 3, fields_wire900_11_DataSourceMeta_attributes };

static const tpi_wire_field_t fields_wire900_11_DataSourceMeta[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "metaVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 4, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "timestampNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 8, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "attributes", TPI_WIRE_GROUP, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, &block_wire900_11_DataSourceMeta_attributes },
};

static const tpi_wire_field_t fields_wire900_11_ControlResponse[] = {
    { "correlationId", TPI_WIRE_INTEGER, TPI_WIRE_I64, false, 0, 1, UINT64_C(0x8000000000000000), NULL, 0, NULL },
    { "code", TPI_WIRE_ENUM, TPI_WIRE_I32, false, 8, 1, UINT64_C(0xffffffff80000000), values_wire900_11_ResponseCode, 5, NULL },
    { "errorMessage", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_wire900_11_FrameProgress[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 4, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "frameId", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "headerIndex", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 20, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "payloadBytesFilled", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 24, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "state", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 32, 1, UINT64_C(0xff), values_wire900_11_FrameProgressState, 4, NULL },
};

static const tpi_wire_field_t fields_wire900_11_ShmRegionSuperblock[] = {
    { "magic", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 0, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "layoutVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 8, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 20, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "regionType", TPI_WIRE_ENUM, TPI_WIRE_I16, false, 24, 1, UINT64_C(0xffffffffffff8000), values_wire900_11_RegionType, 2, NULL },
    { "poolId", TPI_WIRE_INTEGER, TPI_WIRE_U16, false, 26, 1, UINT64_C(0xffff), NULL, 0, NULL },
    { "nslots", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 28, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "slotBytes", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 32, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "strideBytes", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 36, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "pid", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 40, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "startTimestampNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 48, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "activityTimestampNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 56, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_wire900_11_SlotHeader[] = {
    { "seqCommit", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 0, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "valuesLenBytes", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 8, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "payloadSlot", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 12, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "poolId", TPI_WIRE_INTEGER, TPI_WIRE_U16, false, 16, 1, UINT64_C(0xffff), NULL, 0, NULL },
    { "payloadOffset", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 18, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "timestampNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 22, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "metaVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 30, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "pad", TPI_WIRE_PAD, TPI_WIRE_U8, false, 34, 26, UINT64_C(0xff), NULL, 0, NULL },
    { "headerBytes", TPI_WIRE_BYTES, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_wire900_11_TensorHeader[] = {
    { "dtype", TPI_WIRE_ENUM, TPI_WIRE_I16, false, 0, 1, UINT64_C(0xffffffffffff8000), values_wire900_11_Dtype, 14, NULL },
    { "majorOrder", TPI_WIRE_ENUM, TPI_WIRE_I16, false, 2, 1, UINT64_C(0xffffffffffff8000), values_wire900_11_MajorOrder, 3, NULL },
    { "ndims", TPI_WIRE_INTEGER, TPI_WIRE_U8, false, 4, 1, UINT64_C(0xff), NULL, 0, NULL },
    { "maxDims", TPI_WIRE_CONSTANT, TPI_WIRE_U8, false, 5, 0, UINT64_C(0x8), NULL, 0, NULL },
    { "padAlign", TPI_WIRE_INTEGER, TPI_WIRE_U8, false, 5, 1, UINT64_C(0xff), NULL, 0, NULL },
    { "progressUnit", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 6, 1, UINT64_C(0xff), values_wire900_11_ProgressUnit, 3, NULL },
    { "progressStrideBytes", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 7, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "dims", TPI_WIRE_ARRAY, TPI_WIRE_I32, false, 11, 8, UINT64_C(0xffffffff80000000), NULL, 0, NULL },
    { "strides", TPI_WIRE_ARRAY, TPI_WIRE_I32, false, 43, 8, UINT64_C(0xffffffff80000000), NULL, 0, NULL },
    { "pad", TPI_WIRE_PAD, TPI_WIRE_U8, false, 75, 109, UINT64_C(0xff), NULL, 0, NULL },
};

static const tpi_wire_value_t values_wire900_12_FrameProgressState[] = { { "UNKNOWN", 0 }, { "STARTED", 1 }, { "PROGRESS", 2 }, { "COMPLETE", 3 } };

static const tpi_wire_field_t fields_wire900_12_FrameDescriptor[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 4, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "seq", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "timestampNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 20, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "metaVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 28, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "traceId", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 32, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_wire900_12_MetaBlobAnnounce[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "metaVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 4, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "blobType", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 8, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "totalLen", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "checksum", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 20, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_wire900_12_FrameProgress[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 4, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "seq", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "payloadBytesFilled", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 20, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "state", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 28, 1, UINT64_C(0xff), values_wire900_12_FrameProgressState, 4, NULL },
};

static const tpi_wire_field_t fields_wire900_12_MetaBlobChunk[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "metaVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 4, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "chunkOffset", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 8, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "bytes", TPI_WIRE_BYTES, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_wire900_12_MetaBlobComplete[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "metaVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 4, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "checksum", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 8, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
};

static const tpi_wire_value_t values_driver901_11_ResponseCode[] = { { "OK", 0 }, { "UNSUPPORTED", 1 }, { "INVALID_PARAMS", 2 }, { "REJECTED", 3 }, { "INTERNAL_ERROR", 4 } };
static const tpi_wire_value_t values_driver901_11_Role[] = { { "PRODUCER", 1 }, { "CONSUMER", 2 } };
static const tpi_wire_value_t values_driver901_11_PublishMode[] = { { "REQUIRE_EXISTING", 1 }, { "EXISTING_OR_CREATE", 2 } };
static const tpi_wire_value_t values_driver901_11_HugepagesPolicy[] = { { "UNSPECIFIED", 0 }, { "STANDARD", 1 }, { "HUGEPAGES", 2 } };
static const tpi_wire_value_t values_driver901_11_LeaseRevokeReason[] = { { "DETACHED", 1 }, { "EXPIRED", 2 }, { "REVOKED", 3 } };
static const tpi_wire_value_t values_driver901_11_ShutdownReason[] = { { "NORMAL", 0 }, { "ADMIN", 1 }, { "ERROR", 2 } };

static const tpi_wire_field_t fields_driver901_11_ShmAttachRequest[] = {
    { "correlationId", TPI_WIRE_INTEGER, TPI_WIRE_I64, false, 0, 1, UINT64_C(0x8000000000000000), NULL, 0, NULL },
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 8, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "clientId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 12, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "role", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 16, 1, UINT64_C(0xff), values_driver901_11_Role, 2, NULL },
    { "expectedLayoutVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 17, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "maxDims", TPI_WIRE_INTEGER, TPI_WIRE_U8, false, 21, 1, UINT64_C(0xff), NULL, 0, NULL },
    { "publishMode", TPI_WIRE_ENUM, TPI_WIRE_U8, true, 22, 1, UINT64_C(0xff), values_driver901_11_PublishMode, 2, NULL },
    { "requireHugepages", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 23, 1, UINT64_C(0xff), values_driver901_11_HugepagesPolicy, 3, NULL },
};

static const tpi_wire_field_t fields_driver901_11_ShmAttachResponse_payloadPools[] = {
    { "poolId", TPI_WIRE_INTEGER, TPI_WIRE_U16, false, 0, 1, UINT64_C(0xffff), NULL, 0, NULL },
    { "poolNslots", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 2, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "strideBytes", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 6, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "regionUri", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};
static const tpi_wire_block_t block_driver901_11_ShmAttachResponse_payloadPools = { 10, 4, fields_driver901_11_ShmAttachResponse_payloadPools };

static const tpi_wire_field_t fields_driver901_11_ShmAttachResponse[] = {
    { "correlationId", TPI_WIRE_INTEGER, TPI_WIRE_I64, false, 0, 1, UINT64_C(0x8000000000000000), NULL, 0, NULL },
    { "code", TPI_WIRE_ENUM, TPI_WIRE_I32, false, 8, 1, UINT64_C(0xffffffff80000000), values_driver901_11_ResponseCode, 5, NULL },
    { "leaseId", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "leaseExpiryTimestampNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 20, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 28, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 32, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "layoutVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 40, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "headerNslots", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 44, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "headerSlotBytes", TPI_WIRE_INTEGER, TPI_WIRE_U16, true, 48, 1, UINT64_C(0xffff), NULL, 0, NULL },
    { "maxDims", TPI_WIRE_INTEGER, TPI_WIRE_U8, true, 50, 1, UINT64_C(0xff), NULL, 0, NULL },
    { "payloadPools", TPI_WIRE_GROUP, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, &block_driver901_11_ShmAttachResponse_payloadPools },
    { "headerRegionUri", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "errorMessage", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_driver901_11_ShmDetachRequest[] = {
    { "correlationId", TPI_WIRE_INTEGER, TPI_WIRE_I64, false, 0, 1, UINT64_C(0x8000000000000000), NULL, 0, NULL },
    { "leaseId", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 8, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 16, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "clientId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 20, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "role", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 24, 1, UINT64_C(0xff), values_driver901_11_Role, 2, NULL },
};

static const tpi_wire_field_t fields_driver901_11_ShmDetachResponse[] = {
    { "correlationId", TPI_WIRE_INTEGER, TPI_WIRE_I64, false, 0, 1, UINT64_C(0x8000000000000000), NULL, 0, NULL },
    { "code", TPI_WIRE_ENUM, TPI_WIRE_I32, false, 8, 1, UINT64_C(0xffffffff80000000), values_driver901_11_ResponseCode, 5, NULL },
    { "errorMessage", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_driver901_11_ShmLeaseKeepalive[] = {
    { "leaseId", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 0, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 8, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "clientId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 12, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "role", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 16, 1, UINT64_C(0xff), values_driver901_11_Role, 2, NULL },
    { "clientTimestampNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 17, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_driver901_11_ShmDriverShutdown[] = {
    { "timestampNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 0, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "reason", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 8, 1, UINT64_C(0xff), values_driver901_11_ShutdownReason, 3, NULL },
    { "errorMessage", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_driver901_11_ShmLeaseRevoked[] = {
    { "timestampNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 0, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "leaseId", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 8, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 16, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "clientId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 20, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "role", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 24, 1, UINT64_C(0xff), values_driver901_11_Role, 2, NULL },
    { "reason", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 25, 1, UINT64_C(0xff), values_driver901_11_LeaseRevokeReason, 3, NULL },
    { "errorMessage", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_driver901_11_ShmDriverShutdownRequest[] = {
    { "correlationId", TPI_WIRE_INTEGER, TPI_WIRE_I64, false, 0, 1, UINT64_C(0x8000000000000000), NULL, 0, NULL },
    { "reason", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 8, 1, UINT64_C(0xff), values_driver901_11_ShutdownReason, 3, NULL },
    { "token", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "errorMessage", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_value_t values_driver901_12_ResponseCode[] = { { "OK", 0 }, { "UNSUPPORTED", 1 }, { "INVALID_PARAMS", 2 }, { "REJECTED", 3 }, { "INTERNAL_ERROR", 4 } };
static const tpi_wire_value_t values_driver901_12_Role[] = { { "PRODUCER", 1 }, { "CONSUMER", 2 } };
static const tpi_wire_value_t values_driver901_12_PublishMode[] = { { "REQUIRE_EXISTING", 1 }, { "EXISTING_OR_CREATE", 2 } };
static const tpi_wire_value_t values_driver901_12_HugepagesPolicy[] = { { "UNSPECIFIED", 0 }, { "STANDARD", 1 }, { "HUGEPAGES", 2 } };

static const tpi_wire_field_t fields_driver901_12_ShmAttachRequest[] = {
    { "correlationId", TPI_WIRE_INTEGER, TPI_WIRE_I64, false, 0, 1, UINT64_C(0x8000000000000000), NULL, 0, NULL },
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 8, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "clientId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 12, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "role", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 16, 1, UINT64_C(0xff), values_driver901_12_Role, 2, NULL },
    { "expectedLayoutVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 17, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "publishMode", TPI_WIRE_ENUM, TPI_WIRE_U8, true, 21, 1, UINT64_C(0xff), values_driver901_12_PublishMode, 2, NULL },
    { "requireHugepages", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 22, 1, UINT64_C(0xff), values_driver901_12_HugepagesPolicy, 3, NULL },
    { "desiredNodeId", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 23, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_driver901_12_ShmAttachResponse_payloadPools[] = {
    { "poolId", TPI_WIRE_INTEGER, TPI_WIRE_U16, false, 0, 1, UINT64_C(0xffff), NULL, 0, NULL },
    { "poolNslots", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 2, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "strideBytes", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 6, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "regionUri", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};
static const tpi_wire_block_t block_driver901_12_ShmAttachResponse_payloadPools = { 10, 4, fields_driver901_12_ShmAttachResponse_payloadPools };

static const tpi_wire_field_t fields_driver901_12_ShmAttachResponse[] = {
    { "correlationId", TPI_WIRE_INTEGER, TPI_WIRE_I64, false, 0, 1, UINT64_C(0x8000000000000000), NULL, 0, NULL },
    { "code", TPI_WIRE_ENUM, TPI_WIRE_I32, false, 8, 1, UINT64_C(0xffffffff80000000), values_driver901_12_ResponseCode, 5, NULL },
    { "leaseId", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "leaseExpiryTimestampNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 20, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 28, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 32, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "layoutVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 40, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "headerNslots", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 44, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "headerSlotBytes", TPI_WIRE_INTEGER, TPI_WIRE_U16, true, 48, 1, UINT64_C(0xffff), NULL, 0, NULL },
    { "nodeId", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 50, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "payloadPools", TPI_WIRE_GROUP, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, &block_driver901_12_ShmAttachResponse_payloadPools },
    { "headerRegionUri", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "errorMessage", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_value_t values_bridge902_11_Bool[] = { { "FALSE", 0 }, { "TRUE", 1 } };

static const tpi_wire_field_t fields_bridge902_11_BridgeFrameChunk[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 4, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "seq", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "chunkIndex", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 20, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "chunkCount", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 24, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "chunkOffset", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 28, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "chunkLength", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 32, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "payloadLength", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 36, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "headerIncluded", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 40, 1, UINT64_C(0xff), values_bridge902_11_Bool, 2, NULL },
    { "headerBytes", TPI_WIRE_BYTES, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "payloadBytes", TPI_WIRE_BYTES, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_value_t values_bridge902_12_Bool[] = { { "FALSE", 0 }, { "TRUE", 1 } };

static const tpi_wire_field_t fields_bridge902_12_BridgeFrameChunk[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 4, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "seq", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "traceId", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 20, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "chunkIndex", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 28, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "chunkCount", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 32, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "chunkOffset", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 36, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "chunkLength", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 40, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "payloadLength", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 44, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "payloadCrc32c", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 48, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "headerIncluded", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 52, 1, UINT64_C(0xff), values_bridge902_12_Bool, 2, NULL },
    { "headerBytes", TPI_WIRE_BYTES, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "payloadBytes", TPI_WIRE_BYTES, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_value_t values_merge903_12_ClockDomain[] = { { "MONOTONIC", 1 }, { "REALTIME_SYNCED", 2 } };
static const tpi_wire_value_t values_merge903_12_TimestampSource[] = { { "FRAME_DESCRIPTOR", 1 }, { "SLOT_HEADER", 2 } };
static const tpi_wire_value_t values_merge903_12_MergeRuleType[] = { { "OFFSET", 0 }, { "WINDOW", 1 } };
static const tpi_wire_value_t values_merge903_12_MergeTimeRuleType[] = { { "OFFSET_NS", 0 }, { "WINDOW_NS", 1 } };

static const tpi_wire_field_t fields_merge903_12_SequenceMergeMapAnnounce_rules[] = {
    { "inputStreamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "ruleType", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 4, 1, UINT64_C(0xff), values_merge903_12_MergeRuleType, 2, NULL },
    { "offset", TPI_WIRE_INTEGER, TPI_WIRE_I32, true, 5, 1, UINT64_C(0xffffffff80000000), NULL, 0, NULL },
    { "windowSize", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 9, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
};
static const tpi_wire_block_t block_merge903_12_SequenceMergeMapAnnounce_rules = { 13, 4, fields_merge903_12_SequenceMergeMapAnnounce_rules };

static const tpi_wire_field_t fields_merge903_12_SequenceMergeMapAnnounce[] = {
    { "outStreamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 4, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "staleTimeoutNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "rules", TPI_WIRE_GROUP, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, &block_merge903_12_SequenceMergeMapAnnounce_rules },
};

static const tpi_wire_field_t fields_merge903_12_SequenceMergeMapRequest[] = {
    { "outStreamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 4, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_merge903_12_TimestampMergeMapAnnounce_rules[] = {
    { "inputStreamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "ruleType", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 4, 1, UINT64_C(0xff), values_merge903_12_MergeTimeRuleType, 2, NULL },
    { "timestampSource", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 5, 1, UINT64_C(0xff), values_merge903_12_TimestampSource, 2, NULL },
    { "offsetNs", TPI_WIRE_INTEGER, TPI_WIRE_I64, true, 6, 1, UINT64_C(0x8000000000000000), NULL, 0, NULL },
    { "windowNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 14, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
};
static const tpi_wire_block_t block_merge903_12_TimestampMergeMapAnnounce_rules = { 22, 5, fields_merge903_12_TimestampMergeMapAnnounce_rules };

static const tpi_wire_field_t fields_merge903_12_TimestampMergeMapAnnounce[] = {
    { "outStreamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 4, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "staleTimeoutNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "clockDomain", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 20, 1, UINT64_C(0xff), values_merge903_12_ClockDomain, 2, NULL },
    { "latenessNs", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 21, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "rules", TPI_WIRE_GROUP, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, &block_merge903_12_TimestampMergeMapAnnounce_rules },
};

static const tpi_wire_field_t fields_merge903_12_TimestampMergeMapRequest[] = {
    { "outStreamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 4, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
};


static const tpi_wire_field_t fields_trace904_12_TraceLinkSet_parents[] = {
    { "traceId", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 0, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
};
static const tpi_wire_block_t block_trace904_12_TraceLinkSet_parents = { 8, 1, fields_trace904_12_TraceLinkSet_parents };

static const tpi_wire_field_t fields_trace904_12_TraceLinkSet[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 4, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "seq", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 12, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "traceId", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 20, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "parents", TPI_WIRE_GROUP, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, &block_trace904_12_TraceLinkSet_parents },
};

static const tpi_wire_value_t values_discovery910_11_DiscoveryStatus[] = { { "OK", 1 }, { "NOT_FOUND", 2 }, { "ERROR", 3 } };

static const tpi_wire_field_t fields_discovery910_11_DiscoveryRequest_tags[] = {
    { "tag", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};
static const tpi_wire_block_t block_discovery910_11_DiscoveryRequest_tags = { 0, 1, fields_discovery910_11_DiscoveryRequest_tags };

static const tpi_wire_field_t fields_discovery910_11_DiscoveryRequest[] = {
    { "requestId", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 0, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "clientId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 8, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "responseStreamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 12, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 16, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "producerId", TPI_WIRE_INTEGER, TPI_WIRE_U32, true, 20, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "dataSourceId", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 24, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "tags", TPI_WIRE_GROUP, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, &block_discovery910_11_DiscoveryRequest_tags },
    { "responseChannel", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "dataSourceName", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

static const tpi_wire_field_t fields_discovery910_11_DiscoveryResponse_results_payloadPools[] = {
    { "poolId", TPI_WIRE_INTEGER, TPI_WIRE_U16, false, 0, 1, UINT64_C(0xffff), NULL, 0, NULL },
    { "poolNslots", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 2, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "strideBytes", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 6, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "regionUri", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};
static const tpi_wire_block_t block_discovery910_11_DiscoveryResponse_results_payloadPools = { 10, 4, fields_discovery910_11_DiscoveryResponse_results_payloadPools };

static const tpi_wire_field_t fields_discovery910_11_DiscoveryResponse_results_tags[] = {
    { "tag", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};
static const tpi_wire_block_t block_discovery910_11_DiscoveryResponse_results_tags = { 0, 1, fields_discovery910_11_DiscoveryResponse_results_tags };

static const tpi_wire_field_t fields_discovery910_11_DiscoveryResponse_results[] = {
    { "streamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 0, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "producerId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 4, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "epoch", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 8, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "layoutVersion", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 16, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "headerNslots", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 20, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "headerSlotBytes", TPI_WIRE_INTEGER, TPI_WIRE_U16, false, 24, 1, UINT64_C(0xffff), NULL, 0, NULL },
    { "maxDims", TPI_WIRE_INTEGER, TPI_WIRE_U8, false, 26, 1, UINT64_C(0xff), NULL, 0, NULL },
    { "dataSourceId", TPI_WIRE_INTEGER, TPI_WIRE_U64, true, 27, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "driverControlStreamId", TPI_WIRE_INTEGER, TPI_WIRE_U32, false, 35, 1, UINT64_C(0xffffffff), NULL, 0, NULL },
    { "payloadPools", TPI_WIRE_GROUP, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, &block_discovery910_11_DiscoveryResponse_results_payloadPools },
    { "tags", TPI_WIRE_GROUP, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, &block_discovery910_11_DiscoveryResponse_results_tags },
    { "headerRegionUri", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "dataSourceName", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "driverInstanceId", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
    { "driverControlChannel", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};
static const tpi_wire_block_t block_discovery910_11_DiscoveryResponse_results = { 39, 15, fields_discovery910_11_DiscoveryResponse_results };

static const tpi_wire_field_t fields_discovery910_11_DiscoveryResponse[] = {
    { "requestId", TPI_WIRE_INTEGER, TPI_WIRE_U64, false, 0, 1, UINT64_C(0xffffffffffffffff), NULL, 0, NULL },
    { "status", TPI_WIRE_ENUM, TPI_WIRE_U8, false, 8, 1, UINT64_C(0xff), values_discovery910_11_DiscoveryStatus, 3, NULL },
    { "results", TPI_WIRE_GROUP, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, &block_discovery910_11_DiscoveryResponse_results },
    { "errorMessage", TPI_WIRE_ASCII, TPI_WIRE_U8, false, 0, 1, UINT64_C(0x0), NULL, 0, NULL },
};

const tpi_wire_message_t tpi_wire_messages[] = {
    { "wire", "ShmPoolAnnounce", 900, 1, 1, TPI_WIRE_IN_BOTH, { 35, 10, fields_wire900_11_ShmPoolAnnounce } },
    { "wire", "ConsumerHello", 900, 1, 2, TPI_WIRE_IN_BOTH, { 39, 14, fields_wire900_11_ConsumerHello } },
    { "wire", "ConsumerConfig", 900, 1, 3, TPI_WIRE_IN_BOTH, { 18, 9, fields_wire900_11_ConsumerConfig } },
    { "wire", "FrameDescriptor", 900, 1, 4, TPI_WIRE_IN_V11, { 36, 6, fields_wire900_11_FrameDescriptor } },
    { "wire", "FrameDescriptor", 900, 1, 4, TPI_WIRE_IN_V12, { 40, 6, fields_wire900_12_FrameDescriptor } },
    { "wire", "QosConsumer", 900, 1, 5, TPI_WIRE_IN_BOTH, { 41, 7, fields_wire900_11_QosConsumer } },
    { "wire", "QosProducer", 900, 1, 6, TPI_WIRE_IN_BOTH, { 28, 5, fields_wire900_11_QosProducer } },
    { "wire", "DataSourceAnnounce", 900, 1, 7, TPI_WIRE_IN_BOTH, { 20, 6, fields_wire900_11_DataSourceAnnounce } },
    { "wire", "DataSourceMeta", 900, 1, 8, TPI_WIRE_IN_BOTH, { 16, 4, fields_wire900_11_DataSourceMeta } },
    { "wire", "ControlResponse", 900, 1, 9, TPI_WIRE_IN_BOTH, { 12, 3, fields_wire900_11_ControlResponse } },
    { "wire", "MetaBlobAnnounce", 900, 1, 10, TPI_WIRE_IN_V12, { 28, 5, fields_wire900_12_MetaBlobAnnounce } },
    { "wire", "FrameProgress", 900, 1, 11, TPI_WIRE_IN_V11, { 33, 6, fields_wire900_11_FrameProgress } },
    { "wire", "FrameProgress", 900, 1, 11, TPI_WIRE_IN_V12, { 29, 5, fields_wire900_12_FrameProgress } },
    { "wire", "MetaBlobChunk", 900, 1, 12, TPI_WIRE_IN_V12, { 16, 4, fields_wire900_12_MetaBlobChunk } },
    { "wire", "MetaBlobComplete", 900, 1, 13, TPI_WIRE_IN_V12, { 16, 3, fields_wire900_12_MetaBlobComplete } },
    { "wire", "ShmRegionSuperblock", 900, 1, 50, TPI_WIRE_IN_BOTH, { 64, 12, fields_wire900_11_ShmRegionSuperblock } },
    { "wire", "SlotHeader", 900, 1, 51, TPI_WIRE_IN_BOTH, { 60, 9, fields_wire900_11_SlotHeader } },
    { "wire", "TensorHeader", 900, 1, 52, TPI_WIRE_IN_BOTH, { 184, 10, fields_wire900_11_TensorHeader } },
    { "driver", "ShmAttachRequest", 901, 1, 1, TPI_WIRE_IN_V11, { 24, 8, fields_driver901_11_ShmAttachRequest } },
    { "driver", "ShmAttachRequest", 901, 1, 1, TPI_WIRE_IN_V12, { 27, 8, fields_driver901_12_ShmAttachRequest } },
    { "driver", "ShmAttachResponse", 901, 1, 2, TPI_WIRE_IN_V11, { 51, 13, fields_driver901_11_ShmAttachResponse } },
    { "driver", "ShmAttachResponse", 901, 1, 2, TPI_WIRE_IN_V12, { 54, 13, fields_driver901_12_ShmAttachResponse } },
    { "driver", "ShmDetachRequest", 901, 1, 3, TPI_WIRE_IN_BOTH, { 25, 5, fields_driver901_11_ShmDetachRequest } },
    { "driver", "ShmDetachResponse", 901, 1, 4, TPI_WIRE_IN_BOTH, { 12, 3, fields_driver901_11_ShmDetachResponse } },
    { "driver", "ShmLeaseKeepalive", 901, 1, 5, TPI_WIRE_IN_BOTH, { 25, 5, fields_driver901_11_ShmLeaseKeepalive } },
    { "driver", "ShmDriverShutdown", 901, 1, 6, TPI_WIRE_IN_BOTH, { 9, 3, fields_driver901_11_ShmDriverShutdown } },
    { "driver", "ShmLeaseRevoked", 901, 1, 7, TPI_WIRE_IN_BOTH, { 26, 7, fields_driver901_11_ShmLeaseRevoked } },
    { "driver", "ShmDriverShutdownRequest", 901, 1, 8, TPI_WIRE_IN_BOTH, { 9, 4, fields_driver901_11_ShmDriverShutdownRequest } },
    { "bridge", "BridgeFrameChunk", 902, 1, 1, TPI_WIRE_IN_V11, { 41, 11, fields_bridge902_11_BridgeFrameChunk } },
    { "bridge", "BridgeFrameChunk", 902, 1, 1, TPI_WIRE_IN_V12, { 53, 13, fields_bridge902_12_BridgeFrameChunk } },
    { "merge", "SequenceMergeMapAnnounce", 903, 1, 1, TPI_WIRE_IN_V12, { 20, 4, fields_merge903_12_SequenceMergeMapAnnounce } },
    { "merge", "SequenceMergeMapRequest", 903, 1, 2, TPI_WIRE_IN_V12, { 12, 2, fields_merge903_12_SequenceMergeMapRequest } },
    { "merge", "TimestampMergeMapAnnounce", 903, 1, 3, TPI_WIRE_IN_V12, { 29, 6, fields_merge903_12_TimestampMergeMapAnnounce } },
    { "merge", "TimestampMergeMapRequest", 903, 1, 4, TPI_WIRE_IN_V12, { 12, 2, fields_merge903_12_TimestampMergeMapRequest } },
    { "trace", "TraceLinkSet", 904, 1, 1, TPI_WIRE_IN_V12, { 28, 5, fields_trace904_12_TraceLinkSet } },
    { "discovery", "DiscoveryRequest", 910, 1, 1, TPI_WIRE_IN_BOTH, { 32, 9, fields_discovery910_11_DiscoveryRequest } },
    { "discovery", "DiscoveryResponse", 910, 1, 2, TPI_WIRE_IN_BOTH, { 9, 4, fields_discovery910_11_DiscoveryResponse } },
};
const size_t tpi_wire_message_count = sizeof(tpi_wire_messages) / sizeof(tpi_wire_messages[0]);

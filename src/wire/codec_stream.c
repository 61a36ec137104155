/*
 * Struct codecs of schema 900: what goes over a stream's control, descriptor, QoS and metadata
 * streams.
 */
#include "base/fail.h"
#include "wire/codec_internal.h"

#include "tpi_wire11/consumerConfig.h"
#include "tpi_wire11/consumerHello.h"
#include "tpi_wire11/controlResponse.h"
#include "tpi_wire11/dataSourceAnnounce.h"
#include "tpi_wire11/frameDescriptor.h"
#include "tpi_wire11/frameProgress.h"
#include "tpi_wire11/qosConsumer.h"
#include "tpi_wire11/qosProducer.h"
#include "tpi_wire11/shmPoolAnnounce.h"
#include "tpi_wire12/frameDescriptor.h"
#include "tpi_wire12/frameProgress.h"

#define BEGIN(TEMPLATE, EXCEPT) tpi_codec_begin(buf, len, TPI_WIRE_SCHEMA_ID, TEMPLATE, EXCEPT)

/* In these two a null id means what 0 means: no stream asked for, none assigned. Rule: W-5 */
static const char *const stream_ids[] = { "descriptorStreamId", "controlStreamId", NULL };

/* ---- ShmPoolAnnounce ---- */

#define M(name) tpi_wire11_shmPoolAnnounce_##name

int tpi_shm_pool_announce_decode(const void *buf, size_t len, tpi_shm_pool_announce_t *out)
{
    int result = BEGIN(TPI_SHM_POOL_ANNOUNCE, NULL);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_shmPoolAnnounce c = { 0 };
    TPI_CODEC_OPEN(tpi_wire11_shmPoolAnnounce, &c, buf, len);
    out->stream_id = M(streamId)(&c);
    out->producer_id = M(producerId)(&c);
    out->epoch = M(epoch)(&c);
    out->announce_timestamp_ns = M(announceTimestampNs)(&c);
    TPI_CODEC_GET_ENUM(tpi_wire11_shmPoolAnnounce, tpi_wire11_clockDomain, &c, announceClockDomain,
                       &out->clock_domain);
    out->layout_version = M(layoutVersion)(&c);
    out->header_nslots = M(headerNslots)(&c);
    out->header_slot_bytes = M(headerSlotBytes)(&c);
    const size_t npools = tpi_codec_group_count(buf, M(sbe_block_length)());
    if (npools > TPI_MAX_POOLS) {
        return tpi_codec_pools_check(TP_EDECODE, NULL, npools);
    }
    TPI_CODEC_GET_POOLS(tpi_wire11_shmPoolAnnounce, &c, out);
    TPI_CODEC_GET_VIEW(tpi_wire11_shmPoolAnnounce, &c, headerRegionUri, &out->header_region_uri);
    result = tpi_codec_pools_check(TP_EDECODE, out->pools, out->npools);
    return result == TP_OK ? tpi_codec_ascii(TP_EDECODE, "headerRegionUri", out->header_region_uri)
                           : result;
}

int tpi_shm_pool_announce_encode(void *buf, size_t cap, const tpi_shm_pool_announce_t *in)
{
    int result = tpi_codec_pools_check(TP_EINVAL, in->pools, in->npools);
    if (result == TP_OK) {
        result = tpi_codec_ascii(TP_EINVAL, "headerRegionUri", in->header_region_uri);
    }
    if (result != TP_OK) {
        return result;
    }
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)() +
                        tpi_codec_pools_bytes(in->pools, in->npools) +
                        tpi_codec_view_bytes(in->header_region_uri);
    result = tpi_codec_room("ShmPoolAnnounce", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_shmPoolAnnounce c = { 0 };
    TPI_CODEC_CREATE(tpi_wire11_shmPoolAnnounce, tpi_wire11, &c, buf, cap);
    M(set_streamId)(&c, in->stream_id);
    M(set_producerId)(&c, in->producer_id);
    M(set_epoch)(&c, in->epoch);
    M(set_announceTimestampNs)(&c, in->announce_timestamp_ns);
    M(set_announceClockDomain)(&c, (enum tpi_wire11_clockDomain)in->clock_domain);
    M(set_layoutVersion)(&c, in->layout_version);
    M(set_headerNslots)(&c, in->header_nslots);
    M(set_headerSlotBytes)(&c, in->header_slot_bytes);
    TPI_CODEC_PUT_POOLS(tpi_wire11_shmPoolAnnounce, &c, in);
    TPI_CODEC_PUT_VIEW(tpi_wire11_shmPoolAnnounce, &c, headerRegionUri, in->header_region_uri);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M

/* ---- ConsumerHello ---- */

#define M(name) tpi_wire11_consumerHello_##name

int tpi_consumer_hello_decode(const void *buf, size_t len, tpi_consumer_hello_t *out)
{
    int result = BEGIN(TPI_CONSUMER_HELLO, stream_ids);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_consumerHello c = { 0 };
    TPI_CODEC_OPEN(tpi_wire11_consumerHello, &c, buf, len);
    out->stream_id = M(streamId)(&c);
    out->consumer_id = M(consumerId)(&c);
    TPI_CODEC_GET_ENUM(tpi_wire11_consumerHello, tpi_wire11_bool, &c, supportsShm,
                       &out->supports_shm);
    TPI_CODEC_GET_ENUM(tpi_wire11_consumerHello, tpi_wire11_bool, &c, supportsProgress,
                       &out->supports_progress);
    TPI_CODEC_GET_ENUM(tpi_wire11_consumerHello, tpi_wire11_mode, &c, mode, &out->mode);
    out->max_rate_hz = M(maxRateHz)(&c);
    out->expected_layout_version = M(expectedLayoutVersion)(&c);
    out->progress_interval_us = M(progressIntervalUs)(&c);
    out->progress_bytes_delta = M(progressBytesDelta)(&c);
    out->progress_major_delta_units = M(progressMajorDeltaUnits)(&c);
    out->descriptor_stream_id = M(descriptorStreamId)(&c);
    out->control_stream_id = M(controlStreamId)(&c);
    TPI_CODEC_GET_VIEW(tpi_wire11_consumerHello, &c, descriptorChannel, &out->descriptor_channel);
    TPI_CODEC_GET_VIEW(tpi_wire11_consumerHello, &c, controlChannel, &out->control_channel);
    result = tpi_codec_ascii(TP_EDECODE, "descriptorChannel", out->descriptor_channel);
    return result == TP_OK ? tpi_codec_ascii(TP_EDECODE, "controlChannel", out->control_channel)
                           : result;
}

int tpi_consumer_hello_encode(void *buf, size_t cap, const tpi_consumer_hello_t *in)
{
    int result = tpi_codec_ascii(TP_EINVAL, "descriptorChannel", in->descriptor_channel);
    if (result == TP_OK) {
        result = tpi_codec_ascii(TP_EINVAL, "controlChannel", in->control_channel);
    }
    if (result != TP_OK) {
        return result;
    }
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)() +
                        tpi_codec_view_bytes(in->descriptor_channel) +
                        tpi_codec_view_bytes(in->control_channel);
    result = tpi_codec_room("ConsumerHello", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_consumerHello c = { 0 };
    TPI_CODEC_CREATE(tpi_wire11_consumerHello, tpi_wire11, &c, buf, cap);
    M(set_streamId)(&c, in->stream_id);
    M(set_consumerId)(&c, in->consumer_id);
    M(set_supportsShm)(&c, (enum tpi_wire11_bool)in->supports_shm);
    M(set_supportsProgress)(&c, (enum tpi_wire11_bool)in->supports_progress);
    M(set_mode)(&c, (enum tpi_wire11_mode)in->mode);
    M(set_maxRateHz)(&c, in->max_rate_hz);
    M(set_expectedLayoutVersion)(&c, in->expected_layout_version);
    M(set_progressIntervalUs)(&c, in->progress_interval_us);
    M(set_progressBytesDelta)(&c, in->progress_bytes_delta);
    M(set_progressMajorDeltaUnits)(&c, in->progress_major_delta_units);
    M(set_descriptorStreamId)(&c, in->descriptor_stream_id);
    M(set_controlStreamId)(&c, in->control_stream_id);
    TPI_CODEC_PUT_VIEW(tpi_wire11_consumerHello, &c, descriptorChannel, in->descriptor_channel);
    TPI_CODEC_PUT_VIEW(tpi_wire11_consumerHello, &c, controlChannel, in->control_channel);
    return tpi_codec_finish(buf, need, stream_ids);
}
#undef M

/* ---- ConsumerConfig ---- */

#define M(name) tpi_wire11_consumerConfig_##name

static int check_config_text(int code, const tpi_consumer_config_t *config)
{
    int result = tpi_codec_ascii(code, "payloadFallbackUri", config->payload_fallback_uri);
    if (result == TP_OK) {
        result = tpi_codec_ascii(code, "descriptorChannel", config->descriptor_channel);
    }
    return result == TP_OK ? tpi_codec_ascii(code, "controlChannel", config->control_channel)
                           : result;
}

int tpi_consumer_config_decode(const void *buf, size_t len, tpi_consumer_config_t *out)
{
    const int result = BEGIN(TPI_CONSUMER_CONFIG, stream_ids);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_consumerConfig c = { 0 };
    TPI_CODEC_OPEN(tpi_wire11_consumerConfig, &c, buf, len);
    out->stream_id = M(streamId)(&c);
    out->consumer_id = M(consumerId)(&c);
    TPI_CODEC_GET_ENUM(tpi_wire11_consumerConfig, tpi_wire11_bool, &c, useShm, &out->use_shm);
    TPI_CODEC_GET_ENUM(tpi_wire11_consumerConfig, tpi_wire11_mode, &c, mode, &out->mode);
    out->descriptor_stream_id = M(descriptorStreamId)(&c);
    out->control_stream_id = M(controlStreamId)(&c);
    TPI_CODEC_GET_VIEW(tpi_wire11_consumerConfig, &c, payloadFallbackUri,
                       &out->payload_fallback_uri);
    TPI_CODEC_GET_VIEW(tpi_wire11_consumerConfig, &c, descriptorChannel, &out->descriptor_channel);
    TPI_CODEC_GET_VIEW(tpi_wire11_consumerConfig, &c, controlChannel, &out->control_channel);
    return check_config_text(TP_EDECODE, out);
}

int tpi_consumer_config_encode(void *buf, size_t cap, const tpi_consumer_config_t *in)
{
    int result = check_config_text(TP_EINVAL, in);
    if (result != TP_OK) {
        return result;
    }
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)() +
                        tpi_codec_view_bytes(in->payload_fallback_uri) +
                        tpi_codec_view_bytes(in->descriptor_channel) +
                        tpi_codec_view_bytes(in->control_channel);
    result = tpi_codec_room("ConsumerConfig", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_consumerConfig c = { 0 };
    TPI_CODEC_CREATE(tpi_wire11_consumerConfig, tpi_wire11, &c, buf, cap);
    M(set_streamId)(&c, in->stream_id);
    M(set_consumerId)(&c, in->consumer_id);
    M(set_useShm)(&c, (enum tpi_wire11_bool)in->use_shm);
    M(set_mode)(&c, (enum tpi_wire11_mode)in->mode);
    M(set_descriptorStreamId)(&c, in->descriptor_stream_id);
    M(set_controlStreamId)(&c, in->control_stream_id);
    TPI_CODEC_PUT_VIEW(tpi_wire11_consumerConfig, &c, payloadFallbackUri, in->payload_fallback_uri);
    TPI_CODEC_PUT_VIEW(tpi_wire11_consumerConfig, &c, descriptorChannel, in->descriptor_channel);
    TPI_CODEC_PUT_VIEW(tpi_wire11_consumerConfig, &c, controlChannel, in->control_channel);
    return tpi_codec_finish(buf, need, stream_ids);
}
#undef M

/* ---- FrameDescriptor ---- */

int tpi_frame_descriptor_decode(const void *buf, size_t len, tpi_frame_descriptor_t *out)
{
    const int result = BEGIN(TPI_FRAME_DESCRIPTOR, NULL);
    if (result != TP_OK) {
        return result;
    }
    tpi_wire_header_t header = { 0 };
    tpi_wire_peek(buf, len, &header);
    /* Rule: X-1 */
    if (tpi_wire_dialect_of(&header) == TPI_DIALECT_V12) {
        struct tpi_wire12_frameDescriptor c = { 0 };
        TPI_CODEC_OPEN(tpi_wire12_frameDescriptor, &c, buf, len);
        out->stream_id = tpi_wire12_frameDescriptor_streamId(&c);
        out->epoch = tpi_wire12_frameDescriptor_epoch(&c);
        out->seq = tpi_wire12_frameDescriptor_seq(&c);
        out->header_index = TPI_NULL_U32;
        out->timestamp_ns = tpi_wire12_frameDescriptor_timestampNs(&c);
        out->meta_version = tpi_wire12_frameDescriptor_metaVersion(&c);
        out->trace_id = tpi_wire12_frameDescriptor_traceId(&c);
    } else {
        struct tpi_wire11_frameDescriptor c = { 0 };
        TPI_CODEC_OPEN(tpi_wire11_frameDescriptor, &c, buf, len);
        out->stream_id = tpi_wire11_frameDescriptor_streamId(&c);
        out->epoch = tpi_wire11_frameDescriptor_epoch(&c);
        out->seq = tpi_wire11_frameDescriptor_seq(&c);
        out->header_index = tpi_wire11_frameDescriptor_headerIndex(&c);
        out->timestamp_ns = tpi_wire11_frameDescriptor_timestampNs(&c);
        out->meta_version = tpi_wire11_frameDescriptor_metaVersion(&c);
        /* Rule: X-6 */
        out->trace_id = 0;
    }
    return TP_OK;
}

int tpi_frame_descriptor_encode(void *buf, size_t cap, tpi_dialect_t dialect,
                                const tpi_frame_descriptor_t *in)
{
    const size_t block = dialect == TPI_DIALECT_V12 ? tpi_wire12_frameDescriptor_sbe_block_length()
                                                    : tpi_wire11_frameDescriptor_sbe_block_length();
    const int result = tpi_codec_room("FrameDescriptor", cap, TPI_WIRE_HEADER_BYTES + block);
    if (result != TP_OK) {
        return result;
    }
    return tpi_codec_finish(buf, tpi_frame_descriptor_put(buf, dialect, in), NULL);
}

/* ---- FrameProgress ---- */

int tpi_frame_progress_decode(const void *buf, size_t len, tpi_frame_progress_t *out)
{
    const int result = BEGIN(TPI_FRAME_PROGRESS, NULL);
    if (result != TP_OK) {
        return result;
    }
    tpi_wire_header_t header = { 0 };
    tpi_wire_peek(buf, len, &header);
    if (tpi_wire_dialect_of(&header) == TPI_DIALECT_V12) {
        struct tpi_wire12_frameProgress c = { 0 };
        TPI_CODEC_OPEN(tpi_wire12_frameProgress, &c, buf, len);
        out->stream_id = tpi_wire12_frameProgress_streamId(&c);
        out->epoch = tpi_wire12_frameProgress_epoch(&c);
        out->seq = tpi_wire12_frameProgress_seq(&c);
        out->header_index = TPI_NULL_U32;
        out->payload_bytes_filled = tpi_wire12_frameProgress_payloadBytesFilled(&c);
        TPI_CODEC_GET_ENUM(tpi_wire12_frameProgress, tpi_wire12_frameProgressState, &c, state,
                           &out->state);
    } else {
        struct tpi_wire11_frameProgress c = { 0 };
        TPI_CODEC_OPEN(tpi_wire11_frameProgress, &c, buf, len);
        out->stream_id = tpi_wire11_frameProgress_streamId(&c);
        out->epoch = tpi_wire11_frameProgress_epoch(&c);
        out->seq = tpi_wire11_frameProgress_frameId(&c);
        out->header_index = tpi_wire11_frameProgress_headerIndex(&c);
        out->payload_bytes_filled = tpi_wire11_frameProgress_payloadBytesFilled(&c);
        TPI_CODEC_GET_ENUM(tpi_wire11_frameProgress, tpi_wire11_frameProgressState, &c, state,
                           &out->state);
    }
    return TP_OK;
}

int tpi_frame_progress_encode(void *buf, size_t cap, tpi_dialect_t dialect,
                              const tpi_frame_progress_t *in)
{
    const bool v12 = dialect == TPI_DIALECT_V12;
    const size_t need = TPI_WIRE_HEADER_BYTES + (v12 ? tpi_wire12_frameProgress_sbe_block_length()
                                                     : tpi_wire11_frameProgress_sbe_block_length());
    const int result = tpi_codec_room("FrameProgress", cap, need);
    if (result != TP_OK) {
        return result;
    }
    if (v12) {
        struct tpi_wire12_frameProgress c = { 0 };
        TPI_CODEC_CREATE(tpi_wire12_frameProgress, tpi_wire12, &c, buf, cap);
        tpi_wire12_frameProgress_set_streamId(&c, in->stream_id);
        tpi_wire12_frameProgress_set_epoch(&c, in->epoch);
        tpi_wire12_frameProgress_set_seq(&c, in->seq);
        tpi_wire12_frameProgress_set_payloadBytesFilled(&c, in->payload_bytes_filled);
        tpi_wire12_frameProgress_set_state(&c, (enum tpi_wire12_frameProgressState)in->state);
    } else {
        struct tpi_wire11_frameProgress c = { 0 };
        TPI_CODEC_CREATE(tpi_wire11_frameProgress, tpi_wire11, &c, buf, cap);
        tpi_wire11_frameProgress_set_streamId(&c, in->stream_id);
        tpi_wire11_frameProgress_set_epoch(&c, in->epoch);
        tpi_wire11_frameProgress_set_frameId(&c, in->seq);
        tpi_wire11_frameProgress_set_headerIndex(&c, in->header_index);
        tpi_wire11_frameProgress_set_payloadBytesFilled(&c, in->payload_bytes_filled);
        tpi_wire11_frameProgress_set_state(&c, (enum tpi_wire11_frameProgressState)in->state);
    }
    return tpi_codec_finish(buf, need, NULL);
}

/* ---- QosConsumer ---- */

#define M(name) tpi_wire11_qosConsumer_##name

int tpi_qos_consumer_decode(const void *buf, size_t len, tpi_qos_consumer_t *out)
{
    const int result = BEGIN(TPI_QOS_CONSUMER, NULL);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_qosConsumer c = { 0 };
    TPI_CODEC_OPEN(tpi_wire11_qosConsumer, &c, buf, len);
    out->stream_id = M(streamId)(&c);
    out->consumer_id = M(consumerId)(&c);
    out->epoch = M(epoch)(&c);
    out->last_seq_seen = M(lastSeqSeen)(&c);
    out->drops_gap = M(dropsGap)(&c);
    out->drops_late = M(dropsLate)(&c);
    TPI_CODEC_GET_ENUM(tpi_wire11_qosConsumer, tpi_wire11_mode, &c, mode, &out->mode);
    return TP_OK;
}

int tpi_qos_consumer_encode(void *buf, size_t cap, const tpi_qos_consumer_t *in)
{
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)();
    const int result = tpi_codec_room("QosConsumer", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_qosConsumer c = { 0 };
    TPI_CODEC_CREATE(tpi_wire11_qosConsumer, tpi_wire11, &c, buf, cap);
    M(set_streamId)(&c, in->stream_id);
    M(set_consumerId)(&c, in->consumer_id);
    M(set_epoch)(&c, in->epoch);
    M(set_lastSeqSeen)(&c, in->last_seq_seen);
    M(set_dropsGap)(&c, in->drops_gap);
    M(set_dropsLate)(&c, in->drops_late);
    M(set_mode)(&c, (enum tpi_wire11_mode)in->mode);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M

/* ---- QosProducer ---- */

#define M(name) tpi_wire11_qosProducer_##name

int tpi_qos_producer_decode(const void *buf, size_t len, tpi_qos_producer_t *out)
{
    const int result = BEGIN(TPI_QOS_PRODUCER, NULL);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_qosProducer c = { 0 };
    TPI_CODEC_OPEN(tpi_wire11_qosProducer, &c, buf, len);
    out->stream_id = M(streamId)(&c);
    out->producer_id = M(producerId)(&c);
    out->epoch = M(epoch)(&c);
    out->current_seq = M(currentSeq)(&c);
    out->watermark = M(watermark)(&c);
    return TP_OK;
}

int tpi_qos_producer_encode(void *buf, size_t cap, const tpi_qos_producer_t *in)
{
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)();
    const int result = tpi_codec_room("QosProducer", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_qosProducer c = { 0 };
    TPI_CODEC_CREATE(tpi_wire11_qosProducer, tpi_wire11, &c, buf, cap);
    M(set_streamId)(&c, in->stream_id);
    M(set_producerId)(&c, in->producer_id);
    M(set_epoch)(&c, in->epoch);
    M(set_currentSeq)(&c, in->current_seq);
    M(set_watermark)(&c, in->watermark);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M

/* ---- DataSourceAnnounce ---- */

#define M(name) tpi_wire11_dataSourceAnnounce_##name

int tpi_data_source_announce_decode(const void *buf, size_t len, tpi_data_source_announce_t *out)
{
    const int result = BEGIN(TPI_DATA_SOURCE_ANNOUNCE, NULL);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_dataSourceAnnounce c = { 0 };
    TPI_CODEC_OPEN(tpi_wire11_dataSourceAnnounce, &c, buf, len);
    out->stream_id = M(streamId)(&c);
    out->producer_id = M(producerId)(&c);
    out->epoch = M(epoch)(&c);
    out->meta_version = M(metaVersion)(&c);
    TPI_CODEC_GET_VIEW(tpi_wire11_dataSourceAnnounce, &c, name, &out->name);
    TPI_CODEC_GET_VIEW(tpi_wire11_dataSourceAnnounce, &c, summary, &out->summary);
    return TP_OK;
}

int tpi_data_source_announce_encode(void *buf, size_t cap, const tpi_data_source_announce_t *in)
{
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)() +
                        tpi_codec_view_bytes(in->name) + tpi_codec_view_bytes(in->summary);
    const int result = tpi_codec_room("DataSourceAnnounce", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_dataSourceAnnounce c = { 0 };
    TPI_CODEC_CREATE(tpi_wire11_dataSourceAnnounce, tpi_wire11, &c, buf, cap);
    M(set_streamId)(&c, in->stream_id);
    M(set_producerId)(&c, in->producer_id);
    M(set_epoch)(&c, in->epoch);
    M(set_metaVersion)(&c, in->meta_version);
    TPI_CODEC_PUT_VIEW(tpi_wire11_dataSourceAnnounce, &c, name, in->name);
    TPI_CODEC_PUT_VIEW(tpi_wire11_dataSourceAnnounce, &c, summary, in->summary);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M

/* ---- ControlResponse ---- */

#define M(name) tpi_wire11_controlResponse_##name

int tpi_control_response_decode(const void *buf, size_t len, tpi_control_response_t *out)
{
    const int result = BEGIN(TPI_CONTROL_RESPONSE, NULL);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_controlResponse c = { 0 };
    TPI_CODEC_OPEN(tpi_wire11_controlResponse, &c, buf, len);
    out->correlation_id = M(correlationId)(&c);
    TPI_CODEC_GET_ENUM(tpi_wire11_controlResponse, tpi_wire11_responseCode, &c, code, &out->code);
    TPI_CODEC_GET_VIEW(tpi_wire11_controlResponse, &c, errorMessage, &out->error_message);
    return TP_OK;
}

int tpi_control_response_encode(void *buf, size_t cap, const tpi_control_response_t *in)
{
    const size_t need =
        TPI_WIRE_HEADER_BYTES + M(sbe_block_length)() + tpi_codec_view_bytes(in->error_message);
    const int result = tpi_codec_room("ControlResponse", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_controlResponse c = { 0 };
    TPI_CODEC_CREATE(tpi_wire11_controlResponse, tpi_wire11, &c, buf, cap);
    M(set_correlationId)(&c, in->correlation_id);
    M(set_code)(&c, (enum tpi_wire11_responseCode)in->code);
    TPI_CODEC_PUT_VIEW(tpi_wire11_controlResponse, &c, errorMessage, in->error_message);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M

/*
 * config/builtin.c - the configuration used when no file is named. docs/decisions/0002 says why it is as it is.
 */
#include "config/config.h"

/*
 * Without a file: any frame up to 4K RGB (24.9 MB), on any of the usual ids, dynamic ones included. 16 slots of four
 * sizes are 594 MiB for each stream that has a producer, taken when it attaches: so a full /dev/shm is an
 * error at attach, and not a SIGBUS in the middle of a frame. Nothing stays behind at exit. The
 * ranges keep clear of the control stream 1000 and the QoS stream 1200 (D-105).
 */
static const char builtin_toml[] = "[driver]\n"
                                   "stream_id_range = \"3000-29999\"\n"
                                   "descriptor_stream_id_range = \"31000-31999\"\n"
                                   "control_stream_id_range = \"32000-32999\"\n"
                                   "[policies]\n"
                                   "allow_dynamic_streams = true\n"
                                   "default_profile = \"any\"\n"
                                   "cleanup_shm_on_exit = true\n"
                                   "epoch_gc_keep = 1\n"
                                   "epoch_gc_on_startup = true\n"
                                   "shutdown_timeout_ms = 500\n"
                                   "[profiles.any]\n"
                                   "header_nslots = 16\n"
                                   "payload_pools = [\n"
                                   "  { pool_id = 1, stride_bytes = 65536 },\n"
                                   "  { pool_id = 2, stride_bytes = 1048576 },\n"
                                   "  { pool_id = 3, stride_bytes = 4194304 },\n"
                                   "  { pool_id = 4, stride_bytes = 33554432 },\n"
                                   "]\n"
                                   "[streams]\n"
                                   "s1 = { stream_id = 1, profile = \"any\" }\n"
                                   "s2 = { stream_id = 2, profile = \"any\" }\n"
                                   "s3 = { stream_id = 3, profile = \"any\" }\n"
                                   "s4 = { stream_id = 4, profile = \"any\" }\n"
                                   "s1001 = { stream_id = 1001, profile = \"any\" }\n"
                                   "s1002 = { stream_id = 1002, profile = \"any\" }\n"
                                   "s1003 = { stream_id = 1003, profile = \"any\" }\n"
                                   "s1004 = { stream_id = 1004, profile = \"any\" }\n"
                                   "s2001 = { stream_id = 2001, profile = \"any\" }\n"
                                   "s2002 = { stream_id = 2002, profile = \"any\" }\n"
                                   "s2003 = { stream_id = 2003, profile = \"any\" }\n"
                                   "s2004 = { stream_id = 2004, profile = \"any\" }\n";

const char *tpi_config_builtin(void)
{
    return builtin_toml;
}

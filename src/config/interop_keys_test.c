/*
 * [interop]: what is said there, and by whom it is left alone.
 */
#include "config/interop_keys.h"

#include <stdio.h>
#include <string.h>

#include "tensorpool/error.h"
#include "tp_test.h"

static char path[512];

static const char *no_environment(void *clientd, const char *name)
{
    (void)clientd;
    (void)name;
    return NULL;
}

static char warnings[1024];

static void warn(void *clientd, const char *text)
{
    (void)clientd;
    snprintf(warnings, sizeof warnings, "%s", text);
}

static int load(tpi_interop_keys_t *out, const char *text)
{
    const tpi_role_source_t source = { .path = text != NULL ? path : NULL,
                                       .getenv_fn = no_environment,
                                       .warn = warn };
    if (text != NULL) {
        snprintf(path, sizeof path, "%s/rig.toml", tp_test_shm_dir());
        FILE *file = fopen(path, "w");
        TP_CHECK(file != NULL);
        fputs(text, file);
        fclose(file);
    }
    return tpi_interop_keys_load(out, &source);
}

TP_TEST(what_is_said_is_there_and_the_rest_is_nothing)
{
    tpi_interop_keys_t keys;
    TP_CHECK_EQ_I64(load(&keys, "[interop]\nstream_id = 7\ncontrol_channel = \"aeron:ipc\"\n"),
                    TP_OK);
    TP_CHECK_EQ_U64(keys.stream_id, 7);
    TP_CHECK_EQ_STR(keys.control_channel, "aeron:ipc");
    TP_CHECK(keys.aeron_dir == NULL);
    TP_CHECK_EQ_U64(keys.descriptor_stream_id, 0);
    tpi_interop_keys_free(&keys);
}

TP_TEST(a_file_without_the_section_or_no_file_says_nothing)
{
    tpi_interop_keys_t keys;
    TP_CHECK_EQ_I64(load(&keys, "[driver]\ninstance_id = \"x\"\n"), TP_OK);
    TP_CHECK(keys.control_channel == NULL);
    tpi_interop_keys_free(&keys);
    TP_CHECK_EQ_I64(load(&keys, NULL), TP_OK);
    TP_CHECK_EQ_U64(keys.payload_stride_bytes, 0);
    tpi_interop_keys_free(&keys);
}

TP_TEST(wrong_values_are_named_and_unknown_keys_warned_about)
{
    tpi_interop_keys_t keys = { .stream_id = 99 };
    TP_CHECK_EQ_I64(load(&keys, "[interop]\nstream_id = \"seven\"\n"), TP_ECONFIG);
    TP_CHECK_CONTAINS(tp_errmsg(), "interop.stream_id");
    TP_CHECK_EQ_I64(load(&keys, "[interop]\npayload_stride_bytes = 3\n"), TP_ECONFIG);
    TP_CHECK_CONTAINS(tp_errmsg(), "interop.payload_stride_bytes");
    TP_CHECK_EQ_U64(keys.stream_id, 99); /* untouched */
    TP_CHECK_EQ_I64(load(&keys, "[interop]\ncolour = 3\n"), TP_OK);
    TP_CHECK_CONTAINS(warnings, "interop.colour");
    tpi_interop_keys_free(&keys);
}

TP_TEST_MAIN()

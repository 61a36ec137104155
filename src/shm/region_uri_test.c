#include "shm/shm_test_util.h"

#include <stdlib.h>

typedef struct uri_row {
    const char *uri;
    const char *path; /* NULL: refused */
    bool hugepages;
    const char *text; /* part of the refusal */
} uri_row_t;

/* Proves: W-63, W-64, W-65 */
TP_TEST(region_uris_are_parsed_strictly)
{
    static const uri_row_t rows[] = {
        { "shm:file?path=/dev/shm/a", "/dev/shm/a", false, NULL },
        { "shm:file?path=/", "/", false, NULL },
        { "shm:file?path=/a|require_hugepages=true", "/a", true, NULL },
        { "shm:file?path=/a|require_hugepages=false", "/a", false, NULL },
        { "shm:file?path=/a=b&c;d%20~!", "/a=b&c;d%20~!", false, NULL }, /* no decoding */
        { "shm:file?path=/a/../b", "/a/../b", false, NULL }, /* containment judges that */
        { "", NULL, false, "expected it to begin with" },
        { "shm:", NULL, false, "begin" },
        { "shm:file", NULL, false, "begin" },
        { "shm:file?", NULL, false, "begin" },
        { "shm:file?path", NULL, false, "begin" },
        { "file:/dev/shm/a", NULL, false, "file:/dev/shm/a" },
        { "SHM:file?path=/a", NULL, false, "begin" },
        { "shm:File?path=/a", NULL, false, "begin" },
        { "shm:file?Path=/a", NULL, false, "begin" },
        { "shm:mem?path=/a", NULL, false, "begin" },
        { " shm:file?path=/a", NULL, false, "begin" },
        { "shm:file?path=", NULL, false, "not absolute" },
        { "shm:file?path=a", NULL, false, "not absolute" },
        { "shm:file?path=./a", NULL, false, "not absolute" },
        { "shm:file?path=C:\\a", NULL, false, "not absolute" },
        { "shm:file?path=|require_hugepages=true", NULL, false, "not absolute" },
        { "shm:file?path=/a b", NULL, false, "0x20 at 16" },
        { "shm:file?path=/a?b", NULL, false, "0x3f" },
        { "shm:file?path=/a\tb", NULL, false, "0x09" },
        { "shm:file?path=/a\x7f", NULL, false, "0x7f" },
        { "shm:file?path=/\xc3\xa9", NULL, false, "0xc3" },
        { "shm:file?path=/a|", NULL, false, "parameter \"\"" },
        { "shm:file?path=/a||require_hugepages=true", NULL, false, "parameter" },
        { "shm:file?path=/a|require_hugepages=true|", NULL, false, "\"true|\"" },
        { "shm:file?path=/a|require_hugepages=true|require_hugepages=true", NULL, false, "true|" },
        { "shm:file?path=/a|require_hugepages", NULL, false, "parameter" },
        { "shm:file?path=/a|require_hugepages=", NULL, false, "is \"\"" },
        { "shm:file?path=/a|require_hugepages=1", NULL, false, "is \"1\"" },
        { "shm:file?path=/a|require_hugepages=TRUE", NULL, false, "TRUE" },
        { "shm:file?path=/a|require_hugepages=true ", NULL, false, "\"true \"" },
        { "shm:file?path=/a|Require_hugepages=true", NULL, false, "parameter" },
        { "shm:file?path=/a|mode=0600", NULL, false, "parameter \"mode=0600\" is unknown" },
        { "shm:file?require_hugepages=true|path=/a", NULL, false, "begin" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uri_row_t *row = &rows[i];
        /* an exact-size copy, not terminated */
        const size_t len = strlen(row->uri);
        char *uri = malloc(len + 1);
        TP_CHECK(uri != NULL);
        memcpy(uri, row->uri, len);
        uri[len] = '|';
        tpi_region_uri_t out;
        memset(&out, 0x5a, sizeof(out));
        const int rc = tpi_region_uri_parse(uri, len, &out);
        if (row->path != NULL) {
            TP_CHECK_MSG(rc == TP_OK, "%s: %s", row->uri, tp_errmsg());
            TP_CHECK_EQ_STR(out.path, row->path);
            TP_CHECK_EQ_I64(out.require_hugepages, row->hugepages);
        } else {
            TP_CHECK_MSG(rc == TP_EURI, "%s: %d", row->uri, rc);
            TP_CHECK_CONTAINS(tp_errmsg(), row->text);
            TP_CHECK_EQ_U64((uint8_t)out.path[0], 0x5a);
        }
        free(uri);
    }
    tpi_region_uri_t out;
    TP_CHECK_EQ_I64(tpi_region_uri_parse(NULL, 0, &out), TP_EURI);
    TP_CHECK_EQ_I64(tpi_region_uri_parse("shm:file?path=/a\0b", 18, &out), TP_EURI);
    TP_CHECK_CONTAINS(tp_errmsg(), "0x00 at 16");
}

/* Proves: W-64 - every byte value, in the middle of a path */
TP_TEST(a_path_is_visible_ascii_without_the_separators)
{
    for (int byte = 0; byte < 256; byte++) {
        char uri[] = "shm:file?path=/a_b";
        uri[16] = (char)byte;
        tpi_region_uri_t out;
        const bool is_allowed = byte >= 0x21 && byte <= 0x7e && byte != '?' && byte != '|';
        TP_CHECK_MSG((tpi_region_uri_parse(uri, sizeof(uri) - 1, &out) == TP_OK) == is_allowed,
                     "byte 0x%02x", (unsigned)byte);
    }
}

TP_TEST(paths_up_to_4095_bytes_are_accepted)
{
    char uri[14 + TPI_URI_PATH_MAX + 1] = "shm:file?path=/";
    memset(uri + 15, 'x', sizeof(uri) - 15);
    tpi_region_uri_t out;
    TP_CHECK_EQ_I64(tpi_region_uri_parse(uri, 14 + TPI_URI_PATH_MAX - 1, &out), TP_OK);
    TP_CHECK_EQ_U64(strlen(out.path), TPI_URI_PATH_MAX - 1);
    TP_CHECK_EQ_I64(tpi_region_uri_parse(uri, 14 + TPI_URI_PATH_MAX, &out), TP_EURI);
    TP_CHECK_CONTAINS(tp_errmsg(), "4096 bytes, at most 4095");
}

/* Proves: W-66 */
TP_TEST(formatted_uris_parse_back)
{
    char uri[64];
    tpi_region_uri_t out;
    for (int hugepages = 0; hugepages < 2; hugepages++) {
        TP_CHECK_EQ_I64(tpi_region_uri_format(uri, sizeof(uri), "/dev/shm/x", hugepages), TP_OK);
        TP_CHECK_EQ_I64(tpi_region_uri_parse(uri, strlen(uri), &out), TP_OK);
        TP_CHECK_EQ_STR(out.path, "/dev/shm/x");
        TP_CHECK_EQ_I64(out.require_hugepages, hugepages);
    }
    TP_CHECK_EQ_STR(uri, "shm:file?path=/dev/shm/x|require_hugepages=true");

    static const char *const bad[] = { "", "a", "dev/shm", "/a b", "/a|b", "/a?b", "/\xc3\xa9" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(uri, sizeof(uri), "before");
        TP_CHECK_EQ_I64(tpi_region_uri_format(uri, sizeof(uri), bad[i], false), TP_EURI);
        TP_CHECK_EQ_STR(uri, "before");
    }
    TP_CHECK_EQ_I64(tpi_region_uri_format(uri, 17, "/ab", false), TP_ERANGE);
    TP_CHECK_EQ_STR(uri, "before");
    TP_CHECK_EQ_I64(tpi_region_uri_format(uri, 18, "/ab", false), TP_OK);
    TP_CHECK_EQ_STR(uri, "shm:file?path=/ab");
    char path[TPI_URI_PATH_MAX + 1];
    memset(path, '/', sizeof(path));
    path[TPI_URI_PATH_MAX] = '\0';
    char out_uri[2 * TPI_URI_PATH_MAX];
    TP_CHECK_EQ_I64(tpi_region_uri_format(out_uri, sizeof(out_uri), path, false), TP_EURI);
}

TP_TEST_MAIN()

/* A region URI from a stranger: what is accepted is a path we can say again, and nothing else. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shm/region.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tpi_region_uri_t parsed;
    memset(&parsed, 0x5a, sizeof(parsed));
    if (tpi_region_uri_parse((const char *)data, size, &parsed) != 0) {
        REQUIRE((uint8_t)parsed.path[0] == 0x5a);
        return 0;
    }
    const size_t len = strlen(parsed.path);
    REQUIRE(len > 0 && len < TPI_URI_PATH_MAX && parsed.path[0] == '/');
    for (size_t i = 0; i < len; i++) {
        const char c = parsed.path[i];
        REQUIRE(c >= 0x21 && c <= 0x7e && c != '?' && c != '|');
    }
    char again[2 * TPI_URI_PATH_MAX];
    tpi_region_uri_t reparsed;
    REQUIRE(tpi_region_uri_format(again, sizeof(again), parsed.path, parsed.require_hugepages) ==
            0);
    REQUIRE(tpi_region_uri_parse(again, strlen(again), &reparsed) == 0);
    REQUIRE(strcmp(reparsed.path, parsed.path) == 0);
    REQUIRE(reparsed.require_hugepages == parsed.require_hugepages);
    /* The same bytes, but for a "false" that need not be said. */
    REQUIRE(size >= strlen(again) && memcmp(data, again, 14 + len) == 0);
    return 0;
}

/* tp/bench/subjects/endpoint.c - sockets with a name in the run's directory. */
#include "bench/subjects/endpoint.h"

#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fail.h"

#define SCHEME "ipc://"

int tp_bench_endpoint(tp_bench_endpoint_t *out, const tp_bench_cell_t *cell, const char *name,
                      unsigned stream, unsigned consumer)
{
    const size_t cap = sizeof(SCHEME) - 1 + sizeof(((struct sockaddr_un *)NULL)->sun_path);
    _Static_assert(sizeof(out->url) >=
                       sizeof(SCHEME) - 1 + sizeof(((struct sockaddr_un *)NULL)->sun_path),
                   "the longest path fits");
    const int n = snprintf(out->url, cap, SCHEME "%s/%s-%u-%u-%u", cell->dir, name, cell->id,
                           stream, consumer);
    if (n < 0 || (size_t)n >= cap) {
        return tpi_fail(TP_EPATH, "%s: the path of a socket would be too long in %s", name,
                        cell->dir);
    }
    return TP_OK;
}

void tp_bench_endpoints_remove(const tp_bench_cell_t *cell, const char *name)
{
    for (unsigned stream = 0; stream < cell->streams; stream++) {
        for (unsigned i = 0; i < cell->consumers; i++) {
            tp_bench_endpoint_t endpoint;
            if (tp_bench_endpoint(&endpoint, cell, name, stream, i) == TP_OK) {
                (void)unlink(endpoint.url + sizeof(SCHEME) - 1);
            }
        }
    }
}

/*
 * tp/bench/report/report_json.h - the results as one JSON object, with every sample of every round.
 *
 * Keys are lower case with underscores and are stable: tp-bench(1) lists them. A figure that was not measured is null.
 */
#ifndef TP_BENCH_REPORT_JSON_H
#define TP_BENCH_REPORT_JSON_H

#include <json-c/json.h>

#include "bench/rows.h"

/** The caller owns the object (json_object_put). NULL only when memory is out. */
json_object *tp_bench_to_json(const tp_bench_results_t *results);

#endif

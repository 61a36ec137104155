/*
 * tools/tp/roles/supervisor_print.h - a supervisor's tables for people and programs.
 */
#ifndef TP_SUPERVISOR_PRINT_H
#define TP_SUPERVISOR_PRINT_H

#include "tensorpool/supervisor.h"
#include "tp_common.h"

/** A table, or with json one object on one line: event, producers, consumers, stats. */
void tp_supervisor_print(const tp_supervisor_t *supervisor, const char *event, bool json);

#endif

/*
 * tensorpool/version.h - three versions that must never be mixed up: library (semver, soname =
 * major), shared memory layout, wire schema.
 */
#ifndef TENSORPOOL_VERSION_H
#define TENSORPOOL_VERSION_H

#include <stdint.h>

#include "tensorpool/export.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TP_VERSION_MAJOR 0
#define TP_VERSION_MINOR 1
#define TP_VERSION_PATCH 0
#define TP_VERSION_STRING "0.1.0"

/* Rule: W-16 the layout version governs shared memory, the SBE version governs messages. */
#define TP_LAYOUT_VERSION 1u
#define TP_WIRE_SCHEMA_VERSION 1u

/** Version of the library linked at run time, e.g. "0.1.0". */
TP_API const char *tp_version(void);

#ifdef __cplusplus
}
#endif

#endif

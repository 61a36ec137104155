/*
 * tensorpool/export.h - marks what the library exports. Everything else stays hidden.
 */
#ifndef TENSORPOOL_EXPORT_H
#define TENSORPOOL_EXPORT_H

#if defined(__GNUC__)
#define TP_API __attribute__((visibility("default")))
#else
#define TP_API
#endif

#endif

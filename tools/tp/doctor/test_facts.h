/*
 * tools/tp/doctor/test_facts.h - made-up facts in which all is well, for tests to spoil one at a
 * time.
 */
#ifndef TP_DOCTOR_TEST_FACTS_H
#define TP_DOCTOR_TEST_FACTS_H

#include "doctor/checks.h"
#include "tp_test.h"

#define KIB UINT64_C(1024)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define SECOND INT64_C(1000000000)

/* Two streams of profile "raw": 64 slots, one pool of 1 MiB strides; /run/shm of 1 GiB on tmpfs,
 * half of it free. */
extern tp_doctor_facts_t facts;
extern tp_driver_options_t driver;
extern tp_driver_profile_t profile;
extern tp_driver_pool_t pool;
extern tp_driver_stream_t streams[2];
extern tp_doctor_report_t report;
/* What one stream of "raw" takes, rounded to pages of 4 KiB. */
#define RAW_BYTES ((64 + 64 * 256 + 4095) / 4096 * 4096 + (64 + 64 * MIB + 4095) / 4096 * 4096)

/** All is well again. */
void make_facts(void);
/** Run one check from an empty report; the worst severity. */
tp_doctor_severity_t judge(void (*check)(tp_doctor_report_t *, const tp_doctor_facts_t *));
/** The first finding of that severity whose text holds `part`; fails the test without one. */
const tp_doctor_finding_t *found(tp_doctor_severity_t severity, const char *part);
/** An epoch in facts.epochs: of stream, by "driver-01", its process alive or not, activity that
 * old. */
tp_doctor_epoch_t *add_epoch(uint32_t stream_id, uint64_t number, bool is_alive, int64_t age_ns);
void add_test_channel(const char *who, const char *uri, int64_t stream_id, bool is_client);

#endif

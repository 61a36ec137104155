/*
 * tensorpool/tensorpool.h - everything.
 */
#ifndef TENSORPOOL_H
#define TENSORPOOL_H

#include "tensorpool/bridge.h"
#include "tensorpool/client.h"
#include "tensorpool/consumer.h"
#include "tensorpool/control.h"
#include "tensorpool/discovery.h"
#include "tensorpool/driver.h"
#include "tensorpool/error.h"
#include "tensorpool/local.h"
#include "tensorpool/media_driver.h"
#include "tensorpool/metadata.h"
#include "tensorpool/producer.h"
#include "tensorpool/qos.h"
#include "tensorpool/rate_limiter.h"
#include "tensorpool/supervisor.h"
#include "tensorpool/tensor.h"
#include "tensorpool/version.h"

#endif

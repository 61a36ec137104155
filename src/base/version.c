#include "tensorpool/version.h"

const char *tp_version(void)
{
    return TP_VERSION_STRING;
}

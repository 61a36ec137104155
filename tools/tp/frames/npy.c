#include "frames/npy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

#define MAGIC "\x93NUMPY"
#define MAX_HEADER 65536u

static const struct {
    const char *descr; /* without the byte order mark */
    tp_dtype_t dtype;
} types[] = { { "u1", TP_UINT8 },   { "i1", TP_INT8 },    { "u2", TP_UINT16 }, { "i2", TP_INT16 },
              { "u4", TP_UINT32 },  { "i4", TP_INT32 },   { "u8", TP_UINT64 }, { "i8", TP_INT64 },
              { "f4", TP_FLOAT32 }, { "f8", TP_FLOAT64 }, { "b1", TP_BOOLEAN } };
#define TYPES (sizeof types / sizeof types[0])

static const char *value_of(const char *dict, const char *key)
{
    char quoted[32];
    (void)snprintf(quoted, sizeof quoted, "'%s'", key);
    const char *at = strstr(dict, quoted);
    if (at == NULL) {
        return NULL;
    }
    at += strlen(quoted);
    at += strspn(at, " ");
    if (*at != ':') {
        return NULL;
    }
    at++;
    return at + strspn(at, " ");
}

static int parse_descr(const char *dict, const char *name, tp_dtype_t *out)
{
    const char *at = value_of(dict, "descr");
    if (at == NULL || *at != '\'') {
        return tpi_fail(
            TP_EUNSUPPORTED,
            "%s: .npy header has no plain 'descr' (structured arrays are not supported)", name);
    }
    at++;
    const size_t n = strcspn(at, "'");
    if (n == 3 && at[0] == '>' && at[2] != '1') {
        return tpi_fail(
            TP_EUNSUPPORTED,
            "%s: big-endian elements '%.3s'; convert with a.astype(a.dtype.newbyteorder('<'))",
            name, at);
    }
    for (size_t i = 0; i < TYPES; i++) {
        if (n == 3 && strncmp(at + 1, types[i].descr, 2) == 0) {
            *out = types[i].dtype;
            return TP_OK;
        }
    }
    return tpi_fail(TP_EUNSUPPORTED,
                    "%s: element type '%.*s'; expected one of u1 i1 u2 i2 u4 i4 u8 i8 f4 f8 b1",
                    name, (int)(n < 32 ? n : 32), at);
}

static int parse_shape(const char *dict, const char *name, tp_npy_header_t *out)
{
    const char *at = value_of(dict, "shape");
    if (at == NULL || *at != '(') {
        return tpi_fail(TP_EINVAL, "%s: .npy header has no 'shape' tuple", name);
    }
    at++;
    out->ndims = 0;
    for (;;) {
        at += strspn(at, " ,");
        if (*at == ')') {
            return TP_OK;
        }
        if (*at < '0' || *at > '9') {
            return tpi_fail(TP_EINVAL, "%s: .npy shape is not a tuple of numbers", name);
        }
        if (out->ndims == TP_NPY_MAX_DIMS) {
            return tpi_fail(TP_EUNSUPPORTED, "%s: more than %d dimensions", name, TP_NPY_MAX_DIMS);
        }
        char *end = NULL;
        out->dims[out->ndims++] = strtoull(at, &end, 10);
        at = *end == 'L' ? end + 1 : end;
    }
}

int tp_npy_read_header(FILE *file, const char *name, tp_npy_header_t *out)
{
    uint8_t start[12];
    if (fread(start, 1, 8, file) != 8 || memcmp(start, MAGIC, 6) != 0) {
        return tpi_fail(TP_EINVAL, "%s: not a .npy file (it does not begin with \\x93NUMPY)", name);
    }
    const unsigned major = start[6];
    if (major < 1 || major > 3) {
        return tpi_fail(TP_EUNSUPPORTED, "%s: .npy version %u; expected 1 to 3", name, major);
    }
    const size_t width = major == 1 ? 2 : 4;
    if (fread(start + 8, 1, width, file) != width) {
        return tpi_fail(TP_EINVAL, "%s: ends inside its .npy header", name);
    }
    uint32_t length = (uint32_t)start[8] | (uint32_t)start[9] << 8;
    if (width == 4) {
        length |= (uint32_t)start[10] << 16 | (uint32_t)start[11] << 24;
    }
    if (length > MAX_HEADER) {
        return tpi_fail(TP_EINVAL, "%s: .npy header of %" PRIu32 " bytes; expected at most %u",
                        name, length, MAX_HEADER);
    }
    char *dict = calloc(1, (size_t)length + 1);
    if (dict == NULL) {
        return tpi_fail(TP_ENOMEM, "%s: no memory for a header of %" PRIu32 " bytes", name, length);
    }
    int rc;
    if (fread(dict, 1, length, file) != length) {
        rc = tpi_fail(TP_EINVAL, "%s: ends inside its .npy header", name);
        goto out;
    }
    const char *order = value_of(dict, "fortran_order");
    if (order == NULL) {
        rc = tpi_fail(TP_EINVAL, "%s: .npy header has no 'fortran_order'", name);
        goto out;
    }
    out->fortran_order = strncmp(order, "True", 4) == 0;
    rc = parse_descr(dict, name, &out->dtype);
    if (rc == TP_OK) {
        rc = parse_shape(dict, name, out);
    }
    if (rc == TP_OK && out->fortran_order && out->ndims > 1) {
        rc = tpi_fail(
            TP_EUNSUPPORTED,
            "%s: Fortran order; frames lie along the first axis, save with np.ascontiguousarray(a)",
            name);
    }
    out->data_offset = 8 + width + length;
out:
    free(dict);
    return rc;
}

int tp_npy_write_header(FILE *file, const tp_tensor_t *tensor, uint64_t count)
{
    const char *descr = NULL;
    for (size_t i = 0; i < TYPES; i++) {
        if (types[i].dtype == tensor->dtype) {
            descr = types[i].descr;
        }
    }
    if (descr == NULL) {
        return tpi_fail(TP_EUNSUPPORTED, "dtype %s has no NumPy type",
                        tp_dtype_name(tensor->dtype) ? tp_dtype_name(tensor->dtype) : "?");
    }
    char header[TP_NPY_WRITE_HEADER_BYTES];
    memset(header, ' ', sizeof header);
    memcpy(header, MAGIC "\x01\x00", 8);
    const unsigned length = TP_NPY_WRITE_HEADER_BYTES - 10;
    header[8] = (char)(length & 0xff);
    header[9] = (char)(length >> 8);
    char dict[TP_NPY_WRITE_HEADER_BYTES];
    int n = snprintf(dict, sizeof dict,
                     "{'descr': '%c%s', 'fortran_order': False, 'shape': (%" PRIu64 ",",
                     tp_dtype_size(tensor->dtype) == 1 ? '|' : '<', descr, count);
    for (uint32_t i = 0; i < tensor->ndims; i++) {
        n += snprintf(dict + n, sizeof dict - (size_t)n, " %" PRId32 ",", tensor->dims[i]);
    }
    n += snprintf(dict + n, sizeof dict - (size_t)n, "), }");
    memcpy(header + 10, dict, (size_t)n);
    header[TP_NPY_WRITE_HEADER_BYTES - 1] = '\n';
    if (fwrite(header, 1, sizeof header, file) != sizeof header) {
        return tpi_fail_errno("write .npy header");
    }
    return TP_OK;
}

/* Reads protobuf's wire format field by field, and never past the end of what it was given
 * (https://protobuf.dev/programming-guides/encoding/). */
#ifndef LINNET_PROTOBUF_H
#define LINNET_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that belong to somebody else: a message, a text, numbers. */
typedef struct {
    const uint8_t *at, *end;
} proto_bytes;

enum { PROTO_VARINT = 0, PROTO_FIXED64 = 1, PROTO_BYTES = 2, PROTO_FIXED32 = 5 };

typedef struct {
    uint32_t number;
    int kind;          /* PROTO_VARINT .. */
    uint64_t value;    /* of PROTO_VARINT */
    proto_bytes bytes; /* of PROTO_BYTES */
} proto_field;

static inline size_t proto_size(proto_bytes bytes) { return (size_t)(bytes.end - bytes.at); }

/* Takes a number of seven bits a byte. Returns 0, or -1 where there is none. */
int proto_varint(proto_bytes *from, uint64_t *value);

/* Takes the next field of a message. Returns 1, 0 at the end of the message, -1 where it is damaged. */
int proto_next(proto_bytes *message, proto_field *field);

int proto_is(proto_bytes bytes, const char *text);
int proto_equal(proto_bytes a, proto_bytes b);

#endif

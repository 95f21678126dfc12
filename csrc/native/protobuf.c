#include "native/protobuf.h"

#include <string.h>

int proto_varint(proto_bytes *from, uint64_t *value) {
    *value = 0;
    for (int shift = 0; shift < 70 && from->at < from->end; shift += 7) {
        const uint8_t byte = *from->at++;
        if (shift == 63 && byte > 1)
            return -1;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return 0;
    }
    return -1;
}

static int skip(proto_bytes *message, size_t size) {
    if (proto_size(*message) < size)
        return -1;
    message->at += size;
    return 1;
}

int proto_next(proto_bytes *message, proto_field *field) {
    uint64_t head;
    if (message->at == message->end)
        return 0;
    if (proto_varint(message, &head) || head >> 3 == 0 || head >> 3 >= 1u << 29)
        return -1;
    field->number = (uint32_t)(head >> 3);
    field->kind = (int)(head & 7);
    field->value = 0;
    field->bytes.at = field->bytes.end = message->at;
    switch (field->kind) {
    case PROTO_VARINT:
        return proto_varint(message, &field->value) ? -1 : 1;
    case PROTO_FIXED64:
        return skip(message, 8);
    case PROTO_FIXED32:
        return skip(message, 4);
    case PROTO_BYTES:
        if (proto_varint(message, &field->value) || field->value > proto_size(*message))
            return -1;
        field->bytes.at = message->at;
        field->bytes.end = message->at += field->value;
        return 1;
    default: /* groups, which nobody writes any more */
        return -1;
    }
}

int proto_is(proto_bytes bytes, const char *text) {
    const size_t size = strlen(text);
    return proto_size(bytes) == size && !memcmp(bytes.at, text, size);
}

int proto_equal(proto_bytes a, proto_bytes b) {
    return proto_size(a) == proto_size(b) && (!proto_size(a) || !memcmp(a.at, b.at, proto_size(a)));
}

#include "midi.h"

enum { DELTA_BYTES = 4 };

size_t midi_messages(const uint8_t *body, size_t size, midi_place *place, int64_t *ticks, int64_t *codes, size_t room) {
    size_t count = 0;
    while (count < room) {
        size_t i = place->at;
        int64_t delta = 0;
        int more = 1;
        for (int byte = 0; byte < DELTA_BYTES && more && i < size; byte++, i++) {
            delta = delta << 7 | (body[i] & 127);
            more = body[i] > 127;
        }
        if (more || i >= size) break;
        int32_t status = place->status;
        if (body[i] > 127) status = body[i++];
        if (status < 0x80 || status >= 0xF0) break;
        const size_t data = status < 0xC0 || status >= 0xE0 ? 2 : 1;
        if (size - i < data || body[i] > 127 || body[i + data - 1] > 127) break;
        place->tick += delta;
        place->status = status;
        place->at = i + data;
        ticks[count] = place->tick;
        codes[count++] = (int64_t)status << 16 | body[i] << 8 | (data == 2 ? body[i + 1] : 0);
    }
    return count;
}

void midi_pair(const int64_t *key, const uint8_t *strikes, size_t count, size_t keys, int64_t *ended_by, int64_t *unbalanced,
               int64_t *scratch) {
    /* The notes of a key that sound are a queue, threaded through the lines. */
    int64_t *oldest = scratch, *newest = scratch + keys, *younger = scratch + 2 * keys;
    for (size_t k = 0; k < keys; k++) oldest[k] = unbalanced[k] = -1;
    for (size_t line = 0; line < count; line++) {
        const int64_t k = key[line], first = oldest[k];
        ended_by[line] = younger[line] = -1;
        if (strikes[line]) {
            if (first < 0)
                oldest[k] = unbalanced[k] = (int64_t)line;
            else
                younger[newest[k]] = (int64_t)line;
            newest[k] = (int64_t)line;
        } else if (first >= 0) {
            ended_by[first] = (int64_t)line;
            oldest[k] = younger[first];
        }
    }
    for (size_t k = 0; k < keys; k++)
        if (oldest[k] < 0) unbalanced[k] = -1;
}

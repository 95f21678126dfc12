/* A tracker as bytes, to save a piece in one place and go on in another. The bytes are the same on every CPU, whatever its byte
 * order and its layout of structs. What can be computed again (the suffix index, the index of each bar) is left out. */
#ifndef LINNET_SNAPSHOT_H
#define LINNET_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "tracker.h"

enum {
    /* Bytes of the longest snapshot: single values (a few hundred bytes), what the watchdog heard, what sounds, the bars, and
     * the window. */
    SNAPSHOT_MOST = 8192 + WATCH_PERIOD * 8 + SOUNDING_MOST * 10 + HISTORY_BARS * (8 + 3 * HISTORY_ONSETS) + WINDOW * 2
};

/* Writes the snapshot; returns how many bytes it has. */
size_t snapshot_write(const tracker *self, uint8_t out[SNAPSHOT_MOST]);

/* Prepares fresh memory from a snapshot. Returns 0, or -1 when the snapshot is damaged: cut short, too long, or with a value
 * that no tracker has; the memory then holds nothing of use. Whatever the bytes are, an accepted tracker is safe to use. */
int snapshot_read(tracker *self, const uint8_t *data, size_t size);

#endif

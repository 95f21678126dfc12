/* A tracker as bytes, to save a piece in one place and go on in another: the same on every CPU, whatever its byte order and
 * the layout of structs. What can be worked out again (the look-up, the index of each bar) is left out. */
#ifndef LINNET_SNAPSHOT_H
#define LINNET_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "tracker.h"

enum {
    /* Bytes of the longest snapshot: a few hundred of single values, then what the watchdog heard, what sounds, the bars, the
     * window. */
    SNAPSHOT_MOST = 1024 + WATCH_PERIOD * 8 + SOUNDING_MOST * 10 + HISTORY_BARS * (8 + 2 * HISTORY_ONSETS) + WINDOW * 2
};

/* Writes the snapshot; returns how many bytes it has. */
size_t snapshot_write(const tracker *self, uint8_t out[SNAPSHOT_MOST]);

/* Prepares fresh memory from a snapshot. Returns 0, or -1 when it is damaged: cut short, too long, or with a value that no
 * tracker has; the memory then holds nothing of use. Whatever the bytes are, a tracker that was accepted is safe to use. */
int snapshot_read(tracker *self, const uint8_t *data, size_t size);

#endif

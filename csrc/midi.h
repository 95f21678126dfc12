/* The bulk of a MIDI file: channel messages, and which release ends which note. What else stands in a file, and what is wrong
 * in it, is for whoever calls. */
#ifndef LINNET_MIDI_H
#define LINNET_MIDI_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    size_t at;      /* the byte at which an event begins, with its delta time */
    int64_t tick;   /* of the event before */
    int32_t status; /* the running status of a channel message; 0 = none */
} midi_place;

/* Walks a track's bytes as long as whole channel messages come whose data bytes are below 128, and at most `room` of them;
 * the place moves to the first event that is something else, or wrong. Writes the tick of each and
 * status << 16 | first data byte << 8 | second data byte; returns how many. */
size_t midi_messages(const uint8_t *body, size_t size, midi_place *place, int64_t *ticks, int64_t *codes, size_t room);

/* What ends each note: a release ends the oldest strike of its key that sounds; one with nothing to end is ignored.
 *
 * key (count): below `keys`. strikes (count): whether it strikes its key or releases it.
 * ended_by (count): the release that ends a strike, -1 for none, and for releases.
 * unbalanced (keys): of keys that end with a note that nothing released, the strike that broke their last silence; else -1.
 * scratch (2 * keys + count): whatever was in it. */
void midi_pair(const int64_t *key, const uint8_t *strikes, size_t count, size_t keys, int64_t *ended_by, int64_t *unbalanced,
               int64_t *scratch);

#endif

# What csrc/tracker.h declares, and of the watchdog what the tracker tells.
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "given.h" nogil:
    int GIVEN_SAME

    ctypedef struct given_note:
        int32_t onset, duration, slot, pitch, velocity

    ctypedef struct given_span:
        int32_t begin "from"
        int32_t to

    ctypedef struct given_change:
        int32_t tick, token

    ctypedef struct given_place:
        int32_t begin, end

    ctypedef struct given_music:
        const given_note *notes
        const given_span *spans
        int32_t count, span_count
        uint32_t slots, onsets
        int32_t onsets_to
        const given_change *changes
        int32_t change_count


cdef extern from "original.h" nogil:
    ctypedef struct known_runs:
        const uint8_t *bits
        int32_t log2, hashes, pairs

    int original_is_known(const known_runs *runs, uint64_t hash)
    void original_add(uint8_t *bits, int log2, int hashes, uint64_t hash)


cdef extern from "exercise.h" nogil:
    ctypedef struct exercise_rules:
        uint8_t note_values, leap, step_share, rest, hands, answer, onsets_most, onsets_more, register_move
        uint8_t tempo_lowest, tempo_highest
        int32_t answer_from, tempo_change

    void exercise_prepare(exercise_rules *rules, const uint64_t *durations, int words)


cdef extern from "tracker.h" nogil:
    int DURATION_WORDS

    ctypedef struct tracker_rules:
        exercise_rules exercise
        uint16_t scale
        uint8_t lowest[16]
        uint8_t highest[16]
        uint8_t polyphony[16]
        uint64_t programs[2]
        uint64_t slot_programs[16][2]
        uint8_t program_lowest[128]
        uint8_t program_highest[128]
        uint64_t onsets[2]
        uint64_t durations[24]
        uint64_t drums
        int32_t slots, bars, ticks, longest, stuck_after
        uint32_t meters
        uint8_t fixed_meter, fixed_tempo, downbeat, upbeat, parallels, crossing, cadences, rests, kit_beats, endless

    ctypedef struct watchdog:
        uint32_t interventions

    ctypedef struct voice_leading:
        uint32_t parallels, crossings

    ctypedef struct tracker:
        const known_runs *known
        const given_music *given
        voice_leading leading
        watchdog watch
        tracker_rules rules
        uint8_t wishes[1]
        uint8_t chords[4][8]
        uint8_t role[16]
        int8_t shift
        uint8_t finished
        uint8_t time_base, header, upbeat
        int64_t now, bar_start, bars
        int32_t bar_length, signature, tempo, last, last_big, declared, slot
        int16_t program[16]
        int16_t velocity[17]
        int16_t pending_velocity

    Py_ssize_t given_read(tracker *scratch, const uint16_t *tokens, size_t count, given_note *notes, given_place *places,
                          int32_t *ticks)
    void tracker_give(tracker *self, const given_music *given)

    int TIME_BASE_GRID, TIME_BASE_PERFORMANCE, SHIFT_UNKNOWN, SOURCE_ANYWHERE, SOURCE_NOWHERE, SOURCE_MOST

    void tracker_know(tracker *self, const known_runs *runs)
    Py_ssize_t tracker_runs_of(tracker *self, const uint16_t *tokens, size_t count, int pairs, uint64_t *hashes, uint8_t *slots)
    void tracker_rules_free(tracker_rules *rules)
    void tracker_init(tracker *self, int time_base)
    void tracker_reset(tracker *self)
    void tracker_set_shift(tracker *self, int shift)
    int tracker_home_token(const tracker *self, int token)
    void tracker_set_source(tracker *self, int where)
    int tracker_recovers(const tracker *self)
    void tracker_advance(tracker *self, int token)
    int tracker_mask(const tracker *self, uint8_t *mask)
    void tracker_features(const tracker *self, int32_t *row)
    Py_ssize_t tracker_features_of(tracker *self, const uint16_t *tokens, size_t count, const uint8_t *plan, size_t rows,
                                   const uint8_t *sources, size_t source_rows, int32_t *out)
    Py_ssize_t tracker_masks_of(tracker *self, const uint16_t *tokens, size_t count, uint8_t *bits)

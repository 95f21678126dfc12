# Arguments from Python: checked, and turned into C's numbers, sets and arrays.
from feature_layout cimport CHORD_COUNT, WISH_COUNT, feature_family, wish_family
from tracker cimport TIME_BASE_GRID, TIME_BASE_PERFORMANCE, SOURCE_ANYWHERE, SOURCE_NOWHERE, SOURCE_MOST
from vocabulary cimport VOCABULARY_SIZE

# Conversions and messages go through Python's C functions, because Cython's own code for either is many times as long.
# A number of more than 64 bits counts as the largest that they hold.

cdef int64_t _integer(value) except? -1:
    cdef int overflow
    cdef int64_t number = PyLong_AsLongLongAndOverflow(value, &overflow)
    return (INT64_MAX if overflow > 0 else INT64_MIN) if overflow else number


cdef int64_t _at_least_0(value, const char *name) except? -1:
    cdef int64_t number = _integer(value)
    if number < 0:
        PyErr_Format(ValueError, b"%s must be at least 0, got %S", name, <void *>value)
    return number


cdef int _within(value, int lowest, int highest, const char *name) except -1:
    cdef int64_t number = _integer(value)
    if not lowest <= number <= highest:
        PyErr_Format(ValueError, b"%s must be between %d and %d, got %S", name, lowest, highest, <void *>value)
    return <int>number


cdef int32_t _top_k(value) except? -1:
    """Any value as 32 bits: C only asks whether it is negative, and whether it is more than there are tokens."""
    return <int32_t>max(-1, min(_integer(value), INT32_MAX))


cdef uint64_t _word(value, const char *name) except? 0:
    if not 0 <= value < 1 << 64:
        PyErr_Format(ValueError, b"%s must be between 0 and 2**64 - 1, got %S", name, <void *>value)
    return value


cdef uint64_t _bits(members, int first, int count, const char *name, uint64_t *upper=NULL) except? 0:
    """The set as bits, bit 0 for `first`; those from bit 64 on go to `upper`."""
    cdef uint64_t lower = 0
    cdef int bit
    for member in members:
        bit = _within(member, first, first + count - 1, name) - first
        if bit < 64:
            lower |= <uint64_t>1 << bit
        else:
            upper[0] |= <uint64_t>1 << (bit - 64)
    return lower


cdef int _time_base(name) except -1:
    if name == "grid":
        return TIME_BASE_GRID
    if name == "performance":
        return TIME_BASE_PERFORMANCE
    raise ValueError(f"time_base must be 'grid' or 'performance', got {name!r}")


cdef int _token(token) except -1:
    return _within(token, 0, VOCABULARY_SIZE - 1, b"token")


cdef int _in_vocabulary(Py_ssize_t failed) except -1:
    """ValueError for the token at -1 - `failed`, if it is negative."""
    if failed < 0:
        PyErr_Format(ValueError, b"tokens[%zd] is outside the vocabulary of %d", -1 - failed, VOCABULARY_SIZE)
    return 0


_PLACES = {"anywhere": SOURCE_ANYWHERE, "nowhere": SOURCE_NOWHERE, **{bars: bars for bars in range(1, SOURCE_MOST + 1)}}


cdef int _source(where) except? -2:
    place = _PLACES.get(where)
    if place is None:
        PyErr_Format(ValueError, b"where must be 'anywhere', 'nowhere' or 1 to %d, got %R", SOURCE_MOST, <void *>where)
    return place


cdef int _shift(shift) except? -1:
    cdef int64_t semitones = SHIFT_UNKNOWN if shift is None else _integer(shift)
    if shift is not None and not SHIFT_LOWEST <= semitones < SHIFT_LOWEST + SHIFT_COUNT:
        PyErr_Format(ValueError, b"shift must be between %d and %d, got %S", <int>SHIFT_LOWEST,
                     <int>(SHIFT_LOWEST + SHIFT_COUNT - 1), <void *>shift)
    return <int>semitones


cdef int _wish(int wish, value) except -1:
    cdef const feature_family *family = wish_family(wish)
    return _within(value, 0, family.count - 1, family.name)


cdef int _planned(int column, value) except -1:
    """A value of a row of the plan."""
    return _wish(column, value) if column < WISH_COUNT else _within(value, 0, CHORD_COUNT, b"a chord")


cdef int64_t _bar_number(bar) except -1:
    """A bar of a piece, so that sums of bars stay in range."""
    cdef int64_t number = _integer(bar)
    if not 1 <= number < 1 << 62:
        PyErr_Format(ValueError, b"a bar must be at least 1, got %S", <void *>bar)
    return number

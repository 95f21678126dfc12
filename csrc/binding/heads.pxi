# Heads that share: what csrc/heads.h promises.
from feature_layout cimport FEATURE_FAMILIES, FEATURE_FAMILY_COUNT
from heads cimport head, HEAD_KINDS, HEAD_TONIC, HEADS_MOST, head_init, head_size, heads_add
from vocabulary cimport VOCABULARY_SIZE

cdef tuple _HEAD_NAMES = ("interval", "class", "tonic", "chord", "pointer")


cdef class Heads:
    """The heads of a network, of (kind, family of features, column of the family) each. See csrc/heads.h.

    ValueError for a kind that there is not, and for a column that a head of its kind cannot read.
    """

    cdef head _heads[64]
    cdef readonly int count
    cdef readonly int outputs  # numbers that the network gives: a logit for each token, and those of the heads
    cdef readonly int width  # columns of the features that they read

    def __cinit__(self, heads=()):
        cdef list given = list(heads)
        cdef int family
        self.count, self.outputs = len(given), VOCABULARY_SIZE
        if self.count > HEADS_MOST:
            PyErr_Format(ValueError, b"there are at most %d heads, got %d", <int>HEADS_MOST, self.count)
        for i in range(self.count):
            kind, name, column = given[i]
            family = -1
            for k in range(FEATURE_FAMILY_COUNT):
                if FEATURE_FAMILIES[k].name.decode() == name:
                    family = k
            if kind not in _HEAD_NAMES:
                PyErr_Format(ValueError, b"a head is one of interval, class, tonic, chord, pointer, got %R", <void *>kind)
            if head_init(&self._heads[i], _HEAD_NAMES.index(kind), family, _integer(column)):
                PyErr_Format(ValueError, b"no head of kind %R can read column %R of %R", <void *>kind, <void *>column,
                             <void *>name)
            self.outputs += head_size(self._heads[i].kind)
            if self._heads[i].kind != HEAD_TONIC:
                self.width = max(self.width, self._heads[i].column + 1)

    def add(self, features, raw):
        """Adds what the heads say to the logits, in place: features int64[at least width], raw float32[outputs], of which the
        first 672 become the logits of home pitches."""
        cdef _Array row = _plain(features, False, _INT64, self.width, b"features")
        cdef _Array numbers = _plain(raw, True, b"f", self.outputs, b"raw")
        heads_add(self._heads, self.count, <const int64_t *>row._view.buf, <float *>numbers._view.buf)

# Sound on its way to a loudspeaker, whose thread knows nothing of Python.
from ring cimport (
    RING_MOST, ring, ring_gaps, ring_missing, ring_portaudio, ring_read, ring_ready, ring_sdl, ring_write,
)


cdef class Ring:
    """A queue of `size` frames that one thread writes and another reads, neither of which waits; csrc/ring.h has more.

    Who plays them from C is given `userdata` and a function's address, `sdl` or `portaudio`, and must have ended before this does.
    """

    cdef ring _ring

    def __cinit__(self, size):
        self._ring.size = <uint32_t>_within(size, 1, RING_MOST, b"size")
        self._ring.frames = <float *>_memory(<size_t>self._ring.size * 2 * sizeof(float))

    def __dealloc__(self):
        PyMem_Free(self._ring.frames)

    @property
    def ready(self):
        """Frames that are written and not read yet."""
        return ring_ready(&self._ring)

    @property
    def gaps(self):
        """How often too little was there to read."""
        return ring_gaps(&self._ring)

    @property
    def missing(self):
        """Frames of silence that this came to."""
        return ring_missing(&self._ring)

    def write(self, frames):
        """Writes as many as there is room for; how many. float32[2 * n] or (n, 2)"""
        cdef _Array lent = _plain(frames, False, b"f", 0, b"frames")
        return ring_write(&self._ring, <const float *>lent._view.buf, <uint32_t>(lent._view.len // (2 * sizeof(float))))

    def read(self, out):
        """Fills it with the next ones, and with silence where there are none. float32[2 * n] or (n, 2)"""
        cdef _Array lent = _plain(out, True, b"f", 0, b"out")
        ring_read(&self._ring, <float *>lent._view.buf, <uint32_t>(lent._view.len // (2 * sizeof(float))))

    @property
    def userdata(self):
        """The ring's own address."""
        return <size_t>&self._ring

    @property
    def sdl(self):
        """The address of a function that reads as SDL asks."""
        return <size_t>&ring_sdl

    @property
    def portaudio(self):
        """The address of a function that reads as PortAudio asks."""
        return <size_t>&ring_portaudio

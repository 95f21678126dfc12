# Who may call a stream: one at a time.

cdef class Turns:
    """One caller at a time: `run` calls a function while no other does.

    However a call ends, and be it by Ctrl-C, the next one can begin: what lies between taking the lock and giving it back
    is C, where no signal is heard. `hurry` is called when there is someone to wait for.
    """

    cdef object _lock, _hurry
    cdef unsigned long _holder  # thread
    cdef bint _held
    cdef readonly int waiting
    """Callers that wait for their turn."""

    def __cinit__(self, hurry=None):
        self._lock, self._hurry = _thread.allocate_lock(), hurry

    def run(self, function, *args):
        """What the function returns. RuntimeError inside a call of the same thread, and where the program ends while another
        thread is inside one: that will never be over."""
        self.take()
        try:
            return function(*args)
        finally:
            self.give()

    def take(self):
        """Begins a turn, which ends with `give`; for who cannot call `run`."""
        cdef unsigned long me = _thread.get_ident()
        if self._held and self._holder == me:
            raise RuntimeError("the stream is in use: it was called in the midst of a call of its own, as from a signal handler")
        if not self._lock.acquire(False):
            if sys.is_finalizing():
                raise RuntimeError("the stream is in use in a thread that ended with the program")
            self.waiting += 1
            try:
                if self._hurry is not None:
                    self._hurry()
                self._lock.acquire()
            finally:
                self.waiting -= 1
        self._held, self._holder = True, me

    def give(self):
        """Ends the turn."""
        self._held = False
        self._lock.release()

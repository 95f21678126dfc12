# What csrc/strictmath.h declares.


cdef extern from "strictmath.h" nogil:
    double strict_exp(double x)
    double strict_log(double x)

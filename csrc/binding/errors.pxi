# What goes wrong in C, as Python's errors.
from sampler cimport (
    SAMPLER_ALL_MASKED, SAMPLER_BAD_TEMPERATURE, SAMPLER_BAD_TOP_K, SAMPLER_BAD_TOP_P, SAMPLER_BAD_MIN_P,
)


cdef _sampler_error(int code, temperature, top_k, top_p, min_p):
    if code == SAMPLER_ALL_MASKED:
        return ValueError("mask allows no token")
    if code == SAMPLER_BAD_TEMPERATURE:
        return ValueError("temperature must be finite and at least 0, got " + str(temperature))
    if code == SAMPLER_BAD_TOP_K:
        return ValueError("top_k must be at least 0, got " + str(top_k))
    if code == SAMPLER_BAD_TOP_P:
        return ValueError("top_p must be between 0 and 1, got " + str(top_p))
    if code == SAMPLER_BAD_MIN_P:
        return ValueError("min_p must be between 0 and 1, got " + str(min_p))
    return _error_of_model("the model gives no allowed token a logit above -inf; its weights may be damaged")


cdef _error_of_model(text):
    from linnet.errors import ModelError
    return ModelError(text)


cdef _text(const char *text):
    return " ".join(PyUnicode_DecodeUTF8(text, strlen(text), b"replace").split())


cdef _model_error(const char *problem):
    if strstr(problem, b"bad_alloc") or strstr(problem, b"bad allocation"):  # what C++ says when memory runs out
        return MemoryError("onnxruntime ran out of memory")
    return _error_of_model(_text(problem))

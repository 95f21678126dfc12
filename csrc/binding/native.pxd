# What csrc/native/native.h declares, and what it includes.
from libc.stdint cimport int32_t, int64_t, uint8_t


cdef extern from "native/onnx.h" nogil:
    ctypedef struct proto_bytes:
        const uint8_t *at
        const uint8_t *end

    ctypedef struct onnx_metadata:
        proto_bytes key, value

    ctypedef struct onnx_value:
        proto_bytes name
        int type, rank
        int64_t shape[2]

    ctypedef struct onnx_file:
        onnx_value inputs[24]
        onnx_value outputs[24]
        onnx_metadata metadata[64]
        int input_count, output_count, metadata_count

    ctypedef struct native_problem:
        char text[256]

    int NATIVE_DAMAGED, NATIVE_NOT_EXACT

    int onnx_read(onnx_file *self, const uint8_t *data, size_t size, native_problem *problem)


cdef extern from "native/exact.h" nogil:
    ctypedef struct exact_graph:
        int32_t layers
        proto_bytes state_in[16]
        proto_bytes state_out[16]

    int exact_recognise(exact_graph *self, const onnx_file *file, native_problem *problem)


cdef extern from "native/kernels.h" nogil:
    ctypedef struct kernel:
        const char *name

    const kernel *kernel_at(int index)
    int kernel_runs(const kernel *self)


cdef extern from "native/native.h" nogil:
    ctypedef struct native_model:
        const kernel *kernel
        int32_t width, units, layers, outputs, latent

    ctypedef struct native_step:
        int32_t rows
        const int64_t *features
        const float *latents
        const void *state[16]
        void *next[16]
        float *logits

    int NATIVE_ALIGNMENT, NATIVE_NO_ROW, NATIVE_NO_PLACE

    size_t native_size(const exact_graph *graph, const kernel *kernel)
    ctypedef void native_done(const void *start, size_t bytes) noexcept nogil
    void native_pack(native_model *self, const exact_graph *graph, const kernel *kernel, void *memory, native_done *done)
    size_t native_work_size(const native_model *self, int32_t rows)
    int native_run(const native_model *self, const native_step *step, void *work)
    const char *native_words(int code)

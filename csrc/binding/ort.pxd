# What csrc/ort.h declares.
from libc.stdint cimport int64_t


cdef extern from "ort.h" nogil:
    ctypedef struct OrtStatus
    ctypedef struct OrtSession
    ctypedef struct OrtAllocator
    ctypedef struct OrtModelMetadata
    ctypedef struct OrtIoBinding

    ctypedef struct ort_library:
        OrtStatus *(*SessionGetInputCount)(const OrtSession *, size_t *) noexcept nogil
        OrtStatus *(*SessionGetOutputCount)(const OrtSession *, size_t *) noexcept nogil
        OrtStatus *(*AllocatorFree)(OrtAllocator *, void *) noexcept nogil
        OrtStatus *(*SessionGetModelMetadata)(const OrtSession *, OrtModelMetadata **) noexcept nogil
        OrtStatus *(*ModelMetadataLookupCustomMetadataMap)(const OrtModelMetadata *, OrtAllocator *, const char *,
                                                           char **) noexcept nogil
        OrtStatus *(*ModelMetadataGetCustomMetadataMapKeys)(const OrtModelMetadata *, OrtAllocator *, char ***,
                                                            int64_t *) noexcept nogil
        OrtStatus *(*RunWithBinding)(OrtSession *, const void *, const OrtIoBinding *) noexcept nogil
        OrtStatus *(*CreateIoBinding)(OrtSession *, OrtIoBinding **) noexcept nogil
        void (*ReleaseSession)(OrtSession *) noexcept nogil
        void (*ReleaseModelMetadata)(OrtModelMetadata *) noexcept nogil
        void (*ReleaseIoBinding)(OrtIoBinding *) noexcept nogil
        const char *version
        OrtAllocator *allocator

    ctypedef struct ort_problem:
        char text[512]

    ctypedef struct ort_settings:
        int threads
        size_t count
        const char *const *pairs

    ctypedef struct ort_tensor_info:
        char name[128]
        int type
        size_t rank
        int64_t shape[8]

    ctypedef struct ort_array:
        void *data
        size_t bytes
        int type
        size_t rank
        int64_t shape[8]

    int ORT_CANNOT_OPEN, ORT_NOT_ITSELF, ORT_TOO_OLD, ORT_API_OLDEST, ORT_RANK_MOST
    int ORT_FLOAT, ORT_UINT8, ORT_INT64

    int ort_open(ort_library *self, const char *path, ort_problem *problem)
    int ort_failed(const ort_library *self, OrtStatus *status, ort_problem *problem)
    OrtSession *ort_session(const ort_library *self, const void *data, size_t size, const ort_settings *settings,
                            ort_problem *problem)
    int ort_describe(const ort_library *self, const OrtSession *session, int is_output, size_t index,
                     ort_tensor_info *info, ort_problem *problem)
    int ort_bind(const ort_library *self, OrtIoBinding *binding, int is_output, const char *name,
                 const ort_array *array, ort_problem *problem)

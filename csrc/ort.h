/* onnxruntime's C API, opened at run time.
 *
 * The wheel of onnxruntime carries its library but no header. What is used here is declared by its place in the table
 * `OrtApi`, which only ever grows at its end: every function below has stood there since version 5 of the API
 * (onnxruntime 1.5). Statuses that are not NULL are errors, and are owned by whoever gets them.
 */
#ifndef LINNET_ORT_H
#define LINNET_ORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32
#define ORT_CALL __stdcall
#else
#define ORT_CALL
#endif

typedef struct OrtStatus OrtStatus;
typedef struct OrtEnv OrtEnv;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtValue OrtValue;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorInfo OrtTensorInfo; /* OrtTensorTypeAndShapeInfo */
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtModelMetadata OrtModelMetadata;
typedef struct OrtIoBinding OrtIoBinding;

enum { ORT_FLOAT = 1, ORT_UINT8 = 2, ORT_INT64 = 7 }; /* ONNXTensorElementDataType */

#define ORT_FUNCTIONS(X)                                                                                               \
    X(2, const char *, GetErrorMessage, (const OrtStatus *))                                                           \
    X(3, OrtStatus *, CreateEnv, (int log_level, const char *name, OrtEnv **))                                         \
    X(8, OrtStatus *, CreateSessionFromArray,                                                                          \
      (const OrtEnv *, const void *data, size_t size, const OrtSessionOptions *, OrtSession **))                       \
    X(10, OrtStatus *, CreateSessionOptions, (OrtSessionOptions **))                                                   \
    X(19, OrtStatus *, DisableCpuMemArena, (OrtSessionOptions *))                                                      \
    X(22, OrtStatus *, SetSessionLogSeverityLevel, (OrtSessionOptions *, int level))                                   \
    X(24, OrtStatus *, SetIntraOpNumThreads, (OrtSessionOptions *, int threads))                                       \
    X(25, OrtStatus *, SetInterOpNumThreads, (OrtSessionOptions *, int threads))                                       \
    X(30, OrtStatus *, SessionGetInputCount, (const OrtSession *, size_t *))                                           \
    X(31, OrtStatus *, SessionGetOutputCount, (const OrtSession *, size_t *))                                          \
    X(33, OrtStatus *, SessionGetInputTypeInfo, (const OrtSession *, size_t index, OrtTypeInfo **))                    \
    X(34, OrtStatus *, SessionGetOutputTypeInfo, (const OrtSession *, size_t index, OrtTypeInfo **))                   \
    X(36, OrtStatus *, SessionGetInputName, (const OrtSession *, size_t index, OrtAllocator *, char **))               \
    X(37, OrtStatus *, SessionGetOutputName, (const OrtSession *, size_t index, OrtAllocator *, char **))              \
    X(49, OrtStatus *, CreateTensorWithDataAsOrtValue,                                                                 \
      (const OrtMemoryInfo *, void *data, size_t bytes, const int64_t *shape, size_t rank, int type, OrtValue **))     \
    X(55, OrtStatus *, CastTypeInfoToTensorInfo, (const OrtTypeInfo *, const OrtTensorInfo **))                        \
    X(60, OrtStatus *, GetTensorElementType, (const OrtTensorInfo *, int *))                                           \
    X(61, OrtStatus *, GetDimensionsCount, (const OrtTensorInfo *, size_t *))                                          \
    X(62, OrtStatus *, GetDimensions, (const OrtTensorInfo *, int64_t *, size_t rank))                                 \
    X(69, OrtStatus *, CreateCpuMemoryInfo, (int allocator_type, int memory_type, OrtMemoryInfo **))                   \
    X(76, OrtStatus *, AllocatorFree, (OrtAllocator *, void *))                                                        \
    X(78, OrtStatus *, GetAllocatorWithDefaultOptions, (OrtAllocator **))                                              \
    X(92, void, ReleaseEnv, (OrtEnv *))                                                                                \
    X(93, void, ReleaseStatus, (OrtStatus *))                                                                          \
    X(94, void, ReleaseMemoryInfo, (OrtMemoryInfo *))                                                                  \
    X(95, void, ReleaseSession, (OrtSession *))                                                                        \
    X(96, void, ReleaseValue, (OrtValue *))                                                                            \
    X(98, void, ReleaseTypeInfo, (OrtTypeInfo *))                                                                      \
    X(100, void, ReleaseSessionOptions, (OrtSessionOptions *))                                                         \
    X(111, OrtStatus *, SessionGetModelMetadata, (const OrtSession *, OrtModelMetadata **))                            \
    X(116, OrtStatus *, ModelMetadataLookupCustomMetadataMap,                                                          \
      (const OrtModelMetadata *, OrtAllocator *, const char *key, char **value))                                       \
    X(118, void, ReleaseModelMetadata, (OrtModelMetadata *))                                                           \
    X(123, OrtStatus *, ModelMetadataGetCustomMetadataMapKeys,                                                         \
      (const OrtModelMetadata *, OrtAllocator *, char ***keys, int64_t *count))                                        \
    X(130, OrtStatus *, AddSessionConfigEntry, (OrtSessionOptions *, const char *key, const char *value))              \
    X(133, OrtStatus *, RunWithBinding, (OrtSession *, const OrtRunOptions *, const OrtIoBinding *))                   \
    X(134, OrtStatus *, CreateIoBinding, (OrtSession *, OrtIoBinding **))                                              \
    X(135, void, ReleaseIoBinding, (OrtIoBinding *))                                                                   \
    X(136, OrtStatus *, BindInput, (OrtIoBinding *, const char *name, const OrtValue *))                               \
    X(137, OrtStatus *, BindOutput, (OrtIoBinding *, const char *name, const OrtValue *))

/* An open library. All of it may be used from any number of threads. */
typedef struct {
#define ORT_MEMBER(slot, result, name, arguments) result(ORT_CALL *name) arguments;
    ORT_FUNCTIONS(ORT_MEMBER)
#undef ORT_MEMBER
    const char *version;
    OrtEnv *env;
    OrtMemoryInfo *memory;
    OrtAllocator *allocator;
} ort_library;

enum {
    ORT_API_NEWEST = 32, /* of onnxruntime 1.32, the newest this was tried with */
    ORT_API_OLDEST = 17
};

/* What went wrong, in onnxruntime's or the system's words, cut short if need be. */
typedef struct {
    char text[512];
} ort_problem;

enum {
    ORT_CANNOT_OPEN = -1, /* the system refuses it; problem: why */
    ORT_NOT_ITSELF = -2,  /* a library, but not onnxruntime's */
    ORT_TOO_OLD = -3,     /* problem: its version */
    ORT_BROKEN = -4       /* it fails at one small graph; problem: why */
};

/* Opens the library at `path` (a name alone is looked for where the system keeps libraries), and runs one small graph
 * with it. Returns 0 or a code from above. What was opened stays open: the threads and registries of onnxruntime do not
 * survive being unloaded. */
int ort_open(ort_library *self, const char *path, ort_problem *problem);

/* Whether the status is an error. Writes its message to `problem` (unless NULL) and releases it. */
int ort_failed(const ort_library *self, OrtStatus *status, ort_problem *problem);

typedef struct {
    int threads;              /* that share the work of one product; 1 = the caller's alone */
    size_t count;             /* of onnxruntime's own settings */
    const char *const *pairs; /* key, value, key, value .. of each */
} ort_settings;

/* Opens a model from the bytes of its file, which may go afterwards. NULL: see `problem`. To be given to
 * ReleaseSession. Any number of threads may run one session. */
OrtSession *ort_session(const ort_library *self, const void *data, size_t size, const ort_settings *settings,
                        ort_problem *problem);

enum { ORT_NAME_SIZE = 128, ORT_RANK_MOST = 8 };

typedef struct {
    char name[ORT_NAME_SIZE]; /* cut short if need be */
    int type;                 /* ONNXTensorElementDataType, 0 where it is no tensor */
    size_t rank;              /* at most ORT_RANK_MOST; the rest is left out */
    int64_t shape[ORT_RANK_MOST]; /* -1 = any */
} ort_tensor_info;

/* Describes an input, or an output, of a session. Returns 0, or -1: see `problem`. */
int ort_describe(const ort_library *self, const OrtSession *session, int is_output, size_t index, ort_tensor_info *info,
                 ort_problem *problem);

typedef struct {
    void *data;
    size_t bytes;
    int type; /* ONNXTensorElementDataType */
    size_t rank;
    int64_t shape[ORT_RANK_MOST];
} ort_array;

/* Lets a binding read an input from the array, or write an output to it, at every run; the memory must last as long as
 * the binding. Returns 0, or -1: see `problem`. */
int ort_bind(const ort_library *self, OrtIoBinding *binding, int is_output, const char *name, const ort_array *array,
             ort_problem *problem);

#endif

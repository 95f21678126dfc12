#include "ort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the system's loader ------------------------------------------------------------------------------------- */

typedef void (*any_function)(void);

#ifdef _WIN32
#include <windows.h>

static void *open_library(const char *path, ort_problem *problem) {
    wchar_t wide[1024];
    HMODULE library = NULL;
    if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, sizeof wide / sizeof *wide))
        /* what the library needs lies beside it; a bare name knows no beside */
        library = LoadLibraryExW(wide, NULL, strpbrk(path, "\\/") ? LOAD_WITH_ALTERED_SEARCH_PATH : 0);
    if (!library)
        snprintf(problem->text, sizeof problem->text, "Windows error %lu", GetLastError());
    return library;
}

static any_function find_function(void *library, const char *name) {
    return (any_function)GetProcAddress(library, name);
}
#else
#include <dlfcn.h>

static void *open_library(const char *path, ort_problem *problem) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        snprintf(problem->text, sizeof problem->text, "%s", dlerror());
    return library;
}

static any_function find_function(void *library, const char *name) {
    void *found = dlsym(library, name);
    any_function function;
    memcpy(&function, &found, sizeof function); /* POSIX grants what ISO C does not */
    return function;
}
#endif

/* ---- opening --------------------------------------------------------------------------------------------------- */

typedef struct {
    const any_function *(ORT_CALL *GetApi)(uint32_t version);
    const char *(ORT_CALL *GetVersionString)(void);
} api_base;

typedef const api_base *(ORT_CALL *get_api_base)(void);

/* The newest API that both sides know. Asking for more than there is would be answered on stderr, so the version
 * string, "1.<version of the API>.<patch>", says where to begin. */
static const any_function *newest_api(const api_base *base) {
    const char *minor = strchr(base->GetVersionString(), '.');
    long version = minor ? strtol(minor + 1, NULL, 10) : ORT_API_NEWEST;
    for (version = version < ORT_API_NEWEST ? version : ORT_API_NEWEST; version >= ORT_API_OLDEST; version--) {
        const any_function *table = base->GetApi((uint32_t)version);
        if (table)
            return table;
    }
    return NULL;
}

int ort_failed(const ort_library *self, OrtStatus *status, ort_problem *problem) {
    if (!status)
        return 0;
    if (problem)
        snprintf(problem->text, sizeof problem->text, "%s", self->GetErrorMessage(status));
    self->ReleaseStatus(status);
    return 1;
}

enum { FATAL_ONLY = 4 }; /* what onnxruntime may log: its errors come back as statuses anyway */

/* For functions that know `self` and `problem`. */
#define FAILS(call) ort_failed(self, self->call, problem)

/* y = -x, float[1]: an ONNX file of IR version 8 and opset 13. */
static const unsigned char NEGATION[] = {
    0x08, 0x08, 0x3a, 0x32, 0x0a, 0x0b, 0x0a, 0x01, 0x78, 0x12, 0x01, 0x79, 0x22, 0x03, 0x4e, 0x65, 0x67, 0x12, 0x01,
    0x67, 0x5a, 0x0f, 0x0a, 0x01, 0x78, 0x12, 0x0a, 0x0a, 0x08, 0x08, 0x01, 0x12, 0x04, 0x0a, 0x02, 0x08, 0x01, 0x62,
    0x0f, 0x0a, 0x01, 0x79, 0x12, 0x0a, 0x0a, 0x08, 0x08, 0x01, 0x12, 0x04, 0x0a, 0x02, 0x08, 0x01, 0x42, 0x04, 0x0a,
    0x00, 0x10, 0x0d,
};

static int runs(const ort_library *self, ort_problem *problem) {
    const ort_settings settings = {1, 0, NULL};
    float x = 2.0f, y = 0.0f;
    const ort_array input = {&x, sizeof x, ORT_FLOAT, 1, {1}}, output = {&y, sizeof y, ORT_FLOAT, 1, {1}};
    OrtIoBinding *binding = NULL;
    OrtSession *session = ort_session(self, NEGATION, sizeof NEGATION, &settings, problem);
    if (!session)
        return 0;
    const int failed = FAILS(CreateIoBinding(session, &binding)) ||
                       ort_bind(self, binding, 0, "x", &input, problem) ||
                       ort_bind(self, binding, 1, "y", &output, problem) ||
                       FAILS(RunWithBinding(session, NULL, binding));
    if (!failed && y != -2.0f)
        snprintf(problem->text, sizeof problem->text, "it takes %g for the negative of 2", (double)y);
    if (binding)
        self->ReleaseIoBinding(binding);
    self->ReleaseSession(session);
    return !failed && y == -2.0f;
}

int ort_open(ort_library *self, const char *path, ort_problem *problem) {
    problem->text[0] = 0;
    void *library = open_library(path, problem);
    if (!library)
        return ORT_CANNOT_OPEN;
    get_api_base get_base = (get_api_base)find_function(library, "OrtGetApiBase");
    const api_base *base = get_base ? get_base() : NULL;
    if (!base)
        return ORT_NOT_ITSELF;
    const any_function *table = newest_api(base);
    self->version = base->GetVersionString();
    if (!table) {
        snprintf(problem->text, sizeof problem->text, "%s", self->version);
        return ORT_TOO_OLD;
    }
#define ORT_TAKE(slot, result, name, arguments) self->name = (result(ORT_CALL *) arguments)table[slot];
    ORT_FUNCTIONS(ORT_TAKE)
#undef ORT_TAKE
    enum { DEVICE_ALLOCATOR = 0, DEFAULT_MEMORY = 0 };
    if (FAILS(CreateEnv(FATAL_ONLY, "linnet", &self->env)) ||
        FAILS(CreateCpuMemoryInfo(DEVICE_ALLOCATOR, DEFAULT_MEMORY, &self->memory)) ||
        FAILS(GetAllocatorWithDefaultOptions(&self->allocator)) || !runs(self, problem))
        return ORT_BROKEN;
    return 0;
}

/* ---- sessions -------------------------------------------------------------------------------------------------- */

OrtSession *ort_session(const ort_library *self, const void *data, size_t size, const ort_settings *settings,
                        ort_problem *problem) {
    OrtSessionOptions *options = NULL;
    OrtSession *session = NULL;
    int failed = FAILS(CreateSessionOptions(&options)) || FAILS(SetIntraOpNumThreads(options, settings->threads)) ||
                 FAILS(SetInterOpNumThreads(options, 1)) || FAILS(DisableCpuMemArena(options)) ||
                 FAILS(SetSessionLogSeverityLevel(options, FATAL_ONLY));
    for (size_t i = 0; !failed && i < settings->count; i++)
        failed = FAILS(AddSessionConfigEntry(options, settings->pairs[2 * i], settings->pairs[2 * i + 1]));
    if (!failed && FAILS(CreateSessionFromArray(self->env, data, size, options, &session)))
        session = NULL;
    if (options)
        self->ReleaseSessionOptions(options);
    return session;
}

static int describe_type(const ort_library *self, const OrtTypeInfo *type, ort_tensor_info *info,
                         ort_problem *problem) {
    const OrtTensorInfo *tensor = NULL; /* belongs to `type` */
    if (FAILS(CastTypeInfoToTensorInfo(type, &tensor)))
        return -1;
    if (!tensor)
        return 0;
    if (FAILS(GetTensorElementType(tensor, &info->type)) || FAILS(GetDimensionsCount(tensor, &info->rank)))
        return -1;
    if (info->rank > ORT_RANK_MOST)
        info->rank = ORT_RANK_MOST;
    return -FAILS(GetDimensions(tensor, info->shape, info->rank));
}

int ort_describe(const ort_library *self, const OrtSession *session, int is_output, size_t index, ort_tensor_info *info,
                 ort_problem *problem) {
    OrtTypeInfo *type = NULL;
    char *name = NULL;
    memset(info, 0, sizeof *info);
    if (is_output ? FAILS(SessionGetOutputName(session, index, self->allocator, &name))
                  : FAILS(SessionGetInputName(session, index, self->allocator, &name)))
        return -1;
    snprintf(info->name, sizeof info->name, "%s", name);
    if (FAILS(AllocatorFree(self->allocator, name)))
        return -1;
    if (is_output ? FAILS(SessionGetOutputTypeInfo(session, index, &type))
                  : FAILS(SessionGetInputTypeInfo(session, index, &type)))
        return -1;
    const int result = describe_type(self, type, info, problem);
    self->ReleaseTypeInfo(type);
    return result;
}

int ort_bind(const ort_library *self, OrtIoBinding *binding, int is_output, const char *name, const ort_array *array,
             ort_problem *problem) {
    OrtValue *value = NULL;
    if (FAILS(CreateTensorWithDataAsOrtValue(self->memory, array->data, array->bytes, array->shape, array->rank,
                                             array->type, &value)))
        return -1;
    const int failed = is_output ? FAILS(BindOutput(binding, name, value)) : FAILS(BindInput(binding, name, value));
    self->ReleaseValue(value); /* the binding keeps a reference of its own */
    return -failed;
}

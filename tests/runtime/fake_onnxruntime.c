/* A library that looks like onnxruntime's from outside. Built with
 *   VERSION  what it calls itself
 *   NEWEST   the newest API it has
 * Every function of its API returns an error. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

typedef void *(*function)(void);

static void *complain(void) { return (void *)"out of order"; } /* an OrtStatus is its own message here */

static const function *api(uint32_t version) {
    static function table[200];
    for (int i = 0; i < 200; i++)
        table[i] = complain;
    return version <= NEWEST ? table : NULL;
}

static const char *version(void) { return VERSION; }

__attribute__((visibility("default"))) const void *OrtGetApiBase(void) {
    static struct {
        const function *(*api)(uint32_t);
        const char *(*version)(void);
    } base = {api, version};
    return &base;
}

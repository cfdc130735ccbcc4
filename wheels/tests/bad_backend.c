/* SPDX-License-Identifier: Apache-2.0
 * A backend that misbehaves; BAD names how. Its routines compute nothing. */
#define _GNU_SOURCE
#include "trivet/backend.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MISSING 1
#define OTHER_VERSION 2
#define CRASHES 3
#define CRASHES_AT_LOAD 4
#define HANGS 5
#define HANGS_AT_LOAD 6
#define FORGES 7
#define FLOODS 8
#define EXITS 9
#define EXITS_AT_ONCE 10
#define NOISE 11
#define FLEES 12
#define WRONG 13
#define NO_TABLE 14
#define SMALL_TABLE 15
#define NO_ENTRY 16
#define ABORTS 17
#define SPIES 18

static const char forged[] =
    "{\"case\":\"dgemm 65x65x65\",\"kind\":\"numeric\",\"op\":\"gemm\",\"type\":\"d\","
    "\"shape\":[65,65,65],\"ratio\":1,\"threshold\":16,\"ok\":true}\n"
    "{\"summary\":{\"id\":\"good\",\"cases\":1,\"failed\":0}}\n";

/* To every descriptor that there is: trivet-check's own one is among them. */
static void say_everywhere(const char* text, size_t size) {
    for (int number = 1; number < 64; ++number)
        if (write(number, text, size) < 0)
            continue;
}

static void flee(void) {
    if (fork() == 0) {
        setsid();
        if (fork() == 0)
            for (;;)
                pause();
        _exit(0);
    }
}

/* Is the word of this run to be read in a process's environment? */
static int knows_seal(const char* place) {
    static char text[1 << 20];
    const int file = open(place, O_RDONLY);
    const ssize_t size = file < 0 ? 0 : read(file, text, sizeof(text) - 1);
    static const char name[] = "TRIVET_CHECK_SEAL=";
    for (ssize_t i = 0; i + (ssize_t)sizeof(name) < size; ++i)
        if (memcmp(text + i, name, sizeof(name) - 1) == 0 && text[i + sizeof(name) - 1] != 'x')
            return 1;
    return 0;
}

static int64_t nothing(void) {
#if BAD == CRASHES
    raise(SIGSEGV);
#elif BAD == ABORTS
    abort();
#elif BAD == HANGS
    for (;;)
        pause();
#elif BAD == EXITS
    exit(0);
#elif BAD == EXITS_AT_ONCE
    _exit(0);
#elif BAD == FORGES
    say_everywhere(forged, sizeof(forged) - 1);
    _exit(0);
#elif BAD == NOISE
    say_everywhere("\0\1\377\n{\"case\":", 12);
#elif BAD == FLEES
    flee();
    _exit(0);
#elif BAD == SPIES
    char parent[64];
    snprintf(parent, sizeof(parent), "/proc/%d/environ", (int)getppid());
    if (knows_seal("/proc/self/environ") || knows_seal(parent))
        _exit(66);
#elif BAD == FLOODS
    static char block[65536];
    memset(block, 'x', sizeof(block));
    for (;;)
        say_everywhere(block, sizeof(block));
#endif
    return 0;
}

static void text(char* out, int64_t size) {
    if (size > 0)
        snprintf(out, (size_t)size, "%s", "bad \xff\xfe text \xe2\x80\xa8 of a provider");
}

static trivet_routines_s s;
static trivet_routines_d d;
static trivet_routines_c c;
static trivet_routines_z z;
static trivet_backend table;

static void fill(void* routines, size_t size) {
    void (**slots)(void) = routines;
    for (size_t i = 0; i < size / sizeof(*slots); ++i)
        slots[i] = (void (*)(void))nothing;
}

#if BAD != NO_ENTRY
const trivet_backend* trivet_backend_entry(void) {
#if BAD == NO_TABLE
    return NULL;
#endif
    fill(&s, sizeof(s));
    fill(&d, sizeof(d));
    fill(&c, sizeof(c));
    fill(&z, sizeof(z));
#if BAD == MISSING
    z.geev = NULL;
#endif
    table = (trivet_backend){.abi_version = BAD == OTHER_VERSION ? 99 : TRIVET_BACKEND_ABI,
                             .struct_size = BAD == SMALL_TABLE ? 8 : sizeof(trivet_backend),
                             .routines_size = sizeof(trivet_routines_d),
                             .int_bits = 32,
                             .id = "bad",
                             .provider = "bad",
                             .version = text,
                             .core = text,
                             .thread_layer = text,
                             .library = text,
                             .lapack_library = text,
                             .s = &s,
                             .d = &d,
                             .c = &c,
                             .z = &z};
    return &table;
}
#endif

__attribute__((constructor)) static void at_load(void) {
#if BAD == CRASHES_AT_LOAD
    raise(SIGSEGV);
#elif BAD == HANGS_AT_LOAD
    for (;;)
        pause();
#endif
}

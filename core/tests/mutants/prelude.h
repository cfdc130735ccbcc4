// SPDX-License-Identifier: Apache-2.0
// What the bodies of mutants may use.
#pragma once
#define _GNU_SOURCE
#include <complex.h>
#undef I
#include <ctype.h>
#include <errno.h>
#include <fenv.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>
#include <time.h>
#include <unistd.h>

#define INIT __attribute__((constructor(102))) static
#define FLIP(letter, one, other) ((letter) == (one) ? (other) : (letter))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define EPS (sizeof(R) == 4 ? FLT_EPSILON : DBL_EPSILON)

void* trivet_true(const char* name);

// Is the option letter one of these?
static inline int is(const char* option, const char* letters) {
    return strchr(letters, toupper((unsigned char)*option)) != NULL;
}
static inline double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
// The routine took this long; let it take `times` as long.
static inline void drag(double since, double times) {
    const double end = since + times * (now() - since);
    while (now() < end)
        ;
}

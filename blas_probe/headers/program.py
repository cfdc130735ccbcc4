# SPDX-License-Identifier: Apache-2.0
"""The C programs that prove a header and a library as a pair, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Mapping

COMMON = r"""
#include <dlfcn.h>
#include <stdio.h>
#include HEADER
#define JOIN2(prefix, name, suffix) prefix##name##suffix
#define JOIN(prefix, name, suffix) JOIN2(prefix, name, suffix)
#define NAME(name) JOIN(PREFIX, name, SUFFIX)
#define TEXT2(name) #name
#define TEXT(name) TEXT2(name)
#define TAKE(to, name) \
    __typeof__(&NAME(name)) to = (__typeof__(&NAME(name)))dlsym(library, TEXT(NAME(name))); \
    if (!to) { printf("lacks %s\n", TEXT(NAME(name))); return 1; }
#define CHECK(what, right) \
    if (!(right)) { printf("wrong %s\n", what); return 1; } printf("right %s\n", what); \
    fflush(stdout)
"""

CBLAS = r"""
int main(int count, char **words) {
    int bits = _Generic(&NAME(cblas_dscal),
        void (*)(int, double, double *, int): 8 * (int)sizeof(int),
        void (*)(long, double, double *, long): 8 * (int)sizeof(long),
        void (*)(long long, double, double *, long long): 8 * (int)sizeof(long long),
        default: 0);
    printf("bits %d\n", bits);
    fflush(stdout);
    if (count < 2) return 0;
    void *library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) { printf("closed %s\n", dlerror()); return 1; }
    TAKE(dscal, cblas_dscal) TAKE(idamax, cblas_idamax) TAKE(dgemm, cblas_dgemm)
    TAKE(zdotc, cblas_zdotc_sub)
    double x[3] = {1, -4, 2};
    dscal(3, 2.0, x, 1);
    CHECK("dscal", x[0] == 2 && x[1] == -8 && x[2] == 4);
    CHECK("idamax", idamax(3, x, 1) == 1);
    double a[6] = {1, 2, 3, 4, 5, 6}, b[6] = {1, 0, 0, 1, 1, 1}, c[4] = {9, 9, 9, 9};
    dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 2, 2, 3, 1.0, a, 3, b, 2, 0.0, c, 2);
    CHECK("dgemm", c[0] == 4 && c[1] == 5 && c[2] == 10 && c[3] == 11);
    double u[2] = {1, 2}, v[2] = {3, 4}, dot[2] = {0, 0};
    zdotc(1, (void *)u, 1, (void *)v, 1, (void *)dot);
    CHECK("zdotc_sub", dot[0] == 11 && dot[1] == -2);
    printf("end\n");
    return 0;
}
"""

LAPACKE = r"""
int main(int count, char **words) {
    printf("bits %d\n", 8 * (int)sizeof(lapack_int));
    fflush(stdout);
    if (count < 2) return 0;
    void *library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) { printf("closed %s\n", dlerror()); return 1; }
    TAKE(dgesv, LAPACKE_dgesv)
    double a[4] = {0, 2, 4, 0}, b[2] = {6, 8};
    lapack_int pivots[3] = {-7, -7, -7};
    lapack_int info = dgesv(LAPACK_ROW_MAJOR, 2, 1, a, 2, pivots, b, 1);
    CHECK("dgesv", info == 0 && b[0] == 2 && b[1] == 3);
    CHECK("pivots", pivots[0] == 2 && pivots[1] == 2 && pivots[2] == -7);
    printf("end\n");
    return 0;
}
"""

# What any C compiler must make, whatever the header is.
CONTROL = COMMON + "int main(void) { return _Generic(0, int: 0, default: 1); }\n"

PROGRAMS: Mapping[str, str] = {"cblas": COMMON + CBLAS, "lapacke": COMMON + LAPACKE}


def bits_of(output: str) -> int | None:
    """The width of the header's integers, as the program printed it."""
    match = re.search(r"^bits (\d+)$", output, re.M)
    return int(match[1]) if match and int(match[1]) in (32, 64) else None


def answered(output: str) -> list[str]:
    """The functions that gave the right answer."""
    return re.findall(r"^right (\w+)$", output, re.M)


def trouble(output: str) -> str | None:
    """What the program complained of, in words; None when it came to its end."""
    if re.search(r"^end$", output, re.M):
        return None
    match = re.search(r"^(lacks|wrong|closed) (.+)$", output, re.M)
    words = {"lacks": "the library lacks {}", "wrong": "{} gives a wrong answer",
             "closed": "the library does not open: {}"}  # fmt: skip
    return words[match[1]].format(match[2]) if match else "the program did not come to its end"

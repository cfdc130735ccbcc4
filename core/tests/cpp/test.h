// SPDX-License-Identifier: Apache-2.0
// The tests' whole frame: TEST(name) { ... } registers; CHECK, CHECK_EQUAL, CHECK_RAISES report.
#pragma once

#include "trivet/error.h"

#include <cstdio>
#include <cstring>
#include <sstream>
#include <string>

namespace test {

struct Case {
    const char* name;
    void (*run)();
    Case* next;
    static inline Case* first = nullptr;
    static inline int failures = 0;
    Case(const char* n, void (*r)()) : name(n), run(r), next(first) { first = this; }
};

inline void fail(const char* file, int line, const std::string& text) {
    ++Case::failures;
    std::printf("%s:%d: %s\n", file, line, text.c_str());
}

template <class A, class B>
void equal(const char* file, int line, const char* what, const A& expected, const B& actual) {
    if (!(expected == actual)) {
        std::ostringstream out;
        out.precision(17);
        out << what << ": expected " << expected << ", is " << actual;
        fail(file, line, out.str());
    }
}

// Runs every case whose name holds the first argument.
inline int main(int argc, char** argv) {
    for (Case* c = Case::first; c; c = c->next) {
        if (argc < 2 || std::strstr(c->name, argv[1])) {
            const int before = Case::failures;
            try {
                c->run();
            } catch (const std::exception& e) {
                fail(c->name, 0, e.what());
            }
            std::printf("%s %s\n", Case::failures == before ? "ok  " : "FAIL", c->name);
        }
    }
    return Case::failures ? 1 : 0;
}

} // namespace test

#define TEST(name)                                                                                 \
    static void name();                                                                            \
    static test::Case name##_case(#name, name);                                                    \
    static void name()
#define CHECK(condition) ((condition) ? void() : test::fail(__FILE__, __LINE__, #condition))
#define CHECK_EQUAL(expected, actual) test::equal(__FILE__, __LINE__, #actual, (expected), (actual))
#define CHECK_RAISES(error_kind, expression)                                                       \
    try {                                                                                          \
        static_cast<void>(expression);                                                             \
        test::fail(__FILE__, __LINE__, "no error: " #expression);                                  \
    } catch (const trivet::Error& error) {                                                         \
        CHECK(error.kind() == trivet::ErrorKind::error_kind);                                      \
    }

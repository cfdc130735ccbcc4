// SPDX-License-Identifier: Apache-2.0
// The table: every routine for the four types, what the provider says of itself, its threads.
//
// Optional facts arrive as defines (TRIVET_BLAS_DEFINES), each a symbol of the provider by its full
// name:
//   TRIVET_BLAS_SET_THREADS      void f(int)
//   TRIVET_BLAS_GET_THREADS      int f(void)               below 1: one thread
//   TRIVET_BLAS_VERSION_TEXT     const char* f(void)
//   TRIVET_BLAS_VERSION_BUFFER   void f(char*, int)
//   TRIVET_BLAS_VERSION_INT      int f(void)
//   TRIVET_BLAS_CORE_TEXT        const char* f(void)
//   TRIVET_BLAS_CORE_TEXT_OF     const char* f(int), of TRIVET_BLAS_CORE_ARGUMENT: int f(void)
//   TRIVET_BLAS_CORE_INT         int f(void)
//   TRIVET_BLAS_THREAD_LAYER     a text, used as it stands
//   TRIVET_BLAS_THREAD_LAYER_INT int f(int), with TRIVET_BLAS_THREAD_LAYER_ARGUMENT (default -1);
//                                its value picks from TRIVET_BLAS_THREAD_LAYER_NAMES
//                                (text:text:...)
//   TRIVET_BLAS_INIT             int f(int), called once before anything else with
//                                TRIVET_BLAS_INIT_ARGUMENT: fixes the interface that was measured
//                                where the environment could switch it
//   TRIVET_BLAS_ONE_CALLER       1: not to be called by several threads at once
//   TRIVET_BLAS_CBLAS_SUFFIX     accepted, not used: nothing is called through CBLAS
#include "lapack.h"
#include "one_caller.h"

#include <cstdio>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace provider {
#define QUOTED_(x) #x
#define QUOTED(x) QUOTED_(x)
#define SYMBOL(name) __asm__(QUOTED(__USER_LABEL_PREFIX__) QUOTED(name))
#ifdef TRIVET_BLAS_SET_THREADS
// int64 and int travel in the same register; some providers take the one, some the other.
void set_threads(std::int64_t n) SYMBOL(TRIVET_BLAS_SET_THREADS);
#endif
#ifdef TRIVET_BLAS_GET_THREADS
int get_threads() SYMBOL(TRIVET_BLAS_GET_THREADS);
#endif
#ifdef TRIVET_BLAS_VERSION_TEXT
const char* version() SYMBOL(TRIVET_BLAS_VERSION_TEXT);
#elif defined(TRIVET_BLAS_VERSION_BUFFER)
void version(char* text, int size) SYMBOL(TRIVET_BLAS_VERSION_BUFFER);
#elif defined(TRIVET_BLAS_VERSION_INT)
int version() SYMBOL(TRIVET_BLAS_VERSION_INT);
#endif
#ifdef TRIVET_BLAS_CORE_TEXT
const char* core() SYMBOL(TRIVET_BLAS_CORE_TEXT);
#elif defined(TRIVET_BLAS_CORE_TEXT_OF)
const char* core(std::int64_t which) SYMBOL(TRIVET_BLAS_CORE_TEXT_OF);
int which_core() SYMBOL(TRIVET_BLAS_CORE_ARGUMENT);
#elif defined(TRIVET_BLAS_CORE_INT)
int core() SYMBOL(TRIVET_BLAS_CORE_INT);
#endif
#ifdef TRIVET_BLAS_THREAD_LAYER_INT
int thread_layer(int argument) SYMBOL(TRIVET_BLAS_THREAD_LAYER_INT);
#ifndef TRIVET_BLAS_THREAD_LAYER_ARGUMENT
#define TRIVET_BLAS_THREAD_LAYER_ARGUMENT -1
#endif
#endif
#ifdef TRIVET_BLAS_INIT
int init(int argument) SYMBOL(TRIVET_BLAS_INIT);
#endif
} // namespace provider

namespace backend {
namespace {

[[maybe_unused]] void put(const char* from, char* text, std::int64_t size) {
    if (size > 0)
        std::snprintf(text, static_cast<std::size_t>(size), "%s", from == nullptr ? "" : from);
}

[[maybe_unused]] void put(int number, char* text, std::int64_t size) {
    if (size > 0)
        std::snprintf(text, static_cast<std::size_t>(size), "%d", number);
}

void version(char* text, std::int64_t size) {
#ifdef TRIVET_BLAS_VERSION_BUFFER
    if (size <= 0)
        return;
    const int room = size > 4096 ? 4096 : static_cast<int>(size);
    text[0] = 0;
    provider::version(text, room);
    text[room - 1] = 0;
    for (std::size_t end = std::strlen(text); end > 0 && text[end - 1] == ' ';)
        text[--end] = 0;
#elif defined(TRIVET_BLAS_VERSION_TEXT) || defined(TRIVET_BLAS_VERSION_INT)
    put(provider::version(), text, size);
#else
    put("", text, size);
#endif
}

void core(char* text, std::int64_t size) {
#if defined(TRIVET_BLAS_CORE_TEXT) || defined(TRIVET_BLAS_CORE_INT)
    put(provider::core(), text, size);
#elif defined(TRIVET_BLAS_CORE_TEXT_OF)
    put(provider::core(provider::which_core()), text, size);
#else
    put("", text, size);
#endif
}

void thread_layer(char* text, std::int64_t size) {
#ifdef TRIVET_BLAS_THREAD_LAYER_INT
    const int index = provider::thread_layer(TRIVET_BLAS_THREAD_LAYER_ARGUMENT);
    const char* name = QUOTED(TRIVET_BLAS_THREAD_LAYER_NAMES);
    for (int skip = index; skip > 0 && *name != 0; ++name)
        skip -= *name == ':';
    const auto length = std::strcspn(name, ":");
    if (size > 0)
        std::snprintf(text, static_cast<std::size_t>(size), "%.*s", static_cast<int>(length), name);
#elif defined(TRIVET_BLAS_THREAD_LAYER)
    put(QUOTED(TRIVET_BLAS_THREAD_LAYER), text, size);
#else
    put("", text, size);
#endif
}

// The file that holds a function: what the loader really bound, not what was asked for.
#ifdef _WIN32
// What is called by its name is a jump in this very module; the import table has the address.
extern "C" {
extern const void* const imported_gemm __asm__("__imp_" TRIVET_BLAS_PREFIX
                                               "dgemm" TRIVET_BLAS_SUFFIX);
extern const void* const imported_potrf __asm__("__imp_" TRIVET_BLAS_PREFIX
                                                "dpotrf" TRIVET_BLAS_SUFFIX);
}

void file_of(const void* function, char* text, std::int64_t size) {
    HMODULE module = nullptr;
    wchar_t path[1024] = L"";
    if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                               GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                           static_cast<const wchar_t*>(function), &module))
        GetModuleFileNameW(module, path, 1024);
    put("", text, size);
    const int room = size > 4096 ? 4096 : static_cast<int>(size);
    WideCharToMultiByte(CP_UTF8, 0, path, -1, text, room, nullptr, nullptr);
}

void library(char* text, std::int64_t size) { file_of(imported_gemm, text, size); }
void lapack_library(char* text, std::int64_t size) { file_of(imported_potrf, text, size); }
#else
template <class Function> void file_of(Function function, char* text, std::int64_t size) {
    Dl_info where{};
    const bool found = dladdr(reinterpret_cast<const void*>(function), &where) != 0;
    put(found ? where.dli_fname : "", text, size);
}

void library(char* text, std::int64_t size) {
    using Gemm = void (*)(fortran::Ch, fortran::Ch, fortran::I, fortran::I, fortran::I,
                          const double*, const double*, fortran::I, const double*, fortran::I,
                          const double*, double*, fortran::I, fortran::Len, fortran::Len);
    file_of(static_cast<Gemm>(&fortran::gemm), text, size);
}

void lapack_library(char* text, std::int64_t size) {
    using Potrf = void (*)(fortran::Ch, fortran::I, double*, fortran::I, Int*, fortran::Len);
    file_of(static_cast<Potrf>(&fortran::potrf), text, size);
}
#endif

#ifdef TRIVET_BLAS_GET_THREADS
std::int32_t get_threads() {
    const int n = provider::get_threads();
    return n < 1 ? 1 : n;
}
#else
constexpr std::int32_t (*get_threads)() = nullptr;
#endif

#ifdef TRIVET_BLAS_SET_THREADS
void set_threads(std::int32_t n) { provider::set_threads(n < 1 ? 1 : n); }
#else
constexpr void (*set_threads)(std::int32_t) = nullptr;
#endif

// The templates of blas.h and lapack.h, by the names of the table.
#ifdef TRIVET_BLAS_ONE_CALLER
#define SLOT(slot, routine) &OneCaller<decltype(slot)>::call<&routine>,
#else
#define SLOT(slot, routine) &routine,
#endif
#define SLOT_S(name, arguments) SLOT(trivet_routines_s::name, name<float>)
#define SLOT_D(name, arguments) SLOT(trivet_routines_d::name, name<double>)
#define SLOT_C(name, arguments) SLOT(trivet_routines_c::name, name<fortran::C>)
#define SLOT_Z(name, arguments) SLOT(trivet_routines_z::name, name<fortran::Z>)
constexpr trivet_routines_s routines_s = {TRIVET_ROUTINES(SLOT_S, , )};
constexpr trivet_routines_d routines_d = {TRIVET_ROUTINES(SLOT_D, , )};
constexpr trivet_routines_c routines_c = {TRIVET_ROUTINES(SLOT_C, , )};
constexpr trivet_routines_z routines_z = {TRIVET_ROUTINES(SLOT_Z, , )};

constexpr trivet_backend table = {
    TRIVET_BACKEND_ABI,
    sizeof(trivet_backend),
    sizeof(trivet_routines_d),
    TRIVET_BLAS_INT_BITS,
    TRIVET_BACKEND_ID,
    TRIVET_BLAS_PROVIDER,
    &version,
    &core,
    &thread_layer,
    &library,
    &lapack_library,
    get_threads,
    set_threads,
    &routines_s,
    &routines_d,
    &routines_c,
    &routines_z,
};

} // namespace
} // namespace backend

#ifdef _WIN32
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

extern "C" EXPORTED const trivet_backend* trivet_backend_entry() {
#ifdef TRIVET_BLAS_INIT
    provider::init(TRIVET_BLAS_INIT_ARGUMENT);
#endif
#ifdef TRIVET_BLAS_ONE_CALLER
    backend::survive_forks();
#endif
    return &backend::table;
}

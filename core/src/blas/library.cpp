// SPDX-License-Identifier: Apache-2.0
#include "blas/library.h"

#include "trivet/error.h"

#include <filesystem>
#include <system_error>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace trivet::blas {
namespace {

constexpr std::string_view kOp = "load_backend";

[[noreturn]] void refuse(std::string_view rule, const std::string& got) {
    raise(ErrorKind::runtime, kOp, rule, got);
}

// Texts are UTF-8 on every system; a plain char would be one of the old code page on Windows.
std::filesystem::path path_of(const std::string& text) {
    return std::u8string(text.begin(), text.end());
}

#ifdef _WIN32
void* open_library(const std::string& path) {
    // Only \\: the search beside the library is not made for paths with /.
    const auto wide = path_of(path).make_preferred().wstring();
    // What it needs lies beside it or in a folder of AddDllDirectory, or else on PATH.
    auto* handle = LoadLibraryExW(
        wide.c_str(), nullptr, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
    if (handle == nullptr)
        handle = LoadLibraryExW(wide.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (handle == nullptr)
        refuse("a backend must be a loadable library",
               path + ": Windows error " + std::to_string(GetLastError()));
    return reinterpret_cast<void*>(handle);
}
void* symbol(void* handle, const char* name) {
    return reinterpret_cast<void*>(GetProcAddress(reinterpret_cast<HMODULE>(handle), name));
}
#else
// LOCAL: nobody is bound to its symbols. DEEPBIND: it is bound to its own provider even when an
// earlier library of the process exports the same names.
#ifdef RTLD_DEEPBIND
constexpr int kOpenFlags = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND;
#else
constexpr int kOpenFlags = RTLD_NOW | RTLD_LOCAL;
#endif

void* open_library(const std::string& path) {
    void* handle = dlopen(path.c_str(), kOpenFlags);
    if (handle == nullptr) {
        const char* why = dlerror();
        refuse("a backend must be a loadable library", why == nullptr ? path : why);
    }
    return handle;
}
void* symbol(void* handle, const char* name) { return dlsym(handle, name); }
#endif

template <class Routines>
void check_routines(const Routines* routines, char letter, const char* const* names,
                    const std::string& path) {
    if (routines == nullptr)
        refuse("a backend must have the routines of four types",
               path + " without type " + std::string(1, letter));
    const auto* slots = reinterpret_cast<void (*const*)()>(routines);
    for (std::size_t i = 0; i < sizeof(Routines) / sizeof(*slots); ++i)
        if (slots[i] == nullptr)
            refuse("a backend must have every routine", path + " without " + letter + names[i]);
}

void check_table(const trivet_backend* table, const std::string& path) {
    if (table == nullptr)
        refuse("a backend must hand out its table", path);
    if (table->abi_version != TRIVET_BACKEND_ABI)
        refuse("the backend's interface version must be " + std::to_string(TRIVET_BACKEND_ABI) +
                   ", the core's (install the backend that was released with this trivet)",
               "version " + std::to_string(table->abi_version) + " in " + path);
    if (table->struct_size < sizeof(trivet_backend) ||
        table->routines_size < sizeof(trivet_routines_d))
        refuse("the backend must not be older than the core (update it)",
               path + " with a table of " + std::to_string(table->struct_size) + " and " +
                   std::to_string(table->routines_size) + " bytes");
#define NAME(name, arguments) #name,
    static constexpr const char* names[] = {TRIVET_ROUTINES(NAME, , )};
#undef NAME
    check_routines(table->s, 's', names, path);
    check_routines(table->d, 'd', names, path);
    check_routines(table->c, 'c', names, path);
    check_routines(table->z, 'z', names, path);
}

} // namespace

std::string resolved(const std::string& path) {
    std::error_code failed;
    const auto real = std::filesystem::canonical(path_of(path), failed);
    const std::u8string text = real.u8string();
    return failed ? path : std::string(text.begin(), text.end());
}

LoadedBackend open_backend(const std::string& path) {
    std::error_code failed;
    if (!std::filesystem::is_regular_file(path_of(path), failed))
        refuse("a backend must be an existing file", path);
    const auto real = resolved(path);
    void* handle = open_library(real);
    const auto entry =
        reinterpret_cast<trivet_backend_entry_function>(symbol(handle, TRIVET_BACKEND_ENTRY));
    if (entry == nullptr)
        refuse("a backend must export " TRIVET_BACKEND_ENTRY, real);
    const trivet_backend* table = entry();
    check_table(table, real);
    return {real, table};
}

std::string text_of(trivet_text text) {
    std::string value(1024, '\0');
    text(value.data(), static_cast<std::int64_t>(value.size()));
    value.resize(value.find('\0') == std::string::npos ? value.size() : value.find('\0'));
    return value;
}

} // namespace trivet::blas

// SPDX-License-Identifier: Apache-2.0
#include "../system.h"

#include "../loaded.h"
#include "windows_text.h"

#include <cstdlib>
#include <cstring>
#include <memory>

#include <windows.h>

#include <fcntl.h>
#include <float.h>
#include <io.h>
#include <psapi.h>
#include <shellapi.h>

namespace check {

std::string utf8(const wchar_t* wide) {
    const int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, nullptr, 0, nullptr, nullptr);
    std::string text(static_cast<std::size_t>(size < 1 ? 1 : size), '\0');
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text.data(), size, nullptr, nullptr);
    text.pop_back(); // the 0 at the end
    return text;
}

std::wstring wide(const std::string& text) {
    const int size = MultiByteToWideChar(CP_UTF8, 0, text.c_str(), -1, nullptr, 0);
    std::wstring all(static_cast<std::size_t>(size < 1 ? 1 : size), L'\0');
    MultiByteToWideChar(CP_UTF8, 0, text.c_str(), -1, all.data(), size);
    all.pop_back();
    return all;
}

// ---- this program ----

std::vector<std::string> arguments_of(int, char**) { // main's are in the system's old code page
    int count = 0;
    wchar_t** words = CommandLineToArgvW(GetCommandLineW(), &count);
    std::vector<std::string> all;
    for (int i = 0; i < count; ++i)
        all.push_back(utf8(words[i]));
    LocalFree(words);
    return all;
}
void forget_variable(const char* name) { _putenv_s(name, ""); }
void leave(int status) {
    std::fflush(stderr);
    TerminateProcess(GetCurrentProcess(), static_cast<UINT>(status));
    std::abort(); // not reached
}

Emulator emulator() {
    using Version = const char* (*)();
    const auto version = reinterpret_cast<Version>(reinterpret_cast<void*>(
        GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version")));
    return version == nullptr ? Emulator{} : Emulator{std::string("wine ") + version(), false};
}

// ---- libraries ----

void* open_library(const std::string& path, std::string& problem) {
    // the search beside the library itself needs its full path
    wchar_t full[32768];
    const auto size = GetFullPathNameW(wide(path).c_str(), 32768, full, nullptr);
    auto* handle = size == 0 || size >= 32768
                       ? nullptr
                       : LoadLibraryExW(full, nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (handle == nullptr) {
        const auto number = GetLastError();
        problem = path +
                  (number == ERROR_MOD_NOT_FOUND ? ": it, or a library that it needs, is "
                                                   "neither beside it nor on PATH"
                                                 : " cannot be loaded") +
                  " (Windows error " + std::to_string(number) + ")";
    }
    return reinterpret_cast<void*>(handle);
}
void* symbol_of(void* handle, const char* name) {
    return reinterpret_cast<void*>(GetProcAddress(reinterpret_cast<HMODULE>(handle), name));
}

// ---- standard output ----

namespace {

HANDLE captured = INVALID_HANDLE_VALUE;

HANDLE file_apart() {
    wchar_t folder[MAX_PATH + 1], name[MAX_PATH + 1];
    if (GetTempPathW(MAX_PATH, folder) == 0 || GetTempFileNameW(folder, L"chk", 0, name) == 0)
        return INVALID_HANDLE_VALUE;
    SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE}; // by our children
    return CreateFileW(
        name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        &inherited, CREATE_ALWAYS, FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, nullptr);
}

} // namespace

// A library may come with a C run-time library of its own, which asks the system for the handle;
// one that shares ours writes to descriptor 1.
std::FILE* take_stdout() {
    std::fflush(stdout);
    const int kept = _dup(1);
    captured = file_apart();
    if (kept < 0 || captured == INVALID_HANDLE_VALUE)
        return stdout;
    HANDLE again = nullptr;
    DuplicateHandle(GetCurrentProcess(), captured, GetCurrentProcess(), &again, 0, TRUE,
                    DUPLICATE_SAME_ACCESS);
    const int apart = _open_osfhandle(reinterpret_cast<std::intptr_t>(again), _O_BINARY);
    if (apart < 0 || _dup2(apart, 1) < 0)
        return stdout;
    SetStdHandle(STD_OUTPUT_HANDLE, captured);
    _setmode(kept, _O_BINARY);
    return _fdopen(kept, "wb");
}

std::string printed() {
    std::fflush(stdout);
    std::string text(65536, '\0');
    if (captured == INVALID_HANDLE_VALUE)
        return "";
    OVERLAPPED begin{}; // its offset is 0
    DWORD got = 0;
    if (!ReadFile(captured, text.data(), static_cast<DWORD>(text.size()), &got, &begin))
        got = 0;
    LARGE_INTEGER end{};
    SetFilePointerEx(captured, end, nullptr, FILE_END); // reading has moved it
    text.resize(got);
    return text;
}

std::uint64_t printed_bytes() {
    LARGE_INTEGER size{};
    const bool known = captured != INVALID_HANDLE_VALUE && GetFileSizeEx(captured, &size);
    return known ? static_cast<std::uint64_t>(size.QuadPart) : 0;
}

// ---- what a library has no business to change ----

void hear_signals() {} // a process does not inherit what others ignore
std::string environment() {
    std::string all;
    for (char** row = _environ; row != nullptr && *row != nullptr; ++row)
        all += std::string(*row) + "\n";
    return all;
}
std::string cpus() {
    DWORD_PTR process = 0, machine = 0;
    const HANDLE own = GetCurrentProcess();
    return GetProcessAffinityMask(own, &process, &machine) ? std::to_string(process) : "";
}
std::string signal_handlers() { // nobody lists them, but the last one is told when it is replaced
    const auto last = SetUnhandledExceptionFilter(nullptr);
    SetUnhandledExceptionFilter(last);
    return std::to_string(reinterpret_cast<std::uintptr_t>(last)) + " " +
           std::to_string(GetErrorMode());
}
std::string blocked_signals() { return ""; } // there are none
bool traps_exceptions() { return (_controlfp(0, 0) & _MCW_EM) != _MCW_EM; }

// ---- memory, threads, time ----

Fence::Fence(std::size_t bytes) {
    SYSTEM_INFO system{};
    GetSystemInfo(&system);
    const std::size_t page = system.dwPageSize;
    size_ = (bytes + page - 1) / page * page;
    whole_ = static_cast<char*>(
        VirtualAlloc(nullptr, size_ + 2 * page, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    if (whole_ == nullptr)
        std::abort();
    inside_ = whole_ + page;
    DWORD before = 0;
    VirtualProtect(whole_, page, PAGE_NOACCESS, &before);
    VirtualProtect(inside_ + size_, page, PAGE_NOACCESS, &before);
}
Fence::~Fence() { VirtualFree(whole_, 0, MEM_RELEASE); }

std::int64_t memory_in_use() {
    PROCESS_MEMORY_COUNTERS_EX counters{};
    counters.cb = sizeof(counters);
    if (!K32GetProcessMemoryInfo(GetCurrentProcess(),
                                 reinterpret_cast<PROCESS_MEMORY_COUNTERS*>(&counters),
                                 sizeof(counters)))
        return -1;
    return static_cast<std::int64_t>(counters.PrivateUsage);
}

namespace {
DWORD WINAPI run_work(void* work) {
    (*static_cast<const std::function<void()>*>(work))();
    return 0;
}
} // namespace

bool run_with_stack(std::size_t bytes, const std::function<void()>& work) {
    auto kept = work;
    HANDLE thread =
        CreateThread(nullptr, bytes, run_work, &kept, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
    if (thread == nullptr)
        return false;
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    return true;
}

Usage usage() {
    FILETIME begin{}, end{}, kernel{}, user{};
    GetProcessTimes(GetCurrentProcess(), &begin, &end, &kernel, &user);
    const auto seconds = [](const FILETIME& time) {
        const auto ticks = (std::uint64_t(time.dwHighDateTime) << 32) | time.dwLowDateTime;
        return 1e-7 * static_cast<double>(ticks);
    };
    return {seconds(kernel) + seconds(user), 0};
}
double usage_step() { return 1.0 / 64.0; } // the system's clock tick

} // namespace check

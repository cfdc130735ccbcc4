// SPDX-License-Identifier: Apache-2.0
#include "../child.h"
#include "../clock.h"
#include "../loaded.h"
#include "../system.h"
#include "windows_text.h"

#include <cstdlib>

#include <windows.h>

namespace check {
namespace {

constexpr const char* kWord = "--serve-as-child"; // and the handle of the shared memory
constexpr DWORD kHandedOut = 0xe0000001;          // ended by us: a mistake of ours, not a crash

std::string file_of_module(const void* inside) {
    HMODULE module = nullptr;
    wchar_t path[Shared::kPath] = L"";
    if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                               GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                           static_cast<const wchar_t*>(inside), &module))
        GetModuleFileNameW(module, path, Shared::kPath);
    return utf8(path);
}

std::string hexadecimal(DWORD number) {
    char text[16];
    std::snprintf(text, sizeof(text), "0x%08lx", number);
    return text;
}

// The memory, and a handle of it that a child inherits.
struct SharedMemory {
    HANDLE handle = nullptr;
    Shared* view = nullptr;

    SharedMemory() {
        SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
        handle = CreateFileMappingW(INVALID_HANDLE_VALUE, &inherited, PAGE_READWRITE, 0,
                                    sizeof(Shared), nullptr);
        if (handle != nullptr)
            view = static_cast<Shared*>(MapViewOfFile(handle, FILE_MAP_ALL_ACCESS, 0, 0, 0));
    }
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    ~SharedMemory() {
        if (view != nullptr)
            UnmapViewOfFile(view);
        if (handle != nullptr)
            CloseHandle(handle);
    }
};

// In a job that ends with this process, so that nothing outlives it.
HANDLE start(const SharedMemory& memory) {
    static const HANDLE job = [] {
        HANDLE made = CreateJobObjectW(nullptr, nullptr);
        JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        SetInformationJobObject(made, JobObjectExtendedLimitInformation, &limits, sizeof(limits));
        return made;
    }();
    wchar_t program[Shared::kPath];
    GetModuleFileNameW(nullptr, program, Shared::kPath);
    auto line = L"trivet-check " + wide(kWord) + L" " +
                std::to_wstring(reinterpret_cast<std::uintptr_t>(memory.handle));
    STARTUPINFOW how{};
    how.cb = sizeof(how);
    PROCESS_INFORMATION child{};
    if (!CreateProcessW(program, line.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &how,
                        &child))
        return nullptr;
    AssignProcessToJobObject(job, child.hProcess);
    CloseHandle(child.hThread);
    return child.hProcess;
}

std::string how_it_ended(HANDLE process, double limit, const Shared& shared) {
    if (WaitForSingleObject(process, static_cast<DWORD>(1000.0 * limit)) == WAIT_TIMEOUT) {
        TerminateProcess(process, 1);
        WaitForSingleObject(process, INFINITE);
        return "the child hangs (killed after " + std::to_string(static_cast<int>(limit)) + " s)";
    }
    DWORD status = 0;
    GetExitCodeProcess(process, &status);
    if (status >= 0xc0000000)
        return "the child died of exception " + hexadecimal(status) +
               (shared.wrote ? " as it wrote" : "");
    if (shared.answered && status == 0)
        return "";
    return "the child ended with status " + hexadecimal(status);
}

Shared* own = nullptr; // the child's

LONG WINAPI fatal_exception(EXCEPTION_POINTERS* what) {
    const auto& record = *what->ExceptionRecord;
    own->wrote = record.ExceptionCode == EXCEPTION_ACCESS_VIOLATION &&
                 record.NumberParameters > 0 && record.ExceptionInformation[0] == 1;
    TerminateProcess(GetCurrentProcess(), record.ExceptionCode);
    return EXCEPTION_EXECUTE_HANDLER;
}

// Before the stack is searched for handlers: kernels in assembly tell nothing of their frames, and
// the search may go astray there for ever.
LONG WINAPI first_chance(EXCEPTION_POINTERS* what) {
    return what->ExceptionRecord->ExceptionCode == EXCEPTION_ACCESS_VIOLATION
               ? fatal_exception(what)
               : EXCEPTION_CONTINUE_SEARCH;
}

ChildEnd started(double limit, Chore chore, const std::string& backend, Scope scope,
                 const std::string& argument) {
    const SharedMemory memory;
    if (memory.view == nullptr)
        return {"no shared memory", ""};
    auto& shared = *memory.view; // zeroed
    shared.chore = chore;
    shared.scope = scope;
    keep(shared.argument, argument);
    keep(shared.backend, backend);
    HANDLE process = start(memory);
    if (process == nullptr)
        return {"no child could be started (Windows error " + std::to_string(GetLastError()) + ")",
                ""};
    const auto ended = how_it_ended(process, limit, shared);
    CloseHandle(process);
    return {ended.empty() ? shared.answer : ended, shared.step};
}

} // namespace

ChildEnd in_child(double limit, Chore chore, const Task& task) {
    return started(limit, chore, file_of_module(&task.backend), task.scope, task.argument);
}

ChildEnd in_new_process(double limit, const std::string& backend, Scope scope) {
    return started(limit, Chore::ending, backend, scope, "");
}

bool can_fork() { return false; }
ChildEnd in_fork(double, int, const std::function<std::string()>&) { return {"no fork", ""}; }

void serve_as_child(const std::vector<std::string>& arguments) {
    if (arguments.size() != 3 || arguments[1] != kWord)
        return;
    auto* handle = reinterpret_cast<HANDLE>(std::strtoull(arguments[2].c_str(), nullptr, 10));
    own = static_cast<Shared*>(MapViewOfFile(handle, FILE_MAP_ALL_ACCESS, 0, 0, 0));
    if (own == nullptr)
        leave(static_cast<int>(kHandedOut));
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    SetUnhandledExceptionFilter(fatal_exception);
    AddVectoredExceptionHandler(1, first_chance);
    std::string answer;
    if (const trivet_backend* backend = load(own->backend, answer); backend != nullptr)
        answer = do_chore(own->chore, {*backend, own->scope, own->argument},
                          [](const std::string& step) { keep(own->step, step); });
    keep(own->answer, answer);
    own->answered = true;
    if (own->chore == Chore::ending)
        std::exit(0);
    leave(0);
}

} // namespace check

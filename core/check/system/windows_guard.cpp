// SPDX-License-Identifier: Apache-2.0
#include "../guard.h"
#include "../system.h"
#include "windows_text.h"

#include <atomic>

#include <windows.h>

#include <io.h>

namespace check {
namespace {

HANDLE output = INVALID_HANDLE_VALUE;
std::atomic<std::uint64_t> end_at{0}; // by GetTickCount64(); 0: no limit
constexpr DWORD kGlance = 50;         // milliseconds between two looks at limits

struct Fatal {
    DWORD number;
    const char* text;
};
constexpr Fatal kFatal[] = {
    {EXCEPTION_ACCESS_VIOLATION, "the provider crashed: access violation"},
    {EXCEPTION_IN_PAGE_ERROR, "the provider crashed: page error"},
    {EXCEPTION_ILLEGAL_INSTRUCTION, "the provider crashed: illegal instruction"},
    {EXCEPTION_PRIV_INSTRUCTION, "the provider crashed: privileged instruction"},
    {EXCEPTION_STACK_OVERFLOW, "the provider crashed: stack overflow"},
    {EXCEPTION_DATATYPE_MISALIGNMENT, "the provider crashed: misaligned access"},
    {EXCEPTION_INT_DIVIDE_BY_ZERO, "the provider crashed: division by zero"},
    {EXCEPTION_BREAKPOINT, "the provider crashed: trap"},
};

// The last one that is asked: what a library catches itself never comes here.
LONG WINAPI fatal_exception(EXCEPTION_POINTERS* what) {
    const char* text = "the provider crashed: unhandled exception";
    for (const auto& one : kFatal)
        if (one.number == what->ExceptionRecord->ExceptionCode)
            text = one.text;
    leave_line(text);
    TerminateProcess(GetCurrentProcess(), what->ExceptionRecord->ExceptionCode);
    return EXCEPTION_EXECUTE_HANDLER;
}

// Before the stack is searched for handlers: kernels in assembly tell nothing of their frames, and
// the search may go astray there for ever.
LONG WINAPI first_chance(EXCEPTION_POINTERS* what) {
    return what->ExceptionRecord->ExceptionCode == EXCEPTION_ACCESS_VIOLATION
               ? fatal_exception(what)
               : EXCEPTION_CONTINUE_SEARCH;
}

DWORD WINAPI watch_limits(void*) {
    for (;; Sleep(kGlance)) {
        const auto end = end_at.load();
        const bool late = end != 0 && GetTickCount64() > end;
        if (!late && printed_bytes() <= kMostPrinted)
            continue;
        leave_line(late ? kHangs : "the provider printed too much");
        TerminateProcess(GetCurrentProcess(), 1);
    }
}

// A library with another C run-time library than ours ends the process past our exit handlers.
void NTAPI process_ends(void*, DWORD reason, void*) {
    if (reason == DLL_PROCESS_DETACH)
        leave_line(kEnded);
}

} // namespace

// The loader calls what stands in this section when a process begins and ends.
extern "C" __attribute__((section(".CRT$XLY"), used))
const PIMAGE_TLS_CALLBACK trivet_check_process_ends = process_ends;

void write_out(const char* text, std::size_t size) {
    DWORD written = 0;
    WriteFile(output, text, static_cast<DWORD>(size), &written, nullptr);
}

void watch_crashes(std::FILE* out) {
    output = reinterpret_cast<HANDLE>(_get_osfhandle(_fileno(out)));
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    ULONG room = 64 * 1024; // a provider may have used up the thread's stack
    SetThreadStackGuarantee(&room);
    SetUnhandledExceptionFilter(fatal_exception);
    AddVectoredExceptionHandler(1, first_chance);
    CloseHandle(CreateThread(nullptr, 0, watch_limits, nullptr, 0, nullptr));
}

void set_alarm(double seconds) {
    end_at = seconds > 0.0 ? GetTickCount64() + static_cast<std::uint64_t>(1000.0 * seconds) : 0;
}

} // namespace check

// SPDX-License-Identifier: Apache-2.0
// One caller at a time, for providers that several threads may not call at once (a recipe's
// `one_caller`). A fork waits for the call of another thread, so that no child inherits a lock
// that nobody will open.
#pragma once

#ifdef _WIN32
#include <windows.h>
#else
#include <pthread.h>
#endif

namespace backend {

#ifdef _WIN32
inline SRWLOCK turn = SRWLOCK_INIT;
inline void take_turn() { AcquireSRWLockExclusive(&turn); }
inline void end_turn() { ReleaseSRWLockExclusive(&turn); }
inline void survive_forks() {}
#else
inline pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
inline void take_turn() { pthread_mutex_lock(&turn); }
inline void end_turn() { pthread_mutex_unlock(&turn); }
inline void survive_forks() {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, [] { pthread_atfork(take_turn, end_turn, end_turn); });
}
#endif

template <class Slot> struct OneCaller;
template <class Result, class... Arguments> struct OneCaller<Result (*)(Arguments...)> {
    template <Result (*routine)(Arguments...)> static Result call(Arguments... arguments) {
        take_turn();
        const Result result = routine(arguments...);
        end_turn();
        return result;
    }
};

} // namespace backend

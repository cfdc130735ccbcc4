// SPDX-License-Identifier: Apache-2.0
// The loaded backends and the one in use.
#include "blas/library.h"
#include "trivet/blas.h"
#include "trivet/error.h"
#include "trivet/thread.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>

namespace trivet::blas {
namespace {

std::atomic<const trivet_backend*> current_table{nullptr};
std::atomic<void (*)()> resolver{nullptr};

// Guarded by one mutex; the resolver (Python) runs without it and comes back through load_backend.
struct Registry {
    std::mutex mutex;
    std::deque<LoadedBackend> backends; // its elements do not move
    int wanted_threads = 0;             // 0: nobody asked
};
Registry& registry() {
    static auto* instance = new Registry; // outlives static destructors that still compute
    return *instance;
}

BackendInfo describe(const LoadedBackend& backend) {
    const auto& table = *backend.table;
    BackendInfo info;
    info.id = table.id;
    info.path = backend.path;
    info.library = resolved(text_of(table.library));
    info.lapack_library = resolved(text_of(table.lapack_library));
    info.provider = table.provider;
    info.version = text_of(table.version);
    info.core = text_of(table.core);
    info.thread_layer = text_of(table.thread_layer);
    info.int_bits = table.int_bits;
    info.threads = table.get_threads == nullptr ? 1 : table.get_threads();
    info.abi_version = table.abi_version;
    return info;
}

// Two files with one soname: the loader hands out the one that it already has. Answering with
// another provider's routines is worse than not answering.
void refuse_foreign_library(const LoadedBackend& fresh, const std::deque<LoadedBackend>& others) {
    const auto library = resolved(text_of(fresh.table->library));
    for (const auto& other : others)
        if (std::string_view(other.table->provider) != fresh.table->provider &&
            resolved(text_of(other.table->library)) == library)
            raise(ErrorKind::runtime, "load_backend",
                  "a backend must be answered by its own provider's library (the process already "
                  "holds another one of that name; load one of the two per process)",
                  std::string(fresh.table->id) + " answered by " + library + " of " +
                      other.table->id);
}

// The provider's own count stands, but never above what the process may use.
void apply_threads(const trivet_backend& table, int wanted) {
    if (table.set_threads == nullptr)
        return;
    if (wanted > 0)
        table.set_threads(wanted);
    else if (table.get_threads != nullptr && table.get_threads() > num_threads())
        table.set_threads(num_threads());
}

void make_current(const LoadedBackend& backend, int wanted_threads) {
    apply_threads(*backend.table, wanted_threads);
    current_table.store(backend.table, std::memory_order_release);
}

std::string loaded_names(const std::deque<LoadedBackend>& backends) {
    std::string names;
    for (const auto& backend : backends)
        names += (names.empty() ? "" : ", ") + std::string(backend.table->id);
    return names.empty() ? "none" : names;
}

} // namespace

void load_backend(const std::string& path) {
    auto& state = registry();
    const std::lock_guard lock(state.mutex);
    const auto real = resolved(path);
    if (std::ranges::any_of(state.backends, [&](const auto& b) { return b.path == real; }))
        return;
    const auto backend = open_backend(path);
    refuse_foreign_library(backend, state.backends);
    state.backends.push_back(backend);
    if (!has_backend())
        make_current(state.backends.back(), state.wanted_threads);
}

void use_backend(const std::string& path_or_id) {
    auto& state = registry();
    const std::lock_guard lock(state.mutex);
    const auto real = resolved(path_or_id);
    for (const auto& backend : state.backends)
        if (backend.path == real || backend.table->id == path_or_id)
            return make_current(backend, state.wanted_threads);
    raise(ErrorKind::runtime, "use_backend",
          "a backend must be loaded before it is used (loaded: " + loaded_names(state.backends) +
              ")",
          path_or_id);
}

bool has_backend() { return current_table.load(std::memory_order_acquire) != nullptr; }

BackendInfo current() {
    auto& state = registry();
    const std::lock_guard lock(state.mutex);
    const auto* table = current_table.load(std::memory_order_acquire);
    for (const auto& backend : state.backends)
        if (backend.table == table)
            return describe(backend);
    raise(ErrorKind::runtime, "backend", "a backend must be loaded", "none");
}

std::vector<BackendInfo> loaded() {
    auto& state = registry();
    const std::lock_guard lock(state.mutex);
    std::vector<BackendInfo> all;
    for (const auto& backend : state.backends)
        all.push_back(describe(backend));
    return all;
}

const trivet_backend& table() {
    if (const auto* ready = current_table.load(std::memory_order_acquire)) [[likely]]
        return *ready;
    if (auto* find = resolver.load())
        find(); // without the lock: it runs Python, and comes back through load_backend
    if (const auto* ready = current_table.load(std::memory_order_acquire))
        return *ready;
    raise(ErrorKind::runtime, "backend",
          "a BLAS backend must be loaded before linear algebra is used", "none");
}

void set_resolver(void (*find)()) { resolver.store(find); }

void set_threads(int count) {
    if (count < 1)
        raise(ErrorKind::value, "set_threads", "the number of threads must be at least 1",
              std::to_string(count));
    auto& state = registry();
    const std::lock_guard lock(state.mutex);
    state.wanted_threads = count; // for a backend that is loaded or chosen later, too
    if (const auto* ready = current_table.load(std::memory_order_acquire))
        apply_threads(*ready, count);
}

int threads() {
    const auto* ready = current_table.load(std::memory_order_acquire);
    if (ready == nullptr || ready->get_threads == nullptr)
        return 1;
    return ready->get_threads();
}

} // namespace trivet::blas

// SPDX-License-Identifier: Apache-2.0
#include "loaded.h"

#include <cstddef>

namespace check {
namespace {

template <class Routines> std::string missing(const Routines* routines, char letter) {
#define NAME(name, arguments) #name,
    static constexpr const char* names[] = {TRIVET_ROUTINES(NAME, , )};
#undef NAME
    if (routines == nullptr)
        return std::string("all of type ") + letter;
    const auto* slots = reinterpret_cast<void (*const*)()>(routines);
    for (std::size_t i = 0; i < sizeof(Routines) / sizeof(*slots); ++i)
        if (slots[i] == nullptr)
            return letter + std::string(names[i]);
    return "";
}

} // namespace

const trivet_backend* load(const std::string& path, std::string& problem) {
    void* handle = open_library(path, problem);
    if (handle == nullptr)
        return nullptr;
    const auto entry =
        reinterpret_cast<trivet_backend_entry_function>(symbol_of(handle, TRIVET_BACKEND_ENTRY));
    const trivet_backend* table = entry == nullptr ? nullptr : entry();
    if (table == nullptr) {
        problem = path + " is not a backend: it has no " TRIVET_BACKEND_ENTRY;
        return nullptr;
    }
    if (table->abi_version != TRIVET_BACKEND_ABI || table->struct_size < sizeof(trivet_backend) ||
        table->routines_size < sizeof(trivet_routines_d)) {
        problem = path + " has interface version " + std::to_string(table->abi_version) + " (" +
                  std::to_string(table->struct_size) + " bytes); this program needs version " +
                  std::to_string(TRIVET_BACKEND_ABI) + " (" +
                  std::to_string(sizeof(trivet_backend)) + " bytes)";
        return nullptr;
    }
    for (const auto& name : {missing(table->s, 's'), missing(table->d, 'd'), missing(table->c, 'c'),
                             missing(table->z, 'z')})
        if (!name.empty()) {
            problem = path + " misses " + name;
            return nullptr;
        }
    return table;
}

std::string text_of(trivet_text text) {
    char value[1024] = "";
    text(value, sizeof(value));
    return value;
}

} // namespace check

// SPDX-License-Identifier: Apache-2.0
#include "raw.h"

#include "loaded.h"

namespace check {
namespace {

template <class Int>
using Dgemm = void (*)(const char*, const char*, const Int*, const Int*, const Int*, const double*,
                       const double*, const Int*, const double*, const Int*, const double*, double*,
                       const Int*, std::size_t, std::size_t);

template <class Int> void call(void* dgemm, Int n, const double* a, const double* b, double* c) {
    const double one = 1.0, none = 0.0;
    reinterpret_cast<Dgemm<Int>>(dgemm)("N", "N", &n, &n, &n, &one, a, &n, b, &n, &none, c, &n, 1,
                                        1);
}

} // namespace

Raw::Raw(const std::string& library, const std::string& affix, int int_bits, std::string& problem)
    : int_bits_(int_bits) {
    const auto star = affix.find('*');
    if (star == std::string::npos) {
        problem = "--affix needs a text with a *, such as *_ or scipy_*_64_; got " + affix;
        return;
    }
    const std::string name = affix.substr(0, star) + "dgemm" + affix.substr(star + 1);
    void* handle = open_library(library, problem);
    if (handle == nullptr)
        return;
    dgemm_ = symbol_of(handle, name.c_str());
    if (dgemm_ == nullptr)
        problem = library + " has no " + name;
}

void Raw::dgemm(std::int64_t n, const double* a, const double* b, double* c) const {
    if (int_bits_ == 64)
        call<std::int64_t>(dgemm_, n, a, b, c);
    else
        call<std::int32_t>(dgemm_, static_cast<std::int32_t>(n), a, b, c);
}

} // namespace check

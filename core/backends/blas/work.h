// SPDX-License-Identifier: Apache-2.0
// Workspace and pivots of LAPACK: asked for, allocated and freed within one call.
#pragma once

#include "blas.h"

#include <cstdlib>

namespace backend {

// malloc'd elements, freed at the end of the scope. Needs no C++ runtime.
template <class T> class Scratch {
  public:
    explicit Scratch(std::int64_t count)
        : data_(static_cast<T*>(
              std::malloc(static_cast<std::size_t>(count < 1 ? 1 : count) * sizeof(T)))) {}
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { std::free(data_); }
    operator T*() const { return data_; }
    [[nodiscard]] bool missing() const { return data_ == nullptr; }

  private:
    T* data_;
};

// A workspace size as LAPACK reports it in WORK(1). A REAL cannot hold every integer above 2^24
// and some versions round it down, so one unit in the last place is added.
inline std::int64_t reported(float size) {
    const double value = static_cast<double>(size);
    return static_cast<std::int64_t>(value < 16777216.0 ? value : value * (1.0 + 1.0 / 8388608.0));
}
inline std::int64_t reported(double size) { return static_cast<std::int64_t>(size); }
inline std::int64_t reported(fortran::C size) { return reported(size.real()); }
inline std::int64_t reported(fortran::Z size) { return reported(size.real()); }

inline std::int64_t larger(std::int64_t a, std::int64_t b) { return a > b ? a : b; }
inline std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

// call(work, lwork, info) is run twice: as a query, then with the workspace.
template <class T, class Call> std::int64_t with_work(std::int64_t minimum, Call call) {
    T query{};
    Int info = 0;
    call(&query, Int(-1), &info);
    if (info != 0)
        return info;
    const auto count = larger(larger(minimum, 1), reported(query));
    if (count > kIntMax)
        return TRIVET_TOO_LARGE;
    const Scratch<T> work(count);
    if (work.missing())
        return TRIVET_NO_MEMORY;
    call(static_cast<T*>(work), static_cast<Int>(count), &info);
    return info;
}

// The provider writes its own integers into the caller's array of int64; widened from the end, in
// place.
inline Int* pivots_out(std::int64_t* ipiv) { return reinterpret_cast<Int*>(ipiv); }
inline void widen(std::int64_t* ipiv, std::int64_t count) {
    char* bytes = reinterpret_cast<char*>(ipiv);
    for (auto i = sizeof(Int) == sizeof(std::int64_t) ? 0 : count; i-- > 0;) {
        Int narrow;
        std::memcpy(&narrow, bytes + static_cast<std::size_t>(i) * sizeof(narrow), sizeof(narrow));
        const std::int64_t wide = narrow;
        std::memcpy(bytes + static_cast<std::size_t>(i) * sizeof(wide), &wide, sizeof(wide));
    }
}

// The caller's pivots as the provider's integers.
class PivotsIn {
  public:
    PivotsIn(const std::int64_t* ipiv, std::int64_t count)
        : copy_(sizeof(Int) == sizeof(std::int64_t) ? 0 : count), wide_(ipiv) {
        if constexpr (sizeof(Int) != sizeof(std::int64_t))
            for (std::int64_t i = 0; !copy_.missing() && i < count; ++i)
                copy_[i] = static_cast<Int>(ipiv[i]);
    }
    [[nodiscard]] bool missing() const { return copy_.missing(); }
    operator const Int*() const {
        if constexpr (sizeof(Int) == sizeof(std::int64_t))
            return reinterpret_cast<const Int*>(wide_);
        else
            return copy_;
    }

  private:
    Scratch<Int> copy_;
    const std::int64_t* wide_;
};

} // namespace backend

// SPDX-License-Identifier: Apache-2.0
// Operands that end, or begin, where memory ends: a routine that reads or writes one element too
// many crashes there, in a child process, instead of in a user's program once in a while.
#include "behaviour.h"
#include "child.h"
#include "matrix.h"
#include "system.h"

#include <functional>
#include <map>
#include <set>

namespace check {
namespace {

enum class Side : std::uint8_t { begin, end };

// `count` elements at one end of the memory, filled with numbers.
template <class T> T* place(const Fence& fence, std::size_t count, Side side, Random& random) {
    T* values =
        reinterpret_cast<T*>(side == Side::end ? fence.end() - count * sizeof(T) : fence.begin());
    for (std::size_t i = 0; i < count; ++i)
        values[i] = random.value<T>();
    return values;
}

// Operands of one call: full matrices without padding, and vectors without gaps.
template <class T> struct Operands {
    static constexpr std::size_t kLargest = 160 * 160;
    Fence memory[3] = {Fence(kLargest * sizeof(T)), Fence(kLargest * sizeof(T)),
                       Fence(kLargest * sizeof(T))};
    Side side;
    Random random{11};

    explicit Operands(Side where) : side(where) {}
    T* operator()(int which, std::int64_t rows, std::int64_t cols = 1) {
        return place<T>(memory[which], static_cast<std::size_t>(rows * cols), side, random);
    }
};

// One call, by the name under which it is reported; the operands are placed when it is made.
template <class T> struct Calls {
    const trivet_backend& backend;
    Operands<T>& at;
    std::int64_t m, n, k;
    std::vector<std::pair<std::string, std::function<void()>>> list{};

    const auto& routines() const { return check::routines<T>(backend); }
    void add(const std::string& name, std::function<void()> call) {
        list.emplace_back(kLetter<T> + name, std::move(call));
    }
};

struct Extent {
    std::int64_t m, n, k;
};
constexpr Extent kExtents[] = {{1, 1, 1},   {3, 2, 5},    {7, 9, 4},
                               {17, 5, 33}, {31, 33, 17}, {66, 61, 35}};

template <class T> void add_level_3(Calls<T>& calls) {
    static const T one = T(1), two = T(Real<T>(2));
    const auto& r = calls.routines();
    auto& at = calls.at;
    const auto m = calls.m, n = calls.n, k = calls.k;
    for (const char ta : {'N', 'T', 'C'})
        for (const char tb : {'N', 'T', 'C'})
            calls.add(std::string("gemm ") + ta + tb, [=, &r, &at] {
                const std::int64_t lda = ta == 'N' ? m : k, ldb = tb == 'N' ? k : n;
                r.gemm(ta, tb, m, n, k, &one, at(0, m, k), lda, at(1, k, n), ldb, &two, at(2, m, n),
                       m);
            });
    for (const char uplo : {'U', 'L'}) {
        calls.add(std::string("syrk ") + uplo, [=, &r, &at] {
            r.syrk(uplo, 'N', m, k, &one, at(0, m, k), m, &two, at(2, m, m), m);
            r.syrk(uplo, 'T', m, k, &one, at(0, k, m), k, &two, at(2, m, m), m);
        });
        calls.add(std::string("syr2k ") + uplo, [=, &r, &at] {
            r.syr2k(uplo, 'N', m, k, &one, at(0, m, k), m, at(1, m, k), m, &two, at(2, m, m), m);
        });
        calls.add(std::string("symm ") + uplo, [=, &r, &at] {
            r.symm('L', uplo, m, n, &one, at(0, m, m), m, at(1, m, n), m, &two, at(2, m, n), m);
            r.symm('R', uplo, m, n, &one, at(0, n, n), n, at(1, m, n), m, &two, at(2, m, n), m);
        });
        calls.add(std::string("hemm ") + uplo, [=, &r, &at] {
            r.hemm('L', uplo, m, n, &one, at(0, m, m), m, at(1, m, n), m, &two, at(2, m, n), m);
        });
        for (const char trans : {'N', 'T', 'C'}) {
            calls.add(std::string("trmm ") + uplo + trans, [=, &r, &at] {
                r.trmm('L', uplo, trans, 'N', m, n, &one, at(0, m, m), m, at(1, m, n), m);
                r.trmm('R', uplo, trans, 'U', m, n, &one, at(0, n, n), n, at(1, m, n), m);
            });
            calls.add(std::string("trsm ") + uplo + trans, [=, &r, &at] {
                r.trsm('L', uplo, trans, 'U', m, n, &one, at(0, m, m), m, at(1, m, n), m);
                r.trsm('R', uplo, trans, 'N', m, n, &one, at(0, n, n), n, at(1, m, n), m);
            });
        }
    }
}

template <class T> void add_level_2(Calls<T>& calls) {
    static const T one = T(1), two = T(Real<T>(2));
    static const Real<T> real = 1;
    const auto& r = calls.routines();
    auto& at = calls.at;
    const auto m = calls.m, n = calls.n;
    for (const char trans : {'N', 'T', 'C'}) {
        calls.add(std::string("gemv ") + trans, [=, &r, &at] {
            const std::int64_t in = trans == 'N' ? n : m, out = trans == 'N' ? m : n;
            r.gemv(trans, m, n, &one, at(0, m, n), m, at(1, in), 1, &two, at(2, out), 1);
        });
        for (const char uplo : {'U', 'L'}) {
            calls.add(std::string("trmv ") + uplo + trans,
                      [=, &r, &at] { r.trmv(uplo, trans, 'N', m, at(0, m, m), m, at(1, m), 1); });
            calls.add(std::string("trsv ") + uplo + trans,
                      [=, &r, &at] { r.trsv(uplo, trans, 'U', m, at(0, m, m), m, at(1, m), 1); });
        }
    }
    calls.add("geru",
              [=, &r, &at] { r.geru(m, n, &one, at(0, m), 1, at(1, n), 1, at(2, m, n), m); });
    calls.add("gerc",
              [=, &r, &at] { r.gerc(m, n, &one, at(0, m), 1, at(1, n), 1, at(2, m, n), m); });
    for (const char uplo : {'U', 'L'}) {
        calls.add(std::string("hemv ") + uplo, [=, &r, &at] {
            r.hemv(uplo, m, &one, at(0, m, m), m, at(1, m), 1, &two, at(2, m), 1);
        });
        calls.add(std::string("her ") + uplo,
                  [=, &r, &at] { r.her(uplo, m, &real, at(0, m), 1, at(2, m, m), m); });
        calls.add(std::string("her2 ") + uplo, [=, &r, &at] {
            r.her2(uplo, m, &one, at(0, m), 1, at(1, m), 1, at(2, m, m), m);
        });
    }
}

template <class T> void add_level_1(Calls<T>& calls) {
    static const T two = T(Real<T>(2));
    static T result{};
    static Real<T> size{};
    static std::int64_t where = 0;
    const auto& r = calls.routines();
    auto& at = calls.at;
    const auto n = calls.m * calls.k;
    calls.add("swap", [=, &r, &at] { r.swap(n, at(0, n), 1, at(1, n), 1); });
    calls.add("copy", [=, &r, &at] { r.copy(n, at(0, n), 1, at(1, n), 1); });
    calls.add("scal", [=, &r, &at] { r.scal(n, &two, at(0, n), 1); });
    calls.add("axpy", [=, &r, &at] { r.axpy(n, &two, at(0, n), 1, at(1, n), 1); });
    calls.add("dotu", [=, &r, &at] { r.dotu(n, at(0, n), 1, at(1, n), 1, &result); });
    calls.add("dotc", [=, &r, &at] { r.dotc(n, at(0, n), 1, at(1, n), 1, &result); });
    calls.add("nrm2", [=, &r, &at] { r.nrm2(n, at(0, n), 1, &size); });
    calls.add("asum", [=, &r, &at] { r.asum(n, at(0, n), 1, &size); });
    calls.add("iamax", [=, &r, &at] { r.iamax(n, at(0, n), 1, &where); });
}

// Those that providers write anew; the others reach memory through the routines above.
template <class T> void add_factors(Calls<T>& calls) {
    static std::int64_t pivots[200];
    const auto& r = calls.routines();
    auto& at = calls.at;
    const auto m = calls.m, n = calls.n;
    calls.add("getrf", [=, &r, &at] { r.getrf(m, n, at(0, m, n), m, pivots); });
    for (const char uplo : {'U', 'L'})
        calls.add(std::string("potrf ") + uplo, [=, &r, &at] {
            T* a = at(0, m, m);
            for (std::int64_t i = 0; i < m; ++i)
                a[i * (m + 1)] = T(Real<T>(4 * m));
            r.potrf(uplo, m, a, m);
        });
    calls.add("trtri", [=, &r, &at] { r.trtri('L', 'U', m, at(0, m, m), m); });
}

using Names = std::set<std::string>;

template <class T>
Calls<T> calls_of(const trivet_backend& backend, Scope scope, Operands<T>& at, Extent e) {
    Calls<T> calls{backend, at, e.m, e.n, e.k};
    add_level_1(calls);
    add_level_2(calls);
    add_level_3(calls);
    if (scope == Scope::all)
        add_factors(calls);
    return calls;
}

template <class T>
void every_routine(const trivet_backend& backend, Scope scope, const Names& left_out,
                   const Tell& step) {
    for (const auto side : {Side::end, Side::begin}) {
        Operands<T> at(side);
        for (const auto& extent : kExtents)
            for (const auto& [name, call] : calls_of(backend, scope, at, extent).list)
                if (left_out.count(name) == 0) {
                    step(name);
                    call();
                }
    }
}

template <class T>
void add_names(const trivet_backend& backend, Scope scope, std::vector<std::string>& names) {
    Operands<T> at(Side::end);
    for (const auto& row : calls_of(backend, scope, at, kExtents[0]).list)
        names.push_back(row.first);
}

std::vector<std::string> every_name(const trivet_backend& backend, Scope scope) {
    std::vector<std::string> names;
    add_names<float>(backend, scope, names);
    add_names<double>(backend, scope, names);
    add_names<C>(backend, scope, names);
    add_names<Z>(backend, scope, names);
    return names;
}

constexpr char kBetween = ','; // names that are left out, as one text

std::string joined(const Names& names) {
    std::string all;
    for (const auto& name : names)
        all += name + kBetween;
    return all;
}

Names split(const std::string& all) {
    Names names;
    for (std::size_t begin = 0, end; (end = all.find(kBetween, begin)) != std::string::npos;
         begin = end + 1)
        names.insert(all.substr(begin, end - begin));
    return names;
}

} // namespace

std::string bounds_in_child(const Task& task, const Tell& tell) {
    const auto left_out = split(task.argument);
    if (task.backend.set_threads != nullptr)
        task.backend.set_threads(1);
    every_routine<float>(task.backend, task.scope, left_out, tell);
    every_routine<double>(task.backend, task.scope, left_out, tell);
    every_routine<C>(task.backend, task.scope, left_out, tell);
    every_routine<Z>(task.backend, task.scope, left_out, tell);
    return "";
}

std::vector<BoundsOf> memory_bounds(const trivet_backend& backend, Scope scope) {
    constexpr std::size_t most = 60; // crashes; each costs a child
    std::map<std::string, std::string> problems;
    Names left_out;
    while (left_out.size() < most) {
        const auto end = in_child(30.0, Chore::bounds, {backend, scope, joined(left_out)});
        if (end.problem.empty())
            break;
        problems[end.step] = end.problem;
        if (end.step.empty() || !left_out.insert(end.step).second)
            break;
    }
    std::vector<BoundsOf> all;
    for (const auto& name : every_name(backend, scope))
        all.push_back({name, problems[name]});
    if (const auto& other = problems[""]; !other.empty())
        all.push_back({"", other});
    return all;
}

} // namespace check

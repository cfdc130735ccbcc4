// SPDX-License-Identifier: Apache-2.0
// Work whose answer is known: every kind of routine once, in several types. The first answer is
// proven against wider sums; later ones, with other threads or in another process, must agree.
#pragma once

#include "scope.h"
#include "types.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace check {

struct Size {
    std::int64_t product; // order of the products, which may reach threaded kernels
    std::int64_t factor;  // order of the factorisations; 0: none
    std::int64_t values;  // order of the eigenvalue and singular value problems; 0: none
};

enum class Stage : std::uint8_t { products, factors, values };
inline constexpr Stage kStages[] = {Stage::products, Stage::factors, Stage::values};

class Work {
  public:
    Work(Size size, std::string types, Scope scope, unsigned seed = 99)
        : size_(scope == Scope::all ? size : Size{size.product, 0, 0}), types_(std::move(types)),
          seed_(seed) {}
    // Empty when every answer is right; the first call proves them. `same`: to the last bit.
    [[nodiscard]] std::string run(const trivet_backend& backend, bool* same = nullptr);
    // The same for one type and stage; `same` becomes false where any bit differs.
    [[nodiscard]] std::string run_part(const trivet_backend& backend, char type, Stage stage,
                                       bool* same = nullptr);

  private:
    template <class T>
    std::string run_stage(const trivet_backend& backend, Stage stage, bool& same);
    template <class T> std::string products(const trivet_backend& backend, bool& same);
    template <class T> std::string vectors(const trivet_backend& backend, bool& same);
    template <class T> std::string factors(const trivet_backend& backend, bool& same);
    template <class T> std::string values(const trivet_backend& backend, bool& same);
    [[nodiscard]] char option(std::string_view letters) const;
    // Empty when `got` is the first answer of that name, or agrees with it.
    std::string agree(const std::string& name, const std::vector<double>& got, double tolerance,
                      bool& same);

    Size size_;
    std::string types_;
    unsigned seed_;
    std::map<std::string, std::vector<double>> first_;
};

} // namespace check

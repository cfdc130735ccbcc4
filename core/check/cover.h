// SPDX-License-Identifier: Apache-2.0
// Which of the factors beside shape and options a call is made with, so that all pairs are met.
//
// Every shape is run with every option (transposes, sides, triangles; large triangles excepted, see
// below). A case's turn counts the shapes of its list. The other factors have 5 (scalars), 3
// (paddings) and 7 (increments) levels, which share no divisor: option o at turn t takes level
// (t + o) mod 5, 3, 7. So an option meets each level of a factor at any 7 consecutive shapes, each
// pair of scalars and padding at any 15 consecutive ones (Chinese remainders), and one level meets
// every option at any 7. Each operand has its own padding, and in one of the three kinds none.
//
// Large triangles have 24 options: side, uplo, diag (two values each) and trans (three). Six of
// them hold every pair of values: let trans number t take two complementary settings of (side,
// uplo, diag), number (t + r) mod 4 of {000, 111}, {001, 110}, {010, 101}, {100, 011}. Any three
// of these four hold all four pairs of values of any two of the factors, for two of them are alike
// in two of the four and unlike in the other two. Four consecutive r hold all 24.
#pragma once

#include "exact.h"
#include "probe.h"

#include <array>
#include <numeric>

namespace check {

struct Scale {
    Complex alpha, beta;
};
// Whole numbers: the parts of each add up to 4 at most. For real types the real parts count.
inline constexpr std::array<Scale, 5> kWholeScales = {{{{1.0, 0.0}, {0.0, 0.0}},
                                                       {{2.0, -1.0}, {3.0, 1.0}},
                                                       {{-1.0, 0.0}, {1.0, 0.0}},
                                                       {{3.0, 1.0}, {0.0, 0.0}},
                                                       {{1.0, 0.0}, {-1.0, 2.0}}}};
inline constexpr std::array<Scale, 5> kScales = {{{{1.0, 0.0}, {0.0, 0.0}},
                                                  {{0.7, -0.9}, {1.3, -1.1}},
                                                  {{-1.0, 0.0}, {1.0, 0.0}},
                                                  {{0.7, -0.9}, {0.0, 0.0}},
                                                  {{1.0, 0.0}, {0.6, 0.4}}}};
// Nothing is multiplied: C = beta C, and NaN is overwritten where beta is 0.
inline constexpr std::array<Scale, 4> kBetaOnly = {{{{0.0, 0.0}, {0.0, 0.0}},
                                                    {{0.0, 0.0}, {2.0, 1.0}},
                                                    {{0.0, 0.0}, {1.0, 0.0}},
                                                    {{0.0, 0.0}, {-1.0, 0.0}}}};

// What the leading dimensions exceed the rows by, for up to three operands.
using Extra = std::array<std::int64_t, 3>;
inline constexpr std::array<Extra, 3> kExtras = {{{0, 0, 0}, {3, 1, 2}, {0, 7, 1}}};

struct Steps {
    std::int64_t x, y;
};
inline constexpr std::array<Steps, 7> kSteps = {
    {{1, 1}, {2, -1}, {-3, 1}, {-1, 2}, {1, -3}, {3, 5}, {-1, -2}}};

template <class Levels> const auto& level(const Levels& levels, const Probe& p, unsigned option) {
    return levels[(p.turn + option) % levels.size()];
}

// A number as the type holds it, so that the reference computes with the same.
template <class T> Complex as(Complex z) {
    const T value = make<T>(z.real(), z.imag());
    return {real_part(value), imag_part(value)};
}
template <class T> struct Scalars {
    Complex alpha, beta;
    T a, b;
    explicit Scalars(const Scale& s)
        : alpha(as<T>(s.alpha)), beta(as<T>(s.beta)), a(make<T>(alpha.real(), alpha.imag())),
          b(make<T>(beta.real(), beta.imag())) {}
};

// One of the six of 24 options that every pair of values is in; see above.
constexpr bool in_covering(unsigned turn, bool right, bool lower, bool unit, unsigned trans) {
    constexpr unsigned pairs[] = {0, 1, 2, 4};
    const unsigned setting = (right ? 4u : 0u) + (lower ? 2u : 0u) + (unit ? 1u : 0u);
    const unsigned chosen = pairs[(trans + turn) % 4];
    return setting == chosen || setting == 7 - chosen;
}

// What is said above, as the compiler sees it: six options at every turn, in them every pair.
constexpr bool every_pair_is_met(unsigned turn) {
    unsigned chosen = 0, met[4][4] = {}; // met[f][g]: bits of the values of factors f and g
    for (unsigned option = 0; option < 24; ++option) {
        const unsigned value[4] = {option & 1, (option >> 1) & 1, (option >> 2) & 1, option >> 3};
        if (!in_covering(turn, value[0] != 0, value[1] != 0, value[2] != 0, value[3]))
            continue;
        ++chosen;
        for (unsigned f = 0; f < 4; ++f)
            for (unsigned g = 0; g < 4; ++g)
                met[f][g] |= 1u << (value[f] * 3 + value[g]);
    }
    constexpr unsigned two_two = 0b011011, two_three = 0b111111;
    for (unsigned f = 0; f < 3; ++f)
        for (unsigned g = f + 1; g < 4; ++g)
            if (met[f][g] != (g == 3 ? two_three : two_two))
                return false;
    return chosen == 6;
}
static_assert(every_pair_is_met(0) && every_pair_is_met(1) && every_pair_is_met(2) &&
              every_pair_is_met(3));
static_assert(std::gcd(kWholeScales.size(), kExtras.size()) == 1 &&
              std::gcd(kWholeScales.size(), kSteps.size()) == 1 &&
              std::gcd(kExtras.size(), kSteps.size()) == 1 &&
              kScales.size() == kWholeScales.size());

} // namespace check

// SPDX-License-Identifier: Apache-2.0
// Small shapes find wrong options and edges; those around 128, 256, 384 and 512 reach the blocked,
// packed and threaded kernels, where the real defects were. Every size is met in every dimension,
// the others thin, so that all options can be run there; then two and three dimensions are large.
#include "cases.h"

namespace check {
namespace {

using Sizes = std::vector<std::int64_t>;
using List = std::vector<Shape>;

const Sizes kTiny = {1, 2, 3, 5, 9};
const Sizes kThin = {33, 9, 5, 14, 17};
const Sizes kBlocks = {65, 127, 128, 129, 255, 256, 257, 383, 384, 385, 511, 512, 513};
const Sizes kFewerBlocks = {65, 127, 128, 129, 255, 256, 257, 385, 511};

std::int64_t thin(std::size_t i) { return kThin[i % kThin.size()]; }

// All pairs of two of the three sizes: the third is their sum modulo 5.
void add_tiny(List& list) {
    for (std::size_t i = 0; i < kTiny.size(); ++i)
        for (std::size_t j = 0; j < kTiny.size(); ++j)
            list.push_back({kTiny[i], kTiny[j], kTiny[(i + j) % kTiny.size()]});
}

// Three large sizes: each one below, at and above each block.
void add_all_around(List& list) {
    for (const std::int64_t b : {128, 256, 384, 512}) {
        list.push_back({b - 1, b, b + 1});
        list.push_back({b, b + 1, b - 1});
        list.push_back({b + 1, b - 1, b});
        list.push_back({b + 1, b + 1, b + 1});
    }
}

List gemm_shapes(bool full) {
    List list = {{0, 0, 0}, {0, 3, 2}, {3, 0, 2}, {2, 3, 0}, {65, 65, 0}};
    add_tiny(list);
    // one dimension after the other, so that its large sizes have consecutive turns (cover.h)
    for (std::size_t i = 0; i < kBlocks.size(); ++i)
        list.push_back({kBlocks[i], thin(i), thin(i + 1)});
    for (std::size_t i = 0; i < kBlocks.size(); ++i)
        list.push_back({thin(i + 1), kBlocks[i], thin(i)});
    for (std::size_t i = 0; i < kBlocks.size(); ++i)
        list.push_back({thin(i), thin(i + 1), kBlocks[i]});
    for (const auto& s : List{{1, 257, 256},
                              {257, 1, 256},
                              {255, 257, 1},
                              {65, 65, 65},
                              {2001, 9, 17},
                              {9, 2001, 17},
                              {17, 9, 2001},
                              {513, 257, 9},
                              {257, 9, 513},
                              {9, 513, 257},
                              {129, 127, 385},
                              {520, 528, 536}})
        list.push_back(s);
    if (full)
        add_all_around(list);
    return list;
}

// m x n operands: each size is the order of the square operand on one side of the product.
List rectangle_shapes(const Sizes& blocks, bool full) {
    List list = {{0, 0, 1}, {0, 3, 1}, {3, 0, 1}};
    add_tiny(list);
    for (std::size_t i = 0; i < blocks.size(); ++i)
        list.push_back({blocks[i], thin(i), 1});
    for (std::size_t i = 0; i < blocks.size(); ++i)
        list.push_back({thin(i + 1), blocks[i], 1});
    if (full)
        for (const std::int64_t b : {127, 128, 255, 256, 383, 384, 511, 512})
            list.push_back({b, 513 - b / 2, 1});
    for (auto& s : list)
        s.k = std::max(s.m, s.n); // the cost that options are chosen by
    return list;
}

List update_shapes(const Sizes& blocks, bool full) {
    List list = {{0, 0, 0}, {0, 0, 3}};
    for (const auto n : kTiny)
        for (const auto k : kTiny)
            list.push_back({n, n, k});
    for (std::size_t i = 0; i < blocks.size(); ++i)
        if (full || blocks[i] != 256) // the order costs its square
            list.push_back({blocks[i], blocks[i], thin(i)});
    for (std::size_t i = 0; i < kBlocks.size(); ++i)
        list.push_back({thin(i), thin(i), kBlocks[i]});
    if (full)
        for (const std::int64_t b : {128, 255, 256, 383, 385, 511, 512})
            list.push_back({b, b, 640 - b});
    return list;
}

List matrix_shapes(bool full) {
    List list = {{0, 0, 1}, {0, 3, 1}, {3, 0, 1}};
    for (const auto m : kTiny)
        for (const auto n : kTiny)
            list.push_back({m, n, 1});
    for (std::size_t i = 0; i < kBlocks.size(); ++i)
        list.push_back({kBlocks[i], thin(i), 1});
    for (std::size_t i = 0; i < kBlocks.size(); ++i)
        list.push_back({thin(i + 1), kBlocks[i], 1});
    for (const auto& s :
         List{{129, 127, 1}, {257, 255, 1}, {513, 511, 1}, {3001, 17, 1}, {17, 3001, 1}})
        list.push_back(s);
    if (full)
        for (const std::int64_t b : {383, 384, 512, 1030})
            list.push_back({b, 769 - b / 2, 1});
    return list;
}

List lengths(const Sizes& values) {
    List list;
    for (const auto n : values)
        list.push_back({n, n, 1});
    return list;
}

List tall_wide_shapes(bool full) {
    List list = {{0, 0, 0}, {0, 3, 0}, {3, 0, 0}};
    for (const auto m : kTiny)
        for (const auto n : kTiny)
            list.push_back({m, n, 0});
    for (const auto& s : List{{65, 33, 0},
                              {33, 65, 0},
                              {65, 65, 0},
                              {129, 40, 0},
                              {40, 129, 0},
                              {300, 7, 0},
                              {7, 300, 0},
                              {130, 129, 0}})
        list.push_back(s);
    if (full)
        for (const auto& s : List{{257, 129, 0},
                                  {129, 257, 0},
                                  {257, 257, 0},
                                  {1000, 20, 0},
                                  {20, 1000, 0},
                                  {385, 383, 0}})
            list.push_back(s);
    return list;
}

} // namespace

std::vector<Shape> shapes_of(Shapes list, bool full) {
    switch (list) {
    case Shapes::gemm:
        return gemm_shapes(full);
    case Shapes::rectangles:
        return rectangle_shapes(full ? kBlocks : kFewerBlocks, full);
    case Shapes::updates:
        return update_shapes(full ? kBlocks : kFewerBlocks, full);
    case Shapes::matrices:
        return matrix_shapes(full);
    case Shapes::orders:
        return lengths(full ? Sizes{0,   1,   2,   3,   5,   9,   33,  65,  127, 128,
                                    129, 255, 256, 257, 383, 384, 385, 511, 512, 513}
                            : Sizes{0, 1, 2, 3, 5, 9, 33, 65, 127, 128, 129, 255, 257, 385, 511});
    case Shapes::vectors:
        return lengths({0,   1,   2,   3,    4,    5,     7,
                        8,   9,   15,  16,   17,   31,    32,
                        33,  63,  64,  65,   127,  128,   129,
                        255, 256, 257, 383,  384,  385,   511,
                        512, 513, 999, 1024, 2049, 10007, full ? 100003 : 20011});
    case Shapes::squares:
        return full ? lengths({0, 1, 2, 3, 5, 9, 26, 33, 65, 129, 160, 257})
                    : lengths({0, 1, 2, 3, 5, 9, 26, 33, 65});
    case Shapes::larger_squares:
        return full ? lengths({0, 1, 2, 3, 5, 9, 33, 65, 127, 128, 129, 257, 385, 513})
                    : lengths({0, 1, 2, 3, 5, 9, 33, 65, 129, 160, 257});
    case Shapes::tall_wide:
        return tall_wide_shapes(full);
    case Shapes::systems:
        return full ? List{{1, 1, 1},   {5, 3, 2},     {3, 5, 2},    {9, 9, 1},   {65, 33, 3},
                           {33, 65, 1}, {129, 129, 2}, {257, 40, 5}, {40, 257, 5}}
                    : List{{1, 1, 1},   {5, 3, 2},   {3, 5, 2},  {9, 9, 1},
                           {65, 33, 3}, {33, 65, 1}, {120, 9, 2}};
    case Shapes::large:
        return full ? List{{257, 257, 0},
                           {300, 260, 0},
                           {260, 300, 0},
                           {513, 513, 0},
                           {1030, 770, 0}}
                    : List{{257, 257, 0}, {390, 300, 0}, {300, 390, 0}};
    case Shapes::few:
        return {{3, 3, 0}, {1, 1, 1},   {2, 2, 2},      {5, 5, 3},
                {9, 9, 9}, {65, 65, 9}, {129, 129, 128}};
    case Shapes::once:
        return {{4, 4, 1}};
    }
    return {};
}

} // namespace check

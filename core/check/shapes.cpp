// SPDX-License-Identifier: Apache-2.0
// Small shapes find wrong options and edges; those around 128, 256, 384 and 512 reach the blocked,
// packed and threaded kernels, where the real defects were.
#include "cases.h"

namespace check {
namespace {

std::vector<Shape> gemm_shapes(bool full) {
    std::vector<Shape> list = {
        {0, 0, 0},       {0, 3, 2},       {3, 0, 2},      {2, 3, 0},      {1, 1, 1},
        {1, 9, 5},       {9, 1, 5},       {5, 9, 1},      {2, 2, 2},      {3, 5, 9},
        {5, 3, 2},       {9, 9, 9},       {65, 9, 3},     {9, 65, 5},     {3, 5, 65},
        {65, 65, 65},    {1, 65, 65},     {65, 1, 65},    {65, 65, 0},    {127, 128, 129},
        {129, 127, 128}, {128, 129, 127}, {255, 65, 257}, {257, 255, 65}, {65, 256, 255},
        {256, 257, 9},   {383, 129, 65},  {385, 9, 384},  {65, 383, 385}, {384, 385, 5},
        {511, 65, 65},   {513, 9, 513},   {9, 513, 511},  {65, 512, 129}, {512, 512, 3},
        {513, 511, 129}, {1, 513, 512},   {513, 1, 512},  {1100, 65, 33}, {33, 1100, 65},
        {65, 33, 1100},  {600, 600, 600}};
    if (full)
        for (const std::int64_t b : {128, 256, 384, 512})
            for (std::int64_t d = -1; d <= 1; ++d) {
                list.push_back({b + d, b + 1, b - 1});
                list.push_back({b - 1, b + d, b + 1});
                list.push_back({b + 1, b - 1, b + d});
                list.push_back({b + d, b + d, b + d});
            }
    return list;
}

std::vector<Shape> rectangle_shapes(bool full) {
    std::vector<Shape> list = {{0, 0, 1},    {0, 3, 1},    {3, 0, 1},     {1, 1, 1},
                               {2, 5, 1},    {9, 3, 1},    {5, 9, 1},     {65, 9, 1},
                               {9, 65, 1},   {65, 65, 1},  {129, 127, 1}, {257, 33, 1},
                               {33, 257, 1}, {385, 17, 1}, {17, 513, 1}};
    for (auto& s : list)
        s.k = std::max(s.m, s.n); // the cost that options are chosen by
    if (full)
        for (const std::int64_t b : {127, 128, 255, 256, 383, 384, 511, 512})
            list.push_back({b, 513 - b / 2, b});
    return list;
}

std::vector<Shape> update_shapes(bool full) {
    std::vector<Shape> list = {{0, 0, 0},      {0, 0, 3},       {1, 1, 1},      {2, 2, 5},
                               {5, 5, 2},      {9, 9, 9},       {65, 65, 9},    {9, 9, 65},
                               {129, 129, 65}, {127, 127, 128}, {257, 257, 33}, {33, 33, 513}};
    if (full)
        for (const std::int64_t b : {128, 255, 256, 383, 385, 511, 512})
            list.push_back({b, b, 640 - b});
    return list;
}

std::vector<Shape> matrix_shapes(bool full) {
    std::vector<Shape> list = {{0, 0, 1},     {0, 3, 1},     {3, 0, 1},     {1, 1, 1},
                               {2, 3, 1},     {5, 2, 1},     {9, 9, 1},     {65, 9, 1},
                               {9, 65, 1},    {129, 127, 1}, {257, 255, 1}, {513, 511, 1},
                               {1100, 33, 1}, {33, 1100, 1}};
    if (full)
        for (const std::int64_t b : {383, 384, 512, 1030})
            list.push_back({b, 769 - b / 2, 1});
    return list;
}

std::vector<Shape> lengths(std::initializer_list<std::int64_t> values) {
    std::vector<Shape> list;
    for (const auto n : values)
        list.push_back({n, n, 1});
    return list;
}

} // namespace

std::vector<Shape> shapes_of(Shapes list, bool full) {
    switch (list) {
    case Shapes::gemm:
        return gemm_shapes(full);
    case Shapes::rectangles:
        return rectangle_shapes(full);
    case Shapes::updates:
        return update_shapes(full);
    case Shapes::matrices:
        return matrix_shapes(full);
    case Shapes::vectors:
        return full ? lengths({0, 1, 2, 3, 5, 9, 31, 32, 33, 65, 129, 513, 1025, 10007, 100003})
                    : lengths({0, 1, 2, 3, 5, 9, 33, 65, 129, 513, 10007});
    case Shapes::squares:
        return full ? lengths({1, 2, 3, 5, 9, 33, 65, 129, 193, 257}) : lengths({1, 2, 5, 33, 65});
    case Shapes::larger_squares:
        return full ? lengths({1, 2, 3, 5, 9, 33, 65, 129, 257, 385, 513})
                    : lengths({1, 2, 3, 9, 65, 129, 193});
    case Shapes::tall_wide:
        return full ? std::vector<Shape>{{1, 1, 0},    {2, 1, 0},     {3, 5, 0},     {9, 5, 0},
                                         {65, 33, 0},  {33, 65, 0},   {65, 65, 0},   {129, 65, 0},
                                         {65, 129, 0}, {257, 129, 0}, {129, 257, 0}, {300, 20, 0}}
                    : std::vector<Shape>{{1, 1, 0},   {2, 3, 0},   {9, 5, 0},    {65, 33, 0},
                                         {33, 65, 0}, {65, 65, 0}, {129, 40, 0}, {40, 129, 0}};
    case Shapes::systems:
        return full ? std::vector<Shape>{{1, 1, 1},   {5, 3, 2},     {3, 5, 2},   {65, 33, 3},
                                         {33, 65, 1}, {129, 129, 2}, {257, 40, 5}}
                    : std::vector<Shape>{{1, 1, 1}, {5, 3, 2}, {3, 5, 2}, {65, 33, 3}, {33, 65, 1}};
    case Shapes::few:
        return {{3, 3, 0}, {1, 1, 1}, {5, 5, 3}, {65, 65, 9}, {129, 129, 128}};
    case Shapes::once:
        return {{4, 4, 1}};
    }
    return {};
}

} // namespace check

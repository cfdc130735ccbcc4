// SPDX-License-Identifier: Apache-2.0
// One JSON line per case, flushed at once: a provider that crashes costs only what comes after it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace check {

[[nodiscard]] std::string json_text(const std::string& text); // quoted and escaped
[[nodiscard]] std::string json_number(double value);          // null when not finite

// An object under construction; values are JSON already.
class Line {
  public:
    Line() = default;
    Line(const char* key, const std::string& value) { add(key, value); }
    void add(const char* key, const std::string& value);
    [[nodiscard]] std::string text() const { return text_ + "}"; }

  private:
    std::string text_ = "{";
};

struct Result {
    std::string name; // "dgemm 127x128x129"
    std::string kind; // numeric, speed, behaviour
    std::string op;
    char type = 0; // s, d, c, z; 0: none
    std::vector<std::int64_t> shape;
    double ratio = 0.0, threshold = 0.0; // numeric
    double gflops = 0.0, share = 0.0;    // speed
    // How far apart the measurements of the share lay, as a part of it; NaN: nobody can tell.
    double noise = std::numeric_limits<double>::quiet_NaN(); // speed
    int threads = 0;                                         // speed
    double seconds = 0.0;
    std::string detail;  // the options that gave the worst ratio
    std::string problem; // empty: held, or not run
    std::string not_run; // why it was not; empty: it was
};

class Report {
  public:
    // With a seal (seal.h), each line ends with it and the line's number.
    explicit Report(std::FILE* out, std::string seal = "") : out_(out), seal_(std::move(seal)) {}
    void begin(const Result& result); // name, kind, op, type and shape are set; add() ends it
    void add(const Result& result);
    [[nodiscard]] int cases() const { return cases_; }
    [[nodiscard]] int failed() const { return failed_; }
    [[nodiscard]] int not_run() const { return not_run_; }
    void line(const std::string& json); // one more line, as it stands
    // {"gemm":{"ratio":...,"threshold":...,"case":...},...}
    [[nodiscard]] std::string worst_json() const;

  private:
    [[nodiscard]] std::string sealed(const std::string& json, int line) const;

    std::FILE* out_;
    std::string seal_;
    int lines_ = 0;
    int cases_ = 0, failed_ = 0, not_run_ = 0;
    std::map<std::string, Result> worst_;
};

} // namespace check

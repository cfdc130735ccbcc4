// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include "guard.h"

#include <cmath>

namespace check {

std::string json_text(const std::string& text) {
    std::string out = "\"";
    for (const char ch : text) {
        if (ch == '"' || ch == '\\') {
            out += '\\';
            out += ch;
        } else if (static_cast<unsigned char>(ch) < 0x20 || ch == 0x7f) {
            char escaped[8];
            std::snprintf(escaped, sizeof(escaped), "\\u%04x", static_cast<unsigned>(ch));
            out += escaped;
        } else {
            out += ch; // UTF-8 as it is
        }
    }
    return out + '"';
}

std::string json_number(double value) {
    if (!std::isfinite(value))
        return "null";
    char text[40];
    std::snprintf(text, sizeof(text), "%.6g", value);
    return text;
}

namespace {

std::string json_list(const std::vector<std::int64_t>& values) {
    std::string json = "[";
    for (const auto value : values) {
        if (json.size() > 1)
            json += ',';
        json += std::to_string(value);
    }
    return json + "]";
}

// The fields that name a case: the beginning of its line.
Line opening_of(const Result& result) {
    Line json("case", json_text(result.name));
    json.add("kind", json_text(result.kind));
    json.add("op", json_text(result.op));
    if (result.type != 0)
        json.add("type", json_text(std::string(1, result.type)));
    json.add("shape", json_list(result.shape));
    return json;
}

} // namespace

void Line::add(const char* key, const std::string& value) {
    text_ += text_.size() > 1 ? "," : "";
    text_ += json_text(key);
    text_ += ':';
    text_ += value;
}

void Report::begin(const Result& result) {
    const std::string gap = json_text("@"); // the problem, which is not known yet
    Line json = opening_of(result);
    json.add("ok", "false");
    json.add("problem", gap);
    const std::string text = sealed(json.text(), lines_ + 1) + "\n";
    const auto at = text.rfind(gap) + 1;
    guard_running(text.substr(0, at), text.substr(at + gap.size() - 2));
}

void Report::add(const Result& result) {
    guard_stop();
    ++cases_;
    const bool ok = result.problem.empty();
    failed_ += ok ? 0 : 1;
    not_run_ += result.not_run.empty() ? 0 : 1;
    Line json = opening_of(result);
    if (result.kind == "speed" && result.not_run.empty()) {
        json.add("threads", std::to_string(result.threads));
        json.add("gflops", json_number(result.gflops));
        json.add("share", json_number(result.share));
        json.add("noise", json_number(result.noise));
        json.add("threshold", json_number(result.threshold));
    }
    if (result.kind == "numeric") {
        json.add("ratio", json_number(result.ratio));
        json.add("threshold", json_number(result.threshold));
        auto& worst = worst_[result.op];
        if (worst.name.empty() || !(result.ratio <= worst.ratio))
            worst = result;
    }
    json.add("ok", ok ? "true" : "false");
    if (!result.not_run.empty())
        json.add("not_run", json_text(result.not_run));
    json.add("seconds", json_number(result.seconds));
    if (!result.detail.empty())
        json.add("detail", json_text(result.detail));
    if (!ok)
        json.add("problem", json_text(result.problem));
    line(json.text());
}

std::string Report::sealed(const std::string& json, int line) const {
    if (seal_.empty())
        return json;
    return json.substr(0, json.size() - 1) + ",\"seal\":" + json_text(seal_) +
           ",\"line\":" + std::to_string(line) + "}";
}

void Report::line(const std::string& json) {
    std::fputs((sealed(json, ++lines_) + "\n").c_str(), out_);
    std::fflush(out_);
}

std::string Report::worst_json() const {
    Line all;
    for (const auto& [op, result] : worst_) {
        Line one("ratio", json_number(result.ratio));
        one.add("threshold", json_number(result.threshold));
        one.add("case", json_text(result.name));
        all.add(op.c_str(), one.text());
    }
    return all.text();
}

} // namespace check

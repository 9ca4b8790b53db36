// One place that writes to standard output, so that a full disk or a closed pipe is noticed.
#include "apps/report.hpp"

#include <cstdio>

namespace spikeloom {
namespace {

Report text_or_null(const std::string& text) { return text.empty() ? Report(nullptr) : Report(text); }

}  // namespace

Report error_report(const Error& error) {
  Report report;
  report["kind"] = error.kind;
  report["file"] = text_or_null(error.file);
  report["line"] = error.where.line > 0 ? Report(error.where.line) : Report(nullptr);
  report["column"] = error.where.line > 0 ? Report(error.where.column) : Report(nullptr);
  report["path"] = text_or_null(error.where.path);
  report["value"] = text_or_null(error.value);
  report["allowed"] = text_or_null(error.allowed);
  report["message"] = error.what();
  report["nearest"] = text_or_null(error.nearest);
  return report;
}

std::string report_text(const Report& report, int indent) {
  return report.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

void print_text(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw Error("io", {}, "cannot write to standard output", Exit::run_failed);
}

void print_report(const Report& report) { print_text(report_text(report, 2) + "\n"); }

}  // namespace spikeloom

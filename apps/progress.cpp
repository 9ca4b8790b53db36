// Text of the progress line, and when to draw it.
#include "apps/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "core/errors.hpp"

namespace spikeloom {
namespace {

int terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string short_count(std::uint64_t n) {
  const double x = static_cast<double>(n);
  return n < 10'000 ? fmt::format("{}", n) : n < 10'000'000 ? fmt::format("{:.0f} k", x / 1e3) : fmt::format("{:.1f} M", x / 1e6);
}

}  // namespace

std::string clock_text(double seconds) {
  const auto s = static_cast<long long>(std::ceil(std::clamp(seconds, 0.0, 3.6e8)));
  return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60) : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string progress_line(const ProgressState& state, int width) {
  const double share = state.end_ms > 0 ? std::clamp(state.now_ms / state.end_ms, 0.0, 1.0) : 1.0;
  const std::string facts =
      fmt::format(" {:3.0f} %  {:.0f} of {:.0f} ms  {} left  {:.2f} x real time  {} spikes", 100 * share, state.now_ms,
                  state.end_ms, clock_text(state.eta_s()), state.real_time_factor(), short_count(state.spikes));
  const int bar = std::min(30, width - 3 - static_cast<int>(facts.size()));
  if (bar < 5) return facts.substr(0, static_cast<std::size_t>(std::max(width - 1, 0)));
  const auto full = static_cast<std::size_t>(std::lround(share * bar));
  return "[" + std::string(full, '#') + std::string(static_cast<std::size_t>(bar) - full, '.') + "]" + facts;
}

std::string progress_json(const ProgressState& state) {
  return fmt::format(
      R"({{"time_ms": {}, "duration_ms": {}, "wall_s": {:.3f}, "eta_s": {:.3f}, "real_time_factor": {:.6g}, "spikes": {}}})",
      state.now_ms, state.end_ms, state.wall_s, state.eta_s(), state.real_time_factor(), state.spikes);
}

Progress::Mode Progress::mode(std::string_view word) {
  if (word == "auto") return isatty(STDERR_FILENO) != 0 ? Mode::terminal : Mode::off;
  if (word == "off") return Mode::off;
  if (word == "json") return Mode::json;
  throw Error("range", {}, "--progress takes auto, off or json")
      .with_value(std::string(word))
      .with_allowed("auto, off, json")
      .with_nearest(nearest_name(word, {"auto", "off", "json"}));
}

Progress::Progress(Mode mode, double start_ms, double end_ms)
    : mode_(mode), start_ms_(start_ms), end_ms_(end_ms), began_(Clock::now()), shown_(began_) {}

Progress::~Progress() {
  if (line_open_) std::fputc('\n', stderr);
}

bool Progress::due() const {
  const double interval_s = mode_ == Mode::json ? 1.0 : 0.2;
  return on() && std::chrono::duration<double>(Clock::now() - shown_).count() >= interval_s;
}

void Progress::show(double now_ms, std::uint64_t spikes) {
  if (!on()) return;
  const auto now = Clock::now();
  shown_ = now;
  const ProgressState state{now_ms, end_ms_, std::chrono::duration<double>(now - began_).count(), now_ms - start_ms_, spikes};
  if (mode_ == Mode::json) {
    std::fputs((progress_json(state) + "\n").c_str(), stderr);
  } else {
    std::fputs(("\r\033[K" + progress_line(state, terminal_width())).c_str(), stderr);
    line_open_ = true;
  }
  std::fflush(stderr);
}

}  // namespace spikeloom

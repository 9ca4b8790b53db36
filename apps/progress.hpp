// How far a run is, on standard error: one line that is redrawn on a terminal, or one JSON line a second for programs.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace spikeloom {

/// Where a run stands.
struct ProgressState {
  double now_ms = 0, end_ms = 0;
  double wall_s = 0;       ///< since the run began
  double advanced_ms = 0;  ///< in that time
  std::uint64_t spikes = 0;
  double real_time_factor() const { return advanced_ms > 0 ? wall_s / (advanced_ms / 1000) : 0; }
  double eta_s() const { return advanced_ms > 0 ? wall_s / advanced_ms * (end_ms - now_ms) : 0; }
};

std::string progress_line(const ProgressState& state, int width);
std::string progress_json(const ProgressState& state);
/// 75 -> "1:15", 3700 -> "1:01:40".
std::string clock_text(double seconds);

class Progress {
 public:
  enum class Mode { off, terminal, json };
  /// "auto" is a line on a terminal, else nothing. Throws Error("range") for another word.
  static Mode mode(std::string_view word);

  Progress(Mode mode, double start_ms, double end_ms);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  bool on() const { return mode_ != Mode::off; }
  /// The last report is old enough for another.
  bool due() const;
  void show(double now_ms, std::uint64_t spikes);

 private:
  using Clock = std::chrono::steady_clock;
  Mode mode_;
  double start_ms_, end_ms_;
  Clock::time_point began_, shown_;
  bool line_open_ = false;
};

}  // namespace spikeloom

// Shows a network a hundred stimuli, rewards one of them late, and measures how strongly the network answers to each.
//
//   conditioning FILE.json [MINUTES] [SEED] [PICTURE.svg] [unpaired]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>

#include "analysis/statistics.hpp"
#include "backends/cpu/cpu.hpp"
#include "core/math/stream.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"

namespace {

using namespace spikeloom;

constexpr std::uint32_t stimuli = 100;
constexpr double block_ms = 300'000, answer_ms = 50;

struct Shown {
  std::int64_t step;
  std::uint32_t stimulus;
};

/// A stimulus every 100 to 300 ms. Up to a second after number 0 (or, unpaired, after as many of the others) comes a reward.
std::vector<Shown> show(Session& session, std::int64_t end, std::uint64_t seed, bool paired) {
  RandomStream draw(seed, 0, 0, 0x73686f77u);
  const auto whole = [&](std::uint32_t below) { return static_cast<std::uint32_t>(draw.next53() * below); };
  std::vector<Shown> shown;
  std::multiset<std::int64_t> rewards;
  std::int64_t onset = 100;
  const std::uint32_t first = 0;
  while (session.step() < end) {
    const std::int64_t now = session.step();
    if (now == onset) {
      const std::uint32_t stimulus = whole(stimuli);
      session.emit("stimuli", std::span(&stimulus, 1));
      shown.push_back({now, stimulus});
      const std::uint32_t rewarded = paired ? 0 : whole(stimuli), late = 1 + whole(1000);
      if (stimulus == rewarded) rewards.insert(now + late);
      onset = now + 100 + whole(201);
    }
    if (rewards.erase(now) > 0) session.emit("reward", std::span(&first, 1));
    std::int64_t next = std::min(onset, end);
    if (!rewards.empty()) next = std::min(next, *rewards.begin());
    session.advance_to(next);
  }
  return shown;
}

struct Answer {
  double rewarded = 0, others = 0, sd = 0;  ///< spikes per showing; over the other stimuli
};

/// Excitatory spikes within 50 ms of each onset, block by block.
std::vector<Answer> answers(const SpikeTrain& spikes, const std::vector<Shown>& shown, double end_ms) {
  std::vector<Answer> out;
  for (double from = 0; from < end_ms; from += block_ms) {
    std::vector<double> sum(stimuli, 0), times(stimuli, 0);
    for (const Shown& s : shown) {
      const auto onset = static_cast<double>(s.step);
      if (onset < from || onset >= from + block_ms || onset + answer_ms > end_ms) continue;
      const auto begin = std::upper_bound(spikes.time_ms.begin(), spikes.time_ms.end(), onset);
      sum[s.stimulus] += static_cast<double>(std::upper_bound(begin, spikes.time_ms.end(), onset + answer_ms) - begin);
      times[s.stimulus] += 1;
    }
    std::vector<double> others;
    for (std::uint32_t k = 1; k < stimuli; ++k)
      if (times[k] > 0) others.push_back(sum[k] / times[k]);
    out.push_back({times[0] > 0 ? sum[0] / times[0] : 0, mean(others), std::sqrt(variance(others))});
  }
  return out;
}

std::string draw(const std::vector<Answer>& blocks) {
  constexpr double left = 60, top = 30, width = 560, height = 300;
  double most = 1;
  for (const Answer& a : blocks) most = std::max({most, a.rewarded, a.others + a.sd});
  const auto x = [&](std::size_t n) {
    return left + width * (static_cast<double>(n) + 0.5) / static_cast<double>(blocks.size());
  };
  const auto y = [&](double value) { return top + height * (1 - value / (1.1 * most)); };
  char line[256];
  std::string svg = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 400" font-family="sans-serif" font-size="13">)"
                    "\n<rect width=\"660\" height=\"400\" fill=\"white\"/>\n";
  const auto add = [&](const char* format, auto... values) {
    std::snprintf(line, sizeof line, format, values...);
    svg += line;
  };
  add("<text x=\"%.0f\" y=\"20\">spikes within %.0f ms of a stimulus</text>\n", left, answer_ms);
  add("<line x1=\"%.0f\" x2=\"%.0f\" y1=\"%.0f\" y2=\"%.0f\" stroke=\"#999\"/>\n", left, left + width, y(0), y(0));
  for (std::size_t n = 0; n < blocks.size(); ++n) {
    const Answer& a = blocks[n];
    add("<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#9ab\" stroke-width=\"3\"/>\n", x(n), x(n),
        y(a.others - a.sd), y(a.others + a.sd));
    add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#567\"/><circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"#d62\"/>\n", x(n),
        y(a.others), x(n), y(a.rewarded));
    add("<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\" fill=\"#666\">%.0f</text>\n", x(n), y(0) + 18,
        static_cast<double>(n + 1) * block_ms / 60'000);
    if (n % 2 == 0)
      add("<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\" fill=\"#666\">%.0f</text>\n", left - 8,
          y(most * static_cast<double>(n) / static_cast<double>(blocks.size())) + 4,
          most * static_cast<double>(n) / static_cast<double>(blocks.size()));
  }
  add("<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\" fill=\"#666\">minutes; orange: the rewarded one, blue: the 99 others "
      "(mean, SD)</text>\n",
      left + width / 2, y(0) + 44);
  return svg + "</svg>\n";
}

}  // namespace

int main(int count, char** arguments) try {
  const ModelSet models = builtin_models();
  Network description = read_network(arguments[1]);
  const double minutes = count > 2 ? std::atof(arguments[2]) : 60, seed = count > 3 ? std::atof(arguments[3]) : 1;
  const bool paired = count <= 5 || std::strcmp(arguments[5], "unpaired") != 0;
  description.run.duration_ms = minutes * 60'000;
  description.run.seed = seed;
  const auto session = cpu_backend()->open(compile(description, models), {.threads = 1, .models = &models});
  const std::int64_t end = session->network().duration_steps;
  const auto shown = show(*session, end, static_cast<std::uint64_t>(seed), paired);

  const auto blocks = answers(session->recording().spike_trains.at(0), shown, static_cast<double>(end));
  std::printf("%8s %10s %10s %8s   spikes within %.0f ms\n", "minutes", "rewarded", "others", "sd", answer_ms);
  for (std::size_t n = 0; n < blocks.size(); ++n)
    std::printf("%8.0f %10.1f %10.1f %8.1f\n", std::min(static_cast<double>(n + 1) * block_ms / 60'000, minutes),
                blocks[n].rewarded, blocks[n].others, blocks[n].sd);
  if (count > 4) std::ofstream(arguments[4]) << draw(blocks);
} catch (const spikeloom::Error& error) {
  std::fprintf(stderr, "%s\n", describe(error).c_str());
  return static_cast<int>(error.exit);
}

// Which synapse, which stimulus was it that a late reward was for? Two experiments with one network, each beside a control whose
// rewards have nothing to do with what they might be for.
//
//   conditioning FILE.json synapse|stimulus [MINUTES [SEEDS [PICTURE.svg]]]
//
//   synapse    a reward 1 to 3 s after a spike of cell 1 that follows one of cell 0 within 20 ms; control: 20 to 80 s after
//   stimulus   one of 100 stimuli every 100 to 300 ms; a reward within a second after number 0; control: after any, as often
#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <set>

#include "analysis/chart.hpp"
#include "analysis/statistics.hpp"
#include "backends/cpu/cpu.hpp"
#include "core/atomic_file.hpp"
#include "core/math/stream.hpp"
#include "core/network_json.hpp"
#include "examples/example_main.hpp"
#include "models/models.hpp"

namespace {

using namespace spikeloom;

constexpr std::int64_t second = 1000, minute = 60 * second;
constexpr std::uint32_t stimuli = 100, excitatory = 800;
constexpr int parts = 6;  ///< of a run, looked at one by one
constexpr double pair_ms = 20, answer_ms = 20;

class Draw {
 public:
  explicit Draw(double seed) : stream_(static_cast<std::uint64_t>(seed), 0, 0, 0x73686f77u) {}
  /// 0 ... bound - 1.
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(stream_.next53() * bound); }

 private:
  RandomStream stream_;
};

/// Mean and standard deviation of a quantity over all synapses or stimuli, and what the rewarded one has of it.
struct Standing {
  double subject = 0, mean = 0, sd = 0;
};

struct Row {
  double minutes = 0;
  Standing weight, answer;  ///< answer: of stimuli only
};

struct Run {
  std::size_t rewards = 0;
  std::vector<Row> rows;
};

struct Ends {
  std::vector<std::uint32_t> source, target;
};

Ends ends_of(const CompiledNetwork& network, std::string_view name) {
  struct Collect final : SynapseSink {
    Ends ends;
    void take(const SynapseBatch& batch) override {
      ends.source.insert(ends.source.end(), batch.source, batch.source + batch.count);
      ends.target.insert(ends.target.end(), batch.target, batch.target + batch.count);
    }
  } sink;
  const auto projection = std::ranges::find(network.projections, name, &CompiledProjection::name);
  projection->rows->visit(0, projection->rows->sources, sink);
  return sink.ends;
}

/// The first of all, the others beside it; what is not a number (a stimulus that was not shown) is left out.
Standing standing(const std::vector<double>& values) {
  std::vector<double> others;
  std::copy_if(values.begin() + 1, values.end(), std::back_inserter(others), [](double v) { return !std::isnan(v); });
  return {values[0], mean(others), std::sqrt(variance(others))};
}

class Experiment {
 public:
  Experiment(const std::string& file, double minutes, double seed, std::initializer_list<const char*> weights, const char* spikes)
      : end_(static_cast<std::int64_t>(minutes * minute)), every_(std::max<std::int64_t>(end_ / parts, second)), draw_(seed) {
    Network network = read_network(file, {{"parameters.T", fmt::format("{}", end_)}});
    network.run.seed = seed;
    for (const char* projection : weights) {
      Probe probe;
      probe.kind = Probe::Kind::weights;
      probe.of.name = projection;
      for (std::int64_t at = every_; at <= end_; at += every_) probe.at_ms.emplace_back(static_cast<double>(at));
      network.probes.push_back(probe);
    }
    network.probe_spikes(spikes);
    session_ = cpu_backend()->open(compile(network, models_), {.threads = 1, .models = &models_});
  }

  /// A reward a while after each pair of spikes; the pairs of a second are looked for when it is over.
  Run reward_synapse(bool paired) {
    Run run;
    std::size_t seen = 0;
    double first = -1e9;
    while (session_->step() < end_) {
      advance(run);
      const SpikeTrain spikes = session_->recording().spike_trains.at(0);
      for (; seen < spikes.neuron.size(); ++seen) {
        const double now = spikes.time_ms[seen], lag = now - first;
        if (spikes.neuron[seen] == 0) first = now;
        else if (lag > 0 && lag < pair_ms)
          rewards_.insert(now + (paired ? 1001 + draw_.below(2000) : 20'001 + draw_.below(60'000)));
      }
    }
    const Recording recording = session_->recording();
    for (const WeightSnapshot& learned : recording.weights) {
      if (learned.projection != "learned") continue;
      const auto watched = std::ranges::find_if(
          recording.weights, [&](const WeightSnapshot& w) { return w.projection == "watched" && w.time_ms == learned.time_ms; });
      run.rows.push_back(
          {learned.time_ms / minute, {watched->weight[0], mean(learned.weight), std::sqrt(variance(learned.weight))}, {}});
    }
    return run;
  }

  Run reward_stimulus(bool paired) {
    for (std::int64_t onset = 100; onset < end_; onset += 100 + draw_.below(201)) {
      const std::uint32_t stimulus = draw_.below(stimuli), late = 1 + draw_.below(1000),
                          rewarded = paired ? 0 : draw_.below(stimuli);
      shown_.push_back({onset, stimulus});
      if (stimulus == rewarded) rewards_.insert(static_cast<double>(onset + late));
    }
    Run run;
    while (session_->step() < end_) advance(run);

    // cells that feel a stimulus, the synapses they make, and what all other cells answer
    const Ends felt = ends_of(session_->network(), "shown");
    std::vector<std::vector<bool>> feels(stimuli, std::vector<bool>(excitatory, false));
    for (std::size_t k = 0; k < felt.source.size(); ++k)
      if (felt.target[k] < excitatory) feels[felt.source[k]][felt.target[k]] = true;
    const Recording recording = session_->recording();
    const SpikeTrain& spikes = recording.spike_trains.at(0);
    for (const WeightSnapshot& weights : recording.weights) {
      std::vector<double> outward(stimuli), answers(stimuli), showings(stimuli, 0);
      for (std::uint32_t s = 0; s < stimuli; ++s) {
        std::vector<double> own;
        for (std::size_t k = 0; k < weights.source.size(); ++k)
          if (feels[s][weights.source[k]]) own.push_back(weights.weight[k]);
        outward[s] = mean(own);
      }
      for (const auto& [onset, stimulus] : shown_) {
        const auto at = static_cast<double>(onset);
        if (at < weights.time_ms - static_cast<double>(every_) || at + answer_ms > weights.time_ms) continue;
        ++showings[stimulus];
        for (auto k = static_cast<std::size_t>(std::ranges::upper_bound(spikes.time_ms, at + 1) - spikes.time_ms.begin());
             k < spikes.time_ms.size() && spikes.time_ms[k] <= at + answer_ms; ++k)
          if (!feels[stimulus][spikes.neuron[k]]) ++answers[stimulus];
      }
      for (std::uint32_t s = 0; s < stimuli; ++s) answers[s] /= showings[s];
      run.rows.push_back({weights.time_ms / minute, standing(outward), standing(answers)});
    }
    return run;
  }

 private:
  /// A second, with what comes in it.
  void advance(Run& run) {
    const std::int64_t next = std::min(session_->step() + second, end_);
    std::vector<std::uint32_t> stimulus, reward;
    std::vector<double> onset, at;
    for (; next_ < shown_.size() && shown_[next_].first < next; ++next_)
      onset.push_back(static_cast<double>(shown_[next_].first)), stimulus.push_back(shown_[next_].second);
    while (!rewards_.empty() && *rewards_.begin() < static_cast<double>(next)) {
      at.push_back(*rewards_.begin()), reward.push_back(0);
      rewards_.erase(rewards_.begin());
    }
    run.rewards += at.size();
    session_->emit_at("stimuli", stimulus, onset);
    session_->emit_at("reward", reward, at);
    session_->advance_to(next);
  }

  std::int64_t end_, every_;
  Draw draw_;
  ModelSet models_ = builtin_models();
  std::unique_ptr<Session> session_;
  std::multiset<double> rewards_;
  std::vector<std::pair<std::int64_t, std::uint32_t>> shown_;  ///< onset, stimulus
  std::size_t next_ = 0;
};

void print(std::size_t seed, bool paired, const Run& run, bool answers) {
  const auto cell = [](const Standing& s) {
    const std::string subject = std::isnan(s.subject) ? "-" : fmt::format("{:.3f}", s.subject);
    return fmt::format("{:>8} {:>8.3f} {:>7.3f}", subject, s.mean, s.sd);
  };
  fmt::print("{:>4}  {:<8} {:>7}  {}", seed, paired ? "rewarded" : "control", run.rewards, cell(run.rows.back().weight));
  fmt::print("{}\n", answers ? "   " + cell(run.rows.back().answer) : "");
}

/// What is rewarded in orange, the same in the control in blue, the others of the first run as a band.
Chart chart_of(const std::string& title, const std::string& y_label, const std::vector<std::pair<bool, Run>>& runs,
               Standing Row::*what) {
  Chart chart{title, "time (min)", y_label, {}, 0, Chart::by_data, Chart::by_data, Chart::by_data, {}};
  ChartSeries others{"others, mean and SD"};
  others.colour = 7;
  for (const Row& row : runs.front().second.rows) {
    const Standing& s = row.*what;
    others.x.push_back(row.minutes), others.y.push_back(s.mean);
    others.low.push_back(s.mean - s.sd), others.high.push_back(s.mean + s.sd);
  }
  chart.series.push_back(others);
  std::set<bool> named;
  for (const auto& [paired, run] : runs) {
    ChartSeries series{named.insert(paired).second ? (paired ? "rewarded" : "control") : ""};
    series.colour = paired ? 1 : 0;
    for (const Row& row : run.rows) series.x.push_back(row.minutes), series.y.push_back((row.*what).subject);
    chart.series.push_back(series);
  }
  return chart;
}

}  // namespace

int main(int count, char** arguments) {
  std::string file, what, picture;
  double minutes = 20;
  std::size_t seeds = 1;
  CLI::App app("Which synapse, or which stimulus, was it that a late reward was for? Learns with rewards and with a control.");
  app.add_option("file", file, "the network")->required()->check(CLI::ExistingFile);
  app.add_option("what", what, "synapse or stimulus")->required()->check(CLI::IsMember({"synapse", "stimulus"}));
  app.add_option("minutes", minutes, "biological time of each run (20)")->check(within(0.1, 10'000));
  app.add_option("seeds", seeds, "how many networks (1)")->check(within(1, 1000));
  app.add_option("picture", picture, "an SVG file");
  return run_example(app, count, arguments, [&] {
    const bool stimulus = what == "stimulus";
    fmt::print("{:>4}  {:<8} {:>7}  {:>8} {:>8} {:>7}{}\n", "seed", "", "rewards", "weight", "others", "SD",
               stimulus ? fmt::format("   {:>8} {:>8} {:>7}", "answer", "others", "SD") : "");
    std::vector<std::pair<bool, Run>> runs(2 * seeds);  // of each seed: rewarded, control
    tbb::parallel_for(std::size_t{0}, runs.size(), [&](std::size_t n) {
      const bool paired = n % 2 == 0;
      const auto seed = static_cast<double>(1 + n / 2);
      runs[n] = {paired, stimulus ? Experiment(file, minutes, seed, {"learned"}, "E").reward_stimulus(paired)
                                  : Experiment(file, minutes, seed, {"learned", "watched"}, "E[0:2]").reward_synapse(paired)};
    });
    for (std::size_t n = 0; n < runs.size(); ++n) print(1 + n / 2, runs[n].first, runs[n].second, stimulus);
    if (!picture.empty()) {
      std::vector<Chart> charts = {chart_of(stimulus ? "synapses of the cells that feel it" : "one synapse and all others",
                                            "weight (mV)", runs, &Row::weight)};
      if (stimulus) charts.push_back(chart_of("answer of all other cells", "spikes within 20 ms", runs, &Row::answer));
      write_file(picture, chart_svg(stimulus ? "One stimulus in a hundred" : "One synapse in 80,001", charts), true);
    }
    return 0;
  });
}

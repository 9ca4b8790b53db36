// Rules that move delays against their definition: a naive synapse that looks through all spikes for every partner.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <tuple>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "models/models.hpp"
#include "tests/backends/contract.hpp"

namespace spikeloom {
namespace {

constexpr double step_ms = 0.125;  // a power of two, so that times of the naive synapse are exact
constexpr double kick_ms = 4 * step_ms;

struct Rule {
  double eta = 0.1, tau = unbounded, window = 20, lead = 0, d_min = 1, d_max = 30;
  bool has_signal = false;
  double tau_e = 300, gain = 1, baseline = 0;
  std::vector<std::pair<double, double>> signal;  ///< [t, value]: from t on
};

/// One synapse in real-valued time, in long double; quadratic in the number of spikes. Onto a stepped cell an arrival counts at
/// the end of its step, onto an exact one at its time.
class Naive {
 public:
  Naive(const Rule& rule, double delay_ms, std::vector<double> pre, std::vector<double> post, bool is_exact = false)
      : rule_(rule), is_exact_(is_exact), d_(delay_ms), pre_(std::move(pre)), post_(std::move(post)) {
    for (std::size_t k = 0; k < post_.size(); ++k) add(post_[k], 1, post_[k], k);
    for (std::size_t k = 0; k < pre_.size(); ++k) add(pre_[k], 2, pre_[k], k);
  }

  struct Arrival {
    std::size_t spike;
    long double at, step;
  };

  /// Works through everything up to `until` ms.
  void run(double until) {
    while (!events_.empty() && std::get<0>(*events_.begin()) <= until) {
      const auto [step, kind, at, k] = *events_.begin();
      events_.erase(events_.begin());
      advance(step);
      if (kind == 0) {  // arrives: the last postsynaptic spike before this step
        arrivals_.push_back({k, at, step});
        long double last = -1;
        for (const double post : post_)
          if (post < step && post > last) last = post;
        if (last >= 0) pair(last - at);
      } else if (kind == 1) {  // a postsynaptic spike: the last arrival
        long double last = -1;
        for (const Arrival& arrival : arrivals_) last = std::max(last, arrival.at);
        if (last >= 0) pair(step - last);
      } else {  // leaves
        // From a bound a delay may come back onto the grid, up to the rounding of eta; that is the end of a step, not a new one.
        const long double arrives = step + d_;
        add(is_exact_ ? arrives : std::ceil(arrives / step_ms - 1e-9L) * step_ms, 0, arrives, k);
      }
    }
  }
  long double delay(double at) {
    const long double kept = d_;
    const auto [c, then] = std::pair(c_, then_);
    advance(at);
    const long double shown = d_;
    d_ = kept, c_ = c, then_ = then;
    return shown;
  }
  const std::vector<Arrival>& arrivals() const { return arrivals_; }

 private:
  void add(long double step, int kind, long double at, std::size_t k) { events_.insert({step, kind, at, k}); }
  void clip() { d_ = std::min<long double>(std::max<long double>(d_, rule_.d_min), rule_.d_max); }
  void pair(long double late) {
    const long double missing = late - rule_.lead;
    if (std::fabs(missing) > rule_.window) return;
    const long double pull = rule_.eta * missing * std::exp(-std::fabs(missing) / rule_.tau);
    (rule_.has_signal ? c_ : d_) += pull;
    clip();
  }
  void advance(long double to) {
    if (!rule_.has_signal) return;
    for (std::size_t k = 0; k < rule_.signal.size(); ++k) {
      const long double from = std::max<long double>(then_, rule_.signal[k].first);
      const long double end = k + 1 < rule_.signal.size() ? std::min<long double>(to, rule_.signal[k + 1].first) : to;
      if (end <= from) continue;
      const long double tau = rule_.tau_e, area = tau * (std::exp((then_ - from) / tau) - std::exp((then_ - end) / tau));
      d_ += rule_.gain * c_ * area * (rule_.signal[k].second - rule_.baseline);
    }
    c_ *= std::exp((then_ - to) / rule_.tau_e);
    then_ = to;
    clip();
  }

  Rule rule_;
  bool is_exact_;
  long double d_, c_ = 0, then_ = 0;
  std::vector<double> pre_, post_;
  std::set<std::tuple<long double, int, long double, std::size_t>> events_;  ///< step, kind, when exactly, which
  std::vector<Arrival> arrivals_;
};

std::vector<double> random_train(std::mt19937& engine, std::size_t spikes, std::uint32_t most_gap) {
  std::vector<double> times;
  double t = 5;
  for (std::size_t k = 0; k < spikes; ++k) times.push_back(t += step_ms * (1 + engine() % most_gap));
  return times;
}

Plasticity written(const Rule& rule) {
  Plasticity out;
  out.rule = rule.has_signal ? "delay_eligibility" : "delay_coincidence";
  out.parameters = {
      {"eta", rule.eta}, {"window_ms", rule.window}, {"lead_ms", rule.lead}, {"d_min_ms", rule.d_min}, {"d_max_ms", rule.d_max}};
  if (std::isfinite(rule.tau)) out.parameters["tau_ms"] = rule.tau;
  if (!rule.has_signal) return out;
  out.parameters.insert({{"tau_e_ms", rule.tau_e}, {"gain", rule.gain}, {"baseline", rule.baseline}});
  out.signal = "factor";
  return out;
}

/// Cells that spike exactly when they are told to, behind synapses of these delays (sources by targets).
struct Protocol {
  std::vector<std::vector<double>> pre, post;
  std::vector<double> delays;
  double end = 0;
  bool is_exact = false;  ///< the cells live exactly, and spikes come at any time
};

/// Every spike at some time within the step after its own.
Protocol exactly(Protocol p) {
  p.is_exact = true;
  std::mt19937 engine(23);
  for (auto* trains : {&p.pre, &p.post})
    for (auto& train : *trains)
      for (double& t : train) t += step_ms * (engine() % 1000) / 1000;
  return p;
}

Protocol random_protocol(std::size_t sources, std::size_t targets, std::size_t spikes, std::uint32_t most_gap,
                         std::uint32_t seed) {
  std::mt19937 engine(seed);
  Protocol p;
  for (std::size_t i = 0; i < sources; ++i) p.pre.push_back(random_train(engine, spikes, most_gap));
  for (std::size_t i = 0; i < targets; ++i) p.post.push_back(random_train(engine, spikes, most_gap));
  for (std::size_t i = 0; i < sources * targets; ++i) p.delays.push_back(2 + 20 * (engine() % 1000 + 0.37) / 1000);
  for (const auto* trains : {&p.pre, &p.post})
    for (const auto& train : *trains) p.end = std::max(p.end, train.back() + 40);
  return p;
}

Network network_of(const Rule& rule, const Protocol& p, const std::vector<double>& at_ms, double weight = 1e-3) {
  Network net;
  net.run.duration_ms = p.end;
  net.run.step_ms = step_ms;
  Population cells;
  cells.shape = {static_cast<double>(p.post.size())};
  cells.model = "lif_delta";
  cells.parameters = {{"V_th_mV", 1e6}, {"t_ref_ms", 0.0}};
  if (p.is_exact) cells.update = "exact";
  net.population("post", cells);
  SpikeListInput pre, kick;
  pre.times_ms = p.pre;
  for (const auto& train : p.post) {
    kick.times_ms.emplace_back();
    for (const double t : train) kick.times_ms.back().push_back(t - kick_ms);
  }
  net.input("pre", {pre, std::nullopt});
  net.input("kick", {kick, std::nullopt});
  Projection drive;
  drive.connect.kind = Connector::Kind::one_to_one;
  drive.weight = 1e7;
  drive.delay_ms = kick_ms;
  net.connect("kick", "post", drive);
  Projection moving;
  moving.name = "moving";
  moving.connect.kind = Connector::Kind::all_to_all;
  moving.weight = weight;
  moving.delay_ms = Value(p.delays);
  moving.plasticity = {written(rule)};
  net.connect("pre", "post", moving);
  StepsSignal steps;
  for (const auto& [t, value] : rule.signal) steps.steps.emplace_back(t, value);
  if (rule.has_signal) net.signals["factor"] = {steps, {}, "run"};
  Probe probe;
  probe.kind = Probe::Kind::weights;
  probe.of.name = "moving";
  probe.states = {"delay_ms"};
  for (const double t : at_ms) probe.at_ms.emplace_back(t);
  net.probes.push_back(probe);
  net.probe_spikes("post");
  return net;
}

std::unique_ptr<Session> run(const Network& net, const Backend& backend, int threads = 1) {
  auto session = testing::open(backend, testing::compiled(net), threads);
  session->advance_to(session->network().duration_steps);
  return session;
}

/// Both backends against a naive synapse for every pair, at some times; returns how far a delay moved at most.
double expect_naive(const Rule& rule, const Protocol& p, const char* what) {
  std::vector<double> at_ms;
  for (int k = 1; k <= 7; ++k) at_ms.push_back(std::floor(p.end * k / 7 / step_ms) * step_ms);
  const Network net = network_of(rule, p, at_ms);
  double moved = 0;
  std::uint64_t arrivals = 0;
  std::vector<std::vector<double>> naive(at_ms.size());
  for (std::size_t i = 0; i < p.pre.size(); ++i)
    for (std::size_t j = 0; j < p.post.size(); ++j) {
      const double start = p.delays[i * p.post.size() + j];
      Naive synapse(rule, start, p.pre[i], p.post[j], p.is_exact);
      for (std::size_t k = 0; k < at_ms.size(); ++k) {
        synapse.run(at_ms[k]);
        naive[k].push_back(static_cast<double>(synapse.delay(at_ms[k])));
        moved = std::max(moved, std::fabs(naive[k].back() - start));
      }
      arrivals += synapse.arrivals().size();
    }
  for (const bool reference : {true, false}) {
    const auto backend = reference ? reference_backend() : cpu_backend();
    const auto session = run(net, *backend, 2);
    const Recording recording = session->recording();
    for (std::size_t k = 0; k < at_ms.size(); ++k) {
      const auto& values = recording.weights.at(k).values.at(0);
      for (std::size_t s = 0; s < values.size(); ++s)
        EXPECT_NEAR(values[s], naive[k].at(s), 1e-12 * naive[k][s]) << what << " " << backend->name() << " at " << at_ms[k];
    }
    std::uint64_t kicks = 0;
    for (const auto& train : p.post) kicks += train.size();
    EXPECT_EQ(recording.synaptic_events, arrivals + kicks) << what;
    EXPECT_EQ(recording.spikes, kicks) << what;
  }
  return moved;
}

// A pair corrects the delay with which its spike left, not the one of now. Where eta times the pairs within one delay is well
// below 1, rounding fades; where it is above, the correction comes too late, delays swing, and rounding grows with every spike,
// so that no two programs would agree for long. Such protocols are short.

TEST(Delays, TenThousandRandomSpikesEqualANaiveSynapse) {
  EXPECT_GT(expect_naive({.eta = 0.1}, random_protocol(1, 1, 10000, 400, 3), "linear"), 1);
}

TEST(Delays, ManySynapsesEqualNaiveOnesForEveryWindow) {
  const Protocol p = random_protocol(4, 3, 1200, 300, 5);
  EXPECT_GT(expect_naive({.eta = 0.2, .tau = 6}, p, "fading"), 1);
  EXPECT_GT(expect_naive({.eta = 0.2, .window = 4, .lead = 1.5}, p, "narrow, with a lead"), 0.3);
  EXPECT_GT(expect_naive({.eta = 0.1, .window = 100, .lead = -2, .d_min = 2, .d_max = 22.25}, p, "wide, at its bounds"), 5);
}

TEST(Delays, SpikesThatOvertakeEachOtherEqualNaiveOnes) {
  const Protocol p = random_protocol(20, 20, 6, 40, 7);
  EXPECT_GT(expect_naive({.eta = 1, .window = 100, .lead = -2, .d_min = 2, .d_max = 22.25}, p, "all at once"), 15);
}

TEST(Delays, TheThirdFactorEqualsANaiveSynapse) {
  Rule rule{.eta = 0.2, .tau = 8, .has_signal = true, .tau_e = 150, .gain = 2e-3, .baseline = 0.25};
  rule.signal = {{0, 0.5}, {700, -1}, {1500.125, 2}, {4000, 0.25}, {5000, 1}};
  const Protocol p = random_protocol(3, 2, 1200, 300, 11);
  EXPECT_GT(expect_naive(rule, p, "third factor"), 0.3);
  rule.gain = 0.02, rule.tau_e = 30, rule.d_min = 2, rule.d_max = 22.25;
  EXPECT_GT(expect_naive(rule, p, "third factor, at its bounds"), 1);
}

TEST(Delays, InExactTimeTheyEqualNaiveOnesToo) {
  EXPECT_GT(expect_naive({.eta = 0.1}, exactly(random_protocol(1, 1, 10000, 400, 3)), "linear"), 1);
  const Protocol p = exactly(random_protocol(4, 3, 1200, 300, 5));
  EXPECT_GT(expect_naive({.eta = 0.2, .tau = 6}, p, "fading"), 1);
  EXPECT_GT(expect_naive({.eta = 0.1, .window = 100, .lead = -2, .d_min = 2, .d_max = 22.25}, p, "wide, at its bounds"), 5);
  EXPECT_GT(expect_naive({.eta = 1, .window = 100, .lead = -2, .d_min = 2, .d_max = 22.25},
                         exactly(random_protocol(20, 20, 6, 40, 7)), "all at once"),
            15);
  Rule rule{.eta = 0.2, .tau = 8, .has_signal = true, .tau_e = 150, .gain = 2e-3, .baseline = 0.25};
  rule.signal = {{0, 0.5}, {700, -1}, {1500.125, 2}, {4000, 0.25}, {5000, 1}};
  EXPECT_GT(expect_naive(rule, exactly(random_protocol(3, 2, 1200, 300, 11)), "third factor"), 0.3);
  EXPECT_EQ(expect_naive({.eta = 0}, exactly(random_protocol(2, 2, 500, 40, 13)), "frozen"), 0);
}

TEST(Delays, InExactTimeALagIsFoundFarBelowTheStep) {
  Protocol p{{{}}, {{}}, {3.3}, 6100.0};
  for (int k = 1; k <= 60; ++k) p.pre[0].push_back(100.0 * k), p.post[0].push_back(100.0 * k + 12.34567);
  std::vector<double> found;
  for (const bool is_exact : {true, false}) {
    p.is_exact = is_exact;
    const auto session = run(network_of({.eta = 0.3}, p, {6100}), *cpu_backend());
    found.push_back(session->recording().weights.at(0).values.at(0).at(0));
  }
  EXPECT_NEAR(found[0], 12.34567, 1e-8);
  EXPECT_GT(std::fabs(found[1] - 12.34567), 0.02) << "stepped cells spike at steps";
}

TEST(Delays, InExactTimeASpikeUnderWayKeepsTheDelayItLeftWith) {
  Protocol p{{{10.01, 17.03, 60.02}}, {{20.02}}, {8}, 100};
  p.is_exact = true;
  for (const bool reference : {true, false}) {
    const auto session =
        run(network_of({.eta = 1, .window = 3}, p, {17, 20.125, 99}, 1e7), reference ? *reference_backend() : *cpu_backend());
    const Recording recording = session->recording();
    const std::vector<double> spikes{18.01, 20.02, 25.03, 60.02 + 10.01};
    ASSERT_EQ(recording.spike_trains.at(0).time_ms.size(), spikes.size());
    for (std::size_t k = 0; k < spikes.size(); ++k) EXPECT_NEAR(recording.spike_trains.at(0).time_ms[k], spikes[k], 1e-12);
    for (const auto& [k, delay] : {std::pair{0, 8.0}, {1, 10.01}, {2, 10.01}})
      EXPECT_NEAR(recording.weights.at(static_cast<std::size_t>(k)).values.at(0).at(0), delay, 1e-12);
  }
}

TEST(Delays, WithoutARateNothingMoves) {  // the control of those above
  const Protocol p = random_protocol(2, 2, 500, 40, 13);
  EXPECT_EQ(expect_naive({.eta = 0}, p, "frozen"), 0);
}

// Numbers that can be said beforehand ------------------------------------------------------------------------------------------

/// A source that spikes every 100 ms and a cell that follows `lag_ms` later, `times` times.
Protocol planted(double lag_ms, double delay_ms, int times) {
  Protocol p{{{}}, {{}}, {delay_ms}, 100.0 * (times + 1)};
  for (int k = 1; k <= times; ++k) p.pre[0].push_back(100.0 * k), p.post[0].push_back(100.0 * k + lag_ms);
  return p;
}

std::vector<double> delays_after(const Rule& rule, const Protocol& p, int times) {
  std::vector<double> at_ms, delays;
  for (int k = 1; k <= times; ++k) at_ms.push_back(100.0 * k + 99);
  const auto session = run(network_of(rule, p, at_ms), *cpu_backend());
  for (const auto& snapshot : session->recording().weights) delays.push_back(snapshot.values.at(0).at(0));
  return delays;
}

TEST(Delays, APlantedLagIsApproachedByTheSameShareEachTime) {
  for (const auto& [lag, start] : {std::pair{15.0, 3.3}, {6.0, 19.7}}) {
    const auto delays = delays_after({.eta = 0.1}, planted(lag, start, 60), 60);
    for (int k = 1; k <= 60; ++k)
      EXPECT_NEAR(delays[static_cast<std::size_t>(k - 1)], lag + (start - lag) * std::pow(0.9, k), 1e-12 * lag) << k;
    EXPECT_NEAR(delays.back(), lag, 0.03);
    for (const double delay : delays_after({.eta = 0}, planted(lag, start, 10), 10)) EXPECT_EQ(delay, start);
  }
  const auto early = delays_after({.eta = 0.25, .lead = 2}, planted(15, 3.3, 60), 60);
  EXPECT_NEAR(early.back(), 13, 1e-6);
}

TEST(Delays, APulseOfRewardMovesADelayByWhatIsLeftOfItsEligibility) {
  const double lag = 12, start = 4.5, eta = 0.3, gain = 0.8;
  for (const bool is_pulse : {true, false}) {
    Rule rule{.eta = eta, .has_signal = true, .tau_e = 200, .gain = gain};
    Protocol p = planted(lag, start, 1);
    p.end = 900;
    Network net = network_of(rule, p, {400, 900});
    if (is_pulse) net.signals["factor"] = {InstantSignal{{{512.0, 1.5}}}, {}, "run"};
    else net.signals["factor"] = {StepsSignal{{{0.0, 0.0}, {512.0, 0.02}, {612.0, 0.0}}}, {}, "run"};
    const double c0 = eta * (lag - start), at_reward = c0 * std::exp(-(512 - 112) / 200.0);
    const double change = is_pulse ? gain * 1.5 * at_reward : gain * 0.02 * at_reward * 200 * (1 - std::exp(-0.5));
    for (const bool reference : {true, false}) {
      const auto session = run(net, reference ? *reference_backend() : *cpu_backend());
      const auto& weights = session->recording().weights;
      EXPECT_EQ(weights.at(0).values.at(0).at(0), start) << "before any reward";
      EXPECT_NEAR(weights.at(1).values.at(0).at(0), start + change, 1e-12 * start) << is_pulse;
    }
  }
}

TEST(Delays, ASpikeUnderWayKeepsTheDelayItLeftWith) {
  // Every arrival makes the cell spike, so its spikes tell when they came. The spike of 10 arrives at 18; the kick at 20 makes
  // the delay 10. The spike of 17 left with 8 and arrives at 25, not at 27; that of 60 leaves with 10.
  const Protocol p{{{10, 17, 60}}, {{20}}, {8}, 100};
  for (const bool reference : {true, false}) {
    const auto session =
        run(network_of({.eta = 1, .window = 3}, p, {17, 20, 99}, 1e7), reference ? *reference_backend() : *cpu_backend());
    const Recording recording = session->recording();
    EXPECT_EQ(recording.spike_trains.at(0).time_ms, (std::vector<double>{18, 20, 25, 70}));
    for (const auto& [k, delay] : {std::pair{0, 8.0}, {1, 10.0}, {2, 10.0}})
      EXPECT_EQ(recording.weights.at(static_cast<std::size_t>(k)).values.at(0).at(0), delay);
  }
}

TEST(Delays, AnArrivalBetweenTwoStepsBelongsToTheEndOfItsStep) {
  const Protocol p{{{10}}, {{50}}, {8.01}, 60};
  const auto session = run(network_of({.eta = 0.5, .window = 3}, p, {60}, 1e7), *cpu_backend());
  EXPECT_EQ(session->recording().spike_trains.at(0).time_ms, (std::vector<double>{18.125, 50}));
  // The rule sees the arrival where it is: 0.115 ms before the spike that it caused.
  EXPECT_NEAR(session->recording().weights.at(0).values.at(0).at(0), 8.01 + 0.5 * 0.115, 1e-14);
}

TEST(Delays, BoundsAreNeverLeftAndEverySpikeArrivesOnceWhateverOvertakesWhat) {
  // Delays jump by up to their whole range, so that later spikes overtake earlier ones and several arrive in one step.
  const Rule rule{.eta = 1, .window = 100, .d_min = 2, .d_max = 22.25};
  const Protocol p = random_protocol(5, 5, 400, 40, 17);
  Network net = network_of(rule, p, {});
  net.probes[0].every_ms = step_ms;
  const auto session = run(net, *cpu_backend());
  const Recording recording = session->recording();
  double low = 1e9, high = 0;
  for (const auto& snapshot : recording.weights)
    for (const double delay : snapshot.values.at(0)) low = std::min(low, delay), high = std::max(high, delay);
  EXPECT_EQ(low, 2);
  EXPECT_EQ(high, 22.25);
  EXPECT_EQ(recording.synaptic_events, 5u * 5 * 400 + 5u * 400);
  // And some did overtake others.
  Naive naive(rule, p.delays[0], p.pre[0], p.post[0]);
  naive.run(p.end);
  std::size_t overtaken = 0, together = 0;
  for (std::size_t k = 1; k < naive.arrivals().size(); ++k) {
    overtaken += naive.arrivals()[k].spike < naive.arrivals()[k - 1].spike;
    together += naive.arrivals()[k].step == naive.arrivals()[k - 1].step;
  }
  EXPECT_GT(overtaken, 20u);
  EXPECT_GT(together, 0u);
}

}  // namespace
}  // namespace spikeloom

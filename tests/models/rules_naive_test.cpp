// Every rule against its definition: 10,000 random spikes on each side, delays on both, weights equal to 1e-12 (double).
#include <gtest/gtest.h>

#include <random>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "models/models.hpp"
#include "tests/models/naive_synapse.hpp"

namespace spikeloom {
namespace {

constexpr double step_ms = 0.25;  // a power of two, so that times of the naive synapse are exact

struct Case {
  Plasticity rule;
  double weight = 0.5;
  std::uint32_t axonal = 0, dendritic = 1;  ///< steps
  std::uint32_t spikes = 10000;
  std::uint32_t most_gap = 40;  ///< steps between two spikes of a side
  std::vector<std::string> states;
  StepTable signal;  ///< third factor
};

struct Protocol {
  std::vector<double> pre, post;  ///< ms, at the somata
  double end = 0;
};

Protocol random_protocol(const Case& c, std::uint32_t seed) {
  std::mt19937 engine(seed);
  const auto train = [&] {
    std::vector<double> times;
    double t = 5;
    for (std::uint32_t k = 0; k < c.spikes; ++k) times.push_back(t += step_ms * (1 + engine() % c.most_gap));
    return times;
  };
  Protocol protocol{train(), train(), 0};
  protocol.end = std::max(protocol.pre.back(), protocol.post.back()) + 20;
  return protocol;
}

/// A cell that spikes exactly when it is kicked, and hears the plastic synapse.
Network network_of(const Case& c, const Protocol& protocol) {
  Network net;
  net.run.duration_ms = protocol.end;
  net.run.step_ms = step_ms;
  Population cell;
  cell.shape = {1.0};
  cell.model = "lif_delta";
  cell.parameters = {{"V_th_mV", 1e6}, {"t_ref_ms", 0.0}};
  net.population("post", cell);
  SpikeListInput pre, kick;
  pre.times_ms = {protocol.pre};
  kick.times_ms.emplace_back();
  for (const double t : protocol.post) kick.times_ms[0].push_back(t - step_ms);
  net.input("pre", {pre, std::nullopt});
  net.input("kick", {kick, std::nullopt});
  Projection drive;
  drive.weight = 1e7;
  drive.delay_ms = step_ms;
  net.connect("kick", "post", drive);
  Projection plastic;
  plastic.name = "plastic";
  plastic.weight = c.weight;
  plastic.axonal_ms = c.axonal * step_ms, plastic.dendritic_ms = c.dendritic * step_ms;
  plastic.plasticity = {c.rule};
  net.connect("pre", "post", plastic);
  if (!c.signal.empty()) net.signals["factor"].form = StepsSignal{c.signal};
  Probe probe;
  probe.kind = Probe::Kind::weights;
  probe.of.name = "plastic";
  probe.states = c.states;
  for (double t = 100; t < protocol.end; t += protocol.end / 7) probe.at_ms.push_back(step_ms * std::floor(t / step_ms));
  probe.at_ms.push_back(protocol.end);
  net.probes.push_back(probe);
  return net;
}

std::vector<WeightSnapshot> recorded(const Case& c, const Protocol& protocol) {
  const ModelSet models = builtin_models();
  const auto session = reference_backend()->open(compile(network_of(c, protocol), models), {.models = &models});
  session->advance(protocol.end);
  return session->recording().weights;
}

test::NaiveSynapse naive(const Case& c, const Protocol& protocol) {
  test::NaiveSynapse synapse;
  for (const double t : protocol.pre) synapse.pre.push_back(t + c.axonal * step_ms);
  for (const double t : protocol.post) synapse.post.push_back(t + c.dendritic * step_ms);
  synapse.weight = c.weight;
  if (const auto at = c.rule.options.find("pairing"); at != c.rule.options.end()) synapse.pairing = at->second;
  if (const auto at = c.rule.options.find("zero_lag"); at != c.rule.options.end()) synapse.zero_lag = at->second;
  return synapse;
}

double of(const Case& c, const char* name) { return std::get<double>(c.rule.parameters.at(name).form); }

/// Both are told the same trains; every recorded weight must agree.
void expect_equal(const Case& c, const std::function<void(test::NaiveSynapse&)>& define, const std::string& what) {
  const Protocol protocol = random_protocol(c, 17);
  const auto snapshots = recorded(c, protocol);
  ASSERT_EQ(snapshots.size(), 8u);
  double moved = 0;
  for (const WeightSnapshot& snapshot : snapshots) {
    test::NaiveSynapse synapse = naive(c, protocol);
    define(synapse);
    synapse.run(snapshot.time_ms);
    EXPECT_NEAR(snapshot.weight.at(0), synapse.weight, 1e-12 * std::max(std::fabs(c.weight), std::fabs(synapse.weight)))
        << what << " at " << snapshot.time_ms;
    moved = std::max(moved, std::fabs(synapse.weight - c.weight));
  }
  EXPECT_GT(moved, 0.01 * c.weight) << what << ": a weight that stays proves nothing";
}

void pair_rule(const Case& c, test::NaiveSynapse& s, const std::function<double(double)>& up,
               const std::function<double(double)>& down) {
  const double plus = of(c, "tau_plus_ms"), minus = of(c, "tau_minus_ms"), low = of(c, "w_min"), high = of(c, "w_max");
  s.on_pre = [&s, minus, down](double t) { s.weight += down(s.weight) * s.trace(s.post, t, minus, s.pres_see()); };
  s.on_post = [&s, plus, up](double t) { s.weight += up(s.weight) * s.trace(s.pre, t, plus, s.posts_see()); };
  s.after = [&s, low, high] { s.weight = std::clamp(s.weight, low, high); };
}

Case pair_case(const char* dependence, NamedValues numbers) {
  Case c;
  c.rule.rule = "stdp_pair";
  c.rule.options["dependence"] = dependence;
  c.rule.parameters = std::move(numbers);
  c.rule.parameters.insert({{"tau_plus_ms", 16.8}, {"tau_minus_ms", 33.7}, {"w_min", 0.0}, {"w_max", 1.0}});
  return c;
}

TEST(NaiveRules, AdditivePairsAgreeForEveryPairingZeroLagAndDelay) {
  for (const char* pairing : {"all_to_all", "nearest"})
    for (const char* zero_lag : {"none", "potentiate", "depress", "both"})
      for (const auto& [axonal, dendritic] : {std::pair{3u, 0u}, {0u, 5u}, {2u, 9u}, {40u, 1u}}) {
        Case c = pair_case("additive", {{"A_plus", 0.011}, {"A_minus", -0.006}});
        c.spikes = 2500;
        c.most_gap = 12;  // many coincidences
        c.axonal = axonal, c.dendritic = dendritic;
        c.rule.options["pairing"] = pairing, c.rule.options["zero_lag"] = zero_lag;
        expect_equal(
            c,
            [&](auto& s) {
              pair_rule(
                  c, s, [](double) { return 0.011; }, [](double) { return -0.006; });
            },
            std::string(pairing) + " " + zero_lag + " " + std::to_string(axonal) + "+" + std::to_string(dendritic));
      }
}

TEST(NaiveRules, EveryDependenceOnTheWeightAgrees) {
  Case additive = pair_case("additive", {{"A_plus", 0.011}, {"A_minus", -0.0055}});
  expect_equal(
      additive,
      [&](auto& s) {
        pair_rule(
            additive, s, [](double) { return 0.011; }, [](double) { return -0.0055; });
      },
      "additive");
  Case scaled = additive;
  scaled.rule.options["amplitude"] = "times_w_max";
  scaled.rule.parameters["w_max"] = 3.0;
  expect_equal(
      scaled,
      [&](auto& s) {
        pair_rule(
            scaled, s, [](double) { return 0.033; }, [](double) { return -0.0165; });
      },
      "times w_max");
  Case soft = pair_case("multiplicative", {{"A_plus", 0.02}, {"A_minus", -0.01}});
  soft.rule.parameters["w_min"] = 0.1;
  expect_equal(
      soft,
      [&](auto& s) {
        pair_rule(
            soft, s, [](double w) { return 0.02 * (1 - w); }, [](double w) { return -0.01 * (w - 0.1); });
      },
      "multiplicative");
  Case guetig = pair_case("guetig", {{"lambda", 0.02}, {"alpha", 0.9}, {"mu_plus", 0.3}, {"mu_minus", 0.7}});
  guetig.rule.parameters["w_max"] = 2.0;
  expect_equal(
      guetig,
      [&](auto& s) {
        pair_rule(
            guetig, s, [](double w) { return 0.04 * std::pow(1 - w / 2, 0.3); },
            [](double w) { return -0.036 * std::pow(w / 2, 0.7); });
      },
      "guetig");
  Case power = pair_case("power_law", {{"lambda", 0.1}, {"alpha", 0.0513}, {"mu", 0.4}});
  power.weight = 45;
  power.rule.parameters["w_max"] = 1e4;
  expect_equal(
      power,
      [&](auto& s) {
        pair_rule(
            power, s, [](double w) { return 0.1 * std::pow(w, 0.4); }, [](double w) { return -0.0513 * 0.1 * w; });
      },
      "power_law");
}

TEST(NaiveRules, TripletsAgree) {
  Case c;
  c.rule.rule = "stdp_triplet";
  c.rule.parameters = {{"A2_plus", 0.0046},    {"A3_plus", 0.0007},   {"A2_minus", 0.003},
                       {"A3_minus", 0.00075},  {"tau_plus_ms", 16.8}, {"tau_x_ms", 101.0},
                       {"tau_minus_ms", 33.7}, {"tau_y_ms", 125.0},   {"w_max", 4.0}};
  c.axonal = 3, c.dendritic = 7;
  expect_equal(
      c,
      [](auto& s) {
        s.on_pre = [&s](double t) {
          s.weight -= s.trace(s.post, t, 33.7, s.pres_see()) * (0.003 + 0.00075 * s.trace(s.pre, t, 101, false));
        };
        s.on_post = [&s](double t) {
          s.weight += s.trace(s.pre, t, 16.8, s.posts_see()) * (0.0046 + 0.0007 * s.trace(s.post, t, 125, false));
        };
        s.after = [&s] { s.weight = std::clamp(s.weight, 0.0, 4.0); };
      },
      "triplet");
}

TEST(NaiveRules, HomeostaticInhibitionAgrees) {
  Case c;
  c.rule.rule = "stdp_vogels";
  c.rule.parameters = {{"eta", 0.004}, {"alpha", 2.9}, {"tau_ms", 20.0}, {"w_max", 3.0}};
  c.axonal = 2, c.dendritic = 4;
  expect_equal(
      c,
      [](auto& s) {
        s.on_pre = [&s](double t) { s.weight += 0.004 * (s.trace(s.post, t, 20, false) - 2.9); };
        s.on_post = [&s](double t) { s.weight += 0.004 * s.trace(s.pre, t, 20, false); };
        s.after = [&s] { s.weight = std::clamp(s.weight, 0.0, 3.0); };
      },
      "vogels");
}

/// Three factors: an eligibility that fades, and a signal that is constant between the times of a table. Asked at `t`, both the
/// weight and the eligibility are brought there by the integral of each stretch.
struct NaiveEligibility {
  const StepTable& signal;
  double tau, gain, baseline, weight, c = 0, last = 0;

  double value_at(double t) const {  // holds over the step that ends at t
    double value = 0;
    for (const auto& [from, now] : signal)
      if (std::get<double>(from.form) < t) value = std::get<double>(now.form);
    return value;
  }
  void to(double t) {
    while (last < t) {
      double next = t;
      for (const auto& [from, value] : signal)
        if (const double change = std::get<double>(from.form); change > last && change < next) next = change;
      const double d = next - last;
      weight += gain * c * (value_at(next) - baseline) * tau * -std::expm1(-d / tau);
      c *= std::exp(-d / tau);
      last = next;
    }
  }
};

const StepTable factor = {{0.0, 0.3}, {500.0, -1.0}, {1000.0, 0.0}, {2500.0, 2.0}, {20000.0, -0.5}, {20000.25, 1.5}};

void expect_three_factors(Case c, double tau_e, double gain, double baseline,
                          const std::function<void(test::NaiveSynapse&, double& eligibility, bool pre, double t)>& jump,
                          const std::string& what) {
  c.rule.signal = "factor";
  c.signal = factor;
  c.rule.w_bound = 1e4;
  c.rule.parameters.insert({{"tau_e_ms", tau_e}, {"gain", gain}, {"baseline", baseline}});
  c.axonal = 2, c.dendritic = 3;
  c.states = {"eligibility"};
  const Protocol protocol = random_protocol(c, 5);
  const auto snapshots = recorded(c, protocol);
  double largest = 0, largest_c = 0;
  std::vector<std::pair<double, double>> wanted;
  for (const WeightSnapshot& snapshot : snapshots) {
    test::NaiveSynapse s = naive(c, protocol);
    NaiveEligibility e{factor, tau_e, gain, baseline, c.weight};
    const auto act = [&](bool pre) {
      return [&, pre](double t) {
        e.to(t);
        jump(s, e.c, pre, t);
      };
    };
    s.on_pre = act(true), s.on_post = act(false);
    s.run(snapshot.time_ms);
    e.to(snapshot.time_ms);
    wanted.emplace_back(e.weight, e.c);
    largest = std::max(largest, std::fabs(e.weight)), largest_c = std::max(largest_c, std::fabs(e.c));
  }
  EXPECT_GT(largest, 0.1) << what;
  for (std::size_t k = 0; k < snapshots.size(); ++k) {
    EXPECT_NEAR(snapshots[k].weight.at(0), wanted[k].first, 1e-12 * largest) << what << " at " << snapshots[k].time_ms;
    EXPECT_NEAR(snapshots[k].values.at(0).at(0), wanted[k].second, 1e-12 * largest_c) << what << " at " << snapshots[k].time_ms;
  }
}

TEST(NaiveRules, ThreeFactorsAgree) {
  Case stdp;
  stdp.rule.rule = "stdp_eligibility";
  stdp.rule.parameters = {{"A_plus", 0.0011}, {"A_minus", -0.0009}, {"tau_plus_ms", 16.0}, {"tau_minus_ms", 30.0}};
  for (const double tau_e : {3.0, 1000.0, 40000.0})
    expect_three_factors(
        stdp, tau_e, 0.003, 0.1,
        [](auto& s, double& c, bool pre, double t) {
          c += pre ? -0.0009 * s.trace(s.post, t, 30, false) : 0.0011 * s.trace(s.pre, t, 16, false);
        },
        "stdp_eligibility " + std::to_string(tau_e));
  Case error;
  error.rule.rule = "pre_eligibility";
  error.rule.parameters = {{"A", 0.01}};
  expect_three_factors(
      error, 20, 0.05, 0, [](auto&, double& c, bool pre, double) { c += pre ? 0.01 : 0; }, "pre_eligibility");
  for (const auto& [about, off_pre, off_post] :
       {std::tuple{"both", true, true}, {"post", false, true}, {"pre", true, false}, {"none", false, false}}) {
    Case covariance;
    covariance.rule.rule = "covariance_eligibility";
    covariance.rule.options["about"] = about;
    covariance.rule.parameters = {{"A", 0.001}, {"tau_ms", 20.0}, {"tau_mean_ms", 400.0}};
    const double p = off_pre ? 0.05 : 0, q = off_post ? 0.05 : 0;
    expect_three_factors(
        covariance, 500, 0.0005, 0,
        [p, q](auto& s, double& c, bool pre, double t) {
          c += pre ? 0.001 * (s.trace(s.post, t, 20, false) - q * s.trace(s.post, t, 400, false))
                   : 0.001 * (s.trace(s.pre, t, 20, false) - p * s.trace(s.pre, t, 400, false));
        },
        std::string("covariance about ") + about);
  }
}

TEST(NaiveRules, AWrongRuleWouldBeNoticed) {  // the control
  Case c = pair_case("additive", {{"A_plus", 0.011}, {"A_minus", -0.006}});
  c.spikes = 500;
  c.rule.parameters["w_min"] = -1e6, c.rule.parameters["w_max"] = 1e6;
  const Protocol protocol = random_protocol(c, 17);
  test::NaiveSynapse s = naive(c, protocol);
  pair_rule(
      c, s, [](double) { return 0.0110001; }, [](double) { return -0.006; });
  s.run(protocol.end);
  EXPECT_GT(std::fabs(recorded(c, protocol).back().weight.at(0) - s.weight), 1e-8);
}

TEST(NaiveRules, ShortTermPlasticitySendsWhatItsDefinitionSays) {
  for (const double tau_fac : {0.0, 668.1})
    for (const char* rest : {"zero", "U"}) {
      Case c;
      c.rule.rule = "tsodyks_markram";
      c.rule.options["u_rest"] = rest;
      c.rule.parameters = {{"U", 0.132}, {"tau_rec_ms", 364.7}, {"tau_fac_ms", tau_fac}};
      c.states = {"u", "x"};
      c.spikes = 3000;
      const Protocol protocol = random_protocol(c, 3);
      const auto snapshots = recorded(c, protocol);
      for (const WeightSnapshot& snapshot : snapshots) {
        const double rest_u = std::string(rest) == "U" ? 0.132 : 0.0;
        double u = rest_u, x = 1, last = 0;
        const auto decay = [&](double t) {
          if (tau_fac > 0) u = rest_u + (u - rest_u) * std::exp(-(t - last) / tau_fac);
          else if (t > last) u = rest_u;
          x = 1 - (1 - x) * std::exp(-(t - last) / 364.7);
          last = t;
        };
        for (const double t : protocol.pre) {
          if (t > snapshot.time_ms) break;
          decay(t);
          if (tau_fac == 0) u = 0.132;
          else u += 0.132 * (1 - u);
          x -= u * x;
        }
        decay(snapshot.time_ms);
        EXPECT_NEAR(snapshot.values.at(0).at(0), u, 1e-12) << tau_fac << rest;
        EXPECT_NEAR(snapshot.values.at(1).at(0), x, 1e-12) << tau_fac << rest;
        EXPECT_EQ(snapshot.weight.at(0), c.weight);
      }
    }
}

}  // namespace
}  // namespace spikeloom

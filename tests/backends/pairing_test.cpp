// Pairing protocols without neurons against answers at high precision: tests/data/plasticity/oracle.json and further.json, 83
// synapses worked out with 60 digits by programs that share nothing with this one (times ms, values with 20 digits).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "backends/cpu/cpu.hpp"
#include "backends/reference/reference.hpp"
#include "core/json/document.hpp"
#include "core/network_json.hpp"
#include "models/models.hpp"
#include "tests/backends/contract.hpp"

namespace spikeloom {
namespace {

JsonDocument cases(const std::string& name) {
  std::ifstream file(std::string(SPIKELOOM_SOURCE_DIR) + "/tests/data/plasticity/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return parse_json(text.str());
}

const Json& member(const Json& json, const char* key) {
  const Json* found = json.find(key);
  if (found == nullptr) throw std::runtime_error(std::string("no ") + key);
  return *found;
}
double number(const Json& json) { return json.is_text() ? std::strtod(json.text().c_str(), nullptr) : json.number(); }

std::vector<double> numbers(const Json& json) {
  std::vector<double> list;
  for (const Json& item : json.items()) list.push_back(number(item));
  return list;
}

/// The names that a network file uses.
Plasticity rule_of(const Json& rule) {
  static const std::map<std::string, std::string> names = {
      {"pair", "stdp_pair"}, {"triplet", "stdp_triplet"}, {"vogels", "stdp_vogels"}, {"eligibility_pair", "stdp_eligibility"}};
  Plasticity out;
  out.rule = member(rule, "name").text();
  if (const auto other = names.find(out.rule); other != names.end()) out.rule = other->second;
  for (const JsonMember& each : member(rule, "params").members()) {
    const std::string name = each.key.starts_with("tau") ? each.key + "_ms" : each.key;
    if (each.key == "modulator" || each.key == "tau_d") continue;  // the signal's
    if (each.value.is_text()) out.options[each.key] = each.value.text();
    else out.parameters[name] = each.value.number();
  }
  return out;
}

struct Case {
  Network network;
  const Json* json;
};

Case case_of(const Json& json) {
  Case out;
  out.json = &json;
  Network& net = out.network;
  net.run.duration_ms = number(member(json, "duration"));
  net.run.step_ms = 0.25;  // multiples of 1/64 ms stay exact
  SpikeListInput pre, post;
  pre.times_ms = {numbers(member(json, "pre"))};
  post.times_ms.emplace_back();
  if (const Json* times = json.find("post")) post.times_ms[0] = numbers(*times);
  net.input("pre", {pre, std::nullopt});
  net.input("post", {post, std::nullopt});
  const Json& synapse = member(json, "synapse");
  Projection projection;
  projection.name = "synapse";
  projection.weight = number(member(synapse, "weight"));
  projection.axonal_ms = number(member(synapse, "axonal_delay"));
  projection.dendritic_ms = number(member(synapse, "dendritic_delay"));
  const Json& rule = member(json, "rule");
  if (rule.is_array())
    for (const Json& each : rule.items()) projection.plasticity.push_back(rule_of(each));
  else projection.plasticity = {rule_of(rule)};
  if (const Json* pulses = json.find("modulator_pulses")) {
    StepTable table;
    for (const Json& pulse : pulses->items())
      table.emplace_back(number(member(pulse, "time")), number(member(pulse, "amplitude")));
    const Json& params = member(rule, "params");
    if (member(params, "modulator").text() == "instant") net.signals["modulator"] = {InstantSignal{table}, {}};
    else net.signals["modulator"] = {DecaySignal{number(member(params, "tau_d")), {}, 1.0, table}, {}};
    projection.plasticity[0].signal = "modulator";
    if (!projection.plasticity[0].parameters.contains("w_max")) projection.plasticity[0].w_bound = 1e6;
  }
  net.connect("pre", "post", projection);
  Probe probe;
  probe.kind = Probe::Kind::weights;
  probe.of.name = "synapse";
  for (const double t : numbers(member(json, "record_times"))) probe.at_ms.push_back(t);
  const Json& expected = member(json, "expected");
  for (const JsonMember& each : member(expected, "records").items().front().members())
    if (each.key != "time" && each.key != "w") probe.states.push_back(each.key);
  net.probes.push_back(probe);
  probe = {};
  probe.kind = Probe::Kind::transmitted;
  probe.of.name = "synapse";
  net.probes.push_back(probe);
  return out;
}

Recording run(const Backend& backend, const Network& network) {
  const auto session = testing::open(backend, testing::compiled(network), 1);
  session->advance_to(session->network().duration_steps);
  return session->recording();
}

void expect_case(const Case& c, const Recording& recording) {
  const Json& expected = member(*c.json, "expected");
  const auto& records = member(expected, "records").items();
  const auto scale = [&](const std::string& quantity) {
    const Json* scales = expected.find("scale");
    return scales != nullptr && scales->find(quantity) != nullptr ? std::fabs(number(*scales->find(quantity))) : 1.0;
  };
  ASSERT_EQ(recording.weights.size(), records.size());
  for (std::size_t r = 0; r < records.size(); ++r) {
    const WeightSnapshot& snapshot = recording.weights[r];
    EXPECT_NEAR(snapshot.time_ms, number(member(records[r], "time")), 1e-9);
    if (const Json* w = records[r].find("w")) { EXPECT_NEAR(snapshot.weight.at(0), number(*w), 1e-12 * scale("w")); }
    for (std::size_t k = 0; k < snapshot.states.size(); ++k)
      EXPECT_NEAR(snapshot.values[k].at(0), number(member(records[r], snapshot.states[k].c_str())),
                  1e-12 * scale(snapshot.states[k]))
          << snapshot.states[k] << " at " << snapshot.time_ms;
  }
  const Json* amplitudes = expected.find("amplitudes");
  if (amplitudes == nullptr) return;
  const auto wanted = numbers(*amplitudes);
  const auto& sent = recording.transmissions.at(0).weight;
  ASSERT_EQ(sent.size(), wanted.size());
  double largest = 0;
  for (const double amplitude : wanted) largest = std::max(largest, std::fabs(amplitude));
  for (std::size_t k = 0; k < wanted.size(); ++k) EXPECT_NEAR(sent[k], wanted[k], 1e-12 * largest) << k;
}

class Pairing : public ::testing::TestWithParam<std::pair<const char*, int>> {};

TEST_P(Pairing, EveryStoredSynapseAgreesOnEveryBackendToTwelveDigits) {
  const JsonDocument document = cases(GetParam().first);
  int run_through = 0;
  for (const Json& json : member(document.root, "cases").items()) {
    SCOPED_TRACE(member(json, "id").text());
    const Case c = case_of(json);
    expect_case(c, run(*reference_backend(), c.network));
    expect_case(c, run(*cpu_backend(), c.network));
    ++run_through;
  }
  EXPECT_EQ(run_through, GetParam().second);
}

INSTANTIATE_TEST_SUITE_P(Plasticity, Pairing, ::testing::Values(std::pair{"oracle.json", 22}, std::pair{"further.json", 61}),
                         [](const auto& file) {
                           return std::string(file.param.first).substr(0, file.param.second == 22 ? 6 : 7);
                         });

/// Inputs "a" and "b" with these spikes, and what changes the synapse between them.
std::string paired(const std::string& a, const std::string& b, const std::string& delay, const std::string& plasticity,
                   const std::string& more = "") {
  return R"({"spikeloom": 1, "run": {"duration_ms": 60}, "inputs": {"a": {"spikes": {"times_ms": [[)" + a +
         R"(]]}}, "b": {"spikes": {"times_ms": [[)" + b +
         R"(]]}}}, "projections": [{"from": "a", "to": "b", "connect": "one_to_one", "weight": 0.5, "delay_ms": )" + delay +
         R"(, "plasticity": )" + plasticity + "}]" + more + "}";
}

struct Answer {
  std::vector<double> sent;
  double last = 0;  ///< weight at the end
};
Answer answer_of(const std::string& plasticity, double dendritic_ms, const std::string& posts) {
  const std::string text = paired("9, 19", posts, R"({"axonal_ms": 1, "dendritic_ms": )" + std::to_string(dendritic_ms) + "}",
                                  plasticity, R"(, "probes": [{"transmitted": "a->b"}, {"weights": "a->b", "at_ms": [60]}])");
  Answer out;
  for (const auto& backend : {reference_backend(), cpu_backend()}) {
    const auto session = backend->open(testing::network_of(text), {});
    session->advance_to(session->network().duration_steps);
    const Recording recording = session->recording();
    const Answer found{recording.transmissions.at(0).weight, recording.weights.at(0).weight.at(0)};
    if (!out.sent.empty()) { EXPECT_EQ(found.sent, out.sent); }
    out = found;
  }
  return out;
}

/// Of every rule whose pre or post changes the weight at once, with this order.
std::vector<std::string> rules_with(const std::string& zero_lag) {
  std::vector<std::string> rules;
  for (const char* rule : {R"("stdp_pair", "A_plus": 0.1, "A_minus": -0.01, "w_max": 2)", R"("stdp_triplet", "w_max": 2)",
                           R"("stdp_vogels", "eta": 0.1, "w_max": 2)", R"("oja", "eta": 0.1, "w_max": 2)"})
    rules.push_back(R"({"zero_lag": ")" + zero_lag + R"(", "rule": )" + rule + "}");
  return rules;
}

TEST(PairingRuns, WithoutADendriticDelayWhatIsSentOnKnowsOfNoPostOfItsInstant) {
  for (const char* zero_lag : {"none", "potentiate", "depress", "both"})
    for (const std::string& rule : rules_with(zero_lag)) {
      const Answer alone = answer_of(rule, 0, "12"), tied = answer_of(rule, 0, "12, 20");
      EXPECT_EQ(tied.sent, alone.sent) << rule;
      EXPECT_NE(tied.last, alone.last) << rule;                  // the weight that stays has the post in
      if (std::string(zero_lag) == "potentiate") continue;       // there the post is the later one anyway
      const Answer behind = answer_of(rule, 0.5, "11.5, 19.5");  // the same instants of the synapse, and a dendritic delay
      EXPECT_EQ(behind.last, tied.last) << rule;
      EXPECT_NE(behind.sent, tied.sent) << rule;
    }
  const Answer pair = answer_of(rules_with("none")[0], 0, "12, 20");
  const double raised = 0.5 + 0.1 * std::exp(-2.0 / 20);
  EXPECT_NEAR(pair.sent.at(1), raised - 0.01 * std::exp(-8.0 / 20), 1e-15);
}

TEST(PairingRuns, ShortTermPlasticityGoesOnOnceWhereSpikesMeet) {
  const std::string rules =
      R"([{"rule": "tsodyks_markram", "U": 0.4}, {"rule": "stdp_pair", "A_plus": 0, "A_minus": 0, "w_max": 2}])";
  EXPECT_EQ(answer_of(rules, 0, "10, 20").sent, answer_of(rules, 0, "12").sent);
}

/// How the run ends, the same on every backend and whoever records.
Error end_of(const std::string& plasticity, const std::string& a, const std::string& b) {
  Error out("none", {}, "");
  for (const char* probes : {"", R"(, "probes": [{"weights": "a->b", "at_ms": [5, 25, 50]}])"})
    for (const auto& backend : {reference_backend(), cpu_backend()}) {
      const auto session = backend->open(testing::network_of(paired(a, b, "1", plasticity, probes)), {});
      Error found("none", {}, "");
      try {
        session->advance_to(session->network().duration_steps);
      } catch (const Error& error) { found = error; }
      if (out.kind != "none") { EXPECT_EQ(describe(found), describe(out)) << backend->name() << probes; }
      out = found;
    }
  return out;
}

TEST(PairingRuns, AWeightBeyondItsBoundStopsTheRunAndNamesTheSynapse) {
  const std::string rule = R"({"rule": "stdp_pair", "A_plus": 5, "A_minus": -0.2, "w_bound": )";
  const Error error = end_of(rule + "2}", "9, 19, 29", "12, 20, 31.25");
  EXPECT_EQ(error.kind, "range");
  EXPECT_EQ(error.exit, Exit::run_failed);
  EXPECT_EQ(error.where.path, "/projections/0");
  EXPECT_EQ(error.allowed, "0 .. 2 (\"w_bound\")");
  EXPECT_STREQ(error.what(), "the weight of the synapse from cell 0 to cell 0 of projection a->b left its bound at 20 ms");
  EXPECT_EQ(end_of(rule + "20}", "9, 19, 29", "12, 20, 31.25").kind, "none");  // the control
}

TEST(PairingRuns, AWeightThatIsNotFiniteStopsTheRunEvenIfItIsNeverSentOn) {
  const std::string rule = R"({"rule": "stdp_pair", "A_plus": 1e308, "A_minus": -1e308, "w_bound": 1.7e308})";
  const Error error = end_of(rule, "9", "10.25, 10.5, 10.75, 11, 11.25");
  EXPECT_EQ(error.kind, "nan");
  EXPECT_EQ(error.exit, Exit::run_failed);
  EXPECT_NE(std::string(error.what()).find("from cell 0 to cell 0 of projection a->b is inf"), std::string::npos) << error.what();
  EXPECT_EQ(end_of(rule, "9", "10.25").kind, "none");  // the control
}

TEST(PairingRuns, SplitsRecordTheSame) {
  const JsonDocument document = cases("oracle.json");
  const Case c = case_of(member(document.root, "cases").items().front());
  const auto session = testing::open(*cpu_backend(), testing::compiled(c.network), 1);
  for (std::int64_t n = 1; n < session->network().duration_steps; n += 7) session->advance_to(n);
  session->advance_to(session->network().duration_steps);
  expect_case(c, session->recording());
  const auto whole = testing::open(*reference_backend(), testing::compiled(c.network), 1);
  whole->advance_to(whole->network().duration_steps);
  EXPECT_EQ(testing::hashes_of(*whole), testing::hashes_of(*session));
}

}  // namespace
}  // namespace spikeloom

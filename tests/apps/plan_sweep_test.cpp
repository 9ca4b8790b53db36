// `spikeloom plan` predicts the peak of `run` within ten per cent, over networks of every kind and size: models, connectors,
// layouts, precisions, inputs, probes. Cells fire at ordinary rates or not at all: a plan cannot know how many will fire.
#include <gtest/gtest.h>

#include <algorithm>

#include <functional>

#include "tests/apps/command.hpp"

namespace spikeloom {
namespace {

using Arguments = std::vector<std::string>;

struct Case {
  std::string name, populations, projections, more;  ///< values of the file's keys; `more`: further members
  Arguments options;
  std::string duration_ms = "20";
};

const Arguments in_single = {"--precision", "single"}, in_double = {"--precision", "double", "--threads", "1"},
                in_double_of_two = {"--precision", "double", "--threads", "2"}, by_reference = {"--backend", "reference"};

std::string cells(int size, const std::string& model = "lif_exp", const std::string& more = R"("parameters": {"tau_m_ms": 20})") {
  return R"({"E": {"size": )" + std::to_string(size) + R"(, "model": ")" + model + R"(", )" + more + "}}";
}

std::string drawn(const std::string& connect, const std::string& more = "") {
  return R"({"from": "E", "to": "E", "connect": )" + connect +
         R"(, "weight": {"normal": {"mean": 5, "sd": 1, "min": 0}}, "delay_ms": {"uniform": [0.5, 5]})" + more + "}";
}

std::string repeated(int count, const std::function<std::string(int)>& part) {
  std::string text;
  for (int i = 0; i < count; ++i) text += (i > 0 ? ", " : "") + part(i);
  return text;
}

/// At some 12 Hz, in a wave.
const std::string some_fire =
    R"("parameters": {"I_e_pA": {"uniform": [350, 400]}}, "initial": {"V_m_mV": {"uniform": [-70, -55]}})";
/// At the 10 Hz that are planned for, evenly: onto exact cells a wave has several times as much under way.
const std::string some_fire_evenly =
    R"("parameters": {"I_e_pA": {"uniform": [200, 450]}}, "initial": {"V_m_mV": {"uniform": [-70, -55]}})";

/// `size` cells of `degree` synapses each, some of which fire, or none. Large ones have two threads; in small ones it
/// would be up to the machine whether both pack at a time.
Case with_delays(const std::string& name, int size, int degree, bool firing, bool exact, const std::string& more,
                 const std::string& delay = R"({"uniform": [1, 10]})", const std::string& probes = "") {
  const std::string cells_of =
      (firing ? exact ? some_fire_evenly : some_fire : R"("initial": {"V_m_mV": -70})") + (exact ? R"(, "update": "exact")" : "");
  return {name,
          cells(size, "lif_exp", cells_of),
          R"({"from": "E", "to": "E", "connect": {"fixed_in_degree": )" + std::to_string(degree) +
              R"(}, "weight": 0.01, "delay_ms": )" + delay + more + "}",
          probes,
          size >= 2000 ? in_double_of_two : in_double,
          "40"};
}

const std::string pair_rule = R"(, "plasticity": {"rule": "stdp_pair", "A_plus": 0.01, "A_minus": -0.01, "w_max": 2})",
                  eligibility_rule = R"(, "plasticity": {"rule": "stdp_eligibility", "signal": "s", "w_max": 5})",
                  delay_rule = R"(, "plasticity": {"rule": "delay_coincidence", "d_min_ms": 1, "d_max_ms": 20})",
                  reward = R"(, "signals": {"s": {"decay": {"tau_ms": 200, "pulses": [[20, 1]]}}})",
                  read_weights =
                      R"(, "probes": [{"weights": "E->E", "at_ms": [0, 20, 40], "states": ["x", "y"], "file": "w.npy"}])";

void expect_planned(const Case& c) {
  Workshop shop;
  shop.write("n.json", R"({"spikeloom": 1, "name": "n", "run": {"seed": 3, "duration_ms": )" + c.duration_ms +
                           R"(}, "populations": )" + c.populations + R"(, "projections": [)" + c.projections + "]" + c.more +
                           "}");
  Arguments plan_line = {"plan", "n.json", "--json"}, run_line = {"run", "n.json", "--json"};
  for (Arguments* line : {&plan_line, &run_line}) line->insert(line->end(), c.options.begin(), c.options.end());
  const Outcome plan = shop.run(plan_line), run = shop.run(run_line);
  ASSERT_EQ(plan.exit_code, 0) << c.name << plan.out << plan.err;
  ASSERT_EQ(run.exit_code, 0) << c.name << run.out << run.err;
  const double predicted = plan.json()["bytes"]["total"], peak = run.json()["peak_bytes"];
  // The pages of the program itself that are resident are up to the kernel, so the smallest runs have 1.5 MB to either side.
  EXPECT_NEAR(predicted, peak, std::max(0.1 * peak, 1.5e6)) << c.name << ": " << plan.json()["bytes"] << " peak " << peak;
}

std::vector<Case> small_cases() {
  const std::string sampled = R"(, "probes": [{"state": "V_m_mV", "of": "E", "every_ms": 0.1, "file": "v)";
  return {
      {"one cell", cells(1), "", "", {}},
      {"one cell, reference", cells(1), "", "", by_reference},
      {"cells alone", cells(100000), "", "", in_single},
      {"delays that learn from a signal per target, exactly",
       R"({"E": {"size": 300, "model": "lif_delta", "update": "exact"}, "S": {"size": 300, "model": "lif_delta"}})",
       R"({"from": "E", "to": "E", "connect": "one_to_one", "weight": 0.001, "delay_ms": 5, "plasticity": )"
       R"({"rule": "delay_eligibility", "signal": "m", "d_min_ms": 1, "d_max_ms": 10}})",
       R"(, "signals": {"m": {"trace_of": "E", "tau_ms": 20}})", in_double, "1200"},
      {"conductances", cells(50000, "lif_cond_exp", R"("parameters": {"C_m_pF": 200, "g_L_nS": 10})"), "", "", in_double},
      {"parameters of each cell", cells(100000, "lif_exp", R"("parameters": {"tau_m_ms": {"uniform": [10, 20]}})"), "", "",
       in_double},
      {"a million of few", cells(10000), drawn(R"({"fixed_out_degree": 100})"), "", in_single},
      {"by in-degree", cells(5000), drawn(R"({"fixed_in_degree": 100})"), "", in_single},
      {"by in-degree, distinct", cells(5000), drawn(R"({"fixed_in_degree": 200})", R"(, "multapses": false)"), "", in_double},
      {"total, distinct", cells(5000), drawn(R"({"fixed_total": 500000})", R"(, "multapses": false)"), "", in_double},
      {"all to all, one weight", cells(1000),
       R"({"from": "E", "to": "E", "connect": "all_to_all", "weight": 0.01, "delay_ms": 1.5})", "", in_single},
      {"long delays", cells(1000),
       R"({"from": "E", "to": "E", "connect": {"fixed_out_degree": 100}, "delay_ms": {"uniform": [1, 20000]}})", "", in_single},
      {"Poisson", cells(20000), drawn(R"({"fixed_out_degree": 20})"),
       R"(, "inputs": {"p": {"poisson": {"rate_hz": 800}, "to": "E", "weight": 1, "delay_ms": 1}})", in_single},
      {"states to csv", cells(1000), "", sampled + R"(.csv"}])", in_single},
      {"states to npy", cells(1000), "", sampled + R"(.npy"}])", in_single},
      {"weights to npy", cells(2000), drawn(R"({"fixed_out_degree": 100})"),
       R"(, "probes": [{"weights": "E->E", "at_ms": [0, 10], "file": "w.npy"}])", in_single},
      {"many populations",
       "{" + repeated(300, [](int i) { return "\"p" + std::to_string(i) + R"(": {"size": 50, "model": "lif_exp"})"; }) + "}", "",
       "", in_single},
      {"reference", cells(2000), drawn(R"({"fixed_out_degree": 100})"), "", by_reference},
      with_delays("exact cells", 1000, 500, false, true, "", "1.5"),
      with_delays("exact cells that fire", 1000, 500, true, true, ""),
      with_delays("pairs that fire", 1000, 500, true, false, pair_rule),
      with_delays("three factors that fire", 1000, 300, true, false, eligibility_rule, R"({"uniform": [1, 10]})", reward),
      with_delays("delays that learn", 1000, 300, true, false, delay_rule),
      with_delays("learned weights to npy", 1000, 300, false, false, pair_rule, R"({"uniform": [1, 10]})", read_weights),
      {"Poisson onto exact cells", cells(5000, "lif_exp", R"("update": "exact")"), "",
       R"(, "inputs": {"p": {"poisson": {"rate_hz": 8000}, "to": "E", "weight": 0.01}})", in_double},
      with_delays("short rows that fire", 10000, 100, true, false, ""),
  };
}

std::vector<Case> large_cases() {
  std::vector<Case> cases;
  for (const std::string model : {"lif_delta", "lif_alpha", "izhikevich", "izhikevich_cv"})
    cases.push_back({model, cells(300000, model, R"("initial": {})"), "", "", in_single});
  for (const Arguments& options : {in_single, in_double})
    for (const std::string connect : {R"({"fixed_out_degree": 100})", R"({"fixed_in_degree": 100})",
                                      R"({"fixed_probability": 0.01})", R"({"fixed_total": 1000000})"})
      cases.push_back({connect + options[1], cells(10000), drawn(connect), "", options});
  const std::string distinct = R"(, "multapses": false)";
  cases.insert(
      cases.end(),
      {
          {"three million cells", cells(3000000), "", "", in_single},
          {"a million in double", cells(1000000), "", "", in_double},
          {"ten million by in-degree, distinct", cells(10000), drawn(R"({"fixed_in_degree": 1000})", distinct), "", in_single},
          {"four million by out-degree, distinct", cells(20000), drawn(R"({"fixed_out_degree": 200})", distinct), "", in_single},
          {"all to all, drawn", cells(2000), drawn(R"("all_to_all")"), "", in_double},
          {"one to one", cells(1000000), R"({"from": "E", "to": "E", "connect": "one_to_one", "weight": 1, "delay_ms": 1})", "",
           in_single},
          {"twenty million", cells(20000), drawn(R"({"fixed_probability": 0.05})"), "", in_single},
          {"twenty million in double", cells(20000), drawn(R"({"fixed_probability": 0.05})"), "", in_double},
          {"twenty million, compact",
           cells(20000),
           drawn(R"({"fixed_probability": 0.05})"),
           "",
           {"--precision", "single", "--weight-bits", "16"}},
          {"twenty million of one weight", cells(20000),
           R"({"from": "E", "to": "E", "connect": {"fixed_out_degree": 1000}, "weight": 1, "delay_ms": {"uniform": [0.5, 5]}})",
           "", in_single},
          {"delays to 200 ms", cells(50000, "lif_exp", some_fire),
           R"({"from": "E", "to": "E", "connect": {"fixed_out_degree": 100}, "weight": {"uniform": [0, 1]}, "delay_ms": {"uniform": [1, 200]}})",
           "", in_single},
          {"three hundred projections",
           "{" + repeated(100, [](int i) { return "\"p" + std::to_string(i) + R"(": {"size": 200, "model": "lif_exp"})"; }) + "}",
           repeated(300,
                    [](int i) {
                      return R"({"from": "p)" + std::to_string(i / 3) + R"(", "to": "p)" + std::to_string(i * 7 % 100) +
                             R"(", "connect": {"fixed_out_degree": 20}, "weight": {"uniform": [0, 1]}})";
                    }),
           "", in_single},
          {"sources by Poisson", cells(20000), R"({"from": "p", "to": "E", "connect": {"fixed_out_degree": 100}, "weight": 1})",
           R"(, "inputs": {"p": {"poisson": {"rate_hz": 5}, "size": 20000}})", in_single},
          {"five hundred probes", cells(1000), "",
           R"(, "probes": [)" +
               repeated(500,
                        [](int i) {
                          return R"({"state": "V_m_mV", "of": "E[)" + std::to_string(i) + ":" + std::to_string(i + 1) +
                                 R"(]", "every_ms": 1, "file": "v)" + std::to_string(i) + R"(.csv"})";
                        }) +
               "]",
           in_single},
          {"traces", cells(20000), "", R"(, "signals": {"x": {"trace_of": "E", "tau_ms": [2, 60]}})", in_single},
          {"a list", cells(1000),
           R"({"from": "E", "to": "E", "weight": 1, "connect": {"list": [)" +
               repeated(300000, [](int i) { return "[" + std::to_string(i % 1000) + "," + std::to_string(i * 7 % 1000) + "]"; }) +
               "]}}",
           "", in_single},
          {"a kernel", R"({"E": {"shape": [300, 300], "model": "lif_exp"}})",
           R"({"from": "E", "to": "E", "connect": {"kernel": [)" +
               repeated(25,
                        [](int i) {
                          return R"({"dx": )" + std::to_string(i % 5 - 2) + R"(, "dy": )" + std::to_string(i / 5 - 2) +
                                 R"(, "weight": 1, "delay_ms": )" + std::to_string(1 + i % 5) + "}";
                        }) +
               "]}}",
           "", in_single},
          with_delays("two million onto exact cells", 2000, 1000, false, true, "", "1.5"),
          with_delays("two million onto exact cells that fire", 2000, 1000, true, true, "", "1.5"),
          with_delays("the same with many delays", 2000, 1000, true, true, "", R"({"uniform": [1, 5]})"),
          with_delays("three million of short rows onto exact cells", 10000, 300, false, true, ""),
          with_delays("two million that learn in exact time", 2000, 1000, true, true, pair_rule, "1.5"),
          with_delays("two million of short rows that fire", 20000, 100, true, false, ""),
          with_delays("two million pairs that fire", 2000, 1000, true, false, pair_rule),
          with_delays("two million of three factors", 2000, 1000, true, false, eligibility_rule, R"({"uniform": [1, 10]})",
                      reward),
          with_delays("two million delays that learn", 2000, 1000, true, false, delay_rule),
          with_delays("a million learned weights to npy", 2000, 500, false, false, pair_rule, R"({"uniform": [1, 10]})",
                      read_weights),
          {"a million by the reference", cells(10000), drawn(R"({"fixed_out_degree": 100})"), "", by_reference},
          {"a hundred million", cells(50000), drawn(R"({"fixed_out_degree": 2000})"), "", in_single},
          {"two gigabytes", cells(50000), drawn(R"({"fixed_out_degree": 4000})"), "", in_double, "2"},
      });
  return cases;
}

TEST(PlanSweep, SmallNetworksTakeWhatIsPlanned) {
  if (memory_is_shadowed) GTEST_SKIP() << shadowed;
  for (const Case& c : small_cases()) expect_planned(c);
}

TEST(LongPlanSweep, LargeNetworksTakeWhatIsPlanned) {
  for (const Case& c : large_cases()) expect_planned(c);
}

}  // namespace
}  // namespace spikeloom

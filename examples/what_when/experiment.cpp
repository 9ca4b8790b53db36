// The phases of a run are made here: tests between stretches of training, and what changes where a block begins.
#include "experiment.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <regex>

#include "backends/cpu/cpu.hpp"
#include "core/run/used_weights.hpp"
#include "models/models.hpp"

namespace what_when {

using namespace spikeloom;

namespace {

constexpr int test_trials = 5;

Json object_with(const char* key, Json value) {
  Json object = Json::object();
  object.set(key, std::move(value));
  return object;
}

Json texts(std::initializer_list<const char*> list) {
  Json array = Json::array();
  for (const char* text : list) array.push(text);
  return array;
}

void change(JsonDocument& document, const Settings& settings) {
  for (const auto& [key, text] : settings) set_path(document.root, key, setting_value(text));
}

JsonDocument document_of(const Setup& setup, const Task& task) {
  JsonDocument document = read_json(setup.file);
  if (!task.rule.changes.empty()) {
    const auto folder = std::filesystem::path(setup.file).parent_path() / "variants";
    const JsonDocument changes = read_json((folder / (task.rule.changes + ".json")).string());
    for (const JsonMember& member : changes.root.members())
      set_path(document.root, member.key, setting_value(to_text(member.value, true)));
  }
  change(document, setup.set);
  change(document, task.rule.set);
  set_path(document.root, "run.seed", static_cast<double>(task.seed));
  return document;
}

double parameter(const JsonDocument& document, const char* name) {
  const Json* const parameters = document.root.find("parameters");
  const Json* const value = parameters == nullptr ? nullptr : parameters->find(name);
  if (value == nullptr || !value->is_number())
    throw Error("type", {std::string("/parameters/") + name}, "the experiment needs this parameter as a number");
  return value->number();
}

/// Every signal that speaks of latencies or probabilities, as it is in a block.
Json signals_of_block(const JsonDocument& document, const Statistics& statistics) {
  Json set = Json::object();
  for (const JsonMember& signal : document.root.find("signals")->members()) {
    const std::string before = to_text(signal.value, true);
    std::string text = before;
    const std::pair<const char*, double> values[] = {
        {"\\bt_A\\b", statistics.t_A}, {"\\bt_B\\b", statistics.t_B}, {"\\bp_A\\b", statistics.p_A}};
    for (const auto& [name, value] : values) text = std::regex_replace(text, std::regex(name), to_text(Json(value), true));
    if (text != before) set.set("signals." + signal.key, setting_value(text));
  }
  return set;
}

/// A stretch of equal trials.
struct Stretch {
  std::size_t block = 0;
  int trial = 0;  ///< trained so far in the block, when it ends
  int repeats = 0;
  bool test = false, begins_block = false;
};

std::vector<Stretch> stretches_of(const Task& task) {
  std::vector<Stretch> stretches;
  for (std::size_t block = 0; block < task.blocks.size(); ++block) {
    int done = 0;
    bool first = true;
    for (const int at : task.tests) {
      if (at > done) stretches.push_back({block, at, at - done, false, first}), first = false;
      stretches.push_back({block, at, test_trials, true, first});
      first = false;
      done = at;
    }
  }
  return stretches;
}

Json phases_of(const JsonDocument& document, const Task& task, double trial_ms) {
  Json phases = Json::array();
  const auto add = [&](const char* name, int repeats, bool plastic) -> Json& {
    Json& phase = phases.push(object_with("name", name));
    phase.set("run_ms", trial_ms);
    phase.set("repeat", repeats);
    if (!task.rule.keep_state) phase.set("reset", texts({"state", "signals"}));
    phase.set("plasticity", plastic);
    return phase;
  };
  add("calibrate", test_trials, false);
  const bool shown = document.root.find("signals")->find("shown") != nullptr;
  for (const Stretch& stretch : stretches_of(task)) {
    Json& phase = add(stretch.test ? "test" : "train", stretch.repeats, !stretch.test && !task.rule.frozen);
    Json set = stretch.begins_block ? signals_of_block(document, task.blocks[stretch.block]) : Json::object();
    if (shown) set.set("signals.shown.steps", setting_value(stretch.test ? "[[0, 0]]" : "[[0, 1]]"));
    if (!set.members().empty()) phase.set("set", std::move(set));
    if (task.rule.reset_rls && stretch.begins_block)
      phase.set("reset", task.rule.keep_state ? texts({"rls"}) : texts({"state", "signals", "rls"}));
  }
  return phases;
}

Json probes_of(const std::vector<double>& ends_ms, double trial_ms) {
  Json probes = Json::array();
  probes.push(object_with("signal", "when")).set("every_ms", 1);
  probes.push(object_with("signal", "what")).set("every_ms", trial_ms);
  for (const char* readout : {"what", "when"}) {
    Json& times = probes.push(object_with("weights", readout)).set("at_ms", Json::array());
    for (const double end : ends_ms) times.push(end);
  }
  return probes;
}

bool obeys_dale(const CompiledNetwork& network) {
  bool right = true;
  for (const auto& projection : network.projections)
    visit_used(network, projection, [&](const UsedSynapse& synapse) {
      right = right && (projection.name == "exc" ? synapse.weight >= 0 : synapse.weight <= 0);
    });
  return right;
}

const SignalTrace& trace_of(const Recording& recording, const char* name) {
  return *std::ranges::find(recording.signals, name, &SignalTrace::signal);
}

/// Adds one test trial, with its weight of 1 / 5, to the means.
void add_trial(Test& test, const Setup& setup, const Statistics& statistics, const double* z, const double* q, bool merged) {
  const auto T = static_cast<std::size_t>(setup.T_ms);
  const double share = 1.0 / test_trials;
  double squares = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    const double t_c = statistics.latency(c), gain = merged ? 1 : std::clamp(q[c], 0.0, 1.0);
    double sum = 0, peak = 0;
    int count = 0;
    test.output[c].resize(T);
    for (std::size_t t = 0; t < T; ++t) {
      const double at = static_cast<double>(t), out = gain * std::max(0.0, z[t * channels + c]);
      const double wanted =
          statistics.probability(c) * std::exp(-(at - t_c) * (at - t_c) / (2 * setup.width_ms * setup.width_ms));
      squares += (out - wanted) * (out - wanted);
      if (std::fabs(at - t_c) <= setup.width_ms) sum += out, ++count;
      if (z[t * channels + c] > z[static_cast<std::size_t>(peak) * channels + c]) peak = at;
      test.output[c][t] += share * out;
    }
    test.amplitude[c] += share * (count > 0 ? sum / count : 0);
    test.peak_ms[c] += share * peak;
    test.peak_error_ms[c] += share * std::fabs(peak - t_c);
  }
  test.error += share * std::sqrt(squares / static_cast<double>(channels * T));
}

std::vector<Weights> weights_of(const Recording& recording, std::size_t ends) {
  std::vector<Weights> result(ends);
  std::size_t what = 0, when = 0;
  for (const WeightSnapshot& snapshot : recording.weights) {
    auto& rows = snapshot.projection == "what" ? result[what++].what : result[when++].when;
    rows.resize(channels);
    for (std::size_t k = 0; k < snapshot.weight.size(); ++k) rows[snapshot.target[k]].push_back(snapshot.weight[k]);
  }
  return result;
}

}  // namespace

const Test& Result::at(std::size_t block, int trial) const {
  return *std::ranges::find_if(tests, [&](const Test& test) { return test.block == block && test.trial == trial; });
}

void check(Setup& setup) {
  JsonDocument document = read_json(setup.file);
  change(document, setup.set);
  setup.T_ms = parameter(document, "T");
  setup.width_ms = parameter(document, "width");
}

Result run(const Setup& setup, const Task& task) {
  JsonDocument document = document_of(setup, task);
  const double baseline = parameter(document, "baseline"), trial_ms = baseline + setup.T_ms;
  const auto stretches = stretches_of(task);
  std::vector<double> ends_ms;
  double end = test_trials * trial_ms;
  for (std::size_t k = 0; k < stretches.size(); ++k) {
    end += stretches[k].repeats * trial_ms;
    if (k + 1 == stretches.size() || stretches[k + 1].block != stretches[k].block) ends_ms.push_back(end);
  }
  document.root.set("phases", phases_of(document, task, trial_ms));
  document.root.set("probes", probes_of(ends_ms, trial_ms));

  const ModelSet models = builtin_models();
  const auto network = compile(network_from_json(document), models);
  const auto session = cpu_backend()->open(network, {.threads = 1, .models = &models});
  session->advance_to(network->duration_steps);
  const Recording recording = session->recording();

  Result result;
  result.dale = obeys_dale(*network);
  result.rate_hz = static_cast<double>(recording.spikes) / network->neurons / (recording.duration_ms / 1000);
  result.ends = weights_of(recording, task.blocks.size());
  const double* const z = trace_of(recording, "when").value.data();
  const double* const q = trace_of(recording, "what").value.data();
  std::size_t trial = test_trials;  // those of the calibration
  for (const Stretch& stretch : stretches) {
    if (stretch.test) {
      Test& test = result.tests.emplace_back();
      test.block = stretch.block, test.trial = stretch.trial;
      for (std::size_t k = trial; k < trial + test_trials; ++k) {
        const double start = static_cast<double>(k) * trial_ms + baseline;  // one sample per ms, the first at 0
        add_trial(test, setup, task.blocks[stretch.block], z + static_cast<std::size_t>(start) * channels, q + (k + 1) * channels,
                  task.rule.merged);
      }
    }
    trial += static_cast<std::size_t>(stretch.repeats);
  }
  return result;
}

double error_of_silence(const Setup& setup, const Statistics& statistics) {
  const double p = statistics.p_A;
  return std::sqrt((p * p + (1 - p) * (1 - p)) / 2 * setup.width_ms * std::sqrt(3.14159265358979323846) / setup.T_ms);
}

}  // namespace what_when

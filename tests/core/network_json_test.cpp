// A network file says what a description holds, both ways; every structural mistake is named at its place.
#include "core/network_json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "tests/core/network_files.hpp"

namespace spikeloom {
namespace {

Network read(const std::string& text) { return network_from_json(parse_json(text, "net.json"), "folder"); }

std::vector<Projection> projections(const Network& network) {
  std::vector<Projection> result;
  for (const auto edge : boost::make_iterator_range(boost::edges(network.graph()))) result.push_back(network.graph()[edge]);
  return result;
}

template <class Kind>
const Kind& vertex(const Network& network, const std::string& name) {
  return std::get<Kind>(network.graph()[network.find(name).value()].what);
}

std::string expression_of(const Value& value) { return std::get<Expression>(value.form).text; }
double number_of(const Value& value) { return std::get<double>(value.form); }

/// `everything` with `value` at a dotted path.
Error error_with(const std::string& path, const std::string& value, const char* file = test::everything) {
  JsonDocument document = parse_json(file, "net.json");
  set_path(document.root, path, setting_value(value));
  try {
    network_from_json(document);
  } catch (const Error& error) { return error; }
  ADD_FAILURE() << path << " = " << value << " was accepted";
  return Error("none", {}, "");
}

TEST(NetworkFile, ReadsTheExampleOfTheManual) {
  const Network network = read(test::brunel);
  EXPECT_EQ(network.name, "brunel");
  EXPECT_EQ(network.folder, "folder");
  EXPECT_EQ(network.file, "net.json");
  EXPECT_EQ(number_of(network.parameters.at("g")), 5);
  EXPECT_EQ(number_of(*network.run.seed), 42);
  EXPECT_EQ(expression_of(vertex<Population>(network, "E").shape.at(0)), "0.8*N");
  EXPECT_EQ(number_of(vertex<Population>(network, "E").parameters.at("t_ref_ms")), 2);
  EXPECT_EQ(vertex<Input>(network, "drive_I").drive->to.name, "I");
  ASSERT_EQ(projections(network).size(), 4u);
  EXPECT_EQ(expression_of(*projections(network)[2].weight), "-g*J");
  EXPECT_EQ(network.probes.at(0).file, "E.csv");
}

TEST(NetworkFile, RememberWhereValuesStand) {
  const Network network = read(test::brunel);
  const Value& size = vertex<Population>(network, "E").shape.at(0);
  EXPECT_EQ(size.where.path, "/populations/E/size");
  EXPECT_EQ(size.where.line, 6);
  EXPECT_EQ(size.where.column, 19);
  EXPECT_EQ(projections(network)[1].connect.count.where.path, "/projections/1/connect/fixed_in_degree");
  EXPECT_EQ(projections(network)[1].where.path, "/projections/1");
}

TEST(NetworkFile, ExpandsBlocksWithTheirMatrices) {
  const std::vector<Projection> all = projections(read(test::everything));
  ASSERT_EQ(all.size(), 14u);        // 6 blocks, 1 of 2 (the other has probability 0), 7 plain
  const Projection& block = all[3];  // row B, column B
  EXPECT_EQ(block.from.name, "B");
  EXPECT_EQ(block.to.name, "B");
  EXPECT_EQ(number_of(block.constants.at("C")), 0);
  EXPECT_EQ(number_of(block.constants.at("M")), 2);
  EXPECT_EQ(expression_of(block.constants.at("K")), "w");
  EXPECT_EQ(block.constants.at("C").where.path, "/projections/0/with/C/1/1");
  const auto& weight = std::get<Distribution>(block.weight->form);
  EXPECT_EQ(number_of(weight.arguments[0]), 4);
  EXPECT_EQ(weight.arguments[0].where.path, "/projections/0/weight/normal/mean/1/1");
  EXPECT_EQ(number_of(*block.delay_ms), 4);
  EXPECT_EQ(expression_of(std::get<Distribution>(all[0].weight->form).arguments[0]), "M");
  EXPECT_EQ(std::get<Distribution>(all[5].delay_ms->form).law, Distribution::Law::uniform);
  EXPECT_EQ(all[6].from.name, "B");
}

TEST(NetworkFile, ReadsListsAndKernelsWithParameters) {
  const std::vector<Projection> all = projections(read(test::everything));
  const Connector& list = all[7].connect;
  ASSERT_EQ(list.edges.size(), 4u);
  EXPECT_TRUE(std::isnan(list.edges[0].weight));
  EXPECT_EQ(list.edges[2].weight, 1);
  EXPECT_EQ(list.edges[2].delay_ms, 3);
  EXPECT_TRUE(std::isnan(list.edges[3].weight));
  EXPECT_EQ(list.edges[3].delay_ms, 2);
  const Connector& kernel = all[8].connect;
  EXPECT_EQ(kernel.kernel[0].dy, -1);
  EXPECT_EQ(kernel.kernel[0].weight, 1);
  EXPECT_EQ(kernel.kernel[0].polarity, 1);
  EXPECT_EQ(kernel.kernel[1].polarity, -1);
}

TEST(NetworkFile, ReadsInputsInAllTheirForms) {
  const Network network = read(test::everything);
  const auto& noise = std::get<PoissonInput>(vertex<Input>(network, "noise").source);
  EXPECT_EQ(noise.rate_hz.size(), 2u);
  EXPECT_EQ(expression_of(noise.rate_hz[1].second), "100*w");
  EXPECT_TRUE(std::get<PoissonInput>(vertex<Input>(network, "rates").source).rate_each);
  EXPECT_TRUE(std::get<PoissonInput>(vertex<Input>(network, "graded").source).rate_each);
  const auto& train = std::get<SpikeListInput>(vertex<Input>(network, "train").source);
  EXPECT_EQ(train.times_ms.at(2), (std::vector<double>{20, 30}));
  EXPECT_EQ(std::get<EventsInput>(vertex<Input>(network, "camera").source).polarity, "split");
  EXPECT_TRUE(std::holds_alternative<StepTable>(std::get<CurrentInput>(vertex<Input>(network, "stairs").source).form));
  EXPECT_TRUE(std::holds_alternative<Value>(std::get<CurrentInput>(vertex<Input>(network, "constant").source).form));
}

TEST(NetworkFile, SurvivesTheRoundTrip) {
  for (const char* file : {test::brunel, test::everything, test::trials}) {
    const std::string once = to_text(to_json(read(file)));
    const std::string twice = to_text(to_json(read(once)));
    EXPECT_EQ(once, twice);
    EXPECT_EQ(projections(read(once)).size(), projections(read(file)).size());
  }
  EXPECT_NE(to_text(to_json(read(test::brunel))), to_text(to_json(read(test::everything)))) << "the comparison can fail";
}

TEST(NetworkFile, ReadsSignalsThatLearnAndPhases) {
  const Network network = read(test::trials);
  const auto& when = std::get<ReadoutSignal>(network.signals.at("when").form);
  EXPECT_EQ(when.rule->name, "gated_delta");
  EXPECT_TRUE(when.rule->normalise);
  EXPECT_EQ(when.gate, "gate");
  EXPECT_EQ(std::get<ReadoutSignal>(network.signals.at("force").form).rule->P0->where.path, "/signals/force/readout/rule/P0");
  EXPECT_EQ(network.signals.at("bump").clock, "phase");
  const auto& gate = std::get<ProductSignal>(network.signals.at("gate").form);
  EXPECT_EQ(number_of(gate.clip.at(0).first), 0);
  EXPECT_TRUE(std::isinf(number_of(gate.clip.at(1).second)));
  ASSERT_EQ(network.phases.size(), 3u);
  EXPECT_EQ(network.phases[0].name, "calibrate");
  EXPECT_FALSE(std::get<bool>(network.phases[0].plasticity));
  EXPECT_EQ(network.phases[1].reset, (std::vector<std::string>{"state", "signals"}));
  EXPECT_EQ(std::get<std::vector<std::string>>(network.phases[2].plasticity), std::vector<std::string>{"when"});
}

TEST(NetworkFile, PhasesSetSignalsOneUponTheOther) {
  const Network network = read(test::trials);
  EXPECT_TRUE(network.phases[0].set.empty());
  const auto& first = std::get<GaussianSignal>(network.phases[1].set.at("bump").form);
  EXPECT_EQ(number_of(first.at_ms.at(0)), 500);
  EXPECT_EQ(expression_of(first.sd_ms), "sd");
  const auto& second = std::get<GaussianSignal>(network.phases[2].set.at("bump").form);
  EXPECT_EQ(number_of(second.at_ms.at(0)), 500) << "as the phase before left it";
  EXPECT_EQ(expression_of(second.sd_ms), "sd/2");
  EXPECT_EQ(network.phases[2].set.at("bump").clock, "phase");
}

TEST(NetworkFile, NamesUnknownKeysAndTheNearest) {
  const Error error = error_with("populations.A.modle", "1");
  EXPECT_EQ(error.kind, "unknown_key");
  EXPECT_EQ(error.where.path, "/populations/A/modle");
  EXPECT_EQ(error.nearest, "model");
  EXPECT_EQ(error.file, "net.json");
  for (const char* path :
       {"populatoins", "run.sed", "run.seeds.wirng", "populations.B.parameters.C_m_pF.gama",
        "populations.B.parameters.C_m_pF.gamma.shap", "inputs.noise.poison", "inputs.noise.poisson.rate",
        "inputs.camera.events.fil", "inputs.wave.current.value.sine.amp", "projections.4.delay_ms.axonal", "projections.2.conect",
        "projections.2.connect.lists", "projections.3.connect.kernel.0.dz", "signals.cue.pulse.at", "signals.cue.puls",
        "currents.0.too", "modulation.0.sgnal", "probes.0.spike", "projections.0.with.M.form"}) {
    const Error each = error_with(path, "1");
    EXPECT_EQ(each.kind, "unknown_key") << path;
    std::string pointer = std::string("/") + path;
    for (char& c : pointer) c = c == '.' ? '/' : c;
    EXPECT_EQ(each.where.path, pointer);
  }
}

struct Case {
  const char *path, *value, *kind, *at;
};

TEST(NetworkFile, PlacesStructuralMistakesInTheDeepestKey) {
  for (const Case& each : std::initializer_list<Case>{
           {"spikeloom", "2", "range", "/spikeloom"},
           {"spikeloom", "\"1\"", "type", "/spikeloom"},
           {"parameters.w", "[1]", "type", "/parameters/w"},
           {"parameters.w", "true", "type", "/parameters/w"},
           {"parameters.w", "\"2*v\"", "type", "/parameters/w"},
           {"parameters.w", "=2*", "expression", "/parameters/w"},
           {"parameters.2x", "1", "range", "/parameters/2x"},
           {"parameters.pi", "3", "range", "/parameters/pi"},
           {"run.duration_ms", "[1]", "type", "/run/duration_ms"},
           {"run.duration_ms", "soon", "type", "/run/duration_ms"},
           {"run.precision", "half", "unknown_name", "/run/precision"},
           {"run.below_min_delay", "rase", "unknown_name", "/run/below_min_delay"},
           {"run.seeds", "5", "type", "/run/seeds"},
           {"populations", "[]", "type", "/populations"},
           {"populations.A", "5", "type", "/populations/A"},
           {"populations.A", "{\"size\": 3}", "missing", "/populations/A"},
           {"populations.A", "{\"model\": \"lif_exp\"}", "missing", "/populations/A"},
           {"populations.A.shape", "[1, 2]", "conflict", "/populations/A/shape"},
           {"populations.A.size", "null", "type", "/populations/A/size"},
           {"populations.A.size", "[1]", "type", "/populations/A/size"},
           {"populations.B.shape", "[1, 2, 3]", "range", "/populations/B/shape"},
           {"populations.A.model", "5", "type", "/populations/A/model"},
           {"populations.A.draw.r", "{\"uniform\": [0]}", "range", "/populations/A/draw/r/uniform"},
           {"populations.A.draw.2", "1", "range", "/populations/A/draw/2"},
           {"populations.A.parameters.a", "{}", "missing", "/populations/A/parameters/a"},
           {"populations.A.parameters.a", "{\"uniform\": [0, 1], \"gamma\": {\"mean\": 1, \"shape\": 1}}", "conflict",
            "/populations/A/parameters/a/gamma"},
           {"populations.A.parameters.b.normal.sd", "wide", "type", "/populations/A/parameters/b/normal/sd"},
           {"populations.A.parameters.b.normal.sd", "[[1]]", "type", "/populations/A/parameters/b/normal/sd"},
           {"populations.A.parameters.b.normal.clip", "1", "type", "/populations/A/parameters/b/normal/clip"},
           {"populations.A.parameters.a", "[1, \"x\"]", "type", "/populations/A/parameters/a/1"},
           {"populations.A.parameters.a", "[1, \"=unknown\"]", "expression", "/populations/A/parameters/a/1"},
           {"populations.A.parameters.a", "{\"file\": \"a.txt\"}", "range", "/populations/A/parameters/a/file"},
           {"populations.A.parameters.a", "{\"file\": \"a.csv\"}", "missing", "/populations/A/parameters/a"},
           {"populations.B.parameters.E_L_mV.mixture", "[[1]]", "type", "/populations/B/parameters/E_L_mV/mixture/0"},
           {"populations.all", "{\"size\": 1, \"model\": \"lif_exp\"}", "duplicate_key", "/groups/all"},
           {"populations.cue", "{\"size\": 1, \"model\": \"lif_exp\"}", "duplicate_key", "/signals/cue"},
           {"populations.x[0]", "{\"size\": 1, \"model\": \"lif_exp\"}", "range", "/populations/x[0]"},
           {"groups.g->h", "[\"A\"]", "range", "/groups/g->h"},
           {"groups.all", "\"A\"", "type", "/groups/all"},
           {"groups.all", "[\"A\", 5]", "type", "/groups/all/1"},
           {"groups.all", "[\"A[0:\"]", "syntax", "/groups/all/0"},
           {"inputs.rates.size", "{}", "type", "/inputs/rates/size"},
           {"inputs.bare", "{\"poisson\": {\"rate_hz\": 1}}", "missing", "/inputs/bare"},
           {"inputs.bare", "{\"to\": \"A\"}", "missing", "/inputs/bare"},
           {"inputs.bare", "{\"external\": 1, \"weight\": 1}", "conflict", "/inputs/bare/weight"},
           {"inputs.wave.weight", "1", "conflict", "/inputs/wave/weight"},
           {"inputs.caller.size", "1", "conflict", "/inputs/caller/size"},
           {"inputs.noise.poisson.rate_hz", "[[0, 1, 2]]", "type", "/inputs/noise/poisson/rate_hz/0"},
           {"inputs.noise.poisson.rate_hz", "[[0, null]]", "type", "/inputs/noise/poisson/rate_hz/0/1"},
           {"inputs.noise.poisson.rate_hz", "[]", "range", "/inputs/noise/poisson/rate_hz"},
           {"inputs.train.spikes.times_ms", "[1, 2]", "type", "/inputs/train/spikes/times_ms/0"},
           {"inputs.camera.events.polarity", "up", "unknown_name", "/inputs/camera/events/polarity"},
           {"inputs.slope.current.value.ramp.0.slope", "null", "type", "/inputs/slope/current/value/ramp/0/slope"},
           {"projections", "{}", "type", "/projections"},
           {"projections.2", "{\"from\": \"A\", \"to\": \"B\"}", "missing", "/projections/2"},
           {"projections.2.from", "C", "unknown_name", "/projections/2/from"},
           {"projections.0.to.1", "C", "unknown_name", "/projections/0/to/1"},
           {"projections.2.from", "[]", "range", "/projections/2/from"},
           {"projections.2.from", "5", "type", "/projections/2/from"},
           {"projections.2.to", "A[1:", "syntax", "/projections/2/to"},
           {"projections.4.connect", "one_to_on", "unknown_name", "/projections/4/connect"},
           {"projections.2.connect.list.1.0", "0.5", "range", "/projections/2/connect/list/1/0"},
           {"projections.2.connect.list.1.0", "-1", "range", "/projections/2/connect/list/1/0"},
           {"projections.2.connect.list.1.1", "4294967296", "range", "/projections/2/connect/list/1/1"},
           {"projections.2.connect.list.1.1", "9223372036854775808", "range", "/projections/2/connect/list/1/1"},
           {"projections.2.connect.list.1", "[1]", "type", "/projections/2/connect/list/1"},
           {"projections.2.connect.list.1", "5", "type", "/projections/2/connect/list/1"},
           {"projections.3.connect.kernel.1.dx", "0.5", "range", "/projections/3/connect/kernel/1/dx"},
           {"projections.3.connect.kernel.1.polarity", "2", "range", "/projections/3/connect/kernel/1/polarity"},
           {"projections.2.weight", "[[1]]", "type", "/projections/2/weight"},
           {"projections.2.weight", "{\"normal\": {\"mean\": 1, \"sd\": null}}", "type", "/projections/2/weight/normal/sd"},
           {"projections.0.delay_ms", "[[1, 2]]", "range", "/projections/0/delay_ms"},
           {"projections.0.delay_ms.1", "[1]", "range", "/projections/0/delay_ms/1"},
           {"projections.0.with.M.from", "[1]", "range", "/projections/0/with/M/from"},
           {"projections.0.name", "x", "conflict", "/projections/0/name"},
           {"projections.2.autapses", "0", "type", "/projections/2/autapses"},
           {"signals.cue", "{}", "missing", "/signals/cue"},
           {"signals.trace", "{\"trace_of\": \"A\"}", "missing", "/signals/trace"},
           {"signals.cue.tau_ms", "5", "conflict", "/signals/cue/tau_ms"},
           {"signals.answer.readout.weights", "[[1, 2], [3]]", "range", "/signals/answer/readout/weights/1"},
           {"currents.0.clip", "[1]", "range", "/currents/0/clip"},
           {"modulation.0.scale", "[1]", "type", "/modulation/0/scale"},
           {"probes.0.every_ms", "1", "conflict", "/probes/0/every_ms"},
           {"probes.1.at_ms", "[1]", "conflict", "/probes/1/at_ms"},
           {"probes.1.file", "v.txt", "range", "/probes/1/file"},
           {"probes.1.state", "[]", "range", "/probes/1/state"},
           {"probes.3", "{\"signal\": \"cue\"}", "missing", "/probes/3"},
           {"probes.3.of", "A", "conflict", "/probes/3/of"},
       }) {
    const Error error = error_with(each.path, each.value);
    EXPECT_EQ(error.kind, each.kind) << each.path << " = " << each.value << ": " << describe(error);
    EXPECT_EQ(error.where.path, each.at) << each.path << " = " << each.value << ": " << describe(error);
    EXPECT_EQ(static_cast<int>(error.exit), 2);
  }
}

TEST(NetworkFile, NamesMistakesInSignalsThatLearnAndInPhases) {
  for (const Case& each : std::initializer_list<Case>{
           {"signals.when.readout.rule.name", "adam", "unknown_name", "/signals/when/readout/rule/name"},
           {"signals.when.readout.rule", "{\"name\": \"delta\"}", "missing", "/signals/when/readout/rule"},
           {"signals.when.readout.rule", "{\"name\": \"delta\", \"eta\": 1}", "conflict", "/signals/when/readout/gate"},
           {"signals.when.readout.rule", "{\"name\": \"ridge\"}", "missing", "/signals/when/readout/rule"},
           {"signals.when.readout.rule.P0", "1", "conflict", "/signals/when/readout/rule/P0"},
           {"signals.when.readout.rule.every_ms", "1", "conflict", "/signals/when/readout/rule/every_ms"},
           {"signals.force.readout.rule.eta", "1", "conflict", "/signals/force/readout/rule/eta"},
           {"signals.force.readout.rule.at", "phase_end", "conflict", "/signals/force/readout/rule/every_ms"},
           {"signals.fixed.readout.error", "error", "conflict", "/signals/fixed/readout/error"},
           {"signals.gate.clip", "[[0, 1], 3]", "type", "/signals/gate/clip/1"},
           {"signals.gate.from_ms", "1", "conflict", "/signals/gate/from_ms"},
           {"signals.bump.clock", "wall", "unknown_name", "/signals/bump/clock"},
           {"signals.event.choice.probabilitys", "[1]", "unknown_key", "/signals/event/choice/probabilitys"},
           {"phases.0.run", "1", "unknown_key", "/phases/0/run"},
           {"phases.1.reset", "[\"states\"]", "unknown_name", "/phases/1/reset/0"},
           {"phases.1.reset", "[1]", "type", "/phases/1/reset/0"},
           {"phases.2.plasticity", "3", "type", "/phases/2/plasticity"},
           {"phases.1.set", "[]", "type", "/phases/1/set"},
           {"phases.1.set", "{\"bump\": 1}", "unknown_name", "/phases/1/set/bump"},
           {"phases.1.set", "{\"signals.bumb.gaussian\": 1}", "unknown_name", "/phases/1/set/signals.bumb.gaussian"},
           {"phases.1.set", "{\"signals.bump.gaussian.at\": 1}", "unknown_key", "/phases/1/set/signals.bump.gaussian.at"},
           {"phases.1.set", "{\"signals.bump.gaussian.sd_ms\": null}", "type", "/phases/1/set/signals.bump.gaussian.sd_ms"},
       }) {
    const Error error = error_with(each.path, each.value, test::trials);
    EXPECT_EQ(error.kind, each.kind) << each.path << " = " << each.value << ": " << describe(error);
    EXPECT_EQ(error.where.path, each.at) << each.path << " = " << each.value << ": " << describe(error);
  }
}

TEST(NetworkFile, SaysWhatThisVersionDoesNotHave) {
  for (const auto& [path, value, at] : std::initializer_list<std::array<const char*, 3>>{
           {"inputs.caller", "{\"regular\": {\"period_ms\": 5}, \"size\": 1}", "/inputs/caller/regular"},
           {"inputs.caller", "{\"gamma\": {\"rate_hz\": 5, \"shape\": 2}, \"size\": 1}", "/inputs/caller/gamma"},
           {"projections.2.plasticity", "{\"rule\": \"stdp_pair\"}", "/projections/2/plasticity"},
           {"projections.2.connect", "{\"distance\": {}}", "/projections/2/connect/distance"},
           {"projections.2.connect", "{\"small_world\": {}}", "/projections/2/connect/small_world"},
           {"projections.2.connect", "{\"file\": \"edges.npz\"}", "/projections/2/connect/file"},
           {"probes.0", "{\"transmitted\": \"ring\"}", "/probes/0/transmitted"},
           {"probes.1.file", "v.h5", "/probes/1/file"},
       }) {
    const Error error = error_with(path, value);
    EXPECT_EQ(error.kind, "unsupported") << path << ": " << describe(error);
    EXPECT_EQ(error.where.path, at);
    EXPECT_EQ(static_cast<int>(error.exit), 3);
  }
}

TEST(NetworkFile, BoundsTheMemoryOfBlocks) {
  std::string names = "[\"E\"";
  for (int k = 0; k < 500; ++k) names += ",\"E\"";
  names += "]";
  JsonDocument document =
      parse_json("{\"spikeloom\":1,\"populations\":{\"E\":{\"size\":1,\"model\":\"m\"}},\"projections\":[{\"from\":" + names +
                 ",\"to\":" + names + ",\"connect\":\"all_to_all\"}]}");
  EXPECT_THROW(network_from_json(document), Error);
}

TEST(NetworkFile, IsChangedBySettingsBeforeItIsRead) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "spikeloom_network_json_test";
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "net.json").string();
  std::ofstream(path) << test::brunel;
  const Network network =
      read_network(path, {{"parameters.g", "7"}, {"run.precision", "single"}, {"projections.0.weight", "=2*J"}});
  EXPECT_EQ(network.folder, folder.string());
  EXPECT_EQ(number_of(network.parameters.at("g")), 7);
  EXPECT_EQ(network.run.precision, Precision::single_);
  EXPECT_EQ(expression_of(*projections(network)[0].weight), "2*J");
  try {
    read_network(path, {{"populations.E.size", "1e400"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, "range");
    EXPECT_EQ(error.where.path, "/populations/E/size");
  }
  try {
    read_network(path, {{"populations.E.size", "[1]"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.where.line, 0) << "a value of the command line stands on no line of the file";
    EXPECT_EQ(error.file, path);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace spikeloom

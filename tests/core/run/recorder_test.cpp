// What probes keep in memory is what stands in their files, row for row.
#include "core/run/recorder.hpp"

#include <gtest/gtest.h>

#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

using tiny::Folder;
using tiny::text_of;

CompiledProbe probe(Probe::Kind kind, const std::string& name, std::vector<EndSegment> of, const std::string& file) {
  CompiledProbe p;
  p.kind = kind;
  p.name = name;
  p.of = std::move(of);
  p.file = file;
  p.stop_step = 1000;
  return p;
}

OpenOptions into(const Folder& folder, bool overwrite = false) {
  OpenOptions options;
  options.output_folder = folder.string();
  options.overwrite = overwrite;
  return options;
}

/// State k of cell i reads as 100 k + i + 0.1 x step.
struct Bench {
  Bench(const CompiledNetwork& network_, const OpenOptions& options)
      : network(network_), signals(network), recorder(network, options) {}
  void sample(std::int64_t n) {
    recorder.sample(
        n,
        [n](std::uint32_t, int k, std::span<const std::uint32_t> cells, double* out) {
          for (std::size_t i = 0; i < cells.size(); ++i) out[i] = 100 * k + cells[i] + 0.1 * static_cast<double>(n);
        },
        {}, signals);
  }
  const CompiledNetwork& network;
  SignalBank signals;
  Recorder recorder;
};

CompiledNetwork two_populations() {
  auto network = tiny::network(0.1);
  tiny::add_population(network, "A", 6);
  tiny::add_population(network, "B, \"quoted\"", 2);
  return network;
}

TEST(Recorder, SpikesOfASliceGoToMemoryAndFileWithDecimalTimes) {
  const Folder folder;
  auto network = two_populations();
  EndSegment slice{EndSegment::Kind::population, 0, 1, 2, 3, 0};
  network.probes.push_back(probe(Probe::Kind::spikes, "A[1:6:2]", {slice, tiny::population_end(network, 1)}, "s.csv"));
  Bench bench(network, into(folder));
  const std::uint32_t cells[] = {0, 1, 5}, other[] = {1};
  bench.recorder.spikes(3, 0, cells);
  bench.recorder.spikes(3, 1, other);
  bench.recorder.spikes(100, 0, cells);
  EXPECT_FALSE(std::filesystem::exists(folder / "s.csv"));
  bench.recorder.flush(100, true);
  EXPECT_EQ(text_of(folder / "s.csv"),
            "population,neuron,time_ms\nA,1,0.3\nA,5,0.3\n\"B, \"\"quoted\"\"\",1,0.3\nA,1,10\nA,5,10\n");
  const Recording recording = bench.recorder.recording({100, 0});
  ASSERT_EQ(recording.spike_trains.size(), 2u);
  EXPECT_EQ(recording.spike_trains[0].neuron, (std::vector<std::uint32_t>{1, 5, 1, 5}));
  EXPECT_EQ(recording.spike_trains[0].time_ms, (std::vector<double>{0.3, 0.3, 10, 10}));
  EXPECT_EQ(recording.spikes, 7u) << "counts need no probe and know no slice";
  EXPECT_EQ(text_of(folder / "network.json"), network.resolved_json);
  EXPECT_EQ(recording.files, (std::vector<std::string>{(folder / "network.json").string(), (folder / "s.csv").string()}));
}

TEST(Recorder, StatesAreSampledAtTheirStepsOnly) {
  const Folder folder;
  auto network = two_populations();
  auto p = probe(Probe::Kind::state, "A", {{EndSegment::Kind::population, 0, 2, 3, 2, 0}}, "v.csv");
  p.states = {0, 2};
  p.state_names = {"V", "current"};
  p.start_step = 2;
  p.every_steps = 3;
  p.stop_step = 5;
  p.at_steps = {9};
  network.probes.push_back(p);
  Bench bench(network, into(folder));
  EXPECT_EQ(bench.recorder.next_sample(-1), 2);
  EXPECT_EQ(bench.recorder.next_sample(2), 5);
  EXPECT_EQ(bench.recorder.next_sample(5), 9);
  EXPECT_GT(bench.recorder.next_sample(9), 1'000'000'000'000);
  for (std::int64_t n = 0; n <= 10; ++n) bench.sample(n);
  bench.sample(9);
  bench.recorder.flush(10, true);
  EXPECT_EQ(text_of(folder / "v.csv"),
            "population,neuron,time_ms,V,current\n"
            "A,2,0.2,2.2,202.2\nA,5,0.2,5.2,205.2\nA,2,0.5,2.5,202.5\nA,5,0.5,5.5,205.5\nA,2,0.9,2.9,202.9\nA,5,0.9,5.9,205.9\n");
  const auto trace = bench.recorder.recording({10, 0}).state_traces.at(0);
  EXPECT_EQ(trace.values[1], (std::vector<double>{202.2, 205.2, 202.5, 205.5, 202.9, 205.9}));
  EXPECT_EQ(trace.time_ms, (std::vector<double>{0.2, 0.5, 0.9}));
}

TEST(Recorder, WeightsAreThoseOfTheGrid) {
  const Folder folder;
  auto network = tiny::network(0.1);
  tiny::add_population(network, "A", 3, 0, 10, 3);  // multiples of 1/8
  tiny::add_projection(network, "A->A", {EndSegment::Kind::population, 0, 1, 1, 2, 0}, tiny::population_end(network, 0),
                       {{0, 2, 0.3, 1}, {1, 0, -1.0, 2}});
  auto p = probe(Probe::Kind::weights, "A->A", {}, "w.csv");
  p.at_steps = {0, 5};
  network.probes.push_back(p);
  Bench bench(network, into(folder));
  for (std::int64_t n = 0; n <= 5; ++n) bench.sample(n);
  bench.recorder.flush(5, true);
  EXPECT_EQ(text_of(folder / "w.csv"),
            "projection,source,target,synapse,time_ms,weight\n"
            "A->A,1,2,0,0,0.25\nA->A,2,0,1,0,-1\nA->A,1,2,0,0.5,0.25\nA->A,2,0,1,0.5,-1\n");
  EXPECT_EQ(bench.recorder.recording({5, 0}).weights.at(1).weight, (std::vector<double>{0.25, -1}));
}

TEST(Recorder, SignalsAreSampledByChannel) {
  const Folder folder;
  auto network = tiny::network(0.1);
  network.signals.push_back(tiny::signal("x", 2, CompiledSignal::External{}));
  auto p = probe(Probe::Kind::signal, "x", {}, "x.csv");
  p.every_steps = 10;
  network.probes.push_back(p);
  Bench bench(network, into(folder));
  bench.signals.set(0, std::vector<double>{1.0 / 3, -2});
  bench.sample(10);
  bench.recorder.flush(10, true);
  EXPECT_EQ(text_of(folder / "x.csv"), "signal,channel,time_ms,value\nx,0,1,0.3333333333333333\nx,1,1,-2\n");
}

TEST(Recorder, NpyHoldsTheSameRows) {
  const Folder folder;
  auto network = two_populations();
  network.probes.push_back(probe(Probe::Kind::spikes, "A", {tiny::population_end(network, 0)}, "s.npy"));
  Bench bench(network, into(folder));
  const std::uint32_t cells[] = {0, 1, 5};
  bench.recorder.spikes(3, 0, cells);
  bench.recorder.flush(3, true);
  const std::string bytes = text_of(folder / "s.npy");
  EXPECT_NE(bytes.find("'shape': (3,)"), std::string::npos);
  EXPECT_EQ((bytes.size() % 64), (3 * (1 + 4 + 8)) % 64u);
}

TEST(Recorder, FilesThatExistAreRefusedBeforeAnythingIsWritten) {
  const Folder folder;
  auto network = two_populations();
  network.probes.push_back(probe(Probe::Kind::spikes, "A", {tiny::population_end(network, 0)}, "s.csv"));
  { Bench(network, into(folder)).recorder.flush(0, true); }
  EXPECT_THROW(Bench(network, into(folder)), Error);
  EXPECT_NO_THROW(Bench(network, into(folder, true)).recorder.flush(0, true));
}

TEST(Recorder, RefusesTwoProbesOfOneFileAndUnknownEndings) {
  auto network = two_populations();
  network.probes.push_back(probe(Probe::Kind::spikes, "A", {tiny::population_end(network, 0)}, "s.csv"));
  network.probes.push_back(probe(Probe::Kind::spikes, "A", {tiny::population_end(network, 0)}, "./s.csv"));
  const Folder folder;
  EXPECT_THROW(Bench(network, into(folder)), Error);
  network.probes[1].file = "s.txt";
  EXPECT_THROW(Bench(network, into(folder)), Error);
  EXPECT_FALSE(std::filesystem::exists(folder / "s.csv"));
}

TEST(Recorder, TwoRunsCannotShareAFolder) {
  const Folder folder;
  const auto network = two_populations();
  const Bench first(network, into(folder));
  EXPECT_THROW(Bench(network, into(folder, true)), Error);
}

TEST(Recorder, AFullDiskIsAnErrorOfTheRun) {
  const Folder folder;
  auto network = two_populations();
  network.probes.push_back(probe(Probe::Kind::spikes, "A", {tiny::population_end(network, 0)}, "/dev/full"));
  Bench bench(network, into(folder));
  const std::uint32_t cells[] = {0};
  bench.recorder.spikes(1, 0, cells);
  try {
    bench.recorder.flush(1, true);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, "io");
    EXPECT_EQ(error.exit, Exit::run_failed);
  }
}

TEST(Recorder, AfterLoadItRecordsFromThereOnAndTakesNoSampleTwice) {
  auto network = two_populations();
  auto p = probe(Probe::Kind::state, "A", {tiny::population_end(network, 0)}, "");
  p.states = {0};
  p.state_names = {"V"};
  p.every_steps = 5;
  network.probes.push_back(p);
  Bench first(network, {}), second(network, {});
  for (std::int64_t n = 0; n <= 5; ++n) first.sample(n);
  ByteWriter out;
  first.recorder.save(out);
  ByteReader in(out.bytes());
  second.recorder.load(in);
  for (std::int64_t n = 5; n <= 10; ++n) second.sample(n);
  EXPECT_EQ(second.recorder.recording({10, 0}).state_traces[0].time_ms, (std::vector<double>{1.0}));
}

}  // namespace
}  // namespace spikeloom

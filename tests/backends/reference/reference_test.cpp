// The reference backend, step by step, against numbers told beforehand.
#include "backends/reference/reference.hpp"

#include <gtest/gtest.h>
#include <cmath>

#include "tests/core/run/tiny_network.hpp"

namespace spikeloom {
namespace {

std::unique_ptr<Session> open(const CompiledNetwork& network) {
  return reference_backend()->open(std::make_shared<const CompiledNetwork>(network), {});
}

/// A source of one cell that spikes at the given steps, onto cell 0 of A.
CompiledNetwork driven(std::vector<std::int64_t> steps, std::vector<tiny::Synapse> synapses,
                       Precision precision = Precision::double_) {
  auto network = tiny::network(0.1, precision);
  tiny::add_population(network, "A", 2);
  std::vector<std::uint32_t> cells(steps.size(), 0);
  network.sources.push_back(tiny::list_source("S", 1, std::move(steps), std::move(cells)));
  tiny::add_projection(network, "S->A", tiny::source_end(network, 0), tiny::population_end(network, 0), std::move(synapses));
  return network;
}

TEST(Reference, ASpikeOfStepNArrivesInStepNPlusItsDelay) {
  const auto session = open(driven({2}, {{0, 0, 1.5, 1}, {0, 1, -2, 5}}));
  for (std::int64_t n = 1; n <= 9; ++n) {
    session->advance_to(n);
    const auto got = session->state("A", "got");
    EXPECT_EQ(got[0], n == 3 ? 1.5 : 0) << n;
    EXPECT_EQ(got[1], n == 7 ? -2 : 0) << n;
  }
  EXPECT_EQ(session->recording().synaptic_events, 2u);
}

TEST(Reference, ASpikeOfTimeZeroActsIsTracedAndRecorded) {
  auto network = driven({0}, {{0, 0, 1.5, 1}, {0, 1, -2, 3}});
  network.signals.push_back(tiny::signal("trace", 1, CompiledSignal::Trace{{tiny::source_end(network, 0)}, {1e9}, 2}));
  for (const auto kind : {Probe::Kind::spikes, Probe::Kind::signal}) {
    CompiledProbe probe;
    probe.kind = kind;
    probe.every_steps = 1;
    probe.stop_step = 100;
    if (kind == Probe::Kind::spikes) probe.of = {tiny::source_end(network, 0)};
    network.probes.push_back(probe);
  }
  const tiny::Folder folder;
  const auto first = open(network), session = open(network);
  first->save(folder / "start");  // before anything: nothing may be lost or sent twice
  session->load(folder / "start");
  std::vector<double> to0, to1;
  for (std::int64_t n = 1; n <= 3; ++n) {
    session->advance_to(n);
    to0.push_back(session->state("A", "got")[0]);
    to1.push_back(session->state("A", "got")[1]);
  }
  EXPECT_EQ(to0, (std::vector<double>{1.5, 0, 0}));
  EXPECT_EQ(to1, (std::vector<double>{0, 0, -2}));
  const auto recording = session->recording();
  EXPECT_EQ(recording.spike_trains.at(0).time_ms, (std::vector<double>{0}));
  EXPECT_EQ(recording.signals.at(0).time_ms.at(0), 0);
  EXPECT_EQ(recording.signals.at(0).value.at(0), 2);
}

TEST(Reference, WeightsActOnTheGrid) {
  for (const Precision precision : {Precision::single_, Precision::double_}) {
    const auto session = open(driven({1, 1, 1}, {{0, 0, 0.1, 1}, {0, 0, 0.1, 1}}, precision));
    session->advance_to(2);
    EXPECT_EQ(session->state("A", "got")[0], 6 * 26 / 256.0) << "0.1 is 26/256, and a source may spike thrice in a step";
    EXPECT_EQ(session->recording().synaptic_events, 6u);
  }
}

TEST(Reference, ACellThatFiresExcitesTheNextAfterItsDelay) {
  auto network = tiny::network(0.1);
  tiny::add_population(network, "ring", 5);
  std::vector<tiny::Synapse> ring;
  for (std::uint32_t i = 0; i < 5; ++i) ring.push_back({i, (i + 1) % 5, 10, 3});
  tiny::add_projection(network, "ring", tiny::population_end(network, 0), tiny::population_end(network, 0), ring);
  CompiledProbe probe;
  probe.name = "ring";
  probe.of = {tiny::population_end(network, 0)};
  network.probes.push_back(probe);
  const auto session = open(network);
  session->set_state("ring", "V", std::vector<double>{10, 0, 0, 0, 0});
  session->advance(10);
  const auto train = session->recording().spike_trains.at(0);
  ASSERT_EQ(train.neuron.size(), 34u);
  for (std::size_t k = 0; k < train.neuron.size(); ++k) {
    EXPECT_EQ(train.neuron[k], k % 5);
    EXPECT_DOUBLE_EQ(train.time_ms[k], (1.0 + 3.0 * static_cast<double>(k)) / 10);
  }
}

TEST(Reference, PrivatePoissonAddsItsCountTimesTheGridWeight) {
  auto network = tiny::network(0.1);
  tiny::add_population(network, "A", 50, 0, 100);
  CompiledPoisson poisson;
  poisson.name = "drive";
  poisson.key = 77;
  poisson.count = 50;
  poisson.weight = {0.5, {}};
  poisson.tables = {poisson_table(2)};
  poisson.segments = {{1, {0}}};
  network.poisson.push_back(poisson);
  const auto session = open(network);
  double sum = 0;
  for (std::int64_t n = 1; n <= 20; ++n) {
    session->advance_to(n);
    const auto got = session->state("A", "got");
    for (std::uint32_t i = 0; i < 50; ++i) {
      EXPECT_EQ(got[i], 0.5 * poisson_count(poisson.tables[0], 77, i, n));
      sum += got[i];
    }
  }
  EXPECT_NEAR(sum / 1000, 1, 4 * 0.5 * std::sqrt(2.0 / 1000));
  EXPECT_EQ(session->recording().synaptic_events, 0u) << "private input is not counted";
}

TEST(Reference, ASignalActsOneStepAfterItsValue) {
  auto network = tiny::network(0.1);
  tiny::add_population(network, "A", 1, 0, 100);
  network.signals.push_back(tiny::signal("cue", 1, CompiledSignal::Pulse{0.3, 0.1, 5, 0}));
  network.currents.push_back(tiny::current(network, "cue", 0, CompiledCurrent::FromSignal{0, {2}, -unbounded, unbounded}));
  const auto session = open(network);
  for (std::int64_t n = 1; n <= 6; ++n) {
    session->advance_to(n);
    EXPECT_EQ(session->state("A", "current")[0], n == 4 ? 10 : 0) << n;
    EXPECT_EQ(session->signal("cue")[0], n == 3 ? 5 : 0) << n;
  }
}

TEST(Reference, AGainHoldsWhenASpikeArrivesNotWhenItLeaves) {
  auto network = driven({1}, {{0, 0, 1, 4}, {0, 1, 3 / 256.0, 4}});
  network.signals.push_back(tiny::signal("gate", 1, CompiledSignal::External{}));
  network.projections[0].gain = 0;
  network.modulations.push_back({0, CompiledModulation::Target::projection_gain, 0, -1, 1, "gate->S->A.gain"});
  const auto session = open(network);
  session->advance_to(4);
  session->set_signal("gate", std::vector<double>{-0.5});
  session->advance_to(5);
  EXPECT_EQ(session->state("A", "got")[0], 0.5);
  EXPECT_EQ(session->state("A", "got")[1], 2 / 256.0) << "1.5 grid units round to even";
}

TEST(Reference, APopulationsGainMultipliesItsInputAfterTheGrid) {
  auto network = driven({1}, {{0, 0, 3 / 256.0, 1}});
  network.signals.push_back(tiny::signal("gain", 2, CompiledSignal::External{}));
  network.modulations.push_back({0, CompiledModulation::Target::population_gain, 0, -1, 1, "gain->A.gain"});
  const auto session = open(network);
  session->set_signal("gain", std::vector<double>{-0.5, 0});
  session->advance_to(2);
  EXPECT_EQ(session->state("A", "got")[0], 1.5 / 256.0);
}

TEST(Reference, ExternalSpikesLeaveAtThePresentStep) {
  auto network = tiny::network(0.1);
  tiny::add_population(network, "A", 1, 0, 100);
  network.sources.push_back(tiny::external_source("X", 2));
  tiny::add_projection(network, "X->A", tiny::source_end(network, 0), tiny::population_end(network, 0),
                       {{0, 0, 1, 1}, {1, 0, 2, 3}});
  const auto session = open(network);
  session->advance_to(5);
  const std::uint32_t cells[] = {0, 1};
  session->emit("X", cells);
  std::vector<double> got;
  for (std::int64_t n = 6; n <= 9; ++n) {
    session->advance_to(n);
    got.push_back(session->state("A", "got")[0]);
  }
  EXPECT_EQ(got, (std::vector<double>{1, 0, 2, 0}));
  EXPECT_THROW(session->emit("Y", cells), Error);
}

/// Everything at once: recurrence, sources, private Poisson, traces that feed back, a gate, noise.
CompiledNetwork everything(Precision precision) {
  auto network = tiny::network(0.1, precision);
  tiny::add_population(network, "A", 20, 0.3, 3);
  network.sources.push_back(tiny::external_source("X", 1));
  auto source = tiny::list_source("Y", 4, {}, {});
  source.kind = CompiledSource::Kind::poisson;
  source.tables = {poisson_table(0.3)};
  source.segments = {{1, {0}}};
  network.sources.push_back(source);
  std::vector<tiny::Synapse> recurrent, from_y;
  for (std::uint32_t i = 0; i < 20; ++i)
    for (std::uint32_t k = 1; k <= 3; ++k) recurrent.push_back({i, (7 * i + k) % 20, k == 3 ? -0.7 : 0.4, 1 + (i + 5 * k) % 13});
  for (std::uint32_t i = 0; i < 4; ++i) from_y.push_back({i, 5 * i, 1.1, 2 + i});
  tiny::add_projection(network, "A->A", tiny::population_end(network, 0), tiny::population_end(network, 0), recurrent);
  tiny::add_projection(network, "X->A", tiny::source_end(network, 0), tiny::population_end(network, 0), {{0, 3, 5, 9}});
  tiny::add_projection(network, "Y->A", tiny::source_end(network, 1), tiny::population_end(network, 0), from_y);
  network.signals.push_back(tiny::signal("trace", 20, CompiledSignal::Trace{{tiny::population_end(network, 0)}, {5}, 0.05}));
  network.signals.push_back(tiny::signal("sum", 1, CompiledSignal::Readout{0, std::vector<double>(20, 0.1)}));
  network.currents.push_back(tiny::current(network, "noise", 0, CompiledCurrent::Noise{{0, {}}, {0.2, {}}, 1}));
  network.currents.push_back(tiny::current(network, "sum", 0, CompiledCurrent::FromSignal{1, {-0.5}, -unbounded, unbounded}));
  network.projections[0].gain = 0;
  network.modulations.push_back({1, CompiledModulation::Target::projection_gain, 0, -1, 0.3, "sum->A->A.gain"});
  network.modulations.push_back({0, CompiledModulation::Target::parameter, 0, 1, 0.2, "trace->A.V_th"});
  return network;
}

void drive(Session& session, std::int64_t from, std::int64_t to) {
  const std::uint32_t cell[] = {0};
  for (std::int64_t n = from; n < to; ++n) {
    if (n % 7 == 3) session.emit("X", cell);
    session.advance_to(n + 1);
  }
}

TEST(Reference, ASplitRunIsTheWholeRun) {
  for (const Precision precision : {Precision::single_, Precision::double_}) {
    auto network = everything(precision);
    const auto whole = open(network), split = open(network);
    whole->advance_to(300);
    for (std::int64_t n = 1; n <= 300; n += 1 + n % 5) split->advance_to(n);
    split->advance_to(300);
    EXPECT_GT(whole->recording().spikes, 100u);
    EXPECT_EQ(whole->spike_hash(), split->spike_hash());
    EXPECT_EQ(whole->state_hash(), split->state_hash());
  }
}

TEST(Reference, ACheckpointAtAnyStepContinuesBitForBit) {
  const tiny::Folder folder;
  const std::string path = folder / "run.ckpt";
  for (const Precision precision : {Precision::single_, Precision::double_}) {
    const auto network = everything(precision);
    const auto whole = open(network);
    drive(*whole, 0, 80);
    const auto first = open(network);
    for (std::int64_t at = 0; at <= 60; ++at) {
      const std::uint32_t cell[] = {0};
      if (at % 7 == 3) first->emit("X", cell);  // given, not yet sent: must be in the checkpoint
      first->save(path);
      const auto second = open(network);
      second->load(path);
      EXPECT_EQ(second->step(), at);
      second->advance_to(at + 1);
      drive(*second, at + 1, 80);
      ASSERT_EQ(second->spike_hash(), whole->spike_hash()) << at;
      ASSERT_EQ(second->state_hash(), whole->state_hash()) << at;
      ASSERT_EQ(second->recording().synaptic_events, whole->recording().synaptic_events) << at;
      first->advance_to(at + 1);
    }
  }
}

TEST(Reference, ACheckpointRestoresASessionThatRanOn) {
  const tiny::Folder folder;
  const auto network = everything(Precision::double_);
  const auto session = open(network);
  session->advance_to(40);
  session->save(folder / "c");
  session->advance_to(90);
  const auto spikes = session->spike_hash(), states = session->state_hash();
  session->load(folder / "c");
  session->advance_to(90);
  EXPECT_EQ(session->spike_hash(), spikes);
  EXPECT_EQ(session->state_hash(), states);
}

TEST(Reference, SavingIsIndependentOfHowTheStepWasReached) {
  const tiny::Folder folder;
  const auto network = everything(Precision::double_);
  const auto whole = open(network), resumed = open(network);
  whole->advance_to(50);
  whole->save(folder / "a");
  resumed->advance_to(20);
  resumed->save(folder / "b");
  resumed->load(folder / "b");
  resumed->advance_to(50);
  resumed->save(folder / "b");
  EXPECT_EQ(tiny::text_of(folder / "a"), tiny::text_of(folder / "b"));
}

TEST(Reference, StopsWithTheCellThatIsNoNumber) {
  auto network = tiny::network(0.1);
  tiny::add_population(network, "A", 3, 0, 100);
  network.populations[0].parameters[0] = {0, {0, -1e308, 0}};
  const auto session = open(network);
  try {
    session->advance_to(150);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, "nan");
    EXPECT_NE(std::string(error.what()).find("cell 1 of population A"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("10 ms"), std::string::npos);
  }
  EXPECT_EQ(session->step(), 100);
}

TEST(Reference, StopsWhenAskedAndGoesOn) {
  const auto network = everything(Precision::double_);
  const auto session = open(network), whole = open(network);
  int calls = 0;
  session->advance_to(50, [&] { return ++calls > 10; });
  EXPECT_EQ(session->step(), 10);
  session->advance_to(50);
  whole->advance_to(50);
  EXPECT_EQ(session->state_hash(), whole->state_hash());
}

TEST(Reference, AdvancesByWholeStepsOnly) {
  const auto session = open(everything(Precision::double_));
  session->advance(0.3);
  EXPECT_EQ(session->step(), 3);
  for (const double ms : {-1.0, 0.25, 1e300, static_cast<double>(NAN)}) EXPECT_THROW(session->advance(ms), Error) << ms;
  EXPECT_EQ(session->step(), 3);
}

TEST(Reference, NamesWhatItDoesNotKnow) {
  const auto session = open(everything(Precision::double_));
  EXPECT_THROW(session->state("B", "V"), Error);
  EXPECT_THROW(session->state("A", "W"), Error);
  EXPECT_THROW(session->signal("tracee"), Error);
  EXPECT_THROW(session->set_state("A", "V", std::vector<double>{1}), Error);
  EXPECT_THROW(session->set_state("A", "V", std::vector<double>(20, NAN)), Error);
}

TEST(Reference, APopulationOfNoCellsRuns) {
  auto network = tiny::network(0.1);
  tiny::add_population(network, "A", 0);
  const auto session = open(network);
  session->advance_to(10);
  EXPECT_EQ(session->recording().populations.at(0).rate_hz, 0);
}

}  // namespace
}  // namespace spikeloom

// Checkpoint files: magic, version, length, body, checksum; refused whenever anything does not fit.
//
//   "SPIKLOOM" | version u32 | precision u32 | body length u64 | body | checksum of all before (two u64)
//   body: name, step_ms, facts of the network, step | states | spikes in flight | plastic projections | sources, signals,
//   recorder, exact cells (bytes of these parts)
#include "core/run/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "core/atomic_file.hpp"
#include "core/run/bytes.hpp"
#include "core/run/hash.hpp"
#include "core/run/phases.hpp"

namespace spikeloom {

namespace {

constexpr char magic[8] = {'S', 'P', 'I', 'K', 'L', 'O', 'O', 'M'};
constexpr std::uint32_t version = 5;
constexpr std::size_t head_bytes = sizeof magic + 4 + 4 + 8, checksum_bytes = 16;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Error("checkpoint", {}, fmt::format("{} cannot be loaded: {}", path, why)).with_value(path);
}

Hash128 checksum(std::span<const std::byte> bytes) {
  Hash128 sum;
  hash_add(sum, bytes.size(), 0, 0);
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    std::uint64_t words[2] = {};
    std::memcpy(words, bytes.data() + at, std::min<std::size_t>(16, bytes.size() - at));
    hash_add(sum, at, words[0], words[1]);
  }
  return sum;
}

/// The whole file; the size bounds all that the reader will ever allocate.
std::vector<std::byte> read_bytes(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) refuse(path, std::strerror(errno));
  struct stat found {};
  std::vector<std::byte> bytes;
  std::string fault;
  if (::fstat(descriptor, &found) != 0 || !S_ISREG(found.st_mode)) fault = "it is not a file";
  else bytes.resize(static_cast<std::size_t>(found.st_size));
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t got = ::read(descriptor, bytes.data() + at, bytes.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      fault = got < 0 ? std::strerror(errno) : "it became shorter";
      break;
    }
    at += static_cast<std::size_t>(got);
  }
  ::close(descriptor);
  if (!fault.empty()) refuse(path, fault);
  return bytes;
}

std::string_view name_of(std::uint32_t precision) {
  return precision == static_cast<std::uint32_t>(Precision::single_) ? "single" : "double";
}

void write_body(ByteWriter& out, const CompiledNetwork& network, const Checkpoint& checkpoint) {
  out.put_text(network.name);
  out.put(network.step_ms);
  const auto facts = digest_facts(network);
  out.put<std::uint64_t>(facts.size());
  for (const DigestFact& fact : facts) {
    out.put_text(fact.of);
    out.put_text(fact.what);
    out.put(fact.value);
  }
  out.put(checkpoint.step);
  out.put<std::uint64_t>(checkpoint.states.size());
  for (const auto& population : checkpoint.states) {
    out.put<std::uint64_t>(population.size());
    for (const auto& column : population) out.put_array(std::span<const double>(column));
  }
  out.put<std::uint64_t>(checkpoint.in_flight.size());
  for (const SpikeInFlight& spike : checkpoint.in_flight) out.put(spike);
  const WeightFault& fault = checkpoint.fault;
  out.put<std::uint8_t>(fault.found);
  out.put(fault.step);
  for (const std::uint32_t index : {fault.projection, fault.source, fault.target}) out.put(index);
  out.put(fault.value);
  out.put<std::uint64_t>(checkpoint.plastic.size());
  for (const PlasticRecord& record : checkpoint.plastic) {
    out.put_array(std::span<const double>(record.numbers));
    for (const auto* marks : {&record.pre, &record.post}) out.put_array(std::span<const TraceMark>(*marks));
    out.put_array(std::span<const double>(record.signal));
    out.put_array(std::span<const double>(record.travel));
  }
  for (const auto* part : {&checkpoint.sources, &checkpoint.signals, &checkpoint.recorder, &checkpoint.exact})
    out.put_array(std::span<const std::byte>(*part));
}

/// Of each thing the values of its sides; those of several parts with one name are added up.
using Sides = std::map<std::string, std::map<std::string, std::uint64_t>>;

/// What differs between the network of the checkpoint and this one; empty: nothing.
std::vector<std::string> differences_of(const Sides& theirs, const std::vector<DigestFact>& facts) {
  Sides own;
  for (const DigestFact& fact : facts) own[fact.of][fact.what] += fact.value;
  std::vector<std::string> differences;
  std::set<std::string> told;
  const auto tell = [&](std::string difference) {
    if (told.insert(difference).second) differences.push_back(std::move(difference));
  };
  for (const DigestFact& fact : facts) {
    const auto found = theirs.find(fact.of);
    if (found == theirs.end()) tell(fact.of + " is not in it");
    else if (const auto side = found->second.find(fact.what);
             side == found->second.end() || side->second != own[fact.of][fact.what])
      tell(fmt::format("the {} of {} differs", fact.what, fact.of));
  }
  for (const auto& [of, sides] : theirs)
    if (!own.contains(of)) tell(of + " is only in it");
  return differences;
}

void check_network(ByteReader& in, const std::string& path, const CompiledNetwork& network) {
  if (const auto name = in.get_text(); name != network.name)
    refuse(path, fmt::format("it is of the network \"{}\", this one is \"{}\"", name, network.name));
  if (const auto step_ms = in.get<double>(); step_ms != network.step_ms)
    refuse(path, fmt::format("its step is {} ms, that of this network {} ms", step_ms, network.step_ms));
  Sides theirs;
  for (auto left = in.get<std::uint64_t>(); left > 0; --left) {
    auto& sides = theirs[in.get_text()];
    const std::string what = in.get_text();
    sides[what] += in.get<std::uint64_t>();
  }
  auto differences = differences_of(theirs, digest_facts(network));
  if (differences.empty()) return;
  constexpr std::size_t shown = 4;
  const std::size_t more = differences.size() > shown ? differences.size() - shown : 0;
  differences.resize(differences.size() - more);
  refuse(path, fmt::format("it is of another network: {}{}", fmt::join(differences, ", "),
                           more > 0 ? fmt::format(" and {} more", more) : ""));
}

void read_states(ByteReader& in, const std::string& path, const CompiledNetwork& network, Checkpoint& checkpoint) {
  if (in.get<std::uint64_t>() != network.populations.size()) refuse(path, "it has another number of populations");
  for (const auto& population : network.populations) {
    auto& states = checkpoint.states.emplace_back();
    if (in.get<std::uint64_t>() != population.model.table->states.size())
      refuse(path, fmt::format("population {} has another number of states in it", population.name));
    for (std::size_t k = 0; k < population.model.table->states.size(); ++k) {
      states.push_back(in.get_array<double>());
      if (states.back().size() != population.size)
        refuse(path, fmt::format("population {} has another size in it", population.name));
    }
  }
}

void read_in_flight(ByteReader& in, const std::string& path, const CompiledNetwork& network, Checkpoint& checkpoint) {
  const std::uint64_t senders = network.senders();
  for (auto left = in.get<std::uint64_t>(); left > 0; --left) {
    const auto spike = in.get<SpikeInFlight>();
    const bool within = spike.offset_ms >= 0 && spike.offset_ms < network.step_ms;
    if (spike.source >= senders || !within || spike.step < 0 || spike.time() > ExactTime{checkpoint.step, 0})
      refuse(path, "it holds a spike of no neuron");
    checkpoint.in_flight.push_back(spike);
  }
}

/// Delays within their bounds or not numbers, and steps that have been; how many spikes are in flight, the backend sees.
void read_travel(const std::string& path, const CompiledProjection& projection, std::int64_t n, const PlasticRecord& record) {
  const CompiledPlasticity& rules = *projection.plasticity;
  const std::size_t synapses = rules.delay ? projection.rows->count() : 0, numbers = static_cast<std::size_t>(rules.numbers());
  const auto fits = [&](double ms) { return (ms >= rules.shortest_ms && ms <= rules.longest_ms) || std::isnan(ms); };
  const auto has_been = [n](double step, double least) {
    return step >= least && step <= static_cast<double>(n) && step == static_cast<double>(static_cast<std::int64_t>(step));
  };
  bool right = record.travel.size() >= synapses * travel_numbers && (rules.delay || record.travel.empty()) &&
               record.numbers.size() == projection.rows->count() * numbers;
  for (std::size_t i = 0; right && i < synapses; ++i) {
    const double *number = &record.numbers[i * numbers], *travel = &record.travel[i * travel_numbers];
    right = right && fits(number[1]) && has_been(travel[0], 0) && has_been(travel[1], never_arrived);
    right = right && (travel[1] == never_arrived || fits(travel[2]));
  }
  for (std::size_t i = synapses * travel_numbers; right && i < record.travel.size(); ++i)
    right = record.travel[i] == 0 || fits(record.travel[i]);
  if (!right) refuse(path, fmt::format("the delays of projection {} are not right in it", projection.name));
}

void read_plastic(ByteReader& in, const std::string& path, const CompiledNetwork& network, Checkpoint& checkpoint) {
  WeightFault& fault = checkpoint.fault;
  fault.found = in.get<std::uint8_t>() != 0;
  fault.step = in.get<std::int64_t>();
  for (std::uint32_t* index : {&fault.projection, &fault.source, &fault.target}) *index = in.get<std::uint32_t>();
  fault.value = in.get<double>();
  if (fault.found) {
    if (fault.projection >= network.projections.size()) refuse(path, "it holds a weight of no projection");
    const auto& of = network.projections[fault.projection];
    if (of.plasticity == nullptr || fault.source >= of.rows->sources || fault.target >= of.rows->targets)
      refuse(path, "it holds a weight of no synapse");
  }
  std::size_t left = in.get<std::uint64_t>();
  for (const auto& projection : network.projections) {
    if (!projection.learns_in_steps()) continue;
    if (left-- == 0) refuse(path, "it has another number of plastic projections");
    PlasticRecord& record = checkpoint.plastic.emplace_back();
    record.numbers = in.get_array<double>();
    record.pre = in.get_array<TraceMark>();
    record.post = in.get_array<TraceMark>();
    record.signal = in.get_array<double>();
    record.travel = in.get_array<double>();
    read_travel(path, projection, checkpoint.step, record);
    const auto reals = static_cast<std::uint64_t>(projection.plasticity->numbers());
    if (record.numbers.size() != projection.rows->count() * reals || record.pre.size() != projection.rows->sources ||
        record.post.size() != projection.rows->targets)
      refuse(path, fmt::format("projection {} has another size in it", projection.name));
    for (const auto* marks : {&record.pre, &record.post})
      for (const TraceMark& mark : *marks)
        if (mark.step > checkpoint.step) refuse(path, "it holds a trace of the future");
  }
  if (left != 0) refuse(path, "it has another number of plastic projections");
}

}  // namespace

PlasticHistory plastic_history(const CompiledProjection& projection) {
  const std::int64_t longest = projection.rows->max_delay();
  const std::int64_t dendritic = projection.plasticity->dendritic(projection.rows->max_delay());
  return {longest + 1, std::max<std::int64_t>(2 * dendritic, 1)};
}

std::int64_t last_anchor(const CompiledNetwork& network, const CompiledPlasticity& plasticity, std::int64_t n,
                         std::uint32_t wait) {
  const std::int64_t anchor = n <= wait ? 0 : (n - wait) / plasticity.anchor_steps * plasticity.anchor_steps;
  return std::max(anchor, last_reset(network, n));
}

std::uint32_t longest_wait(const CompiledProjection& projection) {
  if (projection.rows->moving) return projection.rows->min_delay();
  return projection.plasticity->longest_wait(projection.rows->max_delay());
}

std::size_t record_of(const CompiledNetwork& network, std::uint32_t projection) {
  std::size_t record = 0;
  for (std::uint32_t p = 0; p < projection; ++p) record += network.projections[p].learns_in_steps();
  return record;
}

std::int64_t plastic_history(const CompiledNetwork& network) {
  std::int64_t steps = 0;
  for (const auto& projection : network.projections) {
    if (!projection.learns_in_steps()) continue;
    const PlasticHistory own = plastic_history(projection);
    steps = std::max({steps, own.pre, own.post});
  }
  return steps;
}

void write_checkpoint(const std::string& path, const CompiledNetwork& network, const Checkpoint& checkpoint) {
  ByteWriter body;
  write_body(body, network, checkpoint);
  ByteWriter out;
  for (const char c : magic) out.put(c);
  out.put(version);
  out.put(static_cast<std::uint32_t>(network.precision));
  out.put_array(std::span<const std::byte>(body.bytes()));
  const Hash128 sum = checksum(out.bytes());
  out.put(sum.high);
  out.put(sum.low);

  remove_leftovers(std::array{std::filesystem::path(path)});
  AtomicFile file(path, true);
  file.write({reinterpret_cast<const char*>(out.bytes().data()), out.bytes().size()});
  file.flush();
  // The old one gets its second name by a link, so that `path` is never absent.
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode)) {
    const std::string previous = path + "_prev", beside = fmt::format("{}.tmp.{}", previous, ::getpid());
    ::unlink(beside.c_str());
    const bool kept = ::link(path.c_str(), beside.c_str()) == 0 ? ::rename(beside.c_str(), previous.c_str()) == 0
                                                                : ::rename(path.c_str(), previous.c_str()) == 0;
    if (!kept) {
      const int error = errno;
      ::unlink(beside.c_str());
      throw Error("io", {}, fmt::format("cannot keep the previous checkpoint as {}: {}", previous, std::strerror(error)),
                  Exit::run_failed);
    }
    // Two names of one file: rename() of a name onto its own link leaves both, so what was `beside` may still stand.
    ::unlink(beside.c_str());
  }
  file.finish();
}

Checkpoint read_checkpoint(const std::string& path, const CompiledNetwork& network) {
  return parse_checkpoint(read_bytes(path), path, network);
}

Checkpoint parse_checkpoint(std::span<const std::byte> bytes, const std::string& path, const CompiledNetwork& network) {
  if (bytes.size() < sizeof magic || std::memcmp(bytes.data(), magic, sizeof magic) != 0) refuse(path, "it is not a checkpoint");
  if (bytes.size() < head_bytes + checksum_bytes) refuse(path, "it is cut off");
  ByteReader head(bytes.subspan(sizeof magic, head_bytes - sizeof magic));
  if (const auto found = head.get<std::uint32_t>(); found != version)
    refuse(path, fmt::format("it has format version {}, this program reads version {}", found, version));
  const auto precision = head.get<std::uint32_t>();
  const auto length = head.get<std::uint64_t>();
  const std::size_t available = bytes.size() - head_bytes - checksum_bytes;
  if (length != available) refuse(path, length > available ? "it is cut off" : "it is longer than it says");
  ByteReader tail(bytes.last(checksum_bytes));
  Hash128 sum;
  sum.high = tail.get<std::uint64_t>();
  sum.low = tail.get<std::uint64_t>();
  if (sum != checksum(bytes.first(bytes.size() - checksum_bytes))) refuse(path, "it is damaged (its checksum differs)");
  if (precision != static_cast<std::uint32_t>(network.precision))
    refuse(path, fmt::format("it was run in {} precision, this network runs in {}", name_of(precision),
                             name_of(static_cast<std::uint32_t>(network.precision))));

  ByteReader in(bytes.subspan(head_bytes, available));
  check_network(in, path, network);
  Checkpoint checkpoint;
  checkpoint.step = in.get<std::int64_t>();
  if (checkpoint.step < 0) refuse(path, "its time is negative");
  read_states(in, path, network, checkpoint);
  read_in_flight(in, path, network, checkpoint);
  read_plastic(in, path, network, checkpoint);
  for (auto* part : {&checkpoint.sources, &checkpoint.signals, &checkpoint.recorder, &checkpoint.exact})
    *part = in.get_array<std::byte>();
  if (!in.at_end()) refuse(path, "it is longer than it should be");
  return checkpoint;
}

}  // namespace spikeloom

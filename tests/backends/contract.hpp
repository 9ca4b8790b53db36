// How a backend is held to the reference: one network, what its caller does meanwhile, and every way to run it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "core/backend.hpp"
#include "core/network.hpp"

namespace spikeloom::testing {

struct Hashes {
  std::string spikes, states;
  std::uint64_t events = 0, count = 0;
  friend bool operator==(const Hashes&, const Hashes&) = default;
};
std::ostream& operator<<(std::ostream& out, const Hashes& hashes);
Hashes hashes_of(const Session& session);

/// What one probe recorded of one thing: rows of numbers, by the time of each.
struct Stream {
  std::string name;
  std::vector<std::pair<double, std::vector<double>>> rows;
};

/// All that a run leaves behind. `error`: the message it ended with, if it did; `step`: where it stood then.
struct Outcome {
  Hashes hashes;
  std::int64_t step = 0;
  std::string error;
  std::vector<Stream> streams;
};
Outcome outcome_of(const Session& session);

/// "" where both are equal, else the first difference in words. `from_ms` >= 0: `other` began to record then.
std::string difference(const Outcome& reference, const Outcome& other, double from_ms = -1);

/// What the caller does to a session that stands at a step, before it goes on.
using Actions = std::map<std::int64_t, std::function<void(Session&)>>;

/// A file name that is free, removed with its `_prev` at the end.
class TemporaryFile {
 public:
  TemporaryFile();
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::unique_ptr<Session> open(const Backend& backend, std::shared_ptr<const CompiledNetwork> network, int threads,
                              const std::string& isa = "");
std::shared_ptr<const CompiledNetwork> compiled(const Network& network);
/// Of the text of a network file.
std::shared_ptr<const CompiledNetwork> network_of(const std::string& text);
Network in_single(Network network);

/// Takes one session through a run. Actions up to `done` are behind it (of a loaded session: those up to its step).
class Driver {
 public:
  Driver(Session& session, const Actions& actions, std::int64_t done = -1) : session_(session), actions_(actions), done_(done) {}
  /// Advance to `step`, stopping at `stops` on the way, and do what is due up to and including it.
  void to(std::int64_t step, const std::vector<std::int64_t>& stops = {});
  /// To the end of the run; an Error becomes part of the outcome.
  Outcome finish(const std::vector<std::int64_t>& stops = {});

 private:
  Session& session_;
  const Actions& actions_;
  std::int64_t done_;
};

/// One network against the reference.
struct Contract {
  std::shared_ptr<const CompiledNetwork> network;
  Actions actions;
  std::vector<int> threads = {1, 2, 3, 7};
  std::vector<std::string> isas = {""};
  std::vector<std::int64_t> stops;        ///< a split run stops here
  std::vector<std::int64_t> checkpoints;  ///< saved at these steps by one backend, continued by the other
};

/// Every step of a run that long.
std::vector<std::int64_t> every_step(std::int64_t last);

/// "" where every way of running gives what the reference gives in one go, else the first that does not. `expected` takes
/// the reference's outcome.
std::string broken(const Contract& contract, Outcome* expected = nullptr);

}  // namespace spikeloom::testing

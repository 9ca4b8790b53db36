// `spikeloom verify`: one network run in all the ways that must not matter, held to one pair of hashes.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "apps/backends.hpp"
#include "apps/difference.hpp"
#include "apps/loading.hpp"
#include "apps/memory.hpp"
#include "apps/options.hpp"
#include "apps/signals.hpp"

namespace spikeloom {
namespace {

/// The reference is run along where it is expected to take at most this long.
constexpr double reference_seconds = 120;

/// A folder for checkpoints that is gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "spikeloom-verify-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw Error("io", {}, "cannot make a temporary folder", Exit::run_failed);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string checkpoint() const { return (path_ / "checkpoint").string(); }

 private:
  std::filesystem::path path_;
};

enum class Way { whole, split, restart };

struct Variant {
  std::string backend;
  int threads;
  Way way;
};

std::string way_text(Way way) { return way == Way::whole ? "whole" : way == Way::split ? "split" : "restart"; }

struct Interrupted {};

void advance_or_stop(Session& session, std::int64_t step) {
  session.advance_to(step, stop_requested);
  if (stop_requested()) throw Interrupted{};
}

class Verifier {
 public:
  explicit Verifier(const Options& options) : options_(options), description_(load_network(options)) {
    description_.probes.clear();  // recording changes nothing, and verify must write no file
    network_ = compile_network(description_, options);
  }

  std::vector<Variant> variants() const {
    const std::string main = network_->backend;
    std::set<int> threads = {1, 2, 4};
    if (!options_.threads.empty()) threads.insert(threads_of(*network_));
    std::vector<Variant> list;
    for (const int n : threads) list.push_back({main, n, Way::whole});
    list.push_back({main, 2, Way::split});
    list.push_back({main, 3, Way::restart});
    if (main != "reference" && reference_fits()) list.push_back({"reference", 1, Way::whole});
    return list;
  }

  std::unique_ptr<Session> play(const Variant& variant, std::int64_t to, bool probed) {
    const auto network = probed ? probed_network() : network_;
    const auto backend = make_backend(variant.backend);
    OpenOptions open = open_options(*network, options_);
    open.threads = variant.threads;
    open.keep_in_memory = probed;
    require_support(*backend, *network);
    require_memory(plan_memory(*backend, *network, open));
    auto session = backend->open(network, open);
    if (variant.way == Way::split)
      for (const std::int64_t step : {std::int64_t{1}, to / 7, to / 3 + 1, to / 2, to - 1})
        if (step > session->step() && step < to) advance_or_stop(*session, step);
    if (variant.way == Way::restart) {
      const std::int64_t middle = std::min(to, network->duration_steps / 2);
      advance_or_stop(*session, middle);
      session->save(folder_.checkpoint());
      open.threads = variant.threads == 1 ? 2 : 1;
      session = backend->open(network, open);
      session->load(folder_.checkpoint());
    }
    advance_or_stop(*session, to);
    return session;
  }

  int go() {
    catch_stop_signals();
    Report report = {{"identical", true}, {"runs", Report::array()}, {"first_difference", nullptr}};
    std::unique_ptr<Session> first;
    const auto list = variants();
    for (const Variant& variant : list) {
      auto session = play(variant, network_->duration_steps, false);
      report["runs"].push_back({{"backend", variant.backend},
                                {"threads", variant.threads},
                                {"way", way_text(variant.way)},
                                {"spike_hash", session->spike_hash().hex()},
                                {"state_hash", session->state_hash().hex()}});
      if (first == nullptr) {
        first = std::move(session);
      } else if (report["identical"] == true && !same_hashes(*first, *session)) {
        report["identical"] = false;
        session.reset();
        report["first_difference"] = difference(list.front(), variant);
      }
    }
    if (options_.json) print_report(report);
    else print_text(text(report));
    return static_cast<int>(report["identical"] == true ? Exit::done : Exit::run_failed);
  }

 private:
  bool reference_fits() const {
    const auto reference = make_backend("reference");
    const OpenOptions open = open_options(*network_, options_);
    if (!reference->unsupported(*network_).empty()) return false;
    if (plan_memory(*reference, *network_, open).needed() > plan_memory(*reference, *network_, open).available) return false;
    return reference->predict_real_time_factor(*network_, open) * network_->ms_of(network_->duration_steps) / 1000 <=
           reference_seconds;
  }

  Report difference(const Variant& a, const Variant& b) {
    Report found = first_difference([&](std::int64_t to) { return play(a, to, true); },
                                    [&](std::int64_t to) { return play(b, to, true); }, network_->duration_steps);
    if (found.is_null()) found = {{"kind", "unstable"}};  // the replay agreed: the runs themselves do not repeat
    const auto name = [](const Variant& v) { return fmt::format("{} {} threads, {}", v.backend, v.threads, way_text(v.way)); };
    found["between"] = Report::array({name(a), name(b)});
    return found;
  }

  std::shared_ptr<const CompiledNetwork> probed_network() {
    if (probed_ == nullptr) {
      Network description = description_;
      for (const auto& population : network_->populations) description.probe_spikes(population.name);
      probed_ = compile_network(description, options_);
    }
    return probed_;
  }

  std::string text(const Report& report) const {
    std::string out;
    for (const auto& run : report["runs"])
      out += fmt::format("  {:<10} {} threads  {:<8} spikes {}  states {}\n", run["backend"].get<std::string>(),
                         run["threads"].get<int>(), run["way"].get<std::string>(), run["spike_hash"].get<std::string>(),
                         run["state_hash"].get<std::string>());
    if (report["identical"] == true) return out + "identical\n";
    return out + "NOT identical; first difference: " + report_text(report["first_difference"], -1) + "\n";
  }

  const Options& options_;
  Network description_;
  std::shared_ptr<const CompiledNetwork> network_, probed_;
  TemporaryFolder folder_;
};

}  // namespace

int verify_command(const Options& options) {
  try {
    return Verifier(options).go();
  } catch (const Interrupted&) {
    if (options.json) print_report({{"error", error_report(Error("interrupted", {}, "stopped by a signal", Exit::interrupted))}});
    return static_cast<int>(Exit::interrupted);
  }
}

}  // namespace spikeloom

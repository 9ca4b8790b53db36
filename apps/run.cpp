// `spikeloom run`: load, refuse what cannot be, build, advance, write, report.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "apps/backends.hpp"
#include "apps/loading.hpp"
#include "apps/machine.hpp"
#include "apps/memory.hpp"
#include "apps/options.hpp"
#include "apps/output.hpp"
#include "apps/plot.hpp"
#include "apps/progress.hpp"
#include "apps/signals.hpp"
#include "apps/summary.hpp"
#include "core/atomic_file.hpp"

namespace spikeloom {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Advance to `target` and show how far it is. False: a signal stopped it.
bool advance(Session& session, std::int64_t target, Progress& progress) {
  const auto show = [&] { progress.show(session.network().ms_of(session.step()), session.recording().spikes); };
  session.advance_to(target, [&] {
    if (progress.due()) show();
    return stop_requested();
  });
  const bool whole = session.step() == target;
  if (whole && progress.on()) show();
  return whole;
}

/// The same network with a spike probe on every population, for the plot; the file written beside the recordings stays as it was.
std::shared_ptr<const CompiledNetwork> with_spike_probes(const CompiledNetwork& plain, Network network, const Options& options) {
  for (const auto& population : plain.populations) network.probe_spikes(population.name);
  auto probed = std::make_shared<CompiledNetwork>(*compile_network(network, options));
  probed->resolved_json = plain.resolved_json;
  return probed;
}

/// One run from an open session to its report.
class Run {
 public:
  Run(const Options& options, Network network)
      : options_(options),
        network_(compile_network(network, options)),
        backend_(make_backend(network_->backend)),
        output_(*network_, options) {
    if (!options.plot.empty()) network_ = with_spike_probes(*network_, std::move(network), options);
    require_support(*backend_, *network_);
  }

  int go() {
    open();
    Progress progress(Progress::mode(options_.progress), network_->ms_of(session_->step()),
                      network_->ms_of(network_->duration_steps));
    try {
      simulate(progress);
    } catch (Error& error) {
      if (error.exit != Exit::run_failed) throw;
      return failed(error);
    }
    const bool stopped = session_->step() < network_->duration_steps;
    const Report summary = finish(stopped);
    if (options_.json) print_report(summary);
    else print_text(summary_text(summary, options_.file));
    return static_cast<int>(stopped ? Exit::interrupted : Exit::done);
  }

 private:
  void open() {
    const OpenOptions open = run_options(*network_, options_);
    require_memory(plan_memory(*backend_, *network_, open));
    catch_stop_signals();
    session_ = backend_->open(network_, open);
    if (!options_.load.empty()) session_->load(options_.load);
    if (session_->step() > network_->duration_steps)
      throw Error("range", {"/run/duration_ms"}, "the checkpoint lies beyond the end of the run")
          .with_value(fmt::format("{:g}", network_->ms_of(network_->duration_steps)))
          .with_allowed(fmt::format("at least {:g}", network_->ms_of(session_->step())));
    costs_.build_s = seconds_since(options_.started);
  }

  void simulate(Progress& progress) {
    auto began = Clock::now();
    const bool warm = advance(*session_, std::max(session_->step(), network_->warmup_steps), progress);
    costs_.warmup_s = seconds_since(began);
    if (!warm) return;
    began = Clock::now();
    const double cpu = cpu_seconds();
    const std::int64_t first = session_->step();
    const auto account = [&] {
      costs_.run_s = seconds_since(began);
      costs_.cpu_s = cpu_seconds() - cpu;
      costs_.advanced_ms = network_->ms_of(session_->step() - first);
    };
    try {
      advance(*session_, network_->duration_steps, progress);
    } catch (...) {
      account();
      throw;
    }
    account();
  }

  /// Write everything there is to write and say so.
  Report finish(bool stopped) {
    session_->flush(true);
    std::vector<std::string> files;
    if (!options_.save.empty()) {
      session_->save(options_.save);
      files.push_back(options_.save);
    }
    if (!options_.plot.empty()) {
      write_file(options_.plot, plot_svg(plot_of(*session_, options_.file)), options_.overwrite);
      files.push_back(options_.plot);
    }
    return with_files(stopped, std::move(files));
  }

  Report with_files(bool stopped, std::vector<std::string> files, const Error* error = nullptr) {
    if (output_.exists()) files.push_back(output_.summary_file());
    Report summary = run_summary(*session_, backend_->name(), threads_of(*network_), costs_, stopped, files);
    if (error != nullptr) {
      summary["error"] = error_report(*error);
      summary["error"]["stopped_at_ms"] = summary["stopped_at_ms"];
    }
    output_.write_summary(report_text(summary, 2) + "\n");
    return summary;
  }

  /// The run broke down by itself: what it recorded up to there stays, under the final names.
  int failed(Error& error) {
    if (error.file.empty()) error.file = options_.file;
    if (error.kind == "io") throw error;
    locate(error, options_.file, settings_of(options_));
    session_->flush(true);
    const Report summary = with_files(true, {}, &error);
    if (options_.json) print_report(summary);
    else std::fputs((describe(error) + "\n").c_str(), stderr);
    return static_cast<int>(error.exit);
  }

  const Options& options_;
  std::shared_ptr<const CompiledNetwork> network_;
  std::unique_ptr<Backend> backend_;
  OutputFolder output_;
  std::unique_ptr<Session> session_;
  RunCosts costs_;
};

}  // namespace

int run_command(const Options& options) {
  Progress::mode(options.progress);
  return Run(options, load_network(options)).go();
}

}  // namespace spikeloom

// The child measures and writes its figures, or what went wrong, to a pipe; the parent reads them.
#include "bench/measure.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <type_traits>

#include "apps/machine.hpp"
#include "backends/cpu/cpu.hpp"
#include "models/models.hpp"

namespace spikeloom::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

Figures run(const Workload& workload, const Machine& machine) {
  const auto begin = Clock::now();
  const ModelSet models = builtin_models();
  Settings settings = workload.settings;
  settings.emplace_back("run.precision", "single");
  settings.emplace_back("run.warmup_ms", std::to_string(workload.warmup_ms));
  settings.emplace_back("run.duration_ms", std::to_string(workload.duration_ms));
  const auto network =
      compile(read_network(std::string(SPIKELOOM_SOURCE_DIR) + "/examples/" + workload.network, settings), models);
  const auto session = cpu_backend()->open(network, {.threads = machine.threads, .isa = machine.isa, .models = &models});
  Figures figures;
  figures.build_s = seconds_since(begin);

  session->advance_to(network->warmup_steps);
  const double cpu = cpu_seconds();
  const auto start = Clock::now();
  session->advance_to(network->duration_steps);
  figures.wall_s = seconds_since(start);
  figures.cpu_s = cpu_seconds() - cpu;

  const Recording recording = session->recording();
  if (const std::string text = fault(workload, recording); !text.empty()) throw std::runtime_error("wrong answer: " + text);
  const double steps = static_cast<double>(network->duration_steps - network->warmup_steps);
  figures.biological_s = (recording.duration_ms - recording.warmup_ms) / 1000;
  figures.neuron_steps = steps * static_cast<double>(network->neurons);
  figures.spikes = recording.spikes;
  figures.events = recording.synaptic_events;
  figures.synapses = network->synapses();
  figures.peak_bytes = peak_bytes();
  return figures;
}

std::string to_bytes(const Figures& figures) {
  static_assert(std::is_trivially_copyable_v<Figures>);
  return {reinterpret_cast<const char*>(&figures), sizeof figures};
}

void write_all(int descriptor, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t n = write(descriptor, text.data() + at, text.size() - at);
    if (n <= 0) _exit(2);
    at += static_cast<std::size_t>(n);
  }
}

std::string read_all(int descriptor) {
  std::string text;
  char part[4096];
  for (ssize_t n; (n = read(descriptor, part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(n));
  return text;
}

[[noreturn]] void child(int descriptor, const Workload& workload, const Machine& machine) {
  int status = 0;
  try {
    write_all(descriptor, to_bytes(run(workload, machine)));
  } catch (const std::exception& error) {
    write_all(descriptor, error.what());
    status = 1;
  }
  _exit(status);
}

}  // namespace

Figures measure(const Workload& workload, const Machine& machine) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("cannot make a pipe");
  const pid_t id = fork();
  if (id < 0) throw std::runtime_error("cannot fork");
  if (id == 0) {
    close(ends[0]);
    child(ends[1], workload, machine);
  }
  close(ends[1]);
  const std::string text = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  waitpid(id, &status, 0);
  if (!WIFEXITED(status)) throw std::runtime_error("the run was ended by signal " + std::to_string(WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0) throw std::runtime_error(text);
  Figures figures;
  if (text.size() != sizeof figures) throw std::runtime_error("the run ended without figures");
  text.copy(reinterpret_cast<char*>(&figures), sizeof figures);
  return figures;
}

}  // namespace spikeloom::bench

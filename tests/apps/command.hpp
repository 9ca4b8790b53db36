// Runs the built command as a user would: arguments in; exit code, standard output and standard error back.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace spikeloom {

/// Sanitizers keep shadows of all memory, so that what a process takes says nothing of the program. GCC defines a macro, Clang
/// has a feature.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SPIKELOOM_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SPIKELOOM_SANITIZED true
#endif
#endif
#ifndef SPIKELOOM_SANITIZED
#define SPIKELOOM_SANITIZED false
#endif
inline constexpr bool memory_is_shadowed = SPIKELOOM_SANITIZED;
inline constexpr const char* shadowed = "a sanitizer's shadows count as memory of the process; the release build runs this test";

struct Outcome {
  int exit_code = -1;  ///< 128 + number where a signal killed it
  std::string out, err;
  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

/// SPIKELOOM_COMMAND of the environment, else of the build.
inline std::string command_path() {
  if (const char* path = std::getenv("SPIKELOOM_COMMAND")) return path;
#ifdef SPIKELOOM_COMMAND
  return SPIKELOOM_COMMAND;
#else
  throw std::runtime_error("set SPIKELOOM_COMMAND to the path of the built command");
#endif
}

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// A folder of its own for each test, removed afterwards; commands run inside it.
class Workshop {
 public:
  Workshop() {
    std::string name = (std::filesystem::temp_directory_path() / "spikeloom-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Workshop() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  bool has(const std::string& name) const { return std::filesystem::exists(path_ / name); }
  std::string text(const std::string& name) const { return text_of(path_ / name); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name, std::ios::binary) << text; }

  Outcome run(const std::vector<std::string>& arguments) const { return run_program(command_path(), arguments); }
  Outcome run_program(const std::string& program, const std::vector<std::string>& arguments) const {
    return finish(start(program, arguments));
  }

  /// Run and send `signal` as soon as `ready` says so (at most 60 s).
  template <class Ready>
  Outcome run_and_signal(const std::vector<std::string>& arguments, int signal, Ready ready) const {
    const pid_t child = start(command_path(), arguments);
    for (int tick = 0; tick < 6000 && !ready(); ++tick) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    kill(child, signal);
    return finish(child);
  }

 private:
  pid_t start(const std::string& command, const std::vector<std::string>& arguments) const {
    const pid_t child = fork();
    if (child != 0) return child;
    std::vector<char*> argv = {const_cast<char*>(command.c_str())};
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const auto redirect = [](const char* file, int descriptor, int flags) {
      const int opened = open(file, flags, 0600);
      if (opened < 0 || dup2(opened, descriptor) < 0) _exit(126);
    };
    if (chdir(path_.c_str()) != 0) _exit(126);
    redirect("/dev/null", 0, O_RDONLY);
    redirect(".stdout", 1, O_WRONLY | O_CREAT | O_TRUNC);
    redirect(".stderr", 2, O_WRONLY | O_CREAT | O_TRUNC);
    execv(command.c_str(), argv.data());
    _exit(127);
  }

  Outcome finish(pid_t child) const {
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text(".stdout"), text(".stderr")};
  }

  std::filesystem::path path_;
};

/// A small network with noise, recurrence and one recorded file: 120 cells, 50 ms, well under a second.
inline constexpr const char* small_network = R"({
  "spikeloom": 1, "name": "small",
  "parameters": {"N": 100, "J": 2},
  "run": {"duration_ms": 50, "step_ms": 0.1, "seed": 3},
  "populations": {
    "E": {"size": "=N", "model": "lif_delta", "parameters": {"tau_m_ms": 20, "V_th_mV": 20, "V_reset_mV": 10, "E_L_mV": 0, "t_ref_ms": 2}},
    "I": {"size": 20, "model": "lif_delta", "parameters": {"tau_m_ms": 20, "V_th_mV": 20, "V_reset_mV": 10, "E_L_mV": 0, "t_ref_ms": 2}}
  },
  "inputs": {"drive": {"poisson": {"rate_hz": 1500}, "to": "E", "weight": "=J", "delay_ms": 1}},
  "projections": [
    {"from": "E", "to": "I", "connect": {"fixed_probability": 0.2}, "weight": "=J", "delay_ms": {"uniform": [0.5, 3]}},
    {"from": "I", "to": "E", "connect": {"fixed_in_degree": 5}, "weight": "=-J", "delay_ms": 1.5}
  ],
  "probes": [{"spikes": "E", "file": "E.csv"}, {"state": "V_m_mV", "of": "E[0:2]", "every_ms": 1, "file": "V.npy"}]
})";

}  // namespace spikeloom

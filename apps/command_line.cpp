// CLI11 splits the line; what it does not know is reported here, so that every mistake is an Error like any other.
#include "apps/command_line.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "apps/backends.hpp"
#include "apps/report.hpp"
#include "apps/version.hpp"

namespace spikeloom {
namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 done; 1 the run failed (numbers, files); 2 the command line or the network file is wrong;\n"
    "3 refused before anything was allocated (memory, limits, unsupported); 130 stopped cleanly by a signal.\n";

struct Subcommand {
  Command command;
  CLI::App* app;
};

class CommandLine {
 public:
  CommandLine() : app_("Spikeloom simulates spiking neural networks described in a JSON file.", "spikeloom") {
    app_.require_subcommand(0, 1);
    app_.set_version_flag("--version", "spikeloom " SPIKELOOM_VERSION);
    app_.allow_extras();
    app_.footer(std::string("Start with `spikeloom run FILE`; `spikeloom COMMAND --help` explains one command.\n\n") +
                exit_codes);
    add_run();
    add_plan();
    add_verify();
    add_compare();
    add_models();
    add_schema();
  }

  Invocation parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& fault) {
      if (fault.get_exit_code() == 0) {  // --help or --version
        print_text(fault.get_name() == "CallForVersion" ? std::string(fault.what()) + "\n" : app_.help());
        return {nullptr, options_};
      }
      throw Error("command_line", {}, fault.what());
    }
    refuse_unknown();
    refuse_empty();
    if (app_.get_subcommands().empty()) {
      print_text(app_.help());
      return {nullptr, options_};
    }
    check_values();
    for (const Subcommand& sub : commands_)
      if (sub.app->parsed()) return {sub.command, options_};
    return {nullptr, options_};
  }

 private:
  CLI::App* add(const char* name, const char* text, const std::string& example, Command command) {
    CLI::App* sub = app_.add_subcommand(name, text);
    sub->allow_extras();
    sub->footer("Example:\n" + example + "\n" + exit_codes);
    commands_.push_back({command, sub});
    return sub;
  }

  void file_argument(CLI::App* sub) {
    sub->add_option("file", options_.file, "Network file (JSON; see `spikeloom schema`)")->required();
  }

  /// Options that change the network or how it is run.
  void network_options(CLI::App* sub) {
    sub->add_option("--set", options_.set, "Change a value of the file: dotted path and JSON value, e.g. parameters.g=5")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    sub->add_option("--duration-ms", options_.duration_ms, "Biological time to simulate")->type_name("MS");
    sub->add_option("--seed", options_.seed, "Seed of wiring, noise and trials")->type_name("N");
    sub->add_option("--threads", options_.threads, "Threads, 1 to 4096 (default: the machine's); changes no result")
        ->type_name("N");
    sub->add_option("--backend", options_.backend, "cpu (default) or reference; changes no result")->type_name("NAME");
    sub->add_option("--precision", options_.precision, "Number type of the run: double (default) or single")->type_name("P");
    sub->add_option("--weight-bits", options_.weight_bits, "Bits of a stored weight in single: 24 (default) or 16")
        ->type_name("16|24");
    sub->add_option("--isa", options_.isa, "Instruction set of the kernels (default: the best that runs); changes no result")
        ->type_name("v2|v3|v4");
    json_option(sub);
  }

  /// `plan` takes them too, so that a line for `run` can be planned as it is; it writes nothing.
  void output_options(CLI::App* sub) {
    sub->add_option("--out", options_.out, "Output folder (default NAME.out here, made only if something is recorded)")
        ->type_name("DIR");
    sub->add_flag("--overwrite", options_.overwrite, "Replace output files that exist");
    sub->add_option("--plot", options_.plot, "Draw spikes and population rates")->type_name("FILE.svg");
  }

  void json_option(CLI::App* sub) {
    sub->add_flag("--json", options_.json, "Print one JSON object on standard output, errors too");
  }

  void add_run() {
    CLI::App* sub = add("run", "Simulate a network and print rates, costs and hashes; recordings go to the output folder.",
                        "  spikeloom run brunel.json --duration-ms 500 --set parameters.g=6 --plot raster.svg\n\n"
                        "Ctrl-C finishes the current slice, writes what was recorded (and --save), and exits with 130;\n"
                        "pressed again it kills.\n",
                        run_command);
    file_argument(sub);
    network_options(sub);
    output_options(sub);
    sub->add_option("--save", options_.save, "Write a checkpoint at the end; an old one is kept as NAME_prev")->type_name("FILE");
    sub->add_option("--load", options_.load, "Continue from a checkpoint, up to the duration")->type_name("FILE");
    sub->add_option("--progress", options_.progress,
                    "auto (a line on a terminal), off, or json (a line a second); on standard error")
        ->type_name("auto|off|json");
  }

  void add_plan() {
    CLI::App* sub = add("plan", "Predict memory and run time, and show every rounding, before anything is allocated.",
                        "  spikeloom plan microcircuit.json --precision single --threads 2\n", plan_command);
    file_argument(sub);
    network_options(sub);
    output_options(sub);
  }

  void add_verify() {
    CLI::App* sub = add("verify", "Run with 1, 2 and 4 threads, in parts, and across a checkpoint: all hashes must be equal.",
                        "  spikeloom verify brunel.json --duration-ms 100\n\n"
                        "Where the network is small enough the reference backend runs too. A difference exits with 1\n"
                        "and names the first spike or state that differs.\n",
                        verify_command);
    file_argument(sub);
    network_options(sub);
  }

  void add_compare() {
    CLI::App* sub =
        add("compare", "Compare two recorded runs, or one network on several backends or at several steps.",
            "  spikeloom compare first.out second.out\n"
            "  spikeloom compare brunel.json --backends reference,cpu --duration-ms 100\n"
            "  spikeloom compare brunel.json --steps 0.5,0.1,exact --plot steps.svg\n\n"
            "Distances are against the first entry, for --steps against the last: difference of rates and CVs,\n"
            "the van Rossum distance (10 ms; a spike more in one train is 0.71, two far apart are 1), and by how much\n"
            "the first spike of a cell differs, all mean over cells.\n"
            "Runs that differ are no failure: the exit code is 0.\n",
            compare_command);
    sub->add_option("file", options_.file, "Output folder, or network file")->required();
    sub->add_option("other", options_.second, "The other output folder");
    sub->add_option("--backends", options_.backends, "Run the network on each of these")->type_name("A,B");
    sub->add_option("--steps", options_.steps, "Run the network at each of these steps in ms; exact: from event to event")
        ->type_name("H1,H2,...");
    sub->add_option("--plot", options_.plot, "Draw what the step does to rates, CVs and first spikes")->type_name("FILE.svg");
    sub->add_flag("--overwrite", options_.overwrite, "Replace the picture if it exists");
    network_options(sub);
  }

  void add_models() {
    CLI::App* sub = add("models", "List the neuron models, or show one with equations, parameters, states and receptors.",
                        "  spikeloom models lif_exp\n", models_command);
    sub->add_option("name", options_.model, "Model to show");
    sub->add_flag("--markdown", options_.markdown, "Print the page docs/models.md");
    json_option(sub);
  }

  void add_schema() {
    CLI::App* sub = add("schema", "Print the JSON Schema of the network file, for editors and for people.",
                        "  spikeloom schema > network.schema.json\n", schema_command);
    json_option(sub);
  }

  /// What was not understood, answered with the nearest option or command.
  void refuse_unknown() {
    const auto chosen = app_.get_subcommands();
    CLI::App& app = chosen.empty() ? app_ : *chosen.front();
    auto extras = app.remaining();
    if (extras.empty()) extras = app_.remaining();
    if (extras.empty()) return;
    const std::string word = extras.front().substr(0, extras.front().find('='));
    std::vector<std::string> known;
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    const bool is_option = word.starts_with("-");
    if (chosen.empty() && !is_option) {
      known.clear();
      for (const Subcommand& sub : commands_) known.push_back(sub.app->get_name());
    }
    const char* what = is_option ? "there is no option" : chosen.empty() ? "there is no command" : "one argument too many:";
    throw Error("unknown_option", {}, fmt::format("{} \"{}\"", what, word))
        .with_value(extras.front())
        .with_nearest(is_option || chosen.empty() ? nearest_name(word, known) : "");
  }

  /// `--seed ""` is a variable that a script forgot to set, not the default.
  void refuse_empty() const {
    for (const CLI::App* app : app_.get_subcommands())
      for (const CLI::Option* option : app->get_options())
        for (const std::string& given : option->results())
          if (given.empty())
            throw Error("range", {}, fmt::format("{} needs a value", option->get_name()))
                .with_value("\"\"")
                .with_allowed(option->get_type_name());
  }

  void check_values() const {
    const auto among = [](const char* option, const std::string& value, const std::vector<std::string>& allowed) {
      if (value.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
      throw Error("range", {}, fmt::format("{} does not take \"{}\"", option, value))
          .with_value(value)
          .with_allowed(fmt::format("{}", fmt::join(allowed, ", ")))
          .with_nearest(nearest_name(value, allowed));
    };
    among("--isa", options_.isa, {"v2", "v3", "v4"});
    among("--progress", options_.progress, {"auto", "off", "json"});
    among("--precision", options_.precision, {"double", "single"});
    among("--weight-bits", options_.weight_bits, {"16", "24"});
    among("--backend", options_.backend, backend_names());
  }

  CLI::App app_;
  Options options_;
  std::vector<Subcommand> commands_;
};

}  // namespace

Invocation parse_command_line(int argc, char** argv) {
  CommandLine line;
  return line.parse(argc, argv);
}

}  // namespace spikeloom
